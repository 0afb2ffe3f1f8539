"""The plots of the evaluation report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from luthier.report import record_tables, result_tables, wording
from luthier.report.drawing import FAINT, GRID, INK, LEGEND, Plot, axis, canvas, inert, reach
from luthier.report.evidence import in_order
from luthier.report.shapes import Confusion, Interval, LogLine, TaskCard

# Told apart by colour, by shape and by name; each colour reaches 4.5:1 on white.
MARKS = {
    "zero_shot": ("#5f6b76", "circle-open"),
    "few_shot": ("#0f6b64", "diamond"),
    "classical": ("#a3540a", "square"),
    "tuned": ("#1d3f72", "circle"),
}
OTHER_MARK = ("#6b3fa0", "triangle-up")
SCALE = [[0.0, "#ffffff"], [0.001, "#e8eef6"], [0.25, "#a9bfdc"], [0.6, "#4f77ae"], [1.0, "#12305c"]]
ROW, FRAME = 44, 64  # pixels: a row of a dot plot; what stands above and below the rows
CEILING, LEGEND_ROOM = 16, 48  # pixels: the ceiling's name above the rows; up to two lines of legend below the axis
LABEL_SIGNS = 26  # the longest label beside a heat map
CELL, SMALL_CELL = 34, 14  # pixels: a heat map's cell, with and without its count written in it


def systems(task: str, card: TaskCard) -> Plot:
    """Each system's headline metric with its interval, and the ceiling where one is known."""
    names = in_order(card.systems)
    metric = wording.metric_name(card.headline)
    rows = [wording.system_name(name) for name in names]
    traces = [
        _dots(name, [card.systems[name][card.headline]], [len(names) - 1 - i], [rows[i]])
        for i, name in enumerate(names)
    ]
    for trace in traces:
        trace.update(mode="markers+text", textposition="top center", cliponaxis=False)
    figures = [card.systems[name][card.headline] for name in names]
    ceiling = (card.ceiling or {}).get(card.headline)
    layout = _dot_layout(rows, metric, [*figures, ceiling] if ceiling else figures)
    if ceiling and ceiling.value is not None:
        layout["shapes"], layout["annotations"] = _ceiling(ceiling)
        layout["margin"]["t"] += CEILING
    said = "; ".join(f"{row} {wording.measured(figure)}" for row, figure in zip(rows, figures, strict=True))
    height = FRAME + ROW * len(names) + (CEILING if ceiling else 0)
    title = f"{metric} of each system, with its interval"
    return Plot(f"systems-{task}", title, f"{metric} of each system: {said}.", canvas(traces, layout), height, None)


def slices(task: str, card: TaskCard, field: str) -> Plot:
    """The headline metric of each system within each value of a profile field."""
    by_value = card.slices[field]
    names, metric = in_order(card.systems), wording.metric_name(card.headline)
    rows = list(by_value)
    step = 0.7 / max(len(names), 1)
    traces = []
    for i, name in enumerate(names):
        shift = step * ((len(names) - 1) / 2 - i)
        seen = [(r, value) for r, value in enumerate(rows) if name in by_value[value]]
        places = [len(rows) - 1 - r + shift for r, _ in seen]
        traces.append(_dots(name, [by_value[value][name] for _, value in seen], places, [value for _, value in seen]))
    figures = [figure for values in by_value.values() for figure in values.values()]
    layout = _dot_layout(rows, metric, figures) | {"showlegend": True, "legend": LEGEND}
    layout["margin"]["b"] += LEGEND_ROOM
    table = result_tables.slices(card, field)
    height = FRAME + LEGEND_ROOM + max(ROW, 17 * len(names) + 8) * len(rows)
    return Plot(f"slices-{task}-{field}", table.caption, f"{table.caption}.", canvas(traces, layout), height, table)


def training(log: Sequence[LogLine], headlines: Mapping[str, str]) -> Plot:
    """Loss over the steps, with what was measured on dev; for a task's headline metric alone where dev has it."""
    lines = [line for line in log if line.loss is not None]
    loss = {
        "type": "scatter",
        "mode": "lines",
        "name": "Training loss",
        "x": [line.step for line in lines],
        "y": [line.loss for line in lines],
        "line": {"color": FAINT, "width": 1.6},
        "hovertemplate": "step %{x}: loss %{y:.3f}<extra></extra>",
    }
    dev = _dev_traces(log, headlines)
    layout = {
        "xaxis": axis("Step", rangemode="tozero"),
        "yaxis": axis("Training loss", rangemode="tozero"),
        "margin": {"l": 56, "r": 56 if dev else 20, "t": 12, "b": 48 + (LEGEND_ROOM if dev else 0)},
        "showlegend": bool(dev),
        "legend": LEGEND,
    }
    if dev:
        scale = {"range": [0, 1.02], "dtick": 0.2, "tickmode": "linear"}
        layout["yaxis2"] = axis("On dev", overlaying="y", side="right", showgrid=False, **scale)
    title = "Loss in training, and figures on dev" if dev else "Loss in training"
    summary = f"{title}, over {wording.plural(log[-1].step, 'step')}." if log else "No training log."
    height = 352 + (LEGEND_ROOM if dev else 0)
    return Plot("training", title, summary, canvas([loss, *dev], layout), height, record_tables.training_log(log))


def confusion(task: str, system: str, matrix: Confusion) -> Plot:
    """Right labels against answers, each row shaded by its own share, so that rare labels show too."""
    size, labels = len(matrix.labels), [inert(label) for label in matrix.labels]
    small = size > result_tables.READABLE_LABELS
    cell = SMALL_CELL if small else CELL
    shares = [[n / total if (total := sum(row)) else 0.0 for n in row] for row in matrix.counts]
    trace = {
        "type": "heatmap",
        "z": shares,
        "x": labels,
        "y": labels,
        "customdata": matrix.counts,
        "colorscale": SCALE,
        "zmin": 0,
        "zmax": 1,
        "showscale": False,
        "xgap": 1,
        "ygap": 1,
        "hovertemplate": "right: %{y}<br>answered: %{x}<br>%{customdata} items, %{z:.0%} of the row<extra></extra>",
    }
    if not small:
        trace |= {"text": [[n or "" for n in row] for row in matrix.counts], "texttemplate": "%{text}"}
    ticks = [inert(_short(label)) for label in matrix.labels]
    longest = max((len(_short(label)) for label in matrix.labels), default=0)
    room = 24 + round(longest * (5.3 if small else 6.3))
    tick = {
        "type": "category",
        "tickmode": "array",
        "tickvals": list(range(size)),
        "ticktext": ticks,
        "tickfont": {"size": 10 if small else 12, "color": INK},
        "fixedrange": True,
        "showgrid": False,
    }
    layout = {
        "xaxis": tick | {"side": "top", "tickangle": -90},
        "yaxis": tick | {"autorange": "reversed"},
        "margin": {"l": room, "r": 12, "t": room, "b": 12},
        "plot_bgcolor": GRID,
    }
    name = wording.system_name(system)
    return Plot(
        f"confusion-{task}-{system}",
        f"Right label (down) against answer (across): {name.lower()}",
        f"Heat map of {name.lower()}: {size} right labels down, {size} answers across; the diagonal is right.",
        canvas([trace], layout),
        height=room + 12 + cell * size,
        width=room + 12 + cell * size,
        fallback=None if small else result_tables.confusion_counts(matrix),
    )


def _short(label: str) -> str:
    """A label as it fits beside a heat map; both its ends stay, as labels often differ in the last word only."""
    return label if len(label) <= LABEL_SIGNS else f"{label[: LABEL_SIGNS // 2]}…{label[-(LABEL_SIGNS // 2) :]}"


def _dots(system: str, figures: Sequence[Interval], places: Sequence[float], names: Sequence[str]) -> dict[str, Any]:
    colour, symbol = MARKS.get(system, OTHER_MARK)
    known = [(f, place, name) for f, place, name in zip(figures, places, names, strict=True) if f.value is not None]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": inert(wording.system_name(system)),
        "x": [figure.value for figure, _, _ in known],
        "y": [place for _, place, _ in known],
        "text": [wording.score(figure.value) for figure, _, _ in known if figure.value is not None],
        "customdata": [f"{inert(name)}: {wording.measured(figure)}" for figure, _, name in known],
        "hovertemplate": "%{customdata}<extra>%{fullData.name}</extra>",
        "textfont": {"color": INK, "size": 13},
        "marker": {"color": colour, "symbol": symbol, "size": 11, "line": {"width": 2, "color": colour}},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [reach(figure.value, figure.high) for figure, _, _ in known],
            "arrayminus": [reach(figure.low, figure.value) for figure, _, _ in known],
            "color": colour,
            "thickness": 2.2,
            "width": 5,
        },
    }


def _dot_layout(rows: Sequence[str], metric: str, figures: Sequence[Interval]) -> dict[str, Any]:
    ends = [end for figure in figures for end in (figure.value, figure.low, figure.high) if end is not None]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    room = 0.08 * ((high - low) or 1.0)
    places = [len(rows) - 1 - i for i in range(len(rows))]
    return {
        "xaxis": axis(metric, range=[max(low - room, -0.02), min(high + room, 1.02)]),
        "yaxis": axis(
            None,
            tickvals=places,
            ticktext=[inert(row) for row in rows],
            range=[-0.6, len(rows) - 0.3],
            automargin=True,
            showgrid=True,
        ),
        "margin": {"l": 12, "r": 20, "t": 12, "b": 48},
        "showlegend": False,
    }


def _ceiling(figure: Interval) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    line = {"type": "line", "xref": "x", "yref": "paper", "x0": figure.value, "x1": figure.value, "y0": 0, "y1": 1}
    shapes: list[dict[str, Any]] = [line | {"line": {"color": INK, "width": 1.4, "dash": "dash"}}]
    if figure.low is not None and figure.high is not None:
        band = {"type": "rect", "xref": "x", "yref": "paper", "x0": figure.low, "x1": figure.high, "y0": 0, "y1": 1}
        shapes.append(band | {"fillcolor": "#c9d1d9", "opacity": 0.35, "line": {"width": 0}, "layer": "below"})
    note = {"x": figure.value, "y": 1, "xref": "x", "yref": "paper", "yanchor": "bottom", "showarrow": False}
    return shapes, [note | {"text": "ceiling", "font": {"size": 12, "color": INK}}]


def _dev_traces(log: Sequence[LogLine], headlines: Mapping[str, str]) -> list[dict[str, Any]]:
    points: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for line in log:
        for task, figures in line.dev.items():
            wanted = [headlines[task]] if headlines.get(task) in figures else list(figures)
            for metric in wanted:
                value = figures[metric]
                if value is not None:
                    points.setdefault((task, metric), []).append((line.step, value))
    colours, symbols = ("#1d3f72", "#a3540a", "#0f6b64", "#6b3fa0"), ("circle", "square", "diamond", "triangle-up")
    traces = []
    for i, ((task, metric), at) in enumerate(points.items()):
        name = inert(f"{wording.words(task)}: {wording.metric_name(metric)}")
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": name,
                "yaxis": "y2",
                "x": [step for step, _ in at],
                "y": [value for _, value in at],
                "line": {"color": colours[i % len(colours)], "width": 2},
                "marker": {"size": 9, "symbol": symbols[i % len(symbols)]},
                "hovertemplate": f"step %{{x}}: %{{y:.3f}}<extra>{name}</extra>",
            }
        )
    return traces
