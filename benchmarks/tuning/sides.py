"""The sides of `tune_speed.py`. Each builds a `transformers.Trainer` that takes the same examples in the same steps."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import torch

from luthier import base_models
from luthier.base_models import ResolvedModel
from luthier.chat_template import ChatTemplate
from luthier.inference import row_inputs
from luthier.tasks import build
from luthier.tune.adapters import adapted
from luthier.tune.batching import Item
from luthier.tune.settings import Resolved, resolve
from luthier.tune.steps import Steps
from luthier.tune.trainer import SpecialistTrainer
from tuning.material import examples, items, task_config

MODEL = "smollm2-135m"


class Work(NamedTuple):
    """What every side is told: the same examples in the same order, as many steps as may be asked for."""

    setting: str
    steps: int
    data: Path | None
    layers: int | None = None  # only the lowest so many of the model's, for trials; None: all
    model: str = MODEL


class Peer(NamedTuple):
    """One way in which TRL's documentation says such work can be done without gradient checkpointing."""

    name: str
    rows: int  # per_device_train_batch_size; gradient accumulation makes up the global batch
    padding_free: bool


PEERS = (
    Peer("padded, 4 rows at a time", 4, False),
    Peer("padded, 16 rows at a time", 16, False),
    Peer("padding-free, 4 at a time", 4, True),
    Peer("padding-free, 16 at a time", 16, True),
)


class _Material:
    def __init__(self, work: Work) -> None:
        self.base: ResolvedModel = base_models.resolve(work.model, quiet=True)
        config = task_config(work.setting, labels=examples(1, work.data)[1])
        self.settings: Resolved = resolve(config, self.base)[0]
        found, _ = examples(work.steps * self.settings.batch_size, work.data)
        self.tasks = build(config)
        self.tokenizer = base_models.load_tokenizer(self.base)
        self.items: list[Item] = items(found, self.tasks["intent"], ChatTemplate(self.tokenizer))


def luthier(work: Work, packed: bool, pace: Any) -> Any:
    """Luthier's own trainer as `luthier tune` runs it, or with every example in a padded row of its own."""
    material = _Material(work)
    if not packed:  # as if the model's attention took no packed rows
        row_inputs._reads_alike = lambda _: False
    module = adapted(material.base, material.tasks, material.settings)
    keep_layers(module.model.get_base_model(), work.layers)
    batch = material.settings.batch_size
    plan = [list(range(step * batch, (step + 1) * batch)) for step in range(work.steps)]
    steps = Steps(material.items, plan, material.settings.row_tokens)
    folder = Path(tempfile.mkdtemp())
    trainer = SpecialistTrainer(module, steps, material.settings, folder, checkpoint_every=work.steps + 1)
    trainer.add_callback(pace)
    return trainer


def trl(work: Work, peer: Peer, pace: Any) -> Any:
    """TRL's SFTTrainer with PEFT: loss on completions only, its own chunked output layer, no gradient checkpointing."""
    from datasets import Dataset, disable_progress_bars
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM
    from transformers.trainer_callback import PrinterCallback
    from trl import SFTConfig, SFTTrainer

    disable_progress_bars()
    material = _Material(work)
    settings = material.settings
    model = AutoModelForCausalLM.from_pretrained(
        material.base.folder, dtype=getattr(torch, settings.precision), attn_implementation="sdpa"
    )
    keep_layers(model, work.layers)
    rows = [
        {"input_ids": [*item.prompt, *item.target], "completion_mask": [0] * len(item.prompt) + [1] * len(item.target)}
        for item in material.items
    ]
    arguments = SFTConfig(
        output_dir=tempfile.mkdtemp(),
        per_device_train_batch_size=peer.rows,
        gradient_accumulation_steps=settings.batch_size // peer.rows,
        num_train_epochs=1,
        learning_rate=settings.learning_rate,
        completion_only_loss=True,
        padding_free=peer.padding_free,
        max_length=None if peer.padding_free else settings.max_tokens,
        gradient_checkpointing=False,
        bf16=settings.precision == "bfloat16",
        use_cpu=settings.device == "cpu",
        train_sampling_strategy="sequential",
        logging_first_step=True,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        max_grad_norm=settings.max_gradient_norm,
        weight_decay=settings.weight_decay,
    )
    lora = LoraConfig(
        r=settings.lora_rank, lora_alpha=settings.lora_alpha, target_modules="all-linear", task_type="CAUSAL_LM"
    )
    trainer = SFTTrainer(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_list(rows),
        processing_class=material.tokenizer,
        peft_config=lora,
        callbacks=[pace],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def keep_layers(model: Any, count: int | None) -> None:
    """Leaves only the lowest `count` layers of a model; None leaves all."""
    if count is not None:
        model.base_model.layers = model.base_model.layers[:count]
        model.config.num_hidden_layers = count
