"""What a document's name says of its version: "Fee schedule v2 (March 2024)" is version 2, of March 2024, of
"fee schedule".

Some documents replace their predecessors (a policy, a price list), others are records of their own time (a report, the
minutes of a meeting): of the first kind another date is another version, of the second another document.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Set
from dataclasses import dataclass
from typing import Literal

from luthier.text.dates import find_dates
from luthier.text.tokens import listed, words

Kind = Literal["versioned", "history", "unknown"]

VERSIONED = listed(
    "policy policies tariff tariffs fee fees price prices pricing rates charges guideline guidelines guidance "
    "procedure procedures manual handbook leaflet terms conditions rule rules rulebook regulation regulations "
    "directive instruction instructions standard standards protocol protocols factsheet formulary monograph "
    "faq brochure code checklist sop catalogue limits schedule dosing dosage charter"
)
HISTORY = listed(
    "report reports statement statements minutes letter letters invoice invoices review reviews newsletter "
    "results accounts note notes meeting minute memo correspondence email mail transcript log diary case "
    "ticket order receipt confirmation summary portfolio annual quarterly monthly weekly interim agenda survey "
    "audit balance budget forecast outlook bulletin announcement press payslip timesheet record records call "
    "visit"
)
_FILLER = listed("final draft copy new old updated current revised latest signed clean approved of the and for")
_PREPOSITIONS = listed("of for on about re regarding concerning with from to in")
_VERSION = re.compile(
    r"(?<![^\W_])(?:version|vers|ver|v|revision|rev|edition|ed|issue|release)[ ._:-]{0,2}"
    r"(?P<number>\d{1,3}(?:[._]\d{1,3}){0,3}|(?<=[ ._:-])[A-Ha-h])(?![^\W_])"
    r"|(?<!\w)(?P<ordinal>\d{1,2})(?:st|nd|rd|th) (?:edition|version|revision|issue)(?!\w)",
    re.IGNORECASE,
)
_COMPACT_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_.]?(0[1-9]|1[0-2])(?:[-_.]?(0[1-9]|[12]\d|3[01]))?(?!\d)")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?:\s?[/–-]\s?(?:(?:19|20)?\d\d))?(?!\d)")
_PERIOD = re.compile(r"(?<!\w)(?:Q[1-4]|[1-4]Q|H[12]|FY)(?!\w)", re.IGNORECASE)
_FILE_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Name:
    """What a title or file name says. `stem` is what is left without version and date, lower-cased words."""

    stem: str
    version: tuple[int, ...] | None
    date: dt.date | None
    kind: Kind
    draft: bool = False


def read_name(
    name: str, *, is_file: bool = False, more_versioned: Set[str] = frozenset(), more_history: Set[str] = frozenset()
) -> Name:
    """The parts of a title, or of a file's path; a letter as version (rev. B) counts as its place in the alphabet."""
    text = name
    if is_file:
        text = _CAMEL.sub(" ", _FILE_ENDING.sub("", name.rsplit("/", 1)[-1]).replace("_", " "))
    version = read_version(text)
    text = _VERSION.sub(" ", text)
    date, text, periodic = _take_dates(text)
    stem_words = words(text)
    draft = "draft" in stem_words
    stem = " ".join(word for word in stem_words if word not in _FILLER)
    kind = kind_of(stem_words, more_versioned, more_history)
    return Name(stem, version, date, "history" if periodic and kind == "unknown" else kind, draft)


def read_version(text: str) -> tuple[int, ...] | None:
    """The first version number that stands in `text`, without zeros at its end: 2.0 is 2."""
    found = _VERSION.search(text)
    if found is None:
        return None
    raw = found["number"] or found["ordinal"]
    if raw.isalpha():
        return (ord(raw.lower()) - ord("a") + 1,)
    numbers = [int(part) for part in re.split(r"[._]", raw)]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def kind_of(
    stem_words: list[str], more_versioned: Set[str] = frozenset(), more_history: Set[str] = frozenset()
) -> Kind:
    """By the last word of the name's head that tells: a "policy review" is a review, "review guidelines" are
    guidelines, "minutes on the fee policy" are minutes."""
    history, versioned = (HISTORY - more_versioned) | more_history, VERSIONED | more_versioned
    joint = next((place for place, word in enumerate(stem_words) if word in _PREPOSITIONS), len(stem_words))
    for part in (stem_words[:joint], stem_words[joint:]):
        for word in reversed(part):
            if word in history:
                return "history"
            if word in versioned:
                return "versioned"
    return "unknown"


def _take_dates(text: str) -> tuple[dt.date | None, str, bool]:
    """The last date in a name, the name without any, and whether one was a period (a quarter, a financial year)."""
    date, pieces, end, periodic = None, [], 0, False
    for mention in find_dates(text):
        pieces.append(text[end : mention.start])
        end, date = mention.end, mention.date or date
        periodic = periodic or mention.precision in ("quarter", "half")
    rest = " ".join([*pieces, text[end:]])
    for found in _COMPACT_DATE.finditer(rest):
        try:
            date = dt.date(int(found[1]), int(found[2]), int(found[3] or 1))
        except ValueError:
            continue
    rest = _COMPACT_DATE.sub(" ", rest)
    for found in _YEAR.finditer(rest):
        date = date or dt.date(int(found[0][:4]), 1, 1)
    rest = _YEAR.sub(" ", rest)
    return date, _PERIOD.sub(" ", rest), periodic or bool(_PERIOD.search(rest))
