"""One example of each task, from the seed and the example's number alone."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

from luthier.records import to_row
from luthier.sample_company.wealth_desk import writing
from luthier.sample_company.wealth_desk.catalogue import NOTICE
from luthier.sample_company.wealth_desk.clients import client_number, make_client
from luthier.sample_company.wealth_desk.documents import POLICY_FILE, statement_of
from luthier.sample_company.wealth_desk.facts import Client, RiskFacts, SummaryFacts
from luthier.sample_company.wealth_desk.phrasings import FAMILIES
from luthier.sample_company.wealth_desk.policy import flags
from luthier.sample_company.wealth_desk.reviews import draw_summary_facts
from luthier.sample_company.wealth_desk.visits import draw_risk_facts

Row = dict[str, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Generated:
    """A row as the firm's files hold it, and the facts that it was written from."""

    row: Row
    client: Client
    facts: RiskFacts | SummaryFacts

    def truth(self) -> dict[str, Any]:
        """The facts as plain values, for `truth.jsonl`."""
        task = "risk" if isinstance(self.facts, RiskFacts) else "summary"
        facts, client = to_row(self.facts), to_row(self.client)
        return {"id": self.row["id"], "task": task, "client": client, "facts": facts, "notice": NOTICE}


def summary_example(seed: int, number: int) -> Generated:
    """Example `number` (from 0) of the summary task."""
    rng = random.Random(f"{seed}:summary:{number}")
    client = make_client(seed, client_number(number))
    facts = draw_summary_facts(rng, client)
    writer = writing.Writer(rng, client)
    second = writing.Writer(rng, client, rng.choice([family for family in FAMILIES if family != client.family]))
    row = _opening("S", number, client) | {
        "statement": writing.statement(writer, facts),
        "note": writing.meeting_note(writer, facts),
        "summary": writing.reference(writer, facts),
        "summary_alternative": writing.reference(second, facts),
        "documents": (statement_of(client) or "") if _is_first_visit(number) else "",
        "notice": NOTICE,
    }
    return Generated(row, client, facts)


def risk_example(seed: int, number: int) -> Generated:
    """Example `number` (from 0) of the risk task."""
    rng = random.Random(f"{seed}:risk:{number}")
    client = make_client(seed, client_number(number))
    facts = draw_risk_facts(rng, client)
    writer = writing.Writer(rng, client)
    row = _opening("R", number, client) | {
        "file": writing.risk_file(writer, facts),
        "note": writing.risk_note(writer, facts),
        "flags": ";".join(flags(facts)),
        "documents": POLICY_FILE,
        "notice": NOTICE,
    }
    return Generated(row, client, facts)


def _is_first_visit(number: int) -> bool:
    """Whether no example before it is of the same client."""
    return number == 0 or client_number(number - 1) != client_number(number)


def _opening(letter: str, number: int, client: Client) -> Row:
    return {
        "id": f"{letter}{number + 1:05d}",
        "client_id": client.id,
        "family": client.family,
        "segment": client.segment,
        "region": client.region,
        "age_band": client.age_band,
    }
