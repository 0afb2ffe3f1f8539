"""Relevance: what is far from the firm's domain is flagged, and only that."""

from __future__ import annotations

import math
import random
import string

import pytest
from making import document

from luthier.config.curation.relevance import Relevance
from luthier.curate.clean.relevance import Domain


def vocabulary(rng: random.Random, size: int) -> list[str]:
    return ["".join(rng.choices(string.ascii_lowercase, k=8)) for _ in range(size)]


def texts(seed: int, size: int) -> list[str]:
    """Texts over 2,000 words, the n-th of which is drawn in proportion to 1/n."""
    rng = random.Random(seed)
    known = vocabulary(rng, 2000)
    weights = [1 / place for place in range(1, 2001)]
    return [" ".join(rng.choices(known, weights, k=120)) for _ in range(size)]


def fitted(given: list[str]) -> Domain:
    domain = Domain(Relevance())
    for number, text in enumerate(given):
        domain.add(document(text, f"d{number}"))
    return domain


def test_a_text_in_other_words_is_flagged_and_no_other():
    inside, (outside,) = texts(1, 400), [" ".join(vocabulary(random.Random(2), 120))]
    domain = fitted([*inside, outside])
    (finding,) = domain.find_document(document(outside))
    assert (finding.code, finding.action) == ("relevance.far", "flag")
    assert finding.score > finding.threshold
    assert [text for text in inside if domain.find_document(document(text))] == []


def test_a_small_corpus_and_a_short_text_have_no_verdict():
    outside = " ".join(vocabulary(random.Random(2), 120))
    assert fitted([*texts(1, 30), outside]).find_document(document(outside)) == []
    assert fitted(texts(1, 100)).find_document(document("quantum chromodynamics")) == []


def test_the_order_of_records_does_not_matter():
    given = [*texts(1, 100), " ".join(vocabulary(random.Random(2), 120))]
    asked = document(given[-1])
    assert fitted(given).find_document(asked)[0].score == fitted(given[::-1]).find_document(asked)[0].score


def test_the_score_is_the_mean_rarity():
    # 2 texts; each of the 30 words of the first is in 1 text: log(3) - log(1).
    words = [f"word{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(30)]
    domain = fitted([" ".join(words), "other"])
    assert domain.score(" ".join(words)) == pytest.approx(math.log(3))
