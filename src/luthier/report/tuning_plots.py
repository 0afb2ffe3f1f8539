"""The plots of how a model was tuned: what a sweep tried, and what less data would have given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from luthier.progress import duration
from luthier.report import wording
from luthier.report.drawing import FAINT, INK, LEGEND, Plot, axis, canvas, inert, reach
from luthier.report.tables import Cell, Table, interval, number, score, table, text
from luthier.report.tuning_shapes import CurveForecast, CurveOfTask, CurvePoint, SweepFound, SweepTrial

LOOKS = {"finished": ("#1d3f72", "circle"), "stopped early": ("#a3540a", "circle-open"), "failed": ("#8c2f39", "x")}
BEST = ("#0f6b64", "star")
HEIGHT = 320
ON_THE_CURVE = 60  # places at which the fitted law is drawn


def of_sweep(found: SweepFound) -> list[Plot]:
    """The trials in their order, then by each setting."""
    return [progress(found), *(setting(found, name) for name in found.space)]


def progress(found: SweepFound) -> Plot:
    """Each trial's figure in the order of trying, and the best so far."""
    best, so_far = [], -np.inf
    for trial in found.trials:
        if trial.state == "finished" and trial.figure is not None:
            so_far = max(so_far, trial.figure)
        best.append(None if np.isinf(so_far) else float(so_far))
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": "Best so far",
        "x": [trial.number + 1 for trial in found.trials],
        "y": best,
        "line": {"color": FAINT, "width": 1.6, "shape": "hv"},
        "hoverinfo": "skip",
    }
    traces = [line, *_trials(found, lambda trial: trial.number + 1)]
    summary = f"{len(found.trials)} trials; the best reaches {wording.score(best[-1] or 0.0)} on dev."
    plot = canvas(traces, _layout(axis("Trial", dtick=max(1, len(found.trials) // 10)), axis("Figure on dev")))
    return Plot("sweep-trials", "Figure on dev, trial by trial", summary, plot, HEIGHT, None)


def setting(found: SweepFound, name: str) -> Plot:
    """Each trial's figure by its value of one setting."""
    space = found.space[name]
    with_value = [trial for trial in found.trials if name in trial.settings]
    part = found.model_copy(update={"trials": with_value})
    horizontal = axis(name, type="log" if space.get("scale") == "log" else "-")
    if "among" in space:
        horizontal = axis(name, type="category", categoryorder="array", categoryarray=[str(v) for v in space["among"]])
    traces = _trials(part, lambda trial: str(trial.settings[name]) if "among" in space else trial.settings[name])
    share = found.importance.get(name)
    title = f"Figure on dev by {name}"
    summary = f"{title}." + (
        f" It explains {share:.0%} of the differences between the trials." if share is not None else ""
    )
    plot = canvas(traces, _layout(horizontal, axis("Figure on dev")))
    return Plot(f"sweep-{name.replace('.', '-')}", title, summary, plot, HEIGHT, None)


def trials(found: SweepFound) -> Table:
    """Every trial, the best first."""
    order = sorted(found.trials, key=lambda trial: (trial.state != "finished", -(trial.figure or 0.0), trial.number))
    tasks = sorted({task for trial in found.trials for task in trial.by_task})
    rows = [_row(trial, list(found.space), tasks) for trial in order]
    columns = [
        "Trial",
        "Figure on dev",
        *(wording.words(task) for task in tasks if len(tasks) > 1),
        *found.space,
        "Took",
    ]
    return table("Trials, the best first", columns, rows, wide=True, tall=len(rows) > 25)


def _row(trial: SweepTrial, names: Sequence[str], tasks: Sequence[str]) -> list[Cell]:
    unfinished = "" if trial.state == "finished" else trial.state + (f": {trial.why}" if trial.why else "")
    by_task = [score(trial.by_task.get(task), "not scored") for task in tasks] if len(tasks) > 1 else []
    settings = [text(_value(trial.settings[name]) if name in trial.settings else "as it is") for name in names]
    figure = score(trial.figure, "none was seen")
    return [text(str(trial.number + 1), unfinished), figure, *by_task, *settings, text(duration(trial.seconds))]


def learning(task: str, curve: CurveOfTask) -> Plot:
    """The figure by the number of training examples, the fitted law, and what it expects of more."""
    metric = wording.metric_name(curve.metric)
    sizes = [point.examples for point in curve.points]
    furthest = max([*sizes, *(expected.examples for expected in curve.forecast)])
    at = np.geomspace(min(sizes), furthest, ON_THE_CURVE)
    law = 1 - (curve.law["a"] + curve.law["b"] * at ** -curve.law["c"])
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "Fitted law",
            "x": at.tolist(),
            "y": law.tolist(),
            "line": {"color": FAINT, "width": 1.6, "dash": "dot"},
            "hoverinfo": "skip",
        },
        _with_ends("Measured", curve.points, ("#1d3f72", "circle")),
        _with_ends("Forecast", curve.forecast, ("#a3540a", "diamond-open")),
    ]
    title = f"{wording.words(task)}: {metric} by number of training examples"
    expected = "; ".join(
        f"with {wording.count(f.examples)} examples {wording.measured(f.figure)} is expected" for f in curve.forecast
    )
    plot = canvas(traces, _layout(axis("Training examples", type="log"), axis(f"{metric} on dev")))
    return Plot(f"learning-{task}", title, f"{title}: {expected}.", plot, HEIGHT, learning_table(task, curve))


def learning_table(task: str, curve: CurveOfTask) -> Table:
    """What was measured and what is expected, one row a size."""
    rows = []
    for point in curve.points:
        draw = f", draw {point.draw + 1}" if point.draw else ""
        share = f"{point.share:.0%} of today's{draw}"
        rows.append([text(share), number(point.examples), interval(point.figure)])
    for expected in curve.forecast:
        more = text(f"{expected.multiple:g} times today's", "forecast")
        rows.append([more, number(expected.examples), interval(expected.figure)])
    name = f"{wording.metric_name(curve.metric)} on dev"
    return table(f"{wording.words(task)}: {name} by data", ["Data", "Training examples", name], rows)


def _with_ends(name: str, rows: Sequence[CurvePoint | CurveForecast], look: tuple[str, str]) -> dict[str, Any]:
    known = [(row.examples, row.figure) for row in rows if row.figure.value is not None]
    colour, symbol = look
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [size for size, _ in known],
        "y": [f.value for _, f in known],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [reach(f.value, f.high) for _, f in known],
            "arrayminus": [reach(f.low, f.value) for _, f in known],
            "color": colour,
            "thickness": 2,
            "width": 5,
        },
        "customdata": [f"{size:,} examples: {wording.measured(f)}" for size, f in known],
        "hovertemplate": f"%{{customdata}}<extra>{name}</extra>",
        "marker": {"color": colour, "symbol": symbol, "size": 10, "line": {"width": 2, "color": colour}},
    }


def _trials(found: SweepFound, place: Any) -> list[dict[str, Any]]:
    """One trace for each way a trial can end, and one for the best of them all."""
    groups: dict[str, list[SweepTrial]] = {}
    for trial in found.trials:
        if trial.figure is not None:
            groups.setdefault("best" if trial.number == found.best else _kind(trial.state), []).append(trial)
    traces = []
    for kind, members in groups.items():
        colour, symbol = BEST if kind == "best" else LOOKS[kind]
        name = "The best" if kind == "best" else kind.capitalize()
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": name,
                "x": [place(trial) for trial in members],
                "y": [trial.figure for trial in members],
                "customdata": [inert(f"trial {t.number + 1}: {_described(t.settings)}") for t in members],
                "hovertemplate": "%{y:.3f}, %{customdata}<extra></extra>",
                "marker": {"color": colour, "symbol": symbol, "size": 14 if kind == "best" else 9},
            }
        )
    return traces


def _kind(state: str) -> str:
    return state if state in LOOKS else "stopped early"


def _described(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_value(value)}" for name, value in settings.items()) or "the settings as they are"


def _value(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _layout(horizontal: dict[str, Any], vertical: dict[str, Any]) -> dict[str, Any]:
    margin = {"l": 56, "r": 20, "t": 12, "b": 96}
    horizontal["linecolor"] = INK
    return {"xaxis": horizontal, "yaxis": vertical, "margin": margin, "showlegend": True, "legend": LEGEND}
