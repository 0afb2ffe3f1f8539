"""Pairs of records that may be near duplicates, without comparing each with each.

MinHash (Broder 1997) with banding (Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3): two sets
of Jaccard overlap s agree in at least one of b bands of r values with probability 1 - (1 - s^r)^b. The bands are chosen
as long as they can be while a pair at the threshold is still found with probability `RECALL`. What this proposes is
only a candidate: the caller compares the sets themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable

import numpy as np
import rensa

from luthier.curate.compare.fingerprint import Hashes

RECALL = 0.999
SEED = 1  # of the hash family, not of the project: which records are duplicates is no matter of chance


def band_length(permutations: int, threshold: float) -> int:
    """The largest r for which `permutations // r` bands find a pair at `threshold` with probability `RECALL`."""
    found = (r for r in range(1, permutations + 1) if 1 - (1 - threshold**r) ** (permutations // r) >= RECALL)
    return max(found, default=1)


Band = tuple[Hashable, int, bytes]  # the block it belongs to, its place in the signature, its values


class CandidateIndex:
    """An index of sets, by number, that is asked for those of the same block which may overlap a new one."""

    def __init__(self, permutations: int, threshold: float) -> None:
        self._permutations = permutations
        self._length = band_length(permutations, threshold)
        self._bands = permutations // self._length
        self._buckets: dict[Band, list[int]] = defaultdict(list)

    def bands(self, block: Hashable, shingles: Hashes) -> list[Band]:
        """The bands of a set's MinHash signature."""
        sketch = rensa.RMinHash(num_perm=self._permutations, seed=SEED)
        raw = shingles.tobytes()
        sketch.update([raw[i : i + 8] for i in range(0, len(raw), 8)])
        signature = np.array(sketch.digest(), dtype=np.uint32)[: self._bands * self._length]
        rows = signature.reshape(self._bands, self._length)
        return [(block, place, row.tobytes()) for place, row in enumerate(rows)]

    def candidates(self, bands: list[Band]) -> list[int]:
        """The numbers of the indexed sets that share a band, in ascending order."""
        return sorted({number for band in bands for number in self._buckets.get(band, ())})

    def add(self, number: int, bands: list[Band]) -> None:
        """Indexes a set under `number`."""
        for band in bands:
            self._buckets[band].append(number)
