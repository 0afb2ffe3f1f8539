"""A spreadsheet's value as its cell shows it, by the cell's number format (ECMA-376, part 1, 18.8.31).

Understood are sections, digits and their grouping, percent, thousands scaling, currency signs, literal text, and dates
and times. A format with conditions, fractions or exponents shows the number itself. The two built-in dates whose look
is the reader's own setting (numbers 14 and 22) are written as ISO 8601: nobody can say what they looked like.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal

READERS_OWN = {"mm-dd-yy": "yyyy-mm-dd", "m/d/yy h:mm": "yyyy-mm-dd hh:mm"}  # as openpyxl names 14 and 22
NOT_SHOWN = re.compile(r"\[(?!\$|h+\]|m+\]|s+\])[^\]]*\]", re.IGNORECASE)  # a colour; not a currency, nor hours over 24
LITERAL = re.compile(r'"([^"]*)"|\\(.)|_(.)|\*(.)|\[\$([^\]-]*)[^\]]*\]')
DIGITS = re.compile(r"[0#?][0#?,]*(?:\.[0#?]*)?,*|\.[0#?]+,*")
DATE_PARTS = re.compile(r"AM/PM|A/P|y+|m+|d+|h+|s+(?:\.0+)?|\[h+\]|\[m+\]|\[s+\]", re.IGNORECASE)
CONDITION = re.compile(r"\[[<>=]")
EPOCH = dt.date(1899, 12, 30)  # the day that a time without one falls on
MARK = "\ue000"  # stands for the n-th literal while the rest of a format is read


def shown(value: object, number_format: str) -> str:
    """The text that a cell with this value and number format shows; `` for an empty cell."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float():
            return _number(value, number_format)
        case dt.datetime() | dt.date() | dt.time():
            return _date(value, number_format)
        case dt.timedelta():
            return _duration(value)
    return str(value)


def _number(value: float, number_format: str) -> str:
    section = _section(value, number_format)
    if section is None:
        return _general(value)
    text, signed = section
    plain, literals = _set_literals_aside(text)
    digits = DIGITS.search(plain)
    if re.search(r"General|@", plain) or (digits and ("/" in plain or re.search(r"E[+-]", plain))):
        return _general(value)
    if digits is None:
        return _put_back(plain, literals).strip()
    body = _digits(abs(value), digits.group(), plain.count("%"))
    sign = "-" if value < 0 and signed and any(c in body for c in "123456789") else ""
    return _put_back(sign + plain[: digits.start()] + body + plain[digits.end() :], literals).strip()


def _section(value: float, number_format: str) -> tuple[str, bool] | None:
    """The part of a format that a value falls under, and whether a minus sign is still to be set."""
    if CONDITION.search(number_format):
        return None
    sections = re.findall(r'(?:"[^"]*"|\\.|[^;"\\])+|(?<=;)(?=;|$)', NOT_SHOWN.sub("", number_format))
    if not sections:
        return None
    if value < 0 and len(sections) > 1:
        return sections[1], False
    if value == 0 and len(sections) > 2:
        return sections[2], False
    return sections[0], True


def _digits(value: float, pattern: str, percents: int) -> str:
    whole, _, decimals = pattern.rstrip(",").partition(".")
    scale = len(pattern) - len(pattern.rstrip(","))  # each comma after the last digit divides by a thousand
    if decimals:
        scale += len(whole) - len(whole.rstrip(","))
    number = Decimal(repr(value)).scaleb(2 * percents - 3 * scale)
    number = number.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    left, _, right = f"{number:f}".partition(".")
    least = whole.count("0")
    left = left.lstrip("0").zfill(least)
    if "," in whole.rstrip(","):
        left = f"{int(left):,}".zfill(least) if left else ""
    while right and decimals[len(right) - 1] != "0" and right.endswith("0"):
        right = right[:-1]
    return left + ("." + right if right else "")


def _general(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    return f"{Decimal(f'{value:.15g}'):f}" if 1e-9 <= abs(value) < 1e21 or value == 0 else f"{value:.15g}"


def _date(value: dt.datetime | dt.date | dt.time, number_format: str) -> str:
    section = READERS_OWN.get(number_format, NOT_SHOWN.sub("", number_format).split(";")[0])
    plain, literals = _set_literals_aside(section)
    if not DATE_PARTS.search(plain):
        return value.isoformat(sep=" ") if isinstance(value, dt.datetime) else value.isoformat()
    half_day = re.search(r"AM/PM|A/P", plain, re.IGNORECASE) is not None
    pieces, end, last = [], 0, ""
    for match in DATE_PARTS.finditer(plain):
        part = match.group().lower()
        following = DATE_PARTS.search(plain, match.end())
        minutes = part[0] == "m" and (last == "h" or (following is not None and following.group()[0].lower() == "s"))
        pieces += [plain[end : match.start()], _date_part("n" * len(part) if minutes else part, value, half_day)]
        end, last = match.end(), part.strip("[]")[0]
    return _put_back("".join([*pieces, plain[end:]]), literals).strip()


def _date_part(part: str, value: dt.datetime | dt.date | dt.time, half_day: bool) -> str:
    if part.strip("[]")[0] in "ymd":
        return _day_part(part, value if isinstance(value, dt.date) else EPOCH)
    time = value.time() if isinstance(value, dt.datetime) else value if isinstance(value, dt.time) else dt.time()
    if part[0] == "a":
        return "AM" if time.hour < 12 else "PM"
    unit, _, fraction = part.strip("[]").partition(".")
    hour = (time.hour % 12 or 12) if half_day else time.hour
    number = {"h": hour, "n": time.minute, "s": time.second}[unit[0]]
    tail = f".{time.microsecond:06d}"[: len(fraction) + 1] if fraction else ""
    return f"{number:0{min(len(unit), 2)}d}{tail}"


def _day_part(part: str, day: dt.date) -> str:
    if part[0] == "y":
        return f"{day.year:04d}" if len(part) > 2 else f"{day.year % 100:02d}"
    number, short, long = (day.month, f"{day:%b}", f"{day:%B}") if "m" in part else (day.day, f"{day:%a}", f"{day:%A}")
    named = {3: short, 4: long, 5: long[0]}
    return named.get(len(part), f"{number:0{min(len(part), 2)}d}")


def _duration(value: dt.timedelta) -> str:
    seconds = round(value.total_seconds())
    return f"{seconds // 3600}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"


def _set_literals_aside(section: str) -> tuple[str, list[str]]:
    """The section with a mark for each literal, so that a `d` in quotes is no day; and the literals."""
    literals: list[str] = []

    def mark(match: re.Match[str]) -> str:
        quoted, escaped, _, _, currency = match.groups()
        literals.append(next((text for text in (quoted, escaped, currency) if text is not None), ""))
        return MARK

    return LITERAL.sub(mark, section), literals


def _put_back(text: str, literals: list[str]) -> str:
    rest = iter(literals)
    return "".join(next(rest) if character == MARK else character for character in text)
