"""ROUGE, against the rouge-score package and by hand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from luthier.metrics.rouge import ROUGE, overlaps, rouge, rouge_tally

ORACLES = {stemmed: RougeScorer(list(ROUGE), use_stemmer=stemmed) for stemmed in (False, True)}
WORDS = st.sampled_from(
    ["the", "funds", "fund", "investing", "invested", "relational", "generously", "ties", "12", "a", "sky", "skies"]
)
ENGLISH = st.lists(WORDS, max_size=25).map(" ".join)
ASCII = st.text(alphabet=st.characters(max_codepoint=127), max_size=60)


@settings(max_examples=300, deadline=None)
@given(st.one_of(ENGLISH, ASCII), st.one_of(ENGLISH, ASCII), st.booleans())
def test_equal_to_rouge_score_on_ascii(reference: str, answer: str, stemmed: bool) -> None:
    theirs = ORACLES[stemmed].score(reference, answer)
    ours = overlaps(reference, answer, use_stemmer=stemmed)
    assert rouge(reference, answer, use_stemmer=stemmed) == {name: ours[name].f1 for name in ROUGE}
    for name in ROUGE:
        assert ours[name].precision == pytest.approx(theirs[name].precision, abs=1e-9)
        assert ours[name].recall == pytest.approx(theirs[name].recall, abs=1e-9)
        assert ours[name].f1 == pytest.approx(theirs[name].fmeasure, abs=1e-9)


def test_by_hand() -> None:
    # Reference 6 words, answer 5. Shared unigrams: the, cat, on, the = 4; bigrams: "the cat", "on the" = 2 of 5 and 4;
    # longest common subsequence "the cat on the" = 4. F1 = 2 shared / (right + given).
    found = overlaps("The cat sat on the mat.", "The cat lies on the")
    assert found["rouge1"] == pytest.approx((4 / 5, 4 / 6, 8 / 11))
    assert found["rouge2"] == pytest.approx((2 / 4, 2 / 5, 4 / 9))
    assert found["rougeL"] == pytest.approx((4 / 5, 4 / 6, 8 / 11))


def test_the_stemmer_cuts_endings_of_words_longer_than_three_letters() -> None:
    assert rouge("funds", "fund", use_stemmer=True)["rouge1"] == 1.0
    assert rouge("funds", "fund")["rouge1"] == 0.0
    assert rouge("gas", "ga", use_stemmer=True)["rouge1"] == 0.0


@pytest.mark.parametrize(
    ("text", "other", "shared"),
    [
        ("東京は大きい", "東京は小さい", 4),  # 東 京 は い of six characters
        ("Ελλάδα και Ρόδος και", "Ελλάδα και Κρήτη όχι", 2),
        ("café crème brûlée fin", "cafe crème brûlée faim", 2),
    ],
)
def test_other_scripts_count_where_rouge_score_finds_nothing_or_fragments(text: str, other: str, shared: int) -> None:
    count = 6 if text[0] == "東" else 4
    assert rouge(text, text)["rougeL"] == 1.0
    assert rouge(text, other)["rouge1"] == pytest.approx(shared / count)


def test_a_system_that_gave_no_answer_shares_nothing_with_the_reference() -> None:
    tally = rouge_tally(["the cat sat", "the dog ran", "it rose"], ["the cat  sat", None, ""])
    assert tally.values() == {
        "rouge1": pytest.approx(1 / 3),
        "rouge2": pytest.approx(1 / 3),
        "rougeL": pytest.approx(1 / 3),
        "exact_match": pytest.approx(1 / 3),
    }
    assert list(tally.right("exact_match")) == [True, False, False]
    assert tally.right("rouge1") is None


def test_no_items_have_no_mean() -> None:
    assert set(rouge_tally([], []).values().values()) == {None}
