"""What the rules that compare records keep of each: its texts' fingerprints, and what decides who survives whom.

The order of survival is: the split its source is pinned to (given test sets first), the source's authority by setting,
how the record came about (gold before machine-made), the newer effective date (none at all comes last), the more
words, and the id. No two records are equal in it, so the order in which they come decides nothing. What is known to be
out of date comes after all else of the same pin (`with_outdated_last`): it is removed for that, and must not take the
text of a copy that is still valid with it.
"""

from __future__ import annotations

import dataclasses
import typing
from array import array
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from luthier.curate import EVALUATION
from luthier.curate.compare.characters import Ints, Longs
from luthier.curate.compare.fingerprint import Fingerprints, text_hash
from luthier.curate.compare.gathering import Gatherer
from luthier.records import Document, Example, Origin, Split

_ORIGINS: tuple[str, ...] = typing.get_args(Origin)
_NO_ANSWER: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Seen:
    """All records of one kind; every sequence has one value a record, in the order in which they came.

    `scopes` is what must be equal before two records are compared: a document's group, an example's task. `dates` are
    a document's effective and expiry dates as ordinals, 0 where there is none. `labels` hashes a label answer;
    `answers` are the fingerprints of text answers, None for documents. `alternatives` are those of other right texts,
    which have no place in the order of records: the nth is of the record at `alternative_of[n]`.
    """

    ids: Sequence[str]
    scopes: Longs
    dates: Ints
    labels: Longs
    pinned: Sequence[Split | None]
    texts: Fingerprints
    answers: Fingerprints | None
    rank: Ints  # the place in the order of survival
    by_rank: Ints  # the records in that order
    alternatives: Fingerprints | None = None
    alternative_of: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


class Records:
    """Takes records one by one, documents or examples, and gives what is kept of them.

    Args:
        shingle_words: the length of a shingle.
        authority: sources, the most authoritative first.
        pins: the split that a source is pinned to, by source.
        folder: where temporary files go; None is the system's place.
    """

    def __init__(
        self,
        shingle_words: int,
        *,
        authority: Sequence[str] = (),
        pins: Mapping[str, Split] | None = None,
        folder: Path | None = None,
    ) -> None:
        self._authority = {source: place for place, source in enumerate(authority)}
        self._pins = pins or {}
        self._of_source: dict[str, tuple[Split | None, int, int]] = {}  # a source's pin, and its places in the order
        self._texts = Gatherer(shingle_words, folder)
        self._answers = Gatherer(shingle_words, folder)
        self._alternatives = Gatherer(shingle_words, folder)
        self._alternative_of = array("q")
        self._ids: list[str] = []
        self._pinned: list[Split | None] = []
        self._scopes, self._labels = array("Q"), array("Q")
        self._standing = array("q")  # of each record: pin, authority, origin, effective and expiry date

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, record: Document | Example) -> None:
        """Takes one more record, of the same kind as those before."""
        source = record.source.source
        if source not in self._of_source:
            pinned = self._pins.get(source)
            self._of_source[source] = pinned, _pin(pinned), self._authority.get(source, len(self._authority))
        pinned, pin, authority = self._of_source[source]
        self._ids.append(record.id)
        self._pinned.append(pinned)
        if isinstance(record, Document):
            effective = record.effective_date.toordinal() if record.effective_date else 0
            expiry = record.expiry_date.toordinal() if record.expiry_date else 0
            self._standing.extend((pin, authority, 0, effective, expiry))
            self._scopes.append(text_hash(f"group {record.group}") if record.group is not None else 0)
            self._labels.append(0)
            self._texts.add({"": record.text})
            return
        self._standing.extend((pin, authority, _ORIGINS.index(record.origin), 0, 0))
        self._scopes.append(text_hash(record.task))
        text, labels = record.target.text, record.target.labels
        self._labels.append(text_hash("\0".join(sorted(labels))) if labels is not None else 0)
        self._texts.add(record.inputs)
        self._answers.add({"": text} if text is not None else _NO_ANSWER)
        for alternative in record.alternatives:
            self._alternatives.add({"": alternative})
            self._alternative_of.append(len(self._ids) - 1)

    def finish(self) -> Seen:
        """What is kept of all records; nothing can be added after it."""
        texts = self._texts.finish()
        standing = np.array(self._standing, dtype=np.int64).reshape(-1, 5)
        pin, authority, origin, effective = standing.T[:4]
        in_id_order = np.array(sorted(range(len(self._ids)), key=self._ids.__getitem__), dtype=np.int64)
        keys = (-texts.length, -effective, origin, authority, pin)
        by_rank = in_id_order[np.lexsort(tuple(key[in_id_order] for key in keys))]
        rank = np.empty_like(by_rank)
        rank[by_rank] = np.arange(by_rank.size)
        return Seen(
            ids=self._ids,
            scopes=np.array(self._scopes, dtype=np.uint64),
            dates=standing[:, 3:],
            labels=np.array(self._labels, dtype=np.uint64),
            pinned=self._pinned,
            texts=texts,
            answers=self._answers.finish() if len(self._answers) else None,
            rank=rank,
            by_rank=by_rank,
            alternatives=self._alternatives.finish() if len(self._alternatives) else None,
            alternative_of=np.array(self._alternative_of, dtype=np.int64),
        )


def with_outdated_last(seen: Seen, outdated: Container[str]) -> Seen:
    """The same records, but those that are `outdated`, by id, come after all others of their pin in the order."""
    late = np.array([name in outdated for name in seen.ids], dtype=bool)
    pins = np.array([_pin(pinned) for pinned in seen.pinned], dtype=np.int64)
    by_rank = seen.by_rank[np.lexsort((late[seen.by_rank], pins[seen.by_rank]))]  # equal ones stay as they are
    rank = np.empty_like(by_rank)
    rank[by_rank] = np.arange(by_rank.size)
    return dataclasses.replace(seen, rank=rank, by_rank=by_rank)


def _pin(pinned: Split | None) -> int:
    return EVALUATION.index(pinned) if pinned in EVALUATION else len(EVALUATION) + (pinned is None)
