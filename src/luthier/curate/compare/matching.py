"""Which records are near one another, without comparing each with each.

Candidates come from MinHash (Broder 1997, "On the resemblance and containment of documents") with banding (Leskovec,
Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3): two sets of Jaccard overlap s agree in at least one of b
bands of r values with probability 1 - (1 - s^r)^b. The bands are chosen as long as they can be while a pair at the
threshold is still found with probability `RECALL`. The values are those of one permutation hashing (Li, Owen and Zhang
2012): the least hash in each of as many bins as permutations are asked for, an empty bin taking that of the next
(Shrivastava and Li 2014), so that a signature costs one pass over a set that is in order. Every candidate is then
verified:

- *Overlap.* Shingles that are frequent in the collection are masked. What is left must overlap by the threshold; or the
  whole texts do, and `OWN_SHARED` of what either has of its own stands in the other. So a template's wording makes
  nothing near, and an edit inside it, which is not in the mask, does not hide a copy.
- *Veto.* No fact or name of one is in conflict with the other (`conflicts`), nor a word with what stands in its place
  (`wording`).

A text that is mostly a template's is looked up by what it has of its own, so that a template filled for a million
clients is not compared a million times over; of any bucket at most `BUCKET` records that stand are compared. Records
that state the same facts have buckets to themselves besides, where copies are not crowded out.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from luthier.config.curation.duplicates import Near
from luthier.curate.compare.characters import Bools, Ints, Longs, mix
from luthier.curate.compare.conflicts import veto_free
from luthier.curate.compare.fingerprint import STATED, Fingerprints, Hashes, Sets, jaccard, shared_count
from luthier.curate.compare.wording import Wording
from luthier.progress import track

RECALL = 0.999
MIN_SHINGLES = 8  # of three words: ten words; below it, on real customer messages, near pairs ask different things
OWN_SHARED = 2 / 3  # what is left of a letter can be 20 shingles, and each word exchanged there costs three
BUCKET = 64
COMPARED = 64  # candidates a record is compared with, those that share most bands first
MASKED_VIEW = 0.1  # the share of frequent shingles from which a text is also looked up without them
TEMPLATE = 0.6  # the share from which it is looked up by what it has of its own alone
LOOKS_LIKE_TEMPLATE = 0.4  # the share from which it is looked up so besides: near texts differ in it by less than .2
_ROWS = 2048  # records a step


def band_length(permutations: int, threshold: float) -> int:
    """The largest r for which `permutations // r` bands find a pair at `threshold` with probability `RECALL`."""
    found = (r for r in range(1, permutations + 1) if 1 - (1 - threshold**r) ** (permutations // r) >= RECALL)
    return max(found, default=1)


class Matcher:
    """Looks up, among the records remembered so far, those that another is near.

    Args:
        prints: the records.
        scopes: what must be equal before two of them can be near.
        order: the place of each record in the order of survival; lower is compared first.
        with_vetoed: whether `vetoed` will be asked, which needs a signature of records that cannot be near any other.
    """

    def __init__(
        self, prints: Fingerprints, scopes: Longs, order: Ints, near: Near, *, with_vetoed: bool = False
    ) -> None:
        self._prints, self._near, self._order = prints, near, order
        self._mask = FrequentShingles(prints, near)
        self._wording = Wording(prints)
        self._blocks = mix(scopes) ^ prints.form
        long_enough = np.diff(prints.shingles.bounds) >= MIN_SHINGLES
        wanted = long_enough if with_vetoed else long_enough & _repeated(self._blocks)
        self._bands = _Bands(prints.shingles, self._mask, np.flatnonzero(wanted), near)
        self._bucket_of, self._bounds = _buckets(self._bands, (self._blocks, mix(scopes) ^ prints.facts))
        self._fact_bits: list[int] = _fact_bits(prints).tolist()
        self._held: dict[int, list[int]] = defaultdict(list)

    def may_match(self) -> Bools:
        """Whether each record shares a bucket with another."""
        shares: Bools = np.diff(self._bounds) > 0
        return shares

    def candidates(self, row: int) -> list[int]:
        """The remembered records that may be near one, likeliest first."""
        shared = Counter(other for bucket in self._own(row) for other in self._held.get(bucket, ()))
        bits, own = self._fact_bits, self._fact_bits[row]
        # A fact that only one states, each way round, is a conflict.
        alike = [other for other in shared if not (own & ~bits[other] and bits[other] & ~own)]
        likeliest = sorted(alike, key=lambda other: (-shared[other], self._order[other]))
        return likeliest[:COMPARED]

    def remember(self, row: int) -> None:
        """Lets a record be found by those that come after it."""
        for bucket in self._own(row):
            held = self._held[bucket]
            if len(held) < BUCKET and (not held or held[-1] != row):
                held.append(row)

    def near(self, a: int, b: int) -> float | None:
        """The overlap of two records that are near beyond doubt, else None."""
        if not veto_free(self._prints, a, b):
            return None
        overlap = self.overlap(a, b)  # asked first, as it costs less than aligning the texts
        return overlap if overlap is not None and not self._wording.differs(a, b) else None

    def overlap(self, a: int, b: int) -> float | None:
        """The overlap of two records where it reaches the threshold, after masking, else None."""
        return self._mask.overlap(self._prints.shingles.of(a), self._prints.shingles.of(b))

    def vetoed(self, kin: Longs, skip: Collection[int]) -> Iterator[tuple[int, int, float]]:
        """Pairs that overlap by the threshold but state other facts: each record once at most, with one before it.

        `kin` is what must be equal for this; the records of `skip` are left out. Only neighbours in a bucket are
        compared, so that templates cost no more than other texts: this counts, and decides nothing.
        """
        left_out = np.zeros(self._blocks.size, dtype=bool)
        left_out[list(skip)] = True
        kin, by_rank = mix(kin), np.argsort(self._order)
        neighbours = [np.zeros(0, dtype=np.uint64)]
        for rows, keys in self._bands.of_each(for_template_texts=True):
            own = kin[rows]
            place = np.lexsort((self._order[rows], keys ^ own))
            key, row = (keys ^ own)[place], rows[place]
            pair = (key[1:] == key[:-1]) & (row[1:] != row[:-1]) & ~left_out[row[1:]]
            later, earlier = (self._order[row[1:][pair]], self._order[row[:-1][pair]])
            neighbours.append((later.astype(np.uint64) << np.uint64(32)) | earlier.astype(np.uint64))
        pairs, often = np.unique(np.concatenate(neighbours), return_counts=True)
        later = (pairs >> np.uint64(32)).astype(np.int64)
        likeliest = np.lexsort((-often, later))  # of each record the neighbour in most bands, then the first in order
        _, first = np.unique(later[likeliest], return_index=True)
        chosen = pairs[likeliest[first]]
        one, other = by_rank[chosen >> np.uint64(32)], by_rank[chosen & np.uint64(0xFFFFFFFF)]
        scores = overlaps(self._prints.shingles, one, other)
        alike = scores >= self._near.threshold
        for a, b, score in zip(one[alike].tolist(), other[alike].tolist(), scores[alike].tolist(), strict=True):
            if self._blocks[a] != self._blocks[b] or self._vetoes(a, b):
                yield a, b, score

    def _vetoes(self, a: int, b: int) -> bool:
        return not veto_free(self._prints, a, b) or self._wording.differs(a, b)

    def _own(self, row: int) -> list[int]:
        own: list[int] = self._bucket_of[self._bounds[row] : self._bounds[row + 1]].tolist()
        return own


def overlaps(sets: Sets, a: Ints, b: Ints) -> NDArray[np.float64]:
    """The Jaccard overlap of sets a[i] and b[i], for every i."""
    parts = [np.zeros(0)]
    for start in range(0, a.size, _ROWS):
        rows = np.concatenate((a[start : start + _ROWS], b[start : start + _ROWS]))
        pairs = rows.size // 2
        values, sizes = _taken(sets, rows)
        pair = np.repeat(np.tile(np.arange(pairs, dtype=np.uint64), 2), sizes)
        keys = (pair << np.uint64(32)) | values
        keys.sort()
        twice = (keys[1:][keys[1:] == keys[:-1]] >> np.uint64(32)).astype(np.int64)
        shared = np.bincount(twice, minlength=pairs)
        parts.append(shared / np.maximum(sizes[:pairs] + sizes[pairs:] - shared, 1))
    return np.concatenate(parts)


class FrequentShingles:
    """Which shingles are shared wording: those in more distinct texts than the settings allow.

    Counts are kept by a part of the hash; where two shingles share it they count as one, so that a few more than the
    frequent ones are masked.
    """

    def __init__(self, prints: Fingerprints, near: Near) -> None:
        self._threshold = near.threshold
        _, first = np.unique(prints.same, return_index=True)
        limit = max(near.frequent_documents, near.frequent_share * first.size)
        self._frequent: Bools | None = None
        if first.size <= limit:
            return
        bits = min(24, max(16, int(prints.shingles.values.size).bit_length() + 2))
        self._shift = np.uint32(32 - bits)
        counts = np.zeros(1 << bits, dtype=np.uint32)
        distinct = np.sort(first)
        for start in range(0, distinct.size, _ROWS):
            values, _ = _taken(prints.shingles, distinct[start : start + _ROWS])
            # As places of their own type, which `add.at` is twice as fast with.
            np.add.at(counts, (values >> self._shift).astype(np.intp), np.uint32(1))
        self._frequent = counts > limit

    def masks(self, shingles: NDArray[np.uint32]) -> Bools:
        """Whether each shingle is frequent."""
        if self._frequent is None:
            return np.zeros(shingles.size, dtype=bool)
        masked: Bools = self._frequent.take(shingles >> self._shift)
        return masked

    def overlap(self, a: Hashes, b: Hashes) -> float | None:
        """The overlap of two texts where it reaches the threshold, after masking, else None."""
        whole = jaccard(a, b)
        masked = self.masks(np.concatenate((a, b)))
        if not masked.any():
            return whole if whole >= self._threshold else None
        own_a, own_b = a[~masked[: a.size]], b[~masked[a.size :]]
        shared, fewer = shared_count(own_a, own_b), min(own_a.size, own_b.size)
        score = shared / max(own_a.size + own_b.size - shared, 1)
        if fewer >= MIN_SHINGLES and score >= self._threshold:
            return score
        return whole if whole >= self._threshold and shared >= OWN_SHARED * fewer else None


class _Bands:
    """The bands of signatures as keys, in up to three views of each record: the whole of it, without its shared
    wording, and, where that is most of it, by less of the rest.
    """

    def __init__(self, sets: Sets, mask: FrequentShingles, wanted: Ints, near: Near) -> None:
        bins = near.permutations
        # Two texts that are near although mostly a template's share OWN_SHARED of the rest: of Jaccard, half of it.
        self._lengths = {
            "whole": band_length(bins, near.threshold),
            "own": band_length(bins, near.threshold),
            "template": band_length(bins, OWN_SHARED / (2 - OWN_SHARED)),
        }
        self._bins = bins
        self._views: dict[str, list[tuple[Ints, Longs]]] = {view: [] for view in self._lengths}
        is_template = [np.zeros(0, dtype=bool)]
        for start in track(range(0, wanted.size, _ROWS), "Sorting fingerprints into buckets"):
            rows = wanted[start : start + _ROWS]
            values, sizes = _taken(sets, rows)
            self._add("whole", rows, values, sizes)
            own = ~mask.masks(values)
            own_sizes = np.add.reduceat(own, np.cumsum(sizes) - sizes, dtype=np.int64)
            masked = 1 - own_sizes / sizes
            is_template.append((masked >= TEMPLATE) & (own_sizes >= MIN_SHINGLES))
            for view, wants in (
                ("own", (masked > MASKED_VIEW) & (masked < TEMPLATE) & (own_sizes >= MIN_SHINGLES)),
                ("template", (masked >= LOOKS_LIKE_TEMPLATE) & (own_sizes > 0)),
            ):
                if wants.any():
                    self._add(view, rows[wants], values[own & np.repeat(wants, sizes)], own_sizes[wants])
        self._is_template = np.concatenate(is_template)

    def of_each(self, *, for_template_texts: bool = False) -> Iterator[tuple[Ints, Longs]]:
        """The records that have a key in one band after another, and the keys.

        Args:
            for_template_texts: the whole of texts that are mostly a template's too, and nothing but the whole.
        """
        for view, parts in self._views.items():
            if not parts or (for_template_texts and view != "whole"):
                continue
            rows = np.concatenate([rows for rows, _ in parts])
            stay = slice(None) if for_template_texts or view != "whole" else ~self._is_template
            for band in range(parts[0][1].shape[1]):
                yield rows[stay], np.concatenate([keys[:, band] for _, keys in parts])[stay]

    def _add(self, view: str, rows: Ints, values: NDArray[np.uint32], sizes: Ints) -> None:
        length = self._lengths[view]
        bands = self._bins // length
        if view == "template":
            bands = min(bands, _bands_needed(OWN_SHARED / (2 - OWN_SHARED), length))
        minima = least_in_bins(values, sizes, bands * length)
        # A band is of bins that are far from one another, as neighbours take from one another where they are empty.
        keys = np.broadcast_to(np.arange(bands, dtype=np.uint64), (rows.size, bands)).copy()
        for place in range(length):
            keys = mix(keys + minima[:, place * bands : (place + 1) * bands])
        self._views[view].append((rows, keys))


def least_in_bins(values: NDArray[np.uint32], sizes: Ints, bins: int) -> NDArray[np.uint32]:
    """Of sets in ascending order, none of them empty, one after another: the least value in each of as many equal bins.

    An empty bin has the least of the next that is not, or of the first after the last. Shape (sets, bins).
    """
    bin_of = (values * np.uint64(bins)) >> np.uint64(32)
    cell = np.repeat(np.arange(sizes.size, dtype=np.uint64) * np.uint64(bins), sizes) + bin_of
    first = np.ones(cell.size, dtype=bool)
    np.not_equal(cell[1:], cell[:-1], out=first[1:])
    place = np.flatnonzero(first)
    # From a set's bin after the one before to its own, a value fills all; what the last leaves, the first of it does.
    filled = cell[place].astype(np.int64)
    opens = np.cumsum(sizes) - sizes
    row = filled // bins
    fills = np.diff(filled, prepend=-1)
    new_row = np.ones(row.size, dtype=bool)
    np.not_equal(row[1:], row[:-1], out=new_row[1:])
    fills[new_row] = filled[new_row] % bins + 1
    last = np.append(np.flatnonzero(new_row)[1:] - 1, row.size - 1)
    left = bins - 1 - filled[last] % bins
    counts = np.insert(fills, last + 1, left)
    taken = np.insert(place, last + 1, opens)
    return values[np.repeat(taken, counts)].reshape(sizes.size, bins)


def _bands_needed(overlap: float, length: int) -> int:
    """How many bands of a length find a pair of some overlap with probability `RECALL`."""
    return math.ceil(math.log(1 - RECALL) / math.log(1 - overlap**length))


def _fact_bits(prints: Fingerprints) -> Longs:
    """Of each record one bit, of 64, for each of its facts."""
    bits = np.uint64(1) << (prints.stated.values[::STATED] & np.uint32(63)).astype(np.uint64)
    bounds = prints.stated.bounds // STATED
    found = np.zeros(bounds.size - 1, dtype=np.uint64)
    stating = np.flatnonzero(np.diff(bounds))
    if stating.size:
        found[stating] = np.bitwise_or.reduceat(bits, bounds[stating])
    return found


def _buckets(bands: _Bands, blocks: Sequence[Longs]) -> tuple[Ints, Ints]:
    """The buckets that each record shares with another: those of record i are `found[bounds[i]:bounds[i + 1]]`.

    Records of one bucket agree in a band and in one of the blocks.
    """
    repeated = [_repeated(block) for block in blocks]
    rows, buckets, count = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)], 0
    for in_band, band in bands.of_each():
        for block, alike in zip(blocks, repeated, strict=True):
            row_of = in_band[alike[in_band]]
            own = band[alike[in_band]] ^ block[row_of]
            place = np.argsort(own)
            sorted_keys = own[place]
            opens = np.ones(own.size + 1, dtype=bool)
            np.not_equal(sorted_keys[1:], sorted_keys[:-1], out=opens[1:-1])
            shared = ~(opens[1:] & opens[:-1])
            number = np.cumsum(opens[:-1])
            rows.append(row_of[place[shared]])
            buckets.append(number[shared] + count)
            count += own.size + 1
    row, bucket = np.concatenate(rows), np.concatenate(buckets)
    by_row = np.lexsort((bucket, row))
    return bucket[by_row], np.searchsorted(row[by_row], np.arange(blocks[0].size + 1))


def _repeated(values: Longs) -> Bools:
    """Whether each value is there more than once."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    repeated: Bools = (counts > 1)[inverse]
    return repeated


def _taken(sets: Sets, rows: Ints) -> tuple[NDArray[np.uint32], Ints]:
    """The values of some records' sets, one after another, and how many each has."""
    begins, sizes = sets.bounds[rows], sets.bounds[rows + 1] - sets.bounds[rows]
    if rows.size and rows[-1] - rows[0] + 1 == rows.size and (np.diff(rows) == 1).all():
        return np.asarray(sets.values[begins[0] : begins[0] + sizes.sum()]), sizes
    inside = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.asarray(sets.values[np.repeat(begins, sizes) + inside]), sizes
