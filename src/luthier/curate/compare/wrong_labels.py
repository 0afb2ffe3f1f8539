"""Labels that are probably wrong, by confident learning.

Northcutt, Jiang and Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels", Journal of Artificial
Intelligence Research 70; the counting is cleanlab's. A cheap classifier, which never sees the example it judges nor
any other of its group, gives each label a probability. A label's own threshold is the mean probability among examples
that carry it; an example confidently above another label's threshold is doubted, as many of each pair of labels as the
estimated noise says. What stays doubted here must also be a clear case (`min_margin`), and the classifier must have
shown that it can tell the label from the others (`min_skill`).

The classifier learns from the very labels it doubts, so a mistake made everywhere alike is invisible to it.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from luthier.config.curation.wrong_labels import WrongLabels
from luthier.errors import RequestError
from luthier.records import Example, Finding

RULE = "wrong_labels"
VERSION = 2
CODES: Mapping[str, str] = {
    "label.wrong": "Everything like this example carries another label than the one it was given.",
    "label.surplus": "Examples like this one do not carry this label.",
    "label.missing": "Examples like this one carry a label that this one lacks.",
}

EPOCHS = 10  # passes of the classifier over its examples
_WORD = re.compile(r"\w+")

Floats = NDArray[np.float64]
Embed = Callable[[Sequence[str]], NDArray[Any]]  # texts -> vectors, shape (texts, width)


@dataclass(frozen=True, slots=True)
class _Doubt:
    """One doubted decision: `row` is the example's place, `given` and `likelier` are labels or None (withheld)."""

    row: int
    given: str | None
    likelier: str | None
    score: float  # the given label's probability; the surest doubts are lowest
    margin: float


def find_wrong_labels(
    examples: Sequence[Example], settings: WrongLabels, *, multi_label: bool, seed: int, embed: Embed | None = None
) -> list[Finding]:
    """Flags on one task's examples whose label is probably wrong, the surest first.

    Args:
        examples: one task's, each with labels; others are passed over. The findings do not depend on their order.
        multi_label: judge each label of a set by itself, present or absent.
        seed: which groups share a fold.
        embed: sentence embeddings, needed where `settings.features` asks for them.

    Raises `RequestError` where embeddings are asked for and there are none.
    """
    if settings.features == "embeddings" and embed is None:
        raise RequestError(
            "sentence embeddings are asked for, but none are installed",
            where="luthier.yaml, curate.wrong_labels.features",
            fix="Install the extra `luthier[embeddings]`, or set features to words",
        )
    judged = sorted((e for e in examples if e.target.labels is not None), key=lambda example: example.id)
    if not multi_label:
        counts = Counter(e.target.labels[0] for e in judged if e.target.labels)
        judged = [e for e in judged if e.target.labels and counts[e.target.labels[0]] >= settings.min_per_label]
    if len(judged) < settings.min_examples:
        return []
    if settings.features == "words" and not _share_words([_text(example) for example in judged]):
        return []
    doubts = (_doubted_sets if multi_label else _doubted)(judged, settings, seed, embed)
    most = int(settings.max_flagged * len(judged))
    return [_finding(judged[d.row], d, settings.min_margin) for d in sorted(doubts, key=_surest(judged))[:most]]


def out_of_fold(
    examples: Sequence[Example],
    truth: NDArray[Any],
    settings: WrongLabels,
    seed: int,
    embed: Embed | None = None,
    weights: Floats | None = None,
) -> Floats:
    """Each example's label probabilities by a classifier that was trained without its group.

    Args:
        truth: label numbers of shape (examples,), all from 0 on in use, or a 0/1 matrix of shape (examples, labels).
        weights: how much each example counts in training; None: all the same.

    Returns shape (examples, labels). A label that a fold's training part lacks has probability 0 there.
    """
    folds = np.array([_fold(example.group, settings.folds, seed) for example in examples])
    features = _features([_text(example) for example in examples], settings, embed)
    labels = int(truth.max()) + 1 if truth.ndim == 1 else truth.shape[1]
    probabilities = np.zeros((len(examples), labels))
    for fold in np.unique(folds):
        learn, ask = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        if len(learn):
            counted = None if weights is None else weights[learn]
            known = features(learn), truth[learn], counted
            probabilities[ask] = _probabilities(*known, features(ask), labels, settings)
    return probabilities


def _doubted(examples: Sequence[Example], settings: WrongLabels, seed: int, embed: Embed | None) -> list[_Doubt]:
    from cleanlab.filter import find_label_issues

    labels = sorted({label for e in examples for label in e.target.labels or ()})
    if len(labels) < 2:
        return []
    truth = np.array([labels.index((e.target.labels or ("",))[0]) for e in examples])
    probabilities = out_of_fold(examples, truth, settings, seed, embed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        issues = find_label_issues(truth, probabilities, filter_by="prune_by_noise_rate", n_jobs=1)
    known = [_skill(truth == label, probabilities[:, label]) >= settings.min_skill for label in range(len(labels))]
    doubts = []
    for row in np.flatnonzero(issues).tolist():
        given, best = int(truth[row]), int(probabilities[row].argmax())
        score, margin = float(probabilities[row, given]), float(probabilities[row, best] - probabilities[row, given])
        if best != given and known[given] and known[best] and margin >= settings.min_margin:
            doubts.append(_Doubt(row, labels[given], labels[best], score, margin))
    return doubts


def _doubted_sets(examples: Sequence[Example], settings: WrongLabels, seed: int, embed: Embed | None) -> list[_Doubt]:
    """Confident learning on each label by itself, as present or absent."""
    from cleanlab.filter import find_label_issues

    sets = [frozenset(e.target.labels or ()) for e in examples]
    counts = Counter(label for of_one in sets for label in of_one)
    least = settings.min_per_label
    labels = sorted(label for label, n in counts.items() if least <= n <= len(examples) - least)
    if not labels:
        return []
    truth = np.array([[label in of_one for label in labels] for of_one in sets], dtype=np.int64)
    probabilities = out_of_fold(examples, truth, settings, seed, embed)
    doubts = []
    for column, label in enumerate(labels):
        present = probabilities[:, column]
        if _skill(truth[:, column] == 1, present) < settings.min_skill:
            continue
        both = np.stack([1 - present, present], axis=1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            issues = find_label_issues(truth[:, column], both, filter_by="prune_by_noise_rate", n_jobs=1)
        for row in np.flatnonzero(issues).tolist():
            given = int(truth[row, column])
            score = float(both[row, given])
            if 1 - 2 * score >= settings.min_margin:
                present_now, wanted = (label, None) if given else (None, label)
                doubts.append(_Doubt(row, present_now, wanted, score, 1 - 2 * score))
    return doubts


def _skill(carries: NDArray[np.bool_], probability: Floats) -> float:
    """How well a label's out-of-fold probability orders the examples: area under the ROC curve; .5 is chance."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(carries, probability))


def _text(example: Example) -> str:
    return " \n".join(example.inputs[name] for name in sorted(example.inputs))


def _share_words(texts: Sequence[str]) -> bool:
    """Whether any word is in two texts: without one, nothing is learnt of one text from another."""
    known: set[str] = set()
    for text in texts:
        own = set(_WORD.findall(text.lower()))
        if not known.isdisjoint(own):
            return True
        known |= own
    return False


def _features(texts: Sequence[str], settings: WrongLabels, embed: Embed | None) -> Callable[[NDArray[Any]], Any]:
    """A function from rows to their features. TF-IDF weights see all texts; no label is involved."""
    if settings.features == "embeddings":
        assert embed is not None
        return embed(texts).__getitem__
    from sklearn.feature_extraction.text import TfidfVectorizer

    matrix = TfidfVectorizer(
        ngram_range=(1, 2), sublinear_tf=True, min_df=2, token_pattern=_WORD.pattern
    ).fit_transform(texts)
    return matrix.__getitem__  # type: ignore[no-any-return]


def _probabilities(
    learn: Any, truth: NDArray[Any], counted: Floats | None, ask: Any, labels: int, settings: WrongLabels
) -> Floats:
    """Logistic regression, one label against the others, by stochastic gradient: the usual solver over all labels at
    once takes longer to converge."""
    from sklearn.linear_model import SGDClassifier

    columns = truth if truth.ndim == 2 else truth[:, None] == np.arange(labels)
    found = np.zeros((ask.shape[0], labels))
    for k in range(labels):
        present = columns[:, k].astype(np.int64)
        if present.min() == present.max():
            found[:, k] = float(present[0])
            continue
        strength = 1 / (settings.regularisation * len(present))
        model = SGDClassifier(loss="log_loss", alpha=strength, max_iter=EPOCHS, tol=None, random_state=0)
        found[:, k] = model.fit(learn, present, sample_weight=counted).predict_proba(ask)[:, 1]
    return found / found.sum(axis=1, keepdims=True) if truth.ndim == 1 else found


def _fold(group: str, folds: int, seed: int) -> int:
    return int(xxhash.xxh3_64_intdigest(group.encode(), seed=seed % 2**64) % folds)


def _surest(examples: Sequence[Example]) -> Callable[[_Doubt], tuple[float, str, str]]:
    return lambda doubt: (-doubt.margin, examples[doubt.row].id, doubt.given or doubt.likelier or "")


def _finding(example: Example, doubt: _Doubt, least: float) -> Finding:
    if doubt.given is not None and doubt.likelier is not None:
        code = "label.wrong"
        reason = (
            f"labelled '{doubt.given}', but judged from the other examples it reads like '{doubt.likelier}' "
            f"({doubt.score + doubt.margin:.0%} against {doubt.score:.0%})"
        )
    elif doubt.given is not None:
        code = "label.surplus"
        reason = f"carries '{doubt.given}', but examples that read like it do not ({doubt.score:.0%} likely)"
    else:
        code = "label.missing"
        reason = f"lacks '{doubt.likelier}', but examples that read like it carry it ({1 - doubt.score:.0%} likely)"
    return Finding(
        record_id=example.id,
        record_kind="example",
        rule=RULE,
        rule_version=VERSION,
        code=code,
        action="flag",
        reason=reason,
        field="target",
        score=doubt.margin,
        threshold=least,
        before=doubt.given,
        after=doubt.likelier,
    )
