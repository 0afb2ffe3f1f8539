"""The page on the data: what waits for a person stands first, differences are marked, and nothing in a text can run."""

from __future__ import annotations

import datetime as dt

import pytest

from luthier.config import ClassifyTask, Config, Curate, Source, Splits
from luthier.curate.pipeline import curate
from luthier.curate.readiness_stage import readiness
from luthier.records import Document, Example, Provenance, Refusal, Target
from luthier.report.data_coverage import cells, differing, label_rates, profiles, removals, requests
from luthier.report.data_evidence import read_data
from luthier.report.data_page import first, gone, render_data_page, terms, write_data_page
from luthier.store.artefacts import ArtefactStore

CONFIG = Config(
    name="Firm & Sons",
    tasks={"flags": ClassifyTask(kind="classify", instruction="Flag it.", inputs={"note": ""})},
    sources=[Source(name="files", path="files"), Source(name="notes", path="notes.csv", task="flags")],
    split=Splits(train=1, dev=0, test=0),
    curate=Curate(
        glossary={
            "terms": [
                {"term": "price list", "variants": ["the list"]},
                {"term": "branch office", "variants": ["branches"], "ambiguous": True},
            ]
        }
    ),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    files, notes = Provenance(source="files", file="a.txt"), Provenance(source="notes", file="notes.csv", row=1)
    texts = {"d1": "The list holds for all <script>alert(1)</script> branches.", "d2": "The oven is hot on every day."}
    documents = [
        Document(id=name, text=text, media_type="text/plain", source=files, expiry_date=dt.date(2024, 1, 31))
        for name, text in texts.items()
    ]
    rows = [("n1", "where is  my parcel", "a"), ("n2", "Where is my parcel", "b"), ("n3", "my card is lost", "a"),
            ("n4", "My card is lost!", "a")]  # fmt: skip
    examples = [
        Example(id=name, task="flags", inputs={"note": text}, target=Target(labels=(label,)), source=notes, group=name,
                profile={"region": "north" if name < "n3" else "south"})
        for name, text, label in rows
    ]  # fmt: skip
    store = ArtefactStore(tmp_path_factory.mktemp("firm"))
    with store.write("ingest", "k1", {}) as writer:
        writer.records("documents", Document, documents)
        writer.records("examples", Example, examples)
        writer.records("refusals", Refusal, [])
    curate(CONFIG, store, today=dt.date(2026, 11, 24))
    readiness(CONFIG, store)
    return store


def test_what_waits_for_a_person_stands_first_and_what_was_done_does_not(store):
    waiting = [(reason.code, reason.waits) for reason in first(read_data(store))]
    assert waiting == [("label.conflict", 2), ("expiry.expired", 2), ("glossary.ambiguous", 1)]


def test_the_profile_is_shown_before_and_after_with_intervals(store):
    (examples,) = profiles(read_data(store))  # the documents have no profile
    north, south = examples.rows
    # 2 of 4 came in and 2 of 3 are kept; Wilson's 95% interval of 2 in 4 is .150 to .850
    assert [cell.text for cell in north] == ["region: north", "2", "50.0%", "2", "66.7%", "0.0%"]
    assert north[2].note == "15.0% to 85.0%"
    assert [cell.text for cell in south][:4] == ["region: south", "2", "50.0%", "1"]


def test_each_reason_is_said_in_words_and_what_took_records_away_is_counted(store):
    (row,) = gone(read_data(store)).rows
    assert [cell.text for cell in row] == [
        "The same text as another record, in all but letter case, spacing and punctuation.", "merged", "0", "1"
    ]  # fmt: skip
    assert row[0].note == "duplicate.exact"
    assert "The day until which the document was valid has passed." in render_data_page(CONFIG, read_data(store))


def test_the_firms_terms_are_shown_before_and_after(store):
    rows = [[cell.text for cell in row[:5]] for row in terms(read_data(store)).rows]
    # form, before, rewritten, left, after: d1 says "The list" and "branches"
    assert rows == [
        ["branches", "1", "0", "1", "1"],
        ["price list", "0", "0", "0", "1"],
        ["the list", "1", "1", "0", "0"],
    ]
    page = render_data_page(CONFIG, read_data(store))
    assert "The glossary has 2 terms." in page
    assert "may mean branch office, or something else" in page
    assert "“The list” became “Price list” in d1" in page


def test_a_pair_that_differs_is_marked_on_both_sides(store):
    page = render_data_page(CONFIG, read_data(store))
    assert "<del>a</del>" in page  # the answers of n1 and n2, which ask the same
    assert "<ins>b</ins>" in page


def test_the_page_shows_numbers_findings_and_readiness_and_lets_nothing_run(store):
    page = render_data_page(CONFIG, read_data(store))
    assert "Firm &amp; Sons" in page
    assert "<del>␠␠</del><ins>␠</ins>" in page  # the edit of n1
    assert "Not ready" in page
    assert "its expiry date, 2024-01-31, has passed" in page
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "http://" not in page and "https://" not in page


def test_the_page_is_written_beside_the_report(store, tmp_path):
    page = write_data_page(CONFIG, tmp_path, store)
    assert page == tmp_path / "report" / "data.html"
    assert page.read_text(encoding="utf-8").lstrip().startswith("<!DOCTYPE html>")


# Kinds of client


@pytest.fixture(scope="module")
def skewed(tmp_path_factory):
    """190 papers of the north, ten of the south, all of which ran out; forty messages of each."""
    population = {"population": {"region": {"north": 0.5, "south": 0.5}}}
    coverage = Config.model_validate(CONFIG.model_dump() | {"curate": {"coverage": population, "expiry": {}}})
    files, notes = Provenance(source="files", file="a.txt"), Provenance(source="notes", file="notes.csv", row=1)
    documents = [
        Document(
            id=f"d{number}",
            text=f"paper {number * 7919} says that {number} of {number + 3} boxes are in room {number % 13}",
            media_type="text/plain",
            source=files,
            expiry_date=dt.date(2024, 1, 31) if number >= 190 else None,
            profile={"region": "south" if number >= 190 else "north"},
        )
        for number in range(200)
    ]
    examples = [
        Example(id=f"n{number}", task="flags", inputs={"note": f"what is {number * 7919} and {number}"},
                target=Target(labels=("ab"[number % 4 == 0],)), source=notes, group=f"g{number}",
                profile={"region": "north" if number % 2 else "south"})
        for number in range(80)
    ]  # fmt: skip
    store = ArtefactStore(tmp_path_factory.mktemp("skewed"))
    with store.write("ingest", "k1", {}) as writer:
        writer.records("documents", Document, documents)
        writer.records("examples", Example, examples)
        writer.records("refusals", Refusal, [])
    curate(coverage, store, today=dt.date(2026, 11, 24))
    return coverage, store


def test_clients_stand_beside_the_declared_population_of_examples_and_of_documents(skewed):
    of_examples, of_documents = cells(read_data(skewed[1]))
    assert [[cell.text for cell in row] for row in of_examples.rows] == [
        ["region: north", "40", "40", "50.0%", "50.0%", "fits"],
        ["region: south", "40", "40", "50.0%", "50.0%", "fits"],
    ]
    assert [[cell.text for cell in row] for row in of_documents.rows] == [
        ["region: north", "190", "190", "95.0%", "50.0%", "too many"],
        ["region: south", "10", "10", "5.0%", "50.0%", "too few"],
    ]


def test_what_a_rule_would_remove_of_each_kind_is_said_though_it_was_not_let(skewed):
    evidence = read_data(skewed[1])
    assert removals(evidence, done=True) == []
    (proposed,) = removals(evidence, done=False)
    assert [[cell.text for cell in row] for row in proposed.rows] == [
        ["Expiry", "region: north", "0.0%", "0.0% to 2.0%", "5.0%", "below 0.001", "less than of all"],
        ["Expiry", "region: south", "100.0%", "72.2% to 100.0%", "5.0%", "below 0.001", "more than of all"],
    ]
    assert differing(evidence) == ["Expiry would remove 100.0% of the documents of region: south, and 5.0% of all"]


def test_what_to_collect_and_label_rates_are_on_the_page(skewed):
    config, store = skewed
    evidence = read_data(store)
    # 10 of 200 papers, half of which should be of the south: (10 + x) / (200 + x) = 1/2 gives x = 180
    assert requests(evidence) == [
        "Documents of 180 more clients, region south: 5.0% of the clients, 50.0% of the population"
    ]
    (rates,) = label_rates(evidence)
    # every fourth message is labelled b, all of them of the south: half of its forty
    assert [[cell.text for cell in row] for row in rates.rows] == [
        ["region: north", "40", "100.0%", "0.0%"],
        ["region: south", "40", "50.0%", "50.0%"],
    ]
    page = render_data_page(config, evidence)
    assert "Cleaning takes more of some kinds of client than chance explains" in page
    assert "Clients of the documents against the population" in page
