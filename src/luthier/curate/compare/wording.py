"""Whether one of two texts that are near has a word of another meaning where the other has its own.

Figures, dates, negations and capitalised names are facts, which `conflicts` compares. But "sell" for "buy" makes
another letter as surely as 600 for 500, and so does a fund, a drug or a surname that stands in lower case or opens a
sentence. The words of both texts are aligned (Levenshtein 1966), and where some stand in place of others it is a
conflict if

- two of them exclude one another (`opposites`), or
- each side has a word that is *particular*, that the other text has nowhere, and that is no other spelling of one
  there.

A word is particular if it is none of the ordinary English words and stands in few places of the corpus besides these
two texts, or mostly as a name. Other spellings are a letter or two changed, lost, added or swapped; what scanners
confuse; the same letters parted otherwise. So a misprint, a misread page or an ordinary word exchanged for another is
no conflict, and in a language whose ordinary words are not known a reworded sentence is, until the corpus is large
enough to know them.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, Levenshtein

from luthier.curate.compare.fingerprint import STATED, Fingerprints
from luthier.text.opposites import are_opposed, ordinary

SELDOM = 5  # places elsewhere from which a word is one of the corpus's own, as `clean.ocr` counts texts
ESTABLISHED = 5  # places from which a word is no misprint of another
FEW_WORDS = 4  # exchanged together; among more, words that exclude one another can come from two sentences
ALIGNED = 4000  # words at a time, as aligning takes time by the square
_CONFUSED = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("ii", "u"), ("li", "h"), ("nn", "m"))
_ROWS = 1 << 24

Hashed = Sequence[int]


class _Word(NamedTuple):
    """A word as the corpus has it; `spelling` is None where that was not kept."""

    hash: int
    spelling: str | None
    ordinary: bool
    places: int  # in which it stands


class Wording:
    """Compares the wording of records, with what the corpus says of their words."""

    def __init__(self, prints: Fingerprints) -> None:
        self._prints = prints
        self._known: dict[int, _Word] = {}

    def differs(self, a: int, b: int) -> bool:
        """Whether a word of one record has another meaning than what stands in its place in the other."""
        ours, theirs = self._prints.words.of(a).tolist(), self._prints.words.of(b).tolist()
        return any(self._in_conflict(left, right, ours, theirs) for left, right in exchanged(ours, theirs))

    def _in_conflict(self, left: Hashed, right: Hashed, ours: Hashed, theirs: Hashed) -> bool:
        here, there = list(map(self._word, left)), list(map(self._word, right))
        if max(len(left), len(right)) <= FEW_WORDS and _any_opposed(here, there):
            return True
        particular = [word for word in here if self._is_particular(word, ours, theirs)]
        if not particular:
            return False
        replaced = [word for word in there if self._is_particular(word, theirs, ours)]
        if not replaced or (len(left) != len(right) and _same_letters(here, there)):
            return False
        return _any_without_partner(particular, there) and _any_without_partner(replaced, here)

    def _is_particular(self, word: _Word, its_text: Hashed, other_text: Hashed) -> bool:
        """Whether a word names something, and the other text has it nowhere."""
        if word.ordinary:
            return False
        # A text is searched only for words that it may have most of: no word is more than a quarter of its text.
        rare = word.places < SELDOM + len(its_text) // 4 and word.places - its_text.count(word.hash) < SELDOM
        return (rare or self._is_name(word)) and word.hash not in other_text

    def _is_name(self, word: _Word) -> bool:
        """Whether a word mostly stands as a name."""
        return 2 * self._as_names.of(word.hash) > word.places

    def _word(self, hashed: int) -> _Word:
        word = self._known.get(hashed)
        if word is None:
            spelling = self._prints.spellings.of(hashed)
            is_ordinary = spelling is not None and spelling in ordinary()
            word = self._known[hashed] = _Word(hashed, spelling, is_ordinary, self._places.of(hashed))
        return word

    @functools.cached_property
    def _places(self) -> _Counts:
        return _Counts(self._prints.words.values)

    @functools.cached_property
    def _as_names(self) -> _Counts:
        return _Counts(self._prints.names.values[::STATED])


class _Counts:
    """How often each word is among some hashes. Words are told apart by a part of their hash: where two share it both
    count as what they are together."""

    def __init__(self, hashes: NDArray[np.uint32]) -> None:
        bits = min(24, max(12, hashes.size.bit_length() - 1))  # words are many times fewer than places
        self._shift = 32 - bits
        pieces = range(0, max(hashes.size, 1), _ROWS)
        counted = (
            np.bincount(hashes[start : start + _ROWS] >> np.uint32(self._shift), minlength=1 << bits)
            for start in pieces
        )
        self._counts = functools.reduce(np.add, counted)

    def of(self, hashed: int) -> int:
        return int(self._counts[hashed >> self._shift])


def exchanged(ours: Sequence[int], theirs: Sequence[int]) -> Iterator[tuple[Hashed, Hashed]]:
    """Where words stand in place of others: what is between two words that agree, on both sides."""
    here, there = 0, 0
    while here < len(ours) and there < len(theirs):
        left, right = ours[here : here + ALIGNED], theirs[there : there + ALIGNED]
        last = len(ours) <= here + ALIGNED and len(theirs) <= there + ALIGNED
        ends = len(left), len(right)
        for first, other, after, other_after in _differing(left, right):
            if not last and (after, other_after) == (len(left), len(right)):
                ends = first, other  # where the next stretch begins, since this may go on in it
            elif after > first and other_after > other:
                yield left[first:after], right[other:other_after]
        if ends == (0, 0):  # nothing in common for so long: no longer the same text
            return
        here, there = here + ends[0], there + ends[1]


def _differing(left: Sequence[int], right: Sequence[int]) -> Iterator[tuple[int, int, int, int]]:
    """The stretches in which two texts differ: where each begins in one and in the other, and where it ends in both."""
    start = (0, 0)
    end = (-1, -1)
    edits = cast(list[tuple[str, int, int]], Levenshtein.editops(left, right).as_list())
    for tag, here, there in edits:
        if (here, there) != end:
            if end != (-1, -1):
                yield *start, *end
            start = here, there
        end = here + (tag != "insert"), there + (tag != "delete")
    if end != (-1, -1):
        yield *start, *end


def alike(one: str, other: str) -> bool:
    """Whether two words can be spellings of one: a place in words of three letters or more, two in those of six."""
    allowed = min(len(one), len(other)) // 3
    return OSA.distance(_as_read(one), _as_read(other)) <= min(allowed, 2)


def _as_read(word: str) -> str:
    for read, meant in _CONFUSED:
        word = word.replace(read, meant)
    return word


def _any_opposed(left: Sequence[_Word], right: Sequence[_Word]) -> bool:
    """Whether a word of one side excludes one of the other, and neither stands on both sides."""
    for one in left:
        for other in right:
            if one.spelling is None or other.spelling is None or not are_opposed(one.spelling, other.spelling):
                continue
            if one not in right and other not in left:
                return True
    return False


def _any_without_partner(words: Sequence[_Word], others: Sequence[_Word]) -> bool:
    """Whether one of these words is no other spelling of any of the others."""
    return any(not any(_is_misprint(word, other) for other in others) for word in words)


def _is_misprint(one: _Word, other: _Word) -> bool:
    if one.spelling is None or other.spelling is None or min(one.places, other.places) >= ESTABLISHED:
        return False
    return alike(one.spelling, other.spelling)


def _same_letters(left: Sequence[_Word], right: Sequence[_Word]) -> bool:
    """Whether both sides are the same letters, but for a few, parted otherwise: "pay ment"."""
    ours, theirs = ("".join(word.spelling or "?" for word in side) for side in (left, right))
    return alike(ours, theirs)
