"""Records that say the same thing twice.

*Exact*: the same inputs of the same task, in all but letter case, spacing and ordinary punctuation. With the same
answer the later record is merged into the first; with another answer both are flagged and kept (`label.conflict`),
because only a person can say which is right.

*Near*: candidates from MinHash, then verified (`fingerprint`): exact Jaccard overlap of word shingles at or above the
threshold, equal facts and names, and the same answer, or a text answer that is itself near. A record is always
compared with the survivor it is merged into, never through a chain of others. Texts of fewer than `MIN_SHINGLES`
shingles are too short to be judged this way: one word more or less changes what a short question asks.

A record of a source that is pinned to an evaluation split is never removed for another of the same split, only
flagged (`duplicate.evaluation`): a published test set stays whole. Its copies elsewhere are dropped
(`duplicate.leak`), since whoever learns from them has seen the test.

Documents are compared within one client's and one date's: the same letter to two clients, or the same policy issued
in two years, are two documents.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

from luthier.config import NearDuplicates
from luthier.curate import EVALUATION
from luthier.curate.compare.fingerprint import Fingerprint, fingerprint, jaccard, share_names
from luthier.curate.compare.near import Band, CandidateIndex
from luthier.progress import track
from luthier.records import Document, Example, Finding, Split

RULE = "duplicates"
VERSION = 1
MIN_SHINGLES = 8  # of three words: ten words; below it, on real customer messages, near pairs ask different things
DEFAULT_SHINGLE_WORDS = NearDuplicates().shingle_words


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A record as this rule sees it. `scope` holds what must be equal before two records are compared at all."""

    id: str
    kind: Literal["document", "example"]
    scope: Hashable
    text: Fingerprint
    answer: Fingerprint | tuple[str, ...] | None = None  # a text, labels in order, or none for documents
    pinned: Split | None = None


def document_entry(document: Document, shingle_words: int = DEFAULT_SHINGLE_WORDS) -> Entry:
    """A document, compared with those of the same group and dates."""
    scope = (document.group, document.effective_date, document.expiry_date)
    return Entry(document.id, "document", scope, fingerprint({"text": document.text}, shingle_words))


def example_entry(example: Example, pinned: Split | None, shingle_words: int = DEFAULT_SHINGLE_WORDS) -> Entry:
    """An example, compared with those of the same task; `pinned` is the split its source asks for."""
    text = example.target.text
    answer = (
        fingerprint({"text": text}, shingle_words) if text is not None else tuple(sorted(example.target.labels or ()))
    )
    return Entry(example.id, "example", example.task, fingerprint(example.inputs, shingle_words), answer, pinned)


def find_duplicates(entries: Sequence[Entry], near: NearDuplicates | None) -> list[Finding]:
    """What is said twice among `entries`, which must be of one kind. `near` None looks for exact duplicates only.

    Pinned evaluation records come first, then the order of `entries`: an earlier record survives a later one.
    """
    findings: list[Finding] = []
    standing = _Standing(entries, near)
    for entry in track(sorted(entries, key=_rank), "Looking for duplicates"):
        bands = standing.bands(entry)
        findings.extend(standing.conflict(entry))
        finding = standing.exact(entry) or standing.near(entry, bands)
        if finding is not None:
            findings.append(finding)
        standing.remember(entry, bands, stands=finding is None or finding.action == "flag")
    return findings


def _rank(entry: Entry) -> int:
    if entry.pinned in EVALUATION:
        return EVALUATION.index(entry.pinned)
    return len(EVALUATION) + (entry.pinned is None)


class _Standing:
    """The records seen so far, and which of them stand: only those can survive another."""

    def __init__(self, entries: Sequence[Entry], near: NearDuplicates | None) -> None:
        self._threshold = near.threshold if near else None
        self._index = CandidateIndex(near.permutations, near.threshold) if near else None
        self._alike = Counter(_block(entry) for entry in entries if entry.text.shingles.size >= MIN_SHINGLES)
        self._standing: list[Entry] = []
        self._stands: set[str] = set()
        self._by_text: dict[Hashable, list[Entry]] = defaultdict(list)  # one of each answer, the first that stood

    def bands(self, entry: Entry) -> list[Band]:
        """What to look a record up by; nothing where it is too short, or no other has its scope and facts."""
        if self._index is None or entry.text.shingles.size < MIN_SHINGLES or self._alike[_block(entry)] < 2:
            return []
        return self._index.bands(_block(entry), entry.text.shingles)

    def conflict(self, entry: Entry) -> list[Finding]:
        """Flags on a record and an earlier one, where they have the same inputs and all such have other answers."""
        twins = self._by_text[entry.scope, entry.text.same]
        if not twins or any(_agree(entry, twin, self._threshold) for twin in twins):
            return []
        return [_conflict(twins[0], entry), _conflict(entry, twins[0])]

    def exact(self, entry: Entry) -> Finding | None:
        """The finding on a record that is the same as one that stands."""
        for twin in self._by_text[entry.scope, entry.text.same]:
            if twin.id in self._stands and _same_answer(entry, twin):
                return _duplicate(entry, twin, "exact", 1.0, 1.0)
        return None

    def near(self, entry: Entry, bands: list[Band]) -> Finding | None:
        """The finding on a record that is near one that stands."""
        if self._index is None or self._threshold is None:
            return None
        survivors = [self._standing[number] for number in self._index.candidates(bands)]
        return _nearest(entry, survivors, self._threshold)

    def remember(self, entry: Entry, bands: list[Band], *, stands: bool) -> None:
        """Takes a record among those seen."""
        twins = self._by_text[entry.scope, entry.text.same]
        answered = next((n for n, twin in enumerate(twins) if _same_answer(entry, twin)), None)
        if answered is None:
            twins.append(entry)
        elif stands and twins[answered].id not in self._stands:
            twins[answered] = entry
        if stands:
            if self._index is not None:
                self._index.add(len(self._standing), bands)
            self._standing.append(entry)
            self._stands.add(entry.id)


def _block(entry: Entry) -> Hashable:
    return entry.scope, entry.text.facts


def _nearest(entry: Entry, survivors: Sequence[Entry], threshold: float) -> Finding | None:
    """The finding on the nearest of the survivors that `entry` is a verified duplicate of; given test sets first."""
    verified = [(score, s) for s in survivors if (score := _verified(entry, s, threshold)) is not None]
    if not verified:
        return None
    score, survivor = max(verified, key=lambda pair: (pair[1].pinned in EVALUATION, pair[0]))
    return _duplicate(entry, survivor, "near", score, threshold)


def _verified(entry: Entry, survivor: Entry, threshold: float) -> float | None:
    """The overlap of two records that are near duplicates beyond doubt, else None."""
    score = _near_texts(entry.text, survivor.text, threshold)
    return score if score is not None and _agree(entry, survivor, threshold) else None


def _agree(a: Entry, b: Entry, threshold: float | None) -> bool:
    """Whether two answers are the same, or long texts that are near; without a threshold nothing is near."""
    if _same_answer(a, b):
        return True
    if threshold is None or not isinstance(a.answer, Fingerprint) or not isinstance(b.answer, Fingerprint):
        return False
    long_enough = min(a.answer.shingles.size, b.answer.shingles.size) >= MIN_SHINGLES
    return long_enough and _near_texts(a.answer, b.answer, threshold) is not None


def _near_texts(a: Fingerprint, b: Fingerprint, threshold: float) -> float | None:
    if a.facts != b.facts:
        return None
    score = jaccard(a.shingles, b.shingles)
    return score if score >= threshold and share_names(a, b) else None


def _same_answer(a: Entry, b: Entry) -> bool:
    if isinstance(a.answer, Fingerprint) and isinstance(b.answer, Fingerprint):
        return a.answer.same == b.answer.same
    return a.answer == b.answer


def _duplicate(entry: Entry, survivor: Entry, how: Literal["exact", "near"], score: float, threshold: float) -> Finding:
    """What becomes of a record that repeats `survivor`."""
    likeness = "the same as" if how == "exact" else f"nearly the same as ({score:.2f} of their word runs are shared)"
    same = f"{likeness} {survivor.id}"
    if survivor.pinned not in EVALUATION:
        return _finding(
            entry, survivor, f"duplicate.{how}", "merge", f"{same}, which stands for both", score, threshold
        )
    if entry.pinned == survivor.pinned:
        reason = f"{same}; both belong to a given {survivor.pinned} set, which stays whole"
        return _finding(entry, survivor, "duplicate.evaluation", "flag", reason, score, threshold)
    reason = f"{same}, which belongs to a given {survivor.pinned} set: learning from it would be peeking"
    return _finding(entry, survivor, "duplicate.leak", "drop", reason, score, threshold)


def _conflict(entry: Entry, other: Entry) -> Finding:
    reason = f"the same inputs as {other.id}, with another answer: a person should say which is right"
    return _finding(entry, other, "label.conflict", "flag", reason, 1.0, 1.0)


def _finding(
    entry: Entry,
    counterpart: Entry,
    code: str,
    action: Literal["merge", "flag", "drop"],
    reason: str,
    score: float,
    threshold: float,
) -> Finding:
    return Finding(
        record_id=entry.id,
        record_kind=entry.kind,
        rule=RULE,
        rule_version=VERSION,
        code=code,
        action=action,
        reason=reason,
        score=score,
        threshold=threshold,
        counterpart_id=counterpart.id,
    )
