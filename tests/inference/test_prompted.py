"""The generic model: which dev items it chooses on, in which precision it answers, and worked examples that fit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from luthier.config import Config
from luthier.errors import RefusedError
from luthier.inference.systems.prompted import Prompted
from luthier.records import Example, Provenance, Target
from luthier.statistics.draw import draw

DEV_ITEMS = 6


def config(model: Path, instruction: str = "Say the colour.", **tune: object) -> Config:
    task = {"kind": "classify", "instruction": instruction, "inputs": {"note": ""}}
    return Config.model_validate(
        {
            "name": "n",
            "base_model": str(model),
            "tasks": {"t": task},
            "sources": [],
            "tune": tune,
            "evaluate": {"few_shot": {"k": [2, 4], "dev_items": DEV_ITEMS}},
        }
    )


def examples(split: str, words: int = 3) -> list[Example]:
    """Twenty examples, sorted by their label as published files are."""
    return [
        Example(
            id=f"{split}{number}",
            task="t",
            inputs={"note": f"{split} {number} " + "red and blue " * words},
            target=Target(labels=("blue" if number < 10 else "red",)),
            source=Provenance(source="s", file="f", row=number + 1),
            group=str(number),
        )
        for number in range(20)
    ]


def test_dev_items_are_drawn_and_not_the_first_of_the_file(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[list[str]] = []
    right = Prompted._try

    def recording(self, task, shots, dev, *, alone):  # type: ignore[no-untyped-def]
        tried.append([example.id for example in dev])
        return right(self, task, shots, dev, alone=alone)

    monkeypatch.setattr(Prompted, "_try", recording)
    settings, dev = config(tiny_model), examples("dev")
    Prompted("few_shot", settings, tiny_model, examples("train"), dev, worked_examples=True)
    assert tried == [[example.id for example in draw(dev, DEV_ITEMS, settings.seed)]] * 2
    assert {example.target.labels for example in dev if example.id in tried[0]} == {("blue",), ("red",)}


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_generic_model_is_held_in_the_precision_that_tuning_has(tiny_model: Path, precision: str) -> None:
    settings = config(tiny_model, precision=precision)
    system = Prompted("zero_shot", settings, tiny_model, examples("train"), [], worked_examples=False)
    assert system.engine.model.dtype == getattr(torch, precision)


def test_worked_examples_that_do_not_fit_are_not_tried_and_a_prompt_that_never_does_is_refused(
    tiny_model: Path,
) -> None:
    """The model reads 1024 tokens, 97 of them its answer's. A worked example takes over 250: two fit, four do not."""
    train, dev = examples("train", words=40), examples("dev")
    system = Prompted("few_shot", config(tiny_model), tiny_model, train, dev, worked_examples=True)
    assert system.choices["t"]["worked_examples"] == 2
    with pytest.raises(RefusedError, match="no prompt of 't' fits into the 1024 tokens"):
        Prompted("zero_shot", config(tiny_model, "word " * 1000), tiny_model, train, dev, worked_examples=False)
