"""Whether two texts that are worded alike state something else.

A fact or a name that one text has and the other lacks is no conflict by itself: a sentence was left out, or a line was
added below. Nor are the same facts in another order. It is a conflict where

- each text states something that the other does not: an amount, a date, a name was exchanged;
- what stands before, or after, a fact is the same in both, and the fact is another, each way round;
- one text has what stands before or after a fact in the other, in the same sentence, but neither the fact nor another
  in its place: it was struck out or put in, such as a "not", or a few words with it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection

import numpy as np

from luthier.curate.compare.fingerprint import Fingerprints, Hashes

Stated = list[list[int]]  # what, and what is around it, of each fact or name: see `Fingerprints`
BEFORE, AFTER = 1, 2


def veto_free(prints: Fingerprints, a: int, b: int) -> bool:
    """Whether nothing that one record states is in conflict with the other."""
    only_here, only_there = _names_of_one(prints, a, b)
    if only_here and only_there:
        return False
    if only_here and _struck_out(prints.shingles.of(b), only_here, prints.names.stated(b).tolist()):
        return False
    if only_there and _struck_out(prints.shingles.of(a), only_there, prints.names.stated(a).tolist()):
        return False
    return _facts_agree(prints, a, b)


def state_the_same(prints: Fingerprints, a: int, b: int) -> bool:
    """Whether two records state the same facts without conflict, and each has every name of the other."""
    same_facts = bool(prints.facts[a] == prints.facts[b])
    return same_facts and not any(_names_of_one(prints, a, b)) and _facts_agree(prints, a, b)


def _facts_agree(prints: Fingerprints, a: int, b: int) -> bool:
    ours, theirs = prints.stated.stated(a).tolist(), prints.stated.stated(b).tolist()
    if [what for what, *_ in ours] == [what for what, *_ in theirs]:
        return True
    here, there = Counter(what for what, *_ in ours), Counter(what for what, *_ in theirs)
    only_here, only_there = here - there, there - here
    if only_here and only_there:
        return False
    if any(_exchanged(ours, theirs, side) for side in (BEFORE, AFTER)):
        return False
    return not _struck_out(prints.shingles.of(b), _unmatched(ours, theirs, only_here), theirs) and not _struck_out(
        prints.shingles.of(a), _unmatched(theirs, ours, only_there), ours
    )


def _names_of_one(prints: Fingerprints, a: int, b: int) -> tuple[Stated, Stated]:
    """The names of each record that are not among the words of the other."""
    ours, theirs = prints.names.stated(a).tolist(), prints.names.stated(b).tolist()
    here, there = {name for name, *_ in ours}, {name for name, *_ in theirs}
    if here == there:
        return [], []
    here.difference_update(prints.words.of(b).tolist())
    there.difference_update(prints.words.of(a).tolist())
    return [name for name in ours if name[0] in here], [name for name in theirs if name[0] in there]


def _exchanged(ours: Stated, theirs: Stated, side: int) -> bool:
    """Whether the same surroundings hold a fact in each that they do not hold in the other."""
    held: tuple[dict[int, set[int]], ...] = (defaultdict(set), defaultdict(set))
    for facts, by_surroundings in zip((ours, theirs), held, strict=True):
        for fact in facts:
            by_surroundings[fact[side]].add(fact[0])
    here, there = held
    return any(
        here[around] - there[around] and there[around] - here[around] for around in here.keys() & there.keys() if around
    )


def _unmatched(ours: Stated, theirs: Stated, more: Collection[int]) -> Stated:
    """Of the facts that we state more often, those that they do not state in the same surroundings."""
    matched = {(side, fact[0], fact[side]) for fact in theirs for side in (BEFORE, AFTER) if fact[side]}
    return [
        fact
        for fact in ours
        if fact[0] in more and not any((side, fact[0], fact[side]) in matched for side in (BEFORE, AFTER))
    ]


def _struck_out(shingles: Hashes, facts: Stated, held: Stated) -> bool:
    """Whether what stands around any of these facts is there without it, and without a fact that is `held` there."""
    elsewhere = {shingle for fact in held for shingle in fact[1:]} if facts else set()
    found = (shingle for fact in facts for shingle in fact[1:] if shingle and shingle not in elsewhere)
    around = np.fromiter(found, dtype=np.uint32)
    if not around.size or not shingles.size:
        return False
    return bool((shingles[np.minimum(np.searchsorted(shingles, around), shingles.size - 1)] == around).any())
