"""Units and currencies: the many ways they are written, one name for each, and what they are worth in one another.

A unit's name is its usual symbol ("kg", "%", "month"), a currency's is its ISO 4217 code. Factors lead to the base
unit of the same dimension, so that 0.5 g and 500 mg compare; months and days are not converted into one another,
because no factor does it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

BASE: Mapping[str, tuple[str, Decimal]] = {
    name: (base, Decimal(factor))
    for base, members in {
        "mg": {"µg": "0.001", "mg": "1", "g": "1000", "kg": "1000000", "t": "1000000000"},
        "ml": {"ml": "1", "cl": "10", "dl": "100", "l": "1000"},
        "m": {"mm": "0.001", "cm": "0.01", "m": "1", "km": "1000"},
        "%": {"bp": "0.01", "‰": "0.1", "%": "1"},
        "min": {"s": "0.016666666666666666667", "min": "1", "hour": "60", "day": "1440", "week": "10080"},
        "month": {"month": "1", "quarter": "3", "year": "12"},
        "kWh": {"Wh": "0.001", "kWh": "1", "MWh": "1000"},
    }.items()
    for name, factor in members.items()
}
"""Unit -> its base unit and how many of that it is."""

_SPELLINGS = {
    "%": "% percent per\xa0cent pct prozent pourcent",
    "‰": "‰ permille",
    "bp": "bp bps basis\xa0point basis\xa0points",
    "µg": "µg μg mcg ug microgram micrograms",
    "mg": "mg milligram milligrams",
    "g": "g gram grams gramm gramme grammes",
    "kg": "kg kilo kilos kilogram kilograms",
    "t": "t tonne tonnes",
    "lb": "lb lbs",
    "ml": "ml millilitre millilitres milliliter milliliters",
    "cl": "cl",
    "dl": "dl",
    "l": "l litre litres liter liters",
    "mm": "mm millimetre millimetres",
    "cm": "cm centimetre centimetres",
    "m": "m metre metres meter meters",
    "km": "km kilometre kilometres kilometers",
    "m²": "m² sqm square\xa0metre square\xa0metres",
    "°C": "°c ℃",
    "°F": "°f ℉",
    "Wh": "wh",
    "kWh": "kwh",
    "MWh": "mwh",
    "IU": "iu units\xa0i.u. i.u.",
    "mmol": "mmol",
    "s": "sec secs second seconds sekunde sekunden",
    "min": "min mins minute minutes minuten",
    "hour": "h hr hrs hour hours stunde stunden",
    "day": "d day days tag tage tagen",
    "week": "week weeks woche wochen",
    "month": "month months monat monate monaten",
    "quarter": "quarter quarters",
    "year": "year years yr yrs jahr jahre jahren",
}
SPELLINGS: Mapping[str, str] = {
    spelling.replace("\xa0", " "): name for name, spellings in _SPELLINGS.items() for spelling in spellings.split(" ")
}
"""What is written, in lower case -> the unit."""

_CODES = """
    AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EUR GBP HKD HUF IDR ILS INR JPY KRW MXN MYR NOK NZD PHP PLN RON
    RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR
"""
CODES = frozenset(_CODES.split())
SIGNS: Mapping[str, str] = {
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "₩": "KRW",
    "₺": "TRY",
    "US$": "USD",
    "C$": "CAD",
    "CA$": "CAD",
    "A$": "AUD",
    "AU$": "AUD",
    "HK$": "HKD",
    "S$": "SGD",
    "NZ$": "NZD",
    "Fr.": "CHF",
    "SFr.": "CHF",
}
"""Currency signs that mean one currency. A bare "$" means what the reader is told."""
CURRENCY_WORDS: Mapping[str, str] = {
    "euro": "EUR",
    "euros": "EUR",
    "pounds sterling": "GBP",
    "swiss franc": "CHF",
    "swiss francs": "CHF",
    "franken": "CHF",
    "yen": "JPY",
    "us dollar": "USD",
    "us dollars": "USD",
    "rupees": "INR",
}
SCALES: Mapping[str, int] = {
    "k": 3,
    "thousand": 3,
    "tsd": 3,
    "tsd.": 3,
    "tausend": 3,
    "m": 6,
    "mm": 6,
    "mn": 6,
    "mln": 6,
    "mio": 6,
    "mio.": 6,
    "million": 6,
    "millions": 6,
    "millionen": 6,
    "b": 9,
    "bn": 9,
    "mrd": 9,
    "mrd.": 9,
    "billion": 9,
    "billions": 9,
    "milliarden": 9,
    "trillion": 12,
    "trn": 12,
}
"""What is written after a figure, in lower case -> the power of ten. "m", "mm" and "b" mean that only of money."""


def in_base_units(value: Decimal, unit: str) -> tuple[Decimal, str]:
    """The same quantity in its dimension's base unit; compound units ("mg/kg") part by part, others as they are."""
    above, slash, below = unit.partition("/")
    base, factor = BASE.get(above, (above, Decimal(1)))
    if not slash:
        return value * factor, base
    base_below, divisor = BASE.get(below, (below, Decimal(1)))
    return value * factor / divisor, f"{base}/{base_below}"
