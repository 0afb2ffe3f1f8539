"""Edits to a text: putting them on, and taking them off again with the help of the source.

A finding of this rule need not hold what it replaced, so taking edits off asks for the text they were made on. That
text is never lost: it is the ingested record after the rules before this one.
"""

from __future__ import annotations

from collections.abc import Iterable

from luthier.records import Finding


def apply_edits(text: str, findings: Iterable[Finding]) -> str:
    """The text with every edit made. Offsets are those of `text`, and no two edits overlap."""
    pieces, place = [], 0
    for start, end, after in _in_order(findings):
        pieces += [text[place:start], after]
        place = end
    return "".join([*pieces, text[place:]])


def undo_edits(edited: str, findings: Iterable[Finding], source: str) -> str:
    """The text as it was before the edits, from what they made of it and the source they were made on.

    Raises `ValueError` where an edit is not in the edited text: then it is not what these findings made.
    """
    pieces, place, shift = [], 0, 0
    for start, end, after in _in_order(findings):
        stands = start + shift
        if edited[stands : stands + len(after)] != after:
            raise ValueError(f"the edit at {start} is not in the edited text")
        pieces += [edited[place:stands], source[start:end]]
        place = stands + len(after)
        shift += len(after) - (end - start)
    return "".join([*pieces, edited[place:]])


def _in_order(findings: Iterable[Finding]) -> list[tuple[int, int, str]]:
    return sorted(
        (f.start, f.end, f.after)
        for f in findings
        if f.action == "edit" and f.start is not None and f.end is not None and f.after is not None
    )
