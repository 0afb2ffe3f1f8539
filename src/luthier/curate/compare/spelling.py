"""How the words of a corpus are spelt, for where their hashes are not enough: which of two is a misprint of the other.

A million documents have a few million different words, and each is kept once: a table says which are known, by a part
of their hash. Where two words share a place only the first is kept; the table grows while it is not large, so that this
happens to one word in `ROOM` at most until there are four million. Words that begin with a digit are not kept: there is
no end to them, and they are facts.
"""

from __future__ import annotations

import bisect
import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from luthier.curate.compare.characters import DIGIT, PAGE, Characters, Ints

ROOM = 16  # places in the table for each word
_FIRST_BITS, _MOST_BITS = 18, 26  # of the hash; a small table stays in the processor's cache
_LONGEST = 64  # letters that are kept of a word
_IN_PAGE = np.frombuffer(
    "".join(bytes([byte]).decode(PAGE, "replace") for byte in range(256)).encode("utf-16-le"), dtype="<u2"
)


@dataclass(frozen=True)
class Spellings:
    """Words by their hash: of `hashes[i]`, in ascending order, the letters are `letters[bounds[i]:bounds[i + 1]]`, in
    lower case and as UTF-16."""

    hashes: NDArray[np.uint32]
    letters: NDArray[np.uint16]
    bounds: Ints

    def of(self, word: int) -> str | None:
        """The word with this hash, if it was kept."""
        hashes = self._plain
        place = bisect.bisect_left(hashes, word)
        if place == len(hashes) or hashes[place] != word:
            return None
        letters = self.letters[self.bounds[place] : self.bounds[place + 1]]
        return letters.tobytes().decode("utf-16-le", "replace")

    @functools.cached_property
    def _plain(self) -> memoryview:
        """The hashes as plain numbers, among which a search takes a microsecond."""
        return memoryview(np.ascontiguousarray(self.hashes).data)


NOTHING = Spellings(np.zeros(0, dtype=np.uint32), np.zeros(0, dtype=np.uint16), np.zeros(1, dtype=np.int64))


class SpellingGatherer:
    """Shown the words of one batch of texts after another, it keeps how each is spelt."""

    def __init__(self) -> None:
        self._bits, self._count = _FIRST_BITS, 0
        self._known = np.zeros(1 << self._bits, dtype=bool)
        self._hashes: list[NDArray[np.uint32]] = []
        self._letters: list[NDArray[np.uint16]] = []
        self._lengths: list[Ints] = []

    def see(self, read: Characters, hashes: NDArray[np.uint32]) -> None:
        """Takes the words of a batch, which have these hashes."""
        slots = hashes >> np.uint32(32 - self._bits)
        fresh = np.flatnonzero(~self._known.take(slots))
        fresh = fresh[~read.are(read.starts[fresh], DIGIT)]
        if not fresh.size:
            return
        # Of each slot the first word: a sort of one number each, which is much faster than `np.unique` with places.
        order = (slots[fresh].astype(np.uint64) << np.uint64(32)) | fresh.astype(np.uint64)
        order.sort()
        slot = order >> np.uint64(32)
        first = np.ones(order.size, dtype=bool)
        np.not_equal(slot[1:], slot[:-1], out=first[1:])
        fresh = (order[first] & np.uint64(0xFFFFFFFF)).astype(np.int64)
        self._known[slot[first]] = True
        starts = read.starts[fresh]
        lengths = np.minimum(read.ends[fresh] - starts, _LONGEST)
        inside = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        at = np.repeat(starts, lengths) + inside
        if read.lowered is not None:
            letters = _IN_PAGE[np.frombuffer(read.lowered, dtype=np.uint8)[at]]
        else:
            letters = _lowered(read.codes[at])
        self._hashes.append(hashes[fresh])
        self._letters.append(letters)
        self._lengths.append(lengths)
        self._count += fresh.size
        while self._count * ROOM > 1 << self._bits and self._bits < _MOST_BITS:
            self._bits += 2
            self._known = np.zeros(1 << self._bits, dtype=bool)
            for known in self._hashes:
                self._known[known >> np.uint32(32 - self._bits)] = True

    def finish(self) -> Spellings:
        """The words seen so far."""
        if not self._hashes:
            return NOTHING
        hashes, lengths = np.concatenate(self._hashes), np.concatenate(self._lengths)
        order = np.argsort(hashes)
        begins, sizes = (np.cumsum(lengths) - lengths)[order], lengths[order]
        bounds = np.concatenate(([0], np.cumsum(sizes)))
        at = np.repeat(begins - bounds[:-1], sizes) + np.arange(bounds[-1])
        return Spellings(hashes[order], np.concatenate(self._letters)[at], bounds)


def _lowered(codes: NDArray[np.unsignedinteger]) -> NDArray[np.uint16]:
    """Code points in lower case, where that is one letter; those beyond 16 bits as the one that stands for any."""
    lower = [letter if len(letter := chr(code).lower()) == 1 else chr(code) for code in codes.tolist()]
    return np.array([min(ord(letter), 0xFFFD) for letter in lower], dtype=np.uint16)
