"""One task as the page shows it: what of the scorecard and the predictions goes where."""

from __future__ import annotations

from dataclasses import dataclass

from luthier.config import Config
from luthier.report import plots, result_tables, side_by_side, verdicts
from luthier.report.drawing import Plot
from luthier.report.evidence import Evidence, in_order, lead_system
from luthier.report.shapes import TaskCard
from luthier.report.side_by_side import Item
from luthier.report.tables import Table


@dataclass(frozen=True, slots=True)
class Matrix:
    """One system's confusion matrix: its worst pairs, and the whole of it as a heat map."""

    system: str
    worst: Table
    plot: Plot


@dataclass(frozen=True, slots=True)
class TaskView:
    """All that the page shows of one task; `lead` is the system that it looks at most closely."""

    name: str
    card: TaskCard
    lead: str
    comparisons: list[verdicts.Comparison]
    systems: Plot
    slices: list[Plot]
    matrices: list[Matrix]  # the lead system's first
    items: list[Item]

    def tagged(self, tag: str) -> int:
        """How many of the shown items carry a tag."""
        return sum(tag in item.tags for item in self.items)


def task_view(config: Config, evidence: Evidence, name: str) -> TaskView:
    """Task `name` made ready for the page."""
    card = evidence.scorecard.tasks[name]
    lead = lead_system(card)
    return TaskView(
        name=name,
        card=card,
        lead=lead,
        comparisons=verdicts.headline(card),
        systems=plots.systems(name, card),
        slices=[plots.slices(name, card, field) for field in card.slices],
        matrices=_matrices(name, card),
        items=_items(config, evidence, name, lead),
    )


def _matrices(name: str, card: TaskCard) -> list[Matrix]:
    by_system = card.confusion or {}
    return [
        Matrix(system, result_tables.most_confused(by_system[system]), plots.confusion(name, system, by_system[system]))
        for system in reversed(in_order(by_system))
    ]


def _items(config: Config, evidence: Evidence, name: str, lead: str) -> list[Item]:
    answers = evidence.answers.get(name, {})
    examples = {example_id: evidence.examples[example_id] for example_id in answers}
    answered = {example_id: by for example_id, by in answers.items() if lead in by}
    good = side_by_side.well_done(examples, answered, lead)
    chosen = side_by_side.choose(answered, good, config.report.side_by_side, config.seed)
    headings = config.tasks[name].inputs
    return [side_by_side.item(examples[one], answers[one], headings, lead, good[one]) for one in chosen]
