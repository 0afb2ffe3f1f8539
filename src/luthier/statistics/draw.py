"""Drawing at random what nobody chose: by a hash of seed and id, so that neither order nor number changes the draw.

Of two draws with one seed the smaller is a part of the larger.
"""

from __future__ import annotations

from collections.abc import Sequence

import xxhash

from luthier.records import Example


def in_drawn_order(examples: Sequence[Example], seed: int) -> list[Example]:
    """The examples in an order that only seed and ids decide."""
    return sorted(examples, key=lambda example: (xxhash.xxh64_intdigest(f"{seed}:{example.id}".encode()), example.id))


def draw(examples: Sequence[Example], most: int | None, seed: int) -> list[Example]:
    """At most that many of the examples (None: all), drawn at random, in the order they came in."""
    if most is None or len(examples) <= most:
        return list(examples)
    kept = {example.id for example in in_drawn_order(examples, seed)[:most]}
    return [example for example in examples if example.id in kept]
