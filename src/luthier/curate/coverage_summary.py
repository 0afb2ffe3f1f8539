"""What coverage says of the data, as plain values: cells, label rates, what each rule removes, what to collect."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from luthier.curate.compare.coverage import Cell, Coverage
from luthier.statistics.intervals import Interval


def coverage_of(coverage: Coverage) -> dict[str, Any]:
    """Of `Coverage` everything that a report shows; sampling weights by what they change, not one by one."""
    weights = coverage.weights()
    return {
        "cells": [_row(count) for count in coverage.cells()],
        "label_rates": [_row(rate) for rate in coverage.label_rates()],
        "removals": [_row(removal) for removal in coverage.removals()],
        "requests": [_row(request) for request in coverage.requests()],
        "weights": {
            "n": weights.n,
            "effective_n": weights.effective_n,
            "error_before": {in_words(cell): error for cell, error in weights.error_before.items()},
            "error_after": {in_words(cell): error for cell, error in weights.error_after.items()},
        },
    }


def in_words(cell: Cell) -> str:
    """A cell as people write it: `segment=retail, region=north`."""
    return ", ".join(f"{field}={value}" for field, value in cell)


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
