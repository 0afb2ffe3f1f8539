"""Sentences: where one ends and the next begins, by rule.

A blank line or a list item ends a sentence; a single line break does not, since mail and PDF text is hard-wrapped.
Otherwise a sentence ends at `.`, `!`, `?` or `…`, with the quotes and brackets that close after it, before white space
and something that can open a sentence: anything but a lower-case letter. A full stop does not end one after a title
("Dr. Lee"), an abbreviation ("approx. 5 %"), an initial ("J. Lee"), the number of a list item ("2. Equities"), or a day
before its month and year ("31. März 2024").
Where an abbreviation may close a sentence too ("… in the U.S. The fund …"), it does so before a word that commonly
opens one. The full-width 。！？ end a sentence with no white space after them.
"""

from __future__ import annotations

import functools
import re

from luthier.text.tokens import listed

# Never the last word of a sentence: something always follows.
_LEADS_ON = listed(
    "mr mrs ms dr prof rev hon st gen col capt sr messrs mme mlle herr hr fr"
    " vs v cf viz e.g eg i.e ie z.b d.h bzw ca approx incl excl"
)
# Abbreviations before a number; "no" and "art" are also plain words.
_NUMBER_FOLLOWS = listed(
    "no nos nr fig figs eq sec art para ch vol p pp ref tel ext acct jan feb mar apr jun jul aug sep sept oct nov dec"
)
# These may close a sentence.
_MAY_CLOSE = listed(
    "inc ltd co corp plc llc bros dept est gov etc et al usw a.m p.m am pm jr ph.d m.sc b.sc yr yrs mo qtr mn bn"
    " min max avg"
)
_OPENERS = listed(
    "the a an this that these those it its he she they we you i in on at by for from to as if when while after before"
    " during since until with without our their his her your my there here however but and or so please no not"
    " der die das ein eine es er sie wir im am"
)
# It begins with the set of all marks, and not with the choice between them, so that `re` can skip to the next mark.
_END = re.compile(
    r"""[.!?…。！？](?:
        (?<=[。！？])[。！？]*[”’」』）]*
      | (?<=[.!?…])(?P<more>[.!?…]*)[\"'”’»)\]]*(?=\s+[\"'“‘«(\[¿¡]*(?P<next>\S)) )
    """,
    re.VERBOSE,
)
_MARKER = r"(?:[-*•–▪◦‣]|\(?(?:\d{1,3}|[A-Za-z]|[ivx]{1,4})[.)])[ \t]+"
_BREAK = re.compile(rf"\n[ \t]*(?:\n\s*)?(?={_MARKER}\S)|\n[ \t]*\n\s*")
_ITEM = re.compile(_MARKER)
_INITIALS = re.compile(r"[^\W\d_](?:\.[^\W\d_])*")  # the last full stop is the one in question
_MONTH_AND_YEAR = re.compile(r"\s+(?:Jan|Jän|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)[a-zä]*\.?\s+\d{4}\b")
_NEXT_WORD = re.compile(r"\s*[\"'“‘«(\[¿¡]*([^\W\d_]+)")


def sentences(text: str) -> list[str]:
    """The sentences of `text` in order, without the white space around them; line breaks inside stay as they are."""
    return [text[start:end] for start, end in sentence_spans(text)]


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Where each sentence of `text` stands, as character offsets (start, end); what lies between is white space."""
    return list(_spans(text))


@functools.lru_cache(maxsize=16)
def _spans(text: str) -> tuple[tuple[int, int], ...]:
    """The last few texts' sentences are kept: several rules in a row ask for those of the same document."""
    spans: list[tuple[int, int]] = []
    start = 0
    for found in _BREAK.finditer(text):
        spans += _spans_of_block(text, start, found.start())
        start = found.end()
    return (*spans, *_spans_of_block(text, start, len(text)))


def _spans_of_block(text: str, start: int, end: int) -> list[tuple[int, int]]:
    spans = []
    marker = _ITEM.match(text, start, end)
    searched = marker.end() if marker else start
    for found in _END.finditer(text, searched, end):
        if found["more"] is None or _ends(text, start, found):
            spans.append((start, found.end()))
            start = found.end()
    spans.append((start, end))
    trimmed = [_trim(text, *span) for span in spans]
    return [span for span in trimmed if span[0] < span[1]]


def _ends(text: str, start: int, found: re.Match[str]) -> bool:
    """Whether a sentence that began at `start` ends at this punctuation mark."""
    if found["next"].islower():
        return False
    if found["more"] or text[found.start()] != ".":
        return True
    word = _word_before(text, start, found.start()).lower()
    if not word:
        return True
    if word in _LEADS_ON or (word in _NUMBER_FOLLOWS and found["next"].isdigit()) or _is_day(word, text, found.end()):
        return False
    if word not in _MAY_CLOSE and not _INITIALS.fullmatch(word):
        return True
    following = _NEXT_WORD.match(text, found.end())
    return following is not None and following[1].lower() in _OPENERS


def _is_day(word: str, text: str, end: int) -> bool:
    """Whether a word is a day's number, and its month and year follow."""
    return word.isdigit() and len(word) < 3 and _MONTH_AND_YEAR.match(text, end) is not None


def _word_before(text: str, start: int, end: int) -> str:
    """The word that ends at `end`, with the full stops inside it ("U.S"); empty where none does."""
    if end > start and text[end - 1] == "\n":
        end -= 1
    first = end
    while first > start and (
        text[first - 1].isalnum() or (text[first - 1] == "." and first < end and text[first] != ".")
    ):
        first -= 1
    return text[first:end].lstrip(".")


def shortened(sentence: str, most: int = 200) -> str:
    """A sentence in one line, cut off where it has more characters than `most`."""
    flat = " ".join(sentence.split())
    return flat if len(flat) <= most else f"{flat[: most - 1]}…"


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end
