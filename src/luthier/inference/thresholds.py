"""From confidences to a set of labels: thresholds fitted on dev, the same way for every system.

A label is given when its confidence reaches the label's threshold, the one that maximises its F1 on dev. Labels with
fewer than `ENOUGH` positive dev items share one threshold, fitted on all labels together, since a threshold fitted on
two or three items is noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from luthier.records import Example
from luthier.tasks import Classify

ENOUGH = 8

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class Judged(NamedTuple):
    """What dev says of one way to answer: accuracy or macro F1 (None without dev items), and the thresholds with it."""

    figure: float | None
    thresholds: dict[str, float]  # none for single labels

    @property
    def rank(self) -> float:
        """By which ways are compared: one without a figure comes last."""
        return -1.0 if self.figure is None else self.figure


def judge_on_dev(task: Classify, dev: Sequence[Example], scores: Floats) -> Judged:
    """Judges confidences of shape (dev items, labels), the same way for every system.

    Without dev items, label sets are cut at one half.
    """
    if not dev:
        return Judged(None, dict.fromkeys(task.labels, 0.5) if task.multi_label else {})
    wanted = truth([example.target.labels or () for example in dev], task.labels)
    if not task.multi_label:
        return Judged(float(np.mean(wanted[np.arange(len(dev)), scores.argmax(axis=1)])), {})
    thresholds = fit_thresholds(scores, wanted)
    figure = macro_f1(scores >= thresholds, wanted)
    return Judged(figure, dict(zip(task.labels, thresholds.tolist(), strict=True)))


def fit_thresholds(scores: Floats, wanted: Bools) -> Floats:
    """Thresholds of shape (labels,) from dev's scores and truth, both (items, labels)."""
    shared = best_threshold(scores.ravel(), wanted.ravel())
    return np.array(
        [
            best_threshold(scores[:, label], wanted[:, label]) if wanted[:, label].sum() >= ENOUGH else shared
            for label in range(scores.shape[1])
        ]
    )


def best_threshold(scores: Floats, wanted: Bools) -> float:
    """The cut that maximises F1, half way between the two scores it separates.

    Without any positive item nothing should be given, and the threshold lies above every score.
    """
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(wanted[order])
    given = np.arange(1, len(scores) + 1)
    cuts = np.flatnonzero(np.append(ranked[:-1] > ranked[1:], True))  # a cut never parts equal scores
    if not wanted.any():
        return float(ranked[0] + 1.0) if len(ranked) else float("inf")
    f1 = 2 * hits[cuts] / (given[cuts] + wanted.sum())
    best = cuts[int(np.argmax(f1))]
    below = ranked[best + 1] if best + 1 < len(ranked) else ranked[best]
    return float((ranked[best] + below) / 2)


def chosen(scores: Floats, thresholds: Floats, labels: Sequence[str]) -> list[tuple[str, ...]]:
    """Each item's labels, in the labels' order."""
    return [tuple(label for label, given in zip(labels, row, strict=True) if given) for row in (scores >= thresholds)]


def truth(targets: Sequence[tuple[str, ...]], labels: Sequence[str]) -> Bools:
    """Label sets as a matrix of shape (items, labels)."""
    return np.array([[label in target for label in labels] for target in targets], dtype=np.bool_).reshape(
        len(targets), len(labels)
    )


def macro_f1(given: Bools, wanted: Bools) -> float:
    """Mean F1 over the labels that occur in either; what dev decides by when a system chooses its own settings."""
    hits = (given & wanted).sum(axis=0)
    total = given.sum(axis=0) + wanted.sum(axis=0)
    return float(np.mean(2 * hits[total > 0] / total[total > 0])) if (total > 0).any() else 0.0
