"""Learning from corrections: the `tune.preference` section of `luthier.yaml`."""

from __future__ import annotations

from typing import Literal

from pydantic import PositiveFloat, PositiveInt, field_validator

from luthier.config.section import Name, Settings, Share


class PairFields(Settings):
    """Which columns of a source of pairs mean what."""

    inputs: dict[Name, str]
    """Task input name -> column."""
    chosen: str = "chosen"
    """The column with the better answer, such as a reviewer's correction."""
    rejected: str = "rejected"
    """The column with the worse one, such as what the model had written."""
    id: str | None = None
    group: str | None = None
    """Whose the row is. Pairs of groups that measure are refused, and so are pairs that nobody says the group of,
    unless their inputs are those of a curated example."""
    label_separator: str = ";"


class PairSource(Settings):
    """A table whose rows hold two answers to one piece of work, of which one is better."""

    name: Name
    path: str
    """A file, a folder, or a glob with `**`, relative to the project."""
    format: Literal["auto", "csv", "jsonl", "parquet", "xlsx"] = "auto"
    task: Name
    fields: PairFields
    encoding: str = "utf-8"


class Preference(Settings):
    """Preference tuning, after the supervised one and starting from it: answers become more like the better ones of
    pairs, and less like the worse ones, without leaving the supervised model further behind than `beta` lets them.
    Needs `luthier[preference]`."""

    method: Literal["dpo", "kto"] = "dpo"
    """`dpo` compares the two answers of each pair (Rafailov et al. 2023); `kto` judges every answer by itself
    (Ethayarajh et al. 2024), which bears pairs that are wrong here and there better."""
    pairs: list[PairSource]
    beta: PositiveFloat = 0.1
    """How strongly the model is held to the supervised one: the smaller, the further it may go."""
    epochs: PositiveFloat = 1.0
    learning_rate: PositiveFloat | None = None
    """None: a twentieth of the supervised rate. Answers that were right before go wrong when it is too high."""
    batch_size: PositiveInt = 8
    """Pairs per optimiser step; `kto` sees both answers of each."""
    rows: PositiveInt = 4
    """Pairs in one forward pass, at most; memory grows with it."""
    warmup: Share = 0.1

    @field_validator("pairs")
    @classmethod
    def _some_pairs(cls, pairs: list[PairSource]) -> list[PairSource]:
        if not pairs:
            raise ValueError("name at least one source of pairs")
        return pairs
