"""A small project with three kinds of task, on disk as curation and tuning leave it, and systems that only pretend."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from luthier.config import Config
from luthier.evaluate.run import evaluate
from luthier.records import Example, Prediction, Provenance, Target
from luthier.store.artefacts import ArtefactStore

CURATION = {"examples": {"in": 90, "kept": 90}, "seconds": 1.5}
NUMBER_WORDS = ("one", "two", "three", "four", "five", "six", "seven")


def settings(**evaluate: Any) -> Config:
    return Config.model_validate(
        {
            "name": "A small desk",
            "base_model": "model",
            "tasks": {
                "summary": {"kind": "generate", "instruction": "Summarise.", "inputs": {"note": ""}},
                "intent": {
                    "kind": "classify",
                    "instruction": "Classify.",
                    "inputs": {"note": ""},
                    "labels": {"buy": "", "sell": "", "hold": ""},
                },
                "flags": {"kind": "classify", "instruction": "Flag.", "inputs": {"note": ""}, "multi_label": True},
            },
            "sources": [{"name": "notes", "path": "notes.csv"}],
            "evaluate": {"draws": 300, **evaluate},
            "report": {"hourly_rate": 3.6, "currency": "EUR"},
        }
    )


def example(task: str, number: int, split: str) -> Example:
    """Summaries and flags come two to a client; every intent is a client's only one."""
    targets = {
        "summary": Target(text=f"The fund of client {NUMBER_WORDS[number % 7]} rose by {number} percent this year"),
        "intent": Target(labels=(("buy", "sell", "hold")[number % 3],)),
        "flags": Target(labels=tuple(label for label in ("late", "risk") if (number + len(label)) % 3 == 0)),
    }
    return Example(
        id=f"{task}-{split}-{number}",
        task=task,
        inputs={"note": f"note {number}"},
        target=targets[task],
        source=Provenance(source="notes", file="notes.csv", row=number + 1),
        group=f"{split}-{number if task == 'intent' else number // 2}",
        family=f"family {number % 4}",
        alternatives=(f"This year client {NUMBER_WORDS[number % 7]} gained {number} percent",)
        if task == "summary"
        else (),
        profile={"region": "north" if number < 20 else "south"},
        split=split,  # type: ignore[arg-type]
    )


class Pretender:
    """Answers right wherever `knows` says so, and otherwise wrong."""

    def __init__(self, name: str, knows: Callable[[Example], bool]) -> None:
        self.name, self.knows = name, knows
        self.choices = {"summary": {"chosen": f"{name} way"}}

    def answer(self, examples: Sequence[Example]) -> Iterator[Prediction]:
        for item in reversed(examples):
            right, right_labels = self.knows(item), item.target.labels or ()
            wrong_labels = ("late",) if item.task == "flags" else ("hold" if right_labels != ("hold",) else "buy",)
            is_text = item.task == "summary"
            yield Prediction(
                example_id=item.id,
                task=item.task,
                system=self.name,
                text=(item.target.text if right else "Nothing of the kind") if is_text else None,
                labels=None if is_text else (right_labels if right else wrong_labels),
                truncated_input=item.id.endswith("-0"),
                stopped=not item.id.endswith("-1"),
            )


def number_of(item: Example) -> int:
    return int(item.id.rsplit("-", 1)[1])


KNOWS: Mapping[str, Callable[[Example], bool]] = {
    "zero_shot": lambda item: number_of(item) % 8 == 0,
    "few_shot": lambda item: number_of(item) % 4 == 0,
    "classical": lambda item: item.task != "summary" or number_of(item) % 3 == 0,
    "tuned": lambda item: number_of(item) % 10 != 0,
}


class Builder:
    """Stands where `luthier.inference.systems.build` does, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.built: list[str] = []
        self.broken: str | None = None

    def __call__(
        self,
        name: str,
        config: Config,
        root: Path,
        store: ArtefactStore,
        train: Sequence[Example],
        dev: Sequence[Example],
    ) -> Pretender:
        assert {item.split for item in train} == {"train"}
        assert {item.split for item in dev} == {"dev"}
        if name == self.broken:
            raise KeyboardInterrupt
        self.built.append(name)
        return Pretender(name, KNOWS[name])


@pytest.fixture
def builder() -> Builder:
    return Builder()


@pytest.fixture(scope="session")
def make_settings() -> Callable[..., Config]:
    return settings


@pytest.fixture(scope="session")
def examples() -> list[Example]:
    sizes = {"train": 6, "dev": 40, "test": 40}
    return [
        example(task, number, split)
        for split, size in sizes.items()
        for task in ("summary", "intent", "flags")
        for number in range(size)
    ]


def lay_out(root: Path, examples: Sequence[Example]) -> Path:
    """A project whose base model is a folder with one tensor in it."""
    (root / "model").mkdir()
    (root / "model" / "config.json").write_text(json.dumps({"model_type": "none"}), encoding="utf-8")
    save_file({"weight": np.zeros(2, dtype=np.float32)}, root / "model" / "model.safetensors")
    store = ArtefactStore(root / ".luthier")
    with store.write("curate", "c1", {}) as writer:
        writer.records("examples", Example, examples)
        writer.json("summary", CURATION)
    with store.write("tune", "t1", {"curate": "c1"}) as writer:
        writer.json("summary", {"seconds": 1000.0})
    return root


@pytest.fixture
def root(tmp_path: Path, examples: list[Example]) -> Path:
    return lay_out(tmp_path, examples)


@pytest.fixture
def store(root: Path) -> ArtefactStore:
    return ArtefactStore(root / ".luthier")


@pytest.fixture(scope="session")
def tasks(tmp_path_factory: pytest.TempPathFactory, examples: list[Example]) -> dict[str, Any]:
    """Every task's part of one scorecard on dev; `zero_shot` is asked half the items."""
    targets = [
        {"task": "intent", "metric": "accuracy", "at_least": 0.5},
        {"task": "intent", "metric": "accuracy", "at_least": 0.95},
        {"task": "intent", "metric": "accuracy", "at_least": 0.5, "system": "few_shot"},
        {"task": "summary", "metric": "rougeL", "at_most": 0.2},
    ]
    config = settings(max_items={"zero_shot": 20}, targets=targets)
    root = lay_out(tmp_path_factory.mktemp("measured"), examples)
    artefact = evaluate(config, root, ArtefactStore(root / ".luthier"), build=Builder())
    found: dict[str, Any] = artefact.json("scorecard")["tasks"]
    return found
