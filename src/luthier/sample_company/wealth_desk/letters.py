"""Texts beside the examples: statements in words, letters to clients, analyses of products. All from the same facts."""

from __future__ import annotations

import random

from luthier.sample_company.wealth_desk.catalogue import FIRM, NOTICE, Product
from luthier.sample_company.wealth_desk.facts import Client, SummaryFacts
from luthier.sample_company.wealth_desk.phrasings import MONTHS
from luthier.sample_company.wealth_desk.policy import CLASS_LIMIT
from luthier.sample_company.wealth_desk.reviews import GOALS

_THANKS = (
    "Thank you for coming to see us in {month}.",
    "It was a pleasure to speak with you in {month}.",
    "We are writing to confirm what we discussed in {month}.",
    "This letter follows our review in {month}.",
)
_AGREED = {
    "reduce": ("As agreed, we will reduce {product} to {percent}%.", "You asked us to bring {product} to {percent}%."),
    "raise": ("As agreed, we will raise {product} to {percent}%.", "You asked us to build {product} to {percent}%."),
    "switch": ("As agreed, {product} will be switched into {other}.", "You asked us to replace {product} by {other}."),
    "keep": ("As agreed, your holdings stay as they are.", "You asked us to leave everything in place."),
}
_OUTLOOK = {
    "bonds": "Income should carry most of the return; prices react to the next rate decisions.",
    "shares": "Earnings are expected to decide the year; swings of a tenth either way are normal.",
    "mixed": "Bonds dampen the swings of the shares, at the price of part of their gains.",
    "money market": "The yield follows short rates; the capital hardly moves.",
    "property": "Rents rise slowly, units can be hard to sell for a while.",
    "commodities": "There is no income; the price follows fear and the dollar.",
}


def thousands(value: int) -> str:
    """An amount as the firm's own papers write it."""
    return f"EUR {value}k"


def month(facts: SummaryFacts) -> str:
    """The month of the review, written out."""
    return f"{MONTHS[facts.meeting.month - 1]} {facts.meeting.year}"


def statement_rows(facts: SummaryFacts) -> list[tuple[str, str, str]]:
    """A statement's table: product, weight, value, with its heading and its total."""
    lines = [(holding.name, f"{holding.weight}%", thousands(holding.value)) for holding in facts.holdings]
    return [("Holding", "Weight", "Value"), *lines, ("Total", "100%", thousands(facts.total))]


def statement_text(client: Client, facts: SummaryFacts) -> str:
    """A statement as running lines, for the table of statements."""
    lines = [f"{FIRM}: portfolio statement, {month(facts)}", f"{client.name}, client {client.id}"]
    lines += [", ".join(row) for row in statement_rows(facts)]
    return "\n".join([*lines, NOTICE])


def letter(seed: int, client: Client, facts: SummaryFacts) -> str:
    """What the firm wrote to the client after the review."""
    rng = random.Random(f"{seed}:letter:{client.number}")
    agreed = rng.choice(_AGREED[facts.action])
    direction = "risen" if facts.change > 0 else "fallen"
    return "\n\n".join(
        [
            f"{FIRM}\n{NOTICE}",
            f"{month(facts)}\nClient {client.id}",
            f"Dear {client.name},",
            rng.choice(_THANKS).format(month=month(facts)) + f" Your portfolio has {direction} by {abs(facts.change)}% "
            f"since January and is worth {thousands(facts.total)}, of which {thousands(facts.cash.value)} is cash.",
            f"You told us that you want to {GOALS[facts.goal].house.format(n=facts.goal_number)}. "
            + agreed.format(product=facts.product, other=facts.other, percent=facts.percent)
            + f" We look forward to seeing you again in {MONTHS[facts.review.month - 1]}.",
            f"Yours sincerely,\n{FIRM}",
        ]
    ) + "\n"  # fmt: skip


def analysis(product: Product) -> tuple[str, list[str]]:
    """An investment analysis: its title and its paragraphs."""
    allowed = [profile for profile, limit in CLASS_LIMIT.items() if product.risk_class <= limit]
    house = "It is one of our own products, so the disclosure applies." if product.in_house else "It is run elsewhere."
    who = f"It may be recommended to {', '.join(allowed)} clients." if allowed else "It may not be recommended at all."
    return f"Analysis: {product.name}", [
        f"{product.name} invests in {product.asset} and carries risk class {product.risk_class} of 5. {house}",
        _OUTLOOK[product.asset],
        who,
    ]
