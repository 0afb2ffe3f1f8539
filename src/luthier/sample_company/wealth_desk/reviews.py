"""What happens at a portfolio review: the facts of the summary task."""

from __future__ import annotations

import random
from dataclasses import dataclass

from luthier.sample_company.wealth_desk.catalogue import PRODUCTS
from luthier.sample_company.wealth_desk.facts import CASH, Action, Client, Holding, SummaryFacts
from luthier.sample_company.wealth_desk.visits import meeting_month, month_before, portfolio


@dataclass(frozen=True, slots=True)
class Goal:
    """A client's aim: as the house writes it, and as advisers note it down. `{n}` takes a number from `numbers`."""

    house: str
    noted: tuple[str, ...]
    numbers: tuple[int, ...] = ()
    segments: tuple[str, ...] = ("mass affluent", "high net worth", "retired", "business owner")


_WORKING = ("mass affluent", "high net worth", "business owner")
GOALS = {
    "retire": Goal(
        "retire in {n} years",
        ("stop working in {n} years", "retire {n} years from now", "leave work in {n} years", "retire in {n} years"),
        (3, 4, 5, 6, 7, 8, 9),
        _WORKING,
    ),
    "home": Goal(
        "buy a home in {n} years",
        ("buy a house in {n} years", "own a flat within {n} years", "move to a bought home in {n} years",
         "buy a home, {n} years off"),
        (2, 3, 4, 5, 6),
        _WORKING,
    ),
    "income": Goal(
        "draw EUR {n}k a year",
        ("take EUR {n}k out each year", "live on EUR {n}k a year from it", "get EUR {n}k yearly",
         "draw an income of EUR {n}k a year"),
        (6, 8, 9, 12, 15, 18, 24),
    ),
    "studies": Goal(
        "pay for {n} years of studies",
        ("fund {n} years at university", "cover {n} years of study for a child", "pay tuition for {n} years",
         "finance studies over {n} years"),
        (3, 4, 5),
        _WORKING,
    ),
    "inherit": Goal(
        "pass the money on to the family",
        ("leave it all to the family", "hand the money to the next generation", "give the money to the heirs",
         "pass everything on to the family"),
    ),
    "care": Goal(
        "keep a reserve for care",
        ("have something aside for care", "hold a reserve for nursing costs", "be safe if care is needed",
         "keep money back for care"),
        (),
        ("retired", "high net worth"),
    ),
    "sale": Goal(
        "sell the business in {n} years",
        ("sell the firm in {n} years", "hand over the company in {n} years", "part with the business in {n} years",
         "sell up in {n} years"),
        (2, 3, 4, 5, 6, 7),
        ("business owner",),
    ),
    "travel": Goal(
        "travel for {n} months",
        ("tour the world for {n} months", "take {n} months off to travel", "go travelling for {n} months",
         "spend {n} months abroad"),
        (3, 4, 6, 8),
    ),
}  # fmt: skip


def draw_summary_facts(rng: random.Random, client: Client) -> SummaryFacts:
    """One review for the summary task: four to six lines, cash included, and one thing agreed."""
    total = max(100, round(client.wealth * rng.uniform(0.9, 1.1)))
    cash = rng.randint(3, 14)
    holdings = portfolio(rng, total, rng.randint(28, 46), cash, lines=rng.choice((3, 4, 5)))
    meeting = meeting_month(rng)
    key = rng.choice([key for key, goal in GOALS.items() if client.segment in goal.segments])
    numbers = GOALS[key].numbers
    held = [holding for holding in holdings if holding.name != CASH]
    free = [product.name for product in PRODUCTS if product.name not in {holding.name for holding in holdings}]
    action, product, other, percent = _agreed(rng, held, free)
    rng.shuffle(free)
    return SummaryFacts(
        meeting=meeting,
        total=total,
        change=rng.choice([change for change in range(-9, 13) if change]),
        holdings=holdings,
        goal=key,
        goal_number=rng.choice(numbers) if numbers else None,
        action=action,
        product=product,
        other=other,
        percent=percent,
        turned_down=next(name for name in free if name != other) if rng.random() < 0.6 else None,
        review=month_before(meeting, -rng.choice((3, 4, 6, 6, 9, 10))),
    )


def _agreed(
    rng: random.Random, held: list[Holding], free: list[str]
) -> tuple[Action, str | None, str | None, int | None]:
    """What was agreed: the action, the product it concerns, the product it goes into, the weight it goes to."""
    action: Action = rng.choices(("reduce", "raise", "switch", "keep"), (0.34, 0.28, 0.24, 0.14))[0]
    by_weight = sorted(held, key=lambda holding: -holding.weight)
    if action == "reduce":
        holding = rng.choice(by_weight[:2])
        return action, holding.name, None, max(1, holding.weight - rng.randint(3, 12))
    if action == "raise":
        holding = rng.choice(by_weight[1:])
        return action, holding.name, None, holding.weight + rng.randint(3, 12)
    if action == "switch":
        return action, rng.choice(by_weight).name, rng.choice(free), None
    return action, None, None, None
