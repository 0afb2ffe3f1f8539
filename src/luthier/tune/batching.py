"""Which examples meet in which step, and how a step's examples become packed rows.

A run's whole order is planned before it starts, from the seed alone, so that a resumed run takes exactly the steps that
were left. A step's examples are grouped by task and packed behind their task's shared prefix (see `luthier.packing`);
the loss is divided by the counts of the whole step, so neither the number of rows nor their lengths change a gradient.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from luthier.packing import Packed, Row, pack, shared_prefix


@dataclass(frozen=True, slots=True)
class Item:
    """One example, encoded.

    `target` is empty where only the label head answers; `labels` (one number a label) is None where only words do.
    `own_from` is where the prompt's own ids begin, which the label head reads.
    """

    example_id: str
    task: str
    prompt: tuple[int, ...]
    target: tuple[int, ...]
    labels: tuple[float, ...] | None
    multi_label: bool = False
    own_from: int = 0
    weight: float = 1.0  # its losses are multiplied by it


@dataclass(frozen=True, slots=True)
class PackedRow:
    """A row of one task's examples and what is to be learnt from it.

    Attributes:
        row: what the model reads.
        predicts_at: row indices whose hidden state predicts a target token, shape (targets,).
        target_ids: those tokens, shape (targets,).
        heads_at: per prompt, row indices of its own ids, which the label head reads; empty without a label head.
        labels: (items, labels), empty without a label head.
        target_weights: what each target token's loss is multiplied by, shape (targets,); None: all by 1.
        head_weights: likewise of the items with a label head.
    """

    task: str
    multi_label: bool
    row: Row
    predicts_at: Tensor
    target_ids: Tensor
    heads_at: tuple[Tensor, ...]
    labels: Tensor
    target_weights: Tensor | None = None
    head_weights: Tensor | None = None

    @property
    def tokens(self) -> int:
        """Tokens in the row, the shared prefix counted once."""
        return len(self.row)


@dataclass(frozen=True, slots=True)
class Step:
    """All rows of one optimiser step, with the counts its losses are divided by.

    Examples' weights are no part of the counts: their mean is 1 over a task, and divided by its own weight an example
    that is alone in its step would count as any other.
    """

    rows: tuple[PackedRow, ...]
    target_tokens: int
    head_items: int

    @property
    def tokens(self) -> int:
        return sum(row.tokens for row in self.rows)


def plan(items: Sequence[Item], epochs: Mapping[str, float], batch_size: int, seed: int) -> list[list[int]]:
    """Item numbers of every step of a run.

    A task with 2.5 epochs is seen twice whole and once by half, the half drawn at random. Within an epoch all tasks are
    shuffled together. The last step of an epoch may be smaller; none is dropped.
    """
    steps: list[list[int]] = []
    for epoch in range(math.ceil(max(epochs.values(), default=0))):
        chosen: list[int] = []
        for task, length in sorted(epochs.items()):
            members = [number for number, item in enumerate(items) if item.task == task]
            share = min(1.0, max(0.0, length - epoch))
            random.Random(f"{seed}:{epoch}:{task}").shuffle(members)
            chosen += members[: round(share * len(members))]
        random.Random(f"{seed}:{epoch}").shuffle(chosen)
        steps += [chosen[start : start + batch_size] for start in range(0, len(chosen), batch_size)]
    return steps


def pack_step(items: Sequence[Item], row_tokens: int, *, share_prefix: bool = True) -> Step:
    """One step's examples as rows near `row_tokens` long, each row of one task.

    Where prefixes are not shared, every example is whole in its row, as a model is given it whose attention takes no
    packed rows: so `row_tokens` bounds what such a pass holds too.
    """
    rows = tuple(pack_rows(items, row_tokens, share_prefix=share_prefix))
    return Step(rows, sum(len(row.target_ids) for row in rows), sum(len(row.heads_at) for row in rows))


def pack_rows(items: Sequence[Item], row_tokens: int, *, share_prefix: bool = True) -> Iterator[PackedRow]:
    """Packed rows, task by task, examples of like length together."""
    by_task: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        by_task[item.task].append(item)
    for task in sorted(by_task):
        members = sorted(by_task[task], key=lambda item: len(item.prompt) + len(item.target))
        prefix = shared_prefix([item.prompt for item in members]) if share_prefix else ()
        # The last token of a path predicts nothing, so the end-of-turn token need not be read.
        sequences = [(*item.prompt, *item.target[:-1]) for item in members]
        for row, placed in pack(sequences, prefix, row_tokens):
            yield _learn(task, row, len(prefix), [(members[p.index], p) for p in placed])


def _learn(task: str, row: Row, shared: int, placed: Sequence[tuple[Item, Packed]]) -> PackedRow:
    predicts_at: list[int] = []
    target_ids: list[int] = []
    heads_at: list[Tensor] = []
    labels: list[tuple[float, ...]] = []
    words: list[float] = []
    for item, at in placed:
        prompt_end = at.last - max(0, len(item.target) - 1)
        predicts_at += range(prompt_end, prompt_end + len(item.target))
        target_ids += item.target
        words += [item.weight] * len(item.target)
        if item.labels is not None:
            first = at.last + 1 - at.own
            own = [*range(item.own_from, shared), *range(first + max(0, item.own_from - shared), prompt_end + 1)]
            heads_at.append(torch.tensor(own))
            labels.append(item.labels)
    return PackedRow(
        task=task,
        multi_label=placed[0][0].multi_label,
        row=row,
        predicts_at=torch.tensor(predicts_at, dtype=torch.long),
        target_ids=torch.tensor(target_ids, dtype=torch.long),
        heads_at=tuple(heads_at),
        labels=torch.tensor(labels, dtype=torch.float32),
        **_weights(placed, words),
    )


def _weights(placed: Sequence[tuple[Item, Packed]], words: Sequence[float]) -> dict[str, Tensor]:
    """A row's weights; none where all are 1, so that nothing is multiplied."""
    if all(item.weight == 1 for item, _ in placed):
        return {}
    heads = [item.weight for item, _ in placed if item.labels is not None]
    return {"target_weights": torch.tensor(words), "head_weights": torch.tensor(heads)}
