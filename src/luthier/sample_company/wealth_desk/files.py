"""Writes the firm to disk: `data/` for a project to ingest, `truth.jsonl` beside it for judging against facts."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from luthier.sample_company.wealth_desk import policy
from luthier.sample_company.wealth_desk.catalogue import NOTICE
from luthier.sample_company.wealth_desk.examples import Generated, Row, risk_example, summary_example


def generate(folder: Path, examples: int, seed: int) -> dict[str, Any]:
    """Writes the wealth desk into `folder` and returns what was written."""
    data = folder / "data"
    (data / "examples").mkdir(parents=True, exist_ok=True)
    summaries = [summary_example(seed, number) for number in range(examples)]
    risks = [risk_example(seed, number) for number in range(examples)]
    write_jsonl(data / "examples" / "summary.jsonl", (made.row for made in summaries))
    write_jsonl(data / "examples" / "risk.jsonl", (made.row for made in risks))
    write_csv(data / "examples" / "risk.csv", [made.row for made in risks])
    write_jsonl(folder / "truth.jsonl", (made.truth() for made in [*summaries, *risks]))
    return {
        "notice": NOTICE,
        "examples_per_task": examples,
        "seed": seed,
        "clients": len({made.client.id for made in summaries}),
        "flags": _prevalence(risks),
    }


def _prevalence(risks: list[Generated]) -> dict[str, float]:
    """Share of the visits with each flag, and with none."""
    counts: Counter[str] = Counter()
    for made in risks:
        counts.update(made.row["flags"].split(";") if made.row["flags"] else ["none"])
    return {label: counts[label] / len(risks) for label in [*policy.LABELS, "none"]}


def write_jsonl(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows)


def write_csv(path: Path, rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
