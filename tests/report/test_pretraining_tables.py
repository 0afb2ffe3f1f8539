"""The tables of reading before, and of pairs after, with the words a manager reads."""

from __future__ import annotations

from typing import Any

from luthier.report.pretraining_tables import LEFT_OUT, REFUSED, preference, pretraining
from luthier.report.shapes import PreferenceOutcome, Pretraining
from luthier.report.tables import Table
from luthier.tune.preference_pairs import REFUSED as REASONS_OF_PAIRS
from luthier.tune.pretrain_corpus import WHY

READ: dict[str, Any] = {
    "base_model": "scratch",
    "method": "full",
    "seconds": 61.0,
    "steps": 1200,
    "documents": {"learnt": 90, "excluded": {"held_out.named": 12}},
    "leaks_looked_for": True,
    "example_texts": 0,
    "tokens": 12_345,
    "before": {"per_token": 12.5, "per_byte": 2.25, "texts": 9},
    "after": {"per_token": 6.25, "per_byte": 1.5, "texts": 9},
}


def words(made: Table) -> dict[str, tuple[str, str]]:
    return {row[0].text: (row[1].text, row[1].note) for row in made.rows}


def test_reading_is_told_with_what_was_left_out_and_what_it_did() -> None:
    facts = words(pretraining(Pretraining.model_validate(READ)))
    assert facts["Began as"] == ("a model from scratch", "")
    assert facts["Documents read"] == ("90", "12,345 tokens")
    assert facts["Left out: they name a measured client"] == ("12", "")
    assert facts["Perplexity a byte"] == ("2.250 → 1.500", "on 9 documents kept aside")
    assert "Texts of measured examples in documents" not in facts


def test_what_nobody_looked_for_or_measured_is_said() -> None:
    facts = words(pretraining(Pretraining.model_validate({**READ, "leaks_looked_for": False, "after": None})))
    assert facts["Texts of measured examples in documents"] == ("not looked for", "curate.leakage is off")
    assert facts["Perplexity"] == ("–", "no document was kept aside")


def test_pairs_are_told_with_the_refused_and_the_margin() -> None:
    found = PreferenceOutcome.model_validate(
        {
            "method": "dpo",
            "beta": 0.1,
            "pairs": 18,
            "refused": {"pair.measured_group": 6},
            "unreadable": 2,
            "steps": 20,
            "seconds": 5.0,
            "margin": {"before": -1.5, "after": 3.25},
            "better_is_likelier": {"before": 0.25, "after": 1.0},
        }
    )
    facts = words(preference(found))
    assert facts["Method"] == ("DPO", "beta 0.1")
    assert facts["Refused: their client is measured"] == ("6", "")
    assert facts["The better answer is likelier by"] == ("−1.500 → 3.250", "nats, on these pairs")
    assert facts["Pairs whose better answer is the likelier"] == ("25% → 100%", "")


def test_every_reason_has_words() -> None:
    assert LEFT_OUT.keys() == WHY.keys() and REFUSED.keys() == REASONS_OF_PAIRS.keys()
