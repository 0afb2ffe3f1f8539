"""Rules that look across records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

Texts = Callable[[Sequence[str]], Iterable[tuple[str, str]]]
"""Reads the texts of some records once more: from ids to (id, text), in any order."""
