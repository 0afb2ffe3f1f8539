"""Payment cards, IBANs and other account numbers.

Cards: ISO/IEC 7812-1, the issuers' published number ranges and the Luhn check digit. IBANs: ISO 13616, the registry's
length for each country and the check digits of ISO 7064 mod 97-10. Other account numbers have no check that all banks
share: they are found by what stands before them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import bitcoin, luhn
from stdnum.iso7064 import mod_97_10

from luthier.curate.clean.privacy.cues import counts_things, cued_around
from luthier.curate.clean.privacy.spans import Span

_CARD = re.compile(
    r"(?<![\w.])(?<!\d[-,])(?:\d{12,19}"
    r"|\d{4}(?P<s>[ -])\d{4}(?P=s)\d{4}(?P=s)\d{1,4}(?:(?P=s)\d{1,3})?"
    r"|\d{4}(?P<t>[ -])\d{6}(?P=t)\d{4,5})(?!\w|[-.,]\d)"
)
_CARD_CUE = re.compile(
    r"\b(?:credit|debit|card|cards|visa|master ?card|maestro|amex|american express|discover|diners|jcb|unionpay|pan|"
    r"kreditkarte|karte|carte|tarjeta|carta|cvv|cvc|expir\w+)\b",
    re.IGNORECASE,
)
# (first prefix, last prefix, lengths); prefixes are compared on as many digits as they have.
_RANGES: tuple[tuple[int, int, tuple[int, ...]], ...] = (
    (4, 4, (16, 19)),  # Visa
    (51, 55, (16,)),  # Mastercard
    (2221, 2720, (16,)),
    (34, 34, (15,)),  # American Express
    (37, 37, (15,)),
    (6011, 6011, (16, 19)),  # Discover
    (644, 659, (16, 19)),
    (300, 305, (14, 16, 19)),  # Diners Club
    (3095, 3095, (14, 16, 19)),
    (36, 36, (14, 16, 19)),
    (38, 39, (14, 16, 19)),
    (3528, 3589, (16, 17, 18, 19)),  # JCB
    (62, 62, (16, 17, 18, 19)),  # UnionPay
    (2200, 2204, (16,)),  # Mir
    (9792, 9792, (16,)),  # Troy
    *((p, p, tuple(range(12, 20))) for p in (5018, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763)),  # Maestro
)
# ISO 13616 registry: the length of an IBAN by country.
_IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FI FO GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU MN XK", 21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM TL SO", 24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST", 26: "IS TR", 27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HU LB NI PL SV",
        29: "BR EG PS QA UA", 30: "JO KW MU YE", 31: "MT SC", 32: "LC", 33: "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}", re.IGNORECASE)
_BITCOIN = re.compile(r"(?<!\w)(?:bc1[a-z0-9]{25,59}|[13][1-9A-HJ-NP-Za-km-z]{25,34})(?!\w)")
_ACCOUNT = re.compile(r"(?<![\d.,])\d(?:[ -]?\d){5,16}(?![\w/]|[.,]\d)")
_ACCOUNT_LETTERS = re.compile(r"(?<!\w)[A-Za-z]{1,3}-?\Z")
_ACCOUNT_CUE = re.compile(
    r"\b(?:(?P<bank>(?:bank )?account|acct|acc|a/c|iban|kontonummer|konto(?:-?nr)?|compte|cuenta|conto|"
    r"rekening(?:nummer)?)"
    r"|(?:customer|client|member(?:ship)?|policy(?:holder)?|patient|cardholder|kunden|kundennummer))"
    r"[ -]?(?:no|nr|num|number|id|#)?\b\.?\s?(?:is|was|ending|[:#=-])?\s{0,2}\Z",
    re.IGNORECASE,
)
_DATE = re.compile(r"\d{1,2}[ -]\d{1,2}[ -]\d{4}|\d{4}[ -]\d\d[ -]\d\d")


def find_cards(text: str) -> Iterator[Span]:
    """Card numbers: the right check digit, and a payment network's range and length or a word for a card beside it.

    The word is needed for store, fuel and airline cards, and for ranges so wide or numbers so short (Maestro, Visa of
    13 digits) that one order number in a hundred would pass.
    """
    for found in _CARD.finditer(text):
        digits = found[0].replace(" ", "").replace("-", "")
        if not luhn.is_valid(digits):
            continue
        beside_card = cued_around(text, *found.span(), _CARD_CUE)
        if beside_card or (has_issuer(digits) and not counts_things(text, *found.span())):
            yield Span(*found.span(), "card", "a payment card number")


def find_ibans(text: str) -> Iterator[Span]:
    """IBANs of the registry's countries, in groups or in one piece, whose check digits are right."""
    for found in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(found[0][:2].upper())
        end = found.start() + _written_length(found[0], length) if length else 0
        if not end or text[end : end + 1].isalnum():
            continue
        compact = re.sub("[ -]", "", text[found.start() : end]).upper()
        if mod_97_10.is_valid(compact[4:] + compact[:4]):
            yield Span(found.start(), end, "iban", "an IBAN")


def find_accounts(text: str) -> Iterator[Span]:
    """Bank accounts, customer and policy numbers beside the word for it, and Bitcoin addresses."""
    for found in (*_ACCOUNT.finditer(text), *_IBAN.finditer(text)):
        start, end = found.span()
        letters = _ACCOUNT_LETTERS.search(text, max(0, start - 4), start)
        start = letters.start() if letters else start
        cue = _ACCOUNT_CUE.search(text, max(0, start - 40), start)
        if cue is None or text[start - 1 : start].isalnum() or _DATE.fullmatch(found[0]):
            continue
        if not counts_things(text, start, end):
            what = "an account number" if cue["bank"] else "a customer's or policy's number"
            yield Span(start, start + len(_without_words(text[start:end])), "account", what)
    for found in _BITCOIN.finditer(text):
        if bitcoin.is_valid(found[0]):
            yield Span(*found.span(), "account", "a Bitcoin address")


def has_issuer(digits: str) -> bool:
    """Whether a payment network gives out cards of this length that begin so."""
    return any(
        len(digits) in lengths and first <= int(digits[: len(str(first))]) <= last for first, last, lengths in _RANGES
    )


def _written_length(written: str, length: int) -> int:
    """Up to where in `written` its first `length` letters and digits reach; 0 if it has fewer."""
    seen = 0
    for place, character in enumerate(written):
        seen += character not in " -"
        if seen == length:
            return place + 1
    return 0


def _without_words(value: str) -> str:
    """An account's number without the words after it, which may look like the next group of a mistyped IBAN."""
    length = _IBAN_LENGTHS.get(value[:2].upper())
    return value[: _written_length(value, length) or len(value)] if length else value
