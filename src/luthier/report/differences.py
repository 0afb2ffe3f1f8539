"""Texts marked for a reader: where two of them differ, and which passage of one is meant.

Only what is near a mark is shown; what lies between is left out, and an ellipsis says so.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

LONGEST = 420  # characters of a text that is shown without a mark
AROUND = 60  # characters of a passage's surroundings, on either side
NEAR = 9  # words before and after a difference
COMPARED = 1500  # words of each text that are compared
SHOWN_WORDS = 150  # of each of two texts that are compared
HELD = 3  # words in a row that count as held
ELLIPSIS = " … "

Tone = Literal["same", "out", "in", "mark"]


@dataclass(frozen=True, slots=True)
class Run:
    """A run of text, and how it is marked: taken out, put in, pointed at, or not at all."""

    text: str
    tone: Tone = "same"


Runs = tuple[Run, ...]


def compared(one: str, other: str) -> tuple[Runs, Runs]:
    """Two texts, each with the words marked that the other has not in that place; letter case does not count."""
    mine, yours = _words(one), _words(other)
    near = NEAR if max(len(one), len(other)) > LONGEST else LONGEST  # what is short is shown whole
    steps = difflib.SequenceMatcher(a=_keys(mine), b=_keys(yours), autojunk=False).get_opcodes()
    if all(tag == "equal" for tag, *_ in steps):
        return (Run(shortened(one)),), (Run(shortened(other)),)
    left: list[Run] = []
    right: list[Run] = []
    for number, (tag, a, b, c, d) in enumerate(steps):
        ends = number == 0, number == len(steps) - 1
        for runs, words, tone in ((left, mine[a:b], "out"), (right, yours[c:d], "in")):
            if words:
                runs.append(_run(words, "same" if tag == "equal" else tone, ends, near))  # type: ignore[arg-type]
    return tuple(_first_words(left)), tuple(_first_words(right))


def held(whole: str, part: str) -> Runs:
    """The passage of a text, marked, that holds another one, from the first words that they share to the last."""
    words, wanted = _words(whole), _words(part)
    blocks = difflib.SequenceMatcher(a=_keys(words), b=_keys(wanted), autojunk=False).get_matching_blocks()
    shared = [block for block in blocks if block.size >= HELD]
    if not shared:
        return (Run(shortened(whole)),)
    start = len("".join(words[: shared[0].a]))
    end = len("".join(words[: shared[-1].a + shared[-1].size]).rstrip())
    return passage(whole, start, end)


def passage(text: str, start: int, end: int) -> Runs:
    """What stands from `start` to `end`, marked, with a little of what is around it, in whole words."""
    left, right = max(0, start - AROUND), min(len(text), end + AROUND)
    before, after = text[left:start], text[end:right]
    if left:
        before = "…" + _from_a_word(before, text[left - 1])
    if right < len(text):
        after = _to_a_word(after, text[right]) + "…"
    return Run(before), Run(shortened(text[start:end]), "mark"), Run(after)


def shortened(text: str) -> str:
    """A text as far as it is shown, to the end of a word, with what cannot be seen written out where it is alone."""
    cut = text if len(text) <= LONGEST else f"{_to_a_word(text[:LONGEST], text[LONGEST])}…"
    return cut if any(not c.isspace() for c in cut) else "".join(_NAMES.get(c, f"U+{ord(c):04X} ") for c in cut)


_NAMES = {" ": "␠", "\n": "⏎", "\t": "⇥", "\r": "␍"}


def _words(text: str) -> list[str]:
    """The words of a text, each with the space around it that belongs to no other: together they are the text."""
    found = re.findall(r"^\s*\S+\s*|\S+\s*", text)
    return [*found[:COMPARED], *(["…"] if len(found) > COMPARED else [])]


def _keys(words: Sequence[str]) -> list[str]:
    return [unicodedata.normalize("NFC", word).strip().casefold() for word in words]


def _run(words: list[str], tone: Tone, ends: tuple[bool, bool], near: int) -> Run:
    """Words as one run, without the middle where that is long; at either end of a text, without what leads away."""
    first, last = ends
    if len(words) > 2 * near + 1:
        head, tail = words[:near], words[-near:]
        if last and tone == "same":
            return Run("".join(head).rstrip() + " …", tone)
        if first and tone == "same":
            return Run("… " + "".join(tail), tone)
        return Run("".join(head).rstrip() + ELLIPSIS + "".join(tail), tone)
    return Run("".join(words), tone)


def _first_words(runs: Sequence[Run]) -> Iterator[Run]:
    """The runs as far as they are shown."""
    room = SHOWN_WORDS
    for run in runs:
        words = run.text.split()
        if len(words) > room:
            yield Run(" ".join(words[:room]), run.tone)
            yield Run(" …")
            return
        room -= len(words)
        yield run


def _from_a_word(text: str, before: str) -> str:
    """A text without the rest of a word at its beginning, where there is more than that."""
    return text if before.isspace() else re.sub(r"^\S*\s+", "", text) or text


def _to_a_word(text: str, after: str) -> str:
    """A text without the beginning of a word at its end, where there is more than that."""
    return (text if after.isspace() else re.sub(r"\S+$", "", text) or text).rstrip()
