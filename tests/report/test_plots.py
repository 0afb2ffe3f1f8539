"""Plots are valid plotly figures and draw the artefact's figures."""

from __future__ import annotations

import copy

import plotly.graph_objects as go
import pytest
from report_project import intent_card, summary_card, training_log

from luthier.report import plots
from luthier.report.drawing import Plot
from luthier.report.shapes import Confusion, LogLine, TaskCard


def card() -> TaskCard:
    return TaskCard.model_validate(summary_card())


def matrix(labels: int) -> Confusion:
    return Confusion.model_validate(intent_card(labels)["confusion"]["tuned"])


def log() -> list[LogLine]:
    return [LogLine.model_validate(line) for line in training_log()]


@pytest.mark.parametrize(
    "plot",
    [
        plots.systems("summary", card()),
        plots.slices("summary", card(), "segment"),
        plots.training(log(), {"summary": "rougeL"}),
        plots.training([], {}),
        plots.confusion("intent", "tuned", matrix(4)),
        plots.confusion("intent", "tuned", matrix(77)),
    ],
    ids=lambda plot: plot.name,
)
def test_plotly_accepts_each_figure(plot: Plot) -> None:
    go.Figure(copy.deepcopy(plot.figure))  # raises ValueError for any property plotly does not know
    assert plot.summary.endswith(".")
    assert plot.height > 100


def test_each_system_is_a_dot_with_bars_to_its_interval() -> None:
    plot = plots.systems("summary", card())
    tuned = plot.figure["data"][-1]
    assert tuned["x"] == [0.5431]
    assert tuned["x"][0] + tuned["error_x"]["array"][0] == pytest.approx(0.5641)
    assert tuned["x"][0] - tuned["error_x"]["arrayminus"][0] == pytest.approx(0.5221)
    assert "Tuned 0.543 (0.522 to 0.564)" in plot.summary


def test_the_ceiling_is_a_line_where_it_is_known() -> None:
    line = plots.systems("summary", card()).figure["layout"]["shapes"][0]
    assert (line["x0"], line["x1"]) == (0.7151, 0.7151)
    without = card().model_copy(update={"ceiling": None})
    assert "shapes" not in plots.systems("summary", without).figure["layout"]


def test_every_dot_is_within_the_axis() -> None:
    plot = plots.systems("summary", card())
    low, high = plot.figure["layout"]["xaxis"]["range"]
    assert low < 0.1713 - 0.021 and high > 0.7151 + 0.021


def test_a_slice_without_a_figure_is_left_out_and_not_drawn_at_zero() -> None:
    plot = plots.slices("summary", card(), "segment")
    assert [len(trace["x"]) for trace in plot.figure["data"]] == [1, 1, 1, 1]  # retail is undefined
    assert plot.fallback is not None
    assert [row[0].text for row in plot.fallback.rows] == ["private", "retail"]


def test_the_curve_shows_loss_and_the_headline_on_dev() -> None:
    loss, dev = plots.training(log(), {"summary": "rougeL", "flags": "f1_macro"}).figure["data"]
    assert loss["y"][0] == 3.1
    assert (dev["x"], dev["y"], dev["yaxis"]) == ([50, 150], [0.4463, 0.5381], "y2")  # an undefined figure is no point


def test_where_dev_lacks_the_headline_its_own_metrics_are_drawn() -> None:
    names = [trace["name"] for trace in plots.training(log(), {"summary": "rouge2"}).figure["data"]]
    assert names == ["Training loss", "Summary: ROUGE-L"]


def test_a_heat_map_is_shaded_by_row() -> None:
    plot = plots.confusion("t", "tuned", Confusion(labels=["a", "b"], counts=[[3, 1], [0, 0]]))
    (heat,) = plot.figure["data"]
    assert heat["z"] == [[0.75, 0.25], [0.0, 0.0]]  # a label without items has an empty row
    assert heat["customdata"] == [[3, 1], [0, 0]]
    assert plot.fallback is not None


def test_many_labels_keep_a_cell_each_and_their_ends() -> None:
    confusion = matrix(77).model_copy(update={"labels": [f"a_label_with_a_very_long_name_{i}" for i in range(77)]})
    plot = plots.confusion("t", "tuned", confusion)
    assert plot.width is not None and plot.width > 77 * plots.SMALL_CELL
    assert plot.fallback is None
    ticks = plot.figure["layout"]["xaxis"]["ticktext"]
    assert len(ticks) == 77
    assert all(tick.startswith("a_label_with_") and tick.endswith(f"_{i}") for i, tick in enumerate(ticks))


def test_markup_in_a_label_stays_text() -> None:
    plot = plots.confusion("t", "tuned", Confusion(labels=["<b>&", "b"], counts=[[1, 0], [0, 1]]))
    assert plot.figure["data"][0]["x"][0] == "&lt;b&gt;&amp;"  # plotly shows it as <b>&
