"""Generated words and texts that benchmarks are run on: the same for the same seed, on every machine."""

from __future__ import annotations

import itertools
import random

_CONSONANTS, _VOWELS = "bcdfghjklmnprstvz", "aeiou"


def made_up(rng: random.Random) -> str:
    """A word without meaning that is no number, date or negation."""
    syllables = (rng.choice(_CONSONANTS) + rng.choice(_VOWELS) for _ in range(rng.choice((2, 3, 3, 4))))
    return "".join(syllables) + rng.choice("lnrst")


def vocabulary(rng: random.Random, count: int) -> list[str]:
    """As many different words without meaning."""
    words: dict[str, None] = {}
    while len(words) < count:
        words[made_up(rng)] = None
    return list(words)


def zipf(count: int) -> list[float]:
    """Cumulative weights of words by rank, as in language."""
    return list(itertools.accumulate(1 / (rank + 10) for rank in range(count)))


def in_sentences(text: list[str], rng: random.Random) -> list[str]:
    """The words in sentences, the first of each with a capital and the last with a full stop."""
    start, length = 0, len(text)
    while start < length:
        end = min(length, start + rng.randrange(8, 25))
        text[start] = text[start].capitalize()
        text[end - 1] += "."
        start = end
    return text


def edited(text: list[str], words: list[str], rng: random.Random) -> list[str]:
    """A copy with one word in 40 exchanged, left out or doubled by another; figures and names stay."""
    copy: list[str] = []
    for word in text:
        plain = word.isalpha() and word.islower()
        chance = rng.random() if plain else 1.0
        if chance < 0.015:
            copy.append(rng.choice(words))
        elif chance < 0.02:
            copy += [word, rng.choice(words)]
        elif chance >= 0.025:
            copy.append(word)
    return copy


class Writer:
    """Writes texts of four families: essays, mails, reports with figures, and letters from templates."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.words = vocabulary(self.rng, 20_000)
        self.weights = zipf(len(self.words))
        self.templates = [self.prose(self.rng.randrange(90, 200)) for _ in range(12)]

    def prose(self, length: int) -> list[str]:
        """Words in sentences."""
        return in_sentences(self.rng.choices(self.words, cum_weights=self.weights, k=length), self.rng)

    def text(self) -> list[str]:
        """One text of 100 to 300 words."""
        family = self.rng.random()
        if family < 0.25:  # a letter
            template = list(self.rng.choice(self.templates))
            name = self.rng.choice(self.words).capitalize()
            slots = ["Dear", "Ms", f"{name},", "your", "holding", "of", self.amount(), "EUR", "on", self.date()]
            return [*slots, *template, *self.prose(self.rng.randrange(4, 12))]
        text = self.prose(self.rng.randrange(100, 301))
        if family < 0.5:  # a report
            for place in self.rng.sample(range(1, len(text)), 12):
                text[place] = self.rng.choice((self.amount, self.date))()
        elif family < 0.75:  # a mail
            text = ["Hello,", *text, "Regards,", self.rng.choice(self.words).capitalize()]
        return text

    def amount(self) -> str:
        return f"{self.rng.randrange(1, 999)},{self.rng.randrange(1000):03}"

    def date(self) -> str:
        return f"20{self.rng.randrange(10, 27)}-{self.rng.randrange(1, 13):02}-{self.rng.randrange(1, 29):02}"

    def edited(self, text: list[str]) -> list[str]:
        """A copy with one word in 40 exchanged, left out or doubled by another; figures and names stay."""
        return edited(text, self.words, self.rng)
