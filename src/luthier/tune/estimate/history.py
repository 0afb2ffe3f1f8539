"""What earlier estimates were wrong by, kept so that the next one is less so.

Each finished run leaves one line in the project's `.luthier/estimates.jsonl` and, if it was long enough to say
anything, in this user's `estimates.jsonl` beside Luthier's models: measured against predicted, uncorrected. The next
estimate for the same machine, model and method is multiplied by their shrunken geometric mean

    exp( sum of ln(actual / predicted) / (n + 2) )        over the newest 10

so one run moves it by a third of what it was wrong by, and ten by five sixths: a single odd run cannot spoil it.
"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from luthier.base_models import models_home

FILE = "estimates.jsonl"
SHRINKING = 2
NEWEST = 10
LONG_ENOUGH = 10.0
"""Seconds: shorter runs are mostly start-up, and say nothing of the next."""
SAME = ("machine", "model", "method", "precision")


@dataclass(frozen=True, slots=True)
class Correction:
    """What an estimate is multiplied by, and from how many earlier runs that is."""

    seconds: float = 1.0
    memory: float = 1.0
    runs: int = 0


def user_file() -> Path:
    """This user's own history, of all projects."""
    return models_home().parent / FILE


def correction(circumstances: Mapping[str, str], histories: Iterable[Path]) -> Correction:
    """The correction that earlier runs in the same circumstances give.

    Args:
        circumstances: `machine`, `model`, `method` and `precision`.
        histories: the files to read; a run that is in several counts once.
    """
    lines = {line["run"]: line for path in histories for line in _lines(path)}
    alike = [line for line in lines.values() if all(line.get(name) == circumstances[name] for name in SAME)]
    newest = sorted(alike, key=lambda line: str(line["when"]))[-NEWEST:]
    return Correction(
        seconds=shrunken_mean([line["seconds"]["actual"] / line["seconds"]["predicted"] for line in newest]),
        memory=shrunken_mean([line["memory"]["actual"] / line["memory"]["predicted"] for line in newest]),
        runs=len(newest),
    )


def shrunken_mean(ratios: Sequence[float]) -> float:
    """The geometric mean of ratios, drawn towards 1 as if two more runs had been predicted exactly."""
    return math.exp(sum(math.log(ratio) for ratio in ratios) / (len(ratios) + SHRINKING))


def remember(line: Mapping[str, Any], project_file: Path) -> None:
    """Adds a finished run to the project's history and, if it was long enough, to the user's."""
    longer = line["seconds"]["actual"] >= LONG_ENOUGH
    for path in (project_file, *([user_file()] if longer else [])):
        with contextlib.suppress(OSError):  # a home that cannot be written to must not cost the run
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a history; one that a kill left unfinished, or another version wrote, is passed over."""
    with contextlib.suppress(OSError):
        for text in path.read_text(encoding="utf-8").splitlines():
            with contextlib.suppress(ValueError, KeyError, TypeError):
                line = json.loads(text)
                if all(line[what][part] > 0 for what in ("seconds", "memory") for part in ("actual", "predicted")):
                    line["run"], line["when"]
                    yield line
