"""National and tax numbers of people, passports and driving licences.

A text's digit-bearing words are read in runs, and every stretch of up to `MOST_WORDS` of them is compared by its shape
with the forms in `national_schemes`: one look-up, whatever the number of schemes. Passport and licence numbers have no
check that holds across countries; they are found beside the word for them.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections import defaultdict
from collections.abc import Iterator

from luthier.curate.clean.privacy.cues import counts_things, cued, mentions
from luthier.curate.clean.privacy.national_schemes import GENERAL_CUE, SCHEMES, Scheme
from luthier.curate.clean.privacy.spans import Span

SHORTEST, LONGEST = (f(len(form) for s in SCHEMES for form in (*s.forms, *s.cued)) for f in (min, max))
MOST_WORDS = 7  # a French number in its groups: 1 85 05 78 006 084 91
_WORD = re.compile(r"(?<![^\s(\[\"'“‘:,;=#])(?:[A-Z]{0,6}\d[0-9A-Z./()-]*|[A-Z]-\d[0-9A-Z-]*|[A-Z]{1,3}\b)")
_LEAST = re.compile(r"\d[^\n]{0,12}\d[^\n]{0,12}\d")
_DOCUMENT_WORDS = ("pass", "driv", "dl", "hrerschein", "permis")
_LETTERS = str.maketrans("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", "9" * 10 + "A" * 26)
_DOCUMENT = re.compile(
    r"\b(?:(?P<passport>passport|reisepass|passeport|pasaporte)"
    r"|(?P<licence>driv(?:er|ing)(?:[’']?s)?[ -]licen[cs]e|\bDL\b|f[uü]hrerschein|permis de conduire))"
    r"(?: (?:card|number|no|nr|num|id|#)\b\.?|#)*\s?(?:is|was|[:#=-])?\s{0,2}"
    r"(?P<value>(?=[A-Z-]*\d[A-Z-]*\d)[A-Z0-9](?:-?[A-Z0-9]){4,17})(?![\w-])",
    re.IGNORECASE,
)  # fmt: skip


def find_national_numbers(text: str) -> Iterator[Span]:
    """The national, tax, passport and licence numbers in a text; of overlapping readings, all."""
    if _LEAST.search(text) is None:
        return
    for run in _runs(text):
        for first in range(len(run)):
            for last in range(first, min(first + MOST_WORDS, len(run))):
                if SHORTEST <= run[last][1] - run[first][0] <= LONGEST:
                    yield from _known(text, run[first][0], run[last][1])
    for found in _DOCUMENT.finditer(text) if mentions(text.lower(), _DOCUMENT_WORDS) else ():
        if sum(c.isdigit() for c in found["value"]) > 3:
            what = "a passport number" if found["passport"] else "a driving licence number"
            yield Span(*found.span("value"), "national_number", what)


def is_national_number(written: str) -> bool:
    """Whether some scheme takes this for one of its numbers, self-evident or not."""
    evident, shared = _forms()
    shape = written.translate(_LETTERS)
    return any(scheme.is_valid(written) for scheme in (*evident.get(shape, ()), *shared.get(shape, ())))


def _runs(text: str) -> Iterator[list[tuple[int, int]]]:
    """Digit-bearing words, and short ones of capitals, in runs that single spaces hold together."""
    run: list[tuple[int, int]] = []
    for word in _WORD.finditer(text):
        start, end = word.span()
        closed = end
        while text[closed - 1] in ".-/(" or (text[closed - 1] == ")" and "(" not in word[0]):
            closed -= 1
        if run and not (start == run[-1][1] + 1 and text[run[-1][1]] == " "):
            yield run
            run = []
        run.append((start, closed))
        if closed != end:
            yield run
            run = []
    if run:
        yield run


def _known(text: str, start: int, end: int) -> Iterator[Span]:
    evident, shared = _forms()
    written = text[start:end]
    shape = written.translate(_LETTERS)
    candidates = evident.get(shape), shared.get(shape)
    if candidates == (None, None) or text[end : end + 1].isalnum():
        return
    general = cued(text, start, GENERAL_CUE)
    for scheme in candidates[1] or ():
        if (general or cued(text, start, _cue(scheme))) and scheme.is_valid(written):
            yield Span(start, end, "national_number", scheme.what)
    for scheme in candidates[0] or ():
        # What the text calls by its name is one, even if mistyped or never issued.
        named = cued(text, start, _cue(scheme), reach=24)
        if named or (scheme.is_valid(written) and (general or not counts_things(text, start, end))):
            yield Span(start, end, "national_number", scheme.what)


@functools.cache
def _cue(scheme: Scheme) -> re.Pattern[str]:
    return re.compile(scheme.cue, re.IGNORECASE)


@functools.cache
def _forms() -> tuple[dict[str, list[Scheme]], dict[str, list[Scheme]]]:
    """Schemes by the shape of their self-evident forms, and of those that need a cue."""
    evident: dict[str, list[Scheme]] = defaultdict(list)
    shared: dict[str, list[Scheme]] = defaultdict(list)
    for scheme in SCHEMES:
        for table, forms in ((evident, scheme.forms), (shared, scheme.cued)):
            for form in forms:
                for choice in itertools.product("9A", repeat=form.count("*")):
                    letters = iter(choice)
                    table["".join(next(letters) if c == "*" else c for c in form)].append(scheme)
    return dict(evident), dict(shared)
