"""Fingerprints: what is the same, what is a fact, what is a name; words as everywhere else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luthier.curate.compare.characters import PAGE, characters
from luthier.curate.compare.fingerprint import fingerprints, jaccard, shared_count
from luthier.text.tokens import words


def pair(one, other, field="note"):
    return fingerprints([{field: one}, {field: other}], 3)


def read_words(*texts):
    read = characters(texts)
    found = [
        (
            bytes(read.codes[start:end]).decode(PAGE) if read.lowered else "".join(map(chr, read.codes[start:end]))
        ).lower()
        for start, end in zip(read.starts, read.ends, strict=True)
    ]
    return [found[first:last] for first, last in zip(read.first_word, read.first_word[1:], strict=False)]


@given(st.lists(st.text(st.characters(codec="ascii")), max_size=4))
@settings(deadline=None)
def test_words_of_ascii_texts_are_those_of_the_tokens(texts):
    assert read_words(*texts) == [words(text) for text in texts]


@pytest.mark.parametrize(
    "text", ["Größe à 5 €", "café café", "ไทย日本語text 你好", "カタカナ x", "e\u0301t\u00e9", "Привет, мир", ""]
)
def test_words_of_other_scripts_are_those_of_the_tokens(text):
    assert read_words(text, "x", text) == [words(text), ["x"], words(text)]


@given(st.lists(st.text("ab 1.€-\n'", max_size=12), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_a_record_has_the_same_fingerprint_alone_and_among_others(texts):
    together = fingerprints([{"": text} for text in texts], 2)
    for row, text in enumerate(texts):
        alone = fingerprints([{"": text}], 2)
        for column in ("same", "form", "facts", "length"):
            assert getattr(together, column)[row] == getattr(alone, column)[0]
        for sets in ("shingles", "words", "stated", "names"):
            assert getattr(together, sets).of(row).tolist() == getattr(alone, sets).of(0).tolist()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Top-up?  (I paid  €1,000.50, twice.)", "top up i paid €1,000.50 twice", True),
        ("a change of -5%.", "a change of -5%", True),
        ("a change of -5%", "a change of 5%", False),
        ("a b", "ab", False),
        ("1.5", "15", False),
        ("STRAẞE Ärger", "straße ärger", True),
        ("ab cd", "cd ab", False),
    ],
)
def test_texts_are_the_same_without_case_spacing_and_punctuation_but_not_without_what_is_inside_figures(
    one, other, same
):
    prints = pair(one, other)
    assert (prints.same[0] == prints.same[1]) == same


def test_which_field_says_it_makes_a_difference():
    prints = fingerprints([{"a": "one", "b": "two"}, {"a": "two", "b": "one"}, {"b": "two", "a": "one"}], 3)
    assert prints.same[0] != prints.same[1]
    assert prints.same[0] == prints.same[2]


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("we will pay on 3 March", "they must pay on 3 March", True),
        ("we will pay on 3 March", "we will pay on 4 March", False),
        ("it is for 5 mg now", "it is for 5 ml now", False),
        ("it is for 5 people now", "it is for 5 persons now", True),  # no units: words, which the overlap compares
        ("they don't pay it", "they do not pay it", True),
        ("they don't pay it", "they do pay it", False),
        ("a don of the college", "a dean of the college", True),
        ("you can pay it", "you may pay it", True),
        ("you can't pay it", "you can pay it", False),
        ("it costs (5%) to", "it costs 5% to", True),
        ("page 5. Days go by", "page 5 days go by", False),
    ],
)
def test_facts_are_figures_with_known_units_and_number_calendar_and_negation_words(one, other, equal):
    prints = pair(one, other)
    assert (prints.facts[0] == prints.facts[1]) == equal


def test_facts_in_another_order_are_the_same_bag_and_another_sequence():
    prints = pair("the rent from 5 to 7", "the rent from 7 to 5")
    assert prints.facts[0] == prints.facts[1]
    assert prints.stated.stated(0)[:, 0].tolist() == prints.stated.stated(1)[::-1, 0].tolist()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("We met Adair and I spoke. Later she left.", ["adair"]),
        ("We met Dr. Keller. They met.", ["dr", "keller"]),
        ("Maria Keller wrote. Then Anna wrote.", ["maria", "keller", "then", "anna"]),
        ("Client: Moreau", ["moreau"]),
        ("nobody was here", []),
        ("Fund\nBond", []),
    ],
)
def test_names_are_capitalised_words_inside_a_sentence_or_before_another(text, names):
    # "Then" is no name, but costs nothing: the other text only has to have the word somewhere.
    read = fingerprints([{"": text}, {"": " ".join(names)}], 3)
    assert read.names.stated(0)[:, 0].tolist() == read.words.of(1).tolist()


def test_jaccard_is_that_of_the_sets_of_word_runs():
    # abcd has runs abc, bcd; abce has abc, bce: one of three is shared. Two empty sets share nothing.
    prints = pair("a b c d", "a b c e")
    assert jaccard(prints.shingles.of(0), prints.shingles.of(1)) == pytest.approx(1 / 3, abs=1e-12)
    empty = np.array([], dtype=np.uint32)
    assert jaccard(empty, empty) == 0.0


def test_a_shingle_never_runs_from_one_field_or_record_into_another():
    prints = fingerprints([{"a": "a b", "b": "c d"}, {"a": "a b c"}, {"a": "d"}], 3)
    assert [prints.shingles.of(row).size for row in range(3)] == [0, 1, 0]


@given(st.sets(st.integers(0, 60)), st.sets(st.integers(0, 60)))
def test_the_overlap_is_that_of_sets_and_the_same_both_ways(one, other):
    a, b = (np.array(sorted(values), dtype=np.uint32) for values in (one, other))
    assert shared_count(a, b) == shared_count(b, a) == len(one & other)
    assert jaccard(a, b) == (len(one & other) / len(one | other) if one | other else 0.0)
