"""Tables and figures as they are written."""

from __future__ import annotations

import datetime as dt

import pytest
from report_project import Project, flags_card, ingest, summary_card, training_log

from luthier.report import record_tables, result_tables, wording
from luthier.report.shapes import (
    Confusion,
    Cost,
    Curation,
    Ingest,
    Interval,
    LogLine,
    Specialist,
    TaskCard,
    TuneSummary,
)
from luthier.report.tables import Table, interval, number, score, table, text


def words_of(made: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in made.rows]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (wording.score(0.43149), "0.431"),
        (wording.score(-0.0181), "−0.018"),
        (wording.signed(0.0313), "+0.031"),
        (wording.signed(-0.0004), "+0.000"),
        (wording.signed(-0.0313), "−0.031"),
        (wording.between(-0.0051, 0.012, sign=True), "−0.005 to +0.012"),
        (wording.p_value(0.00099), "below 0.001"),
        (wording.p_value(0.0124), "0.012"),
        (wording.count(3080), "3,080"),
        (wording.count(2.5), "2.50"),
        (wording.share(1, 8), "12.5%"),
        (wording.share(0, 0), "–"),
        (wording.plural(1, "item"), "1 item"),
        (wording.plural(3080, "item"), "3,080 items"),
        (wording.plural(2, "family"), "2 families"),
        (wording.confidence(0.95), "95%"),
        (wording.confidence(0.999), "99.9%"),
        (wording.gigabytes(2_412_000_000), "2.41 GB"),
        (wording.words("portfolio_summary"), "Portfolio summary"),
        (wording.metric_name("rougeL"), "ROUGE-L"),
        (wording.metric_name("own_score"), "Own score"),
        (wording.system_name("zero_shot"), "Zero-shot"),
        (wording.system_name("gpt-x"), "gpt-x"),
        (wording.plain({"k": 4, "tried": {"2": 0.5}}), "k 4, tried 2 0.5"),
        (wording.plain([1, None, True, 1e-4]), "1, –, yes, 0.0001"),
        (wording.day_and_time(dt.datetime(2026, 11, 4, 9, 5, tzinfo=dt.UTC)), "4 November 2026, 09:05 UTC"),
        (wording.day_and_time(dt.datetime(2026, 11, 4, 9, 5)), "4 November 2026, 09:05"),
    ],
)
def test_each_kind_of_figure_is_written_in_one_way(said: str, expected: str) -> None:
    assert said == expected


def test_a_row_fills_all_columns() -> None:
    with pytest.raises(ValueError, match="1 cells under 2 columns"):
        table("T", ["A", "B"], [[text("only one")]])


def test_an_undefined_figure_is_a_dash_with_the_reason() -> None:
    cell = interval(Interval(value=None, low=None, high=None), "no items")
    assert (cell.text, cell.note, cell.missing) == ("–", "no items", True)
    assert score(None, "never given").note == "never given"
    assert number(None).note == "not recorded"
    assert interval(Interval(value=0.5, low=None, high=None)).note == "no interval"
    assert number(0).text == "0"  # zero is a figure


def test_metrics_stand_in_order_with_their_ceiling() -> None:
    made = result_tables.metrics(TaskCard.model_validate(summary_card()))
    assert made.columns == ("Metric", "Zero-shot", "Few-shot", "Classical", "Tuned", "Ceiling")
    assert words_of(made)[0] == ["ROUGE-L", "0.171", "0.292", "0.332", "0.543", "0.715"]
    assert words_of(made)[1][-1] == "–"  # no ceiling was measured for ROUGE-1


def test_a_metric_that_one_system_lacks_is_a_dash() -> None:
    content = flags_card()
    content["systems"]["tuned"]["exact_match"] = {"value": 0.25, "low": 0.1, "high": 0.4}
    made = result_tables.metrics(TaskCard.model_validate(content))
    assert words_of(made)[1] == ["Exact match", "–", "–", "–", "0.250"]
    assert made.rows[1][1].note == "not measured for this system"


def test_the_most_frequent_mistakes_come_first() -> None:
    # Mistakes: a as b 3 of 10, b as a 5 of 9, c as a 3 of 4; c as b never.
    confusion = Confusion(labels=["a", "b", "c"], counts=[[7, 3, 0], [5, 4, 0], [3, 0, 1]])
    made = result_tables.most_confused(confusion)
    assert made.caption == "The 3 most frequent mistakes, of 3 kinds"
    assert words_of(made) == [
        ["b", "a", "5 of 9", "55.6%"],
        ["a", "b", "3 of 10", "30.0%"],
        ["c", "a", "3 of 4", "75.0%"],
    ]


def test_what_an_undecided_target_needs_is_said() -> None:
    made = result_tables.targets(TaskCard.model_validate(flags_card()))
    assert [row[3:] for row in words_of(made)] == [["Undecided", "about 131 more items"], ["Missed", "–"]]
    assert made.rows[1][4].note == "decided"


def test_by_label_leads_with_the_tuned_system() -> None:
    made = result_tables.by_label(TaskCard.model_validate(flags_card()))
    assert made is not None
    assert made.columns[-3:] == ("F1 of zero-shot", "F1 of few-shot", "F1 of classical")
    assert words_of(made)[0] == ["concentration", "3", "3", "0.817", "0.827", "0.838", "0.838", "0.838", "0.838"]
    assert words_of(made)[2][3:6] == ["–", "0.000", "–"]  # recall is a true zero, precision and F1 are undefined
    assert result_tables.by_label(TaskCard.model_validate(summary_card())) is None


def test_slices_say_how_many_items_each_system_had() -> None:
    content = summary_card()
    content["slices"]["segment"]["private"]["zero_shot"]["n"] = 2
    made = result_tables.slices(TaskCard.model_validate(content), "segment")
    assert words_of(made)[0][:2] == ["private", "2 to 4"]
    assert words_of(made)[1][:2] == ["retail", "2"]


def test_sources_end_with_what_came_in_at_all() -> None:
    made = record_tables.sources(Ingest.model_validate(ingest()))
    assert words_of(made)[-1] == ["In all", "4", "61", "131", "2"]
    refused = record_tables.refusals(Ingest.model_validate(ingest()))
    assert refused is not None
    assert words_of(refused) == [["notes", "pdf.scanned", "2"]]


def test_curation_is_told_in_counts(project: Project) -> None:
    curation = Curation.model_validate(project.curation)
    assert words_of(record_tables.passage(curation))[0] == ["Examples", "131", "120", "4", "7", "23"]
    assert record_tables.splits(curation).columns == ("Examples of", "Train", "Dev", "Test")  # unused splits stay away
    removed = record_tables.removal(curation)
    assert removed is not None
    assert words_of(removed) == [["private", "71", "67", "5.6%"], ["retail", "60", "53", "11.7%"]]  # 4/71, 7/60


def test_the_log_is_thinned_but_keeps_its_ends_and_every_dev_figure() -> None:
    lines = [LogLine.model_validate(line | {"step": i}) for i, line in enumerate(training_log() * 10)]
    made = record_tables.training_log(lines)
    steps = {int(row[0].text) for row in made.rows}
    assert {0, 149} <= steps
    assert {i for i, line in enumerate(lines) if line.dev} <= steps
    assert len(steps) < 40


def test_no_price_means_no_money() -> None:
    spent = Cost(train_seconds=None, evaluate_seconds={"tuned": 61.0}, hourly_rate=0.0, currency="EUR", money=None)
    made = record_tables.cost(spent)
    assert words_of(made) == [
        ["Training", "–"],
        ["Evaluation: tuned", "1 min 01 s"],
        ["Price of an hour", "–"],
        ["Money", "–"],
    ]


def test_training_tells_how_each_task_is_answered_and_why(project: Project) -> None:
    summary = TuneSummary.model_validate(project.tune_summary)
    made = record_tables.training(summary, Specialist.model_validate(project.specialist))
    facts = {row[0].text: (row[1].text, row[1].note) for row in made.rows}
    assert facts["Flags: answered by"] == ("A label head", "on dev: a label head 0.812, written words 0.722")
    assert facts["Summary: answered by"] == ("Written words", "")
    assert facts["Parameters trained"] == ("4,884,480 of 139,400,000", "3.5%")  # 4.884 / 139.4 = 3.504%
    assert facts["Peak memory"] == ("–", "not measured on this machine")


def test_groups_and_families_that_the_data_do_not_name_are_left_out(project: Project) -> None:
    curation = Curation.model_validate(project.curation | {"families": {}})
    assert [row[0] for row in words_of(record_tables.splits(curation))] == ["Summary", "Flags", "Groups"]
