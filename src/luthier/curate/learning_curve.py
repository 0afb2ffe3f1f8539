"""How a cheap system's figure on dev grows with the training data, and what twice as much would add.

Learning curves follow a power law, error = a + b n^-c (Hestness et al. 2017, "Deep Learning Scaling is Predictable,
Empirically"). It is fitted to a cheap classifier's, or the nearest neighbour's, error on dev at growing shares of
training; the interval comes from fitting it again on bootstrap draws of dev's clients. A cheap system's curve is not a
tuned model's, but where it has long been flat more of the same data is seldom what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luthier.config.curation.readiness import Readiness
from luthier.metrics.rouge import rouge
from luthier.records import Example
from luthier.statistics.intervals import UNDEFINED, Interval

Floats = NDArray[np.float64]
EXPONENTS = np.linspace(0.05, 1.5, 59)  # tried for c; a and b are then least squares
MAX_REFERENCE_WORDS = 400  # of a text in ROUGE; what is longer is compared by its beginning


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """Sizes, dev's figure at each, and what twice the last size is expected to add, with its interval."""

    metric: str
    sizes: tuple[int, ...]
    figures: tuple[float, ...]
    floor: float  # the error that no amount of such data removes, by the fit
    gain_of_doubling: Interval


def learning_curve(
    train: Sequence[Example], dev: Sequence[Example], settings: Readiness, *, multi_label: bool, seed: int
) -> LearningCurve | None:
    """The curve of one task; None where training or dev is too small to show one."""
    generator = np.random.default_rng(seed)
    train = sorted(train, key=lambda example: example.id)
    if len(train) > settings.max_examples:
        chosen = generator.choice(len(train), settings.max_examples, replace=False)
        train = [train[place] for place in sorted(chosen.tolist())]
    sizes = sorted({round(share * len(train)) for share in settings.shares})
    if sizes[0] < 20 or len(sizes) < 3 or len(dev) < 20:
        return None
    metric, score = _scorer(train, dev, multi_label)
    rows, at = [], []
    for size in sizes:
        for _ in range(settings.repeats if size < len(train) else 1):
            rows.append(score(generator.permutation(len(train))[:size]))
            at.append(size)
    scores, places = np.stack(rows), np.array(at)
    figures = scores.mean(axis=1)
    a, *_ = fit_power_law(places, 1 - figures)
    drawn = _draws([example.group for example in dev], settings.draws, generator)
    gains = [_gain(places, 1 - scores @ weights / weights.sum(), len(train)) for weights in drawn]
    low, high = (
        np.quantile(gains, [(1 - settings.confidence) / 2, (1 + settings.confidence) / 2]) if gains else (np.nan,) * 2
    )
    value = _gain(places, 1 - figures, len(train))
    interval = Interval(value, min(float(low), value), max(float(high), value)) if gains else UNDEFINED
    by_size = tuple(float(figures[places == size].mean()) for size in sizes)
    return LearningCurve(metric, tuple(sizes), by_size, a, interval)


def fit_power_law(sizes: NDArray[np.int64], errors: Floats) -> tuple[float, float, float]:
    """a, b and c of error = a + b n^-c, with 0 <= a and 0 <= b, by least squares over a grid of c.

    Of equally good fits the smallest c is taken: the one that promises most of more data, so that a flat verdict is
    not a matter of the grid.
    """
    best = (np.inf, float(np.mean(errors)), 0.0, float(EXPONENTS[0]))
    for c in EXPONENTS:
        falling = sizes.astype(np.float64) ** -c
        centred = falling - falling.mean()
        b = max(0.0, float(centred @ errors) / float(centred @ centred)) if (centred @ centred) > 0 else 0.0
        a = float(errors.mean() - b * falling.mean())
        if a < 0:
            a, b = 0.0, max(0.0, float(falling @ errors) / float(falling @ falling))
        miss = float(((a + b * falling - errors) ** 2).sum())
        if miss < best[0] * (1 - 1e-9) - 1e-18:
            best = (miss, a, b, float(c))
    return best[1:]


def _gain(sizes: NDArray[np.int64], errors: Floats, n: int) -> float:
    """What the fit expects twice `n` to take off the error."""
    _, b, c = fit_power_law(sizes, errors)
    return float(b * (n**-c - (2.0 * n) ** -c))


def _draws(groups: Sequence[str], draws: int, generator: np.random.Generator) -> Floats:
    """How often each dev item is in each draw of dev's groups, shape (draws, items)."""
    places: dict[str, int] = {}
    codes = np.array([places.setdefault(group, len(places)) for group in groups])
    counts = generator.multinomial(len(places), np.full(len(places), 1 / len(places)), size=draws)
    weights = np.asarray(counts[:, codes], dtype=np.float64)
    return np.asarray(weights[weights.sum(axis=1) > 0])


def _scorer(
    train: Sequence[Example], dev: Sequence[Example], multi_label: bool
) -> tuple[str, Callable[[NDArray[np.int64]], Floats]]:
    """The metric's name, and a function from training rows to each dev item's score in [0, 1], shape (items,)."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2 if len(train) > 1000 else 1)
    known, asked = vectors.fit_transform(map(_request, train)), vectors.transform(map(_request, dev))
    if train[0].target.labels is None:
        return "rougeL", lambda rows: _nearest_scores(known, asked, rows, train, dev)
    if multi_label:
        return "jaccard", lambda rows: _label_set_scores(known, asked, rows, train, dev)
    return "accuracy", lambda rows: _label_scores(known, asked, rows, train, dev)


def _nearest_scores(
    known: Any, asked: Any, rows: NDArray[np.int64], train: Sequence[Example], dev: Sequence[Example]
) -> Floats:
    """ROUGE-L of the most similar training example's answer."""
    nearest = np.asarray((asked @ known[rows].T).argmax(axis=1)).ravel()
    pairs = ((train[rows[place]].target.text, example.target.text) for place, example in zip(nearest, dev, strict=True))
    return np.array([rouge(_beginning(right), _beginning(given))["rougeL"] for given, right in pairs])


def _label_scores(
    known: Any, asked: Any, rows: NDArray[np.int64], train: Sequence[Example], dev: Sequence[Example]
) -> Floats:
    from sklearn.svm import LinearSVC

    wanted = [(train[row].target.labels or ("",))[0] for row in rows]
    right = np.array([(example.target.labels or ("",))[0] for example in dev])
    if len(set(wanted)) < 2:
        return np.asarray(right == wanted[0], dtype=np.float64)
    return np.asarray(LinearSVC().fit(known[rows], wanted).predict(asked) == right, dtype=np.float64)


def _label_set_scores(
    known: Any, asked: Any, rows: NDArray[np.int64], train: Sequence[Example], dev: Sequence[Example]
) -> Floats:
    """Of each dev item, the labels given rightly among those given or wanted; 1 where both sets are empty."""
    from sklearn.svm import LinearSVC

    labels = sorted({label for example in train for label in example.target.labels or ()})
    given = np.zeros((len(dev), len(labels)), dtype=bool)
    for column, label in enumerate(labels):
        present = np.array([label in (train[row].target.labels or ()) for row in rows])
        constant = present.all() or not present.any()
        given[:, column] = present[0] if constant else LinearSVC().fit(known[rows], present).predict(asked)
    wanted = np.array([[label in (example.target.labels or ()) for label in labels] for example in dev], dtype=bool)
    both, either = (given & wanted).sum(axis=1), (given | wanted).sum(axis=1)
    return np.where(either == 0, 1.0, both / np.maximum(either, 1))


def _request(example: Example) -> str:
    return "\n".join(example.inputs[name] for name in sorted(example.inputs))


def _beginning(text: str | None) -> str:
    return " ".join((text or "").split()[:MAX_REFERENCE_WORDS])
