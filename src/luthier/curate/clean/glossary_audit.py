"""What the glossary did, form by form: how often each was there before, was rewritten, was left, and is there after.

Counted is what the rule reads: documents, the target texts of examples, and their inputs where the settings say so.
Nothing around a form is kept, since it may be private.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

EXAMPLES = 3  # uses of a form that are named, of those rewritten and of those left

Role = Literal["term", "variant", "abbreviation", "ambiguous"]


@dataclass(frozen=True, slots=True)
class Form:
    """A term, variant or abbreviation as the glossary writes it; of an ambiguous one all that it may stand for."""

    written: str
    role: Role
    terms: tuple[str, ...]
    exact: bool  # whether letter case must be as written


@dataclass(slots=True)
class _Uses:
    """How often a form was used; of the first rewritten and the first left ones the record and what was written."""

    before: int = 0
    rewritten: int = 0
    after: int = 0
    texts: int = 0
    changed: list[tuple[str, str, str]] = field(default_factory=list)  # record, before, after
    left: list[tuple[str, str]] = field(default_factory=list)  # record, as written

    def add(self, other: _Uses) -> None:
        self.before += other.before
        self.rewritten += other.rewritten
        self.after += other.after
        self.texts += other.texts
        self.changed = [*self.changed, *other.changed][:EXAMPLES]
        self.left = [*self.left, *other.left][:EXAMPLES]


class Audit:
    """Counts the uses of forms, text by text; what several counted can be put together."""

    def __init__(self) -> None:
        self._forms: dict[Form, _Uses] = {}

    def see(
        self,
        record_id: str,
        before: Sequence[tuple[Form, str]],
        rewritten: Mapping[int, str],
        after: Sequence[Form],
    ) -> None:
        """Counts one text of a record.

        Args:
            before: the forms in it and how they are written there, in order.
            rewritten: by place in `before`, what was put instead.
            after: the forms in what it became.
        """
        for form in {form: None for form, _ in before}:
            self._forms.setdefault(form, _Uses()).texts += 1
        for place, (form, written) in enumerate(before):
            uses = self._forms[form]
            uses.before += 1
            if place in rewritten:
                uses.rewritten += 1
                if len(uses.changed) < EXAMPLES:
                    uses.changed.append((record_id, written, rewritten[place]))
            elif form.role != "term" and len(uses.left) < EXAMPLES:
                uses.left.append((record_id, written))
        for form in after:
            self._forms.setdefault(form, _Uses()).after += 1

    def add(self, other: Audit) -> None:
        """Counts what another counted, after what this one did."""
        for form, uses in other._forms.items():
            self._forms.setdefault(form, _Uses()).add(uses)

    def rows(self) -> list[dict[str, Any]]:
        """A row for each form that was used: by term, and the term itself before its other forms."""
        return list(self._rows())

    def _rows(self) -> Iterator[dict[str, Any]]:
        order = sorted(self._forms, key=lambda form: (form.terms[0].casefold(), form.role != "term", form.written))
        for form in order:
            uses = self._forms[form]
            yield {
                "terms": list(form.terms),
                "written": form.written,
                "role": form.role,
                "before": uses.before,
                "rewritten": uses.rewritten,
                "left": uses.before - uses.rewritten if form.role != "term" else 0,
                "after": uses.after,
                "texts": uses.texts,
                "changed": [{"record": name, "before": was, "after": now} for name, was, now in uses.changed],
                "unchanged": [{"record": name, "written": was} for name, was in uses.left],
            }
