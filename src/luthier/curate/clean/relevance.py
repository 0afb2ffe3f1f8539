"""Distance from the domain: a document whose words are rare in everything else that the firm has.

The score is the mean inverse document frequency (Spärck Jones 1972) of a text's different words, its own occurrence
left out: the surprise of its vocabulary under the rest of the corpus. A text is far out when its score exceeds the
corpus's median by more than the settings' number of robust deviations, both taken from a sample of documents.
Examples count as domain, and are never judged.

Its limits: it knows words, not meaning. A second subject that fills a tenth of the corpus is part of the domain; a
foreign language, a name list or OCR noise is far out as well as another subject; a text on another subject in the
firm's everyday words is not seen. So the finding is a flag for a person, never a removal.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Mapping

import numpy as np
import xxhash

from luthier.config.curation.relevance import Relevance
from luthier.curate.clean.edits import texts_of
from luthier.records import Document, Example, Finding
from luthier.text.tokens import words

RULE = "relevance"
VERSION = 1
CODES: Mapping[str, str] = {
    "relevance.far": "the words of the document are rare in everything else that was brought in"
}

# Documents that median and deviation are taken from. Of a normal distribution the standard error of the median is
# then 1.2533 / sqrt(2000) = .028 deviations.
SAMPLE = 2_000
_PRUNED_AT = 4_000_000
_ROBUST = 1.4826  # makes the median absolute deviation of a normal distribution its standard deviation


class Domain:
    """The words of a corpus: `add` every record, then `find_document` for each."""

    def __init__(self, settings: Relevance) -> None:
        self._settings = settings
        self._texts: Counter[str] = Counter()
        self._records = 0
        self._documents = 0
        self._sample: list[tuple[int, str, tuple[str, ...]]] = []  # the documents with the smallest hashes of their ids
        self._spread: tuple[float, float] | None = None

    def add(self, record: Document | Example) -> None:
        """Counts the words of a record, each once. Above four million different ones those seen once are forgotten."""
        self._records += 1
        found = {word for _, text in texts_of(record) for word in words(text) if not word.isdigit()}
        self._texts.update(found)
        self._spread = None
        if len(self._texts) > _PRUNED_AT:
            self._texts = Counter({word: count for word, count in self._texts.items() if count > 1})
        if isinstance(record, Document) and len(found) >= self._settings.min_words:
            self._documents += 1
            self._draw(record.id, found)

    def _draw(self, name: str, found: set[str]) -> None:
        rank = -xxhash.xxh3_64_intdigest(name.encode())
        if len(self._sample) < SAMPLE:
            heapq.heappush(self._sample, (rank, name, tuple(sorted(found))))
        elif rank > self._sample[0][0]:
            heapq.heapreplace(self._sample, (rank, name, tuple(sorted(found))))

    def score(self, text: str) -> float | None:
        """The mean rarity of a text's words, in nats; None where it has too few. The text is one of those added."""
        found = {word for word in words(text) if not word.isdigit()}
        return self._rarity(found) if len(found) >= self._settings.min_words else None

    def _rarity(self, found: set[str] | tuple[str, ...]) -> float:
        most = math.log(self._records + 1)
        # Left out and smoothed: n - 1 other texts have the word, and one more that nobody saw.
        rare = math.fsum(math.log(max(self._texts.get(word, 0), 1)) for word in found)
        return most - rare / len(found)

    def find_document(self, document: Document) -> list[Finding]:
        """A flag, where the document is far out."""
        score = self.score(document.text)
        if score is None or self._documents < self._settings.min_documents:
            return []
        median, deviation = self._median_and_deviation()
        threshold = median + self._settings.max_deviations * deviation
        if score <= threshold or deviation == 0:
            return []
        reason = f"{CODES['relevance.far']}: {(score - median) / deviation:.1f} deviations above the median"
        return [
            Finding(
                record_id=document.id,
                record_kind="document",
                rule=RULE,
                rule_version=VERSION,
                code="relevance.far",
                action="flag",
                reason=reason,
                field="text",
                score=score,
                threshold=threshold,
            )
        ]

    def _median_and_deviation(self) -> tuple[float, float]:
        if self._spread is None:
            scores = np.array([self._rarity(found) for _, _, found in self._sample])
            median = float(np.median(scores))
            self._spread = median, _ROBUST * float(np.median(np.abs(scores - median)))
        return self._spread
