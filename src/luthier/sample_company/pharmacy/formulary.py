"""The invented medicines of the pharmacy and their doses: facts, drawn at random, that no real medicine has."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

NOTICE = "Generated sample data: the hospital, its medicines and their doses are invented. No medical advice."
HOSPITAL = "Saint Odran"
MEDICINES = 48
"""However many examples there are: enough papers to compare, quick to write."""
Scope = Literal["adults", "children", "renal"]
SCOPES: dict[Scope, str] = {
    "adults": "adults",
    "children": "children under 12",
    "renal": "adults with renal impairment",
}
LABELS = {
    "within_leaflet": "the order agrees with the leaflet",
    "above_single_dose": "one dose is larger than the leaflet's single dose",
    "too_frequent": "the doses follow one another sooner than the leaflet's interval",
    "above_daily_dose": "dose and interval are right, but 24 hours add up to more than the leaflet's maximum",
    "wrong_scope": "the leaflet is for other patients than the one of the order",
}
_HEADS = ("Ozo", "Quel", "Vra", "Zyn", "Brix", "Thul", "Wox", "Plon", "Gaxo", "Drel", "Fjun", "Kwi")
_TAILS = ("bramol", "dexine", "fulvar", "gontril", "hexopan", "julast", "kortiva", "lumadon")


@dataclass(frozen=True, slots=True)
class Dosage:
    """What a leaflet says for one group of patients. `daily` may be less than the interval would allow."""

    single: int  # mg
    hours: int
    daily: int  # mg in 24 hours


def medicine(number: int) -> str:
    """The invented name of medicine `number`, one of 96."""
    return _HEADS[number % len(_HEADS)] + _TAILS[number // len(_HEADS) % len(_TAILS)]


def dosage(seed: int, number: int, scope: Scope) -> Dosage:
    """The current dosage. Children and patients with renal impairment get less; each group has its own figures."""
    rng = random.Random(f"{seed}:dosage:{number}")
    single, hours = rng.choice((20, 40, 60, 80, 100, 200, 300)), rng.choice((4, 6, 8, 12))
    share = {"adults": 1.0, "children": 0.25, "renal": 0.5}[scope]
    dose = max(5, round(single * share / 5) * 5)
    interval = hours if scope != "renal" else {4: 6, 6: 8, 8: 12, 12: 24}[hours]
    given = 24 // interval
    fewer = given - 1 if given > 2 and rng.random() < 0.6 else given
    return Dosage(dose, interval, dose * fewer)


def other_daily(rng: random.Random, right: Dosage) -> Dosage:
    """The same dosage with another maximum: what an outdated or a contradicting paper says."""
    return Dosage(right.single, right.hours, right.daily + rng.choice((-1, 1, 2)) * max(5, right.single // 2 // 5 * 5))


def verdict(leaflet: Dosage, leaflet_scope: Scope, patient: Scope, dose: int, hours: int) -> str:
    """The label of an order, by the leaflet: the first of the rules that it breaks, in the order written here."""
    if patient != leaflet_scope:
        return "wrong_scope"
    if dose > leaflet.single:
        return "above_single_dose"
    if hours < leaflet.hours:
        return "too_frequent"
    if dose * (24 // hours) > leaflet.daily:
        return "above_daily_dose"
    return "within_leaflet"
