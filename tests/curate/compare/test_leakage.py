"""Leakage: what counts as giving a measured example away, and what must not."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luthier.config.curation.duplicates import Leakage as Settings
from luthier.curate.compare.leakage import CODES, Leakage
from luthier.records import Example, Provenance, Target

LONG = (
    "the client came in to talk about the pension that her mother left and asked whether it would be wise to keep the "
    "shares or to move into bonds before the house is sold and the children leave"
)


def example(identity, note, split=None, *, group=None, documents=(), label="a"):
    source = Provenance(source="notes", file="notes.csv", row=1)
    return Example(
        id=identity, task="flags", inputs={"note": note}, target=Target(labels=(label,)), source=source,
        group=group or identity, document_ids=documents, split=split,
    )  # fmt: skip


def found(*examples, placed=None, same_document=None, **fields):
    rule = Leakage(Settings(**fields), same_document=same_document)
    for one in examples:
        rule.add(one)
    return [(f.code, f.record_id, f.counterpart_id) for f in rule.findings(placed)]


@pytest.mark.parametrize("split", ["test", "calibration", "dev", "pool"])
def test_a_training_copy_of_an_example_of_any_other_split_is_a_leak_whatever_its_label(split):
    assert found(example("1", "Where is it?", "train", label="b"), example("2", "where is it", split)) == [
        ("leakage.exact", "1", "2")
    ]


def test_a_near_copy_is_a_leak_and_one_with_another_figure_is_another_case():
    test = example("t", f"{LONG} perhaps", "test")
    assert found(example("1", LONG, "train"), test) == [("leakage.near", "1", "t")]
    assert found(example("1", f"{LONG} for 7", "train"), test) == []


def test_the_nearest_of_two_is_named():
    examples = [
        example("far", f"{LONG} perhaps one day", "test"),
        example("close", f"{LONG} perhaps", "test"),
        example("1", LONG, "train"),
    ]
    assert found(*examples) == [("leakage.near", "1", "close")]


def test_a_copy_within_one_split_is_no_leak():
    assert found(example("1", LONG, "train"), example("2", LONG, "train"), example("3", "else", "test")) == []


def test_one_client_on_both_sides_is_a_leak_unless_groups_may_be_shared():
    examples = [example("1", "one", "train", group="c1"), example("2", "two", "test", group="c1")]
    assert found(*examples) == [("leakage.group", "1", "2")]
    assert found(*examples, groups=False) == []


def test_the_split_of_a_group_can_be_given_later_and_examples_in_none_are_left_out():
    examples = [example("1", "one", group="a"), example("2", "One!", group="b"), example("3", "one", group="c")]
    assert found(*examples, placed={"a": "train", "b": "test"}) == [("leakage.exact", "1", "2")]


def test_a_document_that_both_sides_rest_on_is_a_leak_also_where_it_was_merged():
    examples = [example("1", "one", "train", documents=("d1",)), example("2", "two", "dev", documents=("d2",))]
    assert found(*examples) == []
    assert found(*examples, same_document={"d2": "d1"}) == [("leakage.document", "1", "2")]


def test_a_document_that_many_examples_rest_on_is_reference():
    learnt = [example(f"{n}", f"question {n}", "train", documents=("policy",)) for n in range(4)]
    test = example("t", "another", "test", documents=("policy",))
    assert found(*learnt, test, reference_examples=4) == []  # five rest on it
    assert len(found(*learnt, test, reference_examples=5)) == 4


def test_no_examples_leak_nothing():
    assert found() == []


@given(st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_measured_splits_stay_whole_without_the_leaks_nothing_is_left_and_order_changes_nothing(seed):
    rng = random.Random(seed)
    ends = ["", " perhaps", " perhaps so", " 5 EUR", " not"]
    examples = [
        example(
            f"{n:02}",
            LONG + rng.choice(ends),
            rng.choice(["train", "pool", "dev", "test"]),
            group=rng.choice("abcdefgh"),
        )
        for n in range(16)
    ]
    leaks = found(*examples)
    dropped = {record for _, record, _ in leaks}
    assert not dropped & {one.id for one in examples if one.split == "test"}
    assert found(*[one for one in examples if one.id not in dropped]) == []
    assert {code for code, *_ in leaks} <= CODES.keys()
    shuffled = list(examples)
    rng.shuffle(shuffled)
    assert found(*shuffled) == leaks


def test_a_short_message_with_a_word_left_out_is_a_leak():
    # 20 words have 18 runs of three, and without one inside 17; 15 of them are shared: 15 / (18 + 17 - 15) = .75.
    message = "hello there could you please tell me where the card is that i asked for in your branch last spring"
    rule = Leakage(Settings())
    rule.add(example("t", message, "test"))
    rule.add(example("1", message.replace("please ", ""), "train"))
    (finding,) = rule.findings()
    assert (finding.code, finding.record_id) == ("leakage.near", "1")
    assert finding.score == pytest.approx(0.75, abs=1e-12)
    assert finding.threshold == 0.7
