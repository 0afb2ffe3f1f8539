"""Which families are held out, so that a test is not recall of a form.

Whole families go to evaluation splits, as close to the asked shares of groups as families allow. Finding the closest
set is a knapsack problem, and groups that belong to two families make it a worse one, so this is a small search:
families are put in `ORDERS` different orders, by hash of seed, order and family name; in each, a family goes to the
evaluation split furthest behind if that brings it nearer its share, or if the split has none of the family's task yet;
and the order that comes closest wins. Only names and the seed decide, never the order of the data.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set

from luthier.curate import EVALUATION
from luthier.errors import RefusedError
from luthier.records import Split
from luthier.store.artefacts import content_key

ORDERS = 64
MAX_SHARE_ERROR = 0.2  # further from the asked share than this, a split is refused rather than cut

Families = Mapping[str, Set[tuple[str, str]]]  # group -> (task, family) of its examples


def hold_out(families: Families, wanted: Mapping[Split, float], seed: int) -> dict[str, Split]:
    """The evaluation split of each family that is held out.

    Args:
        families: of each group, the tasks and families of its examples.
        wanted: the share of the groups that each split should have.

    Raises `RefusedError` where there are too few families, or they are too large, for the splits that are asked for.
    """
    targets = {split: wanted[split] * len(families) for split in EVALUATION if wanted.get(split, 0.0) > 0}
    tasks: dict[str, set[str]] = defaultdict(set)  # family -> tasks
    groups: dict[str, set[str]] = defaultdict(set)  # family -> groups
    for group, pairs in families.items():
        for task, family in pairs:
            tasks[family].add(task)
            groups[family].add(group)
    _refuse_too_few(tasks, targets, wanted)
    tried = []
    for number in range(ORDERS if targets else 0):
        order = sorted(tasks, key=lambda family: (content_key(seed, "family", number, family), family))
        held_out = _fill(order, tasks, groups, targets)
        tried.append((*_cost(held_out, tasks, groups, targets), number, held_out))
    if not tried:
        return {}
    missing, error, _, best = min(tried, key=lambda attempt: attempt[:3])
    if missing or error > MAX_SHARE_ERROR * len(families):
        largest = max(groups, key=lambda family: (len(groups[family]), family))
        raise RefusedError(
            f"whole families cannot be held out near the asked shares: the best cut is off by "
            f"{error / len(families):.0%} of the groups (largest family: '{largest}', {len(groups[largest])} of them)",
            where="luthier.yaml, split",
            fix="Ask for fewer evaluation splits or other shares, bring in more families, or leave `family` unmapped",
        )
    return best


def _refuse_too_few(
    tasks: Mapping[str, Set[str]], targets: Mapping[Split, float], wanted: Mapping[Split, float]
) -> None:
    learns = wanted.get("train", 0.0) + wanted.get("pool", 0.0) > 0
    if targets and not learns:
        raise RefusedError("families are held out of training, but neither train nor pool has a share",
                           where="luthier.yaml, split", fix="Give train a share")  # fmt: skip
    for task, count in sorted(Counter(task for of_family in tasks.values() for task in of_family).items()):
        if count < len(targets) + 1:
            raise RefusedError(
                f"task '{task}' has {count} families, and {', '.join([*targets, 'training'])} need one each",
                where="luthier.yaml, split",
                fix="Set the share of an evaluation split to 0, bring in more families, or leave `family` unmapped",
            )


def _fill(
    order: Sequence[str],
    tasks: Mapping[str, Set[str]],
    groups: Mapping[str, Set[str]],
    targets: Mapping[Split, float],
) -> dict[str, Split]:
    held_out: dict[str, Split] = {}
    taken: set[str] = set()
    size: Counter[Split] = Counter()
    has = {split: set[str]() for split in targets}  # the tasks it has a family of
    left = Counter(task for family in order for task in tasks[family])
    for family in order:
        if any(left[task] == 1 for task in tasks[family]):
            continue  # the last family of a task is for training
        split = max(targets, key=lambda split: (len(tasks[family] - has[split]), 1 - size[split] / targets[split]))
        new = len(groups[family] - taken)
        nearer = abs(targets[split] - size[split] - new) < abs(targets[split] - size[split])
        if nearer or not tasks[family] <= has[split]:
            held_out[family] = split
            taken |= groups[family]
            size[split] += new
            has[split] |= tasks[family]
            left.subtract(tasks[family])
    return held_out


def _cost(
    held_out: Mapping[str, Split],
    tasks: Mapping[str, Set[str]],
    groups: Mapping[str, Set[str]],
    targets: Mapping[Split, float],
) -> tuple[int, float]:
    """How many splits lack a family of some task, and how far the furthest split is from its size, in groups."""
    has = {split: set[str]() for split in targets}
    inside: dict[Split, set[str]] = {split: set() for split in targets}
    for family, split in held_out.items():
        has[split] |= tasks[family]
        inside[split] |= groups[family]
    every_task = set().union(*tasks.values())
    errors, earlier = [], set[str]()
    for split in targets:  # in the order in which they claim a group
        errors.append(abs(len(inside[split] - earlier) - targets[split]))
        earlier |= inside[split]
    wanted_outside = len(set().union(*groups.values())) - sum(targets.values())
    errors.append(abs(len(set().union(*groups.values())) - len(earlier) - wanted_outside))
    return sum(len(every_task - has[split]) for split in targets), max(errors)
