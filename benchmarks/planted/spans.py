"""Spans of text, compared by what they cover."""

from __future__ import annotations

from collections.abc import Iterable

from luthier.records import Finding

Span = tuple[int, int]
ENOUGH = 0.8
"""The share of a span's characters that must be covered: where a sentence's last mark belongs is a matter of taste."""


def placed(text: str, finding: Finding) -> Span:
    """Where the finding's piece stands in the text as it came in.

    A rule counts in the text as it found it, after earlier rules' changes; of several places with the same piece, the
    one nearest to where the rule saw it is taken. A finding without a piece covers all.
    """
    if finding.start is None or finding.end is None:
        return 0, len(text)
    piece = finding.before or ""
    nearest: Span | None = None
    at = text.find(piece) if piece else -1
    while at != -1:
        if nearest is None or abs(at - finding.start) < abs(nearest[0] - finding.start):
            nearest = at, at + len(piece)
        at = text.find(piece, at + 1)
    return nearest or (finding.start, min(finding.end, len(text)))


def covered(text: str, span: Span, by: Iterable[Span]) -> bool:
    """Whether `by`, taken together, covers enough of the span's characters; white space does not count."""
    places = {place for place in range(*span) if not text[place : place + 1].isspace()}
    held = {place for start, end in by for place in range(max(start, span[0]), min(end, span[1]))}
    return bool(places) and len(places & held) >= ENOUGH * len(places)
