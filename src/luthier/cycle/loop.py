"""One round through all stages in order. Each stage takes up its own finished or half-done work, so a round that was
stopped goes on where it was, and a round in which nothing changed makes nothing anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from luthier.config import Config
from luthier.progress import say
from luthier.records import Cycle
from luthier.statistics.target_verdict import in_words
from luthier.store.artefacts import Artefact, ArtefactStore, content_key

VERSION = 1
STAGE = "cycle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A finished round. `reused` are the stages whose artefact was there already; `report` is the page."""

    cycle: Cycle
    artefact: Artefact
    reused: tuple[str, ...]
    report: Path


def run_cycle(config: Config, root: Path, store: ArtefactStore, *, open_test: bool = False) -> Round:
    """Takes the project at `root` through ingest, curate, tune, evaluate and report.

    Args:
        open_test: measures on the sealed test split, which is recorded, instead of on dev.

    Leaves a `cycle` artefact with the table `cycles` (one row). Raises what a stage raises; what was finished stays.
    """
    from luthier.report.page import write_report

    started = dt.datetime.now(dt.UTC)
    artefacts: dict[str, Artefact] = {}
    reused: list[str] = []
    steps = _steps(config, root, store, open_test)
    for number, (stage, step) in enumerate(steps.items(), 1):
        before = store.keys(stage)
        say(f"[{number}/{len(steps) + 1}] {stage}")
        artefacts[stage] = step()
        if artefacts[stage].key in before:
            reused.append(stage)
            say(f"      as before ({artefacts[stage].key}): nothing it depends on has changed")
    artefact = _record(store, artefacts, started)
    say(f"[{len(steps) + 1}/{len(steps) + 1}] report")
    page = write_report(config, root, store)
    (cycle,) = artefact.records("cycles", Cycle)
    return Round(cycle=cycle, artefact=artefact, reused=tuple(reused), report=page)


def _steps(config: Config, root: Path, store: ArtefactStore, open_test: bool) -> Mapping[str, Callable[[], Artefact]]:
    """The stages that leave an artefact, in order."""
    from luthier.curate.pipeline import curate
    from luthier.cycle.specialist import make_specialist
    from luthier.evaluate.run import evaluate
    from luthier.sources.ingest import ingest

    return {
        "ingest": lambda: ingest(config, root, store),
        "curate": lambda: curate(config, store, root),
        "tune": lambda: make_specialist(config, root, store),
        "evaluate": lambda: evaluate(config, root, store, split="test" if open_test else "dev", open_test=open_test),
    }


def _record(store: ArtefactStore, artefacts: Mapping[str, Artefact], started: dt.datetime) -> Artefact:
    """The round's own artefact. The same artefacts are the same round, however often it is asked for."""
    keys = {stage: artefact.key for stage, artefact in artefacts.items()}
    made_from = {"version": VERSION, "artefacts": keys}
    key = content_key(made_from)
    done = store.find(STAGE, key)
    if done is not None:
        store.point_to(done)
        return done
    scorecard = artefacts["evaluate"].json("scorecard")
    decision, reasons = decide(scorecard)
    cycle = Cycle(
        number=scorecard["cycle"],
        started=started,
        finished=dt.datetime.now(dt.UTC),
        artefacts=keys,
        decision=decision,
        reasons=reasons,
    )
    with store.write(STAGE, key, made_from) as writer:
        writer.records("cycles", Cycle, [cycle])
    return store.require(STAGE, "luthier cycle")


def decide(scorecard: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """What the targets say of a round, and a line for each of them.

    One missed target is enough for `targets missed`, one undecided and none missed for `undecided`.
    """
    results = [(task, result) for task, card in scorecard["tasks"].items() for result in card["targets"]]
    states = {result["state"] for _, result in results}
    reasons = tuple(target_line(task, result) for task, result in results)
    if not results:
        return "no targets", ()
    if "missed" in states:
        return "targets missed", reasons
    return ("undecided" if "undecided" in states else "targets met"), reasons


def target_line(task: str, result: Mapping[str, Any]) -> str:
    """One target in a line, such as `summary: rougeL of tuned is 0.712 (0.690 to 0.731), at least 0.65: met`."""
    value, low, high = result["value"], result["low"], result["high"]
    shown = "undefined" if value is None else f"{value:.3f}"
    if low is not None and high is not None:
        shown += f" ({low:.3f} to {high:.3f})"
    bound = f"{result['direction'].replace('_', ' ')} {result['target']:g}"
    line = f"{task}: {result['metric']} of {result['system']} is {shown}, {bound}: {result['state']}"
    if result["needed"] is not None:
        line += f", {in_words(result['needed'])} would decide it"
    return line
