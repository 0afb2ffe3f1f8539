"""What happens at a visit: draws the facts, near misses included, from one random stream an example."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any, Literal

from luthier.sample_company.wealth_desk.catalogue import PRODUCTS, Product
from luthier.sample_company.wealth_desk.facts import CASH, Client, Disclosure, Holding, Profile, RiskFacts
from luthier.sample_company.wealth_desk.policy import CLASS_LIMIT, HOLDING_LIMIT, PROFILE_MONTHS, SOURCE_LIMIT

FIRST_MEETING, LAST_MEETING = dt.date(2024, 1, 1), dt.date(2026, 10, 1)
IN_HOUSE = tuple(product for product in PRODUCTS if product.in_house)
Draw = dict[str, Any]


def month_before(month: dt.date, months: int) -> dt.date:
    """The month so many months earlier (later, where `months` is negative)."""
    count = month.year * 12 + month.month - 1 - months
    return dt.date(count // 12, count % 12 + 1, 1)


def meeting_month(rng: random.Random) -> dt.date:
    return month_before(LAST_MEETING, rng.randrange((LAST_MEETING.year - FIRST_MEETING.year) * 12 + 10))


def portfolio(rng: random.Random, total: int, top: int, cash: int, lines: int) -> tuple[Holding, ...]:
    """A portfolio whose largest line weighs `top` per cent and whose cash weighs `cash`.

    It has `lines` products, or more where so few could not all stay below `top`. Weights add up to 100, values to
    `total`, and each value is its weight's share of the total to the nearest thousand.
    """
    rest = 100 - top - cash
    lines = max(lines, 1 + -(-rest // (top - 1)))
    weights = [rest // (lines - 1) + (place < rest % (lines - 1)) for place in range(lines - 1)]
    for _ in range(3 * lines):
        giver, taker = rng.randrange(len(weights)), rng.randrange(len(weights))
        step = rng.randint(1, 6)
        if giver != taker and weights[giver] - step >= 2 and weights[taker] + step < top:
            weights[giver] -= step
            weights[taker] += step
    names = [product.name for product in rng.sample(PRODUCTS, lines)]
    shares = [*zip(names, [top, *weights], strict=True), (CASH, cash)]
    values = _whole_values([weight for _, weight in shares], total)
    return tuple(Holding(name, weight, value) for (name, weight), value in zip(shares, values, strict=True))


def _whole_values(weights: list[int], total: int) -> list[int]:
    """Largest-remainder rounding of each weight's share of `total`, so that the values add up to it."""
    values = [weight * total // 100 for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: -(weights[place] * total % 100))
    for place in by_remainder[: total - sum(values)]:
        values[place] += 1
    return values


def draw_risk_facts(rng: random.Random, client: Client) -> RiskFacts:
    """One visit for the risk task: what is on file always, and three to five of the matters a visit can touch."""
    profile: Profile = rng.choices(("cautious", "balanced", "growth"), (0.36, 0.38, 0.26))[0]
    total = max(100, round(client.wealth * rng.uniform(0.9, 1.1)))
    top, near_top = _largest_weight(rng, profile)
    holdings = portfolio(rng, total, top, rng.randint(4, 18), lines=rng.randint(4, 6))
    meeting = meeting_month(rng)
    age, near_age = _profile_age(rng)
    found: Draw = {
        "profile": profile,
        "profiled": month_before(meeting, age),
        "meeting": meeting,
        "total": total,
        "holdings": holdings,
    }
    near = near_top + near_age
    with_product = rng.random() < 0.78
    others = [_need, _vulnerability, _consent, _new_money]
    rng.shuffle(others)
    count = rng.choices((2, 3), (0.65, 0.35))[0] + (not with_product)
    for matter in ([_product] if with_product else []) + others[:count]:
        more, nearly = matter(rng, profile, holdings)
        found |= more
        near += nearly
    return RiskFacts(**found, near_misses=tuple(near))


def _largest_weight(rng: random.Random, profile: Profile) -> tuple[int, list[str]]:
    limit = HOLDING_LIMIT[profile]
    case = rng.choices(("over", "near", "clear"), (0.16, 0.18, 0.66))[0]
    if case == "over":
        return limit + rng.choice((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14)), []
    if case == "near":
        return rng.randint(limit - 3, limit), ["concentration"]
    return rng.randint(17, max(17, limit - 4)), []


def _profile_age(rng: random.Random) -> tuple[int, list[str]]:
    """The profile's age in months at the meeting."""
    case = rng.choices(("over", "near", "clear"), (0.16, 0.14, 0.70))[0]
    if case == "over":
        return PROFILE_MONTHS + rng.choice((1, 2, 3, 5, 7, 9, 12, 15, 18, 22, 26)), []
    if case == "near":
        return rng.randint(PROFILE_MONTHS - 3, PROFILE_MONTHS), ["stale_risk_profile"]
    return rng.randint(1, PROFILE_MONTHS - 4), []


def _product(rng: random.Random, profile: Profile, holdings: tuple[Holding, ...]) -> tuple[Draw, list[str]]:
    """A product that is recommended or left out, and which disclosures the file has."""
    limit = CLASS_LIMIT[profile]
    recommended = rng.random() < 0.85
    case = rng.choices(("over", "at", "below"), (0.24, 0.22, 0.54) if recommended else (0.7, 0.2, 0.1))[0]
    wanted = {"over": range(limit + 1, 6), "at": range(limit, limit + 1), "below": range(1, limit)}[case]
    in_house = rng.random() < 0.58
    fitting = [p for p in PRODUCTS if p.risk_class in wanted]
    product = rng.choice([p for p in fitting if p.in_house == in_house])
    near = ["unsuitable_product"] if case == "at" or (case == "over" and not recommended) else []
    disclosures, nearly = _disclosures(rng, product, recommended)
    return {"product": product.name, "recommended": recommended, "disclosures": disclosures}, near + nearly


def _disclosures(rng: random.Random, product: Product, recommended: bool) -> tuple[tuple[Disclosure, ...], list[str]]:
    other = rng.choice([p for p in IN_HOUSE if p != product]).name
    states: tuple[
        int | None, int | None
    ]  # of this product's disclosure and another's: delivered, not, or not mentioned
    if product.in_house and recommended:
        states = rng.choices(((1, None), (0, None), (None, 1), (1, 0), (0, 1)), (0.47, 0.22, 0.08, 0.14, 0.09))[0]
        near = ["missing_disclosure"] if states == (1, 0) else []
    elif product.in_house:
        states, near = rng.choices(((0, None), (1, None), (0, 1)), (0.6, 0.2, 0.2))[0], ["missing_disclosure"]
    else:
        states, near = rng.choices(((None, 0), (None, 1), (None, None)), (0.2, 0.3, 0.5))[0], []
        near = ["missing_disclosure"] if states[1] == 0 else []
    found = [
        Disclosure(name, bool(state))
        for name, state in zip((product.name, other), states, strict=True)
        if state is not None
    ]
    rng.shuffle(found)
    return tuple(found), near


def _need(rng: random.Random, profile: Profile, holdings: tuple[Holding, ...]) -> tuple[Draw, list[str]]:
    cash = next(holding.value for holding in holdings if holding.name == CASH)
    case = rng.choices(("short", "near", "clear", "later"), (0.25, 0.15, 0.45, 0.15))[0]
    above, below = rng.choice((1.1, 1.2, 1.4, 1.7, 2.0, 2.5, 3.0)), rng.choice((0.75, 0.8, 0.85, 0.9, 1.0))
    factor = {"short": above, "near": below, "clear": below * 0.6, "later": above}[case]
    amount = max(1, round(cash * factor))
    if case in ("short", "later"):
        amount = max(amount, cash + 1)
    elif case == "near":
        amount = min(amount, cash)
    near = ["liquidity_shortfall"] if case in ("near", "later") else []
    return {"need": amount, "need_within_year": case != "later"}, near


def _vulnerability(rng: random.Random, profile: Profile, holdings: tuple[Holding, ...]) -> tuple[Draw, list[str]]:
    cases: list[tuple[Literal["client", "other", "none"], bool]] = [
        ("client", False),
        ("client", True),
        ("none", False),
        ("none", True),
        ("other", False),
        ("other", True),
    ]
    vulnerable, supported = rng.choices(cases, (0.25, 0.14, 0.39, 0.10, 0.09, 0.03))[0]
    near = ["vulnerable_client"] if (vulnerable, supported) in (("client", True), ("other", False)) else []
    return {"vulnerable": vulnerable, "supported": supported}, near


def _consent(rng: random.Random, profile: Profile, holdings: tuple[Holding, ...]) -> tuple[Draw, list[str]]:
    cases = [(True, False), (True, True), (False, False), (False, True)]
    third_party, mandate = rng.choices(cases, (0.25, 0.16, 0.16, 0.43))[0]
    near = ["missing_consent"] if third_party == mandate else []
    return {"instructed_by_third_party": third_party, "mandate_on_file": mandate}, near


def _new_money(rng: random.Random, profile: Profile, holdings: tuple[Holding, ...]) -> tuple[Draw, list[str]]:
    large = SOURCE_LIMIT + rng.choice((1, 2, 5, 8, 10, 15, 20, 30, 40, 60, 80, 100, 150, 200))
    small = SOURCE_LIMIT - rng.choice((0, 1, 2, 5, 8, 10, 15, 20, 30))
    case = rng.choices(("flag", "small", "evidenced", "out", "easy"), (0.26, 0.15, 0.17, 0.08, 0.34))[0]
    near = ["source_of_funds"] if case in ("small", "evidenced", "out") else []
    if case == "out":
        return {"paid_out": large, "source_evidenced": False}, near
    return {
        "paid_in": small if case in ("small", "easy") else large,
        "source_evidenced": case in ("evidenced", "easy"),
    }, near
