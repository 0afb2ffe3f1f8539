"""Documents and examples for the rules' tests, made of what matters in them; and a rule's edits taken back."""

from __future__ import annotations

from collections.abc import Sequence

from luthier.curate.clean.edits import Change
from luthier.records import Document, Example, Provenance, Target

SOURCE = Provenance(source="letters", file="letters.csv", row=1)


def document(text: str, name: str = "d1", group: str | None = None) -> Document:
    return Document(id=name, text=text, media_type="text/plain", source=SOURCE, group=group)


def example(target: str | None = None, labels: tuple[str, ...] | None = None, **inputs: str) -> Example:
    return Example(
        id="e1", task="t", inputs=inputs, target=Target(text=target, labels=labels), source=SOURCE, group="g"
    )


def undo(edited: str, changes: Sequence[Change], source: str | None = None) -> str:
    """The text as it was before `apply(text, changes)`; `source` has what stood where a change does not say it.

    Raises `ValueError` where a change is not in the edited text: then it is not what these changes made.
    """
    pieces, done, shift = [], 0, 0
    for change in sorted(changes, key=lambda change: (change.start, change.end)):
        start = change.start + shift
        if start < done or not edited.startswith(change.after, start):
            raise ValueError(f"the edit at {change.start} is not in the edited text")
        before = change.before if source is None else source[change.start : change.end]
        pieces += [edited[done:start], before]
        done = start + len(change.after)
        shift += len(change.after) - len(before)
    return "".join([*pieces, edited[done:]])
