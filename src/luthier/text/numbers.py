"""Numbers as people write them: value, currency or unit, and which ones can be read two ways.

"€1,200.50", "EUR 1.200,50" and "1 200.50 euros" are one amount; "1.2m EUR" is EUR 1200000; "5 mg/kg", "24 months",
"12½ %" and "25 bp" have units. What only looks like a number is left alone: dates, times, versions, ratios, telephone
and reference numbers, figures with a leading zero or glued to letters.

Whether "1.200" is a thousand or little more than one depends on who wrote it. Two different marks settle it (the last
is the decimal one), so does a repeated one (1.200.000), or a group that is not of three digits (1,5). What remains
goes by the text's other figures, else by the English reading, with the other one in `alternative`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from luthier.text.units import CODES, CURRENCY_WORDS, SCALES, SIGNS, SPELLINGS

Mark = Literal[".", ","]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in a text, with what stands for its unit included in `start` and `end`.

    `unit` is an ISO 4217 code, a unit's symbol (`luthier.text.units`), or None. `alternative` is the value's other
    reading, where there is one and nothing in the text settled it.
    """

    start: int
    end: int
    value: Decimal
    unit: str | None = None
    alternative: Decimal | None = None

    @property
    def is_money(self) -> bool:
        return self.unit in CODES

    @property
    def canonical(self) -> str:
        """ "EUR 1200.50", "24 months", "12.5%", "5 mg/kg", "1200": a point for decimals, nothing between thousands."""
        value = plain(self.value)
        if self.unit is None:
            return value
        if self.is_money:
            in_cents = not _is_whole(self.value) and _is_whole(100 * self.value)
            return f"{self.unit} {self.value:.2f}" if in_cents else f"{self.unit} {value}"
        if self.unit in ("%", "‰"):
            return value + self.unit
        plural = (
            "s" if self.unit in ("day", "week", "month", "quarter", "year", "hour") and abs(self.value) != 1 else ""
        )
        return f"{value} {self.unit}{plural}"


_MINUS = "-−"
_SPACES = " \xa0\u202f\u2009"
_DIGITS = re.compile(r"\d+")
_NOT_NUMBER = re.compile(
    r"""(?<=\+)\d[\d ()\-]{6,}\d  # a telephone number
      | \d+(?:[/:]\d+)+  # a ratio, a time, a date
      | \d+(?:\.\d+){2,}(?![\d,])(?<!\.\d\d\d)  # a version, a date, an address; 1.200.000 is a number
      | \d+(?:-\d+){2,}  # a date, a reference
    """,
    re.VERBOSE,
)
_FIGURE = re.compile(
    r"""(?<![\w.,'’/])(?<![A-Za-z]-)
        (?: \d{1,3}(?:(?P<group>['’\xa0\u202f\u2009 ])\d{3}(?:(?P=group)\d{3})*)(?!\d)(?:[.,]\d+)?
          | \d+(?:[.,]\d+)* )
        (?P<fraction>[½¼¾])?""",
    re.VERBOSE,
)
_NOT_DIGITS = re.compile(rf"['’{_SPACES}½¼¾]")
_FRACTIONS = {"½": Decimal("0.5"), "¼": Decimal("0.25"), "¾": Decimal("0.75")}
_SIGN_BEFORE = re.compile(
    r"(?:(?<![\w$])(US|CA|C|AU|A|HK|S|NZ)?\$|[€£¥₹₩₺]|(?<!\w)S?Fr\.|(?<![A-Za-z])[A-Z]{3})[ \xa0\u202f]?[-−]?\Z"
)
_LONGEST_BEFORE = 6
_ENDS_OF_SIGNS = frozenset("$€£¥₹₩₺.ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_EXACT = 28  # digits that decimal arithmetic does not round
_SIGN_AFTER = re.compile(r"[ \xa0\u202f]?((?:US|CA|C|AU|A|HK|S|NZ)?\$|[€£¥₹₩₺]|[A-Z]{3}(?![A-Za-z]))(?![ \xa0]?\d)")
_WORD_AFTER = re.compile(
    r"[ \xa0\u202f-]?((?:us dollars?|pounds sterling|swiss francs?|euros?|franken|yen|rupees))(?!\w)", re.IGNORECASE
)


def _any_of(spellings: Iterable[str]) -> str:
    return "|".join(re.escape(one) for one in sorted(spellings, key=len, reverse=True))


_SCALE_AFTER = re.compile(rf"[ \xa0\u202f-]?({_any_of(SCALES)})(?![\w.]*\w)", re.IGNORECASE)
_UNIT_AFTER = re.compile(
    rf"[ \xa0\u202f-]?({_any_of(SPELLINGS)})(?!\w)(?:(?:/|\ per\ )({_any_of(SPELLINGS)})(?!\w))?", re.IGNORECASE
)
_NEXT_WORD = re.compile(rf"[{_SPACES}-]?([^\W\d_]+|\S)")
_FIRST_WORDS = frozenset(
    word[1].lower()
    for spelling in (*SCALES, *SPELLINGS, *CURRENCY_WORDS, *SIGNS, *CODES, "$")
    if (word := _NEXT_WORD.match(spelling))
)
_MONEY_SCALES = ("m", "mm", "b")


def find_numbers(
    text: str, *, dollar: str = "USD", decimal_mark: Mark | None = None, skip: Iterable[tuple[int, int]] = ()
) -> list[Quantity]:
    """The numbers of a text, in order.

    `dollar` is the currency that a bare "$" means; `decimal_mark` how "1.200" and "1,200" are read, None leaves it to
    the text. `skip` are spans, such as those of dates, in which no number is looked for.
    """
    figures = _figures(text, skip)
    settled = decimal_mark or _mark_of(text, figures)
    found: list[Quantity] = []
    for start, end in figures:
        free = found[-1].end if found else 0  # what stands before it belongs to the number before
        quantity = _quantity(text, start, end, settled, dollar, free) if start >= free else None
        if quantity is not None:
            found.append(quantity)
    return found


def plain(value: Decimal) -> str:
    """A value in plain figures: no exponent, no zeros at the end of decimals."""
    return f"{value.normalize():f}" if value else "0"


def _is_whole(value: Decimal) -> bool:
    return value == value.to_integral_value()  # the remainder of a value of 30 digits is out of decimal's reach


def _figures(text: str, skip: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where the figures stand, without signs and units."""
    taken = sorted(skip)
    figures: list[tuple[int, int]] = []
    following, position = 0, 0
    while digits := _DIGITS.search(text, position):
        start, position = digits.span()
        while following < len(taken) and taken[following][1] <= start:
            following += 1
        if other := _NOT_NUMBER.match(text, start):
            position = other.end()
        elif following < len(taken) and taken[following][0] < position:
            position = taken[following][1]
        elif figure := _FIGURE.match(text, start):
            position = _end_without_false_groups(figure, text)
            figures.append((start, position))
    return figures


def _end_without_false_groups(match: re.Match[str], text: str) -> int:
    """Where a figure ends. Groups parted by plain spaces are one figure only beside a unit, or where a later group
    could not stand alone: "12 300 clients" may be two figures, "12 000" is one."""
    start, end = match.span()
    if match["group"] != " " or " 0" in match[0]:
        return end
    if any(after.match(text, end) for after in (_SIGN_AFTER, _WORD_AFTER, _SCALE_AFTER, _UNIT_AFTER)):
        return end
    before = _sign_before(text, max(0, start - _LONGEST_BEFORE), start)
    if before and _currency(before[0].strip(_SPACES + _MINUS), ""):
        return end
    return start + match[0].index(" ")


def _mark_of(text: str, figures: list[tuple[int, int]]) -> Mark | None:
    """The decimal mark that the text's own figures show; None where they show none, or both."""
    if "." not in text and "," not in text:
        return None
    marks = {mark for start, end in figures if (mark := _decimal_mark_in(text[start:end])) is not None}
    return marks.pop() if len(marks) == 1 else None


def _decimal_mark_in(figure: str) -> Mark | None:
    """The decimal mark that this figure alone proves: 1.200,5 and 1,5 and 1.200.000 prove a comma."""
    points, commas = figure.count("."), figure.count(",")
    if points and commas:
        return "." if figure.rfind(".") > figure.rfind(",") else ","
    if points > 1:
        return ","
    if commas > 1:
        return "."
    if points or commas:
        whole, decimals = re.split("[.,]", figure)
        if len(decimals) != 3 or len(whole) > 3 or whole.startswith("0"):
            return "." if points else ","
    return None


def _quantity(text: str, start: int, end: int, settled: Mark | None, dollar: str, free: int) -> Quantity | None:
    before = _sign_before(text, max(free, start - _LONGEST_BEFORE), start)
    unit = _currency(before[0].strip(_SPACES + _MINUS), dollar) if before else None
    first = before.start() if before and unit else start
    read = _read(text[start:end], settled)
    if read is None:
        return None
    value, alternative = read
    power, unit, end = _what_follows(text, end, unit, dollar)
    if unit is None and text[end : end + 1].isalnum():
        return None  # glued to letters: a name or a reference
    negative = first < start and text[start - 1] in _MINUS
    if first > free and _is_minus(text, first - 1):
        negative, first = True, first - 1
    if not power and not negative:
        return Quantity(first, end, value, unit, alternative)
    factor = (-1 if negative else 1) * Decimal(10) ** power
    return Quantity(first, end, value * factor, unit, alternative * factor if alternative is not None else None)


def _sign_before(text: str, first: int, start: int) -> re.Match[str] | None:
    """What stands as a currency between `first` and the figure at `start`."""
    last = start - 1
    if last >= first and text[last] in _MINUS:
        last -= 1
    if last >= first and text[last] in _SPACES[:3]:
        last -= 1
    if last < first or text[last] not in _ENDS_OF_SIGNS:  # as of most figures; the pattern is slow to find that out
        return None
    return _SIGN_BEFORE.search(text, first, start)


def _is_minus(text: str, place: int) -> bool:
    """Whether a minus sign stands there: a hyphen that joins nothing to what follows."""
    return place >= 0 and text[place] in _MINUS and (place == 0 or text[place - 1] in _SPACES + "\n(")


def _read(figure: str, settled: Mark | None) -> tuple[Decimal, Decimal | None] | None:
    """The value of a figure, and its other reading if nothing settles which; None for what is no number."""
    if len(figure) <= _EXACT and figure.isascii() and figure.isdigit():
        return (Decimal(figure), None) if figure[0] != "0" or figure == "0" else None
    part = _FRACTIONS.get(figure[-1], Decimal(0))
    figure = _NOT_DIGITS.sub("", figure)
    if figure[0] == "0" and len(figure) > 1 and figure[1].isdigit():
        return None
    mark = _decimal_mark_in(figure)
    doubtful = mark is None and ("." in figure or "," in figure)
    chosen = mark or settled or "."
    thousands = "," if chosen == "." else "."
    whole, _, decimals = figure.partition(chosen)
    if thousands in decimals or not _well_grouped(whole, thousands):
        return None
    value = Decimal(whole.replace(thousands, "") + "." + (decimals or "0")) + part
    if not doubtful or settled is not None or "," in figure:  # English figures with a comma are thousands
        return value.normalize() + 0, None
    return value.normalize() + 0, Decimal(figure.replace(".", "")) + part


def _well_grouped(whole: str, thousands: str) -> bool:
    first, *rest = whole.split(thousands)
    return all(len(group) == 3 for group in rest) and (not rest or 0 < len(first) <= 3)


def _what_follows(text: str, end: int, unit: str | None, dollar: str) -> tuple[int, str | None, int]:
    """The power of ten, the unit and the end of a figure that ends at `end`, by what is written after it."""
    following = _NEXT_WORD.match(text, end)
    if following is None or following[1].lower() not in _FIRST_WORDS:
        return 0, unit, end
    power = 0
    scale = _SCALE_AFTER.match(text, end)
    if scale and (unit or scale[1].lower() not in _MONEY_SCALES or _currency_after(text, scale.end(), dollar)):
        power, end = SCALES[scale[1].lower()], scale.end()
    if unit is not None:
        return power, unit, end
    currency = _currency_after(text, end, dollar)
    if currency is not None:
        return power, currency[0], currency[1]
    found = _UNIT_AFTER.match(text, end)
    if found and not (found[1].lower() in ("d", "h", "m", "l", "g", "t") and found[1].isupper()):
        name = SPELLINGS[found[1].lower()]
        return power, f"{name}/{SPELLINGS[found[2].lower()]}" if found[2] else name, found.end()
    return power, None, end


def _currency_after(text: str, end: int, dollar: str) -> tuple[str, int] | None:
    sign = _SIGN_AFTER.match(text, end)
    if sign and (code := _currency(sign[1], dollar)):
        return code, sign.end()
    word = _WORD_AFTER.match(text, end)
    return (CURRENCY_WORDS[word[1].lower()], word.end()) if word else None


def _currency(sign: str, dollar: str) -> str | None:
    if sign == "$":
        return dollar
    return SIGNS.get(sign) or (sign if sign in CODES else None)
