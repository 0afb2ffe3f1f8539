"""Documents that hold the very text of an example that measures: its inputs, or a right answer, of which it may have
several.

A model that is trained on the documents themselves has then seen the test. That an example rests on a document is no
such leak: what documents say is what that training is for, and only the test's own wording must be kept from it.

A text stands in a document where most of its runs of words do (containment; Broder 1997, "On the resemblance and
containment of documents") and every figure and name: another amount is another case. Runs that many examples share, a
form's wording or a policy they all quote, are no evidence, and what is left of a text must be as long as a run that
Brown et al. (2020, "Language models are few-shot learners", appendix C) count as contamination: `LEAST_WORDS`.

Documents are looked up by the rarest of a text's runs (prefix filtering; Chaudhuri, Ganti and Kaushik 2006, "A
primitive operator for similarity joins"): what shares m of n runs shares k of any n - m + k of them.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Sequence

import numpy as np

from luthier.config.curation.duplicates import Leakage as Settings
from luthier.config.curation.duplicates import Near
from luthier.curate import EVALUATION
from luthier.curate.compare.characters import Ints
from luthier.curate.compare.fingerprint import Fingerprints, Hashes, shared_count
from luthier.curate.compare.leakage import RULE, VERSION
from luthier.curate.compare.matching import FrequentShingles
from luthier.curate.compare.records_seen import Seen
from luthier.progress import track
from luthier.records import Finding, Split

LEAST_WORDS = 13
AGREEING = 3  # of the rarest runs, before a document is looked at: rare among examples may be common in documents
SAID = {"leakage.answer": "a right answer", "leakage.text": "the inputs"}  # of a measured example, by reason
_ROWS = 2048  # documents a step


def find_document_leaks(
    documents: Seen,
    examples: Seen,
    splits: Sequence[Split | None],
    settings: Settings,
    removed: Container[str] = frozenset(),
) -> Iterator[Finding]:
    """The documents that hold a measured example's text, by id; each once, with what gives most away.

    Args:
        documents, examples: what was kept of them, in shingles of one length.
        splits: of each example; None for one that is in none.
        removed: ids of documents that are not learnt from.
    """
    if settings.documents is None:
        return
    measured = np.array([split in EVALUATION for split in splits], dtype=bool)
    own, alternative_of = np.arange(measured.size), examples.alternative_of
    found: dict[int, tuple[str, float, int]] = {}  # document -> reason, share, example
    for code, prints, example_of in (
        ("leakage.answer", examples.answers, own),
        ("leakage.answer", examples.alternatives, alternative_of),
        ("leakage.text", examples.texts, own),
    ):
        if prints is None:
            continue
        texts = np.flatnonzero(measured[example_of])
        held = _Held(prints, texts, settings.near or Near(), settings.documents)
        for document, text, share in held.inside(documents.texts, code):
            row = int(example_of[text])
            if documents.ids[document] in removed:
                continue
            known = found.setdefault(document, (code, share, row))
            if known[0] == code and (-share, examples.ids[row]) < (-known[1], examples.ids[known[2]]):
                found[document] = code, share, row
    for document in sorted(found, key=documents.ids.__getitem__):
        code, share, row = found[document]
        what = f"{SAID[code]} ({share:.2f} of the word runs) of {examples.ids[row]}, which is in {splits[row]}"
        yield Finding(
            record_id=documents.ids[document],
            record_kind="document",
            rule=RULE,
            rule_version=VERSION,
            code=code,
            action="drop",
            reason=f"holds {what}: whoever learns from it has seen what is measured",
            score=share,
            threshold=settings.documents,
            counterpart_id=examples.ids[row],
        )


class _Held:
    """Texts of examples, ready to be looked for in documents.

    Args:
        prints: those of all examples.
        rows: the examples that are looked for.
        share: how much of a text a document must hold.
    """

    def __init__(self, prints: Fingerprints, rows: Ints, near: Near, share: float) -> None:
        self._prints, self._share = prints, share
        mask = FrequentShingles(prints, near)
        least = max(LEAST_WORDS - near.shingle_words + 1, 1)
        whole = ((row, prints.shingles.of(row)) for row in rows.tolist())
        own = ((row, shingles[~mask.masks(shingles)]) for row, shingles in whole)
        self._own: dict[int, Hashes] = {row: shingles for row, shingles in own if shingles.size >= least}
        self._agreeing = np.zeros(prints.same.size, dtype=np.int64)
        self._keys, self._bounds, self._examples = self._index()

    def inside(self, documents: Fingerprints, code: str) -> Iterator[tuple[int, int, float]]:
        """Each document that holds a text, with the example and the share of its runs."""
        count = documents.same.size if self._own else 0
        for start in track(range(0, count, _ROWS), f"Looking for {SAID[code]} of measured examples in documents"):
            for document, row in self._candidates(documents, start, min(start + _ROWS, count)):
                share = shared_count(self._own[row], documents.shingles.of(document)) / self._own[row].size
                if share >= self._share and self._states_all(row, documents, document):
                    yield document, row, share

    def _index(self) -> tuple[Hashes, Ints, Ints]:
        """The rarest runs of the texts, and the examples of each: of run i, those of `bounds[i]:bounds[i + 1]`."""
        together = np.concatenate([np.zeros(0, dtype=np.uint32), *self._own.values()])
        known, often = np.unique(together, return_counts=True)
        keys, rows = [np.zeros(0, dtype=np.uint32)], [np.zeros(0, dtype=np.int64)]
        for row, own in self._own.items():
            needed = max(math.ceil(self._share * own.size - 1e-9), 1)
            self._agreeing[row] = min(AGREEING, needed)
            rarest = np.argsort(often[np.searchsorted(known, own)], kind="stable")
            prefix = own[rarest[: own.size - needed + self._agreeing[row]]]
            keys.append(prefix)
            rows.append(np.full(prefix.size, row))
        key, row_of = np.concatenate(keys), np.concatenate(rows)
        order = np.argsort(key, kind="stable")
        distinct, first = np.unique(key[order], return_index=True)
        return distinct, np.append(first, key.size), row_of[order]

    def _candidates(self, documents: Fingerprints, start: int, stop: int) -> list[tuple[int, int]]:
        """Of some documents, those that share enough of a text's rarest runs, with the example."""
        bounds = documents.shingles.bounds[start : stop + 1]
        runs = np.asarray(documents.shingles.values[bounds[0] : bounds[-1]])
        place = np.minimum(np.searchsorted(self._keys, runs), self._keys.size - 1)
        hits = np.flatnonzero(self._keys[place] == runs)
        document = np.searchsorted(bounds - bounds[0], hits, side="right") - 1 + start
        begins, sizes = self._bounds[place[hits]], np.diff(self._bounds)[place[hits]]
        inside = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        row = self._examples[np.repeat(begins, sizes) + inside]
        pairs, shared = np.unique((np.repeat(document, sizes) << 32) | row, return_counts=True)
        row, document = pairs & 0xFFFFFFFF, pairs >> 32
        enough = shared >= self._agreeing[row]
        return list(zip(document[enough].tolist(), row[enough].tolist(), strict=True))

    def _states_all(self, row: int, documents: Fingerprints, document: int) -> bool:
        """Whether a document states every figure and name of an example's text."""
        facts = np.isin(self._prints.stated.stated(row)[:, 0], documents.stated.stated(document)[:, 0])
        names = np.isin(self._prints.names.stated(row)[:, 0], documents.words.of(document))
        return bool(facts.all() and names.all())
