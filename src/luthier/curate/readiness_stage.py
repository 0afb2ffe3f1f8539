"""Whether each task has enough examples: an artefact beside the curated data, for people to read.

Apart from curating, because a learning curve takes longer than a decision, and decides nothing.
"""

from __future__ import annotations

import dataclasses
import math
from collections import defaultdict
from typing import Any

from luthier.config import ClassifyTask, Config
from luthier.config.curation.readiness import Readiness
from luthier.curate.compare.coverage import CollectionRequest
from luthier.curate.readiness import TaskReadiness, judge_readiness
from luthier.records import Example
from luthier.statistics.intervals import Interval
from luthier.store.artefacts import Artefact, ArtefactStore, ArtefactWriter, content_key

STAGE = "readiness"
VERSION = 3


def readiness(config: Config, store: ArtefactStore) -> Artefact | None:
    """Leaves the JSON `readiness`: {task: the verdict}; None where the setting is off."""
    settings = config.curate.readiness
    if settings is None:
        return None
    curated = store.require("curate", "luthier curate")
    labels = {name: sorted(t.labels) if isinstance(t, ClassifyTask) else [] for name, t in config.tasks.items()}
    made_from = {
        "version": VERSION,
        "settings": settings.model_dump(),
        "curate": curated.key,
        "labels": labels,
        "seed": config.seed,
    }

    def fill(writer: ArtefactWriter) -> None:
        verdicts = _judged(config, settings, curated, labels)
        writer.json("readiness", {task: _as_plain(verdict) for task, verdict in verdicts.items()})

    return store.find_or_write(STAGE, content_key(STAGE, made_from), made_from, fill)


def _judged(
    config: Config, settings: Readiness, curated: Artefact, labels: dict[str, list[str]]
) -> dict[str, TaskReadiness]:
    by_task: dict[str, list[Example]] = defaultdict(list)
    for example in curated.records("examples", Example):
        if example.split != "test":
            by_task[example.task].append(example)
        else:  # counted, and never read
            by_task[example.task].append(dataclasses.replace(example, inputs={}, alternatives=()))
    verdicts = {}
    for task, asked in config.tasks.items():
        verdicts[task] = judge_readiness(
            task,
            by_task[task],
            settings,
            labels=labels[task],
            multi_label=isinstance(asked, ClassifyTask) and asked.multi_label,
            requests=_requests(curated, task),
            seed=config.seed,
        )
    return verdicts


def _requests(curated: Artefact, task: str) -> list[CollectionRequest]:
    """What coverage asks to be collected for a task."""
    if not (curated.folder / "coverage.json").exists():
        return []
    rows = curated.json("coverage")["requests_by_task"].get(task, ())
    return [CollectionRequest(_cell(row["cell"]), row["clients"], row["reason"]) for row in rows]


def _cell(words: str) -> tuple[tuple[str, str], ...]:
    pairs = (pair.partition("=") for pair in words.split(", "))
    return tuple((field, value) for field, _, value in pairs)


def _as_plain(verdict: TaskReadiness) -> dict[str, Any]:
    """A verdict as plain values; what is undefined is None."""
    shown = {name: getattr(verdict, name) for name in ("task", "state", "examples", "training", "labels")}
    shown |= {"short_labels": verdict.short_labels, "reasons": verdict.reasons, "collect": verdict.collect}
    curve = verdict.curve
    shown["curve"] = None
    if curve is not None:
        shown["curve"] = {
            "metric": curve.metric,
            "sizes": curve.sizes,
            "figures": curve.figures,
            "blind": curve.blind,
            "over_blind": _ends(curve.over_blind),
            "floor": curve.floor,
            "gain_of_doubling": _ends(curve.gain_of_doubling),
        }
    return shown


def _ends(interval: Interval) -> dict[str, float | None]:
    return {name: None if math.isnan(end) else end for name, end in interval._asdict().items()}
