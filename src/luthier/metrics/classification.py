"""Labels against labels: accuracy, precision, recall and F1, micro and macro, for one label an item or several.

With tp, fp and fn a label's true positives, false positives and false negatives: precision = tp / (tp + fp),
recall = tp / (tp + fn), F1 = 2 tp / (2 tp + fp + fn). Micro figures sum tp, fp and fn over labels first; macro figures
average the labels' own figures (van Rijsbergen 1979, "Information Retrieval", chapter 7; Opitz and Burst 2019, "Macro
F1 and Macro F1", for why the average is of F1 and not of precision and recall). Where a quotient has no denominator:

- a label that neither occurs nor is answered has no figures, and no part in any macro mean;
- a label that occurs and is never answered has recall 0 and F1 0, which count, and no precision, which does not;
- a label that is answered and never occurs has precision 0 and F1 0, which count, and no recall, which does not.

That is scikit-learn's convention with `zero_division=nan`. Macro precision alone therefore flatters a system that never
dares a rare label; macro F1, the headline, does not. An answered label that the task does not know is a false positive
in micro figures, makes its item wrong, and is no label of its own in macro figures.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from luthier.metrics.tally import Figure, Floats, Tally, column_mean, divide, mean_of_defined

_BEFORE = 3  # columns before the labels': items, items answered right, answers no label of the task
NO_LABEL = "(none of these)"

Answer = Collection[str] | None


def label_tally(truths: Sequence[Collection[str]], answers: Sequence[Answer], labels: Sequence[str]) -> Tally:
    """The tally of label sets; with one label an item, micro figures of a system that always answers are accuracy.

    Args:
        truths: each item's right labels, all of them among `labels`.
        answers: each item's answered labels; None is no readable answer, which is never right, not even where the
            right answer is no label at all.
        labels: the labels that macro figures average over.

    Raises `ValueError` for a right label that is not among `labels`.
    """
    right, unknown = _incidence(truths, labels)
    if unknown.any():
        raise ValueError(f"right labels {sorted({*_flat(truths)} - {*labels})} are not among the task's labels")
    given, beyond = _incidence([answer or () for answer in answers], labels)
    exact = (right == given).all(axis=1) & (beyond == 0) & np.array([answer is not None for answer in answers], bool)
    sums = np.column_stack([np.ones(len(truths)), exact, beyond, right & given, ~right & given, right & ~given])
    return Tally(sums.astype(np.float64), _figures(), proportions={"accuracy": 1, "exact_match": 1})


def label_figures(tally: Tally, labels: Sequence[str]) -> dict[str, dict[str, float]]:
    """Label -> `precision`, `recall` and `f1` (NaN where undefined), `support`, `predicted`, `tp`, `fp`, `fn`, `tn`."""
    summed = tally.sums.sum(axis=0)
    tp, fp, fn = _by_label(summed)
    columns = {
        "precision": divide(tp, tp + fp),
        "recall": divide(tp, tp + fn),
        "f1": divide(2 * tp, 2 * tp + fp + fn),
        "support": tp + fn,
        "predicted": tp + fp,
        "tp": tp,
        "fp": fp,
        "fn": fn,
        "tn": len(tally) - tp - fp - fn,
    }
    return {
        label: {name: float(column[place]) for name, column in columns.items()} for place, label in enumerate(labels)
    }


def confusion(
    truths: Sequence[Collection[str]], answers: Sequence[Answer], labels: Sequence[str]
) -> tuple[list[str], NDArray[np.int64]]:
    """The names of rows and columns, and counts[i, j]: items of label i answered with label j.

    For one label an item. An answer that is no label of the task, several labels, or none stands under `NO_LABEL`,
    which is last and there only if such an answer is.
    """
    places = {label: place for place, label in enumerate(labels)}
    none = len(labels)
    counts = np.zeros((none + 1, none + 1), dtype=np.int64)
    for truth, answer in zip(truths, answers, strict=True):
        (right,) = truth
        given = next(iter(answer)) if answer is not None and len(answer) == 1 else NO_LABEL
        counts[places[right], places.get(given, none)] += 1
    if counts[:, none].any():
        return [*labels, NO_LABEL], counts
    return [*labels], counts[:none, :none]


def _figures() -> dict[str, Figure]:
    return {
        "accuracy": column_mean(1),
        "exact_match": column_mean(1),
        "precision_micro": lambda summed: _micro(summed, "precision"),
        "precision_macro": lambda summed: _macro(summed, "precision"),
        "recall_micro": lambda summed: _micro(summed, "recall"),
        "recall_macro": lambda summed: _macro(summed, "recall"),
        "f1_micro": lambda summed: _micro(summed, "f1"),
        "f1_macro": lambda summed: _macro(summed, "f1"),
    }


def _micro(summed: Floats, name: str) -> Floats:
    tp, fp, fn = (counts.sum(axis=-1) for counts in _by_label(summed))
    return _quotient(tp, fp + summed[..., 2], fn, name)


def _macro(summed: Floats, name: str) -> Floats:
    return mean_of_defined(_quotient(*_by_label(summed), name))


def _quotient(tp: Floats, fp: Floats, fn: Floats, name: str) -> Floats:
    if name == "precision":
        return divide(tp, tp + fp)
    if name == "recall":
        return divide(tp, tp + fn)
    return divide(2 * tp, 2 * tp + fp + fn)


def _by_label(summed: Floats) -> tuple[Floats, Floats, Floats]:
    tp, fp, fn = np.split(summed[..., _BEFORE:], 3, axis=-1)
    return tp, fp, fn


def _incidence(label_sets: Sequence[Collection[str]], labels: Sequence[str]) -> tuple[NDArray[np.bool_], Floats]:
    """Which labels each item carries, shape (items, labels), and how many it carries beyond those, shape (items,)."""
    places = {label: place for place, label in enumerate(labels)}
    carried = np.zeros((len(label_sets), len(labels)), dtype=np.bool_)
    beyond = np.zeros(len(label_sets))
    for item, label_set in enumerate(label_sets):
        for label in set(label_set):
            if label in places:
                carried[item, places[label]] = True
            else:
                beyond[item] += 1
    return carried, beyond


def _flat(label_sets: Sequence[Collection[str]]) -> list[str]:
    return [label for label_set in label_sets for label in label_set]
