"""What was checked before tuning, and what the run was estimated to take against what it took."""

from __future__ import annotations

from collections.abc import Callable

from luthier.progress import duration
from luthier.report import wording
from luthier.report.shapes import Compared, PreflightCheck, Reconciled, TuneSummary
from luthier.report.tables import Cell, Table, nothing, table, text

STATES = {"ok": ("Fine", "met"), "warn": ("Warning", "undecided"), "refuse": ("Refused", "missed")}
PIECES = {
    "shared": "masked, opens every prompt of the task and is read once a row",
    "both": "the same, and read by the label head",
    "prompt": "masked",
    "read": "masked, read by the label head",
    "target": "taught",
    "end": "taught: the end of turn",
}


def checks(found: list[PreflightCheck]) -> Table:
    """Every check, those first that found something."""
    order = list(STATES)[::-1]
    rows = []
    for check in sorted(found, key=lambda one: order.index(one.state)):
        said, state = STATES[check.state]
        named = f"such as {', '.join(check.examples)}" if check.examples else ""
        fix = Cell(check.fix, named) if check.fix else Cell(wording.NONE, "nothing to do")
        rows.append([text(check.name), Cell(said, state=state), text(check.what), fix])
    return table("What was checked before tuning", ["Check", "State", "Found", "What to do"], rows)


def estimate(summary: TuneSummary, currency: str) -> Table | None:
    """Predicted against actual; None for a run that was not estimated."""
    found = summary.estimate
    if found is None:
        return None
    rows = [
        [text("Time"), *_compared(found.seconds, duration)],
        [text("Memory"), *_compared(found.memory, lambda size: wording.gigabytes(round(size)))],
        [text("Energy", found.energy or ""), *_compared(found.joules, lambda joules: f"{joules / 3.6e6:.3g} kWh")],
        [text("Money", _no_rate(found)), *_compared(found.money, lambda money: f"{currency} {money:,.2f}")],
    ]
    return table("What the run was estimated to take, and took", ["", "Estimated", "Taken", "Error"], rows)


def _no_rate(found: Reconciled) -> str:
    return "report.hourly_rate is not set" if found.money.actual is None else ""


def _compared(found: Compared, written: Callable[[float], str]) -> list[Cell]:
    cells = [
        nothing("not known") if figure is None else Cell(written(figure), number=True)
        for figure in (found.predicted, found.actual)
    ]
    error = nothing("not known") if found.error is None else Cell(f"{found.error:+.0%}", number=True)
    return [*cells, error]
