"""A step of tuning against TRL's SFTTrainer with PEFT: seconds and memory, in one run, the sides taking turns.

Every side tunes SmolLM2-135M with LoRA of rank 16 on all linear layers, on the same ids in the same order, 16 examples
a step, with the loss on the answers alone, in the precision that this machine multiplies natively, on all cores. The
peer is TRL at what its documentation offers for this work: loss on completions, no gradient checkpointing, its output
layer in chunks, and the fastest here of padded and padding-free rows, all 16 at once or accumulated
(`tuning.sides.PEERS`), which is tried before the sides take turns. Beside it runs Luthier with every example in a
padded row of its own. That all read the same is seen by the loss of their first step.

Each side is a process of its own (`tuning.pace`). A round is a block of steps of every side, the same examples for all;
ratios are of blocks in one round, and their interval is Student's over the logarithms.

    python benchmarks/tune_speed.py [--quick] [--data FOLDER] [--rounds N]
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import statistics
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from scipy import stats

sys.path.insert(0, str(Path(__file__).parent))

from tuning.material import SETTINGS
from tuning.pace import Block, Gone, Side
from tuning.sides import MODEL, PEERS, Work, luthier, trl

OURS, PADDED = "luthier", "luthier, padded rows"
SHORT, LISTED = SETTINGS
BARS = {SHORT: 5.0, LISTED: 12.0}
QUICK_LAYERS = 3  # of 30
LOSSES_DIFFER = 1e-3  # relative, in float32


class Plan(NamedTuple):
    """How long each setting is measured."""

    rounds: Mapping[str, int]  # setting -> blocks of each side
    steps: Mapping[str, int]  # setting -> steps in a block
    layers: int | None
    ways: int  # how many of the peer's are tried


class Measured(NamedTuple):
    """What one side took."""

    blocks: list[Block]
    first_loss: float
    memory: int

    def seconds(self) -> list[float]:
        return [block.wall_seconds / block.steps for block in self.blocks]


def measure(setting: str, plan: Plan, data: Path | None, model: str) -> tuple[dict[str, Measured], dict[str, float]]:
    """All sides of a setting, and the seconds of each of the peer's ways when they were tried.

    They start together, take a step each, and the slower ways of the peer leave.
    """
    steps, rounds = plan.steps[setting], plan.rounds[setting]
    work = Work(setting, 2 + rounds * steps, data, plan.layers, model)
    ours = [Side(OURS, luthier, work, True), Side(PADDED, luthier, work, False)]
    ways = [Side(f"TRL, {peer.name}", trl, work, peer) for peer in PEERS[: plan.ways]]
    for side in [*ours, *ways]:
        side.ready()
    for side in ours:
        side.block(2)  # buffers are made and threads started
    peer, tried = fastest(setting, ways)
    sides = [ours[0], peer, ours[1]]
    blocks: dict[str, list[Block]] = {side.name: [] for side in sides}
    for _ in range(rounds):
        for side in sides:
            blocks[side.name].append(side.block(steps))
    ends = {side.name: side.finish() for side in sides}
    return {name: Measured(blocks[name], *ends[name]) for name in ends}, tried


def fastest(setting: str, ways: list[Side]) -> tuple[Side, dict[str, float]]:
    """The fastest of TRL's ways by its second step, and the seconds of all.

    One whose first takes three times as long as another's is not asked again. One that the system took memory from is
    out. A single way is not tried.
    """
    if len(ways) == 1:
        return ways[0], {}
    times: dict[str, float] = {}
    for side in ways:
        try:
            times[side.name] = side.block(1).wall_seconds
            if times[side.name] <= 3 * min(times.values()):
                times[side.name] = side.block(1).wall_seconds
        except Gone as gone:
            print(f"{setting}: {gone}, it did not fit into memory")
    best = min(times, key=lambda name: times[name])
    print(f"{setting}: a step took " + ", ".join(f"{seconds:.2f} s ({name})" for name, seconds in times.items()))
    for side in ways:
        if side.name in times and side.name != best:
            side.finish()
    return next(side for side in ways if side.name == best), times


def ratio(ours: Measured, other: Measured) -> tuple[float, float, float]:
    """How many times as long the other takes, with its 95% interval over rounds."""
    logs = [math.log(b / a) for a, b in zip(ours.seconds(), other.seconds(), strict=True)]
    centre = statistics.fmean(logs)
    half = stats.t.ppf(0.975, len(logs) - 1) * stats.sem(logs) if len(logs) > 1 else math.nan
    return math.exp(centre), math.exp(centre - half), math.exp(centre + half)


def show(setting: str, found: Mapping[str, Measured]) -> None:
    print(f"\n{setting:28}{'s/step':>9}{'cpu s/step':>12}{'peak MB':>9}{'first loss':>12}{'times ours':>28}")
    for name, side in found.items():
        times, low, high = ratio(found[OURS], side)
        processor = statistics.fmean(block.processor_seconds / block.steps for block in side.blocks)
        print(
            f"{name:28}{statistics.fmean(side.seconds()):9.2f}{processor:12.2f}{side.memory / 1e6:9.0f}"
            f"{side.first_loss:12.4f}" + ("" if name == OURS else f"{times:14.2f} ({low:.2f} to {high:.2f})")
        )


def claims(
    setting: str, found: Mapping[str, Measured], tried: Mapping[str, float], plan: Plan, machine: str
) -> list[dict[str, Any]]:
    """The JSON objects of one setting."""
    names = {"TRL": next(name for name in found if name.startswith("TRL")), "own": PADDED}
    ours, peer = found[OURS], found[names["TRL"]]
    made = []
    for name in names.values():
        times, low, high = ratio(ours, found[name])
        claim = {
            "claim": setting if name != PADDED else f"{setting}, against padded rows of our own",
            "ours": round(statistics.fmean(ours.seconds()), 3),
            "peer": round(statistics.fmean(found[name].seconds()), 3),
            "peer_name": name if name == PADDED else f"SFTTrainer of TRL with PEFT, {name.split(', ', 1)[1]}",
            "unit": "seconds a step of 16 examples",
            "ratio": round(times, 2),
            "low": round(low, 2),
            "high": round(high, 2),
            "rounds": plan.rounds[setting],
            "machine": machine,
        }
        of_peer = {"bar": BARS[setting], "tried": {way: round(seconds, 2) for way, seconds in tried.items()}}
        made.append(claim if name == PADDED else claim | of_peer)
    made.append(
        {
            "claim": f"{setting}, peak memory no higher",
            "ours": round(ours.memory / 1e6),
            "peer": round(peer.memory / 1e6),
            "peer_name": made[0]["peer_name"],
            "unit": "MB resident at most while training",
            "ratio": round(peer.memory / ours.memory, 2),
        }
    )
    return made


def refuse_other_losses(setting: str, found: Mapping[str, Measured]) -> None:
    """Stops where the sides did not read the same: then their times say nothing."""
    losses = {name: side.first_loss for name, side in found.items()}
    if max(losses.values()) - min(losses.values()) > LOSSES_DIFFER * max(losses.values()):
        sys.exit(f"{setting}: the sides' first losses differ: {losses}")


def main() -> None:
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    parser = argparse.ArgumentParser(description="A step of tuning against TRL's SFTTrainer with PEFT.")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_LAYERS} of the model's layers, fewer rounds")
    parser.add_argument("--data", type=Path, help="BANKING77's folder; by default generated text of its lengths")
    parser.add_argument("--model", default=MODEL, help="another base model; figures in docs/results are of the default")
    parser.add_argument("--rounds", type=int, help="blocks of each side")
    parser.add_argument("--setting", choices=SETTINGS, action="append", help="only this one")
    options = parser.parse_args()
    plan = Plan({SHORT: 3, LISTED: 2}, {SHORT: 2, LISTED: 1}, QUICK_LAYERS, ways=1)
    if not options.quick:
        plan = Plan({SHORT: 8, LISTED: 6}, {SHORT: 4, LISTED: 1}, None, ways=len(PEERS))
    if options.rounds:
        plan = plan._replace(rounds=dict.fromkeys(SETTINGS, options.rounds))
    machine = f"{options.model}, {platform.machine()}, {options.data.name if options.data else 'generated text'}" + (
        f", {plan.layers} of the model's layers" if plan.layers else ""
    )
    made: list[dict[str, Any]] = []
    for setting in options.setting or SETTINGS:
        found, tried = measure(setting, plan, options.data, options.model)
        show(setting, found)
        refuse_other_losses(setting, found)
        made += claims(setting, found, tried, plan, machine)
    print(json.dumps(made))


if __name__ == "__main__":
    main()
