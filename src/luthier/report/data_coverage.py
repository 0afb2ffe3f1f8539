"""Tables on whom the data speak for: shares of kinds of client, labels, what rules take away, what to collect."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from luthier.report import wording
from luthier.report.data_evidence import DataEvidence
from luthier.report.tables import Cell, Table, nothing, number, table, text
from luthier.statistics.intervals import wilson

CONFIDENCE = 0.95
MOST_REQUESTS = 40
MOST_COLUMNS = 12  # labels that stand beside one another; more stand in rows
TALL = 20  # rows from which a table scrolls in a window of its own
KINDS = ("examples", "documents")
SAID = {"fits": "fits", "under": "too few", "over": "too many", "few": "too few to measure", "undeclared": ""}

Row = Mapping[str, Any]


def profiles(evidence: DataEvidence) -> list[Table]:
    """Each kind of client's share of the examples and of the documents, before and after, with intervals."""
    tables = []
    for kind, counted in zip(KINDS, (evidence.profile, evidence.documents_profile), strict=True):
        rows: list[list[Cell]] = []
        for field, values in counted.items():
            came_in = sum(counts.into for counts in values.values())
            kept = sum(counts.kept for counts in values.values())
            for value, counts in values.items():
                gone = Cell(wording.share(counts.into - counts.kept, counts.into), number=True)
                before, after = _share(counts.into, came_in), _share(counts.kept, kept)
                rows.append([text(f"{field}: {value}"), number(counts.into), before, number(counts.kept), after, gone])
        columns = ["Profile", "Came in", "Share before", "Kept", "Share after", "Removed"]
        if rows:
            caption = f"{kind.capitalize()} by profile, before and after"
            tables.append(table(caption, columns, rows, tall=len(rows) > TALL))
    return tables


def _share(part: int, whole: int) -> Cell:
    if not whole:
        return nothing("nothing to share")
    share = wilson(part, whole, CONFIDENCE)
    return Cell(f"{share.value:.1%}", f"{share.low:.1%} to {share.high:.1%}", number=True)


def cells(evidence: DataEvidence) -> list[Table]:
    """Clients by cell against what the firm declared, of examples and of documents; nothing where it declared none."""
    tables = []
    for kind in KINDS:
        found = [cell for cell in _of(evidence, kind, "cells") if cell["declared"] is not None]
        rows = [
            [
                text(_named(cell)),
                number(cell["records"]),
                number(cell["clients"]),
                _interval(cell["share"]),
                Cell(_percent(cell["declared"]), number=True),
                text(SAID[cell["state"]]),
            ]
            for cell in found
        ]
        columns = ["Profile", kind.capitalize(), "Clients", "Share of clients", "Declared", "Found"]
        if any(cell["records"] for cell in found):
            caption = f"Clients of the {kind} against the population"
            tables.append(table(caption, columns, rows, tall=len(rows) > TALL))
    return tables


def label_rates(evidence: DataEvidence) -> list[Table]:
    """How often each label is given in each cell, a table a task."""
    by_task: dict[str, list[Row]] = defaultdict(list)
    for rate in _of(evidence, "examples", "label_rates"):
        by_task[rate["task"]].append(rate)
    tables = []
    for task, rates in by_task.items():
        labels = sorted({rate["label"] for rate in rates})
        caption = f"{wording.words(task)}: how often each label is given"
        if len(labels) <= MOST_COLUMNS:
            tables.append(_side_by_side(caption, rates, labels))
        else:
            rows = [
                [text(_named(rate)), text(rate["label"]), number(rate["clients"]), _interval(rate["rate"])]
                for rate in rates
            ]
            tables.append(table(caption, ["Profile", "Label", "Clients", "Rate"], rows, tall=len(rows) > TALL))
    return tables


def _side_by_side(caption: str, rates: Sequence[Row], labels: Sequence[str]) -> Table:
    """Rows of cells, columns of labels."""
    by_cell: dict[str, dict[str, Row]] = defaultdict(dict)
    for rate in rates:
        by_cell[_named(rate)][rate["label"]] = rate
    rows = [
        [
            text(cell),
            number(next(iter(own.values()))["clients"]),
            *(_interval(own[label]["rate"]) if label in own else nothing("not given here") for label in labels),
        ]
        for cell, own in by_cell.items()
    ]
    return table(caption, ["Profile", "Clients", *labels], rows, wide=True, tall=len(rows) > TALL)


def removals(evidence: DataEvidence, *, done: bool) -> list[Table]:
    """What each rule removed of each cell against what it removed of all; or what it would have, were it let."""
    tables = []
    for kind in KINDS:
        found = [row for row in _of(evidence, kind, "removals") if row["done"] is done and _is_shown(row, evidence)]
        rows = [
            [
                text(wording.words(row["rule"])),
                text(_named(row)),
                Cell(_percent(row["rate"]["value"]), f"{row['removed']} of {row['records']}", number=True),
                Cell(_between(row["rate"]), number=True),
                Cell(wording.share(row["all_removed"], row["all_records"]), number=True),
                Cell(wording.p_value(row["p"]), number=True),
                text(_compared(row)),
            ]
            for row in found
        ]
        what = "removed" if done else "would remove"
        verb = "What each rule removed" if done else "What rules would remove, were they let"
        columns = ["Rule", "Profile", what.capitalize(), "Interval", f"Of all {kind}", "p", "Beyond chance"]
        if rows:
            tables.append(table(f"{verb}: {kind}", columns, rows, tall=len(rows) > TALL))
    return tables


def differing(evidence: DataEvidence) -> list[str]:
    """Where a rule takes, or would take, more of one kind of client than chance explains, in sentences."""
    said = []
    for kind in KINDS:
        for row in _of(evidence, kind, "removals"):
            if row["differs"] and _is_more(row):
                does = "removes" if row["done"] else "would remove"
                said.append(
                    f"{wording.words(row['rule'])} {does} {_percent(row['rate']['value'])} of the {kind} of "
                    f"{_named(row)}, and {wording.share(row['all_removed'], row['all_records'])} of all"
                )
    return said


def _is_shown(row: Row, evidence: DataEvidence) -> bool:
    """Cells of one field, those that are declared, and whatever differs."""
    fields = " × ".join(pair.partition("=")[0] for pair in row["cell"].split(", "))
    return bool(row["differs"]) or " × " not in fields or fields in (evidence.coverage or {}).get("declared", ())


def _is_more(row: Row) -> bool:
    return bool(row["removed"] * row["all_records"] > row["all_removed"] * row["records"])


def _compared(row: Row) -> str:
    if not row["differs"]:
        return "no"
    return "more than of all" if _is_more(row) else "less than of all"


def weights(evidence: DataEvidence) -> list[Table]:
    """What weighting the training examples changes, a table a task; nothing where they are not weighted."""
    weighed = (evidence.coverage or {}).get("weights") or {}
    tables = []
    for task, size in weighed.get("tasks", {}).items():
        found = [row for row in weighed["cells"] if row["task"] == task]
        rows = [
            [
                text(_named(row)),
                number(row["examples"]),
                Cell(f"{row['effective']:,.0f}", number=True),
                Cell(_percent(row["share"]), number=True),
                Cell(_percent(row["weighted_share"]), number=True),
                Cell(_percent(row["declared"]), number=True),
                _error(row["error"], "no labels to judge"),
                _error(row["weighted_error"], "no labels to judge"),
                _error(row["difference"], "too few clients" if row["error"] else "no labels to judge"),
            ]
            for row in found
        ]
        columns = ["Profile", "Trained on", "Effective", "Share", "Weighted share", "Declared", "Error", "Weighted"]
        caption = f"{wording.words(task)}: {size['n']:,} examples weighted count as {size['effective_n']:,.0f}"
        if rows:
            tables.append(table(caption, [*columns, "Difference"], rows, tall=len(rows) > TALL))
    return tables


def _error(figure: Row | None, why: str) -> Cell:
    if figure is None or figure["value"] is None:
        return nothing(why)
    return Cell(_percent(figure["value"]), _between(figure), number=True)


def requests(evidence: DataEvidence) -> list[str]:
    """What to collect, the greatest need first."""
    return list(_requests(evidence))[:MOST_REQUESTS]


def _requests(evidence: DataEvidence) -> Iterator[str]:
    for row in (evidence.coverage or {}).get("requests", ()):
        cell = row["cell"].replace("=", " ")
        yield f"{row['kind'].capitalize()}s of {wording.count(row['clients'])} more clients, {cell}: {row['reason']}"


def _of(evidence: DataEvidence, kind: str, name: str) -> Sequence[Row]:
    found: Sequence[Row] = (evidence.coverage or {}).get(kind, {}).get(name, ())
    return found


def _named(row: Row) -> str:
    return str(row["cell"]).replace("=", ": ")


def _percent(share: float | None) -> str:
    return wording.NONE if share is None else f"{share:.1%}"


def _interval(figure: Row) -> Cell:
    if figure["value"] is None:
        return nothing("nobody to count")
    return Cell(_percent(figure["value"]), _between(figure), number=True)


def _between(share: Row) -> str:
    return f"{_percent(share['low'])} to {_percent(share['high'])}"
