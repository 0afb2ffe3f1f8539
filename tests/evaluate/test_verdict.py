"""The sentence a manager reads first."""

from __future__ import annotations

import math

from luthier.evaluate.verdict import NOT_NEEDED, Against, verdict
from luthier.statistics.intervals import Interval


def against(other: str, value: float, low: float, high: float, groups: int = 80) -> Against:
    return Against(other, Interval(value, low, high), n=152, groups=groups)


BETTER = against("classical", 0.08, 0.031, 0.13)
FEW = against("few_shot", 0.3, 0.25, 0.35)
ZERO = against("zero_shot", 0.4, 0.35, 0.45)


def said(*comparisons: Against, tuned: bool = True) -> tuple[str, bool | None]:
    return verdict(comparisons, "rougeL", 0.95, tuned_measured=tuned)


def test_better_than_every_other_says_by_how_much_and_how_surely() -> None:
    assert said(BETTER, FEW) == (
        "Measured by overlap with the reference text (ROUGE-L, 0 to 1), the tuned model is better than the cheap "
        "classical method by 0.080 (95% interval 0.031 to 0.130, 152 items) and the generic model with worked examples "
        "by 0.300 (95% interval 0.250 to 0.350, 152 items).",
        True,
    )
    assert " by 0.080 (95% interval 0.031 to 0.130, 152 items), the generic model with" in said(BETTER, FEW, ZERO)[0]


def test_a_cheap_method_as_good_needs_no_tuned_model_whatever_else_is_beaten() -> None:
    sentence, needed = said(against("classical", 0.01, -0.02, 0.04), FEW, ZERO)
    assert NOT_NEEDED == "no tuned language model needed here"
    assert NOT_NEEDED in sentence
    assert "not clearly better than the cheap classical method, with a difference of +0.010" in sentence
    assert "(95% interval −0.020 to +0.040, 152 items)" in sentence
    assert needed is False


def test_a_difference_that_touches_zero_is_not_above_it() -> None:
    assert said(against("classical", 0.02, 0.0, 0.04))[1] is False


def test_a_better_cheap_method_is_called_better() -> None:
    sentence, needed = said(against("classical", -0.05, -0.08, -0.02))
    assert NOT_NEEDED in sentence
    assert "the tuned model is worse than the cheap classical method" in sentence
    assert needed is False


def test_a_generic_model_that_beats_tuned_needs_no_tuned_model() -> None:
    sentence, needed = said(BETTER, against("few_shot", -0.05, -0.08, -0.02))
    assert NOT_NEEDED in sentence
    assert needed is False


def test_a_generic_model_about_as_good_leaves_it_open() -> None:
    sentence, needed = said(BETTER, against("few_shot", 0.01, -0.02, 0.04))
    assert "better than the cheap classical method by 0.080" in sentence
    assert "not clearly better than the generic model with worked examples" in sentence
    assert NOT_NEEDED not in sentence
    assert needed is None


def test_what_was_not_measured_is_not_judged() -> None:
    assert said(tuned=False)[1] is None
    sentence, needed = said(FEW)
    assert "the cheap classical method was not measured" in sentence
    assert needed is None
    sentence, needed = said(against("classical", 0.1, math.nan, math.nan), FEW)
    assert "whether it is better than the cheap classical method cannot be said" in sentence
    assert needed is None


def test_few_groups_are_a_caution() -> None:
    assert "with only 12 groups of items" in said(against("classical", 0.08, 0.03, 0.13, groups=12))[0]
    assert "groups" not in said(BETTER)[0]


def test_a_difference_that_rounds_to_zero_has_no_minus() -> None:
    assert "a difference of +0.000 (95% interval +0.000 to +0.010" in said(against("classical", -1e-5, -4e-4, 0.01))[0]
