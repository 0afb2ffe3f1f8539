"""Amounts, units and dates in one form: "€1,200.50" and "EUR 1.200,50" are the same amount.

What was recognised and is not written in its canonical form already becomes a finding: `before` is what stands in the
text and `after` its canonical form. By default that stands beside the text (action "assign"); where the settings ask
for it, the text is rewritten (action "edit"). A date or figure that can be read two ways goes to a person, once for
each way it is written in a field, unless the text itself or the source's setting says how to read it.

A field is rewritten only where everything in it reads the same afterwards: in "1.200 clients, 3,5 %" the comma is what
says that a thousand is meant, and stays.

Labels are never read. Bare numbers ("1,200 clients") are not touched: a year, a reference and a count look alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from luthier.config.curation.canonical import Canonical
from luthier.curate.clean.edits import Edit, Record, apply, finding_of, texts_of, with_texts
from luthier.records import Document, Example, Finding
from luthier.text.dates import DateMention, find_dates
from luthier.text.numbers import Quantity, find_numbers, plain

RULE = "canonical"
VERSION = 2
CODES: Mapping[str, str] = {
    "canonical.amount": "an amount of money, in one form for all ways of writing it",
    "canonical.unit": "a quantity with its unit, in one form for all ways of writing it",
    "canonical.date": "a date, as year, month and day",
    "canonical.ambiguous_date": "a date that can be read two ways; a person should say which day is meant",
    "canonical.ambiguous_number": "a figure that can be read two ways; a person should say how much is meant",
}

_Kind = Literal["amounts", "units", "dates"]
_CODE_OF: Mapping[_Kind, str] = {"amounts": "canonical.amount", "units": "canonical.unit", "dates": "canonical.date"}


def clean_document(document: Document, settings: Canonical) -> tuple[Document, list[Finding]]:
    """The document, rewritten only as far as the settings ask, and what was recognised in it."""
    return _clean(document, settings)


def clean_example(example: Example, settings: Canonical) -> tuple[Example, list[Finding]]:
    """The example, its inputs and its target text read in the same way."""
    return _clean(example, settings)


def _clean(record: Record, settings: Canonical) -> tuple[Record, list[Finding]]:
    findings: list[Finding] = []
    changed: dict[str, str] = {}
    day_first = settings.day_first_by_source.get(record.source.source, settings.day_first)
    for field, text in texts_of(record):
        found = list(_read(text, day_first, settings.dollar))
        edits = [edit for kind, edit in found if kind in settings.rewrite]
        rewritten = apply(text, edits) if edits else text
        stands = bool(edits) and _reading(rewritten, day_first) == _reading(text, day_first)
        if stands:
            changed[field] = rewritten
        for kind, edit in found:
            if kind is None:
                findings.append(finding_of(record, RULE, VERSION, field, edit, "flag"))
            elif stands and kind in settings.rewrite:
                findings.append(finding_of(record, RULE, VERSION, field, edit))
            elif kind in settings.beside or kind in settings.rewrite:
                findings.append(finding_of(record, RULE, VERSION, field, edit, "assign"))
    return with_texts(record, changed), findings


def _reading(text: str, day_first: bool | None) -> list[object]:
    """What the dates and numbers of a text mean, in order."""
    dates = find_dates(text, day_first)
    numbers = find_numbers(text, skip=[(mention.start, mention.end) for mention in dates])
    return [
        *((mention.canonical, mention.candidates) for mention in dates),
        *((quantity.value, quantity.unit, quantity.alternative) for quantity in numbers),
    ]


def _read(text: str, day_first: bool | None, dollar: str) -> Iterator[tuple[_Kind | None, Edit]]:
    """What was recognised, in order of kind and place; the kind is None for what a person should settle."""
    dates = find_dates(text, day_first)
    asked: set[str] = set()
    for mention in dates:
        written = text[mention.start : mention.end]
        if mention.candidates and written not in asked:
            asked.add(written)
            yield None, _ambiguous_date(mention, written)
        elif mention.canonical not in (None, written):
            yield "dates", _edit("dates", mention, written, mention.canonical or written)
    for quantity in find_numbers(text, dollar=dollar, skip=[(mention.start, mention.end) for mention in dates]):
        written = text[quantity.start : quantity.end]
        if quantity.alternative is not None:
            if written not in asked:
                asked.add(written)
                yield None, _ambiguous_number(quantity, written)
        elif quantity.unit is not None and quantity.canonical != written:
            kind: _Kind = "amounts" if quantity.is_money else "units"
            yield kind, _edit(kind, quantity, written, quantity.canonical)


def _edit(kind: _Kind, found: DateMention | Quantity, written: str, canonical: str) -> Edit:
    code = _CODE_OF[kind]
    return Edit(code, CODES[code], found.start, found.end, written, canonical)


def _ambiguous_date(mention: DateMention, written: str) -> Edit:
    days = " or ".join(f"{day.day} {day:%B %Y}" for day in mention.candidates)
    reason = f"“{written}” may be {days}; nothing in the text settles it"
    return Edit("canonical.ambiguous_date", reason, mention.start, mention.end, written, "")


def _ambiguous_number(quantity: Quantity, written: str) -> Edit:
    readings = f"{plain(quantity.value)} or {plain(quantity.alternative or quantity.value)}"
    reason = f"“{written}” may be {readings}; nothing in the text settles it"
    return Edit("canonical.ambiguous_number", reason, quantity.start, quantity.end, written, "")
