"""Labelled messages, in blocks of 100: wrong labels, leaks into the test file, contradicting pairs, near misses."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from luthier.sample_company.defects.desk import Desk
from luthier.sample_company.defects.layout import name_of, scattered
from luthier.sample_company.defects.phrasings import Phrasings
from luthier.sample_company.defects.truth import Planted

BLOCK, TEST_SHARE = 100, 0.25
LEAKS = ("verbatim", "edited", "verbatim", "edited", "respaced", "respaced")
PAIRS = (*(("leak", variant) for variant in LEAKS), *((("contradict", ""),) * 3), *((("near_miss", ""),) * 3))


@dataclass(slots=True)
class Message:
    """A message with its label, in the file `split`."""

    id: str
    split: str
    text: str
    label: str
    group: str
    profile: dict[str, str]
    planted: list[Planted] = field(default_factory=list)


class Messages:
    """All messages of one firm, `examples` of them, as a stream.

    `wrong_labels` is the share of the training examples outside of pairs that get another label than the right one.
    """

    def __init__(self, phrases: Phrasings, seed: int, examples: int, wrong_labels: float) -> None:
        self.phrases, self.seed, self.examples, self.wrong_labels = phrases, seed, examples, wrong_labels
        self.whole = examples // BLOCK * BLOCK

    def __iter__(self) -> Iterator[Message]:
        for number in scattered(self.examples):
            yield self.message(number)

    def message(self, number: int) -> Message:
        """Example `number`, from 0."""
        slot = number % BLOCK
        if number >= self.whole or slot >= 2 * len(PAIRS):
            return self._plain(number)
        pair, member = divmod(slot, 2)
        kind, variant = PAIRS[pair]
        return _WRITERS[kind](self, number - member, variant)[member]

    def id_of(self, number: int, split: str) -> str:
        return f"{split}:{name_of(self.phrases.name, self.seed, 'example', number)}"

    def _desk(self, number: int) -> Desk:
        seed = f"{self.phrases.name}:{self.seed}:message:{number}"
        return Desk(self.phrases, seed, number, [])

    def _plain(self, number: int) -> Message:
        desk = self._desk(number)
        label = desk.rng.choice(list(self.phrases.labels))
        made = self._made(
            desk, number, "test" if desk.rng.random() < TEST_SHARE else "train", label, _text(desk, label)
        )
        if made.split == "train" and desk.rng.random() < self.wrong_labels:
            made.label = _other(desk.rng, self.phrases, label)
            _plant(made, "wrong_label", before=label, after=made.label)
        return made

    def _made(self, desk: Desk, number: int, split: str, label: str, text: str) -> Message:
        who = f"M{number:09d}"
        return Message(self.id_of(number, split), split, text, label, who, desk.profile(who))

    def leak(self, number: int, variant: str) -> list[Message]:
        """A training example that repeats one of the test, under another client's name."""
        desk = self._desk(number)
        label = desk.rng.choice(list(self.phrases.labels))
        text = _text(desk, label)
        again = {"verbatim": text, "edited": _edited(desk.rng, text), "respaced": _respaced(text)}[variant]
        test = self._made(desk, number, "test", label, text)
        train = self._made(desk, number + 1, "train", label, again)
        _plant(train, "leakage", variant=variant, other=test.id)
        return [test, train]

    def contradict(self, number: int, variant: str) -> list[Message]:
        """One input with two labels, of which the second is wrong."""
        desk = self._desk(number)
        label = desk.rng.choice(list(self.phrases.labels))
        text = _text(desk, label)
        wrong = _other(desk.rng, self.phrases, label)
        first = self._made(desk, number, "train", label, text)
        second = self._made(desk, number + 1, "train", wrong, text)
        _plant(second, "contradiction", variant="labels", other=first.id, before=label, after=wrong)
        _plant(second, "wrong_label", variant="contradiction", other=first.id, before=label, after=wrong)
        return [first, second]

    def near_miss(self, number: int, variant: str) -> list[Message]:
        """A trap: two messages that share most words and rightly not the label."""
        desk = self._desk(number)
        halves = desk.rng.choice(self.phrases.tables["near_misses"]["pairs"]).split(" / ")
        names = {rule: desk.grammar.draw(desk.rng, rule, {}) for rule in ("name", "town", "place")} | {
            "day": desk.day()
        }
        opening, numbers = desk.one_of("opening"), desk.rng.random()
        made = []
        for member, half in enumerate(halves):
            pattern, label = half.split(" => ")
            body = desk.grammar.write(random.Random(numbers), pattern, names)
            made.append(self._made(desk, number + member, "train", label, f"{opening} {body}"))
        _plant(made[1], "near_miss", trap=True, other=made[0].id)
        return made


_WRITERS = {"leak": Messages.leak, "contradict": Messages.contradict, "near_miss": Messages.near_miss}


def _text(desk: Desk, label: str) -> str:
    patterns = desk.rng.sample(desk.phrases.label_patterns[label], desk.rng.randint(1, 2))
    return " ".join([desk.one_of("opening"), *(desk.say(pattern) for pattern in patterns), desk.one_of("closing")])


def _other(rng: random.Random, phrases: Phrasings, label: str) -> str:
    return rng.choice([name for name in phrases.labels if name != label])


def _edited(rng: random.Random, text: str) -> str:
    """One word less, or other capitals and marks."""
    words = text.split(" ")
    if rng.random() < 0.5:
        plain = [place for place, word in enumerate(words) if word.isascii() and word.isalpha() and word.islower()]
        del words[rng.choice(plain)]
        return " ".join(words)
    return text.rstrip(".!?").replace(", ", " - ", 1) + " !"


def _respaced(text: str) -> str:
    """Other white space and capitals."""
    return text.upper().replace(" ", "  ", 3) + " "


def _plant(
    message: Message,
    kind: str,
    *,
    trap: bool = False,
    variant: str | None = None,
    other: str | None = None,
    before: str | None = None,
    after: str | None = None,
) -> None:
    message.planted.append(
        Planted(
            kind=kind,
            trap=trap,
            record_id=message.id,
            record_kind="example",
            variant=variant,
            counterpart_id=other,
            field="label" if before is not None else None,
            before=before,
            after=after,
        )
    )
