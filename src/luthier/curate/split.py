"""The five splits, cut by group before anything is tuned.

A group (client, customer) is in one split, whatever its tasks. Three things place it, the first that applies:

1. *A pin.* `split` of its source. Where an evaluation split of a task is given in this way, that split's share counts
   as covered and the other shares are scaled up to 1. Such a split is exactly the rows that are pinned to it: a row of
   its groups from another source stands beside it, where its own source puts it or in train, and is a leak (`leakage`
   says so), never one more row to measure on. Only a task without pinned rows in that split goes with its groups.
2. *Its family.* Where groups carry families (forms, phrasings), evaluation splits take whole families (`families`);
   a group of two families goes with the one held out, and where both are, with the first of `EVALUATION`. Training
   and pool share the other families, by group.
3. *The hash of its name*, with the seed: groups stand in hash order and are dealt out so that every split's share of
   them holds within one group (`deal`). For a task with one label an item, whose groups are single items, the order is
   by label first, so that labels are spread evenly; if a label is still missing from training or dev, it changes
   places with a label that has more than one item there.

Groups with the same tasks are dealt together, so shares hold task by task. Every placement is a finding.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from luthier.config import Splits
from luthier.curate import EVALUATION
from luthier.curate.families import hold_out
from luthier.errors import LuthierError, RefusedError, RequestError
from luthier.records import SPLITS, Finding, Split
from luthier.store.artefacts import content_key

RULE = "split"
VERSION = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An example as splitting sees it. `label` is given where an item of its task has exactly one."""

    id: str
    task: str
    group: str
    family: str | None = None
    label: str | None = None
    pinned: Split | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where every group went and why; `shares` are those asked for, after pins, by the tasks they were cut for.

    `beside` are the items, by id, that are not where their group is: the group is pinned to an evaluation split, and
    they come from another source.
    """

    groups: Mapping[str, Split]
    findings: Sequence[Finding]
    shares: Mapping[str, Mapping[str, float]]
    beside: Mapping[str, Split]

    def split_of(self, item_id: str, group: str) -> Split:
        """The split of an item of `group`."""
        return self.beside.get(item_id) or self.groups[group]


def assign(items: Sequence[Item], asked: Splits, seed: int) -> Assignment:
    """Places every item's group in one split, by the same rule whatever the order of `items`.

    Raises `RequestError` where one group is pinned to train and to pool, and `RefusedError` where no share is left for
    the items that no source pins, or their families are too few.
    """
    members: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        members[item.group].append(item)
    groups, reasons = _pinned(members)
    covered: dict[str, set[Split]] = defaultdict(set)
    for item in items:
        if item.pinned in EVALUATION:
            covered[item.task].add(item.pinned)
    beside = {item.id: place for item in items if (place := _beside(item, groups.get(item.group), covered)) is not None}

    free: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name in sorted(members.keys() - groups.keys()):
        free[tuple(sorted({item.task for item in members[name]}))].append(name)
    shares: dict[str, dict[str, float]] = {}
    for tasks, names in sorted(free.items()):
        given = set.intersection(*(covered[task] for task in tasks))
        wanted = _scaled(asked, [split for split in SPLITS if split not in given], " and ".join(tasks))
        shares["+".join(tasks)] = {str(split): share for split, share in wanted.items()}
        placed = _cut({name: members[name] for name in names}, wanted, seed)
        groups |= {name: split for name, (split, _) in placed.items()}
        reasons |= {name: why for name, (_, why) in placed.items()}
    findings = []
    for item in items:
        if item.id in beside:
            why = f"its group '{item.group}' is pinned to {groups[item.group]}, and its own source is not"
            findings.append(_finding(item, beside[item.id], why))
        else:
            findings.append(_finding(item, groups[item.group], reasons[item.group]))
    return Assignment(groups, findings, shares, beside)


def _beside(item: Item, pinned: Split | None, covered: Mapping[str, set[Split]]) -> Split | None:
    """Where an item goes that does not belong in the evaluation split its group is pinned to; None if it belongs."""
    if pinned not in EVALUATION or item.pinned == pinned:
        return None
    if item.pinned is not None:
        return item.pinned
    return "train" if pinned in covered.get(item.task, ()) else None


def check_disjoint(
    placed: Iterable[tuple[str, Split | None]], beside: Container[tuple[str, Split | None]] = ()
) -> None:
    """Raises `LuthierError` where a group is on both sides of a split; takes each example's group and split.

    `beside` are leaks that somebody decided to keep: they are known and said.
    """
    seen: dict[str, Split | None] = {}
    for group, split in placed:
        if (group, split) in beside:
            continue
        if seen.setdefault(group, split) != split:
            raise LuthierError(f"group '{group}' is in both {seen[group]} and {split}")


def deal(names: Sequence[str], shares: Mapping[Split, float]) -> dict[str, Split]:
    """Deals `names` out in order, so that after each one every split's share of them holds within one.

    Tijdeman's rule for the chairman assignment problem (Tijdeman 1980, "The chairman assignment problem"): among the
    splits far enough behind their share, the one soonest due. `shares` add up to 1.
    """
    live = {split: share for split, share in shares.items() if share > 0}
    slack = 1 / (2 * len(live) - 2) if len(live) > 1 else 0.0
    dealt: Counter[Split] = Counter()
    placed: dict[str, Split] = {}
    for turn, name in enumerate(names, start=1):
        behind = {split: share * turn - dealt[split] for split, share in live.items()}
        due = [split for split in live if behind[split] >= slack - 1e-9] or list(live)
        split = min(due, key=lambda split: (1 - slack - behind[split]) / live[split])
        dealt[split] += 1
        placed[name] = split
    return placed


Placement = dict[str, tuple[Split, str]]  # group -> its split, and why


def _pinned(members: Mapping[str, Sequence[Item]]) -> tuple[dict[str, Split], dict[str, str]]:
    groups: dict[str, Split] = {}
    reasons: dict[str, str] = {}
    for name, items in members.items():
        pins = {item.pinned: item.source for item in items if item.pinned is not None}
        measured = next((split for split in EVALUATION if split in pins), None)
        if len(pins) > 1 and measured is None:
            places = " and ".join(f"{split} (source '{source}')" for split, source in sorted(pins.items()))
            raise RequestError(
                f"group '{name}' is pinned to {places}, and a group cannot be in two splits",
                where="luthier.yaml, sources",
                fix="Pin one of the sources only, or map `group` to a column that tells them apart",
            )
        chosen = measured or next(iter(pins), None)
        if chosen is not None:
            groups[name], reasons[name] = chosen, f"source '{pins[chosen]}' is pinned to it"
    return groups, reasons


def _scaled(asked: Splits, splits: Collection[Split], what: str) -> dict[Split, float]:
    """The shares of `splits`, scaled to add up to 1."""
    shares: dict[Split, float] = {split: getattr(asked, split) for split in splits}
    total = sum(shares.values())
    if total <= 0:
        raise RefusedError(
            f"no share is left for the examples of {what} that no source pins to a split",
            where="luthier.yaml, split",
            fix=f"Give one of {', '.join(splits)} a share above 0",
        )
    return {split: share / total for split, share in shares.items()}


def _cut(members: Mapping[str, Sequence[Item]], wanted: Mapping[Split, float], seed: int) -> Placement:
    """Places groups that have the same tasks and no pin."""
    order = sorted(members, key=lambda name: (content_key(seed, "group", name), name))
    with_family = [name for name in order if any(item.family is not None for item in members[name])]
    without = [name for name in order if name not in set(with_family)]
    return _by_family(with_family, members, wanted, seed) | _by_hash(without, members, wanted)


def _by_family(
    order: Sequence[str], members: Mapping[str, Sequence[Item]], wanted: Mapping[Split, float], seed: int
) -> Placement:
    if not order:
        return {}
    families = {name: {(item.task, item.family) for item in members[name] if item.family} for name in order}
    held_out = hold_out(families, wanted, seed)
    placed: Placement = {}
    for name in order:
        chosen = {held_out[family]: family for _, family in sorted(families[name]) if family in held_out}
        first = next((split for split in EVALUATION if split in chosen), None)
        if first is not None:
            placed[name] = first, f"its family '{chosen[first]}' is held out for {first}"
    learnt_from: dict[Split, float] = {"train": wanted.get("train", 0.0), "pool": wanted.get("pool", 0.0)}
    total = sum(learnt_from.values())
    rest = deal([name for name in order if name not in placed], {s: share / total for s, share in learnt_from.items()})
    return placed | {
        name: (split, "its family is not held out; by the hash of its group") for name, split in rest.items()
    }


def _by_hash(order: Sequence[str], members: Mapping[str, Sequence[Item]], wanted: Mapping[Split, float]) -> Placement:
    labels = {name: members[name][0].label for name in order if len(members[name]) == 1}
    if len(labels) < len(order) or None in labels.values():
        return {name: (split, "by the hash of its group") for name, split in deal(order, wanted).items()}
    by_label = sorted(order, key=lambda name: labels[name] or "")  # stable: hash order within a label
    placed = deal(by_label, wanted)
    _spread_labels(placed, by_label, labels, [split for split in ("train", "dev") if wanted.get(split, 0.0) > 0])
    return {
        name: (split, f"by the hash of its group, among those labelled '{labels[name]}'")
        for name, split in placed.items()
    }


def _spread_labels(
    placed: dict[str, Split], order: Sequence[str], labels: Mapping[str, str | None], needed: Sequence[Split]
) -> None:
    """Exchanges places, sizes unchanged, until every label is in every split of `needed` or nobody can give a place.

    A label with one item is in the first of `needed` only.
    """
    items: dict[str | None, list[str]] = defaultdict(list)
    for name in order:
        items[labels[name]].append(name)
    held = {label: Counter(placed[name] for name in names) for label, names in items.items()}
    for place, split in enumerate(needed):
        for label, names in items.items():
            spare = [s for s, count in held[label].items() if count > (s in needed[:place])]
            if held[label][split] or not spare:
                continue
            giver = max(held, key=lambda other: held[other][split])
            if held[giver][split] < 2:
                break
            source = max(spare, key=lambda s: held[label][s])
            comes = next(name for name in names if placed[name] == source)
            goes = next(name for name in reversed(items[giver]) if placed[name] == split)
            placed[comes], placed[goes] = split, source
            held[label] += Counter({split: 1})
            held[label][source] -= 1
            held[giver][split] -= 1
            held[giver][source] += 1


def _finding(item: Item, split: Split, why: str) -> Finding:
    return Finding(
        record_id=item.id,
        record_kind="example",
        rule=RULE,
        rule_version=VERSION,
        code=f"split.{split}",
        action="assign",
        reason=f"in {split}: {why}",
        field="split",
        after=split,
    )
