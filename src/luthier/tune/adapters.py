"""What of the model a run changes: adapters on its layers, and the label heads beside them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.tuners.lora.layer import LoraLayer
from torch import nn
from transformers import PreTrainedModel

from luthier import base_models
from luthier.base_models import ResolvedModel
from luthier.errors import RefusedError
from luthier.inference.label_heads import LabelHeads
from luthier.inference.specialist import SpecialistModel
from luthier.progress import say
from luthier.tasks import Classify, Task
from luthier.tune.batching import Item
from luthier.tune.encode import answered_by
from luthier.tune.fused_lora import fuse, is_fused
from luthier.tune.on_gpu import use_gpu_kernels
from luthier.tune.pissa import start_at_principal
from luthier.tune.settings import Resolved


def adapted(base: ResolvedModel, tasks: Mapping[str, Task], settings: Resolved) -> SpecialistModel:
    """The base model made ready for `settings.method`, with fresh label heads, on the run's device.

    Draws random numbers. Raises `RefusedError` where the machine cannot do what the method needs, or the model has
    nothing of what is to be adapted.
    """
    model = base_models.load_model(base, dtype=getattr(torch, settings.precision), four_bit=settings.method == "qlora")
    layers = model.config.num_hidden_layers
    head_layers = max(1, round(settings.label_head_depth * layers))
    if settings.method != "full":
        _refuse_heads_below_adapters(tasks, settings, head_layers, layers)
    heads = LabelHeads(
        model.config.hidden_size,
        {
            name: len(task.labels)
            for name, task in tasks.items()
            if isinstance(task, Classify) and answered_by(task, settings.label_head)[0]
        },
    )
    trained = model if settings.method == "full" else _with_lora(model, settings)
    if settings.method == "full":
        model.requires_grad_(True)
    use_gpu_kernels(trained, settings.device)
    return SpecialistModel(trained, heads, head_layers).to(settings.device)


def _with_lora(model: PreTrainedModel, settings: Resolved) -> PeftModel:
    """The model frozen, and LoRA matrices in it as `settings.method` wants them."""
    pissa = settings.method == "pissa"
    lora = LoraConfig(
        # PiSSA's adapter holds what it began as beside what was learnt: twice the rank at the same scale.
        r=settings.lora_rank * (2 if pissa else 1),
        lora_alpha=settings.lora_alpha * (2 if pissa else 1),
        lora_dropout=settings.lora_dropout,
        target_modules=lora_targets(model, settings),
        use_rslora=settings.method == "rslora",
        use_dora=settings.method == "dora",
        task_type="CAUSAL_LM",
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Model has `tie_word_embeddings=True`")  # said below
        adapted_model = get_peft_model(model, lora)
    if model.config.tie_word_embeddings and any(isinstance(end, LoraLayer) for end in _ends(model)):
        say(
            "  Input and output embeddings are one matrix in this model: adapters are their own, a merged model has two"
        )
    if pissa:
        start_at_principal(adapted_model, settings.lora_rank)
    fuse(adapted_model)
    return adapted_model


def _ends(model: PreTrainedModel) -> tuple[nn.Module | None, nn.Module | None]:
    return model.get_input_embeddings(), model.get_output_embeddings()


def lora_pass(model: nn.Module) -> str:
    """How the adapted layers of `model` are computed, in words; the fused pass gives PEFT's numbers in less time."""
    layers = [layer for layer in model.modules() if isinstance(layer, LoraLayer)]
    count = sum(is_fused(layer) for layer in layers)
    if not layers:
        return "none: every weight is trained"
    return f"{count} of {len(layers)} layers fused" + (
        "" if count == len(layers) else ", the others as PEFT computes them"
    )


def lora_targets(model: PreTrainedModel, settings: Resolved) -> str | list[str]:
    """What LoRA adapts, as PEFT takes it: `all-linear`, or modules by their full names.

    `lora_upper_layers` leaves lower layers out; what is named outside the layers is adapted whatever it says. Raises
    `RefusedError` where a name of the settings is no module's.
    """
    targets = settings.lora_target_modules
    lowest = lowest_adapted(settings, model.config.num_hidden_layers)
    if targets == "all-linear" and lowest == 0:
        return "all-linear"
    adaptable = [name for name, module in model.named_modules() if isinstance(module, nn.Linear | nn.Embedding)]
    if isinstance(targets, str):
        return [name for name in adaptable if _layer_number(name) >= lowest]
    named = {target: [name for name in adaptable if f".{name}".endswith(f".{target}")] for target in targets}
    for target, names in named.items():
        if not names:
            known = sorted({name.rsplit(".", 1)[-1] for name in adaptable})
            raise RefusedError(
                f"the base model has no linear layer or embedding called '{target}'",
                where="luthier.yaml, tune.lora.target_modules",
                fix=f"It has {', '.join(known)}",
            )
    wanted = {name for names in named.values() for name in names}
    return [name for name in adaptable if name in wanted and (_layer_number(name) >= lowest or _layer_number(name) < 0)]


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

    Where none is answered in words, no pass goes further up than what the label heads read, and what lies above that
    stays as it began.
    """
    trainable = module.trainable()
    if any(item.target for item in items):
        return trainable
    below = {id(weight) for weight in _below(module)}
    return {name: weight for name, weight in trainable.items() if id(weight) in below}


def _below(module: SpecialistModel) -> Iterator[nn.Parameter]:
    """The weights of label heads, input embeddings, and the layers that a label head's pass runs."""
    yield from module.heads.parameters()
    yield from module.model.get_input_embeddings().parameters()
    for name, weight in module.model.named_parameters():
        if 0 <= _layer_number(name) < module.head_layers:
            yield weight


def _layer_number(name: str) -> int:
    """The layer a module belongs to, -1 for one outside the layers."""
    return next((int(part) for part in name.split(".") if part.isdigit()), -1)
