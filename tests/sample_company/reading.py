"""Reads the facts of a visit back out of its text, by the wordings of the office that wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from luthier.sample_company.wealth_desk.catalogue import BY_NAME
from luthier.sample_company.wealth_desk.phrasings import MONTHS, wordings

NUMBERS = {"weight", "cls"}
PRODUCTS = {"product", "top"}
MONEY, DATES = {"amount", "cash"}, {"pdate", "mdate"}


def found(subject: str, fact: str, family: str, text: str) -> Iterator[dict[str, str]]:
    """Every place where `text` states `fact`: the values it states."""
    for pattern in wordings(subject)[fact][family]:
        for match in re.finditer(r"(?:^|(?<=[.!?;/] ))" + _expression(pattern), text, re.IGNORECASE):
            yield match.groupdict()


def says(subject: str, fact: str, family: str, text: str) -> bool:
    return next(found(subject, fact, family, text), None) is not None


def _expression(pattern: str) -> str:
    seen: set[str] = set()

    def group(match: re.Match[str]) -> str:
        name = match[1]
        if name in seen or name.lower() in {"he", "his", "him", "client", "spouse"}:
            return r"[\w ]+?"
        seen.add(name)
        return f"(?P<{name}>{_value(name)})"

    parts = re.split(r"(\{\w+\})", pattern)
    return "".join(re.sub(r"\{(\w+)\}", group, part) if part.startswith("{") else re.escape(part) for part in parts)


def _value(name: str) -> str:
    if name in NUMBERS:
        return r"\d+"
    if name in PRODUCTS:
        return "|".join(map(re.escape, BY_NAME))
    if name in MONEY:
        return r"(?:EUR \d+k|€\d+k|\d+k EUR)"
    if name in DATES:
        return r"(?:[A-Z][a-z]+ \d{4}|\d\d/\d{4}|\d{4}-\d\d)"
    return r"[\w ]+?"


def thousands(amount: str) -> int:
    return int(re.search(r"\d+", amount)[0])


def months(date: str) -> int:
    """A written month as a count of months."""
    year = int(re.search(r"\d{4}", date)[0])
    rest = re.sub(r"\d{4}", "", date).strip(" -/")
    number = int(rest) if rest.isdigit() else [name[:3] for name in MONTHS].index(rest[:3]) + 1
    return year * 12 + number
