"""Which records are near one another, without comparing each with each.

Candidates come from MinHash (Broder 1997, "On the resemblance and containment of documents") with banding (Leskovec,
Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3): two sets of Jaccard overlap s agree in at least one of b
bands of r values with probability 1 - (1 - s^r)^b. The bands are chosen as long as they can be while a pair at the
threshold is still found with probability `RECALL`. Every candidate is then verified:

- *Overlap.* Shingles that are frequent in the collection are masked. What is left must overlap by the threshold; or the
  whole texts do, and `OWN_SHARED` of what either has of its own stands in the other. So a template's wording makes
  nothing near, and an edit inside it, which is not in the mask, does not hide a copy.
- *Veto.* The same facts, in one order or in the same surroundings; and no name that the other does not have.

Records are only looked up where another has the same scope and the same facts, so that a template filled for a million
clients is not compared a million times over; of any bucket at most `BUCKET` records that stand are compared.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator

import numpy as np
import rensa
from numpy.typing import NDArray

from luthier.config.curation.duplicates import Near
from luthier.curate.compare.characters import Bools, Ints, Longs, mix
from luthier.curate.compare.fingerprint import Fingerprints, Hashes, Sets, jaccard, shared_count

RECALL = 0.999
SEED = 1  # of the hash family, not of the project: which records are duplicates is no matter of chance
MIN_SHINGLES = 8  # of three words: ten words; below it, on real customer messages, near pairs ask different things
OWN_SHARED = 2 / 3  # what is left of a letter can be 20 shingles, and each word exchanged there costs three
BUCKET = 64
COMPARED = 64  # candidates a record is compared with, those that share most bands first
MASKED_VIEW = 0.1  # the share of frequent shingles from which a text is also looked up without them
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
        self._blocks = mix(scopes) ^ prints.facts
        long_enough = np.diff(prints.shingles.bounds) >= MIN_SHINGLES
        wanted = long_enough if with_vetoed else long_enough & _repeated(self._blocks)
        self._bands = _Bands(prints.shingles, self._mask, np.flatnonzero(wanted), near)
        self._bucket_of, self._bounds = _buckets(self._bands, self._blocks)
        self._held: dict[int, list[int]] = defaultdict(list)

    def may_match(self) -> Bools:
        """Whether each record shares a bucket with another."""
        shares: Bools = np.diff(self._bounds) > 0
        return shares

    def candidates(self, row: int) -> list[int]:
        """The remembered records that may be near one, likeliest first."""
        shared = Counter(other for bucket in self._own(row) for other in self._held.get(bucket, ()))
        likeliest = sorted(shared, key=lambda other: (-shared[other], self._order[other]))
        return likeliest[:COMPARED]

    def remember(self, row: int) -> None:
        """Lets a record be found by those that come after it."""
        for bucket in self._own(row):
            held = self._held[bucket]
            if len(held) < BUCKET and (not held or held[-1] != row):
                held.append(row)

    def near(self, a: int, b: int) -> float | None:
        """The overlap of two records that are near beyond doubt, else None."""
        return self.overlap(a, b) if veto_free(self._prints, a, b) else None

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
        rows, own, by_rank = self._bands.rows, mix(kin)[self._bands.rows], np.argsort(self._order)
        neighbours = [np.zeros(0, dtype=np.uint64)]
        for keys in self._bands.of_each():
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
            if self._blocks[a] != self._blocks[b] or not veto_free(self._prints, a, b):
                yield a, b, score

    def _own(self, row: int) -> list[int]:
        own: list[int] = self._bucket_of[self._bounds[row] : self._bounds[row + 1]].tolist()
        return own


def veto_free(prints: Fingerprints, a: int, b: int) -> bool:
    """Whether two records state the same facts, and each has every name of the other among its words.

    Facts are the same in one order, or each in the same surroundings.
    """
    same_facts = prints.facts[a] == prints.facts[b] and (
        prints.order[a] == prints.order[b] or prints.context[a] == prints.context[b]
    )
    return bool(
        same_facts
        and _within(prints.names.of(a), prints.words.of(b))
        and _within(prints.names.of(b), prints.words.of(a))
    )


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
    frequent ones are masked, in a million texts about one in 10^4.
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
            np.add.at(counts, values >> self._shift, np.uint32(1))
        self._frequent = counts > limit

    def masks(self, shingles: NDArray[np.uint32]) -> Bools:
        """Whether each shingle is frequent."""
        if self._frequent is None:
            return np.zeros(shingles.size, dtype=bool)
        masked: Bools = self._frequent[shingles >> self._shift]
        return masked

    def overlap(self, a: Hashes, b: Hashes) -> float | None:
        """The overlap of two texts where it reaches the threshold, after masking, else None."""
        whole = jaccard(a, b)
        own_a, own_b = a[~self.masks(a)], b[~self.masks(b)]
        if own_a.size == a.size and own_b.size == b.size:
            return whole if whole >= self._threshold else None
        shared, fewer = shared_count(own_a, own_b), min(own_a.size, own_b.size)
        score = shared / max(own_a.size + own_b.size - shared, 1)
        if fewer >= MIN_SHINGLES and score >= self._threshold:
            return score
        return whole if whole >= self._threshold and shared >= OWN_SHARED * fewer else None


class _Bands:
    """The bands of MinHash signatures as keys: `rows[i]` is the record of signature i.

    A record with much shared wording has two signatures, one of them without that.
    """

    def __init__(self, sets: Sets, mask: FrequentShingles, wanted: Ints, near: Near) -> None:
        self._permutations, self._length = near.permutations, band_length(near.permutations, near.threshold)
        rows, signatures = [wanted[:0]], [np.zeros((0, near.permutations // self._length), dtype=np.uint64)]
        for start in range(0, wanted.size, _ROWS):
            batch = wanted[start : start + _ROWS]
            values, sizes = _taken(sets, batch)
            rows.append(batch)
            signatures.append(self._signed(values, sizes))
            own = ~mask.masks(values)
            own_sizes = np.add.reduceat(own, np.cumsum(sizes) - sizes, dtype=np.int64)
            second = (own_sizes >= MIN_SHINGLES) & (own_sizes < (1 - MASKED_VIEW) * sizes)
            if second.any():
                rows.append(batch[second])
                signatures.append(self._signed(values[own & np.repeat(second, sizes)], own_sizes[second]))
        self.rows, self._keys = np.concatenate(rows), np.concatenate(signatures)

    def of_each(self) -> Iterator[Longs]:
        """The key of every signature in one band after another."""
        for band in range(self._keys.shape[1]):
            yield np.ascontiguousarray(self._keys[:, band])

    def _signed(self, values: NDArray[np.uint32], sizes: Ints) -> Longs:
        offsets = np.concatenate(([0], np.cumsum(sizes))).astype(np.uint64)
        matrix = rensa.RMinHash.digest_matrix_from_flat_token_hashes(
            values.astype(np.uint64), offsets, self._permutations, SEED
        )
        bands = self._permutations // self._length
        minima = np.array(matrix.to_rows(), dtype=np.uint64)[:, : bands * self._length]
        keys = np.broadcast_to(np.arange(bands, dtype=np.uint64), (sizes.size, bands)).copy()
        for place in range(self._length):
            keys = mix(keys + minima[:, place :: self._length])
        return keys


def _buckets(bands: _Bands, blocks: Longs) -> tuple[Ints, Ints]:
    """The buckets that each record shares with another: those of record i are `found[bounds[i]:bounds[i + 1]]`."""
    alike = _repeated(blocks)[bands.rows]
    row_of, block = bands.rows[alike], blocks[bands.rows[alike]]
    rows, buckets, count = [row_of[:0]], [row_of[:0]], 0
    for keys in bands.of_each():
        own = keys[alike] ^ block
        place = np.argsort(own, kind="stable")
        sorted_keys = own[place]
        opens = np.ones(own.size, dtype=bool)
        np.not_equal(sorted_keys[1:], sorted_keys[:-1], out=opens[1:])
        number = np.cumsum(opens) - 1
        shared = (np.bincount(number) > 1)[number] if own.size else opens
        rows.append(row_of[place[shared]])
        buckets.append(number[shared] + count)
        count += own.size
    row, bucket = np.concatenate(rows), np.concatenate(buckets)
    by_row = np.lexsort((bucket, row))
    return bucket[by_row], np.searchsorted(row[by_row], np.arange(blocks.size + 1))


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


def _within(names: Hashes, words: Hashes) -> bool:
    """Whether every name is among the words, which are in ascending order."""
    if not names.size:
        return True
    if not words.size:
        return False
    return bool((words[np.minimum(np.searchsorted(words, names), words.size - 1)] == names).all())
