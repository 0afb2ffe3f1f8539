"""The tables that show one task's results."""

from __future__ import annotations

from luthier.report import wording
from luthier.report.evidence import in_order, lead_system
from luthier.report.shapes import Confusion, Interval, TaskCard
from luthier.report.tables import Cell, Table, badge, difference, interval, nothing, number, score, table, text
from luthier.statistics.target_verdict import in_words

READABLE_LABELS = 25  # above this a whole confusion matrix no longer fits a page, and its worst pairs are listed
MOST_CONFUSED = 15


def metrics(card: TaskCard) -> Table:
    """Each metric of each system with its interval, the headline first, and the ceiling where one is known."""
    systems = in_order(card.systems)
    names = dict.fromkeys([card.headline, *(metric for system in systems for metric in card.systems[system])])
    rows = []
    for name in names:
        first = text(wording.metric_name(name), wording.metric_meaning(name))
        cells = [_known(card.systems[system].get(name), "not measured for this system") for system in systems]
        if card.ceiling:
            cells.append(_known(card.ceiling.get(name), "not known for this metric"))
        rows.append([first, *cells])
    columns = ["Metric", *(wording.system_name(system) for system in systems), *(["Ceiling"] if card.ceiling else [])]
    return table("Every metric, with its interval", columns, rows)


def _known(figure: Interval | None, why: str) -> Cell:
    return nothing(why) if figure is None else interval(figure)


def comparisons(card: TaskCard) -> Table:
    """Every paired difference that was computed."""
    no_p = "no exact test for this metric" if card.independent else "items of one group are not independent"
    rows = [
        [
            text(f"{wording.system_name(pair.a)} minus {wording.system_name(pair.b).lower()}"),
            text(wording.metric_name(pair.metric)),
            difference(pair.difference, pair.low, pair.high),
            nothing(no_p) if pair.p is None else Cell(wording.p_value(pair.p), number=True),
            number(pair.n),
        ]
        for pair in card.paired
    ]
    return table("Paired differences, on the same items", ["Comparison", "Metric", "Difference", "p", "Items"], rows)


def targets(card: TaskCard) -> Table:
    """Each target with what was measured and what it came to."""
    rows = [
        [
            text(f"{wording.system_name(target.system)}: {wording.metric_name(target.metric)}"),
            Cell(f"{wording.DIRECTIONS[target.direction]} {wording.plain(target.target)}"),
            interval(target),
            badge(target.state),
            _needed(target.state, target.needed),
        ]
        for target in card.targets
    ]
    return table("Targets, as set in luthier.yaml", ["Target", "Asked", "Measured", "State", "Still needed"], rows)


def _needed(state: str, needed: int | None) -> Cell:
    if state != "undecided":
        return Cell(wording.NONE, "decided")
    if needed is None:
        return Cell(wording.NONE, "cannot be told")
    return Cell(in_words(needed))


def slices(card: TaskCard, field: str) -> Table:
    """The headline metric of each system for each value of a profile field."""
    systems = in_order(card.systems)
    rows = []
    for value, figures in card.slices[field].items():
        counts = sorted({figure.n for figure in figures.values()})
        items = (
            wording.count(counts[0])
            if len(counts) == 1
            else " to ".join(map(wording.count, counts[:: len(counts) - 1]))
        )
        cells = [interval(figures[name]) if name in figures else nothing("too few items") for name in systems]
        rows.append([text(value), Cell(items, number=True), *cells])
    columns = [wording.words(field), "Items", *(wording.system_name(system) for system in systems)]
    return table(f"{wording.metric_name(card.headline)} by {wording.words(field).lower()}", columns, rows)


def by_label(card: TaskCard) -> Table | None:
    """Each label's figures for the lead system, and its F1 for the others; None where there are no labels."""
    lead = lead_system(card)
    if not card.labels or lead not in card.labels:
        return None
    others = [system for system in in_order(card.labels) if system != lead]
    rows = []
    for label, own in card.labels[lead].items():
        cells = [
            text(label),
            number(own.support),
            number(own.predicted),
            score(own.precision, "never given" if own.predicted == 0 else "undefined"),
            score(own.recall, "none in the test" if own.support == 0 else "undefined"),
            score(own.f1, "undefined"),
        ]
        for system in others:
            figures = card.labels[system].get(label)
            cells.append(nothing("not measured") if figures is None else score(figures.f1, "undefined"))
        rows.append(cells)
    columns = ["Label", "Items", "Given", "Precision", "Recall", "F1"]
    columns += [f"F1 of {wording.system_name(system).lower()}" for system in others]
    many = len(rows) > READABLE_LABELS
    return table(
        f"By label: {wording.system_name(lead).lower()}, and F1 of the others", columns, rows, wide=many, tall=many
    )


def most_confused(confusion: Confusion) -> Table:
    """The pairs of labels that were mistaken for one another most often, as often as it happened."""
    pairs = [
        (times, confusion.labels[i], confusion.labels[j], sum(row))
        for i, row in enumerate(confusion.counts)
        for j, times in enumerate(row)
        if i != j and times > 0
    ]
    pairs.sort(key=lambda pair: (-pair[0], pair[1], pair[2]))
    rows = []
    for times, right, given, of in pairs[:MOST_CONFUSED]:
        often = Cell(f"{wording.count(times)} of {wording.count(of)}", number=True)
        rows.append([text(right), text(given), often, Cell(wording.share(times, of), number=True)])
    caption = f"The {len(rows)} most frequent mistakes, of {wording.plural(len(pairs), 'kind')}"
    return table(caption, ["Right label", "Answered instead", "Items", "Share"], rows)


def confusion_counts(confusion: Confusion) -> Table:
    """The whole matrix: a row a right label, a column an answer."""
    rows = [
        [text(label), *(number(n) for n in row)] for label, row in zip(confusion.labels, confusion.counts, strict=True)
    ]
    return table("Right label (rows) against answer (columns)", ["Right label", *confusion.labels], rows, wide=True)


def handling(card: TaskCard) -> Table:
    """What was asked of each system, what was cut, and how it was set up."""
    rows = []
    for system in in_order(card.systems):
        chosen = card.choices.get(system, {})
        setup = "; ".join(f"{wording.words(name)}: {wording.plain(value)}" for name, value in chosen.items())
        rows.append(
            [
                text(wording.system_name(system), wording.system_meaning(system)),
                number(card.n_by_system[system]),
                number(card.truncated[system]),
                number(card.unfinished[system]),
                text(setup or "nothing to choose"),
            ]
        )
    columns = ["System", "Items answered", "Prompts cut to fit", "Answers cut at the limit", "Set-up, chosen on dev"]
    return table("How each system was asked", columns, rows)
