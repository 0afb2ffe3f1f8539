"""From facts to text, in the ways of one office. Nothing here decides what is true."""

from __future__ import annotations

import datetime as dt
import random
import re

from luthier.sample_company.wealth_desk.catalogue import BY_NAME
from luthier.sample_company.wealth_desk.facts import CASH, Client, RiskFacts, SummaryFacts
from luthier.sample_company.wealth_desk.phrasings import FAMILIES, MONTHS, Habits, habits, wordings
from luthier.sample_company.wealth_desk.reviews import GOALS

PURPOSES = ("a new roof", "a car", "a wedding", "a tax bill", "a kitchen", "a boat", "school fees", "a new bathroom")
ORIGINS = ("an inheritance", "a house sale", "a bonus", "a gift", "a company sale", "a lottery win", "a life policy")


class Writer:
    """Writes one example's sentences for one client, in the client's office's wordings."""

    def __init__(self, rng: random.Random, client: Client, family: str | None = None) -> None:
        self.rng, self.client = rng, client
        self.family = family or client.family
        self.habits: Habits = habits(self.family)
        male = client.title == "Mr"
        self.words = {
            "client": client.name,
            "he": "he" if male else "she",
            "He": "He" if male else "She",
            "his": "his" if male else "her",
            "His": "His" if male else "Her",
            "him": "him" if male else "her",
            "spouse": "wife" if male else "husband",
        }

    def say(self, subject: str, fact: str, **values: object) -> str:
        """One of the office's wordings of a fact."""
        pattern = self.rng.choice(wordings(subject)[fact][self.family])
        sentence = pattern.format_map(self.words | values)
        return sentence[0].upper() + sentence[1:] if self.habits.capitals else sentence

    def date(self, month: dt.date) -> str:
        name = MONTHS[month.month - 1]
        return self.habits.date.format(name=name, short=name[:3], month=month.month, year=month.year)

    def amount(self, thousands: int) -> str:
        return self.habits.amount.format(thousands)

    def join(self, sentences: list[str]) -> str:
        """Sentences as the office strings them together, each beginning as a sentence should."""
        text = self.habits.between.join(sentences)
        if not self.habits.capitals:
            return text
        return re.sub(r"([.!?] )([a-z])", lambda match: match[1] + match[2].upper(), text)


def risk_file(writer: Writer, facts: RiskFacts) -> str:
    """The client file's extract."""
    text = writer.say(
        "file_extract",
        "extract",
        profile=facts.profile,
        pdate=writer.date(facts.profiled),
        mdate=writer.date(facts.meeting),
        top=facts.largest.name,
        weight=facts.largest.weight,
        cash=writer.amount(facts.cash.value),
    )
    return writer.join([text])


def risk_note(writer: Writer, facts: RiskFacts) -> str:
    """The adviser's note: the matters in random order, the sentences of one matter together."""
    matters = [_about_product(writer, facts), *_about_client(writer, facts), *_about_money(writer, facts)]
    matters = [matter for matter in matters if matter]
    if sum(map(len, matters)) < writer.rng.randint(7, 9):
        matters.append([writer.say("small_talk", "remark")])
    writer.rng.shuffle(matters)
    return writer.join([sentence for matter in matters for sentence in matter])


def _about_product(writer: Writer, facts: RiskFacts) -> list[str]:
    if facts.product is None:
        return []
    product = BY_NAME[facts.product]
    fact = "recommended" if facts.recommended else "left_out"
    sentences = [writer.say("recommendation", fact, product=product.name, cls=product.risk_class)]
    for disclosure in facts.disclosures:
        state = "delivered" if disclosure.delivered else "not_delivered"
        sentences.append(writer.say("disclosure", state, product=disclosure.product))
    return sentences


def _about_client(writer: Writer, facts: RiskFacts) -> list[list[str]]:
    matters = []
    if facts.vulnerable is not None:
        sign = {"client": "sign", "other": "other", "none": "none"}[facts.vulnerable]
        support = "supported" if facts.supported else "unsupported"
        matters.append([writer.say("vulnerability", sign), writer.say("vulnerability", support)])
    if facts.instructed_by_third_party is not None:
        giver = "third_party" if facts.instructed_by_third_party else "self"
        mandate = "mandate" if facts.mandate_on_file else "no_mandate"
        matters.append([writer.say("consent", giver), writer.say("consent", mandate)])
    return matters


def _about_money(writer: Writer, facts: RiskFacts) -> list[list[str]]:
    matters = []
    if facts.need is not None:
        when = "soon" if facts.need_within_year else "later"
        purpose = writer.rng.choice(PURPOSES)
        matters.append([writer.say("cash_need", when, amount=writer.amount(facts.need), purpose=purpose)])
    money = facts.paid_in or facts.paid_out
    if money is not None:
        way = "paid_in" if facts.paid_in else "paid_out"
        proof = "evidenced" if facts.source_evidenced else "unevidenced"
        moved = writer.say("new_money", way, amount=writer.amount(money), origin=writer.rng.choice(ORIGINS))
        matters.append([moved, writer.say("new_money", proof)])
    return matters


def statement(writer: Writer, facts: SummaryFacts) -> str:
    """The portfolio statement: a heading and one line a holding, in the office's order."""
    heading = writer.say(
        "statement",
        "heading",
        date=writer.date(facts.meeting),
        total=writer.amount(facts.total),
        signed=f"{facts.change:+d}%",
    )
    holdings = list(facts.holdings)
    order = FAMILIES.index(writer.family) % 3  # by weight, by name, or as they were bought
    if order == 0:
        holdings.sort(key=lambda holding: -holding.weight)
    elif order == 1:
        holdings.sort(key=lambda holding: holding.name)
    else:
        writer.rng.shuffle(holdings)
    lines = [
        writer.say(
            "statement",
            "line",
            name=held.name,
            asset="at call" if held.name == CASH else BY_NAME[held.name].asset,
            weight=held.weight,
            value=writer.amount(held.value),
        )
        for held in holdings
    ]
    return "\n".join([heading, *lines])


def meeting_note(writer: Writer, facts: SummaryFacts) -> str:
    """The adviser's note after a review, its matters in random order."""
    noted = GOALS[facts.goal].noted[FAMILIES.index(writer.family) % 4]
    sentences = [
        writer.say("meeting_note", "goal", goal=noted.format(n=facts.goal_number)),
        writer.say("meeting_note", facts.action, product=facts.product, other=facts.other, percent=facts.percent),
        writer.say("meeting_note", "review", month=MONTHS[facts.review.month - 1]),
    ]
    if facts.turned_down:
        sentences.append(writer.say("meeting_note", "turned_down", product=facts.turned_down))
    if writer.rng.random() < 0.7:
        sentences.append(writer.say("small_talk", "remark"))
    writer.rng.shuffle(sentences)
    return writer.join(sentences)


def reference(writer: Writer, facts: SummaryFacts) -> str:
    """The house-style summary as the writer's office words it: value, largest holding, aim, agreement, next review."""
    moved = f"{'up' if facts.change > 0 else 'down'} {abs(facts.change)}%"
    goal = GOALS[facts.goal].house.format(n=facts.goal_number)
    sentences = [
        writer.say("reference", "value", total=f"EUR {facts.total}k", moved=moved),
        writer.say("reference", "largest", top=facts.largest.name, weight=facts.largest.weight, cash=facts.cash.weight),
        writer.say("reference", "goal", goal=goal),
        writer.say("reference", facts.action, product=facts.product, other=facts.other, percent=facts.percent),
        writer.say("reference", "review", month=MONTHS[facts.review.month - 1]),
    ]
    return " ".join(sentence[0].upper() + sentence[1:] for sentence in sentences)
