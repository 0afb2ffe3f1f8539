"""Writes the pharmacy to disk: `data/` for a project to ingest, `truth.jsonl` beside it."""

from __future__ import annotations

import dataclasses
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

from luthier.sample_company.pharmacy import writing
from luthier.sample_company.pharmacy.formulary import (
    HOSPITAL,
    LABELS,
    MEDICINES,
    NOTICE,
    SCOPES,
    Dosage,
    Scope,
    dosage,
    medicine,
    verdict,
)
from luthier.sample_company.pharmacy.leaflets import Paper, papers
from luthier.sample_company.tables import write_csv, write_jsonl


def generate(folder: Path, examples: int, seed: int) -> dict[str, Any]:
    """Writes the pharmacy into `folder`: leaflets, cards and `examples` orders; returns counts."""
    data = folder / "data"
    (data / "leaflets").mkdir(parents=True, exist_ok=True)
    written = list(papers(seed))
    for paper in written:
        if paper.source == "leaflets":
            (data / "leaflets" / f"{paper.name}.md").write_text(_page(paper), encoding="utf-8")
    cards = [_card_row(paper) for paper in written if paper.source == "cards"]
    write_csv(data / "cards.csv", cards)
    orders = [order_row(seed, number) for number in range(examples)]
    write_jsonl(data / "orders.jsonl", orders)
    labels = Counter(row["verdict"] for row in orders)
    planted = [planted for paper in written for planted in paper.planted]
    write_jsonl(folder / "truth.jsonl", (dataclasses.asdict(row) | {"notice": NOTICE} for row in planted))
    (data / "README.md").write_text(_readme(examples, seed), encoding="utf-8")
    return {
        "company": f"{HOSPITAL}, pharmacy",
        "notice": NOTICE,
        "seed": seed,
        "examples": {"check": examples},
        "documents": {"leaflets": len(written) - len(cards), "cards": len(cards)},
        "planted": dict(Counter(row.kind for row in planted if not row.trap)),
        "traps": dict(Counter(row.kind for row in planted if row.trap)),
        "labels": {label: labels[label] / examples for label in LABELS},
    }


def order_row(seed: int, number: int) -> dict[str, str]:
    """Order `number`, from 0: the leaflet's dosage part, the order, and the verdict that follows from the facts."""
    rng = random.Random(f"{seed}:order:{number}")
    which, scope = rng.randrange(MEDICINES), rng.choice(list(SCOPES))
    right = dosage(seed, which, scope)
    patient, dose, hours = _drawn(rng, right, scope)
    ward = rng.choice(writing.wards())
    # the opening says whom the leaflet is for; nothing but the dosage follows it
    leaflet = " ".join(writing.leaflet(rng, medicine(which), scope, right, "none")[:2])
    return {
        "id": f"O{number + 1:05d}",
        "ward": ward,
        "scope": scope,
        "leaflet": leaflet,
        "order": writing.order(rng, ward, medicine(which), patient, dose, hours),
        "leaflet_id": f"{medicine(which).lower()}-{scope}",
        "verdict": verdict(right, scope, patient, dose, hours),
        "notice": NOTICE,
    }


def _drawn(rng: random.Random, right: Dosage, scope: Scope) -> tuple[Scope, int, int]:
    """A patient, a dose and an interval, drawn so that every verdict comes up often."""
    wish = rng.choice(list(LABELS))
    longer = [hours for hours in (4, 6, 8, 12, 24) if hours > right.hours]
    if wish == "wrong_scope":
        return rng.choice([other for other in SCOPES if other != scope]), right.single, right.hours
    if wish == "above_single_dose":
        return scope, right.single + rng.choice((5, 10, right.single)), right.hours
    if wish == "too_frequent" and right.hours > 4:
        return scope, right.single, rng.choice([hours for hours in (3, 4, 6, 8, 12) if hours < right.hours])
    if wish == "above_daily_dose":
        return scope, right.single, right.hours
    return scope, max(5, right.single // 2), rng.choice([right.hours, *longer])


def _page(paper: Paper) -> str:
    front = {"id": paper.name, "title": paper.title, "effective_date": paper.date.isoformat()}
    front |= {"family": paper.family} if paper.family else {}
    lines = [f"{key}: {json.dumps(value)}" for key, value in (front | {"scope": paper.scope}).items()]
    body = "\n\n".join([f"# {paper.title}", *paper.paragraphs, f"> {NOTICE}"])
    return "---\n" + "\n".join(lines) + f"\n---\n{body}\n"


def _card_row(paper: Paper) -> dict[str, str]:
    text = " ".join(paper.paragraphs)
    row = {"id": paper.name, "title": paper.title, "date": paper.date.isoformat(), "scope": paper.scope}
    return row | {"text": text, "notice": NOTICE}


def _readme(examples: int, seed: int) -> str:
    return f"""# {HOSPITAL}, pharmacy

**{NOTICE}** No person, medicine or figure here is real.

| files | what |
|---|---|
| `leaflets/` | dosage leaflets of {MEDICINES} medicines for three groups of patients, some with an older version |
| `cards.csv` | pocket cards of wards: some agree with the leaflet, some contradict it |
| `orders.jsonl` | {examples} orders, each with the leaflet's dosage and the pharmacist's verdict |

Written with seed {seed}; an order depends on the seed and its own number alone.
"""
