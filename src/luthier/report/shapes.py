"""The shapes of what the earlier stages left, as the report relies on them.

A missing key, a wrong type or a figure that is not a number is a mistake in the artefact and is refused: the report
never guesses. Keys that are not named here are ignored. A figure may be None: it was undefined, which is not zero.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from luthier.records import Split


class Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class Interval(Shape):
    """A measured figure with the ends of its interval."""

    value: float | None
    low: float | None
    high: float | None


class CountedInterval(Interval):
    n: int


class Paired(Shape):
    """`a` minus `b` on the items that both answered."""

    a: str
    b: str
    metric: str
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    n: int


class TargetResult(Interval):
    system: str
    metric: str
    target: float
    direction: Literal["at_least", "at_most"]
    state: Literal["met", "missed", "undecided"]
    needed: int | None  # how many more items would decide an undecided target


class LabelFigures(Shape):
    precision: float | None
    recall: float | None
    f1: float | None
    support: int
    predicted: int


class Confusion(Shape):
    """`counts[i][j]`: items whose right label is `labels[i]` and that were answered with `labels[j]`."""

    labels: list[str]
    counts: list[list[int]]


class TaskCard(Shape):
    """One task's part of the scorecard."""

    kind: Literal["generate", "classify"]
    multi_label: bool
    n: int
    groups: int
    families: int
    independent: bool
    headline: str
    systems: dict[str, dict[str, Interval]]
    n_by_system: dict[str, int]
    choices: dict[str, dict[str, Any]]
    paired: list[Paired]
    targets: list[TargetResult]
    slices: dict[str, dict[str, dict[str, CountedInterval]]]
    labels: dict[str, dict[str, LabelFigures]] | None
    confusion: dict[str, Confusion] | None
    ceiling: dict[str, Interval] | None
    truncated: dict[str, int]
    unfinished: dict[str, int]
    verdict: str
    needs_tuned_model: bool | None


class Opening(Shape):
    when: dt.datetime
    who: str
    cycle: int


class Seal(Shape):
    opened: list[Opening]


class Cost(Shape):
    train_seconds: float | None
    evaluate_seconds: dict[str, float]
    hourly_rate: float | None
    currency: str
    money: float | None


class Scorecard(Shape):
    cycle: int
    split: Split
    created: dt.datetime
    luthier: str
    name: str
    confidence: float
    draws: int
    seal: Seal
    tasks: dict[str, TaskCard]
    cost: Cost
    data: dict[str, Any]


class SourceTotals(Shape):
    files: int
    documents: int
    examples: int
    refused: int
    reasons: dict[str, int]


class SourceCounts(SourceTotals):
    name: str


class Ingest(Shape):
    sources: list[SourceCounts]
    totals: SourceTotals


class Passed(Shape):
    """How many records went into curation, and what became of them."""

    into: int = Field(alias="in")
    kept: int
    dropped: int
    merged: int
    edited: int


class RuleCounts(Shape):
    rule: str
    version: int
    code: str
    action: str
    examples: int
    documents: int


class Removal(Shape):
    into: int = Field(alias="in")
    kept: int


class Curation(Shape):
    examples: Passed
    documents: Passed
    rules: list[RuleCounts]
    splits: dict[str, dict[str, int]]
    groups: dict[str, int]
    families: dict[str, int]
    seen_families: dict[str, int]  # split -> examples whose family training saw too
    removed_by_profile: dict[str, dict[str, Removal]]
    seconds: float


class LogLine(Shape):
    """One line of the training log. `dev` is there where the model was measured on dev: task -> metric -> value."""

    step: int
    epoch: float
    loss: float | None
    learning_rate: float | None
    seconds: float
    tokens_per_second: float | None
    dev: dict[str, dict[str, float | None]] = {}


class Setting(Shape):
    name: str
    value: Any
    origin: str = Field(alias="from")


class Compared(Shape):
    """A figure as predicted and as it came; `error` is (predicted - actual) / actual."""

    predicted: float | None
    actual: float | None
    error: float | None


class Reconciled(Shape):
    """What a run was estimated to take and took. `energy` says why it is unknown, where it is."""

    seconds: Compared
    memory: Compared
    joules: Compared
    money: Compared
    energy: str | None


class PreflightCheck(Shape):
    name: str
    state: Literal["ok", "warn", "refuse"]
    what: str
    fix: str | None
    examples: list[str]


class PreviewPiece(Shape):
    kind: Literal["shared", "both", "prompt", "read", "target", "end"]
    text: str


class Preview(Shape):
    """One training example as the model sees it; `labels` are what its label head is taught."""

    task: str
    example_id: str
    pieces: list[PreviewPiece]
    labels: list[str] | None


class Preflight(Shape):
    checks: list[PreflightCheck]
    previews: list[Preview]


class Perplexity(Shape):
    per_token: float
    per_byte: float
    texts: int


class ReadDocuments(Shape):
    learnt: int
    excluded: dict[str, int]  # reason code -> documents


class Pretraining(Shape):
    """What the `pretrain` stage read and did."""

    base_model: str
    method: str
    seconds: float
    steps: int
    documents: ReadDocuments
    leaks_looked_for: bool
    example_texts: int
    tokens: int
    before: Perplexity | None
    after: Perplexity | None


class BeforeAndAfter(Shape):
    before: float
    after: float


class PreferenceOutcome(Shape):
    """What pairs of better and worse answers did."""

    method: str
    beta: float
    pairs: int
    refused: dict[str, int]  # reason code -> pairs
    unreadable: int
    steps: int
    seconds: float
    margin: BeforeAndAfter
    better_is_likelier: BeforeAndAfter


class TuneSummary(Shape):
    estimate: Reconciled | None = None  # None for runs of older versions
    seconds: float
    steps: int
    examples: int
    tokens: int
    trained_parameters: int
    total_parameters: int
    truncated_inputs: int
    truncated_targets: int
    peak_memory_bytes: int | None
    precision: str
    device: str
    base_model: str
    licence: str | None
    method: str
    dev: dict[str, dict[str, float | None]]  # task -> way of answering -> what dev chose it by
    preference: PreferenceOutcome | None = None


class TaskAnswer(Shape):
    answered_by: Literal["label_head", "generated"]


class Specialist(Shape):
    """How the tuned model answers each task."""

    tasks: dict[str, TaskAnswer]
