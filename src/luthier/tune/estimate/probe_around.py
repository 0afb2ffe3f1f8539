"""What stands around a run's rows, timed in small: optimiser steps, the head start, the choice on dev, checkpoints."""

from __future__ import annotations

import copy
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from luthier.chat_template import ChatTemplate
from luthier.inference.engine import Engine
from luthier.inference.label_answers import head_confidences, word_scores
from luthier.inference.label_heads import head_loss
from luthier.inference.specialist import SpecialistModel
from luthier.records import Example
from luthier.tasks import Classify, Task
from luthier.tune import head_start
from luthier.tune.batching import Item
from luthier.tune.encode import answered_by
from luthier.tune.settings import Resolved

CLONED_NUMBERS = 16 << 20
"""Weights copied at most to time an optimiser step on; more are scaled from these."""
FEWEST, MOST = 2, 16
"""Prompts that stand for all: a hundredth of them, within these bounds."""
FIT_STEPS = 4
WRITTEN_BYTES = 64 << 20
"""Bytes written at most to time a checkpoint."""


def optimizer_seconds(module: SpecialistModel, trained: Sequence[str], settings: Resolved) -> float:
    """One optimiser step with its gradient clipping, on copies of what is trained."""
    weights = module.trainable()
    copies: list[nn.Parameter] = []
    for name in trained:
        copies.append(nn.Parameter(weights[name].detach().float().clone()))
        if sum(one.numel() for one in copies) > CLONED_NUMBERS:
            break
    if not copies:
        return 0.0
    for one in copies:
        one.grad = torch.zeros_like(one)
    optimizer = torch.optim.AdamW(copies, lr=0.0, weight_decay=settings.weight_decay)

    def step() -> None:
        torch.nn.utils.clip_grad_norm_(copies, settings.max_gradient_norm)
        optimizer.step()

    seconds = _second_time(step, settings.device)
    return seconds * sum(weights[name].numel() for name in trained) / sum(one.numel() for one in copies)


def head_start_seconds(module: SpecialistModel, items: Sequence[Item], settings: Resolved) -> float:
    """Reading all examples of label heads part of the way up, and fitting the heads to what was read."""
    by_task: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if item.labels is not None:
            by_task[item.task].append(item)
    if not settings.head_start_steps:
        return 0.0
    module.eval()
    return sum(_head_start_of(module, task, own, settings) for task, own in by_task.items())


def _head_start_of(module: SpecialistModel, task: str, items: Sequence[Item], settings: Resolved) -> float:
    engine, few = Engine(module.model, row_tokens=settings.row_tokens), _few(items)
    prompts, own_from = [item.prompt for item in few], [item.own_from for item in few]
    states: list[Tensor] = []

    def read() -> None:
        states.clear()
        for _, found in engine.states(prompts, own_from, module.head_layers):
            states.extend(F.layer_norm(own.float(), own.shape[-1:]) for own in found)

    first, second = _twice(read, settings.device)
    reading = second * _own_ids(items) / max(1, _own_ids(few)) + max(0.0, first - second)
    return reading + settings.head_start_steps * _fit_step_seconds(module, task, few, states, settings)


def _own_ids(items: Sequence[Item]) -> int:
    return sum(len(item.prompt) - item.own_from for item in items)


def _fit_step_seconds(
    module: SpecialistModel, task: str, items: Sequence[Item], states: Sequence[Tensor], settings: Resolved
) -> float:
    """One step of fitting a copy of the task's head to a batch of the states that were read."""
    heads = copy.deepcopy(module.heads)
    count = head_start.BATCH_SIZE
    batch = [states[number % len(states)].clone() for number in range(count)]
    wanted = torch.tensor([items[number % len(items)].labels for number in range(count)], device=batch[0].device)
    optimizer = torch.optim.AdamW(heads.heads[task].parameters(), lr=0.0)

    def fit() -> None:
        for _ in range(FIT_STEPS):
            loss = head_loss(heads(task, batch), wanted, multi_label=items[0].multi_label)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return _second_time(fit, settings.device) / FIT_STEPS


def choosing_seconds(
    module: SpecialistModel,
    tasks: Mapping[str, Task],
    dev: Sequence[Example],
    template: ChatTemplate,
    settings: Resolved,
) -> float:
    """Each way of answering each `classify` task on all of dev."""
    module.eval()
    total = 0.0
    for name, task in tasks.items():
        own = [example for example in dev if example.task == name]
        if not isinstance(task, Classify) or not own:
            continue
        few = _few(own)
        prompts = [template.prompt(task, example.inputs, max_tokens=settings.max_tokens).ids for example in few]
        engine = Engine(module.model, row_tokens=settings.row_tokens)
        by_head, by_words = answered_by(task, settings.label_head)
        ways: list[Callable[[], object]] = []
        if by_head:
            ways.append(lambda e=engine, t=task, p=prompts: head_confidences(e, module, template, t, p))  # type: ignore[misc]
        if by_words:
            ways.append(lambda e=engine, t=task, p=prompts: word_scores(e, template, t, p))  # type: ignore[misc]
        for way in ways:
            first, second = _twice(way, settings.device)
            total += second * len(own) / len(few) + max(0.0, first - second)
    return total


def checkpoint_seconds(module: SpecialistModel, trained: Sequence[str], folder: Path) -> float:
    """Writing one checkpoint: what changes, and two moments of it, to the disk that the run writes to."""
    weights, chosen, size = module.trainable(), {}, 0
    for name in trained:
        chosen[name] = weights[name].detach().cpu().contiguous()
        size += chosen[name].numel() * chosen[name].element_size()
        if size > WRITTEN_BYTES:
            break
    if not chosen:
        return 0.0
    with tempfile.TemporaryDirectory(dir=folder) as place:
        started = time.perf_counter()
        save_file(chosen, Path(place) / "probe.safetensors")
        seconds = time.perf_counter() - started
    numbers = sum(weights[name].numel() for name in trained)
    return 3 * seconds * numbers / sum(one.numel() for one in chosen.values())


def _few(items: Sequence[Item] | Sequence[Example]) -> list:  # type: ignore[type-arg]
    """Evenly drawn items that stand for all."""
    count = min(len(items), max(FEWEST, min(MOST, len(items) // 100)))
    return [items[number * len(items) // count] for number in range(count)]


def _twice(work: Callable[[], object], device: str) -> tuple[float, float]:
    """Seconds of the first time, in which caches fill, and of the second."""
    return _timed(work, device), _timed(work, device)


def _second_time(work: Callable[[], object], device: str) -> float:
    return _twice(work, device)[1]


def _timed(work: Callable[[], object], device: str) -> float:
    started = time.perf_counter()
    work()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - started
