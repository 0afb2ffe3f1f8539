"""The nearest valid name to one that is not."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process

SIMILAR = 60.0  # of 100; below it a suggestion misleads more often than it helps
LISTED = 10  # where nothing is similar, up to so many valid names are listed


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The most similar of `names`, None where none is similar enough. Capitals count for nothing."""
    found = process.extractOne(name, list(names), scorer=fuzz.ratio, processor=str.lower, score_cutoff=SIMILAR)
    return found[0] if found else None


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """`; did you mean X?`, or `; there is A, B or C` where none is near, or nothing where there are too many."""
    choices = sorted(names)
    found = nearest(name, choices)
    if found:
        return f"; did you mean {found}?"
    return f"; there is {any_of(choices)}" if 0 < len(choices) <= LISTED else ""


def any_of(choices: list[str]) -> str:
    """`A, B or C`."""
    return " or ".join([", ".join(choices[:-1])] * (len(choices) > 1) + choices[-1:])
