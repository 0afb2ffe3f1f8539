"""What of the model a run changes: adapters on its layers, and the label heads beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from peft import LoraConfig, get_peft_model
from torch import nn
from transformers import PreTrainedModel

from luthier import base_models
from luthier.base_models import ResolvedModel
from luthier.errors import RefusedError
from luthier.inference.label_heads import LabelHeads
from luthier.inference.specialist import SpecialistModel
from luthier.tasks import Classify, Task
from luthier.tune.batching import Item
from luthier.tune.encode import answered_by
from luthier.tune.fused_lora import fuse
from luthier.tune.settings import Resolved


def adapted(base: ResolvedModel, tasks: Mapping[str, Task], settings: Resolved) -> SpecialistModel:
    """The base model with fresh LoRA matrices and label heads, on the run's device."""
    model = base_models.load_model(base, dtype=getattr(torch, settings.precision))
    layers = model.config.num_hidden_layers
    head_layers = max(1, round(settings.label_head_depth * layers))
    _refuse_heads_below_adapters(tasks, settings, head_layers, layers)
    lora = LoraConfig(
        r=settings.lora_rank,
        lora_alpha=settings.lora_alpha,
        lora_dropout=settings.lora_dropout,
        target_modules=lora_targets(model, settings),
        task_type="CAUSAL_LM",
    )
    heads = LabelHeads(
        model.config.hidden_size,
        {
            name: len(task.labels)
            for name, task in tasks.items()
            if isinstance(task, Classify) and answered_by(task, settings.label_head)[0]
        },
    )
    peft_model = get_peft_model(model, lora)
    fuse(peft_model)
    return SpecialistModel(peft_model, heads, head_layers).to(settings.device)


def lora_targets(model: PreTrainedModel, settings: Resolved) -> str | list[str]:
    """What LoRA adapts, as PEFT takes it: all layers by a word or by endings, the upper ones by their full names."""
    targets = settings.lora_target_modules
    lowest = lowest_adapted(settings, model.config.num_hidden_layers)
    if lowest == 0:
        return targets if isinstance(targets, str) else list(targets)
    names = [name for name, module in model.named_modules() if isinstance(module, nn.Linear)]
    wanted = names if isinstance(targets, str) else [name for name in names if name.endswith(tuple(targets))]
    return [name for name in wanted if _layer_number(name) >= lowest]


def lowest_adapted(settings: Resolved, layers: int) -> int:
    """The number of the lowest layer, of so many counted from 0, that `settings.lora_upper_layers` adapts."""
    return layers - max(1, round(settings.lora_upper_layers * layers))


def _refuse_heads_below_adapters(tasks: Mapping[str, Task], settings: Resolved, head_layers: int, layers: int) -> None:
    """Raises `RefusedError` where a task is answered by its label head alone, and nothing below that is adapted."""
    lowest = lowest_adapted(settings, layers)
    by_head_alone = [name for name, task in tasks.items() if answered_by(task, settings.label_head) == (True, False)]
    if by_head_alone and lowest >= head_layers:
        raise RefusedError(
            f"nothing of the model would be tuned for '{by_head_alone[0]}': its label head reads what {head_layers} of "
            f"{layers} layers leave, and the lowest {lowest} are not adapted",
            where="luthier.yaml, tune",
            fix="Raise lora.upper_layers or label_head_depth, or set label_head: auto",
        )


def changed_weights(module: SpecialistModel, items: Sequence[Item]) -> dict[str, nn.Parameter]:
    """What of `module.trainable()` a run on `items` changes.

    Where none is answered in words, no pass goes further up than what the label heads read, and adapters above that
    stay as they began.
    """
    trainable = module.trainable()
    if any(item.target for item in items):
        return trainable
    return {name: weight for name, weight in trainable.items() if _layer_number(name) < module.head_layers}


def _layer_number(name: str) -> int:
    """The layer a module belongs to, -1 for one outside the layers."""
    return next((int(part) for part in name.split(".") if part.isdigit()), -1)
