"""Which record gets what: the records come in blocks of 200, and every block is laid out in the same plots.

A plot is one to three records that belong together. A record depends on the seed, the set and its own number alone; its
place in the files is scattered, so that a paper and its copy do not stand side by side. What is left over after the
last whole block is clean.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from luthier.sample_company.defects import contradictions, copies, noise, private_data, versions
from luthier.sample_company.defects.desk import Desk, Draft
from luthier.sample_company.defects.phrasings import Phrasings

BLOCK = 200
Writer = Callable[[Desk, str], list[Draft]]


@dataclass(frozen=True, slots=True)
class Plot:
    """Some records that are written together, and the writer of them."""

    writer: Writer
    variant: str
    size: int


def clean(desk: Desk, variant: str) -> list[Draft]:
    """An ordinary paper."""
    return [desk.paper(0, desk.plan())]


def _plots() -> tuple[Plot, ...]:
    planned = [
        *(Plot(copies.exact, variant, 2) for variant in copies.EXACT),
        *(Plot(copies.near, variant, 2) for variant in copies.NEAR),
        *(Plot(copies.twins, variant, 2) for variant in ("all", "all", "all", "name_only", "name_only")),
        *(Plot(copies.repeats, "month", 2) for _ in range(2)),
        *(Plot(versions.replaced, variant, 2) for variant in ("phrase",) * 3 + ("family",) * 2 + ("version",)),
        *(Plot(versions.expired, variant, 1) for variant in ("field",) * 2 + ("text",) * 3),
        Plot(versions.retired, "product", 3),
        *(Plot(versions.in_force, "old_but_valid", 1) for _ in range(3)),
        *(Plot(versions.in_force, v, 1) for v in ("valid_for_long", "ambiguous_date", "other_thing_ends")),
        Plot(versions.not_replaced, "phrase", 2),
        Plot(versions.yearly, "years", 2),
        *(Plot(contradictions.contradicting, "value", 2) for _ in range(4)),
        *(Plot(contradictions.explained, "scope_differs", 2) for _ in range(2)),
        *(Plot(contradictions.explained, v, 2) for v in ("price_change", "same_value", "other_subject")),
        *(Plot(noise.boilerplate, v, 1) for v in ("header", "footer", "disclaimer", "signature", "both") * 5),
        *(Plot(noise.one_off, "sentence", 1) for _ in range(3)),
        *(Plot(noise.mojibake, variant, 1) for variant in ("sentence", "sentence", "whole", "whole")),
        *(Plot(noise.scanned, variant, 1) for variant in ("light", "light", "heavy", "heavy")),
        *(Plot(noise.looks_noisy, variant, 1) for variant in ("accents", "dense", "dense")),
        *(Plot(private_data.private, variant, 1) for variant in private_data.KINDS),
        *(Plot(private_data.not_private, "looks", 1) for _ in range(5)),
    ]
    left = BLOCK - sum(plot.size for plot in planned)
    return (*planned, *(Plot(clean, "", 1) for _ in range(left)))


PLOTS = _plots()
SLOTS = tuple((place, member) for place, plot in enumerate(PLOTS) for member in range(plot.size))
CLEAN = Plot(clean, "", 1)


class Papers:
    """All papers of one firm, `documents` of them, as a stream."""

    def __init__(self, phrases: Phrasings, seed: int, documents: int) -> None:
        self.phrases, self.seed, self.documents = phrases, seed, documents
        self.whole = documents // BLOCK * BLOCK

    def __iter__(self) -> Iterator[Draft]:
        for number in scattered(self.documents):
            yield self.paper(number)

    def paper(self, number: int) -> Draft:
        """Record `number`, from 0."""
        block, slot = divmod(number, BLOCK)
        if number >= self.whole:
            plot, first, member, place = CLEAN, number, 0, len(PLOTS) + slot
        else:
            place, member = SLOTS[slot]
            plot, first = PLOTS[place], number - member
        ids = [self.id_of(first + offset) for offset in range(plot.size)]
        seed = f"{self.phrases.name}:{self.seed}:{block}:{place}"
        desk = Desk(self.phrases, seed, block * (len(PLOTS) + BLOCK) + place, ids)
        return plot.writer(desk, plot.variant)[member]

    def id_of(self, number: int) -> str:
        """A record's id, which says nothing of its plot."""
        return f"library:{name_of(self.phrases.name, self.seed, 'document', number)}"


def name_of(phrases: str, seed: int, kind: str, number: int) -> str:
    """Fourteen hexadecimal digits for a record."""
    return hashlib.blake2b(f"{phrases}:{seed}:{kind}:{number}".encode(), digest_size=7).hexdigest()


def scattered(count: int) -> Iterator[int]:
    """The numbers below `count`, each once, neighbours far apart."""
    stride = max(1, round(count * 0.618))
    while math.gcd(stride, count) != 1:
        stride += 1
    return (place * stride % count for place in range(count))
