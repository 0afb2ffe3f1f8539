"""One round from files to a report, on a tiny random model: what it leaves behind, and that nothing is made twice."""

from __future__ import annotations

import json
import math

import pytest
from small_project import write_project

SYSTEMS = ["zero_shot", "few_shot", "classical", "tuned"]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return write_project(tmp_path_factory.mktemp("first-cycle") / "miniature")


@pytest.fixture(scope="module")
def first(project, luthier):
    """What the first round printed."""
    return json.loads(luthier("cycle", "--project", project, "--open-test", "--json").stdout)


@pytest.fixture(scope="module")
def scorecard(project, first):
    return json.loads((project / "report" / "scorecard.json").read_text())


def test_a_round_ends_with_a_report_and_a_model_card(project, first):
    page = project / "report" / "index.html"
    assert first["report"] == page.as_posix()
    assert "Miniature" in page.read_text()
    assert "smollm2-135m" in (project / "report" / "model_card.md").read_text()


def test_all_that_came_in_is_accounted_for(scorecard):
    """40 messages and one that repeats another; 40 notes; 7 letters, one of them sent twice."""
    examples, documents = scorecard["data"]["examples"], scorecard["data"]["documents"]
    assert (examples["in"], examples["merged"]) == (81, 1)
    assert (documents["in"], documents["merged"]) == (7, 1)
    for passed in (examples, documents):
        assert passed["in"] == passed["kept"] + passed["merged"] + passed["dropped"]


def test_every_system_has_figures_with_intervals(scorecard):
    assert scorecard["split"] == "test"
    assert set(scorecard["tasks"]) == {"topic", "summary"}
    for card in scorecard["tasks"].values():
        assert list(card["systems"]) == SYSTEMS
        for figures in card["systems"].values():
            figure = figures[card["headline"]]
            assert 0 <= figure["low"] <= figure["high"] <= 1
            assert figure["low"] - 1e-9 <= figure["value"] <= figure["high"] + 1e-9


def test_tuned_is_compared_with_each_other_system_on_the_same_items(scorecard):
    for card in scorecard["tasks"].values():
        figures = card["systems"]
        assert {pair["b"] for pair in card["paired"]} == set(SYSTEMS) - {"tuned"}
        for pair in card["paired"]:
            assert pair["a"] == "tuned"
            difference = figures["tuned"][pair["metric"]]["value"] - figures[pair["b"]][pair["metric"]]["value"]
            assert math.isclose(pair["difference"], difference, abs_tol=1e-12)


def test_each_target_is_judged_and_the_round_says_so(scorecard, first):
    judged = [target for card in scorecard["tasks"].values() for target in card["targets"]]
    assert [(target["metric"], target["target"]) for target in judged] == [("f1_macro", 0.99), ("rougeL", 0.01)]
    assert {target["state"] for target in judged} <= {"met", "missed", "undecided"}
    assert len(first["cycle"]["reasons"]) == len(judged)


def test_a_second_round_makes_nothing_and_the_seal_shows_one_opening(project, first, luthier):
    second = json.loads(luthier("cycle", "--project", project, "--open-test", "--json").stdout)
    assert first["reused"] == []
    assert second["reused"] == ["ingest", "curate", "tune", "evaluate"]
    assert second["cycle"] == first["cycle"]
    (opening,) = json.loads((project / "report" / "scorecard.json").read_text())["seal"]["opened"]
    assert set(opening) == {"when", "who", "cycle"}
    assert len((project / ".luthier" / "seal.jsonl").read_text().splitlines()) == 1


def test_a_kept_a_merged_and_a_refused_record_tell_their_lives(project, first, luthier):
    """Row 41 says in capitals what row 2 says, so of the two rows one is used and stands for the other."""
    kept, merged = sorted((life(project, luthier, row) for row in (2, 41)), key=lambda found: found["state"])
    assert (kept["state"], merged["state"]) == ("kept", "merged")
    assert merged["survivor"] == kept["record_id"]
    assert kept["stands_for"] == [merged["record_id"]]
    assert kept["split"] in ("train", "dev", "test")
    said = luthier("explain", "data/notes.jsonl:41", "--project", project).stdout
    assert "refused at ingestion, jsonl.broken" in said


def life(project, luthier, row):
    return json.loads(luthier("explain", f"data/messages.csv:{row}", "--project", project, "--json").stdout)
