"""What is on the paper besides its matter: boilerplate, wrong decoding, the errors of a scan."""

from __future__ import annotations

import random

from luthier.sample_company.defects.desk import Desk, Draft

CONFUSED = {
    "rn": "m", "m": "rn", "l": "1", "i": "l", "o": "0", "e": "c", "a": "o", "s": "5", "h": "b", "d": "cl",
    "t": "f", "u": "ii", "n": "ri", "B": "8", "S": "5", "O": "0", "c": "(", "v": "y", "g": "9", ".": ",",
}  # fmt: skip
SPECKS = "~^*·|_'`¦"


def boilerplate(desk: Desk, variant: str) -> list[Draft]:
    """A paper with one of the firm's recurring texts above or below it, or with one on each side (`both`)."""
    draft = desk.paper(0, desk.plan())
    table = desk.phrases.tables["boilerplate"]
    for part in ("header", "disclaimer") if variant == "both" else (variant,):
        piece = desk.rng.choice(table[part])
        draft.text = f"{piece}\n\n{draft.text}" if part == "header" else f"{draft.text}\n\n{piece}"
        draft.plant("boilerplate", variant=part, piece=piece)
    return [draft]


def one_off(desk: Desk, variant: str) -> list[Draft]:
    """A sentence that reads like a disclaimer, once."""
    sentence = desk.one_of("one_off", product=desk.subject())
    draft = desk.paper(0, desk.plan(), [sentence])
    draft.plant("one_off", trap=True, piece=sentence)
    return [draft]


def mojibake(desk: Desk, variant: str) -> list[Draft]:
    """UTF-8 read with a table of single bytes: one sentence of the paper, or all of it (`whole`)."""
    sentence = desk.one_of("accented")
    draft = desk.paper(0, desk.plan(), [sentence])
    right = draft.text if variant == "whole" else sentence
    wrong = misread(right)
    draft.text = draft.text.replace(right, wrong)
    draft.plant("mojibake", variant=variant, piece=wrong, before=right)
    return [draft]


def misread(text: str) -> str:
    """UTF-8 bytes read as Windows-1252; the five bytes that it lacks pass as Latin-1 control characters."""
    letters = []
    for byte in text.encode():
        try:
            letters.append(bytes([byte]).decode("cp1252"))
        except UnicodeDecodeError:
            letters.append(chr(byte))
    return "".join(letters)


def scanned(desk: Desk, variant: str) -> list[Draft]:
    """A paper as a poor scan is read: letters confused, words broken and run together, specks."""
    draft = desk.paper(0, desk.plan())
    rate = 0.07 if variant == "light" else 0.16
    draft.text = _scan(desk.rng, draft.text, rate)
    draft.plant("ocr_noise", variant=variant)
    return [draft]


def _scan(rng: random.Random, text: str, rate: float) -> str:
    letters = []
    for letter in text:
        if rng.random() >= rate:
            letters.append(letter)
        elif letter == " ":
            letters.append(rng.choice(("", "  ", f" {rng.choice(SPECKS)} ")))
        else:
            letters.append(CONFUSED.get(letter, letter + rng.choice(("", " ", rng.choice(SPECKS)))))
    return "".join(letters)


def looks_noisy(desk: Desk, variant: str) -> list[Draft]:
    """Traps: right accents, or lines of codes, in an ordinary paper."""
    plan = desk.plan()
    bound = {"ref": plan.bound["ref"]}
    if variant == "accents":
        sentences = [desk.one_of("accents_that_are_right")]
    else:
        sentences = [desk.one_of("dense", **bound) for _ in range(desk.rng.randint(2, 4))]
    draft = desk.paper(0, plan, sentences)
    draft.plant(variant, trap=True, piece=sentences[0])
    return [draft]
