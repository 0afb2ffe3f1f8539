"""Documents and examples for the rules' tests, made of what matters in them."""

from __future__ import annotations

from luthier.records import Document, Example, Provenance, Target

SOURCE = Provenance(source="letters", file="letters.csv", row=1)


def document(text: str, name: str = "d1", group: str | None = None) -> Document:
    return Document(id=name, text=text, media_type="text/plain", source=SOURCE, group=group)


def example(target: str | None = None, labels: tuple[str, ...] | None = None, **inputs: str) -> Example:
    return Example(
        id="e1", task="t", inputs=inputs, target=Target(text=target, labels=labels), source=SOURCE, group="g"
    )
