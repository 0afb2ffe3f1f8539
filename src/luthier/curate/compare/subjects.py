"""Whether two statements are about the same thing, and say something else of it.

What a sentence is about it names itself, or the heading above it does. Names must agree both ways: what one statement
names must stand in the other or above it. Where neither names anything, the words of matter decide, and headings that
share none of theirs keep statements apart that have hardly a word of their own.
"""

from __future__ import annotations

from luthier.curate.compare.cues import HOW
from luthier.curate.compare.statements import Assertion

_MOMENTS = ("time", "date", "weekday")
_MOST_OF_PARTY = 6  # words; what is longer was cut in the wrong place


def same_attribute(a: Assertion, b: Assertion) -> bool:
    """Whether both are of the same attribute, by more than how they bound it where both say more."""
    if a.wording == b.wording or a.kind == "whether":
        return True
    return bool((a.attributes - HOW) & (b.attributes - HOW)) or (
        bool(a.attributes & b.attributes) and not (a.attributes - HOW and b.attributes - HOW)
    )


def same_scope(a: Assertion, b: Assertion) -> bool:
    """Whether what limits each statement ("for business members", "if paid late") is in the other's words too."""
    return a.qualifiers <= b.within_reach and b.qualifiers <= a.within_reach


def other_values(a: Assertion, b: Assertion) -> bool:
    """Whether the values differ, one for one. Where every one of several differs, they are of other cases
    ("above EUR 1,000 it costs EUR 5", "above EUR 5,000 EUR 10"), unless they are the two ends of one span."""
    if len(a.values) != len(b.values) or sorted(a.values) == sorted(b.values):
        return False
    several = len(a.values) > 1 and a.kind not in _MOMENTS
    return not several or any(mine == yours for mine, yours in zip(a.values, b.values, strict=True)) or _is_span(a)


def other_party(a: Assertion, b: Assertion) -> bool:
    """Whether two statements on who is responsible name different parties, each wholly other or more than the other."""
    mine, yours = set(a.values), set(b.values)
    if not a.attributes & b.attributes or _numbers(a) != _numbers(b):
        return False
    if mine and yours:
        return not (mine <= yours or yours <= mine) and max(len(mine), len(yours)) <= _MOST_OF_PARTY
    if not a.runs & b.runs:
        return False
    here, there = (a.content | a.names) - (b.content | b.names), (b.content | b.names) - (a.content | a.names)
    if not here or not there or max(len(here), len(there)) > 4:
        return False
    return bool((a.content & b.content) or len(a.content | b.content) <= 6)


def same_subject(a: Assertion, b: Assertion, *, same_group: bool, same_title: bool, min_overlap: float) -> bool:
    """Whether two statements are about the same thing.

    Args:
        same_group: whether both documents belong to the same client, or neither to one.
        min_overlap: the share of the words of matter that must be common where no name is.
    """
    here, there = a.within_reach, b.within_reach
    if not (a.names <= there and b.names <= here and a.openers <= there and b.openers <= here):
        return False
    spoken = (a.names & there) | (b.names & here) or {run for run in a.runs & b.runs if len(run) > 3}
    if not spoken and a.heading.names - there and b.heading.names - here:
        return False
    if spoken and a.kind != "whether" and (a.kind != "who" or a.runs & b.runs):
        return _same_of_name(a, b)
    if not same_group:
        return False
    if a.heading.names & b.heading.names and not (a.content - there or b.content - here) and a.kind != "whether":
        return _headings_agree(a, b)
    return _same_matter(a, b, same_title, min_overlap)


def _same_of_name(a: Assertion, b: Assertion) -> bool:
    """Whether two statements on the same named thing are about the same of it."""
    matter = not (a.content - b.within_reach and b.content - a.within_reach)
    if a.kind == "who":
        return matter or not (a.values and b.values)
    return matter or (a.kind != "count" and bool(a.attributes & b.attributes))


def _same_matter(a: Assertion, b: Assertion, same_title: bool, min_overlap: float) -> bool:
    """Whether the words of matter are the same, to the share that is asked; the fewer there are, the more so."""
    shared, either = a.content & b.content, a.content | b.content
    if a.kind == "whether":
        return a.wording == b.wording and len(shared) >= (1 if same_title else 2)
    if len(shared) >= 2:
        return len(shared) >= min_overlap * len(either) and _agree_in_names(a, b)
    if not shared:
        return not either and same_title and bool(a.attributes - HOW)
    if shared == either and _agree_in_names(a, b):
        return a.wording == b.wording or (bool((a.attributes - HOW) & (b.attributes - HOW)) and _headings_agree(a, b))
    return same_title and len(shared) >= min_overlap * len(either)


def _agree_in_names(a: Assertion, b: Assertion) -> bool:
    return not (a.heading.names - b.within_reach and b.heading.names - a.within_reach)


def _headings_agree(a: Assertion, b: Assertion) -> bool:
    """Whether not each heading has matter that is neither above nor in the other statement."""
    return not (a.heading.matter - b.within_reach and b.heading.matter - a.within_reach)


def _is_span(a: Assertion) -> bool:
    return len(a.values) == 2 and " # to # " in f" {a.wording} "


def _numbers(a: Assertion) -> set[str]:
    return {name for name in a.names if name.isdigit()}
