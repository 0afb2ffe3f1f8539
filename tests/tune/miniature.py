"""Two tasks and their examples, small enough to learn in seconds."""

from __future__ import annotations

import random

from luthier.config import Config
from luthier.records import Example, Provenance, Split, Target

COLOURS = {"red": ("red",), "blue": ("blue",), "both": ("red", "blue"), "neither": ()}


def two_task_config(**tune: object) -> Config:
    return Config.model_validate(
        {
            "name": "Miniature",
            "base_model": "tiny",
            "tasks": {
                "colour": {
                    "kind": "classify",
                    "instruction": "Name the colours in the note.",
                    "inputs": {"note": ""},
                    "multi_label": True,
                    "labels": {"red": "", "blue": ""},
                },
                "sum": {"kind": "generate", "instruction": "Sum it up.", "inputs": {"note": "Note"}},
            },
            "sources": [],
            "tune": tune,
        }
    )


def two_task_examples(count: int) -> list[Example]:
    rng = random.Random(0)
    found = []
    for number in range(count):
        colour = rng.choice(list(COLOURS))
        note = f"The note says {colour} things, number {number}."
        split: Split = "dev" if number % 4 == 3 else "train"
        for task, target in (("colour", Target(labels=COLOURS[colour])), ("sum", Target(text=f"It is {colour}."))):
            found.append(
                Example(
                    id=f"{task}:{number}",
                    task=task,
                    inputs={"note": note},
                    target=target,
                    source=Provenance(source="s", file="f", row=number + 1),
                    group=str(number),
                    split=split,
                )
            )
    return found
