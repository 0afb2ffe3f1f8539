"""Sentences from patterns: `{name}` in a pattern is replaced by one of the rule's alternatives, and so on down.

A slot is a rule's name, a value that the caller binds (and which then is the same wherever it stands), or a range of
whole numbers such as `{12-90}`. Patterns lie in TOML files, alternatives between ` | ` or one
a line.
"""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Mapping

from luthier.errors import LuthierError

SLOT = re.compile(r"\{([^{}]+)\}")
NUMBERS = re.compile(r"(\d+)-(\d+)")


class Grammar:
    """Rules by name, each a tuple of alternatives."""

    def __init__(self, rules: Mapping[str, tuple[str, ...]]) -> None:
        self.rules = rules

    def write(self, rng: random.Random, pattern: str, bound: Mapping[str, str]) -> str:
        """The pattern with every slot filled. Raises `LuthierError` for a slot that nothing fills."""
        pieces = []
        for text, is_slot in split(pattern):
            pieces.append(self._fill(rng, text, bound) if is_slot else text)
        return "".join(pieces)

    def draw(self, rng: random.Random, rule: str, bound: Mapping[str, str]) -> str:
        """One of a rule's alternatives, filled."""
        return self.write(rng, rng.choice(self.rules[rule]), bound)

    def _fill(self, rng: random.Random, slot: str, bound: Mapping[str, str]) -> str:
        if slot in bound:
            return bound[slot]
        if slot in self.rules:
            return self.draw(rng, slot, bound)
        numbers = NUMBERS.fullmatch(slot)
        if numbers is None:
            raise LuthierError(f"nothing fills the slot '{{{slot}}}'")
        width = len(numbers[1]) if numbers[1].startswith("0") and len(numbers[1]) > 1 else 0
        return str(rng.randint(int(numbers[1]), int(numbers[2]))).zfill(width)


@functools.lru_cache(maxsize=8192)
def split(pattern: str) -> tuple[tuple[str, bool], ...]:
    """A pattern as texts and slots in turn; the flag says which."""
    return tuple((part, place % 2 == 1) for place, part in enumerate(SLOT.split(pattern)) if part)


def alternatives(value: str) -> tuple[str, ...]:
    r"""A rule's alternatives. A written `\n` within one is a new line."""
    lines = value.strip().splitlines() if "\n" in value else value.split(" | ")
    return tuple(line.strip().replace("\\n", "\n") for line in lines if line.strip())


def opened(sentence: str) -> str:
    """The sentence with a capital at its beginning."""
    return sentence[:1].upper() + sentence[1:]
