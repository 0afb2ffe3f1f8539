"""The tables of what came before the tasks were learnt, and after: documents that were read, pairs that taught."""

from __future__ import annotations

from luthier.progress import duration
from luthier.report import wording
from luthier.report.shapes import PreferenceOutcome, Pretraining
from luthier.report.tables import Cell, Table, nothing, table, text

LEFT_OUT = {
    "held_out.group": "their client is measured",
    "held_out.linked": "only measured examples rest on them",
    "held_out.named": "they name a measured client",
    "held_out.text": "they hold a measured example's text",
    "held_out.family": "another version of them is left out",
}
REFUSED = {
    "pair.measured_group": "their client is measured",
    "pair.measured_inputs": "a measured example asks the same",
    "pair.names_measured": "they name a measured client",
    "pair.removed": "curation removed what they correct",
    "pair.nobodys": "nobody says whose they are",
    "pair.long": "an answer is too long",
    "pair.cut": "their inputs are too long",
}


def pretraining(found: Pretraining) -> Table:
    """What the model read before it was tuned, what was kept from it, and what that did to texts kept aside."""
    documents = found.documents
    facts = {
        "Began as": text("a model from scratch" if found.base_model == "scratch" else found.base_model),
        "Method": text(found.method),
        "Documents read": text(wording.count(documents.learnt), f"{wording.count(found.tokens)} tokens"),
        "Inputs of examples read": text(wording.count(found.example_texts)),
    }
    for code, count in documents.excluded.items():
        facts[f"Left out: {LEFT_OUT.get(code, code)}"] = text(wording.count(count))
    if not found.leaks_looked_for:
        facts["Texts of measured examples in documents"] = text("not looked for", "curate.leakage is off")
    facts["Steps"] = text(wording.count(found.steps))
    facts["Time"] = text(duration(found.seconds))
    if found.before is None or found.after is None:
        facts["Perplexity"] = nothing("no document was kept aside")
    else:
        texts = f"on {wording.count(found.after.texts)} documents kept aside"
        facts["Perplexity a token"] = _from_to(found.before.per_token, found.after.per_token, texts)
        facts["Perplexity a byte"] = _from_to(found.before.per_byte, found.after.per_byte, texts)
    return table("What the model read first", ["Fact", "Value"], [[text(n), cell] for n, cell in facts.items()])


def preference(found: PreferenceOutcome) -> Table:
    """What pairs of better and worse answers taught, after the tasks were learnt."""
    facts = {
        "Method": text(found.method.upper(), f"beta {found.beta:g}"),
        "Pairs": text(wording.count(found.pairs)),
        **{f"Refused: {REFUSED.get(code, code)}": text(wording.count(n)) for code, n in found.refused.items()},
        "Rows that could not be read": text(wording.count(found.unreadable)),
        "Steps": text(wording.count(found.steps)),
        "Time": text(duration(found.seconds)),
        "The better answer is likelier by": _from_to(found.margin.before, found.margin.after, "nats, on these pairs"),
        "Pairs whose better answer is the likelier": text(
            f"{100 * found.better_is_likelier.before:.0f}% → {100 * found.better_is_likelier.after:.0f}%"
        ),
    }
    return table("What pairs of answers taught", ["Fact", "Value"], [[text(n), cell] for n, cell in facts.items()])


def _from_to(before: float, after: float, note: str) -> Cell:
    return text(f"{wording.score(before)} → {wording.score(after)}", note)
