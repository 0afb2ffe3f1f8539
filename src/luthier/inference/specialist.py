"""What tuning makes of a base model: the model with its adapter, the label heads, and how each task is answered.

On disk (in a `tune` artefact): `adapter/` as PEFT writes it or, where every weight was tuned, `model/` as transformers
does; `label_heads.safetensors`, and `specialist.json`.
"""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from peft import PeftModel
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from luthier import base_models
from luthier.base_models import ResolvedModel
from luthier.config import Config
from luthier.errors import LuthierError, RefusedError
from luthier.inference.label_heads import LabelHeads
from luthier.store.artefacts import Artefact
from luthier.tasks import Task, build

ADAPTER, MODEL, HEADS = "adapter", "model", "label_heads.safetensors"
AnsweredBy = Literal["label_head", "generated"]


@dataclass(frozen=True, slots=True)
class TaskAnswer:
    """How a specialist answers one task."""

    answered_by: AnsweredBy
    labels: tuple[str, ...] = ()
    thresholds: Mapping[str, float] = field(default_factory=dict)  # multi-label only: label -> confidence it needs


@dataclass(frozen=True, slots=True)
class SpecialistCard:
    """The content of `specialist.json`."""

    base_model: str
    fingerprint: str  # of the base model's files
    method: str  # as tune.method names it
    precision: str
    max_tokens: int
    head_layers: int
    tasks: Mapping[str, TaskAnswer]

    def plain(self) -> dict[str, Any]:
        """The card as JSON stores it."""
        return dataclasses.asdict(self)

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> SpecialistCard:
        """The card that `plain` made `content` of. Raises `RefusedError` where another version's `plain` did."""
        if content.keys() != {known.name for known in dataclasses.fields(cls)}:
            raise RefusedError("the specialist is from another version of Luthier", fix="Run `luthier tune` again")
        tasks = {
            name: TaskAnswer(task["answered_by"], tuple(task["labels"]), task["thresholds"])
            for name, task in content["tasks"].items()
        }
        return cls(**{**content, "tasks": tasks})


class SpecialistModel(nn.Module):
    """The tuned model and its label heads, as one module to train, move and save.

    Args:
        model: with adapters, or as it is where all of it is tuned.
        head_layers: how many of the model's layers lie below what the heads read.
    """

    def __init__(self, model: PreTrainedModel | PeftModel, heads: LabelHeads, head_layers: int) -> None:
        super().__init__()
        self.model, self.heads, self.head_layers = model, heads, head_layers

    def trainable(self) -> dict[str, nn.Parameter]:
        """The parameters that tuning changes, by name."""
        return {name: weight for name, weight in self.named_parameters() if weight.requires_grad}

    def state(self) -> dict[str, Tensor]:
        """What a run must find again to go on: `trainable()`, and what it holds fixed that no base model has."""
        fixed = {name: value for name, value in self.named_buffers() if ".parametrizations." in name}
        return {**self.trainable(), **fixed}

    def save(self, folder: Path) -> None:
        """Writes adapter or model, and heads, as safetensors."""
        if isinstance(self.model, PeftModel):
            state = _plain_state(self.model)
            self.model.save_pretrained(str(folder / ADAPTER), state_dict=state, save_embedding_layers=False)
        else:
            self.model.save_pretrained(folder / MODEL)
        self.heads.save(folder / HEADS)


def _plain_state(model: PeftModel) -> dict[str, Tensor]:
    """The model's state with every matrix whole, whatever it was put together of while it was trained."""
    state = {name: value for name, value in model.state_dict().items() if ".parametrizations." not in name}
    for name, module in model.named_modules():
        if is_parametrized(module, "weight"):
            state[f"{name}.weight"] = module.weight.detach()
    return state


@dataclass(frozen=True, slots=True)
class Specialist:
    """A tuned model, ready to answer."""

    module: SpecialistModel
    tokenizer: PreTrainedTokenizerBase
    tasks: Mapping[str, Task]
    card: SpecialistCard

    @classmethod
    def load(cls, artefact: Artefact, config: Config, root: Path) -> Specialist:
        """The specialist in a `tune` artefact.

        Raises `LuthierError` where luthier.yaml now has other settings of a task, or another base model, than it was
        tuned with, and where the base model on this machine is not the one it was tuned from.
        """
        _refuse_changed_tasks(artefact, config)
        card = SpecialistCard.read(artefact.json("specialist"))
        if card.base_model != config.base_model:
            raise RefusedError(
                f"the specialist was tuned from '{card.base_model}', not from '{config.base_model}'",
                where="luthier.yaml, base_model",
                fix="Run `luthier tune` again, or take the change back",
            )
        base = base_of(artefact, card, root)
        tasks = build(config, {name: task.labels for name, task in card.tasks.items()})  # in the order that was learnt
        module = load_module(artefact.folder, card, base).eval()
        module.to(base_models.this_device())
        return cls(module, base_models.load_tokenizer(base), tasks, card)


def load_module(folder: Path, card: SpecialistCard, base: ResolvedModel, *, widened: bool = False) -> SpecialistModel:
    """What `SpecialistModel.save` wrote to `folder`, on the CPU unless it is held in 4 bits.

    Args:
        widened: a base model in 4 bits is written out in the specialist's precision, the same numbers in more room.
    """
    dtype = getattr(torch, card.precision)
    model: PreTrainedModel | PeftModel
    if card.method == "full":
        model = base_models.load_weights(folder / MODEL, dtype)
    else:
        generic = base_models.load_model(base, dtype=dtype, four_bit=card.method == "qlora")
        if widened and card.method == "qlora":
            generic.dequantize()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Model has `tie_word_embeddings=True`")  # merging unties them
            model = PeftModel.from_pretrained(generic, str(folder / ADAPTER))
    heads = LabelHeads.load(folder / HEADS, model.config.hidden_size)
    return SpecialistModel(model, heads, card.head_layers)


def base_of(artefact: Artefact, card: SpecialistCard, root: Path) -> ResolvedModel:
    """The model that a specialist was tuned from: the one of its name, or what pre-training made of that.

    Raises `LuthierError` where it is gone, or the one on this machine is another.
    """
    key = artefact.manifest["made_from"].get("pretrain")
    if key is None:
        base = base_models.resolve(card.base_model, root=root)
    else:
        pretrained = artefact.beside("pretrain", key)
        if pretrained is None:
            raise LuthierError(
                f"the pre-trained model {key} that this specialist was tuned from is gone",
                where=str(artefact.folder),
                fix="Run `luthier tune` again",
            )
        base = base_models.pretrained_model(pretrained)
    if base.fingerprint != card.fingerprint:
        raise LuthierError(
            f"the base model '{card.base_model}' here is not the one this specialist was tuned from",
            where=str(artefact.folder),
            fix="Fetch the model again with `luthier models get`, or tune again with `luthier tune`",
        )
    return base


def _refuse_changed_tasks(artefact: Artefact, config: Config) -> None:
    """Asking in words that were not trained would measure another thing than the specialist."""
    tuned_with = artefact.manifest["made_from"]["tasks"]
    for name, task in config.tasks.items():
        if tuned_with.get(name) != task.model_dump():
            what = "has changed since" if name in tuned_with else "was not there when"
            raise RefusedError(
                f"{what} the specialist was tuned",
                where=f"luthier.yaml, task '{name}'",
                fix="Run `luthier tune` again, or take the change back",
            )
