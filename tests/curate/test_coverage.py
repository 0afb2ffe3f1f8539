"""Who is in the data, who should be, and what cleaning does to each."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from pydantic import ValidationError
from scipy.stats import fisher_exact

from luthier.config.curation.coverage import Coverage as Settings
from luthier.curate.compare.cell_weights import effects, training_weights
from luthier.curate.compare.coverage import Coverage
from luthier.curate.compare.population import Population, read_population
from luthier.curate.compare.removals import removals
from luthier.curate.coverage_summary import coverage_of
from luthier.errors import RequestError
from luthier.records import Example, Provenance, Target

RETAIL, PRIVATE = (("segment", "retail"),), (("segment", "private"),)
EVEN = Population({("segment",): {RETAIL: 0.5, PRIVATE: 0.5}})
UNKNOWN = Population({})


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
    coverage = Coverage(Settings(), EVEN)
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
    coverage = Coverage(Settings(), UNKNOWN)
    for number in range(40):
        coverage.add(example(number, "retail", group="one"))
    count = coverage.cells()[1]
    assert (count.cell, count.records, count.clients, count.state) == ((("segment", "retail"),), 40, 1, "few")


def test_pairs_of_fields_are_cells_too() -> None:
    pairs = [count for count in seen(60, 40).cells() if len(count.cell) == 2]
    assert {count.cell: count.records for count in pairs} == {
        (("region", "north"), ("segment", "private")): 40,
        (("region", "north"), ("segment", "retail")): 60,
    }


def test_a_rule_that_removes_more_of_one_cell_is_shown_with_a_corrected_p() -> None:
    coverage = Coverage(Settings(), EVEN)
    for number in range(200):
        private = number >= 100
        gone = (private and number < 130) or number < 2  # 30 of 100 private, 2 of 100 retail
        coverage.add(example(number, "private" if private else "retail"), "quality" if gone else None)
    removal = removals(coverage)[0]
    assert (removal.removed, removal.records, removal.all_removed, removal.all_records) in {
        (30, 100, 32, 200), (2, 100, 32, 200),
    }  # fmt: skip
    # Four tests: the two segments and, with the one region, their pairs. All are this one; Holm multiplies the smallest
    # of four by 4.
    assert removal.p == pytest.approx(4 * fisher_exact([[30, 70], [2, 98]]).pvalue) and removal.differs


def test_what_a_rule_is_not_let_remove_is_compared_too() -> None:
    coverage = Coverage(Settings(pairs=False), EVEN)
    for number in range(200):
        private = number >= 100
        coverage.add(example(number, "private" if private else "retail"), None, "expiry" if number < 40 else None)
    (first, second) = removals(coverage)
    assert {first.done, second.done} == {False}
    assert {(row.cell, row.removed) for row in (first, second)} == {(RETAIL, 40), (PRIVATE, 0)}
    assert len([count for count in coverage.cells() if count.records]) == 3 and first.differs


def test_removals_of_one_client_are_no_evidence_against_its_cell() -> None:
    coverage = Coverage(Settings(), EVEN)
    for number in range(400):
        group = f"g{number // 40}"  # ten clients of forty records; only the last of them loses any
        coverage.add(
            example(number, "private" if number >= 200 else "retail", group), "quality" if number >= 360 else None
        )
    assert not any(removal.differs for removal in removals(coverage))


def test_label_rates_have_the_client_as_their_unit() -> None:
    coverage = Coverage(Settings(), UNKNOWN)
    for number in range(10):  # one client with nine 'a', another with one 'b'
        coverage.add(example(number, "retail", "one" if number < 9 else "two", "a" if number < 9 else "b"))
    rate = next(r for r in coverage.label_rates() if r.cell == (("segment", "retail"),) and r.label == "a")
    assert (rate.clients, rate.rate.value) == (2, 0.5)
    assert rate.rate.low < 0.2 and rate.rate.high > 0.8


def test_a_population_file_is_read_and_its_mistakes_are_named(tmp_path: Path) -> None:
    path = tmp_path / "population.csv"
    settings = Settings(population_file="population.csv")
    with pytest.raises(RequestError, match="not there"):
        read_population(settings, tmp_path)
    path.write_text("field,value,share\nsegment,retail,0.7\nsegment,private,0.3\n", encoding="utf-8")
    assert read_population(settings, tmp_path).declared == {("segment",): {RETAIL: 0.7, PRIVATE: 0.3}}
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


# Cells of several fields


def joint(folder: Path, text: str) -> Population:
    (folder / "population.csv").write_text(text, encoding="utf-8")
    return read_population(Settings(population_file="population.csv"), folder)


def test_a_file_with_a_column_a_field_declares_combinations_and_with_them_each_field(tmp_path: Path) -> None:
    population = joint(
        tmp_path, "segment,region,share\nretail,north,0.5\nretail,south,0.2\nprivate,north,0.2\nprivate,south,0.1\n"
    )
    assert population.share((("region", "north"), ("segment", "retail"))) == 0.5
    assert population.share(RETAIL) == pytest.approx(0.7)
    assert population.share((("region", "south"),)) == pytest.approx(0.3)
    assert population.share((("region", "west"),)) == 0.0
    assert population.share((("age", "30"),)) is None
    assert population.margins() == [("region", "segment")]


def test_a_share_that_is_declared_twice_and_differs_is_a_mistake() -> None:
    cells = [{"of": {"segment": "retail", "region": "north"}, "share": 1.0}]
    settings = Settings.model_validate({"cells": cells, "population": {"segment": {"retail": 0.5, "private": 0.5}}})
    with pytest.raises(RequestError, match="'segment' are declared twice, and differ"):
        read_population(settings, Path())


def test_cells_are_of_the_same_fields_and_add_up_to_one() -> None:
    north = {"of": {"segment": "retail", "region": "north"}, "share": 0.5}
    with pytest.raises(ValidationError, match="different fields: region × segment, segment"):
        Settings.model_validate({"cells": [north, {"of": {"segment": "private"}, "share": 0.5}]})
    with pytest.raises(ValidationError, match=r"region × segment add up to 0\.5, not to 1"):
        Settings.model_validate({"cells": [north]})


def in_four_cells(kind: str, counts: dict[tuple[str, str], int], population: Population) -> Coverage:
    coverage, number = Coverage(Settings(), population, kind), 0
    for (segment, region), count in counts.items():
        for _ in range(count):
            number += 1
            profile = {"segment": segment, "region": region}
            if kind == "document":
                coverage.add_document(f"d{number}", None, profile)
            else:
                made = example(number, segment)
                coverage.add(dataclasses.replace(made, profile=profile))
    return coverage


FOUR = Population(
    {
        ("region", "segment"): {
            (("region", region), ("segment", segment)): 0.25
            for region in ("north", "south")
            for segment in ("retail", "private")
        }
    }
)
CROSSED = {("retail", "north"): 100, ("retail", "south"): 100, ("private", "north"): 190, ("private", "south"): 10}


@pytest.mark.parametrize("kind", ["example", "document"])
def test_a_combination_is_short_where_a_field_alone_is_not(kind: str) -> None:
    # 200 of 400 are private, as half should be; private and south are 10 of 400, and a quarter should be
    coverage = in_four_cells(kind, CROSSED, FOUR)
    states = {count.cell: count.state for count in coverage.cells()}
    assert states[PRIVATE] == "fits"
    assert states[(("region", "south"), ("segment", "private"))] == "under"
    assert states[(("region", "north"), ("segment", "private"))] == "over"


def test_requests_of_examples_and_documents_are_ranked_together_by_need() -> None:
    examples, documents = (in_four_cells(kind, CROSSED, FOUR) for kind in ("example", "document"))
    found = coverage_of(examples, documents)
    # (10 + x) / (400 + x) = 1/4 gives x = 120
    assert [(row["kind"], row["cell"], row["clients"]) for row in found["requests"][:2]] == [
        ("document", "region=south, segment=private", 120),
        ("example", "region=south, segment=private", 120),
    ]
    assert found["requests_by_task"]["t"][0]["clients"] == 120
    assert found["declared"] == ["region × segment"]


def test_a_tasks_requests_are_of_its_own_examples() -> None:
    coverage = in_four_cells("example", CROSSED, FOUR)
    for number in range(400):  # of another task, all in the short cell
        profile = {"segment": "private", "region": "south"}
        coverage.add(dataclasses.replace(example(10_000 + number, "private"), task="u", profile=profile))
    short = (("region", "south"), ("segment", "private"))
    assert short in {request.cell for request in coverage.requests("t")}
    assert short not in {request.cell for request in coverage.requests("u")}
    assert short not in {request.cell for request in coverage.requests()}


def test_label_rates_are_told_of_declared_combinations() -> None:
    coverage = in_four_cells("example", CROSSED, FOUR)
    rates = {rate.cell: rate for rate in coverage.label_rates()}
    rate = rates[(("region", "south"), ("segment", "private"))]
    assert (rate.label, rate.clients, rate.rate.value, rate.rate.high) == ("a", 10, 1.0, 1.0)


# Weights


def test_weights_reach_the_declared_shares_and_are_capped() -> None:
    profiles = [{"segment": "retail"}] * 160 + [{"segment": "private"}] * 40
    weights = training_weights(profiles, EVEN, Settings())
    # shares .8 and .2, half of each declared: .5/.8 and .5/.2
    assert (weights[0], weights[-1]) == (pytest.approx(0.625), pytest.approx(2.5))
    capped = training_weights(profiles, EVEN, Settings(max_weight=2))
    # 40 at 2 leave 200 - 80 for the other 160
    assert (capped[0], capped[-1]) == (pytest.approx(0.75), pytest.approx(2.0))


def test_joint_cells_are_reached_together() -> None:
    profiles = [{"segment": segment, "region": region} for (segment, region), n in CROSSED.items() for _ in range(n)]
    weights = training_weights(profiles, FOUR, Settings(max_weight=100))
    # 10 of 400 should be a quarter of them: 100 / 10; 190 likewise: 100 / 190
    assert weights[-1] == pytest.approx(10)
    assert weights[200] == pytest.approx(100 / 190)


def test_what_weights_cost_and_change_is_told_for_each_cell() -> None:
    words = {"a": "card lost stolen blocked", "b": "transfer late missing arrived"}
    made = []
    for number in range(200):
        label = "ab"[number % 2]
        one = example(number, "private" if number >= 160 else "retail", label=label)
        text = f"{words[label]} {number % 7}"
        made.append(dataclasses.replace(one, inputs={"text": text}, weight=2.5 if number >= 160 else 0.625))
    retail, private = (
        next(row for row in effects("t", made, EVEN, Settings(), multi_label=False, seed=1) if row.cell == cell)
        for cell in (RETAIL, PRIVATE)
    )
    assert (private.examples, private.effective) == (40, pytest.approx(40))  # equal weights within the cell
    assert (private.share, private.weighted_share, private.declared) == (0.2, pytest.approx(0.5), 0.5)
    for row in (retail, private):  # the labels are told by words that no other label has
        assert (row.error.value, row.weighted_error.value, row.difference.value) == (0, 0, 0)
    # none of 40 was judged otherwise: Wilson's upper end at 95% is z² / (n + z²) = 3.8415 / 43.8415
    assert (
        private.difference.high == pytest.approx(0.08762, abs=1e-5)
        and private.difference.low == -private.difference.high
    )


def test_no_difference_is_told_of_a_few_clients() -> None:
    made = [
        dataclasses.replace(
            example(number, "private" if number < 12 else "retail", label="ab"[number % 2]),
            inputs={"text": ["card lost", "transfer late"][number % 2]},
        )
        for number in range(100)
    ]
    told = {row.cell: row.difference for row in effects("t", made, EVEN, Settings(), multi_label=False, seed=1)}
    assert told[PRIVATE] is None and told[RETAIL] is not None


def test_no_error_is_told_where_there_are_no_labels_to_judge() -> None:
    made = [dataclasses.replace(example(number, "retail"), target=Target(text="x")) for number in range(10)]
    (row,) = effects("t", made, EVEN, Settings(), multi_label=False, seed=1)
    assert (row.cell, row.error, row.difference) == (RETAIL, None, None)
