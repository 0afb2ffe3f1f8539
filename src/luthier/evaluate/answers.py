"""Asking the systems: one after another, each a step of its own, so that a kill loses one system's answers at most."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from luthier import base_models
from luthier.config import Config
from luthier.errors import LuthierError
from luthier.inference.systems import System
from luthier.progress import duration, say
from luthier.records import Example, Prediction
from luthier.store.artefacts import Artefact, ArtefactStore, content_key

VERSIONS = {"zero_shot": 2, "few_shot": 2, "classical": 1, "tuned": 1}  # raised when a system would answer otherwise
STAGE = "answers"
PROMPTED = ("zero_shot", "few_shot")

Build = Callable[[str, Config, Path, ArtefactStore, Sequence[Example], Sequence[Example]], System]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What one system answered, in the order of the items, and how long that took with its preparation, in seconds."""

    system: str
    predictions: tuple[Prediction, ...]
    choices: Mapping[str, Mapping[str, Any]]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What systems are built from: the project, the artefacts they rest on, and what they may learn and choose on."""

    config: Config
    root: Path
    store: ArtefactStore
    curate: Artefact
    tune: Artefact | None
    train: Sequence[Example]
    dev: Sequence[Example]
    build: Build


def made_from(bench: Bench, system: str, items: Sequence[Example]) -> dict[str, Any]:
    """All that a system's answers depend on; what it does not read, it is not asked again for."""
    config = bench.config
    depends: dict[str, Any] = {
        "version": VERSIONS[system],
        "system": system,
        "tasks": {name: task.model_dump() for name, task in config.tasks.items()},
        "seed": config.seed,
        "curate": bench.curate.key,
        "items": content_key([(example.task, example.id) for example in items]),
    }
    if system in PROMPTED:
        depends["base_model"] = base_models.resolve(config.base_model, root=bench.root).fingerprint
        depends["few_shot"] = config.evaluate.few_shot.model_dump()
        depends["precision"] = base_models.precision_for(config.tune.precision, base_models.this_device())
    if system == "classical":
        from luthier.inference.systems.classical import embeddings_version

        depends["embeddings"] = embeddings_version()
    if system == "tuned" and bench.tune is not None:
        depends["tune"] = bench.tune.key
    return depends


def answers_of(bench: Bench, system: str, items: Sequence[Example]) -> Answers:
    """A system's answers to `items`: those on record, or else it is built, asked, and its answers are recorded.

    Raises `LuthierError` where it leaves an item out, answers one twice, or answers what it was not asked.
    """
    depends = made_from(bench, system, items)
    key = content_key(depends)
    done = bench.store.find(STAGE, key)
    if done is not None:
        return _on_record(done)
    say(f"Asking {system}: {len(items)} items")
    started = time.monotonic()
    built = bench.build(system, bench.config, bench.root, bench.store, bench.train, bench.dev)
    predictions = aligned(system, items, built.answer(items))
    seconds = time.monotonic() - started
    say(f"{system} took {duration(seconds)}")
    with bench.store.write(STAGE, key, depends) as writer:
        writer.records("predictions", Prediction, predictions)
        writer.json("summary", {"system": system, "choices": built.choices, "seconds": seconds})
    return _on_record(Artefact(STAGE, key, bench.store.root / "artefacts" / STAGE / key))


def aligned(system: str, items: Sequence[Example], predictions: Iterable[Prediction]) -> tuple[Prediction, ...]:
    """One prediction for each item, in the items' order, whatever order they came in."""
    wanted = {(example.task, example.id) for example in items}
    found: dict[tuple[str, str], Prediction] = {}
    for prediction in predictions:
        name = (prediction.task, prediction.example_id)
        if prediction.system != system:
            raise LuthierError(f"an answer signed '{prediction.system}' came from {system}", where=_place(*name))
        if name not in wanted:
            raise LuthierError(f"{system} answered what it was not asked", where=_place(*name))
        if name in found:
            raise LuthierError(f"{system} answered twice", where=_place(*name))
        found[name] = prediction
    missing = sorted(wanted - found.keys())
    if missing:
        raise LuthierError(f"{system} left {len(missing)} of {len(wanted)} items out", where=_place(*missing[0]))
    return tuple(found[example.task, example.id] for example in items)


def _on_record(artefact: Artefact) -> Answers:
    summary = artefact.json("summary")
    predictions = tuple(artefact.records("predictions", Prediction))
    return Answers(predictions=predictions, **summary)


def _place(task: str, example_id: str) -> str:
    return f"{task}, example {example_id}"
