"""What is kept of a text in order to compare it with others: hashes, so that a million records fit in memory.

Two texts are the *same* when they agree in all but letter case, spacing and ordinary punctuation. They are *near* one
another when enough of their word shingles (runs of a few words) are shared, by exact Jaccard overlap (Broder 1997,
"On the resemblance and containment of documents"), and nothing that carries the facts differs:

- figures, dates and negations must be the same, in the same order (numbers with the word that follows, so "2 days"
  is not "2 weeks"; number, calendar and negation words are known in English);
- a name in one text, that is a capitalised word inside a sentence, must be a word of the other;
- a field too short to hold one shingle must be the same.

So a template filled for two clients does not count as near itself, however much of it is template.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import xxhash
from numpy.typing import NDArray

from luthier.text.tokens import words

Hashes = NDArray[np.uint64]  # sorted, without repetition

_NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion half "
    "third quarter once twice double triple first second last"
)
_DATES = (
    "january february march april june july august september october november december monday tuesday wednesday "
    "thursday friday saturday sunday yesterday today tomorrow"
)
_NEGATIONS = (
    "no not never none nobody nothing neither nor without cannot cant dont doesnt didnt wont wouldnt isnt arent wasnt "
    "werent hasnt havent hadnt couldnt shouldnt"
)
_NEGATION = "not"  # one negation is as good as another
_FACT_WORDS = {word: word for word in f"{_NUMBERS} {_DATES}".split()} | dict.fromkeys(_NEGATIONS.split(), _NEGATION)

_CONTRACTED_NEGATION = re.compile(r"n['’]t\b")
_FROM_DIGIT = re.compile(r"\d[^ ]*")
_UNIT = re.compile(r" [^\W\d_]+")
_NAME = re.compile(r"(?<=[\w,'’\"”)] )(?![a-z\d_])\w+")  # a word after another, not in lower case as far as ASCII goes
_SENTENCE_END = ".,;:!?)"
_AROUND_FIGURES = ".,;:!?()\"'“”‘’–—…"
_TO_SPACE = str.maketrans(dict.fromkeys(_AROUND_FIGURES + "-", " "))
_SHINGLE_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that multiplying loses nothing modulo 2^64


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """A text, or several named ones, as hashes."""

    same: int  # equal for texts that are the same
    facts: int  # equal for texts that may be near: figures, dates, negations, short fields
    shingles: Hashes
    words: Hashes
    names: Hashes


def fingerprint(fields: Mapping[str, str], shingle_words: int) -> Fingerprint:
    """The fingerprint of named texts; shingles are `shingle_words` long and never run from one field into another."""
    same: list[str] = []
    facts: list[str] = []
    all_words: set[str] = set()
    names: set[str] = set()
    shingles: list[Hashes] = []
    for name, text in sorted(fields.items()):
        found = words(text)
        form = comparison_form(text)
        same += [name, form]
        facts += [name, *facts_of(text, found)]
        if len(found) < shingle_words:
            facts.append(form)
        else:
            shingles.append(_shingles(found, shingle_words))
        all_words.update(found)
        names.update(words(" ".join(name for name in _NAME.findall(text) if name[0].isupper() and name != "I")))
    return Fingerprint(
        same=_hash("\0".join(same)),
        facts=_hash("\0".join(facts)),
        shingles=np.unique(np.concatenate(shingles)) if shingles else _hashes(()),
        words=_hashes(all_words),
        names=_hashes(names),
    )


def comparison_form(text: str) -> str:
    """The text without letter case, spacing and ordinary punctuation; figures keep what stands inside them."""
    flat = _flat(text)
    pieces, end = [], 0
    for start, stop in _figures(flat):
        pieces += [flat[end:start].translate(_TO_SPACE), flat[start:stop].strip(_AROUND_FIGURES)]
        end = stop
    pieces.append(flat[end:].translate(_TO_SPACE))
    return " ".join(" ".join(pieces).split())


def facts_of(text: str, found: list[str]) -> list[str]:
    """The figures of a text, then its number, calendar and negation words, each in order; `found` are its words."""
    flat = _flat(text)
    figures = []
    for start, stop in _figures(flat):
        unit = None if flat[stop - 1] in _SENTENCE_END else _UNIT.match(flat, stop)
        figures.append(flat[start:stop].strip(_AROUND_FIGURES) + (unit[0] if unit else ""))
    stated = [_FACT_WORDS[word] for word in found if word in _FACT_WORDS]
    return figures + stated + [_NEGATION] * len(_CONTRACTED_NEGATION.findall(flat))


def _flat(text: str) -> str:
    return " ".join(text.casefold().split())


def _figures(flat: str) -> Iterator[tuple[int, int]]:
    """Where the tokens with a digit in them start and end, in a text whose only white space is single spaces."""
    for match in _FROM_DIGIT.finditer(flat):
        yield flat.rfind(" ", 0, match.start()) + 1, match.end()


def jaccard(a: Hashes, b: Hashes) -> float:
    """Shared over all, of two sets of hashes; 0 where both are empty."""
    shared = np.intersect1d(a, b, assume_unique=True).size
    everything = a.size + b.size - shared
    return shared / everything if everything else 0.0


def share_names(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether each text has every name of the other among its words."""
    return bool(np.isin(a.names, b.words).all() and np.isin(b.names, a.words).all())


def _shingles(found: list[str], length: int) -> Hashes:
    """A hash of each run of `length` words: a polynomial in the hashes of its words, modulo 2^64."""
    hashed = np.fromiter(map(_hash_word, found), dtype=np.uint64, count=len(found))
    runs = len(found) - length + 1
    value = hashed[:runs].copy()
    for place in range(1, length):
        value = value * _SHINGLE_BASE + hashed[place : place + runs]
    return value


def _hashes(texts: Iterable[str]) -> Hashes:
    return np.unique(np.fromiter(map(_hash_word, texts), dtype=np.uint64))


def _hash(text: str) -> int:
    return xxhash.xxh3_64_intdigest(text.encode())


@functools.lru_cache(maxsize=1 << 16)
def _hash_word(word: str) -> int:
    return _hash(word)
