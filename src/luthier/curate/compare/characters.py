"""What each character is, and the words of many texts at once, as arrays.

A loop over a million documents' words costs minutes, so texts are joined into one array of characters and looked at
together. Nearly all texts of Western Europe fit into one byte a character (code page 1252, where quotation marks and
dashes have a place); those are read eight characters at a time. Others are read as code points, one by one.

A piece of text is hashed as the sum of its bytes, each times a weight by its place, modulo 2^64, so that eight of them
that are read as one number count as that number; characters beyond the page have weights of their own. A piece has
the same hash either way.

Words are those of `luthier.text.tokens`, except in a few sequences of combining marks that no language writes.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Longs = NDArray[np.uint64]
Bools = NDArray[np.bool_]
Unsigned = NDArray[np.unsignedinteger[Any]]

# The last two have no character in the page, so that eight flags are enough there.
WORD, DIGIT, SPACE, AROUND, DASH, UPPER, ENDS, LEADS, MARK, UNSPACED = (1 << place for place in range(10))
PAGE = "cp1252"

_PLANES = 0x30000  # every script in use; characters beyond count as one letter
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]+")
_COMPATIBILITY_FORMS = re.compile("[\uf900-\uffef]+")
_UNSPACED_RANGES = (  # scripts that put no space between words: each character counts as one
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3007), (0x3021, 0x3029), (0x3041, 0x30FF),
    (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x20000, _PLANES),
)  # fmt: skip
_AROUND_CHARACTERS = ".,;:!?()\"'“”‘’–—…"
_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that it has an inverse modulo 2^64
_INVERSE = np.uint64(pow(int(_BASE), -1, 2**64))
_CHUNK = 0xD1342543DE82EF95  # the weight of a piece's second eight bytes; its powers are those of the next
_FIRST_BYTES = np.array([(1 << 8 * count) - 1 for count in range(9)], dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Characters:
    """Texts, one after another with a break between, as arrays.

    `codes` are bytes of the page, and `lowered` the same without letter case; or code points, and `lowered` is None.
    `flags` says what each character is; `bounds` holds where text i begins (i) and the break after it (i + 1, less 1).
    `starts` and `ends` are those of the words, and `first_word[i]` to `first_word[i + 1]` are the words of text i.
    """

    codes: Unsigned
    flags: Unsigned
    lowered: bytes | None
    bounds: Ints
    starts: Ints
    ends: Ints
    first_word: Ints

    def are(self, positions: Ints, flag: int) -> Bools:
        """Whether the characters at `positions` have a flag."""
        found: Bools = (self.flags.take(positions) & self.flags.dtype.type(flag)) != 0
        return found

    def with_flags(self, flags: int) -> Ints:
        """The positions of all characters that have one of some flags."""
        return np.flatnonzero((self.flags & self.flags.dtype.type(flags)) != 0)

    def among(self, positions: Ints, characters: str) -> Bools:
        """Whether the characters at `positions` are any of some that are in the page."""
        codes = self.codes.take(positions)
        found = np.zeros(positions.size, dtype=bool)
        for code in map(ord, characters) if self.lowered is None else characters.encode(PAGE):
            found |= codes == codes.dtype.type(code)
        return found

    def hashes(self, starts: Ints, ends: Ints) -> Longs:
        """The hash of each piece of text, none of them empty, without letter case."""
        if self.lowered is None:
            return mix(_sums(self.codes, starts, ends))
        return mix(_sums_of_bytes(self.lowered, starts, ends))


def spelt(text: str) -> bytes | str:
    """A text in one way of writing the same letters, as `luthier.text.tokens` has it: in the page if it fits there."""
    if text.isascii():
        return text.encode()
    try:
        return text.encode(PAGE).replace(b"\xad", b"")
    except UnicodeEncodeError:
        plain = _plain(text)
    try:
        return plain.encode(PAGE)
    except UnicodeEncodeError:
        return plain


def characters(texts: Sequence[bytes | str]) -> Characters:
    """Reads texts, or what `spelt` makes of them; a null character in one counts as white space."""
    pieces = [spelt(text) if isinstance(text, str) else text for text in texts]
    in_page = [piece for piece in pieces if isinstance(piece, bytes)]
    bounds = np.ones(len(pieces) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, pieces), dtype=np.int64, count=len(pieces)) + 1, out=bounds[1:])
    bounds[1:] += 1
    # The room at the end lets a look ahead, or at eight bytes together, stay inside.
    if len(in_page) == len(pieces):
        joined = b"\0" + b"\0".join(in_page) + b"\0" * 12
        flag_table, lower_table = _page_tables()
        flags = np.frombuffer(joined.translate(flag_table), dtype=np.uint8)
        edges = _edges((flags & np.uint8(WORD)) != 0)
        starts, ends = edges[::2], edges[1::2]
        lowered = joined.translate(lower_table)
        codes = np.frombuffer(joined, dtype=np.uint8)
        return Characters(codes, flags, lowered, bounds, starts, ends, np.searchsorted(starts, bounds))
    beyond = "\0".join(piece if isinstance(piece, str) else piece.decode(PAGE) for piece in pieces)
    wide = np.frombuffer(f"\0{beyond}{chr(0) * 12}".encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    wide_flags = _tables()[0][np.minimum(wide, np.uint32(_PLANES - 1))]
    starts, ends = _words(wide_flags)
    return Characters(wide, wide_flags, None, bounds, starts, ends, np.searchsorted(starts, bounds))


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


def _sums_of_bytes(lowered: bytes, starts: Ints, ends: Ints) -> Longs:
    """The weighted sum of each piece's bytes: eight at a time are one number, times a weight."""
    eight: Longs = np.ndarray((len(lowered) - 7,), dtype="<u8", buffer=lowered, strides=(1,))
    lengths = ends - starts
    sums: Longs = eight[starts] & _FIRST_BYTES.take(lengths, mode="clip")
    weight, rest = 1, np.flatnonzero(lengths > 8)
    at = 8
    while rest.size:
        weight = weight * _CHUNK % 2**64
        chunk = eight[starts[rest] + at] & _FIRST_BYTES[np.minimum(lengths[rest] - at, 8)]
        sums[rest] += chunk * np.uint64(weight)
        at += 8
        rest = rest[lengths[rest] > at]
    return sums


def _sums(codes: Unsigned, starts: Ints, ends: Ints) -> Longs:
    """The same of code points: those in the page count as their bytes."""
    if not starts.size:
        return np.zeros(0, dtype=np.uint64)
    lengths = ends - starts
    offsets = np.cumsum(lengths) - lengths
    place = np.arange(lengths.sum()) - np.repeat(offsets, lengths)
    known = np.minimum(codes[np.repeat(starts, lengths) + place], np.uint32(_PLANES - 1))
    _, in_page, beyond = _tables()
    longest = int(lengths.max())
    chunks = np.full(longest // 8 + 1, np.uint64(_CHUNK))
    chunks[0] = 1
    weights = (
        np.repeat(np.cumprod(chunks), 8)[:longest]
        << np.tile(np.arange(0, 64, 8, dtype=np.uint64), longest // 8 + 1)[:longest]
    )
    values = in_page[known] * weights[place] + beyond[known] * powers(longest)[0][place]
    sums: Longs = np.add.reduceat(values, offsets)
    return sums


def _plain(text: str) -> str:
    text = _INVISIBLE.sub("", text)
    return unicodedata.normalize(
        "NFC", _COMPATIBILITY_FORMS.sub(lambda run: unicodedata.normalize("NFKC", run[0]), text)
    )


def _edges(inside: Bools) -> Ints:
    """Where it changes; the first and the last are outside, so that starts and ends take turns."""
    return np.flatnonzero(inside[1:] != inside[:-1]) + 1


def _words(flags: NDArray[np.uint16]) -> tuple[Ints, Ints]:
    """Where words start and end."""
    inside = (flags & np.uint16(WORD)) != 0
    if not (flags & np.uint16(UNSPACED)).any():
        edges = _edges(inside)
        return edges[::2], edges[1::2]
    before = inside[:-1]
    mark, single = (flags & np.uint16(MARK)) != 0, (flags & np.uint16(UNSPACED)) != 0
    base = np.maximum.accumulate(np.where(mark, 0, np.arange(flags.size)))  # the letter that a mark belongs to
    opens = inside[1:] & ~mark[1:] & (~before | single[1:] | single[base[:-1]])
    starts = np.flatnonzero(opens | (inside[1:] & ~before)) + 1
    outside = np.flatnonzero(~inside)
    ends = outside[np.searchsorted(outside, starts)]
    return starts, np.minimum(ends, np.append(starts[1:], flags.size))


@functools.cache
def _tables() -> tuple[NDArray[np.uint16], Longs, Longs]:
    """Of every character: its flags; and what is the same for both cases of a letter, its byte if it is in the page,
    else 0, and a value if it is not, else 0.
    """
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
    page = np.zeros(_PLANES, dtype=np.uint64)
    for byte in range(256):
        page[ord(bytes([byte]).decode(PAGE, "replace"))] = byte
    page[0xFFFD] = 0  # what bytes without a character stand for
    in_page = page[lowered]
    return flags, in_page, np.where((in_page == 0) & (lowered > 0), mix(lowered), np.uint64(0))


@functools.cache
def _page_tables() -> tuple[bytes, bytes]:
    """Of every byte of the page: its flags, and the same letter in lower case."""
    flags, in_page, _ = _tables()
    codes = [ord(bytes([byte]).decode(PAGE, "replace")) for byte in range(256)]
    return bytes(int(flags[code]) & 255 for code in codes), bytes(int(in_page[code]) for code in codes)
