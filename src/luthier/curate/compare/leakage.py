"""What is learnt from against what is measured on: anything of the one that gives the other away.

Splits are looked at in the order of `ORDER`: a record is a leak where something of a split before its own gives it
away, so that evaluation splits stay as they are and what is learnt from goes. Records give one another away when

- their inputs are the same, or near (`matching`, with its veto: another amount is another case), whatever the answer;
- they are of one group, where groups are to be kept apart: one client, one customer;
- they rest on one document, or on two that duplicates merged; unless so many examples rest on it that it is reference.

The first of these that applies is the finding. Of documents, which a model can learn from too, `document_leaks` says
which hold a measured example's text.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from luthier.config.curation.duplicates import Leakage as LeakageSettings
from luthier.config.curation.duplicates import Near
from luthier.curate import EVALUATION
from luthier.curate.compare.matching import Matcher
from luthier.curate.compare.records_seen import Records, Seen
from luthier.progress import track
from luthier.records import Example, Finding, Split

RULE = "leakage"
VERSION = 4
CODES: Mapping[str, str] = {
    "leakage.exact": "The same inputs as an example of a split that measures.",
    "leakage.near": "Nearly the same inputs as an example of a split that measures.",
    "leakage.group": "The same client or customer as an example of a split that measures.",
    "leakage.document": "Rests on a document that an example of a split that measures rests on.",
    "leakage.text": "A document holds the inputs of an example of a split that measures.",
    "leakage.answer": "A document holds the right answer to an example of a split that measures.",
}
ORDER: tuple[Split, ...] = (*EVALUATION, "pool", "train")


class Leakage:
    """Looks at examples one by one, and then, knowing their splits, says which give away others.

    Args:
        settings: what counts as giving away.
        same_document: of a document that was merged into another, that other.
        folder: where temporary files go; None is the system's place.
        seen: what was kept of the very examples that are going to be added, in the same order; None reads them.
    """

    def __init__(
        self,
        settings: LeakageSettings,
        *,
        seen: Seen | None = None,
        same_document: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.settings = settings
        self._seen = seen
        self._same_document = same_document or {}
        words = (settings.near or Near()).shingle_words
        self._records = Records(words, folder=folder)
        self._groups: list[str] = []
        self._splits: list[Split | None] = []
        self._documents: list[tuple[str, ...]] = []

    def __len__(self) -> int:
        return len(self._groups)

    def add(self, example: Example) -> None:
        """Takes one more example; its split may still be unknown."""
        if self._seen is None:
            self._records.add(example)
        self._groups.append(example.group)
        self._splits.append(example.split)
        own = {self._same_document.get(identity, identity) for identity in example.document_ids}
        self._documents.append(tuple(sorted(own)))

    def findings(self, placed: Mapping[str, Split] | None = None) -> Iterator[Finding]:
        """The leaks, split by split in `ORDER`, by id within one.

        Args:
            placed: the split of each group, where examples came without theirs. One in no split is left out.
        """
        splits = [self._splits[n] or (placed or {}).get(group) for n, group in enumerate(self._groups)]
        seen = self._seen if self._seen is not None else self._records.finish()
        rows = {
            split: sorted((n for n, s in enumerate(splits) if s == split), key=seen.ids.__getitem__) for split in ORDER
        }
        measured = _Measured(seen, self._groups, self._documents, self.settings)
        for split in ORDER:
            stay = []
            for row in track(rows[split], f"Looking for leaks into {split}"):
                found = measured.leak(row, splits)
                if found is None:
                    stay.append(row)
                else:
                    yield _finding(seen.ids[row], split, *found)
            for row in stay:  # what leaks goes, and cannot be given away any more
                measured.remember(row)


class _Measured:
    """The examples of the splits looked at so far."""

    def __init__(
        self, seen: Seen, groups: Sequence[str], documents: Sequence[tuple[str, ...]], settings: LeakageSettings
    ) -> None:
        self._seen, self._groups, self._documents, self._settings = seen, groups, documents, settings
        near = settings.near
        self._matcher = Matcher(seen.texts, seen.scopes, seen.rank, near) if near and groups else None
        _, self._text = np.unique(np.stack((seen.scopes, seen.texts.same), axis=1), axis=0, return_inverse=True)
        used = Counter(document for own in documents for document in own)
        self._reference = {document for document, count in used.items() if count > settings.reference_examples}
        self._by: dict[str, dict[int | str, int]] = defaultdict(dict)  # what they have in common -> value -> example

    def remember(self, row: int) -> None:
        """Lets an example be given away by those of later splits."""
        self._by["text"].setdefault(int(self._text[row]), row)
        self._by["group"].setdefault(self._groups[row], row)
        for document in self._documents[row]:
            self._by["document"].setdefault(document, row)
        if self._matcher is not None:
            self._matcher.remember(row)

    def leak(self, row: int, splits: Sequence[Split | None]) -> tuple[str, str, str, float | None, float | None] | None:
        """The code, the example that is given away, why, and the overlap with its threshold."""
        near = self._settings.near
        other = self._by["text"].get(int(self._text[row]))
        if other is not None:
            return (
                "leakage.exact",
                self._seen.ids[other],
                f"has the same inputs as {self._named(other, splits)}",
                1.0,
                1.0,
            )
        nearest = self._nearest(row)
        if nearest is not None and near is not None:
            score, other = nearest
            why = f"has nearly the same inputs ({score:.2f} of the word runs) as {self._named(other, splits)}"
            return "leakage.near", self._seen.ids[other], why, score, near.threshold
        other = self._by["group"].get(self._groups[row]) if self._settings.groups else None
        if other is not None:
            why = f"is of the same group, '{self._groups[row]}', as {self._named(other, splits)}"
            return "leakage.group", self._seen.ids[other], why, None, None
        for document in self._documents[row]:
            other = self._by["document"].get(document) if document not in self._reference else None
            if other is not None:
                why = f"rests on the same document, {document}, as {self._named(other, splits)}"
                return "leakage.document", self._seen.ids[other], why, None, None
        return None

    def _nearest(self, row: int) -> tuple[float, int] | None:
        if self._matcher is None:
            return None
        scored = [(self._matcher.near(row, other), other) for other in self._matcher.candidates(row)]
        found = [(score, -int(self._seen.rank[other]), other) for score, other in scored if score is not None]
        score, _, other = max(found, default=(0.0, 0, -1))
        return (score, other) if found else None

    def _named(self, row: int, splits: Sequence[Split | None]) -> str:
        return f"{self._seen.ids[row]}, which is in {splits[row]}"


def _finding(
    record_id: str, split: Split, code: str, other: str, why: str, score: float | None, threshold: float | None
) -> Finding:
    return Finding(
        record_id=record_id,
        record_kind="example",
        rule=RULE,
        rule_version=VERSION,
        code=code,
        action="drop",
        reason=f"in {split}, and {why}: what is learnt of one answers the other",
        score=score,
        threshold=threshold,
        counterpart_id=other,
    )
