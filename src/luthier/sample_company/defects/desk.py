"""Where papers are written: clean ones, in one set's wordings, each from a seed of its own."""

from __future__ import annotations

import calendar
import datetime as dt
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from luthier.sample_company.defects.phrasings import Genre, Phrasings
from luthier.sample_company.defects.truth import Planted
from luthier.sample_company.grammar import opened

AS_OF = dt.date(2026, 6, 30)
"""The day on which the firm is looked at: nothing is written later, and what ends before it has ended."""
FIRST_DAY = dt.date(2023, 1, 2)
"""Papers speak of no day before it unless their date matters."""
SEGMENTS, REGIONS = (0.52, 0.27, 0.15, 0.06), (0.46, 0.30, 0.17, 0.07)
"""The shares of the papers, in the order of the words file. The declared population is even in both."""
MONTHS = tuple(calendar.month_name)[1:]  # in English: nothing sets a locale
SENTENCES, QUESTIONS = (8, 12), (6, 8)
"""Of a paper, so that it has 100 to 300 words; a question comes with its answer."""


@dataclass(slots=True)
class Draft:
    """A paper that is being written, with what was planted in it."""

    id: str
    text: str
    title: str
    group: str
    profile: dict[str, str]
    effective_date: dt.date | None = None
    expiry_date: dt.date | None = None
    family: str | None = None
    source: str = "library"
    frame: tuple[str, str] = ("", "")
    """What the form has above the matter and below it, as it was written."""
    planted: list[Planted] = field(default_factory=list)

    def plant(
        self,
        kind: str,
        *,
        trap: bool = False,
        variant: str | None = None,
        other: str | None = None,
        piece: str | None = None,
        before: str | None = None,
    ) -> None:
        """Records a defect or a trap; `piece` is the planted text, which stands once in the text."""
        start = end = None
        if piece is not None:
            start = self.text.index(piece)
            end = start + len(piece)
        self.planted.append(
            Planted(
                kind=kind,
                trap=trap,
                record_id=self.id,
                variant=variant,
                counterpart_id=other,
                field="text" if piece is not None else None,
                start=start,
                end=end,
                before=before,
                after=piece,
            )
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What decides a paper: the same plan gives the same paper, `bound` and `extra` apart."""

    seed: str
    genre: Genre
    bound: Mapping[str, str]


class Desk:
    """Writes the papers of one plot: up to a few records that belong together.

    Args:
        seed: of this plot alone.
        number: the plot's number, from which names that must be unique are made.
        ids: the ids of the plot's records, in order.
    """

    def __init__(self, phrases: Phrasings, seed: str, number: int, ids: Sequence[str]) -> None:
        self.phrases, self.seed, self.number, self.ids = phrases, seed, number, ids
        self.rng = random.Random(seed)
        self.grammar = phrases.grammar
        self._references = 0

    def say(self, pattern: str, **bound: str) -> str:
        """A sentence, with a capital."""
        return opened(self.grammar.write(self.rng, pattern, {"day": self.day(), **bound}))

    def one_of(self, rule: str, **bound: str) -> str:
        return self.say(self.rng.choice(self.grammar.rules[rule]), **bound)

    def day(self) -> str:
        """A random day, written out."""
        return _written_day(self.rng)

    def moment(self, first: dt.date, last: dt.date) -> dt.date:
        return _moment(self.rng, first, last)

    def stamp(self, day: dt.date) -> str:
        """A day in one of the set's ways of writing dates, none of which can be read two ways."""
        month = MONTHS[day.month - 1]
        parts = {"d": str(day.day), "y": str(day.year), "month": month, "mon": month[:3]}
        parts |= {"mm": f"{day.month:02d}", "dd": f"{day.day:02d}"}
        return self.grammar.draw(self.rng, "date_style", parts)

    def subject(self, place: int = 0) -> str:
        """A product's name that no other plot uses, up to a million papers."""
        rules = self.grammar.rules
        first, second = rules["product_first"], rules["product_second"]
        number = (self.number * 2 + place) * 7919 % (len(first) * len(second) * 9973)
        rest, at = divmod(number, len(first))
        serial, of = divmod(rest, len(second))
        return f"{first[at]} {second[of]} {serial + 11}"

    def reference(self) -> str:
        """A reference that nothing else has: a plot asks for seven at most."""
        letters = "BCDFGHJKLMNPQRSTVWXZ"
        high, low = divmod(self.number * 7 + self._references, 10_000)
        self._references += 1
        return f"{letters[high % 20]}{letters[high // 20 % 20]}-{low:04d}/{high // 400 + 20}"

    def plan(self, genre: Genre | None = None, **bound: str) -> Plan:
        """What a new paper will be about."""
        chosen = genre or self.rng.choice(self.phrases.genres)
        values = self.person() | {
            "ref": self.reference(),
            "colleague": self.grammar.draw(self.rng, "colleague", {}),
            "office": self.grammar.draw(self.rng, "branch", {}),
        }
        return Plan(f"{self.seed}:{self.rng.random()}", chosen, values | self.money_and_day() | bound)

    def person(self) -> dict[str, str]:
        return {"client": self.grammar.draw(self.rng, "name", {})}

    def money_and_day(self) -> dict[str, str]:
        high, low = self.rng.randint(2, 98), self.rng.randint(2, 980)
        return {
            "amount": f"€{high},{self.rng.randint(100, 999)}",
            "amount2": f"€{low}.{self.rng.randint(10, 99)}",
            "when": self.day(),
        }

    def paper(self, member: int, plan: Plan, extra: Sequence[str] = (), group: str | None = None) -> Draft:
        """The plan's paper as record `member` of the plot, with `extra` sentences among its own."""
        rng = random.Random(plan.seed)
        bound = _Days(rng, plan.bound)
        count = rng.randint(*(QUESTIONS if plan.genre.style == "questions" else SENTENCES))
        patterns = rng.sample(plan.genre.sentences, min(count, len(plan.genre.sentences)))
        sentences = [opened(self.grammar.write(rng, pattern, bound)) for pattern in patterns]
        for sentence in extra:
            sentences.insert(rng.randint(1, len(sentences)), sentence)
        title = opened(self.grammar.write(rng, plan.genre.title, bound))
        body = _BODIES[plan.genre.style](rng, sentences)
        layout = {**plan.bound, "title": title, "body": body}
        text = self.grammar.write(rng, plan.genre.layout, _Days(rng, layout))
        frame = text.partition(body)
        who = group or f"C{random.Random(plan.bound['client'] + plan.bound['ref']).randrange(10**9):09d}"
        return Draft(self.ids[member], text, title, who, self.profile(who), frame=(frame[0].strip(), frame[2].strip()))

    def profile(self, who: str) -> dict[str, str]:
        """A client's segment and region, by the skewed shares."""
        rng = random.Random(f"{self.phrases.name}:{who}")
        rules = self.grammar.rules
        return {
            "segment": rng.choices(rules["segment"], SEGMENTS)[0],
            "region": rng.choices(rules["region"], REGIONS)[0],
        }


class _Days(dict[str, str]):
    """Bound values, with a new day each time `day` is asked for."""

    def __init__(self, rng: random.Random, bound: Mapping[str, str]) -> None:
        super().__init__(bound)
        self.rng = rng

    def __contains__(self, key: object) -> bool:
        return key == "day" or super().__contains__(key)

    def __missing__(self, key: str) -> str:
        return _written_day(self.rng)


def written(day: dt.date) -> str:
    """A day in words, which can be read in one way only."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _moment(rng: random.Random, first: dt.date, last: dt.date) -> dt.date:
    return first + dt.timedelta(days=rng.randrange((last - first).days))


def _written_day(rng: random.Random) -> str:
    return written(_moment(rng, FIRST_DAY, AS_OF))


def _paragraphs(rng: random.Random, sentences: Sequence[str]) -> str:
    cut = len(sentences) // 3 + rng.randint(0, 1)
    return "\n\n".join(" ".join(part) for part in (sentences[:cut], sentences[cut : 2 * cut], sentences[2 * cut :]))


def _bullets(rng: random.Random, sentences: Sequence[str]) -> str:
    mark = rng.choice(("- ", "* ", "• "))
    return "\n".join(mark + sentence for sentence in sentences)


def _numbered(rng: random.Random, sentences: Sequence[str]) -> str:
    first = rng.randint(1, 6)
    return "\n".join(f"{first}.{place} {sentence}" for place, sentence in enumerate(sentences, start=1))


def _lines(rng: random.Random, sentences: Sequence[str]) -> str:
    return "\n".join(sentences)


def _clock(rng: random.Random, sentences: Sequence[str]) -> str:
    minutes = rng.randint(0, 300)
    lines = []
    for sentence in sentences:
        lines.append(f"{minutes // 60:02d}:{minutes % 60:02d}  {sentence}")
        minutes += rng.randint(7, 60)
    return "\n".join(lines)


def _questions(rng: random.Random, sentences: Sequence[str]) -> str:
    pairs = [sentence.partition("?|") for sentence in sentences]
    return "\n\n".join(f"Q: {asked}?\nA: {answer}" if mark else asked for asked, mark, answer in pairs)


_BODIES = {
    "paragraphs": _paragraphs,
    "bullets": _bullets,
    "numbered": _numbered,
    "lines": _lines,
    "clock": _clock,
    "questions": _questions,
}
