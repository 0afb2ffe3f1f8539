"""What the page says first: how far the tuned system is ahead, and which targets were met."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from luthier.report import wording
from luthier.report.shapes import Paired, Scorecard, TargetResult, TaskCard
from luthier.statistics.target_verdict import in_words

HEADLINE_ORDER = ("classical", "few_shot", "zero_shot")  # the comparisons that decide come first
MARGIN = 0.08  # of the drawn range, left free on both sides


@dataclass(frozen=True, slots=True)
class Comparison:
    """Tuned minus another system on the headline metric, with its drawing in percent of the track's width."""

    against: str
    pair: Paired | None  # None: the two were not compared
    reading: str  # better, worse or no clear difference, in words
    tone: str  # ahead, behind or open
    left: float = 0.0
    width: float = 0.0
    point: float = 0.0
    zero: float = 0.0


def headline(card: TaskCard) -> list[Comparison]:
    """Tuned minus classical, minus few-shot and minus zero-shot, as far as they were measured; empty without tuned."""
    if "tuned" not in card.systems:
        return []
    others = [system for system in HEADLINE_ORDER if system in card.systems]
    others += [system for system in card.systems if system not in (*HEADLINE_ORDER, "tuned")]
    pairs = {pair.b: pair for pair in card.paired if pair.a == "tuned" and pair.metric == card.headline}
    low, high = _range(pairs.values())
    return [_comparison(other, pairs.get(other), low, high) for other in others]


def _range(pairs: Iterable[Paired]) -> tuple[float, float]:
    ends = [end for pair in pairs for end in (pair.difference, pair.low, pair.high) if end is not None]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    margin = MARGIN * ((high - low) or 1.0)
    return low - margin, high + margin


def _comparison(other: str, pair: Paired | None, low: float, high: float) -> Comparison:
    if pair is None or pair.difference is None or pair.low is None or pair.high is None:
        return Comparison(other, pair, "not compared" if pair is None else "cannot be told", "open")
    reading, tone = _reading(pair.low, pair.high, wording.lower_is_better(pair.metric))

    def at(value: float) -> float:
        return round(100 * (value - low) / (high - low), 2)

    left, right = at(pair.low), at(pair.high)
    return Comparison(other, pair, reading, tone, left, round(right - left, 2), at(pair.difference), at(0.0))


def _reading(low: float, high: float, lower_is_better: bool) -> tuple[str, str]:
    """A whole interval on one side of zero is a difference; any other is not."""
    if low <= 0 <= high:
        return "no clear difference", "open"
    return ("better", "ahead") if (low > 0) != lower_is_better else ("worse", "behind")


def target_sentence(target: TargetResult) -> str:
    """`Tuned: F1, macro at least 0.8. Measured 0.842 (0.811 to 0.871).`."""
    asked = f"{wording.DIRECTIONS[target.direction]} {wording.plain(target.target)}"
    subject = f"{wording.system_name(target.system)}: {wording.metric_name(target.metric)} {asked}"
    more = ""
    if target.state == "undecided" and target.needed is not None:
        more = f"; {in_words(target.needed)} would decide it"
    return f"{subject}. Measured {wording.measured(target)}{more}."


def tally(scorecard: Scorecard) -> str:
    """`2 of 3 targets met, 1 undecided`, over all tasks."""
    states = [target.state for card in scorecard.tasks.values() for target in card.targets]
    if not states:
        return "No targets are set"
    rest = [f"{states.count(state)} {state}" for state in ("missed", "undecided") if state in states]
    return ", ".join([f"{states.count('met')} of {wording.plural(len(states), 'target')} met", *rest])
