"""What each character is, and the words, figures and comparison form of many texts at once, as arrays.

A loop over a million documents' words costs minutes, so texts are joined into one array of code points and looked at
together. A piece of text from `start` to `end` is hashed as a polynomial in its characters, modulo 2^64 (Karp and Rabin
1987, "Efficient randomized pattern-matching algorithms"); prefix sums give every piece's hash at once.

Words are those of `luthier.text.tokens`, except in a few sequences of combining marks that no language writes.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Longs = NDArray[np.uint64]
Bools = NDArray[np.bool_]

WORD, DIGIT, SPACE, AROUND, DASH, UPPER, MARK, UNSPACED, ENDS, LEADS = (1 << place for place in range(10))

_PLANES = 0x30000  # every script in use; characters beyond count as one letter
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_COMPATIBILITY_FORMS = re.compile("[\uf900-\uffef]+")
_UNSPACED_RANGES = (  # scripts that put no space between words: each character counts as one
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3007), (0x3021, 0x3029), (0x3041, 0x30FF),
    (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x20000, _PLANES),
)  # fmt: skip
_AROUND_CHARACTERS = ".,;:!?()\"'“”‘’–—…"
_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that it has an inverse modulo 2^64
_INVERSE = np.uint64(pow(int(_BASE), -1, 2**64))


@dataclass(frozen=True, slots=True)
class Characters:
    """Texts, one after another with a break between, as arrays.

    `flags` says what each character is; `bounds` holds where text i begins (i) and the break after it (i + 1, less 1).
    `starts` and `ends` are those of the words, and `first_word[i]` to `first_word[i + 1]` are the words of text i.
    """

    codes: NDArray[np.uint32]
    flags: NDArray[np.uint16]
    values: Longs
    sums: Longs
    bounds: Ints
    starts: Ints
    ends: Ints
    first_word: Ints

    def are(self, positions: Ints, flag: int) -> Bools:
        """Whether the characters at `positions` have a flag."""
        found: Bools = (self.flags[positions] & np.uint16(flag)) != 0
        return found

    def hashes(self, starts: Ints, ends: Ints) -> Longs:
        """The hash of each piece of text, without letter case."""
        return mix((self.sums[ends] - self.sums[starts]) * powers(self.codes.size + 1)[1][starts])


def characters(texts: Sequence[str]) -> Characters:
    """Reads texts; a null character in one counts as white space."""
    plain = [text if text.isascii() else _plain(text) for text in texts]
    joined = "\0" + "\0".join(plain) + "\0\0\0\0"  # the room at the end lets a look ahead stay inside
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    flag_of, value_of = _tables()
    known = codes if joined.isascii() else np.minimum(codes, np.uint32(_PLANES - 1))
    flags, values = flag_of[known], value_of[known]
    sums = np.zeros(codes.size + 1, dtype=np.uint64)
    np.cumsum(values * powers(codes.size + 1)[0][: codes.size], out=sums[1:])
    bounds = np.ones(len(plain) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, plain), dtype=np.int64, count=len(plain)) + 1, out=bounds[1:])
    bounds[1:] += 1
    starts, ends = _words(flags, ascii_only=joined.isascii())
    return Characters(codes, flags, values, sums, bounds, starts, ends, np.searchsorted(starts, bounds))


def mix(values: Longs) -> Longs:
    """Spreads every bit over all 64 (the finaliser of SplitMix64: Steele, Lea and Flood 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Longs = values ^ (values >> np.uint64(31))
    return mixed


def powers(count: int) -> tuple[Longs, Longs]:
    """The first `count` or more powers of the base, and of its inverse."""
    return _powers(max(1 << 21, 1 << (count - 1).bit_length()))


def sequence_hashes(values: Longs, bounds: Ints) -> Longs:
    """The hash of each stretch of `values`, in order; stretch i is from `bounds[i]` to `bounds[i + 1]`."""
    up, down = powers(values.size + 1)
    sums = np.zeros(values.size + 1, dtype=np.uint64)
    np.cumsum(values * up[: values.size], out=sums[1:])
    return mix((sums[bounds[1:]] - sums[bounds[:-1]]) * down[bounds[:-1]])


def bag_hashes(values: Longs, bounds: Ints) -> Longs:
    """The hash of each stretch of `values`, whatever their order."""
    sums = np.zeros(values.size + 1, dtype=np.uint64)
    np.cumsum(mix(values), out=sums[1:])
    return mix(sums[bounds[1:]] - sums[bounds[:-1]] + _BASE)


@functools.lru_cache(maxsize=2)
def _powers(count: int) -> tuple[Longs, Longs]:
    up, down = np.full(count, _BASE), np.full(count, _INVERSE)
    up[0] = down[0] = 1
    return np.cumprod(up), np.cumprod(down)


def _plain(text: str) -> str:
    """One way of writing the same letters, as `luthier.text.tokens` has it."""
    text = text.translate(_INVISIBLE)
    return unicodedata.normalize(
        "NFC", _COMPATIBILITY_FORMS.sub(lambda run: unicodedata.normalize("NFKC", run[0]), text)
    )


def _words(flags: NDArray[np.uint16], *, ascii_only: bool) -> tuple[Ints, Ints]:
    """Where words start and end."""
    inside = (flags & np.uint16(WORD)) != 0
    before = inside[:-1]
    if ascii_only or not (flags & np.uint16(UNSPACED)).any():
        edges = np.flatnonzero(inside[1:] != before) + 1
        return edges[::2], edges[1::2]
    mark, single = (flags & np.uint16(MARK)) != 0, (flags & np.uint16(UNSPACED)) != 0
    base = np.maximum.accumulate(np.where(mark, 0, np.arange(flags.size)))  # the letter that a mark belongs to
    opens = inside[1:] & ~mark[1:] & (~before | single[1:] | single[base[:-1]])
    starts = np.flatnonzero(opens | (inside[1:] & ~before)) + 1
    outside = np.flatnonzero(~inside)
    ends = outside[np.searchsorted(outside, starts)]
    return starts, np.minimum(ends, np.append(starts[1:], flags.size))


@functools.cache
def _tables() -> tuple[NDArray[np.uint16], Longs]:
    """Of every character: its flags, and a value that is the same for both cases of a letter."""
    flags = np.zeros(_PLANES, dtype=np.uint16)
    lowered = np.arange(_PLANES, dtype=np.uint64)
    for code in range(_PLANES):
        character = chr(code)
        if character.isalnum():
            flags[code] = WORD | LEADS | DIGIT * character.isdecimal() | UPPER * character.isupper()
            lower = character.lower()
            lowered[code] = ord(lower) if len(lower) == 1 else code
        elif character.isspace():
            flags[code] = SPACE
        elif unicodedata.category(character)[0] == "M":
            flags[code] = WORD | MARK | LEADS
    flags[0] = SPACE
    for flag, found in ((AROUND, _AROUND_CHARACTERS), (ENDS, ".,;:!?)"), (LEADS, ",'’\"”):(_"), (DASH, "-")):
        flags[[ord(character) for character in found]] |= np.uint16(flag)
    for first, last in _UNSPACED_RANGES:
        stretch = flags[first : last + 1]
        stretch[((stretch & WORD) != 0) & ((stretch & MARK) == 0)] |= np.uint16(UNSPACED)
    return flags, mix(lowered + np.uint64(0x1234567))
