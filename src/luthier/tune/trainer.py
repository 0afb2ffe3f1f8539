"""The training loop: `transformers.Trainer`, given steps that are already packed.

One element of the dataset is one optimiser step, so the Trainer's own bookkeeping (schedule, checkpoints, skipping what
a killed run had done) counts in the unit that matters. Checkpoints hold what tuning changes and nothing else.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset, SequentialSampler
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_callback import PrinterCallback

from luthier.errors import RefusedError
from luthier.inference.hidden_states import last_states, states_after, states_after_and_last
from luthier.inference.label_heads import head_loss
from luthier.inference.specialist import SpecialistModel
from luthier.progress import Meter
from luthier.tune.batching import Item, PackedRow, Step, pack_step
from luthier.tune.settings import Resolved

WEIGHTS = "trained.safetensors"
LOG_EVERY_STEPS = 5


class Steps(Dataset[Step]):
from luthier.tune.checkpoints import (
    KEPT,
    PROGRESS,
    WEIGHTS,
    all_checkpoints,
    at_step,
    newest_checkpoint,
    progress_of,
    seal,
    tidy,
)
from luthier.tune.disk_space import refuse_without_room, stops_when_full
from luthier.tune.early_stopping import DevScoring, EarlyStopping
from luthier.tune.live_log import LiveLog, as_logged, dev_figures
from luthier.tune.memory_fallback import RowSize, free_memory, is_out_of_memory, with_less_memory
from luthier.tune.mixing import loss_factors
from luthier.tune.optimiser import optimizer_bytes, optimizer_for
from luthier.tune.rollback import LossWatch, Rollbacks, Unstable
    """The planned steps of a run, packed when they are asked for."""

    def __init__(self, items: Sequence[Item], plan: Sequence[Sequence[int]], row_tokens: int) -> None:
        self.items, self.plan, self.row_tokens = items, plan, row_tokens

    def __len__(self) -> int:
        return len(self.plan)

    def __getitem__(self, number: int) -> Step:
        return pack_step([self.items[index] for index in self.plan[number]], self.row_tokens)


def row_losses(module: SpecialistModel, row: PackedRow) -> tuple[Tensor, Tensor]:
    """Summed losses of a row: over its target tokens, and over its items' label heads.

    The output embeddings are applied at target positions only.
    """
    device = next(module.parameters()).device
    inputs = row.row.packed(device) | {"use_cache": False}
    words = heads = torch.zeros((), device=device)
    if not row.heads_at:
        last = last_states(module.model, inputs)
    elif not len(row.target_ids):
        states = states_after(module.model, inputs, module.head_layers)
    else:
        states, last = states_after_and_last(module.model, inputs, module.head_layers)
    if len(row.target_ids):
        logits = module.model.get_output_embeddings()(last[row.predicts_at.to(device)])
        words = F.cross_entropy(logits.float(), row.target_ids.to(device), reduction="sum")
    if row.heads_at:
        logits = module.heads(row.task, [states[own.to(device)] for own in row.heads_at])
        heads = head_loss(logits, row.labels.to(device), multi_label=row.multi_label)
    return words, heads


class SpecialistTrainer(Trainer):
    """Runs planned steps. Give it to `train` with a checkpoint folder to go on from."""

    def __init__(
        self, module: SpecialistModel, steps: Steps, settings: Resolved, folder: Path, checkpoint_every: int
    ) -> None:
        self.module, self.steps, self.settings, self.folder, self.trackers = module, steps, settings, folder, trackers
        self.factors = loss_factors(steps.items, steps.plan, settings.mixing)
        self.scoring, self.template = scoring, template
        self.rows = RowSize(folder, steps.row_tokens)
        self.rollbacks = Rollbacks(folder)
        self.watch = LossWatch()
        self.early = scoring.stopping() if scoring else EarlyStopping(None, 0.0)
        self.tokens_done = self.target_tokens_done = 0
        self.dev_seconds = 0.0
        self._started, self._seconds_before = time.monotonic(), 0.0
        self._left_out = self._logged_at = 0
        self._repack = False
        arguments = RunArguments(
            output_dir=str(folder),
            per_device_train_batch_size=1,
            num_train_epochs=1,
            learning_rate=settings.learning_rate,
            lr_scheduler_type="cosine",
            warmup_steps=round(settings.warmup * len(steps)),
            weight_decay=settings.weight_decay,
            max_grad_norm=settings.max_gradient_norm,
            save_strategy="steps",
            save_steps=checkpoint_every,
            save_total_limit=2,
            logging_steps=LOG_EVERY_STEPS,
            logging_first_step=True,
            logging_nan_inf_filter=False,  # an undefined loss must be seen, not averaged away
            seed=settings.seed,
            use_cpu=settings.device == "cpu",
            remove_unused_columns=False,
            disable_tqdm=True,
            report_to="none",
        )
        super().__init__(model=module, args=arguments, train_dataset=steps, data_collator=_only)
        self.module, self.steps, self.settings = module, steps, settings
        self.tokens_done = 0
        self._started = time.monotonic()
        self._seconds_before = 0.0
        self.remove_callback(PrinterCallback)
        self._progress = _Progress(len(steps))
        self.add_callback(self._progress)

    def train(self, *args: Any, **keywords: Any) -> Any:
        """As the Trainer does. Raises `RefusedError` as soon as a loss, or in the end a weight, is undefined."""
        notices = logging.getLogger("transformers.trainer_utils")
        notices.addFilter(_not_about_file_times)
        try:
            output = super().train(*args, **keywords)
        finally:
            notices.removeFilter(_not_about_file_times)
            self._progress.close()
        for weight in self.module.trainable().values():
            refuse_undefined(weight.detach().sum())
        return output

    def create_optimizer(self, *_: Any) -> torch.optim.Optimizer:
        """AdamW with the rates that method and label heads ask for."""
        self.optimizer = optimizer_for(self.module, self.settings)
        return self.optimizer

    def training_step(self, model: nn.Module, inputs: Step, num_items_in_batch: Any = None) -> Tensor:  # type: ignore[override]
        """Losses and gradients of one step, a row at a time; the divisors are the whole step's."""
        model.train()
        total = torch.zeros((), device=self.args.device)
        for row in inputs.rows:
            words, heads = row_losses(self.module, row)
            loss = words / max(1, inputs.target_tokens) + heads / max(1, inputs.head_items)
            self.accelerator.backward(loss)
            total += loss.detach()
        refuse_undefined(total)
        self.tokens_done += inputs.tokens
        return total

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Adds the seconds of the whole run, killed parts included, to each line of the history."""
        super().log({**logs, "seconds": self.seconds, "tokens": float(self.tokens_done)}, start_time)

    @property
    def seconds(self) -> float:
        return self._seconds_before + time.monotonic() - self._started

    def get_train_dataloader(self) -> torch.utils.data.DataLoader[Step]:
        """The steps in their planned order."""
        sampler = SequentialSampler(self.steps)
        return torch.utils.data.DataLoader(self.steps, batch_size=1, sampler=sampler, collate_fn=_only)

    def _get_num_items_in_batch(self, batch_samples: list[Any], device: torch.device) -> None:
        """Nothing: a step carries its own counts."""

    def floating_point_ops(self, inputs: Any) -> int:
        """Not counted: the Trainer's rule is for rows that share nothing."""
        return 0

    def _save(self, output_dir: str | None = None, state_dict: Mapping[str, Any] | None = None) -> None:
        folder = Path(output_dir or self.args.output_dir or "")
        folder.mkdir(parents=True, exist_ok=True)
        weights = {name: weight.detach().cpu().contiguous() for name, weight in self.module.state().items()}
        save_file(weights, folder / WEIGHTS)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: nn.Module | None = None) -> None:
        self._load_weights(Path(resume_from_checkpoint))
        held = progress_of(Path(resume_from_checkpoint))
        self._seconds_before, self._started = held["seconds"], time.monotonic()
        self.tokens_done, self.target_tokens_done = held["tokens"], held["target_tokens"]
        self.dev_seconds = held["dev_seconds"]
        self.early.restore(held["dev"])
        self.watch.restore(held["watch"])

    def _load_weights(self, checkpoint: Path) -> None:
        with safe_open(checkpoint / WEIGHTS, "pt") as held, torch.no_grad():
            for name, weight in self.module.state().items():
                weight.copy_(held.get_tensor(name))
            spent = held.metadata()
        self._seconds_before, self.tokens_done = float(spent["seconds"]), int(spent["tokens"])


def refuse_undefined(figure: Tensor) -> None:
    """Raises `RefusedError` where a loss, or the sum of trained weights, is infinite or no number."""
        self.target_tokens_done += inputs.target_tokens
        return total

    def _gradients(self, step: Step) -> Tensor | None:
        """The loss of a step, its gradients added to the weights'; None where memory did not do."""
        total = torch.zeros((), device=self.args.device)
        try:
            for row in step.rows:
                words, heads = row_losses(self.module, row)
                factor = self.factors[row.task]
                words, heads = factor.words * words, factor.heads * heads
                loss = words / max(1, step.target_tokens) + heads / max(1, step.head_items)
                self.accelerator.backward(loss)
                total += loss.detach()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            self._said = str(error).splitlines()[0]
            return None
    if not math.isfinite(figure.item()):
        raise RefusedError("the loss became undefined during training", fix="Lower tune.learning_rate")


def _not_about_file_times(record: logging.LogRecord) -> bool:
    """Checkpoints of small models come within a second of one another, and are then told apart by their numbers."""
    return "mtime may not be reliable" not in record.getMessage()


def newest_checkpoint(folder: Path) -> Path | None:
    """The newest whole checkpoint in a run's folder. The state file is written last, so its presence says whole."""
    found = [path for path in folder.glob("checkpoint-*") if _whole(path)]
    return max(found, key=lambda path: int(path.name.rsplit("-", 1)[1]), default=None)


def _whole(checkpoint: Path) -> bool:
    try:
        TrainerState.load_from_json(str(checkpoint / "trainer_state.json"))
    except (OSError, ValueError):
        return False
    return all((checkpoint / name).exists() for name in (WEIGHTS, "optimizer.pt", "scheduler.pt", "rng_state.pth"))


def _only(steps: list[Any]) -> Any:
    (step,) = steps
    return step


class _Progress(TrainerCallback):
    """A bar with time left and the newest loss."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.meter: Meter | None = None
        self.loss = ""

    def on_train_begin(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self.meter = Meter("Tuning", self.total, done=state.global_step).__enter__()

    def on_step_end(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        if self.meter is not None:
            self.meter.advance(note=self.loss)

    def on_log(self, args: Any, state: TrainerState, control: TrainerControl, **keywords: Any) -> None:
        logs = keywords.get("logs") or {}
        if "loss" in logs:
            self.loss = f"loss {logs['loss']:.3f}"

    def close(self) -> None:
        if self.meter is not None:
            self.meter.__exit__(None, None, None)
    @property
    def bytes_needed(self) -> int:
        """What the run will write at most: the checkpoints that are held at once, and the weights as its result."""
        weights = sum(weight.numel() * weight.element_size() for weight in self.module.state().values())
        moments = sum(2 * 4 * weight.numel() for weight in self.module.trainable().values())
        masters = sum(4 * weight.numel() for weight in self.module.trainable().values() if weight.element_size() < 4)
        held = KEPT + 1 + (2 if self.scoring else 0)  # one is being written; the best ones are kept besides
        have = sum(file.stat().st_size for path in all_checkpoints(self.folder) for file in path.iterdir())
        return max(0, held * (weights + moments + masters) - have) + weights

