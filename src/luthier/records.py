"""The data nouns: plain, frozen, typed, and one Arrow row each.

A noun's fields may be text, numbers, booleans, dates, tuples of these, `str -> str` or `str -> float` mappings, other
nouns, or any of these or None. `arrow_schema`, `to_row` and `from_row` derive storage from the annotations, so a noun
is described once.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import pyarrow as pa

Split = Literal["train", "pool", "dev", "calibration", "test"]
SPLITS: tuple[Split, ...] = typing.get_args(Split)
Origin = Literal["gold", "expert", "corrected", "machine", "synthetic"]
Action = Literal["drop", "edit", "merge", "flag", "assign"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a record came from. Rows and pages count from 1, a table's header row not included."""

    source: str  # the source's name in luthier.yaml
    file: str  # path relative to the project, with forward slashes
    page: int | None = None
    row: int | None = None

    def __str__(self) -> str:
        page = f", page {self.page}" if self.page is not None else ""
        row = f", row {self.row}" if self.row is not None else ""
        return f"{self.file}{page}{row}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A text the organisation wrote or received. `group` is the client or customer it belongs to, if any."""

    id: str
    text: str
    media_type: str
    source: Provenance
    title: str | None = None
    effective_date: dt.date | None = None
    expiry_date: dt.date | None = None
    family: str | None = None  # documents that are versions of one another share a family
    group: str | None = None
    profile: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the right answer is: a text (`generate`) or a set of labels (`classify`, possibly empty)."""

    text: str | None = None
    labels: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One piece of work with its right answer.

    `group` is whose it is: examples of one group never fall on both sides of a split. `family` is the form or phrasing
    it was written in, where that is known; whole families can be held out, so that a test is not recall of a form.
    """

    id: str
    task: str
    inputs: Mapping[str, str]
    target: Target
    source: Provenance
    group: str
    family: str | None = None
    document_ids: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()  # other right texts, written independently: they measure, they never teach
    profile: Mapping[str, str] = field(default_factory=dict)
    split: Split | None = None
    origin: Origin = "expert"
    weight: float = 1.0  # how much it counts in training, where 1 is the mean of its task


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two answers to one piece of work, of which `chosen` is the better: a correction, say, and what it corrects.

    `group` is whose it is, None where nobody says so.
    """

    id: str
    task: str
    inputs: Mapping[str, str]
    chosen: Target
    rejected: Target
    source: Provenance
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One row of the evidence ledger: what a rule saw in a record, and what it proposes.

    `before` and `after` are the piece of text that a rule changed. `start` and `end` are where `before` stood:
    character offsets in the whole text as that rule found it, after what earlier findings had changed.
    """

    record_id: str
    record_kind: Literal["document", "example"]
    rule: str
    rule_version: int
    code: str  # a stable reason code, such as `duplicate.near`
    action: Action
    reason: str
    field: str | None = None
    score: float | None = None
    threshold: float | None = None
    counterpart_id: str | None = None
    start: int | None = None
    end: int | None = None
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A file or row that could not be read, and why. It is counted and shown, never lost."""

    source: str
    file: str
    code: str  # a stable reason code, such as `pdf.scanned`
    reason: str
    row: int | None = None
    page: int | None = None
    field: str | None = None
    fix: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """One system's answer to one example.

    `scores` holds, for label tasks, each label's confidence in [0, 1]; `confidence` is that of the whole answer. Token
    counts exclude what was shared with other examples and encoded once.
    """

    example_id: str
    task: str
    system: str
    text: str | None = None
    labels: tuple[str, ...] | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    confidence: float | None = None
    prompt_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    truncated_input: bool = False  # the prompt was cut to fit the model
    stopped: bool = True  # the model ended its answer itself, before the limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One turn of the wheel: what went in, what came out, what was decided and why. Keys name artefacts."""

    number: int
    started: dt.datetime
    finished: dt.datetime
    artefacts: Mapping[str, str]
    decision: str
    reasons: tuple[str, ...] = ()


Record = TypeVar("Record")


def arrow_schema(noun: type) -> pa.Schema:
    """The Arrow schema of a noun, from its annotations."""
    hints = _hints(noun)
    return pa.schema([pa.field(f.name, _arrow_type(hints[f.name])) for f in dataclasses.fields(noun)])


def to_row(record: Any) -> dict[str, Any]:
    """A record as the plain dictionary that Arrow stores. Mappings become lists of pairs, in key order."""
    row = {}
    for name in _names(typing.cast(Any, type(record))):
        value = getattr(record, name)
        row[name] = value if type(value) in _PLAIN else _to_plain(value)
    return row


def from_row(noun: type[Record], row: Mapping[str, Any]) -> Record:
    """The record that `to_row` made `row` of. Raises `KeyError` where a field is missing that has no default."""
    made_of = _made_of(typing.cast(Any, noun))
    if len(row) < len(made_of):  # from a version that did not have all of them
        required = _required(typing.cast(Any, noun))
        made_of = tuple((name, hint) for name, hint in made_of if name in row or name in required)
    return noun(**{name: row[name] if hint is None else _from_plain(hint, row[name]) for name, hint in made_of})


_SCALARS: dict[Any, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    dt.date: pa.date32(),
    dt.datetime: pa.timestamp("us", tz="UTC"),
}


_PLAIN = frozenset({*_SCALARS, type(None)})


@functools.cache
def _names(noun: type) -> tuple[str, ...]:
    """The names of a noun's fields."""
    return tuple(f.name for f in dataclasses.fields(noun))


@functools.cache
def _made_of(noun: type) -> tuple[tuple[str, Any], ...]:
    """A noun's fields, each with what its values must be made into; None where Arrow gives them as they are."""
    hints = {name: _without_none(_hints(noun)[name]) for name in _names(noun)}
    return tuple((name, None if hint in _SCALARS or _is_literal(hint) else hint) for name, hint in hints.items())


@functools.cache
def _required(noun: Any) -> frozenset[str]:
    """The names of a noun's fields without a default."""
    missing = dataclasses.MISSING
    return frozenset(f.name for f in dataclasses.fields(noun) if f.default is missing and f.default_factory is missing)


def _is_literal(hint: Any) -> bool:
    return typing.get_origin(hint) is Literal


@functools.cache
def _hints(noun: type) -> dict[str, Any]:
    """A noun's annotations, resolved once: Python compiles them anew at every call, and each row read needs them."""
    return typing.get_type_hints(noun)


def _arrow_type(hint: Any) -> pa.DataType:
    hint = _without_none(hint)
    if hint in _SCALARS:
        return _SCALARS[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return pa.string()
    if origin is tuple:
        return pa.list_(_arrow_type(arguments[0]))
    if origin is Mapping:
        return pa.map_(_arrow_type(arguments[0]), _arrow_type(arguments[1]))
    if dataclasses.is_dataclass(hint):
        return pa.struct(list(arrow_schema(typing.cast(type, hint))))
    raise TypeError(f"a noun's field cannot be {hint}")


def _to_plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return to_row(value)
    if isinstance(value, Mapping):
        return sorted(value.items())
    if isinstance(value, tuple):
        return [_to_plain(item) for item in value]
    return value


def _from_plain(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    hint = _without_none(hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        return tuple(_from_plain(arguments[0], item) for item in value)
    if origin is Mapping:
        return dict(value)
    if dataclasses.is_dataclass(hint):
        return from_row(typing.cast(type, hint), value)
    return value


def _without_none(hint: Any) -> Any:
    """`X` of `X | None`; any other hint as it is."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        (hint,) = [argument for argument in typing.get_args(hint) if argument is not type(None)]
    return hint
