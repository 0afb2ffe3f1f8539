"""The tables that show what went in and what it took: data, training, cost, settings, the seal."""

from __future__ import annotations

from collections.abc import Sequence

from luthier.progress import duration
from luthier.records import SPLITS
from luthier.report import wording
from luthier.report.evidence import in_order
from luthier.report.shapes import (
    Cost,
    Curation,
    Ingest,
    LogLine,
    Opening,
    Passed,
    Setting,
    SourceTotals,
    Specialist,
    TuneSummary,
)
from luthier.report.tables import Cell, Table, nothing, number, table, text

WAYS = {"label_head": "a label head", "generated": "written words"}
LOG_ROWS = 12  # of the training log, beside every line that carries a dev figure


def sources(ingest: Ingest) -> Table:
    rows = [_came_in(source.name, source) for source in ingest.sources]
    rows.append(_came_in("In all", ingest.totals))
    return table("What came in, by source", ["Source", "Files", "Documents", "Examples", "Refused"], rows)


def _came_in(name: str, counts: SourceTotals) -> list[Cell]:
    return [text(name), *(number(n) for n in (counts.files, counts.documents, counts.examples, counts.refused))]


def refusals(ingest: Ingest) -> Table | None:
    """Why files and rows were refused; None where none was."""
    rows = [
        [text(source.name), text(code), number(times)]
        for source in ingest.sources
        for code, times in sorted(source.reasons.items())
    ]
    return table("What could not be read, and why", ["Source", "Reason", "Times"], rows) if rows else None


def passage(curation: Curation) -> Table:
    """What became of the records that went into curation."""
    columns = ["Records", "Came in", "Kept", "Dropped", "Merged into another", "Edited (kept)"]
    rows = [_passed("Examples", curation.examples), _passed("Documents", curation.documents)]
    return table("What curation did with them", columns, rows)


def _passed(kind: str, passed: Passed) -> list[Cell]:
    counts = [passed.into, passed.kept, passed.dropped, passed.merged, passed.edited]
    return [text(kind), *(number(n) for n in counts)]


def rules(curation: Curation) -> Table | None:
    """What each rule found; None where none found anything."""
    rows = [
        [
            text(rule.rule, f"version {rule.version}"),
            text(rule.code),
            text(rule.action),
            number(rule.examples),
            number(rule.documents),
        ]
        for rule in curation.rules
    ]
    columns = ["Rule", "Reason", "Action", "Examples", "Documents"]
    return table("What each rule found", columns, rows) if rows else None


def splits(curation: Curation) -> Table:
    """Examples of each task in each split, and the groups and families behind them."""
    used = [
        split for split in SPLITS if split in curation.groups or any(split in by for by in curation.splits.values())
    ]
    rows = [
        [text(wording.words(task)), *(number(by_split.get(split, 0)) for split in used)]
        for task, by_split in curation.splits.items()
    ]
    for name, meaning, counts in (
        ("Groups", "clients or customers", curation.groups),
        ("Families", "forms or phrasings", curation.families),
    ):
        if counts:  # where the data name none, there is nothing to count
            rows.append([text(name, meaning), *(number(counts.get(split, 0)) for split in used)])
    return table("How the kept examples were split", ["Examples of", *(split.capitalize() for split in used)], rows)


def removal(curation: Curation) -> Table | None:
    """Which share of each profile was kept; None where examples carry no profile."""
    rows = [
        [
            text(value, wording.words(field).lower()),
            number(counts.into),
            number(counts.kept),
            Cell(wording.share(counts.into - counts.kept, counts.into), number=True),
        ]
        for field, by_value in curation.removed_by_profile.items()
        for value, counts in by_value.items()
    ]
    return table("Who was removed", ["Profile", "Came in", "Kept", "Removed"], rows) if rows else None


def training(summary: TuneSummary, specialist: Specialist) -> Table:
    """What training worked on, what it took, and how each task came to be answered."""
    trained = wording.share(summary.trained_parameters, summary.total_parameters)
    memory = summary.peak_memory_bytes
    facts = {
        "Base model": text(summary.base_model, f"licence: {summary.licence or 'not stated'}"),
        "Method": text(summary.method),
        "Parameters trained": text(
            f"{wording.count(summary.trained_parameters)} of {wording.count(summary.total_parameters)}", trained
        ),
        "Examples": text(wording.count(summary.examples)),
        "Tokens": text(wording.count(summary.tokens)),
        "Steps": text(wording.count(summary.steps)),
        "Time": text(duration(summary.seconds)),
        "Machine": text(summary.device, f"precision: {summary.precision}"),
        "Peak memory": nothing("not measured on this machine") if memory is None else text(wording.gigabytes(memory)),
        "Prompts cut to fit": text(wording.count(summary.truncated_inputs)),
        "Targets cut to fit": text(wording.count(summary.truncated_targets)),
    }
    for task, answer in specialist.tasks.items():
        tried = [f"{WAYS[way]} {_on_dev(figure)}" for way, figure in summary.dev.get(task, {}).items() if way in WAYS]
        said = WAYS[answer.answered_by].capitalize()
        facts[f"{wording.words(task)}: answered by"] = text(said, f"on dev: {', '.join(tried)}" if tried else "")
    return table("What was trained", ["Fact", "Value"], [[text(name), cell] for name, cell in facts.items()])


def _on_dev(figure: float | None) -> str:
    return "undefined" if figure is None else wording.score(figure)


def training_log(log: Sequence[LogLine]) -> Table:
    """The log in few lines: first, last, some between, and each that was measured on dev."""
    stride = max(1, len(log) // LOG_ROWS)
    chosen = [line for i, line in enumerate(log) if i % stride == 0 or i == len(log) - 1 or line.dev]
    rows = [
        [
            text(wording.count(line.step)),
            Cell(f"{line.epoch:.2f}", number=True),
            nothing("not logged") if line.loss is None else Cell(wording.score(line.loss), number=True),
            text("; ".join(_dev(line)) or "not measured here"),
        ]
        for line in chosen
    ]
    caption = f"{len(chosen)} of the {wording.plural(len(log), 'line')} of the training log"
    return table(caption, ["Step", "Epoch", "Loss", "On dev"], rows)


def _dev(line: LogLine) -> list[str]:
    spoken = wording.words
    return [
        f"{spoken(task)}, {wording.metric_name(metric)} {wording.NONE if value is None else wording.score(value)}"
        for task, figures in line.dev.items()
        for metric, value in figures.items()
    ]


def settings(used: Sequence[Setting]) -> Table:
    """Every setting with its value and where the value came from."""
    rows = [[text(setting.name), text(wording.plain(setting.value)), text(setting.origin)] for setting in used]
    return table("Settings, and where each value came from", ["Setting", "Value", "From"], rows)


def cost(spent: Cost) -> Table:
    """Time by stage, and money where an hour has a price."""
    untrained = "nothing was tuned in this cycle"
    rows = [[text("Training"), nothing(untrained) if spent.train_seconds is None else _time(spent.train_seconds)]]
    rows += [
        [text(f"Evaluation: {wording.system_name(system).lower()}"), _time(spent.evaluate_seconds[system])]
        for system in in_order(spent.evaluate_seconds)
    ]
    unpriced = "no price for an hour of this machine is set"
    rate, currency = spent.hourly_rate, spent.currency
    rows.append([text("Price of an hour"), _money(rate or None, currency, unpriced)])
    rows.append([text("Money"), _money(spent.money, currency, unpriced)])
    return table("Time and money", ["For", "Spent"], rows)


def _time(seconds: float) -> Cell:
    return Cell(duration(seconds), number=True)


def _money(amount: float | None, currency: str, why: str) -> Cell:
    return nothing(why) if amount is None else Cell(f"{amount:,.2f} {currency}", number=True)


def openings(opened: Sequence[Opening]) -> Table | None:
    """Each time the sealed test set was opened; None where it never was."""
    rows = [
        [text(wording.day_and_time(opening.when)), text(opening.who), text(wording.count(opening.cycle))]
        for opening in opened
    ]
    return table("Openings of the sealed test set", ["When", "By whom", "Cycle"], rows) if rows else None
