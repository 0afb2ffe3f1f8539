"""The generated pharmacy: facts and verdicts, versions, contradictions, and the example project that reads it."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from luthier import sample_company
from luthier.config import load
from luthier.records import Document
from luthier.sample_company.pharmacy.formulary import LABELS, MEDICINES, SCOPES, Dosage, dosage, medicine, verdict
from luthier.sources.ingest import ingest
from luthier.store.artefacts import ArtefactStore

PROJECT = Path(__file__).parents[3] / "examples" / "pharmacy" / "luthier.yaml"
NOTICE = "Generated sample data"


def jsonl(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def firm(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pharmacy")
    return folder, sample_company.generate("pharmacy", folder, examples=400, seed=17)


@pytest.fixture(scope="module")
def documents(firm, tmp_path_factory):
    artefact = ingest(load(PROJECT), firm[0], ArtefactStore(tmp_path_factory.mktemp("store")))
    totals = artefact.json("summary")["totals"]
    assert (totals["documents"], totals["examples"]) == (sum(firm[1]["documents"].values()), 400)
    assert totals["refused"] == 0
    return {document.id: document for document in artefact.records("documents", Document)}


def test_the_verdict_is_the_first_rule_that_an_order_breaks():
    leaflet = Dosage(40, 6, 120)  # three doses of 40, though every six hours would make four
    assert verdict(leaflet, "adults", "children", 400, 1) == "wrong_scope"
    assert verdict(leaflet, "adults", "adults", 41, 4) == "above_single_dose"
    assert verdict(leaflet, "adults", "adults", 40, 4) == "too_frequent"
    assert verdict(leaflet, "adults", "adults", 40, 6) == "above_daily_dose"  # 24 / 6 x 40 = 160
    assert verdict(leaflet, "adults", "adults", 30, 6) == "within_leaflet"  # 24 / 6 x 30 = 120
    assert verdict(leaflet, "adults", "adults", 40, 8) == "within_leaflet"  # 24 / 8 x 40 = 120


def test_every_verdict_comes_up_often(firm):
    shares = firm[1]["labels"]
    assert set(shares) == set(LABELS)
    assert min(shares.values()) > 0.05


def test_an_order_says_what_its_verdict_was_made_from(firm):
    for row in jsonl(firm[0] / "data" / "orders.jsonl"):
        single, hours, daily = (int(figure.search(row["leaflet"])[1]) for figure in (SINGLE, HOURS, DAILY))
        dose = int(re.search(r"(\d+) mg", row["order"])[1])
        every = int(re.search(r"(\d+) ?(?:h\b|hours|-hourly)", row["order"])[1])
        if row["verdict"] == "within_leaflet":
            assert dose <= single
            assert every >= hours
            assert dose * (24 // every) <= daily
        elif row["verdict"] == "above_single_dose":
            assert dose > single
        elif row["verdict"] == "too_frequent":
            assert every < hours
        elif row["verdict"] == "above_daily_dose":
            assert dose * (24 // every) > daily


SINGLE = re.compile(r"(?:single dose is|Give|Each dose is) (\d+) mg")
HOURS = re.compile(r"(?:least|Leave|often than every) (\d+) hours")
DAILY = re.compile(r"(?:daily dose is|No more than|in 24 hours:) (\d+) mg")


def test_an_outdated_leaflet_has_another_maximum_than_the_one_that_superseded_it(firm, documents):
    rows = [row for row in jsonl(firm[0] / "truth.jsonl") if row["kind"] == "outdated"]
    assert len(rows) > 20
    for row in rows:
        old, new = documents[row["record_id"]], documents[row["counterpart_id"]]
        assert old.title == new.title
        assert old.effective_date < new.effective_date
        assert row["after"] in old.text
        assert row["before"] in new.text
        assert row["before"] != row["after"]
        assert old.family == new.family


def test_a_card_contradicts_its_leaflet_or_agrees_as_recorded(firm, documents):
    rows = [row for row in jsonl(firm[0] / "truth.jsonl") if row["record_id"].startswith("cards:")]
    assert Counter(row["kind"] for row in rows).keys() == {"contradiction", "same_value"}
    assert len(rows) == firm[1]["documents"]["cards"]
    for row in rows:
        card, leaflet = documents[row["record_id"]], documents[row["counterpart_id"]]
        assert row["after"] in card.text
        assert row["before"] in leaflet.text
        assert (row["before"] == row["after"]) == (row["kind"] == "same_value")
        assert card.profile == leaflet.profile


def test_children_and_renal_patients_get_less():
    for number in range(MEDICINES):
        adults, children, renal = (dosage(17, number, scope) for scope in SCOPES)
        assert children.single < adults.single
        assert renal.hours > adults.hours


def test_medicines_have_names_of_their_own():
    assert len({medicine(number) for number in range(MEDICINES)}) == MEDICINES


def test_every_file_says_that_it_is_generated_and_no_advice(firm):
    for path in firm[0].rglob("*.*"):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line]
        said = sum(NOTICE in line and "No medical advice" in line for line in lines)
        assert said >= (1 if path.suffix == ".md" else len(lines) - 1), path


def test_the_labels_of_the_example_project_are_the_generators():
    assert load(PROJECT).tasks["check"].labels == LABELS


def test_the_same_seed_gives_the_same_bytes_and_an_order_is_the_same_in_every_size(firm, tmp_path):
    sample_company.generate("pharmacy", tmp_path, examples=200, seed=17)
    for path in (tmp_path / "data" / "leaflets").iterdir():
        assert path.read_bytes() == (firm[0] / "data" / "leaflets" / path.name).read_bytes()
    assert jsonl(tmp_path / "data" / "orders.jsonl") == jsonl(firm[0] / "data" / "orders.jsonl")[:200]
