"""The values that a sentence states: figures with their units, in words too, and telephone numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from luthier.text.dates import DateMention, find_dates
from luthier.text.numbers import Quantity, find_numbers, plain
from luthier.text.units import in_base_units

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
_NAME_BEHIND = re.compile(r" [A-ZÀ-Ý][\w’']+")
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
    `masked` is `read` without dates and figures; `values` are by kind, in order."""

    read: str
    dates: list[DateMention]
    masked: str
    values: dict[str, tuple[str, ...]]


def figures_in(sentence: str, *, in_words: bool = True) -> Figures:
    """The figures of a sentence; `in_words` is False where it is known to have no numbers in words."""
    text = _SPELLED.sub(lambda found: f"{_value_of(found[0])}", sentence) if in_words else sentence
    if _DIGIT.search(text) is None:
        return Figures(text, [], text, {})
    values: dict[str, list[str]] = {}
    dates = find_dates(text)
    taken = [(mention.start, mention.end) for mention in dates]
    phones = [found.span() for found in _PHONE.finditer(text)]
    for first, last in phones:
        values.setdefault("phone", []).append(_NO_DIGIT.sub("", text[first:last])[-8:])
    quantities = find_numbers(text, skip=taken + phones)
    if any(q.unit is None for q in quantities):
        named = [found.span() for found in NAMES.finditer(text)]
        quantities = [
            q for q in quantities if q.unit is not None or not (_lies_in(named, q.start) or _is_no_count(text, q))
        ]
    for q in [q for q in quantities if q.unit is not None] or quantities:
        unit, slash, per = (q.unit or "count").partition("/")
        value, base = in_base_units(q.value, unit)
        values.setdefault(f"{base}{slash}{per}", []).append(plain(value))
    pieces, end = [], 0
    for first, last in sorted([*taken, *phones, *((q.start, q.end) for q in quantities)]):
        if first >= end:
            pieces += [text[end:first], " # "]
            end = last
    masked = "".join([*pieces, text[end:]])
    return Figures(text, dates, masked, {kind: tuple(found) for kind, found in values.items()})


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
