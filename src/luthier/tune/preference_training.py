"""How TRL's trainers are given pairs that are ids already, and made to stop and go on as every run of Luthier does.

TRL is used for its losses: DPO (Rafailov et al. 2023, "Direct Preference Optimization") and KTO (Ethayarajh et al.
2024, "KTO: Model Alignment as Prospect Theoretic Optimization"). It would render and tokenise texts itself; that is
left out, so that a model is never taught with another template than it is asked with. The reference is the supervised
specialist: a frozen copy of its adapter, or of the whole model where all of it was tuned.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase, TrainerCallback, TrainerControl, TrainerState
from transformers.trainer_callback import PrinterCallback

from luthier.errors import RequestError
from luthier.inference.specialist import SpecialistModel
from luthier.progress import Meter
from luthier.tune.checkpoints import WEIGHTS, seal
from luthier.tune.optimiser import MasterAdamW
from luthier.tune.preference_pairs import EncodedPair
from luthier.tune.preference_settings import PreferenceSettings

KEPT = 2  # checkpoints
POLICY, REFERENCE = "default", "ref"  # PEFT's name of the adapter that is trained, TRL's of its frozen copy


def refuse_without_trl() -> None:
    """Raises `RequestError` naming the extra where TRL is not installed."""
    if importlib.util.find_spec("trl") is None:
        raise RequestError(
            "tune.preference needs TRL, which is not installed",
            where="luthier.yaml, tune.preference",
            fix="Run pip install 'luthier[preference]'",
        )


def weights_to_train(module: SpecialistModel) -> dict[str, nn.Parameter]:
    """What preference tuning changes: adapters, or weights where there are none, of the layers above the label heads.

    A label head reads what the layers below it leave. None of them changes, nor the embeddings, so the answers of label
    heads stay the same, bit for bit. Without label heads, all that supervised tuning trained is trained.
    """
    lowest = module.head_layers if len(module.heads.heads) else 0
    adapted = isinstance(module.model, PeftModel)
    return {
        name: weight
        for name, weight in module.model.named_parameters()
        if (not adapted or f".{POLICY}." in name or name.endswith(f".{POLICY}"))
        and (lowest == 0 or _layer_number(name) >= lowest)
        and weight.is_floating_point()
    }


def _layer_number(name: str) -> int:
    return next((int(part) for part in name.split(".") if part.isdigit()), -1)


def rows_of(pairs: Sequence[EncodedPair], settings: PreferenceSettings) -> list[dict[str, Any]]:
    """Pairs as the rows that TRL's collator takes after its own tokenisation: one a pair, or for KTO one an answer.

    KTO estimates how far the model has gone by answers under prompts that are not theirs: within each batch every
    prompt is given the answer of the one before it.
    """
    if settings.method == "dpo":
        return [
            {"prompt_ids": list(p.prompt), "chosen_ids": list(p.chosen), "rejected_ids": list(p.rejected)}
            for p in pairs
        ]
    rows = [
        {"prompt_ids": list(pair.prompt), "completion_ids": list(answer), "label": label}
        for pair in pairs
        for answer, label in ((pair.chosen, True), (pair.rejected, False))
    ]
    size = 2 * settings.rows
    for start in range(0, len(rows), size):
        batch = rows[start : start + size]
        for row, other in zip(batch, [batch[-1], *batch[:-1]], strict=True):
            row["KL_completion_ids"] = other["completion_ids"]
    return rows


def new_trainer(
    module: SpecialistModel,
    reference: PreTrainedModel | None,
    tokenizer: PreTrainedTokenizerBase,
    pairs: Sequence[EncodedPair],
    settings: PreferenceSettings,
    folder: Path,
) -> Any:
    """TRL's trainer of the method, over pairs in the order they have.

    Args:
        reference: a copy of the supervised model where it has no adapter that could be copied, else None.
    """
    import datasets
    import trl

    dpo = settings.method == "dpo"
    config: Any = trl.DPOConfig if dpo else trl.KTOConfig
    trainer: Any = _own(trl.DPOTrainer if dpo else trl.KTOTrainer)
    together = max(1, settings.batch_size // settings.rows)
    arguments = config(
        output_dir=str(folder),
        beta=settings.beta,
        num_train_epochs=settings.epochs,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=round(settings.warmup * settings.steps(len(pairs))),
        per_device_train_batch_size=settings.rows if dpo else 2 * settings.rows,
        gradient_accumulation_steps=together,
        max_grad_norm=settings.max_gradient_norm,
        max_length=None,  # what does not fit was refused
        train_sampling_strategy="sequential",  # the order was drawn before; KTO's batches must stay together
        gradient_checkpointing=False,
        bf16=False,  # the model's own precision holds
        save_strategy="steps",
        save_steps=settings.checkpoint_every(len(pairs)),
        save_total_limit=KEPT,
        logging_steps=1,
        seed=settings.seed,
        use_cpu=settings.device == "cpu",
        disable_tqdm=True,
        report_to="none",
    )
    module.model.train()
    return trainer(
        module,
        settings,
        model=module.model,
        ref_model=reference,
        args=arguments,
        train_dataset=datasets.Dataset.from_list(rows_of(pairs, settings)),
        processing_class=tokenizer,
    )


def _own(base: Any) -> Any:
    """TRL's trainer with Luthier's data, optimiser and checkpoints."""

    class Own(base):  # type: ignore[misc]
        def __init__(self, module: SpecialistModel, settings: PreferenceSettings, **keywords: Any) -> None:
            self.trained, self.settings = weights_to_train(module), settings
            super().__init__(**keywords)
            self.remove_callback(PrinterCallback)
            self.add_callback(_Bar())

        def _prepare_dataset(self, dataset: Any, *_: Any, **__: Any) -> Any:
            """Nothing: it is ids already."""
            return dataset

        def create_model_card(self, *_: Any, **__: Any) -> None:
            """None in checkpoints."""

        def create_optimizer(self, *_: Any) -> Any:
            groups = [{"params": list(self.trained.values()), "lr": self.settings.learning_rate}]
            self.optimizer = MasterAdamW(groups, weight_decay=0.0)
            return self.optimizer

        def training_step(self, model: nn.Module, *arguments: Any, **keywords: Any) -> Tensor:
            """As TRL's. Turning to the reference and back, PEFT lets everything be trained; this undoes it."""
            _train_only(model, self.trained)
            loss: Tensor = super().training_step(model, *arguments, **keywords)
            return loss

        def _save(self, output_dir: str | None = None, state_dict: Mapping[str, Any] | None = None) -> None:
            folder = Path(output_dir or self.args.output_dir)
            folder.mkdir(parents=True, exist_ok=True)
            held = {name: weight.detach().cpu().contiguous() for name, weight in self.trained.items()}
            save_file(held, folder / WEIGHTS)

        def _save_checkpoint(self, model: nn.Module, trial: Any) -> None:
            super()._save_checkpoint(model, trial)
            seal(Path(self.args.output_dir) / f"checkpoint-{self.state.global_step}")

        def _load_from_checkpoint(self, resume_from_checkpoint: str, model: nn.Module | None = None) -> None:
            held = load_file(Path(resume_from_checkpoint) / WEIGHTS)
            with torch.no_grad():
                for name, weight in self.trained.items():
                    weight.copy_(held[name])

    return Own


def _train_only(model: nn.Module, trained: Mapping[str, nn.Parameter]) -> None:
    wanted = {id(weight) for weight in trained.values()}
    for weight in model.parameters():
        if weight.requires_grad != (id(weight) in wanted) and weight.is_floating_point():
            weight.requires_grad_(id(weight) in wanted)


def forget_reference(module: SpecialistModel) -> None:
    """Takes the frozen copy out of the model again, and lets its output embeddings be used as they are."""
    if isinstance(module.model, PeftModel) and REFERENCE in module.model.peft_config:
        module.model.delete_adapter(REFERENCE)
        module.model.set_adapter(POLICY)


class _Bar(TrainerCallback):
    """Steps, loss and margin, with the time left."""

    def __init__(self) -> None:
        self._meter: Meter | None = None
        self._note = ""

    def on_train_begin(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self._meter = Meter("Learning from pairs", state.max_steps, done=state.global_step).__enter__()

    def on_step_end(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        if self._meter is not None:
            self._meter.advance(note=self._note)

    def on_log(self, args: Any, state: TrainerState, control: TrainerControl, **keywords: Any) -> None:
        logs: Mapping[str, Any] = keywords.get("logs") or {}
        if "loss" in logs:
            self._note = f"loss {logs['loss']:.3f}"

    def on_train_end(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        if self._meter is not None:
            self._meter.__exit__(None, None, None)


def margins(module: SpecialistModel, pairs: Sequence[EncodedPair], row_tokens: int) -> Iterator[float]:
    """For each pair, by how many nats the better answer is likelier than the worse one."""
    from luthier.tune.batching import Item, pack_step
    from luthier.tune.row_loss import row_losses

    module.eval()
    with torch.inference_mode():
        for pair in pairs:
            loss = []
            for answer in (pair.chosen, pair.rejected):
                step = pack_step([Item(pair.id, pair.task, pair.prompt, answer, None)], row_tokens)
                loss.append(float(row_losses(module, step.rows[0])[0]))
            yield loss[1] - loss[0]
