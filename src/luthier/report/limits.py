"""What the figures do not say: sentences that follow from how they were made."""

from __future__ import annotations

from luthier.config import Config
from luthier.report import wording
from luthier.report.evidence import Evidence, in_order
from luthier.report.shapes import Scorecard, TaskCard


def limits(config: Config, evidence: Evidence) -> list[str]:
    """The limits of this report, from the most particular to the most general."""
    card = evidence.scorecard
    found = [_notice(config), _split(card), _seen_families(evidence)]
    for name, task in card.tasks.items():
        found += [*_items(name, task), *_partial(name, task), *_cut(name, task), *_ceiling(name, task)]
    if evidence.tuning is not None:
        found.append(
            "One model was trained, from one random seed. Another seed gives a slightly different model; the intervals "
            "hold for this model on other items, not for other trainings."
        )
    found.append(
        f"Each interval holds on its own at {wording.confidence(card.confidence)}. Among many slices and labels some "
        "will look unusual by chance; treat a single outlying slice as a question, not as a finding."
    )
    found.append(
        "The figures describe items like those evaluated. Work of another kind, from other clients or a later time, "
        "can go differently, and no figure here replaces a person's check of an answer that matters."
    )
    return [sentence for sentence in found if sentence]


def _notice(config: Config) -> str:
    return f"{config.report.notice.rstrip('.')}." if config.report.notice else ""


def _split(card: Scorecard) -> str:
    if card.split != "test":
        return (
            f"These are figures on the {wording.SPLITS[card.split]}, on which settings may have been chosen. They are "
            "likely to flatter, and are no ground for a release."
        )
    times = len(card.seal.opened)
    if times > 1:
        return (
            f"The test set has been opened {wording.count(times)} times. Each opening lets choices lean towards it, "
            "and makes its figures a little less independent."
        )
    return ""


def _seen_families(evidence: Evidence) -> str:
    seen = evidence.curation.seen_families.get(evidence.scorecard.split, 0)
    if not seen:
        return ""
    return (
        f"{wording.plural(seen, 'example')} of this split are written in a form that training saw too; on forms it "
        "never saw, figures may be lower."
    )


def _items(name: str, card: TaskCard) -> list[str]:
    if card.independent:
        return []
    items, groups = wording.plural(card.n, "item"), wording.plural(card.groups, "group")
    return [
        f"{wording.words(name)}: the {items} come from {groups}; it is the groups that carry "
        "the evidence, and the intervals are drawn over them."
    ]


def _partial(name: str, card: TaskCard) -> list[str]:
    return [
        f"{wording.words(name)}: {wording.system_name(system).lower()} answered "
        f"{wording.count(card.n_by_system[system])} of {wording.plural(card.n, 'item')}, "
        "drawn at random; comparisons with it use those items only."
        for system in in_order(card.systems)
        if card.n_by_system[system] < card.n
    ]


def _cut(name: str, card: TaskCard) -> list[str]:
    cut = {system: (card.truncated[system], card.unfinished[system]) for system in in_order(card.systems)}
    return [
        f"{wording.words(name)}: for {wording.system_name(system).lower()}, {wording.plural(prompts, 'prompt')} had to "
        f"be cut to fit and {wording.plural(answers, 'answer')} reached the length limit; they count as they came."
        for system, (prompts, answers) in cut.items()
        if prompts or answers
    ]


def _ceiling(name: str, card: TaskCard) -> list[str]:
    if card.kind != "generate":
        return []
    metric = wording.metric_name(card.headline)
    figure = (card.ceiling or {}).get(card.headline)
    if figure is None:
        known = "How far two right answers agree is not known here, so neither is the highest figure one could reach."
    else:
        known = f"Two right answers to one item score {wording.measured(figure)} against each other."
    return [
        f"{wording.words(name)}: {metric} compares words. It does not see whether a statement is true; "
        f"a fluent wrong figure costs little. {known}"
    ]
