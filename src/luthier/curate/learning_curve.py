"""How a cheap system's figure on dev grows with the training data, and what twice as much would add.

Learning curves follow a power law, error = a + b n^-c (Hestness et al. 2017, "Deep Learning Scaling is Predictable,
Empirically"). It is fitted to a cheap classifier's, or the nearest neighbour's, error on dev at growing shares of
training; the interval comes from fitting it again on bootstrap draws of dev's clients. A cheap system's curve is not a
tuned model's, but where it has long been flat more of the same data is seldom what is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luthier.config.curation.readiness import Readiness
from luthier.metrics.rouge import rouge
from luthier.records import Example
from luthier.statistics.intervals import UNDEFINED, Interval
from luthier.statistics.power_law import expected_error, fit_power_law

Floats = NDArray[np.float64]
FEWEST = 20  # examples of training at the first size, and of dev, below which there is no curve to see
MAX_REFERENCE_WORDS = 400  # of a text in ROUGE; what is longer is compared by its beginning
BLIND_ANSWERS = 10  # training texts that stand for answers given without reading the question


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """Sizes, dev's figure at each, and what twice the last size is expected to add, with its interval."""

    metric: str
    sizes: tuple[int, ...]
    figures: tuple[float, ...]
    blind: float  # the figure of answers that read nothing: the commonest label or set, or training texts at random
    over_blind: Interval  # the last figure minus it
    floor: float  # the error that no amount of such data removes, by the fit
    gain_of_doubling: Interval

    @property
    def learns(self) -> bool:
        """Whether the cheap system surely does better than answers that read nothing. If not, a flat curve is one of
        chance, and says nothing of what more data would bring."""
        return self.over_blind.low > 0


def learning_curve(
    train: Sequence[Example], dev: Sequence[Example], settings: Readiness, *, multi_label: bool, seed: int
) -> LearningCurve | None:
    """The curve of one task; None where training or dev is too small to show one, or training holds no words."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    generator = np.random.default_rng(seed)
    train = sorted(train, key=lambda example: example.id)
    if len(train) > settings.max_examples:
        chosen = generator.choice(len(train), settings.max_examples, replace=False)
        train = [train[place] for place in sorted(chosen.tolist())]
    sizes = sorted({round(share * len(train)) for share in settings.shares})
    if sizes[0] < FEWEST or len(sizes) < 3 or len(dev) < FEWEST:
        return None
    vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2 if len(train) > 1000 else 1)
    try:
        known = vectors.fit_transform(map(_request, train))
    except ValueError:  # as scikit-learn says that no text holds a word, or no two the same
        return None
    metric, score = _scorer(known, vectors.transform(map(_request, dev)), train, dev, multi_label)
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
    blind = _blind_scores(train, dev, generator)
    better = scores[places == sizes[-1]].mean(axis=0) - blind
    return LearningCurve(
        metric=metric,
        sizes=tuple(sizes),
        figures=tuple(float(figures[places == size].mean()) for size in sizes),
        blind=float(blind.mean()),
        over_blind=_interval(float(better.mean()), drawn @ better / drawn.sum(axis=1), settings),
        floor=a,
        gain_of_doubling=_interval(_gain(places, 1 - figures, len(train)), np.array(gains), settings),
    )


def _gain(sizes: NDArray[np.int64], errors: Floats, n: int) -> float:
    """What the fit expects twice `n` to take off the error."""
    law = fit_power_law(sizes, errors)
    return expected_error(law, n) - expected_error(law, 2 * n)


def _interval(value: float, drawn: Floats, settings: Readiness) -> Interval:
    """The value with the interval that its bootstrap draws span; undefined where dev has too few groups to draw."""
    if not len(drawn):
        return UNDEFINED
    low, high = np.quantile(drawn, [(1 - settings.confidence) / 2, (1 + settings.confidence) / 2])
    return Interval(value, min(float(low), value), max(float(high), value))


def _draws(groups: Sequence[str], draws: int, generator: np.random.Generator) -> Floats:
    """How often each dev item is in each draw of dev's groups, shape (draws, items)."""
    places: dict[str, int] = {}
    codes = np.array([places.setdefault(group, len(places)) for group in groups])
    counts = generator.multinomial(len(places), np.full(len(places), 1 / len(places)), size=draws)
    weights = np.asarray(counts[:, codes], dtype=np.float64)
    return np.asarray(weights[weights.sum(axis=1) > 0])


def _scorer(
    known: Any, asked: Any, train: Sequence[Example], dev: Sequence[Example], multi_label: bool
) -> tuple[str, Callable[[NDArray[np.int64]], Floats]]:
    """The metric's name, and a function from training rows to each dev item's score in [0, 1], shape (items,)."""
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


def _classifier() -> Any:
    """Linear. It visits examples in an order drawn from a seed of its own: the same data give the same curve."""
    from sklearn.svm import LinearSVC

    return LinearSVC(random_state=0)


def _label_scores(
    known: Any, asked: Any, rows: NDArray[np.int64], train: Sequence[Example], dev: Sequence[Example]
) -> Floats:
    wanted = [(train[row].target.labels or ("",))[0] for row in rows]
    right = np.array([(example.target.labels or ("",))[0] for example in dev])
    if len(set(wanted)) < 2:
        return np.asarray(right == wanted[0], dtype=np.float64)
    return np.asarray(_classifier().fit(known[rows], wanted).predict(asked) == right, dtype=np.float64)


def _label_set_scores(
    known: Any, asked: Any, rows: NDArray[np.int64], train: Sequence[Example], dev: Sequence[Example]
) -> Floats:
    """Of each dev item, the labels given rightly among those given or wanted; 1 where both sets are empty."""
    labels = sorted({label for example in train for label in example.target.labels or ()})
    given = np.zeros((len(dev), len(labels)), dtype=bool)
    for column, label in enumerate(labels):
        present = np.array([label in (train[row].target.labels or ()) for row in rows])
        constant = present.all() or not present.any()
        given[:, column] = present[0] if constant else _classifier().fit(known[rows], present).predict(asked)
    wanted = np.array([[label in (example.target.labels or ()) for label in labels] for example in dev], dtype=bool)
    both, either = (given & wanted).sum(axis=1), (given | wanted).sum(axis=1)
    return np.where(either == 0, 1.0, both / np.maximum(either, 1))


def _blind_scores(train: Sequence[Example], dev: Sequence[Example], generator: np.random.Generator) -> Floats:
    """Each dev item's score by answers chosen without reading it, shape (items,)."""
    if train[0].target.labels is None:
        texts = [train[row].target.text for row in generator.permutation(len(train))[:BLIND_ANSWERS]]
        each = [[rouge(_beginning(e.target.text), _beginning(text))["rougeL"] for text in texts] for e in dev]
        return np.asarray(np.mean(each, axis=1), dtype=np.float64)
    sets = [frozenset(example.target.labels or ()) for example in train]
    commonest = min(Counter(sets).items(), key=lambda counted: (-counted[1], sorted(counted[0])))[0]
    wanted = [frozenset(example.target.labels or ()) for example in dev]
    overlap = [len(commonest & of_one) / len(commonest | of_one) if commonest | of_one else 1.0 for of_one in wanted]
    return np.array(overlap, dtype=np.float64)


def _request(example: Example) -> str:
    return "\n".join(example.inputs[name] for name in sorted(example.inputs))


def _beginning(text: str | None) -> str:
    return " ".join((text or "").split()[:MAX_REFERENCE_WORDS])
