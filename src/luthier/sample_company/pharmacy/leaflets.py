"""The pharmacy's papers: leaflets in their versions, and pocket cards of wards, some of which contradict them."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from luthier.sample_company.defects.desk import written
from luthier.sample_company.defects.truth import Planted
from luthier.sample_company.pharmacy import writing
from luthier.sample_company.pharmacy.formulary import MEDICINES, SCOPES, Dosage, Scope, dosage, medicine, other_daily


@dataclass(slots=True)
class Paper:
    """A leaflet (`source` is `leaflets`) or a card (`cards`)."""

    source: str
    name: str
    title: str
    paragraphs: list[str]
    scope: Scope
    date: dt.date
    family: str | None = None
    planted: list[Planted] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"{self.source}:{self.name}"


def papers(seed: int) -> Iterator[Paper]:
    """All papers, the same for every number of examples."""
    for number in range(MEDICINES):
        for scope in SCOPES:
            yield from _of_scope(seed, number, scope)


def _of_scope(seed: int, number: int, scope: Scope) -> Iterator[Paper]:
    """The current leaflet; of one in three an older version with another maximum; of one in six a card that
    contradicts it, of one in six a card that agrees. Among leaflets without versions some are old and say they hold."""
    rng = random.Random(f"{seed}:leaflet:{number}:{scope}")
    current = _leaflet(rng, seed, number, scope)
    kind = rng.randrange(6)
    if kind in {0, 1}:
        yield _older(rng, seed, number, current)
    elif kind == 2:
        current.date = dt.date(rng.randint(2004, 2012), rng.randint(1, 12), rng.randint(1, 28))
        sentence = writing.remark(rng, "old_but_valid", date=written(current.date))
        current.paragraphs[0] += f" {sentence}"
        current.planted.append(Planted(kind="old_but_valid", trap=True, record_id=current.id, after=sentence))
    elif kind in {3, 4}:
        yield _card(rng, seed, number, current, agrees=kind == 4)
    yield current


def _leaflet(rng: random.Random, seed: int, number: int, scope: Scope) -> Paper:
    name = medicine(number)
    ref = f"{name[:3].upper()}-{number:02d}{scope[0].upper()}"
    date = dt.date(rng.randint(2024, 2025), rng.randint(1, 12), rng.randint(1, 28))
    text = writing.leaflet(rng, name, scope, dosage(seed, number, scope), ref)
    identity = f"{name.lower()}-{scope}"
    return Paper("leaflets", identity, f"{name}: dosage in {SCOPES[scope]}", text, scope, date)


def _older(rng: random.Random, seed: int, number: int, current: Paper) -> Paper:
    """The version before, in the same words but for the maximum; the current one says that it is superseded."""
    name, version = medicine(number), rng.randint(1, 4)
    date = current.date - dt.timedelta(days=rng.randint(400, 1500))
    wrong = other_daily(rng, dosage(seed, number, current.scope))
    text = writing.leaflet(rng, name, current.scope, wrong, f"{name[:3].upper()}-{number:02d}-{version}")
    older = Paper("leaflets", f"{current.name}-v{version}", current.title, text, current.scope, date)
    remark = writing.remark(rng, "superseding", old=str(version), olddate=written(date))
    current.paragraphs[0] += f" {remark}"
    older.paragraphs[0] += f" Version {version}, {written(date)}."
    if rng.random() < 0.5:
        older.family = current.family = current.name
    right = dosage(seed, number, current.scope)
    older.planted.append(_maximum("outdated", "dosage", older, current, right, wrong))
    return older


def _card(rng: random.Random, seed: int, number: int, current: Paper, *, agrees: bool) -> Paper:
    right = dosage(seed, number, current.scope)
    said = right if agrees else other_daily(rng, right)
    name, ward = medicine(number), rng.choice(writing.wards())
    text = writing.card(rng, name, current.scope, said, ward)
    title = f"{name}, card of ward {ward}"
    card = Paper("cards", f"card-{current.name}", title, [text], current.scope, current.date)
    kind = "same_value" if agrees else "contradiction"
    card.planted.append(_maximum(kind, "daily", card, current, right, said))
    return card


def _maximum(kind: str, variant: str, paper: Paper, current: Paper, right: Dosage, said: Dosage) -> Planted:
    """What is recorded of a paper's maximum dose, beside the current leaflet's."""
    return Planted(
        kind=kind,
        trap=right == said,
        record_id=paper.id,
        variant=variant,
        counterpart_id=current.id,
        before=f"{right.daily} mg",
        after=f"{said.daily} mg",
    )
