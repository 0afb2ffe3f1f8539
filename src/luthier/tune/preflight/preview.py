"""Real training examples as the model sees them, with what is learnt from and what is not.

A preview is pieces of text, each of one kind:

    shared   opens every prompt of the task, and stands once in a packed row
    prompt   masked: the model reads it and is not taught it
    read     as `prompt`, and what the label head reads
    both     as `shared`, and what the label head reads: words with which all inputs happen to begin
    target   what the model is taught to write
    end      the end-of-turn token, taught too
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rich.text import Text

from luthier.chat_template import ChatTemplate
from luthier.packing import shared_prefix
from luthier.tasks import Classify
from luthier.tune.batching import Item
from luthier.tune.preflight.check import Material

Kind = Literal["shared", "both", "prompt", "read", "target", "end"]
MARKS: dict[Kind, tuple[str, str]] = {
    "shared": ("{shared|", "}"),
    "both": ("{shared, head|", "}"),
    "prompt": ("", ""),
    "read": ("{head|", "}"),
    "target": ("{taught|", "}"),
    "end": ("{taught, end of turn|", "}"),
}
MEANINGS: dict[Kind, str] = {
    "shared": "masked, opens every prompt and is read once a row",
    "both": "masked, both",
    "prompt": "masked",
    "read": "masked, read by the label head",
    "target": "taught",
    "end": "taught: the end of turn",
}
STYLES: dict[Kind, str] = {
    "shared": "dim italic",
    "both": "dim italic cyan",
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

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Preview:
        """The preview that `plain` made `content` of."""
        labels = content["labels"]
        pieces = tuple(Piece(**piece) for piece in content["pieces"])
        return cls(content["task"], content["example_id"], pieces, None if labels is None else tuple(labels))

    def plain_text(self) -> str:
        """The example with marks in place of colours."""
        return "".join(f"{MARKS[piece.kind][0]}{piece.text}{MARKS[piece.kind][1]}" for piece in self.pieces)

    def coloured(self) -> Text:
        """The example with what is masked dim and what is taught bright."""
        return Text.assemble(*((piece.text, STYLES[piece.kind]) for piece in self.pieces))

    def heading(self) -> str:
        """Whose example it is, how many tokens are of which kind, and what its label head is taught."""
        counts = ", ".join(f"{piece.tokens} {piece.kind}" for piece in self.pieces)
        head = f"; its label head is taught: {', '.join(self.labels) or 'none'}" if self.labels is not None else ""
        return f"{self.task}, {self.example_id} (tokens: {counts}){head}"


def legend(*, colour: bool) -> Text:
    """What the colours, or the marks, mean."""
    if colour:
        return Text("   ").join(Text(MEANINGS[kind], STYLES[kind]) for kind in MEANINGS)
    return Text("   ").join(Text(f"{MARKS[kind][0]}…{MARKS[kind][1]} {MEANINGS[kind]}") for kind in MEANINGS)


def shown(material: Material) -> list[Preview]:
    """A preview of each of a run's tasks."""
    labels = {name: task.labels for name, task in material.tasks.items() if isinstance(task, Classify)}
    return previews(material.encoded.items, material.template, labels)


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
    own_from = item.own_from if item.labels is not None else len(item.prompt)
    parts: list[tuple[Kind, Sequence[int]]] = [
        ("shared", item.prompt[: min(shared, own_from)]),
        ("both", item.prompt[own_from:shared]),
        ("prompt", item.prompt[shared:own_from]),
        ("read", item.prompt[max(shared, own_from) :]),
        ("target", target),
        ("end", (end,) if stops else ()),
    ]
    for kind, ids in parts:
        if ids:
            yield Piece(kind, template.shown(ids), len(ids))
