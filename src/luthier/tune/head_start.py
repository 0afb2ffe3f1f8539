"""Label heads are fitted to the untuned model's states before anything of the model changes.

A head that knows nothing sends noise through the model: its first gradients distort features that were good, and a
small data set never makes up for it, least of all on wordings it does not hold. Fitting the head first, then tuning
both, keeps what the base model already knows (Kumar et al. 2022, "Fine-Tuning can Distort Pretrained Features and
Underperform Out-of-Distribution"). It needs one forward pass over the examples, part of the way up, and seconds after.
"""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from luthier.inference.engine import Engine
from luthier.inference.label_heads import head_loss
from luthier.inference.specialist import SpecialistModel
from luthier.progress import Meter, say
from luthier.tune.batching import Item
from luthier.tune.settings import Resolved

HELD_BYTES = 1 << 30
"""States held at once, as 16-bit numbers; where all do not fit, the heads start from as many examples as do."""
BATCH_SIZE = 16
LEARNING_RATE = 5e-3


def start_heads(module: SpecialistModel, items: Sequence[Item], settings: Resolved) -> None:
    """Sets every label head to its labels' shares, then fits it for `settings.head_start_steps` to frozen states."""
    by_task: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if item.labels is not None:
            by_task[item.task].append(item)
    for task, own in by_task.items():
        counted = torch.tensor([item.weight for item in own])
        shares = (counted[:, None] * torch.tensor([item.labels for item in own])).sum(dim=0) / counted.sum()
        module.heads.start_at(task, shares, multi_label=own[0].multi_label)
        if settings.head_start_steps:
            chosen = _as_many_as_fit(own, module.model.config.hidden_size, settings.seed)
            if len(chosen) < len(own):
                say(f"The label head of {task} starts from {len(chosen)} of {len(own)} examples: more fill its memory")
            _fit(module, task, chosen, _frozen_states(module, task, chosen, settings), settings)


def _as_many_as_fit(items: Sequence[Item], hidden_size: int, seed: int) -> list[Item]:
    """Items drawn at random until their states fill `HELD_BYTES`."""
    drawn = random.Random(f"{seed}:head_start").sample(items, len(items))
    room = HELD_BYTES // (2 * hidden_size)
    chosen: list[Item] = []
    for item in drawn:
        room -= len(item.prompt) - item.own_from
        if room < 0 and chosen:
            break
        chosen.append(item)
    return chosen


def _frozen_states(module: SpecialistModel, task: str, items: Sequence[Item], settings: Resolved) -> list[Tensor]:
    """Each item's own states, normalised as the head will, of shape (own ids, hidden)."""
    engine = Engine(module.model.eval(), row_tokens=settings.row_tokens)
    found: dict[int, Tensor] = {}
    prompts, own_from = [item.prompt for item in items], [item.own_from for item in items]
    with Meter(f"Reading ({task})", len(items)) as meter:
        for numbers, states in engine.states(prompts, own_from, module.head_layers, meter.advance):
            held = (F.layer_norm(own.float(), own.shape[-1:]).half() for own in states)
            found.update(zip(numbers, held, strict=True))
    return [found[number] for number in range(len(items))]


def _fit(
    module: SpecialistModel, task: str, items: Sequence[Item], states: Sequence[Tensor], settings: Resolved
) -> None:
    wanted = torch.tensor([item.labels for item in items], device=states[0].device)
    weights = torch.tensor([item.weight for item in items], device=states[0].device)
    optimizer = torch.optim.AdamW(module.heads.heads[task].parameters(), lr=LEARNING_RATE, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, settings.head_start_steps)
    with Meter(f"Starting the label head ({task})", settings.head_start_steps) as meter:
        for chosen in itertools.islice(_batches(len(items), settings.seed), settings.head_start_steps):
            logits = module.heads(task, [states[number].clone() for number in chosen.tolist()])
            own = chosen.to(wanted.device)
            loss = head_loss(logits, wanted[own], multi_label=items[0].multi_label, weights=weights[own])
            optimizer.zero_grad()
            (loss / len(chosen)).backward()
            optimizer.step()
            schedule.step()
            meter.advance()
    optimizer.zero_grad()


def _batches(count: int, seed: int) -> Iterator[Tensor]:
    """Numbers below `count` in batches, in a new random order each time round, without end."""
    drawn = torch.Generator().manual_seed(seed)
    while True:
        yield from torch.randperm(count, generator=drawn).split(BATCH_SIZE)
