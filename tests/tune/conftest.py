"""A run in miniature: a tiny model, two tasks, and their items."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from miniature import two_task_config, two_task_examples
from surviving import Runs

from luthier import base_models
from luthier.base_models import ResolvedModel
from luthier.chat_template import ChatTemplate
from luthier.inference.specialist import SpecialistModel
from luthier.tasks import build
from luthier.tune.adapters import adapted
from luthier.tune.batching import Item
from luthier.tune.encode import encode
from luthier.tune.settings import Resolved, resolve


@pytest.fixture
def base(tiny_model: Path) -> ResolvedModel:
    return base_models.resolve(str(tiny_model))


@pytest.fixture
def settings(base: ResolvedModel) -> Resolved:
    return resolve(two_task_config(), base)[0]


@pytest.fixture
def template(base: ResolvedModel) -> ChatTemplate:
    return ChatTemplate(base_models.load_tokenizer(base))


@pytest.fixture
def items(template: ChatTemplate, settings: Resolved) -> list[Item]:
    return encode(two_task_examples(10), build(two_task_config()), template, settings).items


@pytest.fixture
def new_module(base: ResolvedModel, settings: Resolved) -> Callable[[], SpecialistModel]:
    """Freshly adapted modules, equal to one another, with adapters and label heads that already do something."""

    def make() -> SpecialistModel:
        import torch
        from transformers import set_seed

        set_seed(1)
        module = adapted(base, build(two_task_config()), settings)
        with torch.no_grad():
            for name, weight in module.trainable().items():
                if "lora_B" in name or "heads" in name:
                    weight.normal_(std=0.05)
        return module

    return make


@pytest.fixture
def runs(new_module: Callable[[], SpecialistModel], items: list[Item], settings: Resolved, tmp_path: Path) -> Runs:
    return Runs(new_module, items, settings, tmp_path)
