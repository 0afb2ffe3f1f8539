"""What every task kind offers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from luthier.records import Target


class Task(Protocol):
    """A kind of work. The same words go to every system; only what is listed for the generic model differs."""

    @property
    def name(self) -> str: ...

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of its input fields, in the order they are shown."""
        ...

    @property
    def max_target_tokens(self) -> int:
        """Where generation stops, and above which a target counts as truncated."""
        ...

    def instruction(self, *, explain_labels: bool) -> str:
        """What the model is told to do; with `explain_labels`, also every possible answer and its meaning."""
        ...

    def request(self, inputs: Mapping[str, str]) -> str:
        """The fields of one example as the user's turn. Raises `KeyError` where a field is missing."""
        ...

    def write(self, target: Target) -> str:
        """The right answer as the assistant's turn."""
        ...

    def read(self, text: str) -> Target:
        """An answer in words, read back. What cannot be read is left out, never guessed at."""
        ...


def render_fields(headings: Mapping[str, str], inputs: Mapping[str, str]) -> str:
    """Named fields one under another, each under its heading; an empty heading shows the bare text."""
    blocks = []
    for name, heading in headings.items():
        text = inputs[name].strip()
        blocks.append(f"{heading}:\n{text}" if heading else text)
    return "\n\n".join(blocks)
