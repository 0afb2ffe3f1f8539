"""Duplicates: what is merged, what is only flagged, and above all what must never be taken for a duplicate."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luthier.config import NearDuplicates
from luthier.curate.compare.duplicates import MIN_SHINGLES, document_entry, example_entry, find_duplicates
from luthier.curate.compare.fingerprint import comparison_form, facts_of, fingerprint, jaccard, share_names
from luthier.curate.compare.near import RECALL, CandidateIndex, band_length
from luthier.records import Document, Example, Provenance, Target
from luthier.text.tokens import words

NEAR = NearDuplicates()
SOURCE = Provenance(source="notes", file="notes.csv", row=1)
LONG = (
    "the client came in to talk about the pension that her mother left and asked whether it would be wise to keep the "
    "shares or to move into bonds before the house is sold and the children leave"
)  # 38 words


def example(identity, note, *, label="a", text=None, task="flags", pinned=None, group=None):
    target = Target(text=text) if text is not None else Target(labels=(label,))
    record = Example(
        id=identity, task=task, inputs={"note": note}, target=target, source=SOURCE, group=group or identity
    )
    return example_entry(record, pinned)


def document(identity, text, **fields):
    return document_entry(Document(id=identity, text=text, media_type="text/plain", source=SOURCE, **fields))


def found(*entries, near=NEAR):
    return [(f.code, f.action, f.record_id, f.counterpart_id) for f in find_duplicates(entries, near)]


# Exact


def test_the_same_inputs_and_answer_are_merged_into_the_first():
    assert found(example("1", "Where is my card?"), example("2", "where is my  card")) == [
        ("duplicate.exact", "merge", "2", "1")
    ]


def test_the_same_inputs_with_another_answer_are_both_kept_and_flagged():
    entries = [example("1", LONG, label="a"), example("2", LONG, label="b")]
    assert found(*entries) == [("label.conflict", "flag", "1", "2"), ("label.conflict", "flag", "2", "1")]


def test_a_conflict_does_not_hide_a_duplicate_of_either_side():
    entries = [example("1", "hello", label="a"), example("2", "hello", label="b"), example("3", "hello", label="b")]
    assert ("duplicate.exact", "merge", "3", "2") in found(*entries)


def test_texts_that_answer_the_same_inputs_nearly_alike_are_no_conflict():
    entries = [example("1", LONG, text=LONG), example("2", LONG, text=f"{LONG} perhaps")]
    assert found(*entries) == [("duplicate.near", "merge", "2", "1")]
    entries = [example("1", LONG, text="she keeps the shares"), example("2", LONG, text="she sells the shares")]
    assert [code for code, *_ in found(*entries)] == ["label.conflict", "label.conflict"]


def test_an_exact_copy_of_a_merged_record_goes_to_the_survivor_too():
    entries = [example("1", LONG), example("2", f"{LONG} perhaps"), example("3", f"{LONG} perhaps")]
    assert found(*entries) == [("duplicate.near", "merge", "2", "1"), ("duplicate.near", "merge", "3", "1")]


def test_examples_of_two_tasks_are_never_duplicates():
    assert found(example("1", LONG, task="flags"), example("2", LONG, task="other")) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pay €5 now", "pay £5 now"),
        ("a change of -5%", "a change of 5%"),
        ("1.5 units", "15 units"),
        ("well done 👍", "well done 👎"),
    ],
)
def test_signs_that_carry_meaning_keep_short_texts_apart(one, other):
    assert found(example("1", one), example("2", other)) == []


def test_documents_of_two_clients_or_two_dates_stay_two_documents():
    day = dt.date(2026, 1, 5)
    entries = [
        document("1", LONG, group="c1"),
        document("2", LONG, group="c2"),
        document("3", LONG, group="c1", effective_date=day),
        document("4", LONG, group="c1"),
    ]
    assert found(*entries) == [("duplicate.exact", "merge", "4", "1")]


# Near


def test_a_word_more_is_a_near_duplicate_with_its_exact_overlap():
    # LONG has 38 words, so 36 shingles of three; one word appended adds one: 36 of 37 are shared.
    first, second = example("1", LONG), example("2", f"{LONG} perhaps")
    (finding,) = find_duplicates([first, second], NEAR)
    assert (finding.code, finding.action, finding.record_id, finding.counterpart_id) == (
        "duplicate.near", "merge", "2", "1",
    )  # fmt: skip
    assert finding.score == pytest.approx(36 / 37, abs=1e-12)
    assert finding.threshold == NEAR.threshold


def test_without_near_settings_only_exact_duplicates_are_looked_for():
    assert found(example("1", LONG), example("2", f"{LONG} perhaps"), near=None) == []


def test_a_word_exchanged_in_a_middling_text_is_below_the_threshold():
    # 36 shingles each, the exchanged word is in three of them: 33 shared of 39, .846 < .85.
    assert found(example("1", LONG), example("2", LONG.replace("pension", "portfolio"))) == []


def test_near_duplicates_with_different_labels_are_left_alone():
    assert found(example("1", LONG, label="a"), example("2", f"{LONG} perhaps", label="b")) == []


def test_near_duplicates_with_a_text_answer_need_a_near_answer():
    answer = "she keeps the shares for now and will decide about the bonds when the house is sold"
    other = "moving into bonds was discussed and put off until the sale of the property is through"
    one = example("1", LONG, text=answer)
    assert found(one, example("2", f"{LONG} perhaps", text=answer.upper())) == [("duplicate.near", "merge", "2", "1")]
    assert found(one, example("2", f"{LONG} perhaps", text=other)) == []


@pytest.mark.parametrize("extra", ["not", "7", "seven", "March", "isn't", "to Miller"])
def test_a_figure_a_date_a_negation_or_a_name_more_is_a_veto(extra):
    assert found(example("1", f"{LONG} so"), example("2", f"{LONG} so {extra}")) == []


def test_the_same_template_filled_for_two_clients_is_not_a_duplicate():
    letter = f"Dear Mr {{}}, {LONG}; your holding is worth {{}} EUR as of today."
    entries = [
        document("1", letter.format("Adair", "12,000")),
        document("2", letter.format("Adair", "12,500")),
        document("3", letter.format("Bowen", "12,000")),
    ]
    assert found(*entries) == []


def test_a_short_field_must_be_the_same():
    def two_fields(identity, product):
        record = Example(
            id=identity, task="t", inputs={"note": LONG, "product": product}, target=Target(labels=()), source=SOURCE,
            group=identity,
        )  # fmt: skip
        return example_entry(record, None)

    assert found(two_fields("1", "bond fund"), two_fields("2", "share fund")) == []


def test_a_short_question_with_a_word_more_asks_something_else():
    # Seven words, five shingles: below MIN_SHINGLES, although 5 of 6 shingles would be .83 and 7 of 8 would pass.
    assert MIN_SHINGLES > 7
    short = "can i use this card at an atm"
    assert found(example("1", short), example("2", f"where {short}")) == []


def test_a_chain_of_near_duplicates_is_judged_link_by_link_against_the_survivor():
    # 100 words, 98 shingles. Each step appends 12: neighbours share 98/110 = .89 and 110/122 = .90, but the ends share
    # 98/122 = .80, below the threshold. The middle one goes into the first; the last matches nothing that is left.
    body = [f"{letter}{other}" for letter in "abcdefghijk" for other in "lmnopqrstuvwx"]
    entries = [example(str(n), " ".join(body[:n])) for n in (100, 112, 124)]
    assert found(*entries) == [("duplicate.near", "merge", "112", "100")]


@given(st.lists(st.integers(0, 60), min_size=2, max_size=12))
@settings(max_examples=60, deadline=None)
def test_every_merge_is_direct_verified_and_into_a_record_that_stays(lengths):
    body = [f"{letter}{other}" for letter in "abcdefghijk" for other in "lmnopqrstuvwx"]
    entries = {str(i): example(str(i), " ".join(body[: 40 + n])) for i, n in enumerate(lengths)}
    merges = [f for f in find_duplicates(list(entries.values()), NEAR) if f.action == "merge"]
    merged = {f.record_id for f in merges}
    for finding in merges:
        survivor = entries[finding.counterpart_id]
        assert finding.counterpart_id not in merged
        overlap = jaccard(entries[finding.record_id].text.shingles, survivor.text.shingles)
        assert overlap == finding.score >= finding.threshold


# Given evaluation sets


def test_a_training_copy_of_a_given_test_item_is_dropped_whatever_the_order():
    entries = [example("train", f"{LONG} perhaps"), example("test", LONG, pinned="test")]
    assert found(*entries) == [("duplicate.leak", "drop", "train", "test")]
    assert found(example("train", "where is it"), example("test", "Where is it?", pinned="test")) == [
        ("duplicate.leak", "drop", "train", "test")
    ]


def test_a_test_item_that_repeats_another_is_flagged_and_stays():
    entries = [example("1", LONG, pinned="test"), example("2", LONG, pinned="test")]
    assert found(*entries) == [("duplicate.evaluation", "flag", "2", "1")]
    entries = [example("1", LONG, pinned="test"), example("2", f"{LONG} perhaps", pinned="test")]
    assert found(*entries) == [("duplicate.evaluation", "flag", "2", "1")]


def test_a_copy_of_a_flagged_test_item_is_still_a_leak():
    # The third text is near the second (98/110 = .89) but not near the first (98/122 = .80).
    body = [f"{letter}{other}" for letter in "abcdefghijk" for other in "lmnopqrstuvwx"]
    entries = [
        example("1", " ".join(body[:100]), pinned="test"),
        example("2", " ".join(body[:112]), pinned="test"),
        example("3", " ".join(body[:124])),
    ]
    assert found(*entries) == [
        ("duplicate.evaluation", "flag", "2", "1"),
        ("duplicate.leak", "drop", "3", "2"),
    ]


def test_a_given_dev_item_that_is_in_the_given_test_set_is_dropped():
    assert found(example("d", LONG, pinned="dev"), example("t", LONG, pinned="test")) == [
        ("duplicate.leak", "drop", "d", "t")
    ]


def test_a_leak_counts_for_more_than_a_nearer_training_copy():
    entries = [
        example("train", f"{LONG} perhaps one day soon"),
        example("copy", f"{LONG} perhaps one day"),
        example("test", f"{LONG} perhaps one", pinned="test"),
    ]
    assert {(code, record) for code, _, record, _ in found(*entries)} == {
        ("duplicate.leak", "train"),
        ("duplicate.leak", "copy"),
    }


@given(st.lists(st.tuples(st.sampled_from([None, "train", "dev", "test"]), st.integers(0, 4)), max_size=20))
@settings(max_examples=80, deadline=None)
def test_a_given_test_set_never_loses_an_item(rows):
    entries = [
        example(str(i), f"{LONG} {' '.join(['perhaps', 'soon', 'then', 'there'][:n])}", pinned=pinned)
        for i, (pinned, n) in enumerate(rows)
    ]
    removed = {f.record_id for f in find_duplicates(entries, NEAR) if f.action in ("drop", "merge")}
    assert not removed & {str(i) for i, (pinned, _) in enumerate(rows) if pinned == "test"}


# What is compared


def test_the_comparison_form_leaves_out_case_spacing_and_punctuation_but_not_what_is_inside_figures():
    assert comparison_form("Top-up?  (I paid  €1,000.50, twice.)") == "top up i paid €1,000.50 twice"
    assert comparison_form("a change of -5%.") == "a change of -5%"


def test_facts_are_figures_with_their_units_then_calendar_and_negation_words_in_order():
    text = "On 3 March the 2 funds (5%) didn't rise. In 2025. Nobody sold."
    assert facts_of(text, words(text)) == ["3 march", "2 funds", "5%", "2025", "march", "not", "not"]


def test_names_are_capitalised_words_inside_a_sentence():
    one = fingerprint({"note": "We met Adair and I spoke. Later she left."}, 3)
    other = fingerprint({"note": "we met adair and she spoke. She left later."}, 3)
    third = fingerprint({"note": "We met Bowen and I spoke. Later she left."}, 3)
    assert share_names(one, other)
    assert not share_names(one, third)


def test_jaccard_is_that_of_the_sets_of_word_runs():
    # abcd has runs abc, bcd; abce has abc, bce: one of three is shared. Two empty sets share nothing.
    one, other = fingerprint({"x": "a b c d"}, 3), fingerprint({"x": "a b c e"}, 3)
    assert jaccard(one.shingles, other.shingles) == pytest.approx(1 / 3, abs=1e-12)
    empty = np.array([], dtype=np.uint64)
    assert jaccard(empty, empty) == 0.0


def test_bands_are_as_long_as_the_recall_allows():
    # At .85 with 128 values: r = 7 gives 18 bands, 1 - (1 - .85^7)^18 = 1 - .6794^18 = .99905; r = 8 gives 16 bands,
    # 1 - (1 - .2725)^16 = .9938.
    assert band_length(128, 0.85) == 7
    assert 1 - (1 - 0.85**7) ** 18 >= RECALL > 1 - (1 - 0.85**8) ** 16
    assert band_length(128, 1.0) == 128
    assert band_length(16, 0.0) == 1


def test_nearly_every_pair_at_the_threshold_is_a_candidate():
    # 200 pairs of sets with 92 of 108 hashes shared (.852). At a recall of .999 the misses are Poisson with mean .2,
    # and more than 3 of them have a chance of .2^4 / 4! = 7e-5.
    rng = np.random.default_rng(5)
    index, missed = CandidateIndex(128, 0.85), 0
    for number in range(200):
        hashes = rng.integers(0, 2**63, size=108, dtype=np.uint64)
        index.add(number, index.bands("block", np.unique(hashes[:100])))
        missed += number not in index.candidates(index.bands("block", np.unique(hashes[8:])))
        assert index.candidates(index.bands("another block", np.unique(hashes[8:]))) == []
    assert missed <= 3
