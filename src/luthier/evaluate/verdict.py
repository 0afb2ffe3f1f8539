"""One plain sentence about a task: whether the tuned model earns its place, against what, by how much, how surely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from luthier.statistics.intervals import Interval

NOT_NEEDED = "no tuned language model needed here"  # scripts look for these words
FEW_GROUPS = 30  # below it percentile intervals are too narrow; see luthier.statistics.bootstrap
MINUS = "\N{MINUS SIGN}"

NAMES = {
    "classical": "the cheap classical method",
    "few_shot": "the generic model with worked examples",
    "zero_shot": "the generic model without examples",
}
MEASURED_BY = {
    "rougeL": "overlap with the reference text (ROUGE-L, 0 to 1)",
    "accuracy": "the share of right answers (accuracy, 0 to 1)",
    "f1_macro": "finding the right labels, averaged over the labels (macro F1, 0 to 1)",
}

Outcome = Literal["better", "unclear", "worse", "unknown"]


@dataclass(frozen=True, slots=True)
class Against:
    """Tuned minus another system in the headline metric, on `n` items of `groups` groups."""

    other: str
    interval: Interval
    n: int
    groups: int

    @property
    def outcome(self) -> Outcome:
        """What the whole interval says of tuned; `unclear` where it holds zero, `unknown` where it is undefined."""
        _, low, high = self.interval
        if not low <= high:  # either is NaN
            return "unknown"
        if low > 0:
            return "better"
        return "worse" if high < 0 else "unclear"


def verdict(
    comparisons: Sequence[Against], headline: str, confidence: float, *, tuned_measured: bool
) -> tuple[str, bool | None]:
    """The sentence, and whether a tuned model is needed; None where what was measured does not say.

    A tuned model is needed where it is better than the cheap method and than every other system measured, each with
    the whole paired interval above zero. It is not needed where it is not better than the cheap method in that sense,
    since the cheap one then has the better claim; or where the generic model beats it outright. Where it beats the
    cheap method and is not clearly better than the generic model with a longer prompt, the evidence does not decide.
    """
    if not tuned_measured:
        return "No tuned model was measured, so whether one is needed here cannot be said.", None
    rivals = [against for against in comparisons if _has_the_better_claim(against)]
    if rivals:
        said = "; ".join(_falls_short(against, confidence) for against in rivals)
        return f"On this evidence, {NOT_NEEDED}: measured by {MEASURED_BY[headline]}, {said}{_caution(rivals)}.", False
    by_outcome = {against.outcome for against in comparisons}
    others = {against.other for against in comparisons}
    clauses = [*_better(comparisons, confidence)]
    clauses += [_falls_short(against, confidence) for against in comparisons if against.outcome == "unclear"]
    clauses += [
        f"whether it is better than {NAMES[against.other]} cannot be said from these items"
        for against in comparisons
        if against.outcome == "unknown"
    ]
    if "classical" not in others:
        clauses.append(f"{NAMES['classical']} was not measured, so whether a tuned model is needed cannot be said")
    needed = True if by_outcome == {"better"} and "classical" in others else None
    return f"Measured by {MEASURED_BY[headline]}, {'; '.join(clauses)}{_caution(comparisons)}.", needed


def _has_the_better_claim(against: Against) -> bool:
    return against.outcome == "worse" or (against.outcome == "unclear" and against.other == "classical")


def _better(comparisons: Sequence[Against], confidence: float) -> list[str]:
    """One clause that lists every system tuned is better than."""
    beaten = [
        f"{NAMES[against.other]} by {_measured(against, confidence, sign=False)}"
        for against in comparisons
        if against.outcome == "better"
    ]
    if not beaten:
        return []
    listed = " and ".join([", ".join(beaten[:-1])] * (len(beaten) > 1) + beaten[-1:])
    return [f"the tuned model is better than {listed}"]


def _falls_short(against: Against, confidence: float) -> str:
    how = "is worse than" if against.outcome == "worse" else "is not clearly better than"
    difference = _measured(against, confidence, sign=True)
    return f"the tuned model {how} {NAMES[against.other]}, with a difference of {difference}"


def _measured(against: Against, confidence: float, *, sign: bool) -> str:
    """`0.081 (95% interval 0.031 to 0.130, 152 items)`."""
    rounded = [round(number, 3) + 0.0 for number in against.interval]  # + 0.0: no minus before a zero
    value, low, high = ((f"{n:+.3f}" if sign else f"{n:.3f}").replace("-", MINUS) for n in rounded)
    return f"{value} ({100 * confidence:g}% interval {low} to {high}, {against.n:,} items)"


def _caution(comparisons: Sequence[Against]) -> str:
    fewest = min((against.groups for against in comparisons), default=FEW_GROUPS)
    return f"; with only {fewest} groups of items the intervals may be too narrow" if fewest < FEW_GROUPS else ""
