"""What is kept of a text in order to compare it with others: hashes, so that a million records fit in little memory.

Two texts are the *same* when they agree in all but letter case, spacing and ordinary punctuation. Whether they are
*near* one another is for `matching` to say, from word shingles (runs of a few words) and from what carries the facts:

- *figures*, each with its unit where that is a known one ("5 mg" is not "5 ml"), and number, calendar and negation
  words, known in English;
- *names*: capitalised words inside a sentence, or before another capitalised word;
- fields too short to hold one shingle, whole.

Of each figure and name what stands around it is kept too, so that `conflicts` can tell a fact that differs from one
that a text merely lacks.

Everything is computed for many records together (`characters`). Shingles, words and names are 32-bit hashes: of two
texts of 300 words, one shingle in 10^7 is wrongly taken for shared.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xxhash
from numpy.typing import NDArray

from luthier.curate.compare.characters import (
    AROUND,
    DASH,
    DIGIT,
    ENDS,
    LEADS,
    SPACE,
    UPPER,
    WORD,
    Bools,
    Characters,
    Ints,
    Longs,
    bag_hashes,
    characters,
    mix,
    sequence_hashes,
    spelt,
)
from luthier.curate.compare.fact_words import CONTRACTED, DATES, NEGATIONS, NUMBERS, TITLES, UNITS
from luthier.curate.compare.spelling import NOTHING, SpellingGatherer, Spellings

Hashes = NDArray[np.uint32]  # of one record: in ascending order, without repetition
Fields = Mapping[str, str]

_PLACED = np.uint64(0xD6E8FEB86659FD93)
_FILTER_SHIFT = np.uint64(48)
_GAP = np.uint64(0xA0761D6478BD642F)
STATED = 5  # values that are kept of a fact or name: its hash, and those of four shingles around it
_FURTHER = 3  # words between a fact and the shingles that are further off


@dataclass(frozen=True, slots=True)
class Sets:
    """Hashes of records in one array: those of record i are `values[bounds[i]:bounds[i + 1]]`."""

    values: NDArray[np.uint32]
    bounds: Ints

    def of(self, row: int) -> Hashes:
        """One record's hashes."""
        return self.values[self.bounds[row] : self.bounds[row + 1]]

    def stated(self, row: int) -> NDArray[np.uint32]:
        """One record's facts or names one a row; see `Fingerprints`."""
        return self.of(row).reshape(-1, STATED)


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """Records as hashes; every array has one value a record.

    `same` is equal for texts that are the same. `form` is equal where the same fields are there and the short ones are
    the same; `facts` where the same facts are stated besides, in any order. `shingles` are in ascending order without
    repetition, `words` as they stand in the text. `stated` holds every fact and `names` every name, in the order of the
    text, as (what, before, after, further before, further after). What is around it are the shingles next to it and
    those with three words between: 0 where there is none, or where a sentence or line begins or ends on the way.
    """

    same: Longs
    form: Longs
    facts: Longs
    length: Ints  # in words
    shingles: Sets
    words: Sets
    stated: Sets
    names: Sets
    spellings: Spellings = NOTHING  # of the words of all records, where these were gathered


COLUMNS, SETS = ("same", "form", "facts", "length"), ("shingles", "words", "stated", "names")


def fingerprints(
    records: Sequence[Fields], shingle_words: int, spellings: SpellingGatherer | None = None
) -> Fingerprints:
    """The fingerprints of records, each of named texts; a shingle never runs from one field into another.

    Words are shown to `spellings`.
    """
    ordered = [sorted(fields.items()) or [("", "")] for fields in records]
    pieces = [[(text_hash(name), spelt(text)) for name, text in fields] for fields in ordered]
    beyond = np.array([any(isinstance(text, str) for _, text in fields) for fields in pieces], dtype=bool)
    if not beyond.any() or beyond.all():
        return _together(pieces, shingle_words, spellings)
    # A text beyond the page takes longer to read, and would make all others of the batch do so.
    parts = [
        _together([pieces[row] for row in np.flatnonzero(rows)], shingle_words, spellings) for rows in (~beyond, beyond)
    ]
    return _in_order(parts[0], parts[1], np.argsort(np.argsort(beyond, kind="stable"), kind="stable"))


def _together(
    records: Sequence[Sequence[tuple[int, bytes | str]]], shingle_words: int, spellings: SpellingGatherer | None
) -> Fingerprints:
    """The fingerprints of records, each of the hashes of fields' names and of texts as they are spelt."""
    read = characters([text for fields in records for _, text in fields])
    of_record = np.zeros(len(records) + 1, dtype=np.int64)  # the first field of each
    np.cumsum([len(fields) for fields in records], out=of_record[1:])
    names = np.array([name for fields in records for name, _ in fields], dtype=np.uint64)
    words = read.hashes(read.starts, read.ends)
    first_word = read.first_word[of_record]

    spaces = read.with_flags(SPACE)
    figures = _figures(read, spaces)
    same = _same(read, words, figures)
    named = mix(names + np.where(np.diff(read.first_word) < shingle_words, same, np.uint64(0)))
    items, first_words, last_words, places = _facts(read, words, figures)
    runs, whole = _runs(words, read.first_word, shingle_words)
    around = _Around(read.starts, _parts(read, spaces), np.where(whole, runs, np.uint64(0)), shingle_words)
    at = np.flatnonzero(_are_names(read, words))
    kept = (words >> np.uint64(32)).astype(np.uint32)
    if spellings is not None:
        spellings.see(read, kept)
    return Fingerprints(
        same=_of_records(same * _PLACED + names, of_record),
        form=_of_records(named, of_record),
        facts=_of_records(bag_hashes(items, np.searchsorted(places, read.bounds)) * _PLACED + named, of_record),
        length=np.diff(first_word),
        shingles=_sets(runs[whole], np.concatenate(([0], np.cumsum(whole)))[np.minimum(first_word, whole.size)]),
        words=Sets(kept, first_word),
        stated=around.stated(items, first_words, last_words, np.searchsorted(places, read.bounds[of_record])),
        names=around.stated(words[at], at, at, np.searchsorted(at, first_word)),
    )


def _in_order(one: Fingerprints, other: Fingerprints, place: Ints) -> Fingerprints:
    """Two batches as one; record i is the one at `place[i]` when the second stands after the first."""

    def column(name: str) -> NDArray[np.int64]:
        found: NDArray[np.int64] = np.concatenate((getattr(one, name), getattr(other, name)))[place]
        return found

    def sets(name: str) -> Sets:
        parts = [
            part.of(row) for part in (getattr(one, name), getattr(other, name)) for row in range(part.bounds.size - 1)
        ]
        own = [parts[n] for n in place.tolist()]
        return Sets(np.concatenate(own), np.concatenate(([0], np.cumsum([part.size for part in own]))))

    return Fingerprints(
        **{name: column(name) for name in COLUMNS},  # type: ignore[arg-type]
        **{name: sets(name) for name in SETS},  # type: ignore[arg-type]
    )


def jaccard(a: Hashes, b: Hashes) -> float:
    """Shared over all, of two sets of hashes (Broder 1997); 0 where both are empty."""
    shared = shared_count(a, b)
    everything = a.size + b.size - shared
    return shared / everything if everything else 0.0


def shared_count(a: Hashes, b: Hashes) -> int:
    """How many hashes two sets share."""
    both = np.concatenate((a, b))
    both.sort()
    return int(np.count_nonzero(both[1:] == both[:-1]))


def _of_records(of_fields: Longs, of_record: Ints) -> Longs:
    return np.add.reduceat(mix(of_fields), of_record[:-1])


def _runs(words: Longs, first_word: Ints, length: int) -> tuple[Longs, Bools]:
    """A hash of each run of `length` words, and whether it is inside one field."""
    count = max(words.size - length + 1, 0)
    value = words[:count].copy()
    for place in range(1, length):
        value *= _PLACED
        value += words[place : place + count]
    whole = np.ones(count + length, dtype=bool)
    edges = first_word[1:-1]
    for back in range(1, length):
        whole[edges[edges >= back] - back] = False
    return mix(value), whole[:count]


def _sets(hashes: Longs, bounds: Ints) -> Sets:
    """The hashes of each record as 32 bits, in ascending order without repetition."""
    record = np.repeat(np.arange(bounds.size - 1, dtype=np.uint64) << np.uint64(32), np.diff(bounds))
    keys = record | (hashes >> np.uint64(32))
    keys.sort()
    fresh = np.ones(keys.size, dtype=bool)
    np.not_equal(keys[1:], keys[:-1], out=fresh[1:])
    count = np.concatenate(([0], np.cumsum(fresh)))
    return Sets(keys[fresh].astype(np.uint32), count[bounds])


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around words.

    `runs` are the hashes of shingles by their first word; `parts` is where fields, sentences and lines end.
    """

    starts: Ints
    parts: Ints
    runs: Longs
    length: int

    def stated(self, items: Longs, first: Ints, last: Ints, bounds: Ints) -> Sets:
        """Facts or names that stand from a first to a last word, as `Fingerprints` has them.

        Args:
            bounds: the first item of each record.
        """
        values = np.zeros((items.size, STATED), dtype=np.uint32)
        values[:, 0] = items >> np.uint64(32)
        if self.runs.size and items.size:
            own = np.searchsorted(self.parts, self.starts[first])
            for column, run, off in (
                (1, first - self.length, 0),
                (2, last + 1, 0),
                (3, first - self.length - _FURTHER, 0),
                (4, last + 1 + _FURTHER, self.length - 1),
            ):
                known = np.clip(run, 0, self.runs.size - 1)
                # Next to it the shingle may reach beyond the sentence, as long as the nearest word is in it.
                nearest = known + (self.length - 1 if column == 1 else off)
                there = (known == run) & (np.searchsorted(self.parts, self.starts[nearest]) == own)
                values[:, column] = np.where(there, self.runs[known] >> np.uint64(32), 0)
        return Sets(values.ravel(), bounds * STATED)


def _parts(read: Characters, spaces: Ints) -> Ints:
    """Where a field, a sentence or a line ends."""
    before = spaces - 1
    quoted = read.are(before, AROUND) & read.among(before - 1, ".!?")
    return spaces[read.among(spaces, "\0\n") | read.among(before, ".!?") | quoted]


@dataclass(frozen=True, slots=True)
class _Figures:
    """Tokens with a digit in them: `starts` to `ends` without the punctuation around, `stops` with it."""

    starts: Ints
    ends: Ints
    stops: Ints


def _figures(read: Characters, spaces: Ints) -> _Figures:
    digits = read.with_flags(DIGIT)
    if not digits.size:
        return _Figures(digits, digits, digits)
    token = np.searchsorted(spaces, digits)
    token = token[np.flatnonzero(np.diff(token, prepend=0))]  # each once; they are in order
    starts, stops = spaces[token - 1] + 1, spaces[token]
    ends = stops.copy()
    while (outer := read.are(starts, AROUND)).any():
        starts = starts + outer
    while (outer := read.are(ends - 1, AROUND)).any():
        ends = ends - outer
    return _Figures(starts, ends, stops)


def _same(read: Characters, words: Longs, figures: _Figures) -> Longs:
    """Each text's hash without case, spacing and ordinary punctuation; figures keep what stands inside them."""
    gap = np.ones(words.size, dtype=bool)
    np.not_equal(read.starts[1:], read.ends[:-1], out=gap[1:])
    values = words + np.where(gap, _GAP, np.uint64(0))
    of_words = sequence_hashes(values, read.first_word)
    signs = np.flatnonzero((read.flags & read.flags.dtype.type(WORD | SPACE | AROUND | DASH)) == 0)
    lengths = figures.ends - figures.starts
    inside = np.repeat(figures.starts - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
    signs = np.sort(np.concatenate((signs, inside[read.are(inside, AROUND | DASH)])))
    next_to = np.zeros(signs.size + 1, dtype=bool)
    np.equal(signs[1:], signs[:-1] + 1, out=next_to[1:-1])
    before, after = next_to[:-1] | read.are(signs - 1, WORD), next_to[1:] | read.are(signs + 1, WORD)
    bounds = np.searchsorted(signs, read.bounds)
    follows = np.searchsorted(read.starts, signs)  # a sign's place: the word after it, and which sign it is
    follows -= np.repeat(read.first_word[:-1], np.diff(bounds))
    which = np.arange(signs.size) - np.repeat(bounds[:-1], np.diff(bounds))
    placed = ((follows << 2 | before << 1 | after).astype(np.uint64) * _PLACED) + which.astype(np.uint64)
    return of_words + bag_hashes(read.hashes(signs, signs + 1) + mix(placed), bounds)


def _facts(read: Characters, words: Longs, figures: _Figures) -> tuple[Longs, Ints, Ints, Ints]:
    """The hash of each fact in the texts, its first and its last word, and its place, in order."""
    kinds = _known_words()
    hashes = read.hashes(figures.starts, figures.ends)
    first = np.searchsorted(read.starts, figures.starts)
    last = np.searchsorted(read.starts, figures.ends) - 1
    following = np.minimum(np.searchsorted(read.starts, figures.stops), max(words.size - 1, 0))
    if words.size:
        unit = _among(words[following], kinds["units"]) & ~read.are(figures.stops - 1, ENDS)
        gap = read.starts[following] - figures.stops
        unit &= (gap >= 1) & (gap <= 3) & (read.codes[figures.stops] != 0)
        for step in (1, 2):
            unit &= (gap <= step) | (read.are(figures.stops + step, SPACE) & (read.codes[figures.stops + step] != 0))
        last = np.where(unit, following, last)
        hashes = hashes + np.where(unit, words[following] * _PLACED, np.uint64(0))
    likely = np.flatnonzero(_fact_filter().take(words >> _FILTER_SHIFT))
    stated = likely[_among(words[likely], kinds["facts"])]
    negation = _among(words[stated], kinds["negations"])
    contracted = _among(words[stated], kinds["contracted"])
    cut = read.among(read.ends[stated], "'’") & read.among(read.ends[stated] + 1, "tT")
    stated_hashes = np.where(negation | contracted, kinds["not"][0], words[stated])
    real = ~contracted | cut  # "don" alone, or "can" that is not "can't", states nothing
    stated, stated_hashes = stated[real], stated_hashes[real]
    places = np.concatenate((figures.starts, read.starts[stated]))
    order = np.argsort(places, kind="stable")
    return (
        np.concatenate((hashes, stated_hashes))[order],
        np.concatenate((first, stated))[order],
        np.concatenate((last, stated))[order],
        places[order],
    )


def _are_names(read: Characters, words: Longs) -> NDArray[np.bool_]:
    """Which words are names: capitalised inside a sentence, or before another capitalised word."""
    capital = read.are(read.starts, UPPER)
    capital &= (read.ends - read.starts > 1) | (read.codes[read.starts] != ord("I"))
    at = np.flatnonzero(capital)
    if not at.size:
        return capital
    starts = read.starts[at]
    spaced = read.codes[starts - 1] == ord(" ")
    inside = spaced & read.are(starts - 2, LEADS)
    titled = spaced & (read.codes[starts - 2] == ord(".")) & _among(words[at - 1], _known_words()["titles"])
    before_another = np.zeros(at.size, dtype=bool)
    before_another[:-1] = (at[1:] == at[:-1] + 1) & (read.starts[at[1:]] == read.ends[at[:-1]] + 1)
    capital[at] = inside | titled | (before_another & (read.codes[read.ends[at]] == ord(" ")))
    return capital


def _among(values: Longs, listed: Longs) -> NDArray[np.bool_]:
    """Whether each value is among those listed, which are in ascending order."""
    found: NDArray[np.bool_] = listed[np.minimum(np.searchsorted(listed, values), listed.size - 1)] == values
    return found


@functools.cache
def _known_words() -> Mapping[str, Longs]:
    listed = {
        "facts": f"{NUMBERS} {DATES} {NEGATIONS} {CONTRACTED}",
        "negations": NEGATIONS,
        "contracted": CONTRACTED,
        "units": UNITS,
        "titles": TITLES,
        "not": "not",
    }
    hashed = {}
    for kind, line in listed.items():
        read = characters([line])
        hashed[kind] = np.unique(read.hashes(read.starts, read.ends))
    return hashed


@functools.cache
def _fact_filter() -> NDArray[np.bool_]:
    """By the first 16 bits of a word's hash: whether it may be a fact word, which one in 500 others passes."""
    likely = np.zeros(1 << 16, dtype=bool)
    likely[_known_words()["facts"] >> _FILTER_SHIFT] = True
    return likely


@functools.lru_cache(maxsize=1 << 10)
def text_hash(text: str) -> int:
    """64 bits of a short text that comes again and again, such as a field's name."""
    return xxhash.xxh3_64_intdigest(text.encode())
