"""Leaflets, pocket cards and orders as texts, from the facts of the formulary."""

from __future__ import annotations

import functools
import random
import tomllib
from importlib import resources

from luthier.sample_company.grammar import Grammar, alternatives
from luthier.sample_company.pharmacy.formulary import SCOPES, Dosage, Scope


@functools.cache
def wordings() -> dict[str, dict[str, tuple[str, ...]]]:
    """Table -> rule -> alternatives."""
    text = (resources.files(__package__) / "phrasings.toml").read_text(encoding="utf-8")
    return {
        table: {rule: alternatives(value) for rule, value in rules.items()}
        for table, rules in tomllib.loads(text).items()
    }


def wards() -> tuple[str, ...]:
    """The wards, each of which writes orders in its own way."""
    return tuple(wordings()["orders"])


def leaflet(rng: random.Random, medicine: str, scope: Scope, dosage: Dosage, ref: str) -> list[str]:
    """A leaflet's paragraphs."""
    rules = wordings()["leaflet"]
    grammar, bound = Grammar(rules), _bound(medicine, scope, dosage) | {"ref": ref}
    said = {
        rule: grammar.draw(rng, rule, bound) for rule in ("opening", "single", "interval", "daily", "keeping", "asking")
    }
    return [
        said["opening"],
        " ".join((said["single"], said["interval"], said["daily"])),
        " ".join((said["keeping"], said["asking"])),
    ]


def card(rng: random.Random, medicine: str, scope: Scope, dosage: Dosage, ward: str) -> str:
    """A ward's pocket card."""
    return Grammar(wordings()["leaflet"]).draw(rng, "card", _bound(medicine, scope, dosage) | {"ward": ward})


def remark(rng: random.Random, rule: str, **values: str) -> str:
    """A sentence on the leaflet's own version or age."""
    return Grammar(wordings()["leaflet"]).draw(rng, rule, values)


def order(rng: random.Random, ward: str, medicine: str, patient: Scope, dose: int, hours: int) -> str:
    """An order as the ward writes it."""
    tables = wordings()
    grammar = Grammar({"patient": tables["patients"][patient], "doctor": tables["leaflet"]["doctor"]})
    (every,) = tables["every"][ward]
    bound = {
        "medicine": medicine,
        "dose": str(dose),
        "every": every.format(hours=hours),
        "bed": str(rng.randint(1, 40)),
    }
    return grammar.write(rng, rng.choice(tables["orders"][ward]), bound)


def _bound(medicine: str, scope: Scope, dosage: Dosage) -> dict[str, str]:
    figures = {"single": str(dosage.single), "hours": str(dosage.hours), "daily": str(dosage.daily)}
    return {"medicine": medicine, "scope": SCOPES[scope], **figures}
