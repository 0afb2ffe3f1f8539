"""The values that a sentence states: figures with their units, in words too, and telephone numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from luthier.curate.compare.moments import NO_MOMENTS, Moments, moments_in
from luthier.text.dates import DateMention, find_dates
from luthier.text.numbers import Quantity, find_numbers, plain
from luthier.text.units import SPELLINGS, in_base_units

_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
NUMBER_WORDS = {**{w: n for n, w in enumerate(_SMALL)}, **{w: 10 * n for n, w in enumerate(_TENS, start=2)}}
_SPELLED = re.compile(
    rf"\b(?:(?:{'|'.join([*_TENS, *reversed(_SMALL)])}|a hundred|hundred|a thousand"
    rf"|thousand)(?:[ -](?:and )?)?)+(?<![ -])"
    r"(?=[ -](?:per ?cent|percent|%|[a-z]+s?\b))",
    re.I,
)
_DIGIT = re.compile(r"\d")
WORKDAYS = "workday"
"""The kind of a number of working days: how many days of the calendar they are, nobody can say."""
_WORKING = re.compile(r"(?<=\d)[ -](?:working|business|bank|banking)[ -]days?\b", re.I)
_SPAN_UNIT = re.compile(
    r"\s(?:full|calendar|complete|whole|consecutive|clear)[ -](days?|weeks?|months?|years?)\b", re.I
)
_A_DAY = re.compile(
    r"\b(?:in|per|over|within)\s(?:any\s|a\s|each\s|every\s)?(?:period of\s)?24(?:\s|-)?(?:hours?|h)\b", re.I
)
_EXTENSION = re.compile(
    r"\b(?:extension|ext\.?|dial|short code)\s(?:number\s|no\.\s)?(\d{2,6})\b(?!\s?(?:%|mg|EUR))", re.I
)
_NATIONAL = re.compile(r"(?<![\w.,/+-])(?:1[- ])?(?:\(\d{3}\) ?|\d{3}[- ])?\d{3}[- ]\d{4}(?![\w-])")
_NAME_BEHIND = re.compile(r" [A-ZÀ-Ý][\w’']+")
_MANY = 4  # runs of digits; a line with so many is a list of parts, not a rule on whom to call
_RUN_OF_DIGITS = re.compile(r"\d+")
_CONDITION = re.compile(
    r"\b(?:above|over|below|under|exceeding|more than|less than|between|from|after|up to|of up to|beyond)\s"
    r"(?:[A-Z]{3}\s|[€£$])?\Z",
    re.I,
)
_NO_DIGIT = re.compile(r"\D")
# These begin with the set of what they can begin with, and look back after it, so that `re` can skip to it.
_PHONE = re.compile(
    r"[+(0](?<![\w.,-].)"
    r"(?:(?<=\+)\d{1,3}[ \d()/.-]{6,}\d|(?:(?<=\()0|(?<=0))\d{1,5}\)?[ /-][\d /-]{4,}\d)(?![\w-])"
)
NAMES = re.compile(
    r"[A-ZÀ-Ý](?<![\w’'-].)[\w’'&-]*"
    r"(?: (?:[A-ZÀ-Ý][\w’'&-]*|\d{1,6}(?![\w.,:/%-]*\w)(?! ?(?:mg|g|ml|EUR|days?|%))))*"
)
"""Runs of words with capitals, and of the numbers that belong to them."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What stands in a sentence. `read` is the sentence with numbers in words written as figures, `dates` are its;
    `masked` is `read` without dates and figures; `values` are by kind, in order; `moments` are days and times of day;
    `conditions` are values that say when the rest holds ("above EUR 5,000")."""

    read: str
    dates: list[DateMention]
    masked: str
    values: dict[str, tuple[str, ...]]
    moments: Moments = NO_MOMENTS
    conditions: dict[str, tuple[str, ...]] = field(default_factory=dict)


def figures_in(sentence: str, *, in_words: bool = True, moments: bool = True) -> Figures:
    """The figures of a sentence; `in_words` and `moments` are False where it is known to have no numbers in words, and
    no day, month or time of day."""
    text = numbers_in_figures(sentence) if in_words else sentence
    if _DIGIT.search(text) is None:
        said = moments_in(text, ()) if moments else NO_MOMENTS
        return Figures(text, [], _masked(text, said.spans), {}, said)
    if "day" in text:
        text = _WORKING.sub(f" {WORKDAYS}s", text)
    if "24" in text and len(_RUN_OF_DIGITS.findall(text)) > 1:
        text = _A_DAY.sub("per day", text)
    dates = find_dates(text)
    said = moments_in(text, dates) if moments else NO_MOMENTS
    taken = [*((mention.start, mention.end) for mention in dates), *said.spans]
    phones = _phones(text)
    values: dict[str, list[str]] = {"phone": [digits for *_, digits in phones]} if phones else {}
    called = [(first, last) for first, last, _ in phones]
    conditions: dict[str, list[str]] = {}
    quantities = _quantities(text, taken + called)
    for kind, first, _, value in quantities:
        if _CONDITION.search(text, max(0, first - 24), first):
            conditions.setdefault(kind, []).append(value)
        values.setdefault(kind, []).append(value)
    masked = _masked(text, [*taken, *called, *((first, last) for _, first, last, _ in quantities)])
    return Figures(text, dates, masked, _tuples(values), said, _tuples(conditions))


def numbers_in_figures(text: str) -> str:
    """The text with its numbers in words written as figures, where a word follows that they count."""
    return _SPELLED.sub(lambda found: f"{_value_of(found[0])}", text)


def _masked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text with a sign in place of each span."""
    pieces, end = [], 0
    for first, last in sorted(spans):
        if first >= end:
            pieces += [text[end:first], " # "]
            end = last
    return "".join([*pieces, text[end:]])


def _tuples(found: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {kind: tuple(members) for kind, members in found.items()}


def _phones(text: str) -> list[tuple[int, int, str]]:
    """Where telephone numbers stand, and their last digits, which do not depend on how the country is written."""
    spans = [found.span() for found in _PHONE.finditer(text)]
    if "-" in text:
        spans += [found.span() for found in _NATIONAL.finditer(text) if not _lies_in(spans, found.start())]
    if ("xt" in text or "dial" in text.lower() or "code" in text) and len(_RUN_OF_DIGITS.findall(text)) < _MANY:
        spans += [found.span(1) for found in _EXTENSION.finditer(text)]
    return [(first, last, _NO_DIGIT.sub("", text[first:last])[-8:]) for first, last in sorted(spans)]


def _quantities(text: str, taken: list[tuple[int, int]]) -> list[tuple[str, int, int, str]]:
    """The kind, the place and the value, in base units, of each quantity outside those spans. Figures without a unit
    count where there are no others."""
    quantities = find_numbers(text, skip=taken)
    if any(q.unit is None for q in quantities):
        named = [found.span() for found in NAMES.finditer(text)]
        quantities = [
            q for q in quantities if q.unit is not None or not (_lies_in(named, q.start) or _is_no_count(text, q))
        ]
    found: list[tuple[str, int, int, str]] = []
    counts: list[tuple[str, int, int, str]] = []
    for q in quantities:
        unit, slash, per = (q.unit or "").partition("/")
        if not unit and text.startswith(f" {WORKDAYS}s", q.end):
            found.append((WORKDAYS, q.start, q.end + len(WORKDAYS) + 2, plain(q.value)))
            continue
        spelled = None if unit else _SPAN_UNIT.match(text, q.end)
        if spelled:
            unit = SPELLINGS[spelled[1].lower()]
        value, base = in_base_units(q.value, unit or "count")
        (found if unit else counts).append(
            (f"{base}{slash}{per}", q.start, spelled.end() if spelled else q.end, plain(value))
        )
    return found or counts


def _is_no_count(text: str, quantity: Quantity) -> bool:
    """Whether a figure without a unit is a year, or belongs to the name behind it, as a house's number does."""
    year = 1900 <= quantity.value <= 2099 and quantity.value % 1 == 0
    return year or _NAME_BEHIND.match(text, quantity.end) is not None


def _lies_in(spans: list[tuple[int, int]], place: int) -> bool:
    return any(first <= place < last for first, last in spans)


def _value_of(spelled: str) -> int:
    total, current = 0, 0
    for word in re.split(r"[ -]+", spelled.lower()):
        if word == "hundred":
            current = max(1, current) * 100
        elif word == "thousand":
            total, current = total + max(1, current) * 1000, 0
        else:
            current += NUMBER_WORDS.get(word, 0)
    return total + current
