"""Who is in the data, who should be, and what cleaning does to each."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError
from scipy.stats import fisher_exact

from luthier.config.curation.coverage import Coverage as Settings
from luthier.curate.compare.coverage import Coverage, read_population
from luthier.errors import RequestError
from luthier.records import Example, Provenance, Target

POPULATION = {"segment": {"retail": 0.5, "private": 0.5}}


def example(number: int, segment: str, group: str | None = None, label: str = "a") -> Example:
    return Example(
        id=f"e{number}",
        task="t",
        inputs={"text": "x"},
        target=Target(labels=(label,)),
        source=Provenance(source="s", file="f.csv", row=number),
        group=group or f"g{number}",
        profile={"segment": segment, "region": "north"},
    )


def seen(retail: int, private: int) -> Coverage:
    coverage = Coverage(Settings(), POPULATION)
    for number in range(retail + private):
        coverage.add(example(number, "retail" if number < retail else "private"))
    return coverage


def test_a_cell_below_its_share_beyond_chance_is_under() -> None:
    states = {count.cell: count.state for count in seen(160, 40).cells()}
    assert states[(("segment", "private"),)] == "under" and states[(("segment", "retail"),)] == "over"
    assert {count.state for count in seen(105, 95).cells() if count.declared is not None} == {"fits"}


def test_a_request_asks_for_the_clients_that_bring_a_cell_to_its_share() -> None:
    # 40 of 200 are private, half should be: (40 + x) / (200 + x) = 1/2 gives x = 120
    first = seen(160, 40).requests()[0]
    assert (first.cell, first.clients) == ((("segment", "private"),), 120)


def test_a_declared_cell_that_nobody_is_in_is_asked_for_first() -> None:
    first = seen(100, 0).requests()[0]
    # below its share it would take as many again: x / (100 + x) = 1/2, x = 100
    assert (first.cell, first.clients) == ((("segment", "private"),), 100)


def test_forty_notes_on_one_client_are_one_client() -> None:
    coverage = Coverage(Settings(), {})
    for number in range(40):
        coverage.add(example(number, "retail", group="one"))
    count = coverage.cells()[1]
    assert (count.cell, count.examples, count.clients, count.state) == ((("segment", "retail"),), 40, 1, "few")


def test_pairs_of_fields_are_cells_too() -> None:
    pairs = [count for count in seen(60, 40).cells() if len(count.cell) == 2]
    assert {count.cell: count.examples for count in pairs} == {
        (("region", "north"), ("segment", "private")): 40,
        (("region", "north"), ("segment", "retail")): 60,
    }


def test_a_rule_that_removes_more_of_one_cell_is_shown_with_a_corrected_p() -> None:
    coverage = Coverage(Settings(), POPULATION)
    for number in range(200):
        private = number >= 100
        gone = (private and number < 130) or number < 2  # 30 of 100 private, 2 of 100 retail
        coverage.add(example(number, "private" if private else "retail"), "quality" if gone else None)
    removal = coverage.removals()[0]
    assert (removal.removed, removal.records, removal.elsewhere_removed) in {(30, 100, 2), (2, 100, 30)}
    # two tests (either cell), both this one: Holm doubles the smaller
    assert removal.p == pytest.approx(2 * fisher_exact([[30, 70], [2, 98]]).pvalue) and removal.biased


def test_removals_of_one_client_are_no_evidence_against_its_cell() -> None:
    coverage = Coverage(Settings(), POPULATION)
    for number in range(400):
        group = f"g{number // 40}"  # ten clients of forty records; only the last of them loses any
        coverage.add(
            example(number, "private" if number >= 200 else "retail", group), "quality" if number >= 360 else None
        )
    assert not any(removal.biased for removal in coverage.removals())


def test_label_rates_have_the_client_as_their_unit() -> None:
    coverage = Coverage(Settings(), {})
    for number in range(10):  # one client with nine 'a', another with one 'b'
        coverage.add(example(number, "retail", "one" if number < 9 else "two", "a" if number < 9 else "b"))
    rate = next(r for r in coverage.label_rates() if r.cell == (("segment", "retail"),) and r.label == "a")
    assert (rate.clients, rate.rate.value) == (2, 0.5)
    assert rate.rate.low < 0.2 and rate.rate.high > 0.8


def test_weights_reach_the_declared_shares_and_say_what_they_cost() -> None:
    weights = seen(160, 40).weights()
    private = (("segment", "private"),)
    assert weights.error_before[private] == pytest.approx(0.3) and weights.error_after[private] == pytest.approx(
        0, abs=1e-6
    )
    # weights .5/.8 = .625 and .5/.2 = 2.5: 200² / (160 * .390625 + 40 * 6.25) = 40000 / 312.5 = 128
    assert weights.effective_n == pytest.approx(128, abs=1e-3)


def test_a_population_file_is_read_and_its_mistakes_are_named(tmp_path: Path) -> None:
    path = tmp_path / "population.csv"
    settings = Settings(population_file="population.csv")
    with pytest.raises(RequestError, match="not there"):
        read_population(settings, tmp_path)
    path.write_text("field,value,share\nsegment,retail,0.7\nsegment,private,0.3\n", encoding="utf-8")
    assert read_population(settings, tmp_path) == {"segment": {"retail": 0.7, "private": 0.3}}
    path.write_text("field,value,share\nsegment,retail,most\n", encoding="utf-8")
    with pytest.raises(RequestError, match="could not be read"):
        read_population(settings, tmp_path)
    path.write_text("field,value,share\nsegment,retail,0.7\n", encoding="utf-8")
    with pytest.raises(RequestError, match=r"0\.7, not to 1"):
        read_population(settings, tmp_path)
    path.write_text("field,value,share\nsegment,retail,1.5\nsegment,private,-0.5\n", encoding="utf-8")
    with pytest.raises(RequestError, match="row 1: a share could not be read"):
        read_population(settings, tmp_path)
    path.write_bytes("field,value,share\nsegment,privé,1\n".encode("cp1252"))
    with pytest.raises(RequestError, match="Save it as CSV in UTF-8"):
        read_population(settings, tmp_path)


def test_weights_are_never_cut_below_their_mean() -> None:
    with pytest.raises(ValidationError, match="max_weight"):
        Settings(max_weight=0.5)
