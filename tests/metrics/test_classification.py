"""Classification figures, against scikit-learn and by hand."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support
from sklearn.preprocessing import MultiLabelBinarizer

from luthier.metrics.classification import NO_LABEL, confusion, label_figures, label_tally

LABELS = ("a", "b", "c", "d")
LABEL_SET = st.frozensets(st.sampled_from(LABELS))
ITEMS = st.lists(st.tuples(LABEL_SET, LABEL_SET), min_size=1, max_size=12)
SINGLE = st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), min_size=1, max_size=20)


def none_for_nan(figure: float) -> float | None:
    return None if np.isnan(figure) else pytest.approx(figure, abs=1e-9)


def oracle(truths: object, answers: object, **how: object) -> dict[str, float | None]:
    expected: dict[str, float | None] = {}
    for average in ("micro", "macro"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            figures = precision_recall_fscore_support(truths, answers, average=average, zero_division=np.nan, **how)
        for name, figure in zip(("precision", "recall", "f1"), figures[:3], strict=True):
            expected[f"{name}_{average}"] = none_for_nan(float(figure))
    return expected


@settings(deadline=None, max_examples=60)
@given(ITEMS)
def test_label_sets_equal_scikit_learn(items: list[tuple[frozenset[str], frozenset[str]]]) -> None:
    truths, answers = [truth for truth, _ in items], [answer for _, answer in items]
    binarise = MultiLabelBinarizer(classes=LABELS).fit([LABELS])
    right, given_ = binarise.transform(truths), binarise.transform(answers)
    ours = label_tally(truths, answers, LABELS).values()
    assert ours == {
        **oracle(right, given_),
        "accuracy": pytest.approx(accuracy_score(right, given_)),
        "exact_match": pytest.approx(accuracy_score(right, given_)),
    }


@settings(deadline=None, max_examples=60)
@given(SINGLE)
def test_single_labels_equal_scikit_learn(items: list[tuple[str, str]]) -> None:
    truths, answers = [truth for truth, _ in items], [answer for _, answer in items]
    tally = label_tally([(truth,) for truth in truths], [(answer,) for answer in answers], LABELS)
    expected = oracle(truths, answers, labels=list(LABELS))
    assert tally.values() == {
        **expected,
        "accuracy": pytest.approx(accuracy_score(truths, answers)),
        "exact_match": pytest.approx(accuracy_score(truths, answers)),
    }
    assert tally.value("f1_micro") == pytest.approx(tally.value("accuracy"))
    names, counts = confusion([(truth,) for truth in truths], [(answer,) for answer in answers], LABELS)
    assert names == list(LABELS)
    assert counts.tolist() == confusion_matrix(truths, answers, labels=list(LABELS)).tolist()


def test_labels_without_support_or_predictions_by_hand() -> None:
    # a: tp 1, fp 1; b: fn 1 and never answered; c: neither; d: answered once, never right
    tally = label_tally([("a",), ("b",), ()], [("a",), ("a",), ("d",)], LABELS)
    assert tally.value("precision_macro") == pytest.approx((1 / 2 + 0) / 2)  # b has no precision
    assert tally.value("recall_macro") == pytest.approx((1 + 0) / 2)  # d has no recall
    assert tally.value("f1_macro") == pytest.approx((2 / 3 + 0 + 0) / 3)  # only c has no F1
    figures = label_figures(tally, LABELS)
    assert np.isnan(figures["c"]["f1"])
    assert np.isnan(figures["b"]["precision"])
    assert figures["b"]["f1"] == 0
    assert figures["a"] | {"precision": 0, "f1": 0} == {
        "precision": 0, "recall": 1, "f1": 0, "support": 1, "predicted": 2, "tp": 1, "fp": 1, "fn": 0, "tn": 1,
    }  # fmt: skip


def test_nothing_to_find_and_nothing_found_is_undefined_and_exactly_right() -> None:
    tally = label_tally([(), ()], [(), ()], LABELS)
    assert tally.value("f1_macro") is None
    assert tally.value("f1_micro") is None
    assert tally.value("exact_match") == 1.0


def test_an_unreadable_answer_is_wrong_even_where_no_label_is_right() -> None:
    tally = label_tally([(), ("a",), ("a",)], [None, None, ("a",)], LABELS)
    assert list(tally.right("exact_match")) == [False, False, True]


def test_an_answer_outside_the_task_is_a_false_positive_but_no_label() -> None:
    tally = label_tally([("a",), ("b",)], [("a",), ("nonsense",)], LABELS)
    assert tally.value("precision_micro") == pytest.approx(1 / 2)
    assert tally.value("recall_micro") == pytest.approx(1 / 2)
    assert tally.value("f1_macro") == pytest.approx((1 + 0) / 2)  # a and b; "nonsense" is not averaged over
    assert tally.value("exact_match") == pytest.approx(1 / 2)


def test_a_right_label_the_task_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="'e'"):
        label_tally([("e",)], [("a",)], LABELS)


def test_confusion_shows_answers_that_are_no_label() -> None:
    names, counts = confusion([("a",), ("b",), ("b",)], [("a",), None, ("nonsense",)], ("a", "b"))
    assert names == ["a", "b", NO_LABEL]
    assert counts.tolist() == [[1, 0, 0], [0, 0, 2], [0, 0, 0]]


@settings(deadline=None)
@given(ITEMS)
def test_figures_of_weighted_sums_are_those_of_repeated_items(
    items: list[tuple[frozenset[str], frozenset[str]]],
) -> None:
    weights = [place % 3 for place in range(len(items))]
    truths, answers = [truth for truth, _ in items], [answer for _, answer in items]
    tally = label_tally(truths, answers, LABELS)
    summed = np.stack([np.array(weights) @ tally.sums, tally.sums.sum(axis=0)])  # two draws at once
    repeated = [item for item, weight in zip(items, weights, strict=True) for _ in range(weight)]
    again = label_tally([truth for truth, _ in repeated], [answer for _, answer in repeated], LABELS)
    for metric, figure in tally.figures.items():
        drawn = figure(summed)
        assert drawn.shape == (2,)
        assert [none_for_nan(float(value)) for value in drawn] == [again.value(metric), tally.value(metric)]
