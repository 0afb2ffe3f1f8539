"""Private data in a record: finding it, and doing with it what the policy says.

Structured kinds (numbers, e-mail, links, IP addresses) are found from their standards and checksums, names and postal
addresses from what stands around them, and the rest, if asked for, by Presidio. A finding says what was found and
where; unless `keep_values` says so, it does not repeat the value. What comes before this rule in the pipeline still
has it.

A document's title and text are looked at, an example's inputs, target text and alternatives; labels, groups, profiles
and file names are not. Names found in one field of a record are known in its others, and full names that any record
introduces in all records, where they are given (`register`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from luthier.config.curation.privacy import Policy, Privacy
from luthier.curate.clean.edits import apply
from luthier.curate.clean.privacy import addresses, contact, national_numbers, payment, people, phones
from luthier.curate.clean.privacy.presidio import Presidio
from luthier.curate.clean.privacy.pseudonyms import Pseudonyms
from luthier.curate.clean.privacy.register import KnownNames
from luthier.curate.clean.privacy.spans import KINDS, Kind, Span, without_overlaps
from luthier.errors import RequestError
from luthier.records import Document, Example, Finding

RULE = "privacy"
VERSION = 3
CODES: Mapping[str, str] = {
    "privacy.url": "A link carries a login, a token, a contact or a person's profile.",
    "privacy.email": "An e-mail address stands in the text.",
    "privacy.iban": "An IBAN, with right check digits, stands in the text.",
    "privacy.card": "A payment card number, of an issuer's range and with a right check digit, stands in the text.",
    "privacy.national_number": "A national, tax, social security, passport or licence number stands in the text.",
    "privacy.ip_address": "An IP address stands in the text.",
    "privacy.phone": "A phone number that a numbering plan has stands in the text.",
    "privacy.account": "An account's, customer's or policy's number stands in the text.",
    "privacy.birth_date": "Someone's date of birth stands in the text.",
    "privacy.address": "A postal address stands in the text.",
    "privacy.name": "A person's name stands in the text.",
    "privacy.location": "A place stands in the text.",
    "privacy.organisation": "An organisation's name stands in the text.",
    "privacy.nationality": "A nationality, religion or political group stands in the text.",
    "privacy.date": "A date or time stands in the text.",
    "privacy.web_address": "A web address stands in the text.",
}
_MASKS: Mapping[Kind, str] = {kind: f"[{kind.replace('_', ' ').upper()}]" for kind in KINDS}


def find_structured(text: str, settings: Privacy) -> list[Span]:
    """E-mail, links, IP addresses, phone, card, account and national numbers; most texts cost one look for a digit."""
    spans = list(contact.find_emails(text)) + list(contact.find_urls(text))
    if any(digit in text for digit in "0123456789"):
        spans += national_numbers.find_national_numbers(text)
        spans += payment.find_ibans(text)
        spans += payment.find_cards(text)
        spans += phones.find_phones(text, settings.phone_regions)
        spans += payment.find_accounts(text)
    spans += contact.find_ip_addresses(text)
    return without_overlaps(spans)


def find_private(text: str, settings: Privacy, presidio: Presidio | None = None) -> list[Span]:
    """Everything private in one text that stands on its own, in order and without overlaps."""
    return _find({"text": text}, settings, presidio, None)["text"]


def clean_document(
    document: Document,
    settings: Privacy,
    pseudonyms: Pseudonyms | None = None,
    presidio: Presidio | None = None,
    known: KnownNames | None = None,
) -> tuple[Document, list[Finding]]:
    """The document with what is private in it replaced as the policy says, and a finding for each place.

    `known` are the full names that other records introduce.

    Raises `RequestError` where the policy asks for pseudonyms, there is something to replace, and `pseudonyms` is None.
    """
    fields = {"text": document.text, **({"title": document.title} if document.title else {})}
    changed, findings = _clean(document, fields, settings, pseudonyms, presidio, known)
    if not changed:
        return document, findings
    return dataclasses.replace(
        document, text=changed.get("text", document.text), title=changed.get("title", document.title)
    ), findings


def clean_example(
    example: Example,
    settings: Privacy,
    pseudonyms: Pseudonyms | None = None,
    presidio: Presidio | None = None,
    known: KnownNames | None = None,
) -> tuple[Example, list[Finding]]:
    """The example with what is private in its texts replaced as the policy says, and a finding for each place.

    Raises `RequestError` as `clean_document` does.
    """
    fields = {f"inputs.{name}": value for name, value in example.inputs.items()}
    if example.target.text is not None:
        fields["target.text"] = example.target.text
    fields |= {f"alternatives.{place}": text for place, text in enumerate(example.alternatives)}
    changed, findings = _clean(example, fields, settings, pseudonyms, presidio, known)
    if not changed:
        return example, findings
    return dataclasses.replace(
        example,
        inputs={name: changed.get(f"inputs.{name}", value) for name, value in example.inputs.items()},
        target=dataclasses.replace(example.target, text=changed.get("target.text", example.target.text)),
        alternatives=tuple(changed.get(f"alternatives.{i}", text) for i, text in enumerate(example.alternatives)),
    ), findings


def _find(
    fields: Mapping[str, str], settings: Privacy, presidio: Presidio | None, known: KnownNames | None
) -> dict[str, list[Span]]:
    """The private spans of a record's texts, by field."""
    shown = {field: list(people.find_names(text)) for field, text in fields.items()}
    names = {fields[field][span.start : span.end] for field, spans in shown.items() for span in spans}
    for field, text in fields.items():
        for span, name in known.find(text) if known is not None else ():
            shown[field].append(span)
            names.add(name)
    found = {}
    for field, text in fields.items():
        spans = find_structured(text, settings) + shown[field]
        spans += people.find_birth_dates(text)
        spans += addresses.find_addresses(text)
        spans += people.find_known_names(text, names)
        if presidio is not None:
            spans += presidio.spans(text)
        found[field] = without_overlaps(spans)
    return found


def _clean(
    record: Document | Example,
    fields: Mapping[str, str],
    settings: Privacy,
    pseudonyms: Pseudonyms | None,
    presidio: Presidio | None,
    known: KnownNames | None,
) -> tuple[dict[str, str], list[Finding]]:
    """The fields that change, with their new text, and all findings in the order of fields and places."""
    changed: dict[str, str] = {}
    findings: list[Finding] = []
    for field, spans in _find(fields, settings, presidio, known).items():
        made = list(_findings(record, field, fields[field], spans, settings, pseudonyms))
        findings += made
        text = apply(fields[field], [finding for finding in made if finding.action == "edit"])
        if text != fields[field]:
            changed[field] = text
    return changed, findings


def _findings(
    record: Document | Example,
    field: str,
    text: str,
    spans: list[Span],
    settings: Privacy,
    pseudonyms: Pseudonyms | None,
) -> Iterator[Finding]:
    for span in spans:
        policy: Policy = getattr(settings, span.kind)
        if policy == "leave":
            continue
        value = text[span.start : span.end]
        after = _replacement(span.kind, value, policy, pseudonyms)
        yield Finding(
            record_id=record.id,
            record_kind="document" if isinstance(record, Document) else "example",
            rule=RULE,
            rule_version=VERSION,
            code=f"privacy.{span.kind}",
            action="flag" if after is None else "edit",
            reason=f"This looks like {span.what}; {_DONE[policy]}.",
            field=field,
            score=span.score,
            threshold=settings.presidio_score if span.score is not None else None,
            start=span.start,
            end=span.end,
            before=value if settings.keep_values else None,
            after=after,
        )


_DONE: Mapping[Policy, str] = {
    "flag": "a person should decide whether it may stay",
    "mask": "its kind stands in its place now",
    "pseudonym": "something invented of the same form stands in its place now",
}


def _replacement(kind: Kind, value: str, policy: Policy, pseudonyms: Pseudonyms | None) -> str | None:
    """What stands in the value's place; None where it stays."""
    if policy == "mask":
        return _MASKS[kind]
    if policy == "flag":
        return None
    if pseudonyms is None:
        raise RequestError(
            f"the policy for '{kind}' is 'pseudonym', but there is no key to make pseudonyms with",
            where=f"curate.privacy.{kind}", fix="Give the project's key, or choose 'mask'",
        )  # fmt: skip
    return pseudonyms.of(kind, value)
