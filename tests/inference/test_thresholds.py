"""Thresholds from dev."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luthier.config import ClassifyTask
from luthier.inference.thresholds import best_threshold, chosen, fit_thresholds, judge_on_dev, macro_f1, truth
from luthier.records import Example, Provenance, Target
from luthier.tasks import Classify


def test_the_cut_lies_half_way_between_the_scores_it_separates() -> None:
    # Ranked: .9 right, .8 right, .4 wrong, .1 right. F1 of the first one, two, three, four:
    # 2/4, 4/5, 4/6, 6/7. All four win: 6/7 > 4/5, and the cut lies at the lowest score itself.
    assert best_threshold(np.array([0.9, 0.4, 0.8, 0.1]), np.array([True, False, True, True])) == pytest.approx(0.1)
    # Without the last: 2/3, 4/4, 4/5. The first two win, between .8 and .4.
    assert best_threshold(np.array([0.9, 0.4, 0.8]), np.array([True, False, True])) == pytest.approx(0.6)


def test_a_label_nobody_carries_is_never_given() -> None:
    scores = np.array([0.2, 0.9])
    assert not (scores >= best_threshold(scores, np.array([False, False]))).any()


def test_rare_labels_share_a_threshold() -> None:
    rng = np.random.default_rng(0)
    wanted = np.zeros((60, 2), dtype=np.bool_)
    wanted[:30, 0] = True
    wanted[:3, 1] = True
    scores = np.where(wanted, 0.7, 0.3) + rng.normal(0, 0.05, wanted.shape)
    common, rare = fit_thresholds(scores, wanted)
    assert common == best_threshold(scores[:, 0], wanted[:, 0])
    assert rare == best_threshold(scores.ravel(), wanted.ravel())


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=25))
def test_no_other_cut_does_better(pairs: list[tuple[int, bool]]) -> None:
    scores = np.array([score / 10 for score, _ in pairs])
    wanted = np.array([right for _, right in pairs])
    if not wanted.any():
        return

    def f1(threshold: float) -> float:
        given = scores >= threshold
        return 2 * (given & wanted).sum() / (given.sum() + wanted.sum())

    assert f1(best_threshold(scores, wanted)) == pytest.approx(max(f1(score) for score in scores))


def test_chosen_labels_come_in_the_labels_order() -> None:
    assert chosen(np.array([[0.6, 0.2, 0.9]]), np.array([0.5, 0.5, 0.5]), ["a", "b", "c"]) == [("a", "c")]


def test_macro_f1_leaves_out_labels_that_never_occur() -> None:
    wanted = truth([("a",), ("a", "b"), ()], ["a", "b", "c"])
    given = truth([("a",), ("b",), ("b",)], ["a", "b", "c"])
    # a: tp 1, fn 1: 2/3. b: tp 1, fp 1: 2/3. c: in neither, so it is left out.
    assert macro_f1(given, wanted) == pytest.approx(2 / 3)


def _task(multi_label: bool) -> Classify:
    settings = ClassifyTask(kind="classify", instruction="x", inputs={"a": ""}, multi_label=multi_label)
    return Classify("t", settings, ("a", "b"))


def _labelled(*labels: str) -> Example:
    source = Provenance(source="s", file="f")
    return Example(id="1", task="t", inputs={}, target=Target(labels=labels), source=source, group="g")


def test_dev_judges_single_labels_by_accuracy_and_label_sets_by_macro_f1() -> None:
    scores = np.array([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8]])
    dev = [_labelled("a"), _labelled("b"), _labelled("b")]
    assert judge_on_dev(_task(False), dev, scores) == (pytest.approx(2 / 3), {})
    # Both labels share a threshold (too few items): ranked .9 a right, .8 b right, .7 a wrong, .3 b right; F1 of the
    # first two is 4/5, of the first four 6/7, so the cut is .3. Then a: tp 1, fp 1: 2/3; b: tp 2: 1.
    figure, thresholds = judge_on_dev(_task(True), dev, scores)
    assert thresholds == pytest.approx({"a": 0.25, "b": 0.25}) and figure == pytest.approx(5 / 6)


def test_without_dev_there_is_no_figure() -> None:
    assert judge_on_dev(_task(False), [], np.zeros((0, 2))) == (None, {})
    assert judge_on_dev(_task(True), [], np.zeros((0, 2))) == (None, {"a": 0.5, "b": 0.5})
