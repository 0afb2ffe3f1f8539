"""Reads what the earlier stages left and holds it together: all that the report may speak of."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from luthier.config import Config
from luthier.errors import LuthierError
from luthier.records import Example, Prediction
from luthier.report.shapes import (
    Curation,
    Ingest,
    LogLine,
    Preflight,
    Pretraining,
    Scorecard,
    Setting,
    Specialist,
    TaskCard,
    TuneSummary,
)
from luthier.store.artefacts import Artefact, ArtefactStore

Shaped = TypeVar("Shaped")

SYSTEM_ORDER = ("zero_shot", "few_shot", "classical", "tuned")  # from the least effort to the most


@dataclass(frozen=True, slots=True)
class Tuning:
    """What tuning left behind."""

    summary: TuneSummary
    log: tuple[LogLine, ...]
    settings: tuple[Setting, ...]
    specialist: Specialist
    preflight: Preflight | None  # None for runs of older versions
    pretraining: Pretraining | None  # None where the base model was tuned as it came


@dataclass(frozen=True, slots=True)
class Evidence:
    """The newest artefact of each stage, read and checked.

    `examples` holds the evaluated examples by id; `answers` is task -> example id -> system -> prediction. `tuning` is
    None where no tuned system was measured.
    """

    scorecard: Scorecard
    scorecard_text: str
    ingest: Ingest
    curation: Curation
    tuning: Tuning | None
    examples: dict[str, Example]
    answers: dict[str, dict[str, dict[str, Prediction]]]


def read_evidence(config: Config, store: ArtefactStore) -> Evidence:
    """The current artefacts, checked key by key and against one another.

    Raises:
        LuthierError: a stage has not run, an artefact lacks a key, or artefacts do not belong together.
    """
    ingest = store.require("ingest", "luthier ingest")
    curate = store.require("curate", "luthier curate")
    evaluate = store.require("evaluate", "luthier evaluate")
    scorecard_path = evaluate.folder / "scorecard.json"
    scorecard = _shaped(Scorecard, evaluate.json("scorecard"), scorecard_path)
    _check_tasks(config, scorecard, scorecard_path)
    tune = store.require("tune", "luthier tune") if _measures_tuned(scorecard) else None
    _check_descent(curate, ingest)
    _check_descent(evaluate, curate)
    if tune is not None:
        _check_descent(tune, curate)
        _check_descent(evaluate, tune)
    answers = _answers(evaluate)
    return Evidence(
        scorecard=scorecard,
        scorecard_text=scorecard_path.read_text(encoding="utf-8"),
        ingest=_shaped(Ingest, ingest.json("summary"), ingest.folder / "summary.json"),
        curation=_shaped(Curation, curate.json("summary"), curate.folder / "summary.json"),
        tuning=_tuning(tune) if tune is not None else None,
        examples=_examples(curate, {example_id for by_id in answers.values() for example_id in by_id}),
        answers=answers,
    )


def in_order(systems: Sequence[str] | dict[str, Any]) -> list[str]:
    """System names from the least effort to the most; unknown names (endpoints) stand first, in their own order."""
    return sorted(systems, key=lambda name: SYSTEM_ORDER.index(name) if name in SYSTEM_ORDER else -1)


def lead_system(card: TaskCard) -> str:
    """The system whose answers the page looks at most closely: the tuned one, else the best effort there was."""
    return in_order(card.systems)[-1]


def _shaped(shape: type[Shaped], content: Any, path: Path) -> Shaped:
    try:
        return TypeAdapter(shape).validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        what = f"`{key}` is missing" if first["type"] == "missing" else f"`{key}`: {first['msg']}"
        raise LuthierError(what, where=str(path), fix="Run the stage that wrote it again") from error


def _check_tasks(config: Config, scorecard: Scorecard, path: Path) -> None:
    for name, card in scorecard.tasks.items():
        if name not in config.tasks:
            raise LuthierError(
                f"luthier.yaml has no task '{name}'", where=str(path), fix="Run `luthier evaluate` again"
            )
        if not card.systems:
            raise LuthierError(f"no system answered '{name}'", where=str(path), fix="Run `luthier evaluate` again")
        for system, metrics in card.systems.items():
            if card.headline not in metrics:
                where = f"{path}: `tasks.{name}.systems.{system}`"
                raise LuthierError(
                    f"the headline metric `{card.headline}` is missing", where=where, fix="Run `luthier evaluate` again"
                )
        for table in ("n_by_system", "truncated", "unfinished"):
            lacking = set(card.systems) - set(getattr(card, table))
            if lacking:
                what = f"`tasks.{name}.{table}.{min(lacking)}` is missing"
                raise LuthierError(what, where=str(path), fix="Run `luthier evaluate` again")


def _measures_tuned(scorecard: Scorecard) -> bool:
    return any("tuned" in card.systems for card in scorecard.tasks.values())


def _check_descent(artefact: Artefact, source: Artefact) -> None:
    """Raises `LuthierError` where `artefact` was made from another run of an earlier stage than its newest."""
    if artefact.manifest["made_from"].get(source.stage) != source.key:
        what = (
            f"the newest result of `luthier {artefact.stage}` was not made from the newest of `luthier {source.stage}`"
        )
        raise LuthierError(what, fix=f"Run `luthier {artefact.stage}` again")


def _tuning(artefact: Artefact) -> Tuning:
    folder = artefact.folder
    return Tuning(
        summary=_shaped(TuneSummary, artefact.json("summary"), folder / "summary.json"),
        log=_shaped(tuple[LogLine, ...], artefact.json("training_log"), folder / "training_log.json"),
        settings=_shaped(tuple[Setting, ...], artefact.json("settings"), folder / "settings.json"),
        specialist=_shaped(Specialist, artefact.json("specialist"), folder / "specialist.json"),
        preflight=_preflight(folder / "preflight.json"),
        pretraining=_pretraining(artefact),
    )


def _pretraining(artefact: Artefact) -> Pretraining | None:
    """What the base model had read before it was tuned, as far as that is still there."""
    key = artefact.manifest["made_from"].get("pretrain")
    read = artefact.beside("pretrain", key) if key is not None else None
    return None if read is None else _shaped(Pretraining, read.json("summary"), read.folder / "summary.json")


def _preflight(path: Path) -> Preflight | None:
    if not path.exists():
        return None
    return _shaped(Preflight, json.loads(path.read_text(encoding="utf-8")), path)


def _answers(evaluate: Artefact) -> dict[str, dict[str, dict[str, Prediction]]]:
    answers: dict[str, dict[str, dict[str, Prediction]]] = {}
    for prediction in evaluate.records("predictions", Prediction):
        by_system = answers.setdefault(prediction.task, {}).setdefault(prediction.example_id, {})
        by_system[prediction.system] = dataclasses.replace(prediction, scores={})  # a score a label would not fit
    return answers


def _examples(curate: Artefact, wanted: set[str]) -> dict[str, Example]:
    examples = {example.id: example for example in curate.records("examples", Example) if example.id in wanted}
    lacking = wanted - set(examples)
    if lacking:
        what = f"{len(lacking)} answered examples are not among the curated ones, such as '{min(lacking)}'"
        raise LuthierError(what, where=str(curate.folder), fix="Run `luthier evaluate` again")
    return examples
