"""What every plot is made of: plotly figures as plain data and layout, each with the table that says the same."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from luthier.report.tables import Table

FONT = '-apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
INK, FAINT, GRID, PAPER = "#16202b", "#56626e", "#e3e7eb", "#ffffff"
LEGEND = {"orientation": "h", "x": 0, "xanchor": "left", "yref": "container", "y": 0, "yanchor": "bottom"}


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure to be drawn by plotly, and what stands in for it.

    `name` is unique on the page; `summary` says in a sentence what is seen. A plot with a `width` (pixels) keeps it
    and scrolls; one without follows the page.
    """

    name: str
    title: str
    summary: str
    figure: dict[str, Any]
    height: int
    fallback: Table | None
    width: int | None = None


def reach(low: float | None, high: float | None) -> float:
    """The length of an interval's arm; none where an end is undefined."""
    return 0.0 if low is None or high is None else high - low


def inert(name: str) -> str:
    """A name that plotly, which reads a little HTML in every text, shows as it is."""
    return html.escape(name, quote=False)


def axis(title: str | None, **more: Any) -> dict[str, Any]:
    """An axis of the pages' plots, with plotly's own settings on top."""
    axis = {
        "gridcolor": GRID,
        "zeroline": False,
        "linecolor": "#aab3bc",
        "tickfont": {"size": 13, "color": INK},
        "fixedrange": True,
    }
    if title:
        axis["title"] = {"text": title, "font": {"size": 13, "color": FAINT}}
    return axis | more


def canvas(traces: Sequence[dict[str, Any]], layout: dict[str, Any]) -> dict[str, Any]:
    """A figure in the pages' type and colours."""
    common = {
        "font": {"family": FONT, "size": 13, "color": INK},
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "hovermode": "closest",
        "dragmode": False,
        "hoverlabel": {"bgcolor": INK, "font": {"color": PAPER, "size": 13}},
    }
    return {"data": list(traces), "layout": common | layout}
