"""What is kept of a text in order to compare it with others: hashes, so that a million records fit in little memory.

Two texts are the *same* when they agree in all but letter case, spacing and ordinary punctuation. Whether they are
*near* one another is for `matching` to say, from word shingles (runs of a few words) and from what carries the facts:

- *figures*, each with its unit where that is a known one ("5 mg" is not "5 ml"), and number, calendar and negation
  words, known in English;
- *names*: capitalised words inside a sentence, or before another capitalised word;
- fields too short to hold one shingle, whole.

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
    Characters,
    Ints,
    Longs,
    bag_hashes,
    characters,
    mix,
    sequence_hashes,
)

Hashes = NDArray[np.uint32]  # of one record: in ascending order, without repetition
Fields = Mapping[str, str]

_NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion half "
    "third quarter once twice double triple first second last"
)
_DATES = (  # not "may", which is mostly the verb
    "january february march april june july august september october november december monday tuesday wednesday "
    "thursday friday saturday sunday yesterday today tomorrow"
)
_NEGATIONS = (
    "no not never none nobody nothing neither nor without cannot cant dont doesnt didnt wont wouldnt isnt arent wasnt "
    "werent hasnt havent hadnt couldnt shouldnt"
)
_CONTRACTED = "don doesn didn won wouldn isn aren wasn weren hasn haven hadn couldn shouldn can"  # before "'t"
_UNITS = (
    "second seconds minute minutes hour hours day days night nights week weeks month months quarter quarters year "
    "years percent per basis bp bps points eur euro euros usd dollar dollars gbp pound pounds pence chf francs "
    "jpy yen cents thousand million billion trillion k m bn g mg mcg ug kg kilograms grams milligrams micrograms "
    "t tonnes tons lb lbs oz ml l cl litres liters litre liter millilitres iu units tablets capsules drops doses "
    "puffs mm cm km metres meters miles hectares acres kwh mwh kw mw pallets containers boxes pieces shares am pm "
    "january february march april may june july august september october november december jan feb mar apr jun "
    "jul aug sep sept oct nov dec"
)
_TITLES = "mr mrs ms dr prof st sir mme herr frau"
_PLACED = np.uint64(0xD6E8FEB86659FD93)
_FILTER_SHIFT = np.uint64(48)
_GAP = np.uint64(0xA0761D6478BD642F)


@dataclass(frozen=True, slots=True)
class Sets:
    """Sets of hashes, one a record, in one array: set i is `values[bounds[i]:bounds[i + 1]]`."""

    values: NDArray[np.uint32]
    bounds: Ints

    def of(self, row: int) -> Hashes:
        """One record's set."""
        return self.values[self.bounds[row] : self.bounds[row + 1]]


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """Records as hashes; every array has one value a record.

    `same` is equal for texts that are the same. `facts` is equal where the same facts are stated, in any order;
    `order` where they are in the same order; `context` where each stands between the same words.
    """

    same: Longs
    facts: Longs
    order: Longs
    context: Longs
    length: Ints  # in words
    shingles: Sets
    words: Sets
    names: Sets


def fingerprints(records: Sequence[Fields], shingle_words: int) -> Fingerprints:
    """The fingerprints of records, each of named texts; a shingle never runs from one field into another."""
    ordered = [sorted(fields.items()) or [("", "")] for fields in records]
    read = characters([text for fields in ordered for _, text in fields])
    of_record = np.zeros(len(records) + 1, dtype=np.int64)  # the first field of each
    np.cumsum([len(fields) for fields in ordered], out=of_record[1:])
    names = np.array([text_hash(name) for fields in ordered for name, _ in fields], dtype=np.uint64)
    words = read.hashes(read.starts, read.ends)
    first_word = read.first_word[of_record]
    record_of_word = np.repeat(np.arange(len(records)), np.diff(first_word))

    figures = _figures(read)
    same = _same(read, figures)
    short = np.where(np.diff(read.first_word) < shingle_words, same, np.uint64(0))
    item_hashes, item_words, item_places = _facts(read, words, figures)
    bounds = np.searchsorted(item_places, read.bounds)
    named = mix(names + short)
    shingles, shingle_records = _shingles(words, read.first_word, record_of_word, shingle_words)
    is_name = _are_names(read, words)
    return Fingerprints(
        same=_of_records(same * _PLACED + names, of_record),
        facts=_of_records(bag_hashes(item_hashes, bounds) * _PLACED + named, of_record),
        order=_of_records(sequence_hashes(item_hashes, bounds) * _PLACED + named, of_record),
        context=_of_records(
            bag_hashes(_in_context(item_hashes, item_words, item_places, read, words), bounds) * _PLACED + named,
            of_record,
        ),
        length=np.diff(first_word),
        shingles=_sets(shingles, shingle_records, len(records)),
        words=_sets(words, record_of_word, len(records)),
        names=_sets(words[is_name], record_of_word[is_name], len(records)),
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


def _shingles(words: Longs, first_word: Ints, record_of_word: Ints, length: int) -> tuple[Longs, Ints]:
    """A hash of each run of `length` words inside one field, and its record."""
    runs = words.size - length + 1
    if runs < 1:
        return words[:0], record_of_word[:0]
    value = words[:runs].copy()
    for place in range(1, length):
        value *= _PLACED
        value += words[place : place + runs]
    field = np.repeat(np.arange(first_word.size - 1, dtype=np.int32), np.diff(first_word))
    whole = field[:runs] == field[length - 1 :]
    return mix(value[whole]), record_of_word[:runs][whole]


def _sets(hashes: Longs, record: Ints, records: int) -> Sets:
    """The hashes of each record as 32 bits, in ascending order without repetition."""
    keys = (record.astype(np.uint64) << np.uint64(32)) | (hashes >> np.uint64(32))
    keys.sort()
    fresh = np.ones(keys.size, dtype=bool)
    np.not_equal(keys[1:], keys[:-1], out=fresh[1:])
    keys = keys[fresh]
    bounds = np.searchsorted(keys, np.arange(records + 1, dtype=np.uint64) << np.uint64(32))
    return Sets(keys.astype(np.uint32), bounds)


@dataclass(frozen=True, slots=True)
class _Figures:
    """Tokens with a digit in them: `starts` to `ends` without the punctuation around, `stops` with it."""

    starts: Ints
    ends: Ints
    stops: Ints


def _figures(read: Characters) -> _Figures:
    spaces = np.flatnonzero((read.flags & np.uint16(SPACE)) != 0)
    digits = np.flatnonzero((read.flags & np.uint16(DIGIT)) != 0)
    token = np.unique(np.searchsorted(spaces, digits))
    starts, stops = spaces[token - 1] + 1, spaces[token]
    ends = stops.copy()
    while (outer := read.are(starts, AROUND)).any():
        starts = starts + outer
    while (outer := read.are(ends - 1, AROUND)).any():
        ends = ends - outer
    return _Figures(starts, ends, stops)


def _same(read: Characters, figures: _Figures) -> Longs:
    """Each text's hash without case, spacing and ordinary punctuation; figures keep what stands inside them."""
    kept = (read.flags & np.uint16(SPACE | AROUND | DASH)) == 0
    lengths = figures.ends - figures.starts
    inside = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    kept[np.repeat(figures.starts, lengths) + inside] = True
    places = np.flatnonzero(kept)
    after_gap = np.ones(places.size, dtype=bool)
    np.not_equal(places[1:], places[:-1] + 1, out=after_gap[1:])
    values = read.values[places] + np.where(after_gap, _GAP, np.uint64(0))
    return sequence_hashes(values, np.searchsorted(places, read.bounds))


def _facts(read: Characters, words: Longs, figures: _Figures) -> tuple[Longs, Ints, Ints]:
    """The hash of each fact in the texts, the word it stands at, and its place, in order."""
    kinds = _known_words()
    hashes = read.hashes(figures.starts, figures.ends)
    place = np.searchsorted(read.starts, figures.starts)
    following = np.minimum(np.searchsorted(read.starts, figures.stops), max(words.size - 1, 0))
    if words.size:
        unit = _among(words[following], kinds["units"]) & ~read.are(figures.stops - 1, ENDS)
        gap = read.starts[following] - figures.stops
        unit &= (gap >= 1) & (gap <= 3) & (read.codes[figures.stops] != 0)
        for step in (1, 2):
            unit &= (gap <= step) | (read.are(figures.stops + step, SPACE) & (read.codes[figures.stops + step] != 0))
        hashes = hashes + np.where(unit, words[following] * _PLACED, np.uint64(0))
    likely = np.flatnonzero(_fact_filter()[words >> _FILTER_SHIFT])
    stated = likely[_among(words[likely], kinds["facts"])]
    negation = _among(words[stated], kinds["negations"])
    contracted = _among(words[stated], kinds["contracted"])
    after, next_after = read.codes[read.ends[stated]], read.codes[read.ends[stated] + 1]
    cut = ((after == ord("'")) | (after == ord("’"))) & ((next_after == ord("t")) | (next_after == ord("T")))
    stated_hashes = np.where(negation | contracted, kinds["not"][0], words[stated])
    real = ~contracted | cut  # "don" alone, or "can" that is not "can't", states nothing
    stated, stated_hashes = stated[real], stated_hashes[real]
    places = np.concatenate((figures.starts, read.starts[stated]))
    order = np.argsort(places, kind="stable")
    return (
        np.concatenate((hashes, stated_hashes))[order],
        np.concatenate((place, stated))[order],
        places[order],
    )


def _in_context(items: Longs, at: Ints, places: Ints, read: Characters, words: Longs) -> Longs:
    """Each fact with the word before it and the word after it, in the same text."""
    if not words.size:
        return items
    text = np.searchsorted(read.bounds, places, side="right") - 1
    before = np.where(at > read.first_word[text], words[at - 1], _GAP)
    after = np.where(at + 1 < read.first_word[text + 1], words[np.minimum(at + 1, words.size - 1)], _GAP)
    return mix(mix(items * _PLACED + before) + after)


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
        "facts": f"{_NUMBERS} {_DATES} {_NEGATIONS} {_CONTRACTED}",
        "negations": _NEGATIONS,
        "contracted": _CONTRACTED,
        "units": _UNITS,
        "titles": _TITLES,
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
