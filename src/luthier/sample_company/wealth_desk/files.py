"""Writes the firm to disk: `data/` for a project to ingest, `truth.jsonl` beside it for judging against facts."""

from __future__ import annotations

import statistics
from collections import Counter
from pathlib import Path
from typing import Any

from luthier.metrics.rouge import rouge
from luthier.sample_company.tables import write_csv, write_jsonl
from luthier.sample_company.wealth_desk.catalogue import FIRM, NOTICE
from luthier.sample_company.wealth_desk.documents import MOST_CLIENTS, Visit, write_documents
from luthier.sample_company.wealth_desk.examples import Generated, risk_example, summary_example
from luthier.sample_company.wealth_desk.facts import SummaryFacts
from luthier.sample_company.wealth_desk.phrasings import FAMILIES
from luthier.sample_company.wealth_desk.policy import LABELS

CEILING_ITEMS = 500
"""How many pairs of references, the first ones, ROUGE's ceiling is measured on."""


def generate(folder: Path, examples: int, seed: int) -> dict[str, Any]:
    """Writes the wealth desk into `folder`; returns counts, flag prevalences and ROUGE's ceiling."""
    data = folder / "data"
    (data / "examples").mkdir(parents=True, exist_ok=True)
    summaries = [summary_example(seed, number) for number in range(examples)]
    risks = [risk_example(seed, number) for number in range(examples)]
    write_jsonl(data / "examples" / "summary.jsonl", (made.row for made in summaries))
    write_jsonl(data / "examples" / "risk.jsonl", (made.row for made in risks))
    write_csv(data / "examples" / "risk.csv", [made.row for made in risks])
    write_jsonl(folder / "truth.jsonl", (made.truth() for made in [*summaries, *risks]))
    documents = write_documents(data, seed, _first_visits(summaries))
    (data / "README.md").write_text(_readme(examples, seed), encoding="utf-8")
    return {
        "company": FIRM,
        "notice": NOTICE,
        "seed": seed,
        "examples": {"summary": len(summaries), "risk": len(risks)},
        "clients": len({made.client.id for made in risks}),
        "families": len(FAMILIES),
        "documents": documents,
        "flag_prevalence": _prevalence(risks),
        "rouge_ceiling": _ceiling(summaries[:CEILING_ITEMS]),
    }


def _first_visits(summaries: list[Generated]) -> list[Visit]:
    """Each client's first review, in the order of clients."""
    first: dict[str, Visit] = {}
    for made in summaries:
        if isinstance(made.facts, SummaryFacts):
            first.setdefault(made.client.id, (made.client, made.facts))
    return list(first.values())


def _prevalence(risks: list[Generated]) -> dict[str, float]:
    """Share of the visits with each flag, and with none."""
    counts: Counter[str] = Counter()
    for made in risks:
        counts.update(made.row["flags"].split(";") if made.row["flags"] else ["none"])
    return {label: counts[label] / len(risks) for label in [*LABELS, "none"]}


def _ceiling(summaries: list[Generated]) -> dict[str, float]:
    """How far two right summaries of one review, by two writers, agree: mean F1, stemmed, as models are scored."""
    agreed = [rouge(made.row["summary"], made.row["summary_alternative"], use_stemmer=True) for made in summaries]
    return {name: statistics.fmean(figures[name] for figures in agreed) for name in agreed[0]}


def _readme(examples: int, seed: int) -> str:
    return f"""# {FIRM}

**{NOTICE}** No person, product or figure here is real.

| files | what |
|---|---|
| `examples/summary.jsonl` | {examples} reviews: statement, meeting note, and the house summary by two writers |
| `examples/risk.csv`, `.jsonl` | {examples} visits (the same rows twice): client file, note, flags by policy |
| `statements/` (PDF, DOCX), `statements.csv`, `letters/` | papers of the first {MOST_CLIENTS} clients only |
| `analyses/` (Markdown, HTML), `catalogue.csv`, `policy/` | the firm's own papers |

Written with seed {seed}; an example depends on the seed and its own number alone.
"""
