"""Phone numbers, by the numbering plans of the world as libphonenumber has them (ITU-T E.164 and each country's own).

A number counts if a plan has it, and if it says itself that it is one: by `+` and a country code; by being grouped as
its country groups its numbers ("0114 496 0123"), or with the area code apart from the rest ("0114 4960123"), with nine
digits or more; or by a word for it beside it ("tel.", "call"). Ten digits in a row are more often an order or a
product, so without any of these they are left alone. With both the word and `+`, a number of the country's length
counts that no plan has: mistyped or out of use, it was somebody's.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberFormat

from luthier.curate.clean.privacy.cues import counts_things, cued_around
from luthier.curate.clean.privacy.spans import Span
from luthier.errors import RequestError

FEWEST_UNCUED_DIGITS = 9  # shorter ones share their grouping with years, amounts and codes
_CANDIDATE = re.compile(
    r"(?<![\w,@#=&$€£])(?<!\w[./:-])(?<!\d )(?:\+|\b00|\(\+)?\(?\d(?:[ .\u00a0\-/()]{0,3}\d){6,16}"
    r"(?=x\d|(?![\w%€$£]|[.,:]\d|-\w))"
)
_EXTENSION = re.compile(r"[\s,;]{0,2}(?:x|ext\.?|extension|durchwahl|poste)\s?\d{1,6}\b", re.IGNORECASE)
_CUE = re.compile(
    r"\b(?:tel|telephone|t[eé]l[eé]phone|telefon|tel[eé]fono|phone|phones|ph|mobile|mob|cell|cellphone|handy|portable|fax|"
    r"call|called|calling|dial|ring|text|sms|whatsapp|signal|voicemail|hotline|reach (?:me|us|him|her|them)|contact|"
    r"numbers? (?:is|are|on file)|my number|his number|her number)\b(?!-)|☎|📞|✆",
    re.IGNORECASE,
)
_TRUNK = re.compile(r"\(0\)")
_DATE = re.compile(r"(?:19|20)\d\d([-./ ])[01]?\d\1[0-3]?\d|[0-3]?\d([-./ ])[01]?\d\2(?:19|20)\d\d")
_YEARS = re.compile(r"(?:(?:19|20)\d\d\D+)+(?:19|20)\d\d")


def find_phones(text: str, regions: Sequence[str]) -> Iterator[Span]:
    """Phone numbers, their extension included.

    Args:
        regions: ISO 3166 codes of the countries whose national way of writing numbers is known; numbers with `+` are
            found for every country.
    """
    for found in _CANDIDATE.finditer(text):
        start, end = found.span()
        if counts_things(text, start, end) or _DATE.match(found[0]) or _YEARS.fullmatch(found[0]):
            continue
        said = cued_around(text, start, end, _CUE, reach=48)
        if is_phone(found[0], tuple(regions), said) or (said and _is_possible(found[0])):
            extension = _EXTENSION.match(text, end)
            yield Span(start, extension.end() if extension else end, "phone", "a phone number")


@functools.lru_cache(maxsize=4096)
def is_phone(written: str, regions: tuple[str, ...], beside_cue: bool) -> bool:
    """Whether a plan has the number and it shows itself as one; `beside_cue` where a word beside it already says so."""
    if "+" in written or written.startswith("00"):
        return _is_international(written)
    groups = re.findall(r"\d+", written)
    digits = "".join(groups)
    if not beside_cue and (len(groups) == 1 or len(digits) < FEWEST_UNCUED_DIGITS):
        return False
    return any(
        beside_cue or _is_grouped_as(_groups(number), _without_code(groups, number))
        for number in _national_readings(digits, regions)
    )


def could_be_real(written: str, regions: tuple[str, ...], original: str) -> bool:
    """Whether a number is in a plan that has the original too, or shows itself as one of any region's."""
    home = tuple(region for region in regions if _is_in(original, region))
    return is_phone(written, regions, False) or (bool(home) and is_phone(written, home, True))


def _is_in(written: str, region: str) -> bool:
    return any(True for _ in _national_readings(re.sub(r"\D", "", written), (region,)))


def _is_international(written: str) -> bool:
    number = _parsed(written)
    return number is not None and phonenumbers.is_valid_number(number)


def _is_possible(written: str) -> bool:
    number = _parsed(written) if "+" in written else None
    return number is not None and phonenumbers.is_possible_number(number)


def _parsed(written: str) -> PhoneNumber | None:
    """A number with a country code; None where there is no such country."""
    digits = re.sub(r"\D", "", _TRUNK.sub("", written)).removeprefix("00" if "+" not in written else "")
    try:
        return phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return None


def _national_readings(digits: str, regions: Sequence[str]) -> Iterator[PhoneNumber]:
    """What the digits are in each region's plan that has them."""
    for region in regions:
        plan, pattern = _plan(region)
        prefix = plan.national_prefix or ""
        for national in {digits, digits.removeprefix(prefix)} if prefix else {digits}:
            if pattern.fullmatch(national):
                leading_zero = national.startswith("0")
                number = PhoneNumber(
                    country_code=plan.country_code,
                    national_number=int(national),
                    italian_leading_zero=leading_zero or None,
                    number_of_leading_zeros=len(national) - len(national.lstrip("0")) if leading_zero else None,
                )
                if phonenumbers.is_valid_number_for_region(number, region):
                    yield number


@functools.cache
def _plan(region: str) -> tuple[PhoneMetadata, re.Pattern[str]]:
    """What libphonenumber knows of a region, and the pattern of all its numbers."""
    plan = PhoneMetadata.metadata_for_region(region)
    if plan is None or plan.general_desc is None or plan.general_desc.national_number_pattern is None:
        raise RequestError(
            f"there is no numbering plan of '{region}'",
            where="curate.privacy.phone_regions",
            fix="Give countries by their two letters, such as 'GB'",
        )
    return plan, re.compile(plan.general_desc.national_number_pattern)


def _groups(number: PhoneNumber) -> list[str]:
    """The digits of a number in the groups in which its country writes it."""
    return re.findall(r"\d+", phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))


def _is_grouped_as(plan: list[str], written: list[str]) -> bool:
    """Whether a number is grouped as its plan groups it, or has the plan's first group and the rest in one piece."""
    return "".join(written) == "".join(plan) and (written == plan or (written[0] == plan[0] and len(written) == 2))


def _without_code(groups: list[str], number: PhoneNumber) -> list[str]:
    """North American numbers are often written with their country code, 1, and no plus."""
    return groups[1:] if number.country_code == 1 and groups[0] == "1" else groups
