"""Changed spans of a text: how a rule that rewrites says what it did.

A rule's edits of one text are made at once: every offset counts characters of the text as the rule found it, and no
two edits overlap. So the new text can be made of the old one again, and the old one of the new.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from luthier.records import Action, Document, Example, Finding

Record = TypeVar("Record", Document, Example)


@dataclass(frozen=True, slots=True)
class Edit:
    """One span that is replaced; `reason` is the sentence that its finding gives."""

    code: str
    reason: str
    start: int
    end: int
    before: str
    after: str


class Change(Protocol):
    """What `apply` reads: an `Edit`, or a `Finding` whose action is "edit"; `before` is None where that is not told."""

    @property
    def start(self) -> int | None: ...
    @property
    def end(self) -> int | None: ...
    @property
    def before(self) -> str | None: ...
    @property
    def after(self) -> str | None: ...


def apply(text: str, changes: Sequence[Change]) -> str:
    """The text with every change made. Raises `ValueError` where one does not fit the text or overlaps another."""
    pieces, done = [], 0
    for start, end, change in sorted(((c.start or 0, c.end or 0, c) for c in changes), key=lambda found: found[:2]):
        if start < done or end > len(text) or change.before not in (None, text[start:end]):
            raise ValueError(f"the edit at {start} does not fit the text")
        pieces += [text[done:start], change.after or ""]
        done = end
    return "".join([*pieces, text[done:]])


def texts_of(record: Document | Example) -> Iterator[tuple[str, str]]:
    """The texts of a record as (field, text): a document's text; an example's inputs and its target text, no labels."""
    if isinstance(record, Document):
        yield "text", record.text
        return
    for name, text in record.inputs.items():
        yield f"inputs.{name}", text
    if record.target.text is not None:
        yield "target.text", record.target.text


def with_texts(record: Record, texts: Mapping[str, str]) -> Record:
    """The record with these fields' texts, named as in `texts_of`, instead of its own."""
    if not texts:
        return record
    if isinstance(record, Document):
        return dataclasses.replace(record, text=texts["text"])
    inputs = {name: texts.get(f"inputs.{name}", text) for name, text in record.inputs.items()}
    target = record.target
    if "target.text" in texts:
        target = dataclasses.replace(target, text=texts["target.text"])
    return dataclasses.replace(record, inputs=inputs, target=target)


def finding_of(
    record: Document | Example, rule: str, version: int, field: str, edit: Edit, action: Action = "edit"
) -> Finding:
    """The ledger's row for one edit, or for one that is only proposed."""
    return Finding(
        record_id=record.id,
        record_kind="document" if isinstance(record, Document) else "example",
        rule=rule,
        rule_version=version,
        code=edit.code,
        action=action,
        reason=edit.reason,
        field=field,
        start=edit.start,
        end=edit.end,
        before=edit.before,
        after=edit.after,
    )
