"""A set of wordings: one firm's words, kinds of paper and ways of saying things, read from TOML files.

There are two sets. Whoever writes a rule may look at `development`; `held_out` is what the rule is scored on.
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

from luthier.errors import RequestError
from luthier.sample_company.grammar import Grammar, alternatives

SETS = ("development", "held_out")
FILES = ("words", "genres", "versions", "contradictions", "spans", "examples")
GROUPS = ("genres", "attributes", "labels")


@dataclass(frozen=True, slots=True)
class Genre:
    """A kind of paper: how it is laid out and what its sentences are."""

    name: str
    style: str
    title: str
    layout: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something that papers state of a subject: its values, the same values in other words, the ways to state it."""

    name: str
    values: tuple[str, ...]
    words: tuple[str, ...]
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phrasings:
    """One set. `tables` holds rules that belong to a subject, such as `tables["private"]["email"]`."""

    name: str
    grammar: Grammar
    genres: tuple[Genre, ...]
    notice: Genre
    attributes: tuple[Attribute, ...]
    labels: dict[str, str]
    label_patterns: dict[str, tuple[str, ...]]
    tables: dict[str, dict[str, tuple[str, ...]]]

    def word(self, rule: str) -> str:
        """A rule with one alternative only."""
        (only,) = self.grammar.rules[rule]
        return only


@functools.cache
def phrasings(name: str) -> Phrasings:
    """The set `name`. Raises `RequestError` for a name that is not in `SETS`."""
    if name not in SETS:
        raise RequestError(f"there are no phrasings '{name}'", fix=f"Choose from {', '.join(SETS)}")
    folder = resources.files(f"luthier.sample_company.defects.phrasings_{name}")
    content: dict[str, Any] = {}
    for file in FILES:
        content |= tomllib.loads((folder / f"{file}.toml").read_text(encoding="utf-8"))
    rules = {rule: _whole_or_parts(rule, value) for rule, value in content.items() if isinstance(value, str)}
    genres = {key: _genre(key, value) for key, value in content["genres"].items()}
    tables = {key: value for key, value in content.items() if isinstance(value, dict) and key not in GROUPS}
    return Phrasings(
        name=name,
        grammar=Grammar(rules),
        notice=genres.pop("notice"),
        genres=tuple(genres.values()),
        attributes=tuple(_attribute(key, value) for key, value in content["attributes"].items()),
        labels={label: value["means"] for label, value in content["labels"].items()},
        label_patterns={label: alternatives(value["patterns"]) for label, value in content["labels"].items()},
        tables={key: {rule: alternatives(text) for rule, text in table.items()} for key, table in tables.items()},
    )


def _whole_or_parts(rule: str, value: str) -> tuple[str, ...]:
    return (value,) if rule in {"notice", "instruction"} else alternatives(value)


def _genre(name: str, table: dict[str, str]) -> Genre:
    layout = table["layout"].replace("\\n", "\n")
    return Genre(name, table["style"], table["title"], layout, alternatives(table["sentences"]))


def _attribute(name: str, table: dict[str, str]) -> Attribute:
    words = alternatives(table["words"])
    return Attribute(name, alternatives(table["values"]), words, alternatives(table["patterns"]))
