"""Dates as people write them: where they stand, which day they mean, and which ones can be read two ways.

Read are ISO dates (2025-04-03), figures with slashes, dots or hyphens (03/04/2025, 3.4.25), days with the month in
words (3 April 2025, April 3rd, 2025, 3-Apr-25, 3 de abril de 2025; English, German, French, Spanish, Italian, Dutch),
and the coarser ones: April 2025, 04/2025, Q2 2025, second half of 2025, FY 2025. A year alone counts only after a word
that makes it one ("in 2025"). A date without its year is no date yet, and is not read.

Figures with dots are day first, as they are where dots are used. With slashes or hyphens 03/04/2025 may be two days:
it has two candidates and no date, unless `day_first` says how to read, or the same text has a date that only one order
can explain (25/04/2025) and none that only the other can. A two-digit year is within 1950-2049, and never stands first.
Three pairs of digits with hyphens (10-12-24) are no date where the words before them say that they number something.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal

Precision = Literal["day", "month", "quarter", "half", "year"]


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date in a text. `date` is the day, or the first day of the month, quarter, half or year; None where
    `candidates` has two."""

    start: int
    end: int
    date: dt.date | None
    precision: Precision
    candidates: tuple[dt.date, ...] = ()

    @property
    def canonical(self) -> str | None:
        """ISO 8601 as far as the date is known: 2025-04-03, 2025-04, 2025-Q2, 2025-H1, 2025; None if ambiguous."""
        if self.date is None:
            return None
        match self.precision:
            case "day":
                return self.date.isoformat()
            case "month":
                return f"{self.date:%Y-%m}"
            case "quarter":
                return f"{self.date.year}-Q{self.date.month // 3 + 1}"
            case "half":
                return f"{self.date.year}-H{self.date.month // 6 + 1}"
            case _:
                return str(self.date.year)


_MONTH_NAMES = {
    1: "January Jan Januar Jänner janvier enero gennaio januari",
    2: "February Feb Februar février febrero febbraio februari",
    3: "March Mar März Mär mars marzo maart",
    4: "April Apr avril abril aprile",
    5: "May Mai mayo maggio mei",
    6: "June Jun Juni juin junio giugno",
    7: "July Jul Juli juillet julio luglio",
    8: "August Aug août agosto augustus",
    9: "September Sept Sep septembre septiembre settembre",
    10: "October Oct Oktober Okt octobre octubre ottobre",
    11: "November Nov novembre noviembre",
    12: "December Dec Dezember Dez décembre diciembre dicembre",
}
_MONTHS = {name.lower(): month for month, names in _MONTH_NAMES.items() for name in names.split()}
_ENGLISH = {name.lower() for names in _MONTH_NAMES.values() for name in names.split()[:2]}
_MONTH = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")(?![^\W\d_])\.?"
_YEAR = r"(?:1[89]|20|21)\d\d"
_YY = r"(?:" + _YEAR + r"|['’]?\d\d)(?![\d/]|[.,]\d)"
_ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "last": 4}
_FIGURES = re.compile(
    rf"""(?<![\w./-])(?:
        (?P<iso>(?P<iy>{_YEAR})(?P<is>[-/.])(?P<im>\d\d?)(?P=is)(?P<id>\d\d?))
      | (?P<dmy>(?P<a>\d\d?)(?P<sep>[-/.])\ ?(?P<b>\d\d?)(?P=sep)\ ?(?P<y>{_YEAR}|\d\d))
      | (?P<my>(?P<mm>0[1-9]|1[0-2])/(?P<mmy>{_YEAR}))
    )(?!(?!T\d\d:)\w|[-/]\d|\.\d)""",
    re.VERBOSE,
)
_DIGITS = re.compile(r"\d+")
_IN_FIGURES = re.compile(r"\d[-/] ?\d\d?[-/] ?\d\d")  # a date in figures whose order may be told
_DAY_FIRST_WORDS = re.compile(
    rf"(?P<d>\d\d?)(?:st|nd|rd|th|er|[.º°])?(?: (?:of|del?))?[ \-\n](?P<m>{_MONTH}),?(?: del?)?[ \-\n]"
    rf"(?P<y>{_YY})(?!\w)",
    re.IGNORECASE,
)
_SHORT_QUARTER = re.compile(rf"(?P<q>[1-4])Q[ /-]?(?P<y>{_YEAR}|['’]?\d\d)(?!\w)", re.IGNORECASE)
# What may stand before a year and belongs to it, found backwards from the year.
_BEFORE_YEAR = re.compile(
    rf"""(?<!\w)(?:
        (?P<m>{_MONTH})(?:[ ](?P<d>\d\d?)(?:st|nd|rd|th)?,?[ ]|,?(?:[ ]del?)?[ \-\n])
      | Q(?P<q>[1-4])[ /-]? | (?P<qw>first|second|third|fourth|last|1st|2nd|3rd|4th)\ quarter(?:\ of)?[ ]
      | H(?P<h>[12])[ /-]? | (?P<hw>first|second|1st|2nd)\ half(?:\ of)?[ ]
      | (?P<year>FY|in|since|until|till|by|from|during|before|after|year|of|for|through)\ ?
    )\Z""",
    re.VERBOSE | re.IGNORECASE,
)
_LONGEST_BEFORE_YEAR = len("September 30th, ") + len("fourth")
_IS_YEAR = re.compile(_YEAR + r"(?![\w/%€$£-]|[.,]\d)")
_NUMBERED = re.compile(
    r"(?:(?<!\w)(?:sort ?codes?|account|acc?t|a/c|ref(?:erence)?s?|nos?|nr|num(?:ber)?s?|codes?|part|item|order|invoice"
    r"|tel(?:ephone)?|phone|fax|ext|blz|version|batch|lot|model|policy|form|file|case|ticket|id|iban|isbn)|[#§])"
    r"[\s.:#=(-]*(?:is |was )?\Z",
    re.IGNORECASE,
)
_ACCOUNT_BEHIND = re.compile(r"[ ,/]{1,3}\d{6,}")
# After "in 2000" these say that a number was meant.
_COUNTED = re.compile(r" (?:(?:EUR|USD|GBP|CHF)(?! ?\d)|euros?|percent|[a-z]+s\b)")


def find_dates(text: str, day_first: bool | None = None) -> list[DateMention]:
    """The dates of a text, in order, none overlapping another.

    `day_first` says how 03/04/2025 is meant; None leaves it to the text's other dates.
    """
    order = order_settled_by(text) if day_first is None else day_first
    found: list[DateMention] = []
    for digits in _DIGITS.finditer(text):
        start, end = digits.span()
        length = end - start  # 1 or 2 of a day or month, 4 of a year
        if length == 3 or length > 4 or (found and start < found[-1].end):
            continue
        mention = _starting_at(text, start, end, order)
        if mention is None and length == 4 and (year := _IS_YEAR.match(text, start)):
            mention = _ending_with(text, year)
        if mention is not None and (not found or mention.start >= found[-1].end):
            found.append(mention)
    return found


def order_settled_by(text: str) -> bool | None:
    """Whether the text's own figures put the day first; None where none does, or some do and some do not."""
    if _IN_FIGURES.search(text) is None:
        return None
    orders = set()
    for digits in _DIGITS.finditer(text):
        match = _FIGURES.match(text, digits.start())
        if (
            match
            and match["dmy"]
            and match["sep"] != "."
            and not _is_reference(match)
            and (int(match["a"]) > 12) != (int(match["b"]) > 12)
        ):
            orders.add(int(match["a"]) > 12)
    return orders.pop() if len(orders) == 1 else None


def _starting_at(text: str, start: int, end: int, day_first: bool | None) -> DateMention | None:
    """The date whose first figure stands from `start` to `end`."""
    after = text[end : end + 1]
    if after and after in "-/." and (figures := _FIGURES.match(text, start)):
        return _from_figures(figures, day_first)
    if end - start > 2:
        return None
    before = text[start - 1 : start]
    if before.isalnum() or before in tuple("_.,/-"):
        return None
    if words := _DAY_FIRST_WORDS.match(text, start):
        return _mention(words, _date(words["y"], str(_month(words["m"])), words["d"]))
    if after in ("Q", "q") and (quarter := _SHORT_QUARTER.match(text, start)):
        return _mention(quarter, _date(quarter["y"], str(3 * int(quarter["q"]) - 2), "1"), "quarter")
    return None


def _ending_with(text: str, year: re.Match[str]) -> DateMention | None:
    """The date that ends with this year: April 3rd, 2025; April 2025; Q2 2025; or the year alone after "in"."""
    start, end = year.span()
    offset = max(0, start - _LONGEST_BEFORE_YEAR)
    # One character more, so that a word cut in two is not taken for a whole one.
    before = _BEFORE_YEAR.search(text[max(0, offset - 1) : start])
    if before is None:
        return None
    first = before.start() + max(0, offset - 1)
    if before["m"]:
        if before["m"][0].islower() and before["m"] in _ENGLISH:  # "you may 2025 times"
            return None
        day = _date(year[0], str(_month(before["m"])), before["d"] or "1")
        return DateMention(first, end, day, "day" if before["d"] else "month") if day else None
    if before["q"] or before["qw"]:
        quarter = int(before["q"] or _ORDINALS[before["qw"].lower()])
        return DateMention(first, end, _date(year[0], str(3 * quarter - 2), "1"), "quarter")
    if before["h"] or before["hw"]:
        half = int(before["h"] or _ORDINALS[before["hw"].lower()])
        return DateMention(first, end, _date(year[0], str(6 * half - 5), "1"), "half")
    return None if _COUNTED.match(text, end) else DateMention(start, end, _date(year[0], "1", "1"), "year")


def _month(name: str) -> int:
    return _MONTHS[name.rstrip(".").lower()]


def _from_figures(match: re.Match[str], day_first: bool | None) -> DateMention | None:
    if match["iso"]:
        return _mention(match, _date(match["iy"], match["im"], match["id"]))
    if match["my"]:
        return _mention(match, _date(match["mmy"], match["mm"], "1"), "month")
    year, first, second = match["y"], match["a"], match["b"]
    if match["sep"] == ".":
        return _mention(match, _date(year, second, first))
    if _is_reference(match):
        return None
    readings = (_date(year, second, first), _date(year, first, second))
    candidates = tuple(dict.fromkeys(day for day in readings if day))
    if len(candidates) == 2 and day_first is None:
        return DateMention(*match.span(), None, "day", candidates)
    return _mention(match, candidates[-1 if day_first is False else 0] if candidates else None)


def _is_reference(match: re.Match[str]) -> bool:
    """Whether three pairs of digits are a bank's sort code, an order's number and the like."""
    if match["sep"] != "-" or len(match["y"]) != 2:
        return False
    before = match.string[max(0, match.start() - 30) : match.start()]
    return _NUMBERED.search(before) is not None or _ACCOUNT_BEHIND.match(match.string, match.end()) is not None


def _mention(match: re.Match[str], day: dt.date | None, precision: Precision = "day") -> DateMention | None:
    return DateMention(*match.span(), day, precision) if day else None


def _date(year: str, month: str, day: str) -> dt.date | None:
    number = int(year.lstrip("'’"))
    if number < 100:
        number += 2000 if number < 50 else 1900
    try:
        return dt.date(number, int(month), int(day))
    except ValueError:
        return None
