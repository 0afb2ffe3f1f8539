"""Records that say the same thing twice.

*Exact*: the same text in all but letter case, spacing and ordinary punctuation; for examples, the same inputs of the
same task. With the same answer one is merged into the other; with another answer both are flagged and kept
(`label.conflict`), because only a person can say which is right.

*Near*: verified word by word (`matching`): overlap of shingles at or above the threshold, no fact, name or word that is
in conflict (`conflicts`, `wording`), and the same answer, or a text answer that is itself near and states the same
facts. A record is always compared with the survivor it is merged into, never through a chain of others. Texts of fewer
than `MIN_SHINGLES` shingles are too short to be judged this way: one word more or less changes what a short question
asks.
Where texts overlap but a fact or a name is in conflict, they are counted and some are listed (`duplicate.vetoed`), for
information: nothing is to be done about them.

Which record survives is in `records_seen`; it does not depend on the order in which records come.

A record of a source that is pinned to an evaluation split is never removed for another of the same split, only
flagged (`duplicate.evaluation`): a published test set stays whole. Its copies elsewhere are dropped
(`duplicate.leak`), since whoever learns from them has seen the test.

Documents are compared within one client, and where their dates are equal or one has none: the same letter to two
clients, or the same notice issued in two years, are two documents.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container, Iterator, Mapping
from pathlib import Path
from typing import Literal

import numpy as np

from luthier.config.curation.duplicates import Duplicates as DuplicatesSettings
from luthier.config.curation.duplicates import Near
from luthier.curate import EVALUATION
from luthier.curate.compare import Texts
from luthier.curate.compare.characters import Bools, mix
from luthier.curate.compare.conflicts import state_the_same
from luthier.curate.compare.fingerprint import Fingerprints
from luthier.curate.compare.matching import MIN_SHINGLES, FrequentShingles, Matcher
from luthier.curate.compare.records_seen import Records, Seen, with_outdated_last
from luthier.curate.compare.semantic import Embed, minilm, semantic_pairs
from luthier.curate.compare.wording import Wording
from luthier.progress import track
from luthier.records import Action, Document, Example, Finding, Split

RULE = "duplicates"
VERSION = 5
CODES: Mapping[str, str] = {
    "duplicate.exact": "The same text as another record, in all but letter case, spacing and punctuation.",
    "duplicate.near": "Nearly the same text as another record, and no fact, name or word of theirs is in conflict.",
    "duplicate.semantic": "The same facts as another record in other words; a person should look at both.",
    "duplicate.vetoed": "Nearly the same wording as another record, but facts, names or key words differ: both stay.",
    "duplicate.evaluation": "Said twice within a given evaluation set, which stays whole.",
    "duplicate.leak": "A copy of a record of a given evaluation set: learning from it would be peeking.",
    "label.conflict": "The same inputs as another example, with another answer.",
}


class Duplicates:
    """Looks at records of one kind, documents or examples, one by one, and then says which are duplicates.

    Args:
        settings: what counts as a duplicate.
        pins: the split that a source is pinned to, by source.
        folder: where temporary files go; None is the system's place.
    """

    def __init__(
        self,
        settings: DuplicatesSettings,
        *,
        pins: Mapping[str, Split] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.settings = settings
        self.vetoed = 0  # pairs, counted by `findings`
        words = (settings.near or Near()).shingle_words
        self._records = Records(words, authority=settings.authority, pins=pins, folder=folder)
        self._kind: Literal["document", "example"] = "document"
        self._seen: Seen | None = None

    @classmethod
    def of(
        cls,
        seen: Seen,
        settings: DuplicatesSettings,
        kind: Literal["document", "example"],
        outdated: Container[str] = frozenset(),
    ) -> Duplicates:
        """The rule over records that were seen before, such as at another threshold.

        `outdated` are the ids of records that must not survive others.
        """
        rule = cls(settings)
        rule._seen, rule._kind = with_outdated_last(seen, outdated), kind
        return rule

    def __len__(self) -> int:
        return len(self._seen.ids) if self._seen is not None else len(self._records)

    def add(self, record: Document | Example) -> None:
        """Takes one more record."""
        self._kind = "document" if isinstance(record, Document) else "example"
        self._records.add(record)

    @property
    def seen(self) -> Seen:
        """What is kept of the records; nothing can be added after it was asked for."""
        if self._seen is None:
            self._seen = self._records.finish()
        return self._seen

    def findings(self) -> Iterator[Finding]:
        """What is said twice, in the order of survival; then what was vetoed."""
        seen, near = self.seen, self.settings.near
        if not len(self):
            return
        listed = self.settings.vetoed_listed > 0
        matcher = Matcher(seen.texts, seen.scopes, seen.rank, near, with_vetoed=listed) if near else None
        standing = _Standing(seen, self._kind, matcher, self.settings)
        removed: set[int] = set()
        for row in track(seen.by_rank[standing.to_look_at()[seen.by_rank]].tolist(), "Looking for duplicates"):
            found = list(standing.look_at(row))
            removed |= {row for finding in found if finding.action in ("merge", "drop")}
            yield from found
        if matcher is not None and near is not None and listed:
            yield from self._vetoed(matcher, near, removed)

    def semantic_findings(
        self, texts: Texts, removed: Collection[str], embed: Embed | None = None
    ) -> Iterator[Finding]:
        """Flags on records that say the same as another in other words; nothing where it is not asked for.

        Args:
            texts: reads the texts of some records again, by id.
            removed: ids of records that `findings` removed.
            embed: gives texts' vectors of length 1; None is the `embeddings` extra.
        """
        threshold, seen = self.settings.semantic_threshold, self.seen
        if threshold is None:
            return
        for row, other, score in semantic_pairs(seen, removed, texts, threshold, embed or minilm()):
            reason = f"may say the same as {seen.ids[other]} in other words (cosine {score:.2f}): a person should look"
            yield _finding(seen, self._kind, row, other, "duplicate.semantic", "flag", reason, score, threshold)

    def _vetoed(self, matcher: Matcher, near: Near, removed: set[int]) -> Iterator[Finding]:
        seen = self.seen
        kin = seen.scopes if self._kind == "example" else np.zeros_like(seen.scopes)
        pairs = list(matcher.vetoed(kin, removed))
        self.vetoed = len(pairs)
        pairs.sort(key=lambda pair: int(seen.rank[pair[0]]))
        for row, other, score in pairs[: self.settings.vetoed_listed]:
            reason = (
                f"much the same wording as {seen.ids[other]} ({score:.2f} of their word runs are shared), but a "
                "figure, a date, a negation, a name, a word of another meaning or whose it is differs: both are kept"
            )
            yield _finding(seen, self._kind, row, other, "duplicate.vetoed", "flag", reason, score, near.threshold)


class _Standing:
    """The records looked at so far, and which of them stand: only those can survive another."""

    def __init__(
        self,
        seen: Seen,
        kind: Literal["document", "example"],
        matcher: Matcher | None,
        settings: DuplicatesSettings,
    ) -> None:
        self._seen, self._kind, self._matcher = seen, kind, matcher
        self._across_dates = settings.across_dates
        self._threshold = settings.near.threshold if settings.near else 1.0
        self._answers = _Answers(seen, settings.near)
        _, self._text, counts = np.unique(mix(seen.scopes) + seen.texts.same, return_inverse=True, return_counts=True)
        self._repeated: Bools = counts[self._text] > 1
        self._stands: set[int] = set()
        # of each text: one record of each answer and dates, the first that stood
        self._by_text: dict[int, dict[tuple[int, ...], list[int]]] = defaultdict(dict)

    def to_look_at(self) -> Bools:
        """Whether each record can have anything to do with another."""
        return self._repeated | self._matcher.may_match() if self._matcher else self._repeated

    def look_at(self, row: int) -> Iterator[Finding]:
        """The findings on one record, all those before it in the order of survival being known."""
        yield from self._conflict(row)
        finding = self._exact(row) or self._near(row)
        if finding is not None:
            yield finding
        self._remember(row, stands=finding is None or finding.action == "flag")

    def _conflict(self, row: int) -> Iterator[Finding]:
        """Flags on a record and an earlier one, where they have the same inputs and all such have other answers."""
        twins = self._twins(row) if self._kind == "example" else []
        if twins and not any(self._answers.agree(row, twin) for twin in twins):
            for one, other in ((twins[0], row), (row, twins[0])):
                same = f"the same inputs as {self._seen.ids[other]}"
                reason = f"{same}, with another answer: a person should say which is right"
                yield _finding(self._seen, self._kind, one, other, "label.conflict", "flag", reason, 1.0, 1.0)

    def _exact(self, row: int) -> Finding | None:
        """The finding on a record that is the same as one that stands."""
        for twin in self._twins(row):
            if twin in self._stands and self._answers.same(row, twin):
                return self._duplicate(row, twin, "exact", 1.0, 1.0)
        return None

    def _near(self, row: int) -> Finding | None:
        """The finding on a record that is near one that stands: the nearest, but given test sets come first."""
        if self._matcher is None:
            return None
        verified = [
            (self._seen.pinned[other] in EVALUATION, score, -int(self._seen.rank[other]), other)
            for other in self._matcher.candidates(row)
            if self._dates_agree(row, other)
            and (score := self._matcher.near(row, other)) is not None
            and self._answers.agree(row, other)
        ]
        if not verified:
            return None
        _, score, _, survivor = max(verified)
        return self._duplicate(row, survivor, "near", score, self._threshold)

    def _remember(self, row: int, *, stands: bool) -> None:
        twins = self._by_text[int(self._text[row])].setdefault(self._dates(row), [])
        answered = next((n for n, twin in enumerate(twins) if self._answers.same(row, twin)), None)
        if answered is None:
            twins.append(row)
        elif stands and twins[answered] not in self._stands:
            twins[answered] = row
        if stands:
            self._stands.add(row)
            if self._matcher is not None:
                self._matcher.remember(row)

    def _twins(self, row: int) -> list[int]:
        """Records of the same text whose dates agree; of a document without dates, those of all."""
        by_dates = self._by_text[int(self._text[row])]
        dates = self._dates(row)
        if any(dates):
            return by_dates.get(dates, []) + by_dates.get((0, 0), [])
        return [twin for twins in by_dates.values() for twin in twins]

    def _dates(self, row: int) -> tuple[int, ...]:
        return (0, 0) if self._across_dates else tuple(self._seen.dates[row].tolist())

    def _dates_agree(self, row: int, other: int) -> bool:
        one, two = self._dates(row), self._dates(other)
        return one == two or not any(one) or not any(two)

    def _duplicate(self, row: int, survivor: int, how: str, score: float, threshold: float) -> Finding:
        """What becomes of a record that repeats `survivor`."""
        seen, pinned = self._seen, self._seen.pinned[survivor]
        likeness = (
            "the same as" if how == "exact" else f"nearly the same as ({score:.2f} of their word runs are shared)"
        )
        code, reason = f"duplicate.{how}", f"{likeness} {seen.ids[survivor]}"
        action: Action = "merge"
        if pinned not in EVALUATION:
            reason += ", which stands for both"
        elif seen.pinned[row] == pinned:
            code, action = "duplicate.evaluation", "flag"
            reason += f"; both belong to a given {pinned} set, which stays whole"
        else:
            code, action = "duplicate.leak", "drop"
            reason += f", which belongs to a given {pinned} set: learning from it would be peeking"
        return _finding(seen, self._kind, row, survivor, code, action, reason, score, threshold)


class _Answers:
    """Whether two examples are answered alike; documents have no answers, so theirs always are."""

    def __init__(self, seen: Seen, near: Near | None) -> None:
        self._labels, self._texts = seen.labels, seen.answers
        self._mask = FrequentShingles(seen.answers, near) if near and seen.answers is not None else None
        self._wording = Wording(seen.answers) if seen.answers is not None else None

    def same(self, a: int, b: int) -> bool:
        """Whether two answers are the same."""
        texts_same = self._texts is None or self._texts.same[a] == self._texts.same[b]
        return bool(self._labels[a] == self._labels[b] and texts_same)

    def agree(self, a: int, b: int) -> bool:
        """Whether two answers are the same, or long texts that are near; without a threshold nothing is near."""
        if self.same(a, b):
            return True
        texts: Fingerprints | None = self._texts
        if self._mask is None or texts is None or not state_the_same(texts, a, b):
            return False
        one, other = texts.shingles.of(a), texts.shingles.of(b)
        if min(one.size, other.size) < MIN_SHINGLES or self._mask.overlap(one, other) is None:
            return False
        return self._wording is not None and not self._wording.differs(a, b)


def _finding(
    seen: Seen,
    kind: Literal["document", "example"],
    row: int,
    other: int,
    code: str,
    action: Action,
    reason: str,
    score: float,
    threshold: float,
) -> Finding:
    return Finding(
        record_id=seen.ids[row],
        record_kind=kind,
        rule=RULE,
        rule_version=VERSION,
        code=code,
        action=action,
        reason=reason,
        score=score,
        threshold=threshold,
        counterpart_id=seen.ids[other],
    )
