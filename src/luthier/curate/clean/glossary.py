"""The firm's terms: variants become the approved term, abbreviations are spelled out once, what is ambiguous is listed.

All terms, variants and abbreviations are searched for at once (Aho and Corasick 1975, "Efficient string matching"), as
whole words, the longest match first: a variant inside a longer approved term is part of that term. Terms and variants
match in any letter case, abbreviations and variants in capitals only as they are written. A replaced variant keeps its
case where the term has none of its own: a capital at the start, or capitals throughout.

Left as it is and listed for a person: what the glossary calls ambiguous, and a form that stands under two terms. Also
left is a variant whose replacement would, with the words around it, be another variant.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import ahocorasick

from luthier.config.curation.glossary import Glossary, Term
from luthier.curate.clean.edits import Edit, Record, apply, finding_of, texts_of, with_texts
from luthier.curate.clean.glossary_audit import Audit, Form, Role
from luthier.errors import RequestError
from luthier.records import Document, Example, Finding

RULE = "glossary"
VERSION = 3
CODES: Mapping[str, str] = {
    "glossary.variant": "another way of writing a term became the approved term",
    "glossary.abbreviation": "an abbreviation was spelled out where it is first used",
    "glossary.ambiguous": "a word of the glossary may mean several things; a person should say which",
}


@dataclass(frozen=True, slots=True)
class _Match:
    start: int
    end: int
    form: Form


class Terms:
    """A glossary, ready to search with."""

    def __init__(self, terms: Sequence[Term]) -> None:
        """Raises `RequestError` where a variant of one term is itself an approved term."""
        self._automaton = ahocorasick.Automaton()
        by_key: dict[str, list[Form]] = defaultdict(list)
        for form in _forms(terms):
            for key in {_same_length_lower(form.written), form.written.casefold()}:  # "Maß" is found, and "MASS"
                by_key[key].append(form)
        for key, forms in by_key.items():
            self._automaton.add_word(key, (len(key), tuple(forms)))
        self._any = bool(by_key)
        if self._any:
            self._automaton.make_automaton()

    def matches(self, text: str) -> list[_Match]:
        """The terms, variants and abbreviations in a text: whole words, the leftmost first, of these the longest."""
        if not self._any:
            return []
        lowered = _same_length_lower(text)
        found = []
        for last, (length, forms) in self._automaton.iter(lowered):
            start, end = last - length + 1, last + 1
            if not _is_whole(text, start, end):
                continue
            written = text[start:end]
            form = next((form for form in forms if not form.exact or form.written == written), None)
            if form is not None:
                found.append(_Match(start, end, form))
        found.sort(key=lambda match: (match.start, -match.end))
        return _without_overlaps(found)


def clean_document(
    document: Document, settings: Glossary, terms: Terms, audit: Audit | None = None
) -> tuple[Document, list[Finding]]:
    """The document in the firm's words, and what was changed or is left for a person; `audit` counts it."""
    return _clean(document, settings, terms, audit, fields=None)


def clean_example(
    example: Example, settings: Glossary, terms: Terms, audit: Audit | None = None
) -> tuple[Example, list[Finding]]:
    """The example with its target text in the firm's words; its inputs too, where the settings ask for it."""
    return _clean(example, settings, terms, audit, fields=None if settings.example_inputs else ("target.text",))


def _clean(
    record: Record, settings: Glossary, terms: Terms, audit: Audit | None, fields: tuple[str, ...] | None
) -> tuple[Record, list[Finding]]:
    findings: list[Finding] = []
    changed: dict[str, str] = {}
    for field, text in texts_of(record):
        if fields is not None and field not in fields:
            continue
        matches = terms.matches(text)
        edits = _stable(text, _edits(text, matches, settings), terms)
        if edits:
            changed[field] = apply(text, edits)
            findings += [finding_of(record, RULE, VERSION, field, edit) for edit in edits]
        findings += [finding_of(record, RULE, VERSION, field, edit, "flag") for edit in _ambiguous(text, matches)]
        if audit is not None and matches:
            by_start = {edit.start: edit.after for edit in edits}
            audit.see(
                record.id,
                before=[(match.form, text[match.start : match.end]) for match in matches],
                rewritten={n: by_start[match.start] for n, match in enumerate(matches) if match.start in by_start},
                after=[match.form for match in (terms.matches(changed[field]) if edits else matches)],
            )
    return with_texts(record, changed), findings


def _edits(text: str, matches: list[_Match], settings: Glossary) -> list[Edit]:
    introduced: set[str] = set()
    edits = []
    for match in matches:
        (term, *_), written = match.form.terms, text[match.start : match.end]
        if match.form.role == "variant":
            after = _in_case_of(written, term)
            introduced.add(term)
            edits.append(_edit("glossary.variant", f"“{written}” is “{term}” in the glossary", match, written, after))
        elif match.form.role == "term":
            introduced.add(term)
        elif match.form.role == "abbreviation" and settings.abbreviations == "first_use" and term not in introduced:
            introduced.add(term)
            reason = f"“{written}” stands for “{term}” in the glossary and is first used here"
            edits.append(_edit("glossary.abbreviation", reason, match, written, f"{term} ({written})"))
    return edits


def _edit(code: str, reason: str, match: _Match, before: str, after: str) -> Edit:
    return Edit(code, reason, match.start, match.end, before, after)


def _stable(text: str, edits: list[Edit], terms: Terms) -> list[Edit]:
    """The edits that leave nothing of their own making to be rewritten."""
    while edits:
        after, kept, shift = apply(text, edits), [], 0
        variants = [match for match in terms.matches(after) if match.form.role == "variant"]
        for edit in edits:
            start = edit.start + shift
            end = start + len(edit.after)
            shift += len(edit.after) - len(edit.before)
            if not any(match.start < end and start < match.end for match in variants):
                kept.append(edit)
        if len(kept) == len(edits):
            return kept
        edits = kept
    return []


def _ambiguous(text: str, matches: list[_Match]) -> list[Edit]:
    """Each ambiguous form once, where it first stands, with how often it is used."""
    first: dict[str, _Match] = {}
    often: Counter[str] = Counter()
    for match in matches:
        if match.form.role == "ambiguous":
            first.setdefault(match.form.written, match)
            often[match.form.written] += 1
    listed = []
    for name, match in first.items():
        meanings = " or ".join(f"“{term}”" for term in match.form.terms)
        times = "" if often[name] == 1 else f", {often[name]} times"
        written = text[match.start : match.end]
        reason = f"“{written}” may mean {meanings}, or something else{times}; it was left as it is"
        listed.append(Edit("glossary.ambiguous", reason, match.start, match.end, written, ""))
    return listed


def _forms(terms: Sequence[Term]) -> Iterable[Form]:
    """Every written form once, with its role; a form under two terms is ambiguous."""
    roles: dict[tuple[str, bool], list[tuple[Role, str]]] = defaultdict(list)
    approved = {term.term.casefold() for term in terms}
    for term in terms:
        roles[term.term, False].append(("term", term.term))
        for variant in dict.fromkeys(term.variants):
            if variant.casefold() in approved - {term.term.casefold()}:
                raise RequestError(
                    f"'{variant}' is a variant of '{term.term}' and an approved term itself",
                    where="curate.glossary",
                    fix="Keep it in one place",
                )
            exact = variant.isupper() or variant.casefold() == term.term.casefold()
            roles[variant, exact].append(("ambiguous" if term.ambiguous else "variant", term.term))
        for short in dict.fromkeys(term.abbreviations):
            roles[short, True].append(("ambiguous" if term.ambiguous else "abbreviation", term.term))
    # Forms that must be in their own case come first: they are the more particular.
    for (written, exact), uses in sorted(roles.items(), key=lambda item: (not item[0][1], item[0][0])):
        meant = tuple(dict.fromkeys(term for _, term in uses))
        role: Role = uses[0][0] if len(meant) == 1 else "ambiguous"
        yield Form(written, role, meant, exact)


def _without_overlaps(matches: list[_Match]) -> list[_Match]:
    kept: list[_Match] = []
    for match in matches:
        if not kept or match.start >= kept[-1].end:
            kept.append(match)
    return kept


def _same_length_lower(text: str) -> str:
    """The text case-folded, but for the few characters whose folded form has another length."""
    folded = text.casefold()
    if len(folded) == len(text):
        return folded
    return "".join(low if len(low := character.casefold()) == 1 else character for character in text)


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether no word goes on at either end."""
    return not (start > 0 and _joins(text[start - 1], text[start])) and not (
        end < len(text) and _joins(text[end - 1], text[end])
    )


def _joins(left: str, right: str) -> bool:
    return (left.isalnum() or left == "_") and (right.isalnum() or right == "_")


def _in_case_of(written: str, term: str) -> str:
    """The term in the case of what it replaces, unless it has capitals of its own."""
    if term != term.lower():
        return term
    if written.isupper() and len(written) > 1:
        return term.upper()
    words = re.findall(r"[^\W\d_]+", written)
    if len(words) > 1 and all(word[0].isupper() for word in words):  # as in a heading: "Net-Asset Value"
        return re.sub(r"(?<![^\W_])[^\W\d_]", lambda first: first[0].upper(), term)
    return term[:1].upper() + term[1:] if written[:1].isupper() else term
