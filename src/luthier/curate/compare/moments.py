"""Days and times of day that a sentence states, in one form each: "by 31 March", "9 a.m. to 5 p.m.", "on Mondays".

A day without its year is no date for `luthier.text.dates`, but two of them can still contradict one another. Days are
given as "03-31", their years beside them, since a yearly deadline has another year each time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from luthier.text.dates import DateMention

_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november"),
    "december",
)
_DIGIT = re.compile(r"\d")
_MONTH = "|".join([*_MONTHS, *(name[:3] for name in _MONTHS), "sept"])
_DAY_OF_MONTH = re.compile(
    rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<m>{_MONTH})\b(?!,? \d{{4}})"
    rf"|\b(?P<m2>{_MONTH}) (?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!,? \d{{4}}|[:.]\d)",
    re.I,
)
_TIME = re.compile(
    r"\b(?P<h>[01]?\d|2[0-4])(?:[:.](?P<m>[0-5]\d))?\s?(?P<half>[ap])\.?m\b\.?"
    r"|\b(?P<h24>[01]?\d|2[0-4]):(?P<m24>[0-5]\d)\b(?!:)"
    r"|\b(?:at|from|to|until|till|by|before|after|between|and)\s(?P<hd>[01]?\d|2[0-4])\.(?P<md>[0-5]\d)"
    r"(?!\d|\s?(?:%|‰|percent|per cent|EUR|USD|GBP|CHF|euros?|m[gl]?\b|k|°))"
    r"|\b(?P<hc>1[0-2]|[1-9]) o['’]clock\b|\b(?P<word>noon|midday|midnight)\b",
    re.I,
)
_BARE_RANGE = re.compile(r"\b(?:from|between)?\s?(?P<a>\d{1,2})\s?(?:to|until|and|-|–)\s?$", re.I)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY = re.compile(rf"\b({'|'.join(_WEEKDAYS)})s?\b", re.I)
_WORKDAYS = re.compile(r"\bmondays?\s?(?:to|through|until|-|–)\s?fridays?\b", re.I)
_SPOKEN_TIME = {"noon": 720, "midday": 720, "midnight": 1440}


@dataclass(frozen=True, slots=True)
class Moments:
    """`days` ("03-31", "2026-Q1"), `years`, `times` in minutes of the day, `weekdays`; `spans` are where days and times
    stand."""

    days: tuple[str, ...] = ()
    years: frozenset[str] = frozenset()
    times: tuple[str, ...] = ()
    weekdays: frozenset[str] = frozenset()
    spans: tuple[tuple[int, int], ...] = ()


NO_MOMENTS = Moments()


def moments_in(text: str, dates: Sequence[DateMention]) -> Moments:
    """The days, times and weekdays of a sentence; `dates` are those already found in it."""
    days, years, spans = list[str](), set[str](), list[tuple[int, int]]()
    for mention in dates:
        if mention.date is not None and mention.precision in ("day", "month"):
            form = "%m-%d" if mention.precision == "day" else "%m"
            days.append(mention.date.strftime(form))
            years.add(str(mention.date.year))
    taken = [(mention.start, mention.end) for mention in dates]
    for found in _DAY_OF_MONTH.finditer(text) if _has_digit(text) else ():
        if not any(first < found.end() and found.start() < last for first, last in taken):
            month = (found["m"] or found["m2"]).lower()[:3]
            number = next(n for n, name in enumerate(_MONTHS, start=1) if name.startswith(month))
            days.append(f"{number:02d}-{int(found['d'] or found['d2']):02d}")
            spans.append(found.span())
    times: list[str] = []
    for found in _TIME.finditer(text) if _has_digit(text) or "noon" in text or "mid" in text else ():
        if any(first < found.end() and found.start() < last for first, last in taken + spans):
            continue
        times += _with_bare_beginning(text, found)
        spans.append(found.span())
    weekdays: set[str] = set()
    if "day" in text:
        named = list(_WEEKDAY.finditer(text))
        spans += [found.span() for found in named]
        weekdays = {found[1].lower() for found in named}
        if weekdays and _WORKDAYS.search(text):
            weekdays = weekdays - {"monday", "friday"} | {"weekday"}
    if not (days or times or weekdays):
        return NO_MOMENTS
    return Moments(tuple(days), frozenset(years), tuple(times), frozenset(weekdays), tuple(spans))


def _has_digit(text: str) -> bool:
    return _DIGIT.search(text) is not None


def _with_bare_beginning(text: str, found: re.Match[str]) -> list[str]:
    """The time, and before it the bare hour of a range: "9 to 5 p.m."."""
    minutes = _minutes(found)
    before = _BARE_RANGE.search(text, max(0, found.start() - 12), found.start()) if found["half"] else None
    return [str(60 * int(before["a"])), str(minutes)] if before else [str(minutes)]


def _minutes(found: re.Match[str]) -> int:
    if found["word"]:
        return _SPOKEN_TIME[found["word"].lower()]
    if found["hc"]:
        return 60 * int(found["hc"])
    if found["half"]:
        return 60 * (int(found["h"]) % 12 + 12 * (found["half"].lower() == "p")) + int(found["m"] or 0)
    return 60 * int(found["h24"] or found["hd"]) + int(found["m24"] or found["md"])
