"""How a model learns from texts: at every position, with all its weights or through matrices that are merged in."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from torch import Tensor
from transformers import AutoConfig, PreTrainedModel, set_seed

from luthier import base_models
from luthier.base_models import ResolvedModel
from luthier.base_models.hushed import hushed_transformers
from luthier.base_models.model_folder import CONTENT, MANIFEST, describe
from luthier.inference.label_heads import LabelHeads
from luthier.inference.specialist import SpecialistModel
from luthier.progress import track
from luthier.store.artefacts import ArtefactWriter
from luthier.tune.fused_lora import fuse
from luthier.tune.optimiser import MasterAdamW
from luthier.tune.pretrain_blocks import BlockSteps, Texts
from luthier.tune.pretrain_settings import PretrainSettings
from luthier.tune.row_loss import row_losses
from luthier.tune.settings import LORA_ALPHA
from luthier.tune.trainer import SpecialistTrainer

BETAS = (0.9, 0.95)  # as language models are pre-trained with since GPT-3


@dataclass(frozen=True, slots=True)
class Perplexity:
    """What a model makes of texts it has not read: the loss in nats over all their tokens, which name it whole."""

    nats: float
    tokens: int
    bytes: int
    texts: int

    @property
    def per_token(self) -> float:
        """Comparable only between models of one tokenizer."""
        return math.exp(self.nats / self.tokens)

    @property
    def per_byte(self) -> float:
        """Of UTF-8, comparable between all models. The token that ends a text is none of its bytes, and counted."""
        return math.exp(self.nats / self.bytes)

    def plain(self) -> dict[str, float]:
        """As JSON stores it."""
        return {**asdict(self), "per_token": self.per_token, "per_byte": self.per_byte}


def perplexity(base: ResolvedModel, texts: Texts, settings: PretrainSettings, most_tokens: int) -> Perplexity | None:
    """The perplexity of a model on texts, of which the first so many tokens are read; None where there are none."""
    held = texts.first(most_tokens)
    if not len(held):
        return None
    model = base_models.load_model(base, dtype=getattr(torch, settings.precision))
    module = _module(model, settings)
    nats = 0.0
    with torch.inference_mode():
        for block in track(held.blocks(settings.block_tokens), "Measuring perplexity"):
            nats += float(row_losses(module, held.row(block))[0])
    return Perplexity(nats, held.tokens, held.bytes, len(held))


def new_module(base: ResolvedModel, settings: PretrainSettings) -> SpecialistModel:
    """The model as training begins, on the run's device, without label heads."""
    model = base_models.load_model(base, dtype=getattr(torch, settings.precision))
    set_seed(settings.seed)  # the matrices' first weights
    if settings.lora is None:
        return _module(model.requires_grad_(True), settings)
    adapted = get_peft_model(model, _lora_config(settings))
    fuse(adapted)
    return _module(adapted, settings)


def _module(model: PreTrainedModel | PeftModel, settings: PretrainSettings) -> SpecialistModel:
    """A model as the trainer takes it: all of its layers, and no label heads."""
    heads = LabelHeads(model.config.hidden_size, {})
    return SpecialistModel(model, heads, model.config.num_hidden_layers).to(settings.device)


def save_pretrained(trainer: PretrainTrainer, base: ResolvedModel, settings: PretrainSettings, folder: Path) -> None:
    """Writes the trained model as a plain folder, in the precision that the base model's own weights lie in."""
    model = base_models.load_model(base, dtype=torch.float32)
    if settings.lora is None:
        _move(model, trainer.learnt(), getattr(torch, settings.precision))
    else:
        model = _with_matrices(model, trainer.learnt(), settings)
    stored = getattr(AutoConfig.from_pretrained(base.folder, trust_remote_code=False), "dtype", None)
    with hushed_transformers(bars=False):
        model.to(stored or torch.float32).save_pretrained(str(folder))  # type: ignore[arg-type]
    _copy_tokenizer(base.folder, folder)
    described = describe(folder, name=base.name, source="luthier pretrain", base=base.fingerprint)
    ArtefactWriter(folder).json(Path(MANIFEST).stem, described)


@torch.no_grad()
def _move(model: PreTrainedModel, learnt: Mapping[str, Tensor], began_in: torch.dtype) -> None:
    """Moves the model's weights by as much as training moved them from where they began, rounded to `began_in`.

    What the rounding took off at the beginning is so not lost.
    """
    own = dict(model.named_parameters())
    for name, weight in learnt.items():
        began = own[name].to(began_in).float()
        own[name].copy_(weight if began_in == torch.float32 else own[name] + (weight - began))


@torch.no_grad()
def _with_matrices(model: PreTrainedModel, learnt: Mapping[str, Tensor], settings: PretrainSettings) -> PreTrainedModel:
    """The model with low-rank matrices of these names added to its weights, unrounded since those are float32."""
    adapted: Any = get_peft_model(model, _lora_config(settings))
    own = dict(adapted.named_parameters())
    for name, weight in learnt.items():
        own[name].copy_(weight)
    merged: PreTrainedModel = adapted.merge_and_unload(safe_merge=True)
    return merged


def _lora_config(settings: PretrainSettings) -> LoraConfig:
    lora = settings.lora
    assert lora is not None
    return LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha or LORA_ALPHA["lora"],
        lora_dropout=lora.dropout,
        target_modules=lora.target_modules,
        task_type="CAUSAL_LM",
    )


def _copy_tokenizer(source: Path, folder: Path) -> None:
    """Everything of a model's folder that `save_pretrained` of the model did not write: the tokenizer, as it came."""
    for path in {path for pattern in CONTENT for path in source.glob(pattern)}:
        ours = path.suffix == ".safetensors" or path.name.endswith(".safetensors.index.json") or path.name == MANIFEST
        if not ours and not (folder / path.name).exists():
            shutil.copyfile(path, folder / path.name)


class PretrainTrainer(SpecialistTrainer):
    """The trainer of specialists on texts alone."""

    def __init__(
        self,
        module: SpecialistModel,
        steps: BlockSteps,
        settings: PretrainSettings,
        folder: Path,
        checkpoint_every: int,
    ) -> None:
        super().__init__(module, steps, settings, folder, checkpoint_every)  # type: ignore[arg-type]
        self.live.what = "Pre-training"

    def create_optimizer(self, *_: Any) -> torch.optim.Optimizer:
        """AdamW with weight decay on matrices only, and float32 copies of weights that are held in less."""
        trained = list(self.module.trainable().values())
        shared = {"lr": self.settings.learning_rate, "betas": BETAS}
        groups: list[dict[str, Any]] = [
            {**shared, "params": [weight for weight in trained if weight.ndim > 1]},
            {**shared, "params": [weight for weight in trained if weight.ndim < 2], "weight_decay": 0.0},
        ]
        groups = [group for group in groups if group["params"]]
        self.optimizer = MasterAdamW(groups, weight_decay=self.settings.weight_decay)
        return self.optimizer

    def learnt(self) -> dict[str, Tensor]:
        """The trained weights by the model's own names, in float32, as the optimiser summed them."""
        masters = {id(weight): master for weight, master in self._masters().pairs}
        return {
            name.removeprefix("model."): masters.get(id(weight), weight).detach().float().cpu()
            for name, weight in self.module.trainable().items()
        }

    def _masters(self) -> MasterAdamW:
        wrapped: Any = self.optimizer
        optimizer: MasterAdamW = getattr(wrapped, "optimizer", wrapped)  # accelerate lays a shell around it
        return optimizer
