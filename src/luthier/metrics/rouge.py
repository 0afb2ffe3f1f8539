"""ROUGE-1, ROUGE-2 and ROUGE-L: how far an answer's words are those of the reference.

Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries": overlap of unigrams, of bigrams, and the longest
common subsequence of words, each as a share of the answer's (precision) and of the reference's (recall), and F1 of the
two. On ASCII text the numbers are those of the `rouge-score` package, with its stemmer and without; on other text the
words are those of `luthier.text.tokens`, where that package finds none. As there, nothing in common is 0, also where
one of the texts has no words, and ROUGE-L takes the whole text as one sequence.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from rapidfuzz.distance import LCSseq

from luthier.metrics.tally import Tally, column_mean
from luthier.text.tokens import words

ROUGE = ("rouge1", "rouge2", "rougeL")


class Overlap(NamedTuple):
    """How far two texts agree, each figure in [0, 1]."""

    precision: float
    recall: float
    f1: float


def rouge(reference: str, answer: str, *, use_stemmer: bool = False) -> dict[str, float]:
    """`rouge1`, `rouge2` and `rougeL`: the F1 of each overlap, which is the same both ways round."""
    return {name: overlap.f1 for name, overlap in overlaps(reference, answer, use_stemmer=use_stemmer).items()}


def overlaps(reference: str, answer: str, *, use_stemmer: bool = False) -> dict[str, Overlap]:
    """`rouge1`, `rouge2` and `rougeL` of an answer against its reference, with precision and recall.

    Args:
        use_stemmer: cut English endings first (Porter 1980), from words of more than three letters; "funds" is then
            "fund". Words outside ASCII stay as they are.
    """
    right, given = _codes(_tokens(reference, use_stemmer), _tokens(answer, use_stemmer))
    pairs_right, pairs_given = list(pairwise(right)), list(pairwise(given))
    return {
        "rouge1": _overlap((Counter(right) & Counter(given)).total(), len(right), len(given)),
        "rouge2": _overlap((Counter(pairs_right) & Counter(pairs_given)).total(), len(pairs_right), len(pairs_given)),
        "rougeL": _overlap(LCSseq.similarity(right, given), len(right), len(given)),
    }


def rouge_tally(references: Sequence[str], answers: Sequence[str | None], *, use_stemmer: bool = True) -> Tally:
    """Mean ROUGE F1, and exact match up to white space, of answers in the references' order.

    No answer (None) shares nothing with its reference and matches nothing. The stemmer is on by default, as in most
    published ROUGE figures.
    """
    sums = np.zeros((len(references), 2 + len(ROUGE)))
    for item, (reference, answer) in enumerate(zip(references, answers, strict=True)):
        shared = rouge(reference, answer or "", use_stemmer=use_stemmer)
        exact = answer is not None and answer.split() == reference.split()
        sums[item] = [1.0, *(shared[name] for name in ROUGE), exact]
    names = (*ROUGE, "exact_match")
    return Tally(
        sums,
        figures={name: column_mean(column) for column, name in enumerate(names, start=1)},
        proportions={"exact_match": 1 + len(ROUGE)},
    )


def _tokens(text: str, use_stemmer: bool) -> list[str]:
    return [_stem(word) for word in words(text)] if use_stemmer else words(text)


@functools.cache
def _porter() -> Callable[[str], str]:
    from nltk.stem.porter import PorterStemmer

    stem: Callable[[str], str] = PorterStemmer().stem
    return stem


@functools.lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    return _porter()(word) if len(word) > 3 and word.isascii() else word


def _codes(right: Sequence[str], given: Sequence[str]) -> tuple[list[int], list[int]]:
    """Both word sequences as small integers: rapidfuzz compares by hash, and these are their own."""
    numbers: dict[str, int] = {}
    return (
        [numbers.setdefault(word, len(numbers)) for word in right],
        [numbers.setdefault(word, len(numbers)) for word in given],
    )


def _overlap(shared: int, right: int, given: int) -> Overlap:
    """F1 = 2 P R / (P + R) = 2 shared / (right + given)."""
    if not shared:
        return Overlap(0.0, 0.0, 0.0)
    return Overlap(shared / given, shared / right, 2 * shared / (right + given))
