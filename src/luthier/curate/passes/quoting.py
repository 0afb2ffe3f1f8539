"""Takes what is private out of what findings quote.

Records are compared as they are, before anything private in them is masked, or two letters with `[NAME]` in them would
be one. What is quoted from them in the ledger is read by more people than the data: it shows what the privacy pass puts
in a value's place, unless the settings let the ledger keep values.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import islice

from luthier.config.curation.privacy import Privacy
from luthier.curate.clean.privacy import find_private
from luthier.records import Document, Finding
from luthier.text.masking import replaced

Private = Callable[[Document], list[Finding]]
"""What the privacy pass would change in a document: its edits."""
Documents = Callable[[Collection[str]], Iterable[Document]]
_AT_ONCE = 20_000  # findings whose documents are read once more together


def without_private_values(findings: Iterable[Finding], private: Private, documents: Documents) -> Iterator[Finding]:
    """The findings, in order, with what is private in the documents that they quote replaced in their words.

    Args:
        private: the privacy pass's edits of a document.
        documents: reads the documents with some ids, as they were compared.
    """
    waiting = iter(findings)
    while some := list(islice(waiting, _AT_ONCE)):
        asked = {name for found in some if _quotes(found) for name in (found.record_id, found.counterpart_id) if name}
        values = {one.id: _values(one, private(one)) for one in documents(asked)} if asked else {}
        yield from (_masked(found, values) if _quotes(found) else found for found in some)


def _quotes(finding: Finding) -> bool:
    return finding.before is not None or finding.after is not None or "“" in finding.reason


def _values(document: Document, edits: Iterable[Finding]) -> dict[str, str]:
    """What is private in a document's text, and what stands in its place."""
    return {
        document.text[edit.start : edit.end]: edit.after
        for edit in edits
        if edit.action == "edit" and edit.field == "text" and edit.start is not None and edit.after is not None
    }


def _masked(finding: Finding, values: Mapping[str, Mapping[str, str]]) -> Finding:
    mine, theirs = values.get(finding.record_id, {}), values.get(finding.counterpart_id or "", {})
    both = {**theirs, **mine}
    if not both:
        return finding
    before, after = (text if text is None else replaced(text, both) for text in (finding.before, finding.after))
    return dataclasses.replace(finding, before=before, after=after, reason=replaced(finding.reason, both))


def masks_in(text: str, settings: Privacy | None) -> dict[str, str]:
    """What is private in a text that stands on its own, of the kinds that are replaced, each value with its mask."""
    if settings is None or not text:
        return {}
    return {
        text[span.start : span.end]: f"[{span.kind.replace('_', ' ').upper()}]"
        for span in find_private(text, settings)
        if getattr(settings, span.kind) in ("mask", "pseudonym")
    }
