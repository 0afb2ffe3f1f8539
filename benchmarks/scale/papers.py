"""Papers of 100 to 300 words with something in them for every rule, each made from its number alone.

So a larger firm has the papers of a smaller one and more, and any paper can be a copy of any before it. What papers are
about grows with them: later ones name clients and products that earlier ones did not, and bring words that stand
nowhere else, as real ones do. Most words mean nothing; their frequencies are those of language.

Of a hundred papers eight copy an earlier one with a word in 40 exchanged, two copy it but for spacing, six are versions
of policies, and the others are letters from templates, mails, reports and notes. Some are misread, wrongly decoded,
hyphenated at line ends; some facts contradict what other papers say.
"""

from __future__ import annotations

import datetime as dt
import random
import textwrap
from typing import Any

from generated_texts import edited, in_sentences, made_up, vocabulary, zipf

SEED = 23
WORDS = 40_000
LABELS = ("cards", "loans", "payments", "savings")
SEGMENTS, REGIONS = ("retail", "retail", "private", "corporate"), ("north", "south", "east", "west")
_FUNCTION_WORDS = [
    "the",
    "of",
    "and",
    "to",
    "in",
    "a",
    "is",
    "that",
    "for",
    "it",
    "as",
    "was",
    "with",
    "be",
    "by",
    "on",
    "are",
    "this",
    "from",
    "at",
    "or",
    "an",
    "which",
    "have",
    "has",
    "had",
    "but",
    "their",
    "its",
    "were",
    "been",
    "they",
    "we",
    "will",
    "would",
    "there",
    "all",
    "can",
    "if",
    "more",
    "when",
    "who",
    "so",
    "about",
    "what",
    "up",
    "out",
    "into",
    "some",
    "than",
    "other",
    "these",
    "only",
]
_FIRST = [
    "Anna",
    "Ben",
    "Clara",
    "David",
    "Elena",
    "Frank",
    "Grace",
    "Henry",
    "Irene",
    "Jonas",
    "Karin",
    "Luis",
    "Maria",
    "Nadia",
    "Oscar",
    "Paula",
    "Rosa",
    "Simon",
]
_STREETS, _TOWNS = ("Mill Lane", "High Street", "Station Road", "Park Avenue"), ("Leeds", "Bristol", "York", "Derby")
_POLICIES = ("Custody Fee Schedule", "Travel Expense Policy", "Onboarding Procedure", "Data Retention Policy")
_DISCLAIMERS = (
    "This message is confidential and intended solely for the addressee. If you have received this message in error, "
    "please delete it and inform the sender.",
    "Past performance is not a reliable indicator of future results. The value of investments may go down as well as "
    "up. This document does not constitute investment advice.",
    "Harbour Vale Bank is authorised and regulated in its home country. Registered office: 12 Quay Street, Leeds. "
    "Registered number 4471209. All rights reserved.",
)
_TERMS = (
    "know-your-client", "KYC", "AUM", "managed assets", "recurring payment order", "custody deposit", "RM", "client's",
)  # fmt: skip
_DAY = dt.date(2018, 1, 1)


def product_of(number: int) -> str:
    """The name of a product."""
    rng = random.Random(f"product {number}")
    return f"{made_up(rng).capitalize()} {rng.choice(('Growth', 'Income', 'Bond', 'Reserve'))} Fund"


def client_of(number: int) -> str:
    """The name of a client."""
    rng = random.Random(f"client {number}")
    return f"{rng.choice(_FIRST)} {made_up(rng).capitalize()}"


class Papers:
    """Writes papers and labelled messages by number."""

    def __init__(self) -> None:
        rng = random.Random(SEED)
        self._words = [*_FUNCTION_WORDS, *vocabulary(rng, WORDS)]
        self._weights = zipf(len(self._words))
        self._templates = [self._prose(rng, rng.randrange(80, 160)) for _ in range(40)]

    def paper(self, number: int) -> dict[str, Any]:
        """The row of one paper."""
        rng = random.Random(f"paper {number}")
        copied = rng.random()
        if copied < 0.1 and number:
            row = self.paper(rng.randrange(number))
            text = row["text"].split(" ")
            text = edited(text, self._words, rng) if copied < 0.08 else [*text, ""]
            return row | {"id": f"{number:08}", "text": " ".join(text)}
        client = rng.randrange(number // 10 + 50)
        row = {
            "id": f"{number:08}",
            "title": None,
            "group": f"c{client}",
            "family": None,
            "effective_date": None,
            "expiry_date": None,
            "segment": rng.choice(SEGMENTS),
            "region": rng.choice(REGIONS),
        }
        row |= self._of_kind(rng, number, client)
        return row | {"text": _damaged(rng, row["text"])}

    def example(self, number: int) -> dict[str, Any]:
        """The row of one labelled message; one label in twenty is wrong."""
        rng = random.Random(f"message {number}")
        if rng.random() < 0.05 and number:
            return self.example(rng.randrange(number)) | {"id": f"{number:08}"}
        label = rng.choice(LABELS)
        cues = [f"{label}{end}" for end in ("desk", "form", "issue")]
        words = in_sentences(
            [*rng.choices(self._words, cum_weights=self._weights, k=rng.randrange(15, 50)), *cues], rng
        )
        return {
            "id": f"{number:08}",
            "group": f"c{rng.randrange(number // 3 + 10)}",
            "message": " ".join([*words, f"It is about {_amount(rng)}, of {_date(rng)}."]),
            "label": rng.choice(LABELS) if rng.random() < 0.05 else label,
            "segment": rng.choice(SEGMENTS),
            "region": rng.choice(REGIONS),
        }

    def _of_kind(self, rng: random.Random, number: int, client: int) -> dict[str, Any]:
        kind, name = rng.random(), client_of(client)
        fact, product = _fact(rng, number)
        if kind < 0.07:
            return self._policy(rng, rng.randrange(number // 60 + 10))
        if kind < 0.3:
            return {"text": self._letter(rng, name, fact), "title": f"Letter to {name}"}
        if kind < 0.55:
            return {"text": self._mail(rng, name, fact)}
        if kind < 0.75:
            return {"text": self._report(rng, product, fact), "title": f"{product} quarterly report"}
        paragraphs = [self._text(rng, rng.randrange(45, 95)) for _ in range(rng.randrange(2, 4))]
        return {"text": "\n\n".join([*paragraphs, fact]), "title": f"Note on {product}"}

    def _prose(self, rng: random.Random, length: int) -> list[str]:
        words = rng.choices(self._words, cum_weights=self._weights, k=length)
        words[rng.randrange(length)] = made_up(rng)  # a word that stands nowhere else
        if rng.random() < 0.3:
            words[rng.randrange(length)] = rng.choice(_TERMS)
        return in_sentences(words, rng)

    def _text(self, rng: random.Random, length: int) -> str:
        return " ".join(self._prose(rng, length))

    def _policy(self, rng: random.Random, number: int) -> dict[str, Any]:
        """One of some versions; the newer may say that it replaces the older."""
        version, own = rng.randrange(1, 6), random.Random(f"policy {number}")
        title = f"{_POLICIES[number % len(_POLICIES)]} {made_up(own).capitalize()}"
        body, day = self._text(own, 130), _DAY + dt.timedelta(days=number % 700 + 400 * version)
        lines = [f"# {title} version {version}", "", f"The annual fee is EUR {100 + 10 * version}.00.", body]
        if version > 1 and rng.random() < 0.5:
            lines.insert(2, f"This version replaces version {version - 1} of the {title}.")
        if rng.random() < 0.3:
            lines.append(f"It is valid until {(day + dt.timedelta(days=500)).strftime('%d %B %Y')}.")
        family = f"policy-{number}" if number % 2 else None
        return {
            "text": "\n".join([*lines, self._text(rng, 20)]),
            "title": f"{title} v{version}",
            "family": family,
            "effective_date": day.isoformat(),
            "group": None,
            "segment": SEGMENTS[0],
            "region": REGIONS[0],
        }

    def _letter(self, rng: random.Random, name: str, fact: str) -> str:
        place = f"{rng.randrange(1, 200)} {rng.choice(_STREETS)}, {rng.choice(_TOWNS)} LS1 4AP"
        about = f"Your account no. {rng.randrange(10**7, 10**8)} held {_amount(rng)} on {_date(rng)}."
        return "\n\n".join(
            [
                f"{name}\n{place}",
                f"Dear Ms {name.split()[1]},",
                f"{about} {' '.join(rng.choice(self._templates))}",
                f"{fact} {self._text(rng, rng.randrange(10, 40))} Your IBAN is {_iban(rng)}.",
                f"Yours sincerely,\n{rng.choice(_FIRST)} Marlow\nHarbour Vale Bank, tel. +44 20 7946 0958",
                _DISCLAIMERS[1],
                f"Page 1 of {rng.randrange(1, 4)}",
            ]
        )

    def _mail(self, rng: random.Random, name: str, fact: str) -> str:
        address = f"{name.lower().replace(' ', '.')}@{rng.choice(('example.com', 'mail.example.org'))}"
        return "\n\n".join(
            [
                f"From: {name} <{address}>\nTo: desk@harbourvale.example\nSubject: request {rng.randrange(10**5)}",
                "Hello,",
                self._text(rng, rng.randrange(60, 180)),
                f"{fact} You can ring me on +44 20 7946 0{rng.randrange(100, 1000)}, from {_date(rng)}.",
                f"Kind regards,\n{name}",
                _DISCLAIMERS[rng.randrange(2) * 2],
            ]
        )

    def _report(self, rng: random.Random, product: str, fact: str) -> str:
        text = self._prose(rng, rng.randrange(90, 220))
        for place in rng.sample(range(1, len(text)), 12):
            text[place] = rng.choice((_amount, _date, _share))(rng)
        head = f"HARBOUR VALE BANK - INTERNAL\n{product}: quarter {rng.randrange(1, 5)} of {rng.randrange(2015, 2026)}"
        return "\n\n".join([head, " ".join(text), fact, _DISCLAIMERS[2]])


def _fact(rng: random.Random, number: int) -> tuple[str, str]:
    """A sentence that states a rule of a product, one in thirty with another value than elsewhere; and the product."""
    which = rng.randrange(number // 8 + 100)
    product, own = product_of(which), random.Random(f"facts {which}")
    fee, days = own.randrange(10, 500), own.randrange(3, 60)
    if rng.random() < 0.03:
        fee, days = fee + 5, days + 1
    said = (
        f"The annual fee of the {product} is EUR {fee}.00.",
        f"Withdrawals from the {product} take at most {days} days.",
        f"The minimum deposit for the {product} is EUR {fee * 10},000.",
        f"Transfers out of the {product} are approved by the {own.choice(('credit', 'risk', 'audit'))} committee.",
    )
    return rng.choice(said), product


def _damaged(rng: random.Random, text: str) -> str:
    """The text as it came in: some are misread, wrongly decoded, wrapped or unevenly spaced."""
    how = rng.random()
    if how < 0.03:
        return text.replace("'", "’").replace(" to ", " – ").encode().decode("cp1252", errors="replace")
    if how < 0.05:
        words = text.split(" ")
        misread = (word.replace("l", "1") if rng.random() < 0.8 else word for word in words)
        return " ".join(misread)
    if how < 0.1:
        return "\n".join(textwrap.fill(line, 70) for line in text.split("\n")).replace("tion", "ti-\non")
    if how < 0.2:
        return text.replace(", ", ",\u00a0").replace(". ", ".  ")
    return text


def _amount(rng: random.Random) -> str:
    return rng.choice(("EUR {:,}.50", "${:,}", "{:,} euros", "GBP {:,}")).format(rng.randrange(1000, 10**6))


def _date(rng: random.Random) -> str:
    day = _DAY + dt.timedelta(days=rng.randrange(3000))
    return day.strftime(rng.choice(("%Y-%m-%d", "%d %B %Y", "%d/%m/%Y")))


def _share(rng: random.Random) -> str:
    return f"{rng.randrange(1, 1000) / 10}%"


def _iban(rng: random.Random) -> str:
    """A British account number with the right check digits (ISO 13616)."""
    account = f"HVBK{rng.randrange(10**14):014}"
    digits = "".join(str(int(sign, 36)) for sign in f"{account}GB00")
    return f"GB{98 - int(digits) % 97:02}{account}"
