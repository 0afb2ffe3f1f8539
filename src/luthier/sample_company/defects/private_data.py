"""A person's data that belongs to nobody: reserved addresses and numbers, published test cards, right check digits."""

from __future__ import annotations

import random
import unicodedata

from luthier.sample_company.defects.desk import Desk, Draft

KINDS = ("email", "phone", "card", "iban", "national_number", "name", "address")
MAIL_DOMAINS = ("example.com", "example.org", "example.net", "mail.example.com")  # RFC 2606
TEST_CARDS = (  # published by payment services for testing
    "4111111111111111",
    "4242424242424242",
    "4012888888881881",
    "5555555555554444",
    "5105105105105100",
    "6011111111111117",
    "3530111333300000",
)


def private(desk: Desk, variant: str) -> list[Draft]:
    """A paper with two or three of a person's data, one kind of them being `variant`."""
    kinds = [variant, *desk.rng.sample([kind for kind in KINDS if kind != variant], desk.rng.randint(1, 2))]
    values = {kind: _VALUES[kind](desk) for kind in kinds}
    table = desk.phrases.tables["private"]
    sentences = [desk.say(desk.rng.choice(table[kind]), value=value) for kind, value in values.items()]
    draft = desk.paper(0, desk.plan(), sentences)
    for kind, value in values.items():
        draft.plant("private", variant=kind, piece=value)
    return [draft]


def not_private(desk: Desk, variant: str) -> list[Draft]:
    """A number or a word that only looks like a person's data."""
    pattern = desk.rng.choice(desk.phrases.tables["private_traps"]["patterns"])
    sentence = desk.say(pattern, not_card=_not_card(desk.rng), not_iban=_not_iban(desk.rng))
    draft = desk.paper(0, desk.plan(), [sentence])
    draft.plant("not_private", trap=True, piece=sentence)
    return [draft]


def email(desk: Desk) -> str:
    first, last = (desk.grammar.draw(desk.rng, rule, {}) for rule in ("first", "last"))
    parts = [_plain(first), _plain(last)]
    mark = desk.rng.choice((".", "_", "-"))
    return f"{mark.join(parts)}{desk.rng.choice(('', str(desk.rng.randint(2, 99))))}@{desk.rng.choice(MAIL_DOMAINS)}"


def phone(desk: Desk) -> str:
    """A number of the ranges kept for drama and documentation: Ofcom's in Britain, 555-01xx in North America."""
    rng = desk.rng
    three, two = rng.randint(0, 999), rng.randint(0, 99)
    return rng.choice(
        (
            f"+44 20 7946 0{three:03d}",
            f"020 7946 0{three:03d}",
            f"07700 900{three:03d}",
            f"+44 7700 900{three:03d}",
            f"0161 496 0{three:03d}",
            f"+1 202-555-01{two:02d}",
            f"(312) 555-01{two:02d}",
            f"415.555.01{two:02d}",
        )
    )


def card(desk: Desk) -> str:
    number = desk.rng.choice(TEST_CARDS)
    mark = desk.rng.choice(("", " ", "-"))
    return mark.join(number[place : place + 4] for place in range(0, 16, 4))


def iban(desk: Desk) -> str:
    """A bank code that no bank has, and right check digits (ISO 7064, MOD 97-10)."""
    rng = desk.rng
    digits = "".join(str(rng.randint(0, 9)) for _ in range(14))
    country, account = rng.choice((("DE", f"0000{digits}"), ("GB", f"TEST{digits}"), ("NL", f"TEST{digits[:10]}")))
    whole = f"{country}{check_digits(country, account)}{account}"
    if rng.random() < 0.5:
        return whole
    return " ".join(whole[place : place + 4] for place in range(0, len(whole), 4))


def check_digits(country: str, account: str) -> str:
    """An IBAN's two check digits."""
    number = int("".join(str(int(letter, 36)) for letter in f"{account}{country}00"))
    return f"{98 - number % 97:02d}"


def luhn_holds(number: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1)."""
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _national_number(desk: Desk) -> str:
    """One of the ten American numbers that are kept for advertising."""
    return f"987-65-432{desk.rng.randint(0, 9)}"


def _name(desk: Desk) -> str:
    return desk.grammar.draw(desk.rng, "name", {})


def _address(desk: Desk) -> str:
    street = desk.rng.choice(desk.phrases.tables["private"]["streets"])
    return f"{desk.rng.randint(1, 180)} {street}, {desk.grammar.draw(desk.rng, 'town', {})}"


def _not_card(rng: random.Random) -> str:
    """Sixteen digits whose check digit is wrong."""
    digits = str(rng.randint(2, 8)) + "".join(str(rng.randint(0, 9)) for _ in range(15))
    if luhn_holds(digits):
        digits = digits[:-1] + str((int(digits[-1]) + 1) % 10)
    return digits


def _not_iban(rng: random.Random) -> str:
    """Like an IBAN, with wrong check digits."""
    account = f"TEST{rng.randint(10**9, 10**10 - 1)}"
    wrong = (int(check_digits("NL", account)) + 7) % 97
    return f"NL{wrong:02d}{account}"


def _plain(name: str) -> str:
    """A name as it stands in a mail address."""
    decomposed = unicodedata.normalize("NFD", name.lower().replace("ø", "o").replace("ł", "l").replace("æ", "ae"))
    return "".join(letter for letter in decomposed if letter.isascii() and letter.isalpha())


_VALUES = {
    "email": email,
    "phone": phone,
    "card": card,
    "iban": iban,
    "national_number": _national_number,
    "name": _name,
    "address": _address,
}
