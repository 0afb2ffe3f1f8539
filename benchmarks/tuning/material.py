"""The work of `tune_speed.py`: messages of a bank's customers, each with one of 77 intents, as token ids.

Generated messages and labels have the length profile of BANKING77 (Casanueva et al. 2020), in tokens of SmolLM2: speed
depends on lengths alone. `--data` takes the data set's own folder instead.
"""

from __future__ import annotations

import csv
import random
from pathlib import Path

from luthier.chat_template import ChatTemplate
from luthier.config import Config
from luthier.errors import RequestError
from luthier.records import Example, Provenance, Target
from luthier.tasks import Task
from luthier.tune.batching import Item

INSTRUCTION = "Name the intent of this message from a bank customer."
SETTINGS = ("short instruction", "labels listed")
SEED = 7
INTENTS = 77
# Tokens of BANKING77's 10,003 training messages, each twentieth of them; and how many labels have 2, 3 … tokens.
MESSAGE_TOKENS = (3, 6, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 14, 15, 17, 19, 25, 34, 96)
LABELS_OF_TOKENS = {2: 15, 3: 26, 4: 19, 5: 12, 6: 3, 7: 1, 9: 1}
# Common words are one token each.
_COMMON = """
    card payment bank account money transfer cash machine pin number app phone top balance fee charge rate exchange
    wrong lost late new old change order check limit time day week home work name date country refund declined pending
    failed extra virtual physical identity support currency deposit statement request address
"""
WORDS = _COMMON.split()


def examples(count: int, data: Path | None) -> tuple[list[Example], list[str]]:
    """As many training examples, in random order, and all labels."""
    rng = random.Random(SEED)
    rows = _read(data) if data else _generated(count, rng)
    labels = sorted({label for _, label in rows})
    rng.shuffle(rows)
    return [_example(number, *row) for number, row in enumerate(rows[:count])], labels


def task_config(setting: str, labels: list[str]) -> Config:
    """A project with this one task, answered in words; with "labels listed" the instruction names them, a line each."""
    names = [f"- {label.replace('_', ' ')}" for label in labels]
    listed = ["Answer with exactly one of these labels.", *names] if setting == "labels listed" else []
    task = {
        "kind": "classify",
        "instruction": "\n".join([INSTRUCTION, *listed]),
        "inputs": {"message": ""},
        "labels": dict.fromkeys(labels, ""),
    }
    tune = {"label_head": "never", "lora": {"rank": 16, "alpha": 32, "target_modules": "all-linear"}, "batch_size": 16}
    return Config.model_validate({"name": "speed", "tasks": {"intent": task}, "sources": [], "tune": tune})


def items(found: list[Example], task: Task, template: ChatTemplate) -> list[Item]:
    """The examples as every side is given them: one rendering, one set of ids."""
    prompts = [template.prompt(task, example.inputs).ids for example in found]
    targets = [template.target(task.write(example.target)) for example in found]
    return [
        Item(example.id, task.name, prompt, target, labels=None)
        for example, prompt, target in zip(found, prompts, targets, strict=True)
    ]


def _read(folder: Path) -> list[tuple[str, str]]:
    path = folder / "train.csv"
    if not path.is_file():
        raise RequestError("there is no train.csv", where=str(folder), fix="Give the folder that BANKING77 lies in")
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["category"]) for row in csv.DictReader(file)]


def _generated(count: int, rng: random.Random) -> list[tuple[str, str]]:
    names: dict[str, None] = {}
    for words, how_many in LABELS_OF_TOKENS.items():
        until = len(names) + how_many
        while len(names) < until:
            names["_".join(rng.sample(WORDS, words))] = None
    labels = list(names)
    lengths = [_between(rng) for _ in range(max(count, INTENTS))]
    # Every label occurs, so that the instruction lists all of them.
    return [
        (" ".join(rng.choices(WORDS, k=length)), labels[number] if number < INTENTS else rng.choice(labels))
        for number, length in enumerate(lengths)
    ]


def _between(rng: random.Random) -> int:
    """A message length drawn from the profile, straight lines between its points."""
    place = rng.random() * (len(MESSAGE_TOKENS) - 1)
    low = int(place)
    return round(MESSAGE_TOKENS[low] + (place - low) * (MESSAGE_TOKENS[low + 1] - MESSAGE_TOKENS[low]))


def _example(number: int, text: str, label: str) -> Example:
    return Example(
        id=str(number),
        task="intent",
        inputs={"message": text},
        target=Target(labels=(label,)),
        source=Provenance(source="benchmark", file="train.csv"),
        group=str(number),
    )
