"""Values taken out of a text that quotes them, wherever and however they stand in it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping


def replaced(text: str, values: Mapping[str, str]) -> str:
    """A text with each of these values replaced, wherever it stands as whole words, on one line or on two; and the
    beginning of one that was cut off by an ellipsis."""
    for value in sorted(values, key=lambda value: (-len(value), value)):
        parts = value.split()
        if parts and parts[0] in text:
            joined = r"\s+".join(map(re.escape, parts))
            text = values[value].join(re.split(rf"(?<!\w){joined}(?!\w)", text))
    return _without_beginnings(text, values) if "…" in text else text


def _without_beginnings(text: str, values: Mapping[str, str]) -> str:
    """A text in which no value's beginning stands before an ellipsis."""
    ends: dict[str, list[str]] = defaultdict(list)
    for value in values:
        flat = " ".join(value.split())
        ends[flat[:1]].append(flat)
    pieces = text.split("…")
    for place, piece in enumerate(pieces[:-1]):
        starts = (at for at, sign in enumerate(piece) if sign in ends and (at == 0 or not piece[at - 1].isalnum()))
        cut = next((at for at in starts if any(flat.startswith(piece[at:]) for flat in ends[piece[at]])), None)
        pieces[place] = piece if cut is None else piece[:cut]
    return "…".join(pieces)
