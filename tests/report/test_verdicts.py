"""What stands first: differences, their drawings, and the targets."""

from __future__ import annotations

from typing import Any

import pytest
from report_project import flags_card, paired, summary_card

from luthier.report.shapes import TargetResult, TaskCard
from luthier.report.verdicts import headline, target_sentence


def card(**changed: Any) -> TaskCard:
    return TaskCard.model_validate(flags_card() | changed)


def test_the_comparisons_that_decide_come_first() -> None:
    assert [comparison.against for comparison in headline(card())] == ["classical", "few_shot", "zero_shot"]


def test_drawings_share_one_scale_that_holds_zero() -> None:
    # Ends: -.1 and .5, so the range is .6; with 8% (.048) free on both sides it runs from -.148 to .548, .696 wide.
    pairs = [paired("classical", "f1_macro", 0.0, 0.1, 6, None), paired("few_shot", "f1_macro", 0.4, 0.1, 6, None)]
    first, second, _ = headline(card(paired=pairs))
    assert first.zero == second.zero == pytest.approx(100 * 0.148 / 0.696, abs=0.01)
    assert (first.left, first.width) == pytest.approx((100 * 0.048 / 0.696, 100 * 0.2 / 0.696), abs=0.02)
    assert second.point == pytest.approx(100 * 0.548 / 0.696, abs=0.01)


@pytest.mark.parametrize(
    ("difference", "metric", "reading"),
    [
        (0.2, "f1_macro", "better"),
        (-0.2, "f1_macro", "worse"),
        (0.05, "f1_macro", "no clear difference"),
        (0.1, "f1_macro", "no clear difference"),  # the interval touches zero
        (-0.2, "unsupported_rate", "better"),  # fewer unsupported statements
        (0.2, "unsupported_rate", "worse"),
    ],
)
def test_a_difference_is_read_by_its_whole_interval(difference: float, metric: str, reading: str) -> None:
    pairs = [paired("classical", metric, difference, 0.1, 6, None)]
    assert headline(card(paired=pairs, headline=metric))[0].reading == reading


def test_systems_that_were_not_compared_are_said_to_be_so() -> None:
    assert {(one.reading, one.pair) for one in headline(card(paired=[]))} == {("not compared", None)}


def test_a_difference_without_an_interval_is_not_read() -> None:
    pair = paired("classical", "f1_macro", 0.3, 0.1, 6, None) | {"low": None, "high": None}
    comparison = headline(card(paired=[pair]))[0]
    assert (comparison.reading, comparison.width) == ("cannot be told", 0.0)


def test_without_tuned_there_is_nothing_to_compare() -> None:
    systems = {name: figures for name, figures in flags_card()["systems"].items() if name != "tuned"}
    assert headline(card(systems=systems)) == []


def test_a_target_is_said_in_a_sentence() -> None:
    target = TargetResult.model_validate(summary_card()["targets"][0])
    said = "Tuned: ROUGE-L at least 0.4547. Measured 0.543 (0.522 to 0.564)."
    assert target_sentence(target) == said
    undefined = target.model_copy(update={"value": None, "low": None, "high": None, "state": "undecided"})
    assert target_sentence(undefined) == "Tuned: ROUGE-L at least 0.4547. Measured – (undefined)."
