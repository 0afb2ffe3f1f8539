"""A run's material with a mistake planted in it, as other tools would let it through."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from miniature import two_task_config, two_task_examples

from luthier import base_models
from luthier.chat_template import ChatTemplate
from luthier.config import Config
from luthier.records import Example
from luthier.tasks import build
from luthier.tune.batching import Item
from luthier.tune.encode import encode
from luthier.tune.preflight import Check, Material, data_checks
from luthier.tune.settings import resolve


def material(
    model: Path,
    examples: Sequence[Example] | None = None,
    config: Config | None = None,
    chat_template: str | None = None,
) -> Material:
    config, base = config or two_task_config(), base_models.resolve(str(model))
    settings, tasks = resolve(config, base)[0], build(config)
    tokenizer = base_models.load_tokenizer(base)
    tokenizer.chat_template = chat_template or tokenizer.chat_template
    template = ChatTemplate(tokenizer)
    examples = two_task_examples(120) if examples is None else examples
    train = [example for example in examples if example.split == "train"]
    return Material.of(config, base, settings, tasks, template, examples, encode(train, tasks, template, settings))


def with_items(of: Material, items: Sequence[Item]) -> Material:
    return dataclasses.replace(of, encoded=dataclasses.replace(of.encoded, items=list(items)))


def checked(of: Material) -> dict[str, Check]:
    return {check.name: check for check in data_checks(of)}


def refused(of: Material) -> set[str]:
    return {name for name, check in checked(of).items() if check.state == "refuse"}
