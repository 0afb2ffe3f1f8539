"""People have the last word: a decision is appended, carried out, told, and can be taken back."""

from __future__ import annotations

import json

import pytest
from desk_papers import DOCUMENTS, EXAMPLES, TODAY, config, document, ingested, note

from luthier.config import Curate, Remove
from luthier.curate import decisions
from luthier.curate.deciding import decide
from luthier.curate.explain import explain, render
from luthier.curate.passes import cleaning
from luthier.curate.pipeline import curate
from luthier.errors import LuthierError, RequestError
from luthier.records import Document, Example, Finding


def kept(artefact, noun=Document):
    return {record.id: record for record in artefact.records("documents" if noun is Document else "examples", noun)}


def actions(artefact, code):
    return {f.record_id: f.action for f in artefact.records("findings", Finding) if f.code == code}


@pytest.fixture
def store(tmp_path):
    return ingested(tmp_path)


def run(store, **curation):
    return curate(config(curate=Curate(**curation)), store, today=TODAY)


def test_out_of_the_box_only_duplicates_and_leaks_go(store):
    artefact = run(store)
    assert kept(artefact).keys() == {"d1", "old", "short", "new"}
    assert kept(artefact, Example).keys() == {"n1", "m0", "m2", "m3", "t1"}
    assert actions(artefact, "expiry.expired") == {"old": "flag"}  # proposed to be dropped, and not
    assert actions(artefact, "quality.short") == {"short": "flag"}
    assert actions(artefact, "duplicate.exact") == {"d2": "merge", "n2": "merge"}


def test_a_rules_proposals_are_carried_out_where_the_settings_say_so(store):
    artefact = run(store, remove=Remove(expiry=True, quality=True))
    assert kept(artefact).keys() == {"d1", "new"}
    assert artefact.json("summary")["documents"] == {"in": 5, "kept": 2, "dropped": 2, "merged": 1, "edited": 0}


def test_without_the_rule_nobody_repeats_anybody(store):
    artefact = run(store, duplicates=None, leakage=None)
    assert kept(artefact).keys() == {d.id for d in DOCUMENTS}
    assert kept(artefact, Example).keys() == {e.id for e in EXAMPLES}


def test_leaks_are_found_where_duplicates_are_not_looked_for(store):
    artefact = run(store, duplicates=None)
    assert actions(artefact, "leakage.exact") == {"m1": "drop"}
    assert "m1" not in kept(artefact, Example)


def test_a_document_that_holds_a_tests_text_goes_and_can_be_restored(tmp_path):
    asked = "How long may the boxes of a closed department stand in the hall before somebody has to take them away?"
    minutes = document("minutes", f"Minutes of the meeting. {asked} Nobody knew.")
    store = ingested(tmp_path, [*DOCUMENTS, minutes], [*EXAMPLES, note("t2", asked, source="given")])
    artefact = run(store)
    assert "minutes" not in kept(artefact)
    assert artefact.json("summary")["documents"] == {"in": 6, "kept": 4, "dropped": 1, "merged": 1, "edited": 1}
    assert actions(artefact, "leakage.text") == {"minutes": "drop"}
    life = explain(store, "minutes")
    assert (life.state, life.survivor) == ("dropped", "t2")
    assert "minutes" in kept(run(store, leakage={"documents": None}))
    decide(store, "restore", "leakage.text", why="it is the only record of the meeting", original=False)
    restored = run(store)
    assert "minutes" in kept(restored)
    assert actions(restored, "leakage.text") == {"minutes": "flag"}
    assert actions(restored, "leakage.exact") == actions(artefact, "leakage.exact")


def test_a_record_is_restored_told_about_and_forgotten_again(store):
    before = run(store)
    decide(store, "restore", "n2", why="they are two parcels", original=False)
    restored = run(store)
    assert restored.key != before.key
    assert kept(restored, Example).keys() == kept(before, Example).keys() | {"n2"}
    life = explain(store, "n2")
    assert life.state == "kept"
    assert "they are two parcels" in render(life)
    assert actions(restored, "duplicate.exact")["n2"] == "flag"
    decide(store, "undo", "n2", why="", original=False)
    assert run(store).key == before.key


def test_a_restored_record_can_keep_the_text_that_it_came_in_with(store):
    run(store)
    decide(store, "restore", "short", why="", original=True)
    artefact = run(store)
    assert kept(artefact)["short"].text == "Nothing\u00a0here."
    assert actions(artefact, "normalise.spaces")["short"] == "flag"  # not done to it any more


def test_a_record_is_removed_by_hand_and_by_reason(store):
    run(store)
    decide(store, "remove", "new", why="", original=False)
    decide(store, "remove", "expiry.expired", why="", original=False)
    artefact = run(store)
    assert kept(artefact).keys() == {"d1", "short"}
    assert actions(artefact, "decision.removed") == {"new": "drop"}
    assert actions(artefact, "expiry.expired") == {"old": "drop"}
    summary = artefact.json("summary")["documents"]
    assert summary["in"] == summary["kept"] + summary["dropped"] + summary["merged"]


def test_a_reason_is_restored_and_one_record_of_it_removed_all_the_same(store):
    run(store)
    decide(store, "restore", "duplicates", why="", original=False)
    decide(store, "remove", "d2", why="", original=False)
    artefact = run(store)
    assert kept(artefact).keys() == {"d1", "old", "short", "new"}
    assert {"n1", "n2"} <= kept(artefact, Example).keys()


def test_a_reason_that_was_copied_from_a_page_with_its_line_ends_is_kept(store):
    run(store)
    decide(store, "restore", "n2", why="two\u2028parcels", original=False)
    assert [decision.why for decision in decisions.read(store.root)] == ["two\u2028parcels"]


def test_deciding_computes_nothing_again(store, monkeypatch):
    run(store)
    monkeypatch.setattr(cleaning, "in_order", None)  # would be called by any pass
    monkeypatch.setattr("luthier.curate.passes.signatures.save", None)
    decide(store, "restore", "d2", why="", original=False)
    assert "d2" in kept(run(store))
    # another threshold looks for duplicates again, in the signatures that are there
    assert run(store, duplicates={"near": {"threshold": 0.6}}).json("summary")["documents"]["in"] == 5


def test_another_threshold_of_a_rule_that_only_flags_takes_no_signature_again(store, monkeypatch):
    run(store)
    monkeypatch.setattr("luthier.curate.passes.signatures.save", None)
    assert run(store, quality={"min_words": 3}).json("summary")["documents"]["in"] == 5


def test_decisions_are_only_appended(store):
    run(store)
    for what in ("remove", "restore", "undo"):
        decide(store, what, "n1", why="because", original=False)
    lines = (store.root / decisions.FILE).read_text().splitlines()
    assert [json.loads(line)["what"] for line in lines] == ["remove", "restore", "undo"]
    assert all(json.loads(line)["who"] and json.loads(line)["when"] for line in lines)


@pytest.mark.parametrize("target", ["nobody", "normalise.spaces", "split.train"])
def test_what_is_no_record_and_no_reason_is_a_wrong_request(store, target):
    run(store)
    with pytest.raises(RequestError):
        decide(store, "restore", target, why="", original=False)
    assert decisions.read(store.root) == []


NO_VERDICT = '{"what": "keep", "target": "n1", "about": "record", "who": "ada", "when": "2026-11-24T10:00:00+00:00"}'


@pytest.mark.parametrize("line", ["nonsense", NO_VERDICT])
def test_a_line_that_is_no_decision_is_named(store, line):
    (store.root / decisions.FILE).write_text(f"{line}\n")
    with pytest.raises(LuthierError, match="line 1"):
        run(store)


def test_a_whole_reason_gets_its_original_texts_back_and_loses_them_again(store):
    before = run(store)
    decide(store, "restore", "normalise", why="", original=True)
    artefact = run(store)
    assert kept(artefact)["short"].text == "Nothing\u00a0here."
    assert set(actions(artefact, "normalise.spaces").values()) == {"flag"}
    decide(store, "undo", "normalise", why="", original=False)
    assert run(store).key == before.key


def test_a_record_that_was_decided_by_itself_is_not_given_back_with_its_reason(store):
    decide(store, "restore", "normalise", why="", original=True)
    run(store)
    decide(store, "restore", "short", why="as it was cleaned", original=False)
    assert kept(run(store))["short"].text == "Nothing here."


def test_a_reason_that_takes_nothing_away_can_only_be_restored_with_its_texts(store):
    run(store)
    with pytest.raises(RequestError, match="Add --original"):
        decide(store, "restore", "boilerplate", why="", original=False)
