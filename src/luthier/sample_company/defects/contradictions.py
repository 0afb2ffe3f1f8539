"""Two papers that state one attribute of one subject: with different values, or rightly so."""

from __future__ import annotations

import datetime as dt

from luthier.sample_company.defects.desk import Desk, Draft
from luthier.sample_company.defects.phrasings import Attribute


def contradicting(desk: Desk, variant: str) -> list[Draft]:
    """Same subject, same attribute, another value, and nothing that would explain it."""
    attribute = desk.rng.choice(desk.phrases.attributes)
    values = desk.rng.sample(attribute.values, 2)
    subject = desk.subject()
    statements = [_statement(desk, attribute, subject, value) for value in values]
    first, second = _papers(desk, statements)
    second.plant("contradiction", variant=attribute.name, other=first.id, piece=statements[1], before=statements[0])
    return [first, second]


def explained(desk: Desk, variant: str) -> list[Draft]:
    """Traps: another scope, another period, another subject, or the same value in other words."""
    known = [attribute for attribute in desk.phrases.attributes if variant != "same_value" or attribute.words]
    attribute = desk.rng.choice(known)
    subject = desk.subject()
    one, other = desk.rng.sample(range(len(attribute.values)), 2)
    if variant == "same_value":
        values = [attribute.values[one], attribute.words[one]]
    else:
        values = [attribute.values[one], attribute.values[other]]
    subjects = [subject, f"{subject} {desk.one_of('relative')}" if variant == "other_subject" else subject]
    pairs = zip(subjects, values, strict=True)
    statements = [_statement(desk, attribute, *pair) for pair in pairs]
    if variant == "scope_differs":
        statements = _scoped(desk, statements, subject)
    elif variant == "price_change":
        statements = _dated(desk, statements)
    first, second = _papers(desk, statements)
    second.plant(variant, trap=True, other=first.id, piece=statements[1], before=statements[0])
    return [first, second]


def _statement(desk: Desk, attribute: Attribute, subject: str, value: str) -> str:
    return desk.say(desk.rng.choice(attribute.patterns), subject=subject, value=value)


def _papers(desk: Desk, statements: list[str]) -> list[Draft]:
    return [desk.paper(member, desk.plan(), [statement]) for member, statement in enumerate(statements)]


def _scoped(desk: Desk, statements: list[str], subject: str) -> list[str]:
    table = desk.phrases.tables["scopes"]
    scopes = desk.rng.choice(table["pairs"]).split(" / ")
    written = []
    for scope, statement in zip(scopes, statements, strict=True):
        pattern = desk.rng.choice(table["patterns"])
        inner = statement
        if ", {statement}" in pattern and not statement.startswith(subject):
            inner = statement[:1].lower() + statement[1:]
        written.append(desk.say(pattern, scope=scope, statement=inner))
    return written


def _dated(desk: Desk, statements: list[str]) -> list[str]:
    patterns = desk.phrases.tables["over_time"]["patterns"]
    year = desk.rng.randint(2018, 2022)
    written = []
    for later, statement in enumerate(statements):
        first, last = dt.date(year + 2 * later, 1, 1), dt.date(year + 2 * later + 1, 12, 31)
        days = {"from": desk.stamp(first), "to": desk.stamp(last)}
        written.append(desk.say(desk.rng.choice(patterns), statement=statement, **days))
    return written
