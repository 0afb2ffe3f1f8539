"""What is private in a text: a kind, and where it stands. And which of two claims to the same characters holds."""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal[
    "url",
    "email",
    "iban",
    "card",
    "national_number",
    "ip_address",
    "account",
    "birth_date",
    "address",
    "phone",
    "name",
    "location",
    "organisation",
    "nationality",
    "date",
    "web_address",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
# The stronger the evidence a kind asks for, the earlier it stands here: checksums first, what a model thinks last. An
# address stands before a phone number, since house numbers and postcodes in a row can look like one.
_RANK = {kind: rank for rank, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class Span:
    """A private piece of a text, as character offsets; `what` says in plain words what it is taken for."""

    start: int
    end: int
    kind: Kind
    what: str
    score: float | None = None  # a model's confidence; patterns and checksums have none


def without_overlaps(spans: Iterable[Span]) -> list[Span]:
    """The spans that stand where several claim the same characters: the better evidence, then the longer, then the
    earlier. In the order of the text."""
    chosen: list[Span] = []  # in the order of the text
    for span in sorted(set(spans), key=lambda s: (_RANK[s.kind], s.start - s.end, s.start, s.what, s.score or 0.0)):
        place = bisect.bisect(chosen, span.start, key=lambda other: other.start)
        free_before = place == 0 or chosen[place - 1].end <= span.start
        free_after = place == len(chosen) or span.end <= chosen[place].start
        if span.start < span.end and free_before and free_after:
            chosen.insert(place, span)
    return chosen
