"""Duplicates: what is merged, what is only flagged, and above all what must never be taken for a duplicate."""

from __future__ import annotations

import datetime as dt
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luthier.config.curation.duplicates import Duplicates as Settings
from luthier.config.curation.duplicates import Near
from luthier.curate.compare.duplicates import CODES, Duplicates
from luthier.curate.compare.fingerprint import fingerprints, jaccard
from luthier.curate.compare.matching import MIN_SHINGLES
from luthier.records import Document, Example, Provenance, Target
from luthier.text.opposites import ordinary, sides

LONG = (
    "the client came in to talk about the pension that her mother left and asked whether it would be wise to keep the "
    "shares or to move into bonds before the house is sold and the children leave"
)  # 38 words
NEAR = Near()
BODY = [f"{letter}{other}" for letter in "abcdefghijk" for other in "lmnopqrstuvwx"]  # 143 different words


def example(identity, note, *, label="a", text=None, task="flags", source="notes", **fields):
    target = Target(text=text) if text is not None else Target(labels=(label,))
    inputs = note if isinstance(note, dict) else {"note": note}
    return Example(
        id=identity, task=task, inputs=inputs, target=target, source=Provenance(source=source, file="notes.csv", row=1),
        group=identity, **fields,
    )  # fmt: skip


def document(identity, text, *, source="letters", **fields):
    place = Provenance(source=source, file=f"{identity}.txt")
    return Document(id=identity, text=text, media_type="text/plain", source=place, **fields)


def findings(*records, near=NEAR, **settings):
    rule = Duplicates(Settings(near=near, **settings), pins={"train": "train", "dev": "dev", "test": "test"})
    for record in records:
        rule.add(record)
    return list(rule.findings())


def found(*records, **settings):
    """Findings that say what becomes of a record; what was vetoed is information."""
    return [
        (f.code, f.action, f.record_id, f.counterpart_id)
        for f in findings(*records, **settings)
        if f.code != "duplicate.vetoed"
    ]


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
    entries = [example("1", f"{LONG} perhaps"), example("2", LONG), example("3", LONG)]
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
    one, other = dt.date(2025, 1, 5), dt.date(2026, 1, 5)
    entries = [
        document("1", LONG, group="c1", effective_date=one),
        document("2", LONG, group="c2", effective_date=one),
        document("3", LONG, group="c1", effective_date=other),
        document("4", LONG, group="c1", effective_date=one),
        document("5", f"{LONG} perhaps", group="c1", effective_date=dt.date(2024, 1, 5)),
    ]
    assert found(*entries) == [("duplicate.exact", "merge", "4", "1")]
    assert found(*entries, across_dates=True) == [
        ("duplicate.exact", "merge", "1", "3"),
        ("duplicate.exact", "merge", "4", "3"),
        ("duplicate.near", "merge", "5", "3"),
    ]


def test_no_records_are_no_duplicates():
    assert found() == []
    assert found(document("1", "")) == []


# Who survives


def test_a_source_of_more_authority_survives_a_newer_and_longer_text():
    old = document("z", LONG, source="policy", effective_date=dt.date(2020, 1, 1))
    new = document("a", f"{LONG} perhaps", source="share", effective_date=dt.date(2026, 1, 1))
    assert found(old, new, across_dates=True) == [("duplicate.near", "merge", "z", "a")]
    assert found(old, new, across_dates=True, authority=["policy"]) == [("duplicate.near", "merge", "a", "z")]


def test_a_newer_document_survives_a_longer_one_and_a_dated_one_survives_one_without_dates():
    dated = document("z", LONG, effective_date=dt.date(2020, 1, 1))
    newer = document("y", LONG, effective_date=dt.date(2021, 1, 1))
    undated = document("a", f"{LONG} perhaps")
    assert found(dated, undated) == [("duplicate.near", "merge", "a", "z")]
    assert found(dated, newer, undated, across_dates=True) == [
        ("duplicate.exact", "merge", "z", "y"),
        ("duplicate.near", "merge", "a", "y"),
    ]


def test_gold_survives_machine_made_then_the_longer_text_then_the_first_id():
    gold, machine = example("z", LONG, origin="gold"), example("a", f"{LONG} perhaps", origin="machine")
    assert found(machine, gold) == [("duplicate.near", "merge", "a", "z")]
    assert found(example("a", LONG), example("z", f"{LONG} perhaps")) == [("duplicate.near", "merge", "a", "z")]
    assert found(example("b", LONG), example("a", LONG)) == [("duplicate.exact", "merge", "b", "a")]


# Near


def test_a_word_more_is_a_near_duplicate_with_its_exact_overlap():
    # LONG has 38 words, so 36 shingles of three; one word appended adds one: 36 of 37 are shared.
    (finding,) = findings(example("1", f"{LONG} perhaps"), example("2", LONG))
    assert (finding.code, finding.action, finding.record_id, finding.counterpart_id) == (
        "duplicate.near", "merge", "2", "1",
    )  # fmt: skip
    assert finding.score == pytest.approx(36 / 37, abs=1e-12)
    assert finding.threshold == NEAR.threshold


def test_without_near_settings_only_exact_duplicates_are_looked_for():
    assert findings(example("1", LONG), example("2", f"{LONG} perhaps"), near=None) == []


def test_a_word_exchanged_in_a_middling_text_is_below_the_threshold():
    # 36 shingles each, the exchanged word is in three of them: 33 shared of 39, .846 < .85.
    assert findings(example("1", LONG), example("2", LONG.replace("pension", "portfolio"))) == []


def test_near_duplicates_with_different_labels_are_left_alone():
    assert found(example("1", LONG, label="a"), example("2", f"{LONG} perhaps", label="b")) == []


def test_near_duplicates_with_a_text_answer_need_a_near_answer():
    answer = "she keeps the shares for now and will decide about the bonds when the house is sold"
    other = "moving into bonds was discussed and put off until the sale of the property is through"
    one = example("1", f"{LONG} perhaps", text=answer)
    assert found(one, example("2", LONG, text=answer.upper())) == [("duplicate.near", "merge", "2", "1")]
    assert found(one, example("2", LONG, text=other)) == []


@pytest.mark.parametrize("extra", ["not", "7", "seven", "March", "isn't", "to Miller", "2026-03-01", "€5"])
def test_a_figure_a_date_a_negation_or_a_name_more_is_vetoed_and_said(extra):
    records = [example("1", f"{LONG} so"), example("2", f"{LONG} so {extra}")]
    assert [(f.code, f.action) for f in findings(*records)] == [("duplicate.vetoed", "flag")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("take 5 mg", "take 5 ml"),
        ("from 5 to 7", "from 7 to 5"),
        ("within 2 days", "within 2 weeks"),
        ("call Dr. Moreau", "call Dr. Keller"),
        ("signed by Maria Keller", "signed by Anna Keller"),
    ],
)
def test_what_looks_alike_but_states_something_else_is_vetoed(one, other):
    assert found(document("1", f"{LONG} and {one}."), document("2", f"{LONG} and {other}.")) == []


def test_a_moved_sentence_with_figures_in_it_is_no_veto():
    one, two = "We will pay 500 EUR to you.", "The rest, 70 EUR, stays with us."
    body = " ".join(BODY)
    assert [
        code for code, *_ in found(document("1", f"{one} {two} {body}."), document("2", f"{two} {one} {body}."))
    ] == ["duplicate.near"]


def test_the_same_template_filled_for_two_clients_is_not_a_duplicate():
    letter = f"Dear Mr {{}}, {LONG}; your holding is worth {{}} EUR as of today."
    entries = [
        document("1", letter.format("Adair", "12,000")),
        document("2", letter.format("Adair", "12,500")),
        document("3", letter.format("Bowen", "12,000")),
    ]
    assert [(f.code, f.record_id) for f in findings(*entries)] == [("duplicate.vetoed", "2"), ("duplicate.vetoed", "3")]


def test_of_many_vetoed_pairs_as_many_are_listed_as_asked_and_all_are_counted():
    rule = Duplicates(Settings(vetoed_listed=3))
    for number in range(20):
        rule.add(document(f"{number:02}", f"{LONG}; you hold {number} shares", group=str(number)))
    assert [f.code for f in rule.findings()] == ["duplicate.vetoed"] * 3
    assert rule.vetoed == 19


def test_template_wording_is_no_evidence_but_an_edit_within_it_does_not_hide_a_copy():
    # 40 letters share 100 words, and each has 10 of its own, none of them a fact. Overlap of all is 98/118 = .83, but
    # the shared runs are in more texts than `frequent_documents`, and without them nothing is shared.
    template = " ".join(BODY[:100])
    plain = [word for word in sorted(ordinary() - sides().keys()) if len(word) > 3 and word not in BODY]
    own = [" ".join(plain[n::500][:10]) for n in range(40)]
    letters = [document(f"{n:02}", f"{template} {words}") for n, words in enumerate(own)]
    near = Near(threshold=0.75)
    assert found(*letters, near=near) == []
    assert len(found(*letters, near=Near(threshold=0.75, frequent_documents=100))) == 39
    copy = document("copy", letters[7].text.replace(BODY[40], "edited"))
    assert found(*letters, copy, near=near) == [("duplicate.near", "merge", "copy", "07")]


def test_a_short_field_must_be_the_same():
    one, other = ({"note": LONG, "product": product} for product in ("bond fund", "share fund"))
    assert found(example("1", one), example("2", other)) == []


def test_a_short_question_with_a_word_more_asks_something_else():
    # Seven words, five shingles: below MIN_SHINGLES, although 5 of 6 shingles would be .83 and 7 of 8 would pass.
    assert MIN_SHINGLES > 7
    short = "can i use this card at an atm"
    assert found(example("1", short), example("2", f"where {short}")) == []


def test_a_chain_of_near_duplicates_is_judged_link_by_link_against_the_survivor():
    # 124 words, 122 shingles. Each step cuts 12: neighbours share 110/122 = .90 and 98/110 = .89, but the ends share
    # 98/122 = .80, below the threshold. The middle one goes into the longest; the last matches nothing that is left.
    entries = [example(str(n), " ".join(BODY[:n])) for n in (100, 112, 124)]
    assert found(*entries) == [("duplicate.near", "merge", "112", "124")]


@given(st.lists(st.integers(0, 60), min_size=2, max_size=12))
@settings(max_examples=40, deadline=None)
def test_every_merge_is_direct_verified_and_into_a_record_that_stays(lengths):
    entries = {str(i): example(str(i), " ".join(BODY[: 40 + n])) for i, n in enumerate(lengths)}
    merges = [f for f in findings(*entries.values()) if f.action == "merge"]
    merged = {f.record_id for f in merges}
    for finding in merges:
        assert finding.counterpart_id not in merged
        pair = fingerprints([entries[i].inputs for i in (finding.record_id, finding.counterpart_id)], 3)
        assert jaccard(pair.shingles.of(0), pair.shingles.of(1)) == finding.score >= finding.threshold


def varied(seed, count):
    """Documents of three clients with copies, edits, twins and dates among them."""
    rng = random.Random(seed)
    records = []
    for number in range(count):
        text = LONG if number % 3 else " ".join(BODY[: 60 + 6 * rng.randrange(5)])
        text += rng.choice(["", " perhaps", " not", " 5 EUR", " 6 EUR", " for Miller"])
        day = rng.choice([None, dt.date(2025, 1, 5), dt.date(2026, 1, 5)])
        records.append(document(f"{number:03}", text, group=rng.choice("ab"), effective_date=day))
    return records


@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_the_order_of_records_changes_nothing(seed, shuffler):
    records = varied(seed, 24)
    shuffled = list(records)
    shuffler.shuffle(shuffled)
    assert findings(*records) == findings(*shuffled)
    assert findings(*records, across_dates=True) == findings(*shuffled, across_dates=True)


def test_records_of_several_batches_are_found_in_a_folder_of_choice(tmp_path):
    records = varied(1, 700)  # more than one batch
    rule = Duplicates(Settings(), folder=tmp_path)
    for record in records:
        rule.add(record)
    spilled = list(rule.findings())
    assert spilled == findings(*records)
    assert len(spilled) > 100
    assert not list(tmp_path.iterdir())  # what was spilled leaves nothing behind


# Given evaluation sets


def test_a_training_copy_of_a_given_test_item_is_dropped_whatever_the_order():
    entries = [example("train", f"{LONG} perhaps"), example("test", LONG, source="test")]
    assert found(*entries) == [("duplicate.leak", "drop", "train", "test")]
    assert found(example("train", "where is it"), example("test", "Where is it?", source="test")) == [
        ("duplicate.leak", "drop", "train", "test")
    ]


def test_a_test_item_that_repeats_another_is_flagged_and_stays():
    entries = [example("1", LONG, source="test"), example("2", LONG, source="test")]
    assert found(*entries) == [("duplicate.evaluation", "flag", "2", "1")]
    entries = [example("1", f"{LONG} perhaps", source="test"), example("2", LONG, source="test")]
    assert found(*entries) == [("duplicate.evaluation", "flag", "2", "1")]


def test_a_copy_of_a_flagged_test_item_is_still_a_leak():
    # The third text is near the second (98/110 = .89) but not near the first (98/122 = .80).
    entries = [
        example("1", " ".join(BODY[:124]), source="test"),
        example("2", " ".join(BODY[:112]), source="test"),
        example("3", " ".join(BODY[:100])),
    ]
    assert found(*entries) == [("duplicate.evaluation", "flag", "2", "1"), ("duplicate.leak", "drop", "3", "2")]


def test_a_given_dev_item_that_is_in_the_given_test_set_is_dropped():
    assert found(example("d", LONG, source="dev"), example("t", LONG, source="test")) == [
        ("duplicate.leak", "drop", "d", "t")
    ]


def test_a_leak_counts_for_more_than_a_nearer_training_copy():
    entries = [
        example("train", f"{LONG} perhaps one day soon"),
        example("copy", f"{LONG} perhaps one day"),
        example("test", f"{LONG} perhaps one", source="test"),
    ]
    assert {(code, record) for code, _, record, _ in found(*entries)} == {
        ("duplicate.leak", "train"),
        ("duplicate.leak", "copy"),
    }


@given(st.lists(st.tuples(st.sampled_from(["notes", "train", "dev", "test"]), st.integers(0, 4)), max_size=20))
@settings(max_examples=40, deadline=None)
def test_a_given_test_set_never_loses_an_item(rows):
    entries = [
        example(str(i), f"{LONG} {' '.join(['perhaps', 'soon', 'then', 'there'][:n])}", source=source)
        for i, (source, n) in enumerate(rows)
    ]
    removed = {f.record_id for f in findings(*entries) if f.action in ("drop", "merge")}
    assert not removed & {str(i) for i, (source, _) in enumerate(rows) if source == "test"}


def test_every_code_that_is_given_is_explained():
    records = [*varied(3, 60), document("long", LONG * 2)]
    assert {f.code for f in findings(*records)} <= CODES.keys()


# In other words


def by_opening(texts):
    """Stands in for a model: texts that open with the same letter point the same way."""
    return np.array([[1.0, 0.0] if text.startswith("t") else [0.0, 1.0] for text in texts], dtype=np.float32)


def in_other_words(records, removed=(), **settings):
    rule = Duplicates(Settings(**settings))
    for record in records:
        rule.add(record)
    texts = {record.id: record.text for record in records}
    return [
        (f.code, f.action, f.record_id, f.counterpart_id)
        for f in rule.semantic_findings(lambda ids: ((i, texts[i]) for i in ids), removed, by_opening)
    ]


def test_texts_in_other_words_are_flagged_unless_facts_or_names_differ_or_they_are_removed():
    records = [
        document("a", "the fee falls due in spring"),
        document("b", "this charge is payable in spring"),
        document("c", "this charge of 5 EUR is payable"),
        document("d", "the fee for Miller falls due"),
        document("e", "something else"),
    ]
    # b, with as many words as a, comes after it; the others state a figure or a name, or mean something else.
    assert in_other_words(records, semantic_threshold=0.9) == [("duplicate.semantic", "flag", "b", "a")]
    assert in_other_words(records, {"a"}, semantic_threshold=0.9) == []
    assert in_other_words(records) == []
