"""LoRA on a model of 8 billion parameters, on one GPU, against TRL's SFTTrainer in the same call.

Random weights in the shape of Llama 3 8B, in bfloat16, rank 16 on all linear layers, no gradient checkpointing: speed
depends on shapes and lengths alone, so nothing is downloaded. Two kinds of work:

- `4096 packed`: documents of 512 tokens that share nothing, every token learnt from, rows of 4,096;
- `ragged business data`: an instruction of 1,500 tokens that all examples share, texts of 20 to 400 tokens of their
  own, answers of 3 to 40; only answers are learnt from.

TRL is given the same ids at the fastest it documents: padding-free, completions only, its output layer fused, Liger's
kernels and FlashAttention where they are installed, else the faster of FlexAttention and SDPA. The sides take turns,
each building its model anew; memory is what PyTorch had allocated at most.

`tokens/s` counts every example whole, however often a side reads what they share: so it is work done, not work saved.
MFU counts the floating-point operations of the products that a side makes: with LoRA 4 a weight and token (forward, and
back to the inputs; frozen weights have no gradient), the output layer at target positions, and attention over the pairs
that see one another; against the card's dense bfloat16 peak.

    python benchmarks/gpu_lora.py            on a GPU of 80 GB
    python benchmarks/gpu_lora.py --quick    the same path on any machine with a tiny model; its speed says nothing
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch

sys.path.insert(0, str(Path(__file__).parent))

from tuning import gpu_sides
from tuning.gpu_sides import Shape, Took

from luthier.packing import shared_prefix
from luthier.tune.batching import Item

SEED = 5
LLAMA_3_8B = Shape(
    vocabulary=128_256, hidden=4096, intermediate=14_336, layers=32, heads=32, key_value_heads=8, row_tokens=4096
)
TINY = Shape(vocabulary=300, hidden=32, intermediate=64, layers=2, heads=4, key_value_heads=2, row_tokens=256)
PACKED, RAGGED = "4096 packed", "ragged business data"
TOKENS_BAR, TARGETS_BAR, HOUR = 12_500, 3.0, 3600
# Dense bfloat16, from the makers' data sheets.
PEAKS = {"H100 PCIe": 756e12, "H100": 989e12, "H200": 989e12, "A100": 312e12, "L40S": 362e12}


class Task(NamedTuple):
    """One kind of work: what every step learns from."""

    name: str
    steps: list[list[Item]]

    @property
    def items(self) -> list[Item]:
        return [item for step in self.steps for item in step]


def packed(shape: Shape, steps: int) -> Task:
    """Documents an eighth of a row long that share nothing."""
    rng = random.Random(SEED)
    length, batch = shape.row_tokens // 8, 8
    # The first token differs everywhere, or a prefix would be shared by chance.
    firsts = rng.sample(range(1, shape.vocabulary), batch)
    documents = [
        [_item(number, (first,), _ids(rng, shape, length - 1)) for number, first in enumerate(firsts)]
        for _ in range(steps)
    ]
    return Task(PACKED, documents)


def ragged(shape: Shape, steps: int) -> Task:
    """Short answers to texts of many lengths behind one long instruction."""
    rng = random.Random(SEED)
    scale = shape.row_tokens / LLAMA_3_8B.row_tokens
    instruction = _ids(rng, shape, max(8, round(1500 * scale)))

    def example(number: int) -> Item:
        own = max(2, round(scale * 20 * 20 ** rng.random()))  # 20 to 400, as many of each order of magnitude
        return _item(number, instruction + _ids(rng, shape, own), _ids(rng, shape, rng.randint(3, 40)))

    return Task(RAGGED, [[example(number) for number in range(32)] for _ in range(steps)])


def _ids(rng: random.Random, shape: Shape, count: int) -> tuple[int, ...]:
    return tuple(rng.choices(range(1, shape.vocabulary), k=count))


def _item(number: int, prompt: tuple[int, ...], target: tuple[int, ...]) -> Item:
    return Item(str(number), "work", prompt, target, None)


def operations(shape: Shape, step: list[Item], *, shared: bool) -> float:
    """Floating-point operations of a step with LoRA, adapters' own left out (under 1%)."""
    prefix = len(shared_prefix([item.prompt for item in step])) if shared else 0
    lengths = [len(item.prompt) + len(item.target) - 1 for item in step]
    read = prefix + sum(length - prefix for length in lengths)
    pairs = prefix * (prefix + 1) / 2 + sum((n * (n + 1) - prefix * (prefix + 1)) / 2 for n in lengths)
    targets = sum(len(item.target) for item in step)
    products = 4 * (shape.weights * read + shape.hidden * shape.vocabulary * targets)
    # Scores and weighted sums, 2 operations a pair, number and head each: forward once, and back twice that.
    return products + 3 * 4 * pairs * shape.hidden * shape.layers


def peak_of(device: str) -> float | None:
    """Operations a second that the card is sold with; None where unknown."""
    name = torch.cuda.get_device_name() if device == "cuda" else ""
    return next((peak for known, peak in PEAKS.items() if all(part in name for part in known.split())), None)


class Figures(NamedTuple):
    """What one side reached on one task."""

    tokens: float  # a second
    targets: float  # a second
    mfu: float | None
    memory: int | None  # bytes


def figures(shape: Shape, task: Task, took: Took, device: str, *, shared: bool) -> Figures:
    """Speeds over the measured steps, all but the warm-up's."""
    measured = task.steps[took.warm_up :]
    items = [item for step in measured for item in step]
    tokens = sum(len(item.prompt) + len(item.target) for item in items) / took.seconds
    targets = sum(len(item.target) for item in items) / took.seconds
    peak = peak_of(device)
    made = sum(operations(shape, step, shared=shared) for step in measured)
    return Figures(tokens, targets, made / took.seconds / peak if peak else None, took.memory)


def measure(shape: Shape, task: Task, device: str) -> dict[str, Figures]:
    """Both sides on one task; TRL with the fastest attention there is."""
    sides: dict[str, Callable[[], Took]] = {"luthier": lambda: gpu_sides.luthier(shape, task.steps, device)}
    for attention in gpu_sides.attentions(device):
        sides[f"TRL, {attention}"] = lambda attention=attention: gpu_sides.trl(shape, task.steps, device, attention)
    found = {name: figures(shape, task, take(), device, shared=name == "luthier") for name, take in sides.items()}
    theirs = max((name for name in found if name != "luthier"), key=lambda name: found[name].targets)
    return {name: found[name] for name in ("luthier", theirs)}


def show(task: str, found: dict[str, Figures]) -> None:
    print(f"\n{task:28}{'tokens/s':>12}{'targets/s':>12}{'MFU':>8}{'peak GB':>10}")
    for name, side in found.items():
        mfu = "-" if side.mfu is None else f"{side.mfu:.1%}"
        memory = "-" if side.memory is None else f"{side.memory / 1e9:.1f}"
        print(f"{name:28}{side.tokens:12,.0f}{side.targets:12,.0f}{mfu:>8}{memory:>10}")


def claims(found: dict[str, dict[str, Figures]], machine: str) -> list[dict[str, Any]]:
    """What the figures come to, with each bar."""
    at_4096 = found[PACKED]["luthier"]
    hours = 20_000 * 3 * 512 / at_4096.tokens
    made: list[dict[str, Any]] = [
        _bound("tokens a second at 4096 packed", at_4096.tokens, TOKENS_BAR, at_4096.tokens >= TOKENS_BAR, machine),
        _bound("seconds for 20,000 examples of 512 tokens, 3 epochs", hours, HOUR, hours <= HOUR, machine),
    ]
    for task, sides in found.items():
        (_, ours), (peer, theirs) = sides.items()
        claim = {
            "claim": task,
            "ours": round(ours.targets, 1),
            "peer": round(theirs.targets, 1),
            "peer_name": f"SFTTrainer of TRL with PEFT, {peer.split(', ', 1)[1]}",
            "unit": "target tokens a second",
            "ratio": round(ours.targets / theirs.targets, 2),
            "mfu": [side.mfu and round(side.mfu, 3) for side in (ours, theirs)],
            "peak_memory_gb": [side.memory and round(side.memory / 1e9, 1) for side in (ours, theirs)],
            "machine": machine,
        }
        made.append(claim | ({"bar": TARGETS_BAR} if task == RAGGED else {}))
    return made


def _bound(claim: str, value: float, bound: float, holds: bool, machine: str) -> dict[str, Any]:
    return {"claim": claim, "value": round(value, 1), "bound": bound, "holds": holds, "machine": machine}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="LoRA on a model of 8 billion parameters against TRL, on one GPU.")
    parser.add_argument("--quick", action="store_true", help="a tiny model, on a CPU where there is no GPU")
    options = parser.parse_args(arguments)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cpu" and not options.quick:
        sys.exit("there is no GPU here; --quick takes the same path with a tiny model")
    shape, steps = (TINY, 3) if options.quick else (LLAMA_3_8B, gpu_sides.WARM_UP + 10)
    card = torch.cuda.get_device_name() if device == "cuda" else platform.machine()
    machine = f"{card}, PyTorch {torch.__version__}" + (
        ", a tiny model: its speed says nothing" if options.quick else ""
    )
    found = {}
    for task in (packed(shape, steps), ragged(shape, steps)):
        found[task.name] = measure(shape, task, device)
        show(task.name, found[task.name])
    print(json.dumps(claims(found, machine)))


if __name__ == "__main__":
    main()
