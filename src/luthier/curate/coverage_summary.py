"""What coverage says of the data, as plain values: cells, label rates, what each rule removes, what to collect."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from luthier.curate.compare.coverage import Coverage
from luthier.curate.compare.population import in_words
from luthier.curate.compare.removals import removals
from luthier.statistics.intervals import Interval


def coverage_of(examples: Coverage, documents: Coverage, weights: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Of both kinds of records everything that a report shows.

    `requests` are ranked over both kinds; `requests_by_task` are of the examples of one task alone.
    `weights` are `Weighting`'s summary.
    """
    ranked = sorted([*examples.needs(), *documents.needs()], key=lambda item: (item[0], item[1].kind, item[1].cell))
    tasks = sorted(examples.rows.tasks.values)
    return {
        "declared": [" × ".join(fields) for fields in examples.population.declared],
        "examples": {
            "cells": plain(examples.cells()),
            "label_rates": plain(examples.label_rates()),
            "removals": plain(removals(examples)),
        },
        "documents": {"cells": plain(documents.cells()), "removals": plain(removals(documents))},
        "requests": plain([request for _, request in ranked]),
        "requests_by_task": {task: plain(examples.requests(task)) for task in tasks},
        "weights": None if weights is None else {**weights, "cells": plain(weights["cells"])},
    }


def plain(rows: list[Any]) -> list[dict[str, Any]]:
    """Rows as JSON has them: a cell in words, an undefined figure as None."""
    return [_row(row) for row in rows]


def _row(row: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for field in dataclasses.fields(row):
        value = getattr(row, field.name)
        if field.name == "cell":
            value = in_words(value)
        elif isinstance(value, Interval):
            value = {name: None if math.isnan(end) else end for name, end in value._asdict().items()}
        shown[field.name] = value
    return shown
