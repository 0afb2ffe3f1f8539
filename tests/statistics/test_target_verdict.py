"""Met, missed, undecided."""

from __future__ import annotations

import math

import pytest

from luthier.statistics.intervals import UNDEFINED, Interval, wilson
from luthier.statistics.target_verdict import MOST_NEEDED, Direction, in_words, judge


@pytest.mark.parametrize(
    ("interval", "direction", "state"),
    [
        (Interval(0.9, 0.85, 0.95), "at_least", "met"),
        (Interval(0.82, 0.8, 0.84), "at_least", "met"),  # its end touches the target
        (Interval(0.7, 0.6, 0.79), "at_least", "missed"),
        (Interval(0.7, 0.6, 0.8), "at_least", "undecided"),  # its end touches the target from the wrong side
        (Interval(0.82, 0.78, 0.86), "at_least", "undecided"),
        (Interval(0.7, 0.6, 0.8), "at_most", "met"),
        (Interval(0.9, 0.81, 0.95), "at_most", "missed"),
        (Interval(0.82, 0.78, 0.86), "at_most", "undecided"),
    ],
)
def test_three_states_against_a_target_of_point_eight(interval: Interval, direction: Direction, state: str) -> None:
    verdict = judge(interval, 0.8, direction, n=100)
    assert verdict.state == state
    assert (verdict.needed is None) == (state != "undecided")


def test_items_needed_by_hand() -> None:
    # d = .02, the lower half is w = .04 wide: n must grow (w/d)² = 4-fold, so 300 more than 100
    assert judge(Interval(0.82, 0.78, 0.9), 0.8, "at_least", n=100).needed == 300
    # below the target it is the upper half that counts: d = .04, w = .06: 100 (1.5² - 1) = 125
    assert judge(Interval(0.76, 0.60, 0.82), 0.8, "at_least", n=100).needed == 125


def test_that_many_more_items_do_settle_it() -> None:
    first = wilson(83, 100, 0.95)
    needed = judge(first, 0.8, "at_least", n=100).needed
    assert needed is not None
    later = 100 + needed
    assert judge(wilson(round(0.83 * later), later, 0.95), 0.8, "at_least", n=later).state == "met"
    fewer = 100 + needed // 2
    assert judge(wilson(round(0.83 * fewer), fewer, 0.95), 0.8, "at_least", n=fewer).state == "undecided"


def test_a_figure_on_its_target_is_settled_by_no_number_of_items() -> None:
    assert judge(Interval(0.8, 0.7, 0.9), 0.8, "at_least", n=100) == ("undecided", None)


def test_an_undefined_figure_is_undecided() -> None:
    assert judge(UNDEFINED, 0.8, "at_least", n=0) == ("undecided", None)
    assert judge(Interval(0.9, math.nan, math.nan), 0.8, "at_least", n=5) == ("undecided", None)


def test_a_figure_all_but_on_its_target_asks_for_no_absurd_number() -> None:
    # d = .0001, w = .1: a million times as many items; and 0.1 + 0.2 misses 0.3 by 6e-17, whose square is no float's
    assert judge(Interval(0.8001, 0.7001, 0.9), 0.8, "at_least", n=100).needed == MOST_NEEDED
    assert judge(Interval(0.1 + 0.2, 0.2, 0.4), 0.3, "at_least", n=100).needed == MOST_NEEDED
    assert judge(Interval(5e-324, -1.0, 1.0), 0.0, "at_least", n=100).needed == MOST_NEEDED


def test_how_many_more_in_words() -> None:
    assert in_words(1) == "about 1 more item"
    assert in_words(2400) == "about 2,400 more items"
    assert in_words(MOST_NEEDED) == "10,000 more items or more"
