"""Words beside a number that say what it is. Digits alone seldom do."""

from __future__ import annotations

import re
from collections.abc import Sequence

# What stands right before a number that is about things, not people.
_THINGS = re.compile(
    r"(?:\b(?:order|invoice|ticket|tracking|parcel|shipment|consignment|article|item|part|product|material|model|serial|"
    r"batch|lot|reference|ref|ean|gtin|upc|isbn|issn|imei|iccid|sku|p\.?o\.?|waybill|booking|case|isin|cusip|sedol|lei|"
    r"wkn|version|release|build|section|clause|paragraph|page|bestellung|bestellnummer|rechnung|rechnungsnummer|"
    r"artikelnummer|commande|facture|pedido|factura)(?:[ -]?(?:no|nr|number|num|id|code|nummer))?|#|§)"
    r"[\s.:#=-]*(?:is\s+|was\s+)?\Z",
    re.IGNORECASE,
)
_MONEY_BEFORE = re.compile(r"(?:[€$£¥]|\b(?:EUR|USD|GBP|CHF|JPY|CAD|AUD|SEK|NOK|DKK))\s?\Z")
_MONEY_AFTER = re.compile(
    r"\s?(?:[€$£¥%]|(?:EUR|USD|GBP|CHF|JPY|CAD|AUD|SEK|NOK|DKK|per cent|percent|million|billion|shares|units)\b)"
)


def listed(line: str, separator: str = " ") -> tuple[str, ...]:
    """The words of a line: long lists are read more easily so."""
    return tuple(line.split(separator))


def mentions(lowered: str, words: Sequence[str]) -> bool:
    """Whether a text, in lower case, holds any of the words: a plain search, much faster than a pattern with them."""
    return any(word in lowered for word in words)


def cued(text: str, start: int, cue: re.Pattern[str], reach: int = 40) -> bool:
    """Whether a cue stands in the `reach` characters before `start`, on the same paragraph."""
    first = max(0, start - reach)
    return cue.search(text, max(first, text.rfind("\n\n", first, start)), start) is not None


def cued_around(text: str, start: int, end: int, cue: re.Pattern[str], reach: int = 80) -> bool:
    """Whether a cue stands within `reach` characters before or half as many after the span."""
    return cued(text, start, cue, reach) or cue.search(text, end, end + reach // 2) is not None


def counts_things(text: str, start: int, end: int) -> bool:
    """Whether the number is said to be an order, a product, a version and the like, or is an amount."""
    before = text[max(0, start - 32) : start]
    return (
        _THINGS.search(before) is not None
        or _MONEY_BEFORE.search(before) is not None
        or _MONEY_AFTER.match(text, end) is not None
    )
