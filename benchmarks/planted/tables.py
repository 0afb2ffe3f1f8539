"""Counts of several seeds as precision and recall with intervals, for people and as JSON lines."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from scipy.stats import t as student

Counts = Mapping[str, int]
Line = dict[str, Any]
BOUNDS = {  # measure: precision, recall
    "duplicate.exact": (1.0, 1.0),
    "duplicate.near": (0.99, 0.97),
    "outdated": (0.95, 0.95),
    "contradiction, documents": (0.90, 0.85),
    "contradiction, examples": (0.90, 0.85),
    "boilerplate": (0.95, 0.95),
    "wrong_label": (0.80, 0.80),
    "leakage": (1.0, 0.99),
}
MOST_MERGED_TWINS = 0.001
CONFIDENCE = 0.95


def summarise(runs: Sequence[Mapping[str, Counts]]) -> list[Line]:
    """One line a measure: counts over all seeds, and each figure's mean over the seeds with its interval."""
    measures = sorted({measure for run in runs for measure in run}, key=lambda name: (_section(name), name))
    return [_line(measure, [run[measure] for run in runs if measure in run]) for measure in measures]


def _section(measure: str) -> int:
    return next((n for n, word in enumerate(("trap ", "variant "), start=1) if measure.startswith(word)), 0)


def _line(measure: str, counts: Sequence[Counts]) -> Line:
    total = {key: sum(row[key] for row in counts) for key in counts[0]}
    line: Line = {"measure": measure, **total}
    if "claimed" in total:
        line["precision"] = _interval([_share(row["right"], row["claimed"]) for row in counts])
        line["recall"] = _interval([_share(row["found"], row["planted"]) for row in counts])
        if measure in BOUNDS:
            least = dict(zip(("precision", "recall"), BOUNDS[measure], strict=True))
            line |= {"bound": least, "holds": all(_reaches(line[name]["value"], least[name]) for name in least)}
        return line
    part, whole = ("found", "variants") if "variants" in total else ("caught", "traps")
    line["share"] = _interval([_share(row[part], row[whole]) for row in counts])
    if measure == "merged twins":
        rate = _share(total["caught"], total["traps"])
        line |= {"bound": {"share": MOST_MERGED_TWINS}, "holds": rate is not None and rate < MOST_MERGED_TWINS}
    return line


def _reaches(value: float | None, least: float) -> bool:
    return value is not None and value >= least


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _interval(values: Sequence[float | None]) -> dict[str, float | None]:
    """Mean and Student's interval over the seeds that have the figure; without two of them, no interval."""
    known = [value for value in values if value is not None]
    if not known:
        return {"value": None, "low": None, "high": None}
    mean = statistics.fmean(known)
    if len(known) < 2:
        return {"value": mean, "low": None, "high": None}
    half = float(student.ppf((1 + CONFIDENCE) / 2, len(known) - 1)) * statistics.stdev(known) / math.sqrt(len(known))
    return {"value": mean, "low": max(0.0, mean - half), "high": min(1.0, mean + half)}


def table(wordings: str, documents: int, seeds: int, lines: Sequence[Line]) -> str:
    """The lines as people read them."""
    rows = [f"\n{wordings}: {documents} documents, {seeds} seeds"]
    rows.append(f"{'defect':<32}{'planted':>8}{'found':>8}{'precision':>22}{'recall':>22}  bound")
    for line in lines:
        if "precision" in line:
            figures = f"{_shown(line['precision']):>22}{_shown(line['recall']):>22}"
            rows.append(f"{line['measure']:<32}{line['planted']:>8}{line['found']:>8}{figures}  {_held(line)}")
    rows.append(f"{'traps, losses, variants':<48}{'there':>8}{'found':>8}{'share':>22}  bound")
    for line in lines:
        if "share" in line:
            there, found = line.get("traps", line.get("variants")), line.get("caught", line.get("found"))
            rows.append(f"{line['measure']:<48}{there:>8}{found:>8}{_shown(line['share']):>22}  {_held(line)}")
    return "\n".join(rows)


def _shown(figure: Mapping[str, float | None]) -> str:
    if figure["value"] is None:
        return "-"
    if figure["low"] is None or figure["high"] is None:
        return f"{figure['value']:.4f}"
    return f"{figure['value']:.4f} [{figure['low']:.3f}, {figure['high']:.3f}]"


def _held(line: Line) -> str:
    if "bound" not in line:
        return ""
    wanted = ", ".join(f"{name} {bound:g}" for name, bound in line["bound"].items())
    return f"{wanted}: {'holds' if line['holds'] else 'does not hold'}"
