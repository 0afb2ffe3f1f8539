"""Real training examples as the model sees them, with what is learnt from and what is not.

A preview is pieces of text, each of one kind:

    shared   opens every prompt of the task, and stands once in a packed row
    prompt   masked: the model reads it and is not taught it
    read     as `prompt`, and what the label head reads
    target   what the model is taught to write
    end      the end-of-turn token, taught too
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from luthier.chat_template import ChatTemplate
from luthier.packing import shared_prefix
from luthier.tune.batching import Item

Kind = Literal["shared", "prompt", "read", "target", "end"]
MARKS: dict[Kind, tuple[str, str]] = {
    "shared": ("[shared] ", " [/shared] "),
    "prompt": ("", ""),
    "read": ("[label head reads] ", " [/label head] "),
    "target": (">>> ", " "),
    "end": ("<<< ", ""),
}
STYLES: dict[Kind, str] = {
    "shared": "dim italic",
    "prompt": "dim",
    "read": "dim cyan",
    "target": "bold green",
    "end": "bold reverse magenta",
}


@dataclass(frozen=True, slots=True)
class Piece:
    kind: Kind
    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Preview:
    """One example of a task. `labels` are those its label head is taught, None without one."""

    task: str
    example_id: str
    pieces: tuple[Piece, ...]
    labels: tuple[str, ...] | None

    def plain(self) -> dict[str, Any]:
        """The preview as JSON stores it."""
        return dataclasses.asdict(self)

    def lines(self) -> list[str]:
        """The preview in plain characters, for where there is no colour."""
        text = "".join(f"{MARKS[piece.kind][0]}{piece.text}{MARKS[piece.kind][1]}" for piece in self.pieces)
        return [self.heading(), *text.splitlines()]

    def heading(self) -> str:
        counts = ", ".join(f"{piece.tokens} {piece.kind}" for piece in self.pieces)
        head = f"; its label head is taught: {', '.join(self.labels) or 'none'}" if self.labels is not None else ""
        return f"{self.task}, {self.example_id} (tokens: {counts}){head}"


def previews(items: Sequence[Item], template: ChatTemplate, labels: dict[str, tuple[str, ...]]) -> list[Preview]:
    """One example of each task: that of median length, so that it is a usual one.

    Args:
        labels: task -> its labels in the order of its items' numbers.
    """
    found = []
    for task in sorted({item.task for item in items}):
        own = sorted((item for item in items if item.task == task), key=lambda item: len(item.prompt))
        item = own[len(own) // 2]
        shared = len(shared_prefix([one.prompt for one in own]))
        taught = None
        if item.labels is not None:
            taught = tuple(label for label, on in zip(labels[task], item.labels, strict=True) if on)
        found.append(Preview(task, item.example_id, tuple(_pieces(item, shared, template)), taught))
    return found


def _pieces(item: Item, shared: int, template: ChatTemplate) -> Iterator[Piece]:
    end = template.end_of_turn
    stops = bool(item.target) and item.target[-1] == end
    target = item.target[:-1] if stops else item.target
    own_from = max(shared, item.own_from) if item.labels is not None else len(item.prompt)
    parts: list[tuple[Kind, Sequence[int]]] = [
        ("shared", item.prompt[:shared]),
        ("prompt", item.prompt[shared:own_from]),
        ("read", item.prompt[own_from:]),
        ("target", target),
        ("end", (end,) if stops else ()),
    ]
    for kind, ids in parts:
        if ids:
            yield Piece(kind, template.shown(ids), len(ids))
