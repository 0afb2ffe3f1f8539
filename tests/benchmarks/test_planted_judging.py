"""How the benchmark of planted defects counts: small firms, counted by hand."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from planted.judging import (
    CONTRADICTION,
    REPAIRED,
    TRAP_CODES,
    UNSTRUCTURED,
    VARIANT_CODES,
    VETOED,
    WRONG_LABEL,
    Firm,
    judge,
)
from planted.spans import covered, placed
from planted.tables import summarise

from luthier.curate.compare import contradictions, duplicates, expiry, leakage, wrong_labels
from luthier.curate.passes.cleaning import RULES
from luthier.records import Finding


def finding(record, code, other=None, *, action="flag", kind="document", start=None, end=None, before=None):
    return Finding(
        record_id=record,
        record_kind=kind,
        rule="rule",
        rule_version=1,
        code=code,
        action=action,
        reason="because",
        counterpart_id=other,
        start=start,
        end=end,
        before=before,
    )


def row(kind, record, other=None, *, trap=False, record_kind="document", **more):
    empty = dict.fromkeys(("variant", "field", "start", "end", "before", "after"))
    named = {"kind": kind, "trap": trap, "record_id": record, "record_kind": record_kind, "counterpart_id": other}
    return {**empty, **named, **more}


def firm(truth, findings, texts, gone=(), cells=None):
    kept = {key: text for key, text in texts.items() if key not in gone}
    return Firm(truth=truth, texts=texts, examples=set(), findings=findings, kept=kept, cells=cells or {})


def test_a_pair_counts_once_whichever_way_round_it_is_named():
    truth = [row("duplicate.exact", "b", "a"), row("duplicate.exact", "d", "c")]
    found = [
        finding("a", "duplicate.exact", "b"),
        finding("b", "duplicate.exact", "a"),
        finding("e", "duplicate.exact", "a"),
    ]
    counts = judge(firm(truth, found, dict.fromkeys("abcde", "text")))["duplicate.exact"]
    assert counts == {"planted": 2, "found": 1, "claimed": 2, "right": 1}


def test_a_near_copy_that_became_an_exact_one_is_found_and_right():
    judged = judge(
        firm([row("duplicate.near", "b", "a")], [finding("b", "duplicate.exact", "a")], {"a": "x", "b": "x"})
    )
    assert judged["duplicate.near"] == {"planted": 1, "found": 1, "claimed": 0, "right": 0}
    assert judged["duplicate.exact"] == {"planted": 0, "found": 0, "claimed": 1, "right": 1}


def test_a_trap_is_caught_by_a_claim_and_not_by_a_veto():
    truth = [row("template_twin", "b", "a", trap=True), row("template_twin", "d", "c", trap=True)]
    found = [finding("b", "duplicate.vetoed", "a"), finding("d", "duplicate.near", "c", action="merge")]
    judged = judge(firm(truth, found, dict.fromkeys("abcd", "text")))
    assert judged["trap template_twin"] == {"traps": 2, "caught": 1}
    assert judged["merged twins"] == {"traps": 4, "caught": 1}


def test_a_wrong_label_is_found_by_the_rule_that_doubts_labels():
    truth = [row("wrong_label", name, record_kind="example") for name in ("train:a", "train:b", "train:c")]
    found = [finding("train:a", "label.wrong", kind="example"), finding("train:d", "label.surplus", kind="example")]
    counts = judge(firm(truth, found, {}))["wrong_label"]
    assert counts == {"planted": 3, "found": 1, "claimed": 2, "right": 1}


def test_one_input_with_two_labels_is_a_contradiction_and_says_nothing_of_wrong_labels():
    pair = {"other": "train:a", "record_kind": "example"}
    truth = [row("contradiction", "train:b", variant="labels", **pair), row("wrong_label", "train:b", **pair)]
    found = [
        finding("train:a", "label.conflict", "train:b", kind="example"),
        finding("train:b", "label.wrong", kind="example"),
        finding("train:d", "contradiction.label", "train:c", kind="example"),
    ]
    judged = judge(firm(truth, found, {}))
    assert judged["contradiction, examples"] == {"planted": 1, "found": 1, "claimed": 2, "right": 1}
    assert judged["wrong_label"] == {"planted": 0, "found": 0, "claimed": 0, "right": 0}
    assert judged["variant contradiction labels"] == {"variants": 1, "found": 1}


def test_a_leak_is_found_by_its_own_rule_or_as_a_copy_that_stands_in_both_files():
    truth = [row("leakage", f"train:{name}", f"test:{name}", record_kind="example") for name in "abc"]
    found = [
        finding("train:a", "leakage.near", "test:a", kind="example"),
        finding("train:b", "duplicate.leak", "test:b", kind="example"),
        finding("train:c", "duplicate.exact", "train:d", kind="example"),
    ]
    counts = judge(firm(truth, found, {}))["leakage"]
    assert counts == {"planted": 3, "found": 2, "claimed": 2, "right": 2}


def test_a_skewed_cell_is_found_where_it_is_said_to_be_off_on_the_right_side():
    truth = [
        row("skewed_profile", "segment=a|region=n", before="0.2500", after="0.4000 drawn, 80 papers"),
        row("skewed_profile", "segment=a|region=s", before="0.2500", after="0.1000 drawn, 20 papers"),
        row("skewed_profile", "segment=b|region=n", before="0.2500", after="0.3000 drawn, 60 papers"),
        row("skewed_profile", "segment=b|region=s", before="0.2500", after="0.2000 drawn, 40 papers"),
    ]
    # one right, one the wrong way round, one not seen, and a field alone, which was not planted
    cells = {"segment=a|region=n": "over", "segment=a|region=s": "over", "segment=b|region=n": "fits",
             "segment=b|region=s": "under", "segment=a": "over"}  # fmt: skip
    counts = judge(firm(truth, [], {}, cells=cells))["skewed_profile"]
    assert counts == {"planted": 4, "found": 2, "claimed": 3, "right": 2}


def test_every_code_that_is_looked_for_is_one_that_a_rule_gives():
    rules = (*RULES.values(), duplicates, leakage, expiry, contradictions, wrong_labels)
    codes = {code for rule in rules for code in rule.CODES}
    looked_for = {*CONTRADICTION, *WRONG_LABEL, *TRAP_CODES.values(), *UNSTRUCTURED, REPAIRED, VETOED}
    looked_for |= {"duplicate.exact", "duplicate.near"}
    looked_for |= {prefix for prefixes in VARIANT_CODES.values() for prefix in prefixes}
    assert {prefix for prefix in looked_for if not any(code.startswith(prefix) for code in codes)} == set()


def test_what_is_lost_are_records_without_a_reason_to_go():
    truth = [row("outdated", "a"), row("duplicate.exact", "c", "b"), row("duplicate.exact", "e", "d")]
    texts = dict.fromkeys("abcdef", "text")
    judged = judge(firm(truth, [], texts, gone="abdef"))
    # a was outdated, b has its copy in c; d and e are both gone, where one may go; nothing was wrong with f
    assert judged["lost documents"] == {"traps": 3, "caught": 3}


def test_a_finding_is_placed_where_its_piece_is_nearest():
    text = "one two one two one"
    assert placed(text, finding("a", "boilerplate.footer", start=9, end=12, before="one")) == (8, 11)
    assert placed(text, finding("a", "boilerplate.footer", start=20, end=23, before="one")) == (16, 19)
    assert placed(text, finding("a", "quality.length")) == (0, len(text))


def test_a_span_is_covered_by_four_fifths_of_its_letters():
    text = "abcd efgh ij"  # ten letters
    assert covered(text, (0, 12), [(0, 9)])  # eight of ten
    assert not covered(text, (0, 12), [(0, 8)])  # seven
    assert covered(text, (0, 12), [(0, 4), (5, 9)])


def test_boilerplate_counts_by_spans():
    truth = [row("boilerplate", "a", start=0, end=6), row("boilerplate", "b", start=0, end=6)]
    found = [
        finding("a", "boilerplate.header", start=0, end=6, before="header"),
        finding("a", "boilerplate.header", start=7, end=13, before="matter"),
    ]
    counts = judge(firm(truth, found, {"a": "header matter", "b": "header matter"}))["boilerplate"]
    assert counts == {"planted": 2, "found": 1, "claimed": 2, "right": 1}


def test_the_interval_over_seeds_is_students():
    runs = [{"outdated": {"planted": 10, "found": found, "claimed": 0, "right": 0}} for found in (8, 9, 10)]
    (line,) = summarise(runs)
    assert line["precision"] == {"value": None, "low": None, "high": None}
    # mean .9, deviation .1, t(.975; 2) = 4.3027: half is 4.3027 x .1 / sqrt(3) = .2484; 1 is the most a share can be
    assert line["recall"]["value"] == pytest.approx(0.9)
    assert line["recall"]["low"] == pytest.approx(0.6516, abs=1e-4)
    assert line["recall"]["high"] == 1.0
    assert line["holds"] is False


def test_a_leak_that_the_duplicates_named_counts_in_its_variant_too():
    """Named by another rule, as a pair across two files; a pair within one file is no leak."""
    truth = [
        row("leakage", "train:1", "test:1", variant="verbatim", record_kind="example"),
        row("leakage", "train:2", "test:2", variant="edited", record_kind="example"),
    ]
    found = [
        finding("train:1", "duplicate.leak", "test:1", kind="example"),
        finding("train:2", "duplicate.near", "train:3", kind="example"),
    ]
    counts = judge(firm(truth, found, {}))
    assert counts["leakage"]["found"] == 1
    assert counts["variant leakage verbatim"] == {"variants": 1, "found": 1}
    assert counts["variant leakage edited"] == {"variants": 1, "found": 0}
