"""The same paper twice: as an exact or a near duplicate, and as the twin or the repeat that only looks like one."""

from __future__ import annotations

import dataclasses
import random
import re
import unicodedata

from luthier.sample_company.defects.desk import Desk, Draft

EXACT = ("verbatim", "white_space", "unicode", "other_file")
NEAR = ("typos", "reordered", "footer", "punctuation", "cut", "forwarded")
SENTENCE_END = re.compile(r"(?<=[.!?]) (?=\w)|\n+")
PLAIN_WORD = re.compile(r"(?<![\w@.])[a-z]{6,}(?![\w@.])", re.ASCII)


def exact(desk: Desk, variant: str) -> list[Draft]:
    """A paper and its copy."""
    extra = [desk.one_of("accented")] if variant == "unicode" else []
    plan = desk.plan()
    first, copy = (desk.paper(member, plan, extra) for member in range(2))
    if variant == "white_space":
        copy.text = _respaced(desk.rng, copy.text)
    elif variant == "unicode":
        copy.text = unicodedata.normalize("NFD", copy.text)
    elif variant == "other_file":
        copy.source, copy.id = "intake", copy.id.replace("library:", "intake:")
    copy.plant("duplicate.exact", variant=variant, other=first.id)
    return [first, copy]


def near(desk: Desk, variant: str) -> list[Draft]:
    """A paper and the same with a small edit, which leaves every name, number and date of it as it was."""
    plan = desk.plan()
    first, copy = (desk.paper(member, plan) for member in range(2))
    copy.text = _EDITS[variant](desk, copy.text)
    copy.plant("duplicate.near", variant=variant, other=first.id)
    return [first, copy]


def twins(desk: Desk, variant: str) -> list[Draft]:
    """One template, two clients. Of the variant `name_only` even the amounts and the day agree."""
    plan = desk.plan(desk.phrases.notice)
    other = desk.person() | {"ref": desk.reference()} | ({} if variant == "name_only" else desk.money_and_day())
    if other["client"] == plan.bound["client"]:
        other["client"] += " jr."
    first = desk.paper(0, plan)
    second = desk.paper(1, dataclasses.replace(plan, bound={**plan.bound, **other}))
    second.plant("template_twin", trap=True, variant=variant, other=first.id)
    return [first, second]


def repeats(desk: Desk, variant: str) -> list[Draft]:
    """One template, one client, another month with its own amounts."""
    plan = desk.plan(desk.phrases.notice)
    again = desk.money_and_day()
    first = desk.paper(0, plan)
    second = desk.paper(1, dataclasses.replace(plan, bound={**plan.bound, **again}), group=first.group)
    second.plant("legitimate_repeat", trap=True, variant=variant, other=first.id)
    return [first, second]


def _respaced(rng: random.Random, text: str) -> str:
    """Other white space between the same words."""
    gaps = (" ", " ", " ", "  ", "\t", "\u00a0")
    return "".join(rng.choice(gaps) if letter == " " else letter for letter in text).replace("\n\n", " \n\n\n") + "\n"


def _typos(desk: Desk, text: str) -> str:
    """Two to four words of the language with two letters swapped or one lost."""
    words = list(PLAIN_WORD.finditer(text))
    chosen = sorted(desk.rng.sample(words, desk.rng.randint(2, 4)), key=lambda match: -match.start())
    for match in chosen:
        word, at = match[0], desk.rng.randint(1, len(match[0]) - 3)
        wrong = word[:at] + word[at + 1] + word[at] + word[at + 2 :] if desk.rng.random() < 0.5 else ""
        if wrong in {"", word}:
            wrong = word[:at] + word[at + 1 :]
        text = text[: match.start()] + wrong + text[match.end() :]
    return text


def _pieces(text: str) -> list[tuple[int, int]]:
    """Where the text's sentences and lines begin and end."""
    cuts = [(match.start(), match.end()) for match in SENTENCE_END.finditer(text)]
    starts = [0, *(end for _, end in cuts)]
    return list(zip(starts, [*(start for start, _ in cuts), len(text)], strict=True))


def _reordered(desk: Desk, text: str) -> str:
    """Two neighbouring sentences from the middle in the other order."""
    pieces = _pieces(text)
    at = desk.rng.randrange(len(pieces) // 2, len(pieces) - 3)
    (start, end), (after, last) = pieces[at], pieces[at + 1]
    return text[:start] + text[after:last] + text[end:after] + text[start:end] + text[last:]


def _cut(desk: Desk, text: str) -> str:
    """Without one sentence from the middle."""
    pieces = _pieces(text)
    at = desk.rng.randrange(len(pieces) // 2, len(pieces) - 2)
    return text[: pieces[at][0]] + text[pieces[at + 1][0] :]


def _footer(desk: Desk, text: str) -> str:
    return f"{text}\n\n{desk.one_of('near_footers')}"


def _forwarded(desk: Desk, text: str) -> str:
    return f"{desk.rng.choice(('FYI', 'Fwd', 'Forwarded', 'See below', 'For your file'))}:\n\n{text}"


def _punctuation(desk: Desk, text: str) -> str:
    """Other marks between the same words."""
    text = text.replace("; ", ", ") if "; " in text else text.replace(", ", " - ", 2)
    return re.sub(r"(?<=[a-z])\.(?=\n|$)", "!", text, count=desk.rng.randint(1, 3)).replace(": ", " - ", 1)


_EDITS = {
    "typos": _typos,
    "reordered": _reordered,
    "footer": _footer,
    "punctuation": _punctuation,
    "cut": _cut,
    "forwarded": _forwarded,
}
