"""A specialist as a plain model: its adapter added to the weights it adapts, so that any program can load it.

    DIR/config.json, model.safetensors, tokenizer files     what transformers loads
    DIR/label_heads.safetensors, specialist.json            how `classify` is answered, for Luthier

A merged weight is rounded once, from float32 to the precision the specialist was tuned in.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import nn
from transformers import PreTrainedModel

from luthier import base_models
from luthier.errors import LuthierError
from luthier.inference.specialist import HEADS, SpecialistCard, SpecialistModel, base_of, load_module
from luthier.store.artefacts import Artefact, ArtefactWriter, flush_folder

CARD = "specialist"


def write_merged(artefact: Artefact, root: Path, folder: Path) -> SpecialistCard:
    """Writes the specialist of a `tune` artefact to a new `folder`, whole or not at all, and returns its card.

    Raises `LuthierError` where the folder holds something already, or the base model here is another.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        fix = "Name a folder that is not there yet, or empty this one"
        raise LuthierError("there is something here already", where=str(folder), fix=fix)
    card = SpecialistCard.read(artefact.json(CARD))
    base = base_of(artefact, card, root)
    module = load_module(artefact.folder, card, base, widened=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        made = Path(scratch) / "model"
        merged(module).save_pretrained(made)
        base_models.load_tokenizer(base).save_pretrained(made)
        shutil.copyfile(artefact.folder / HEADS, made / HEADS)
        ArtefactWriter(made).json(CARD, card.plain())
        flush_folder(made)
        if folder.exists():
            folder.rmdir()
        made.rename(folder)
    return card


@torch.no_grad()
def merged(module: SpecialistModel) -> PreTrainedModel:
    """The specialist's model without adapters, their work done by its weights. `module` is used up.

    Where an adapter sits on one of two tied matrices they are two from then on, since only one of them changes. A model
    that was held in 4 bits must have been widened (`load_module`): 4 bits would not hold what was learnt.
    """
    model = module.model
    if not isinstance(model, PeftModel):
        return model
    inner = model.get_base_model()
    _untie(inner)
    for layer in inner.modules():
        if isinstance(layer, BaseTunerLayer):
            base = _plain(layer)
            precision = base.weight.dtype
            base.weight.data = base.weight.data.float()
            layer.merge()
            base.weight.data = base.weight.data.to(precision)
    plain: PreTrainedModel = model.unload()
    return plain


def _untie(model: PreTrainedModel) -> None:
    """Gives the output embeddings a matrix of their own where they share one and either is adapted."""
    ends: list[nn.Module] = [model.get_input_embeddings(), model.get_output_embeddings()]
    if not any(isinstance(end, BaseTunerLayer) for end in ends):
        return
    given, taken = (_plain(end) for end in ends)
    if taken.weight is given.weight:
        taken.weight = nn.Parameter(given.weight.detach().clone(), requires_grad=False)
        model.config.tie_word_embeddings = False


def _plain(module: nn.Module) -> Any:
    """The layer that an adapter sits on, or the module itself where none does."""
    return module.get_base_layer() if isinstance(module, BaseTunerLayer) else module
