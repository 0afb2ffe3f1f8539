"""Something invented in the place of what is private: the same for the same value everywhere, and nobody's.

A pseudonym is read off HMAC-SHA-256 (RFC 2104) of the value under the project's key, so it needs no table, does not
depend on the order of records, and cannot be turned back, nor a guess be tried, by anyone without the key. It keeps
the form of the value and is of a range that nobody is given:

    e-mail      a domain under `.example` (RFC 2606); one per real domain, so that colleagues stay colleagues
    URL         a host under `.example`
    IPv4, IPv6  240.0.0.0/4, reserved since RFC 1112; 2001:db8::/32, for documentation (RFC 3849)
    card        digits whose Luhn check digit is wrong
    IBAN        the country, then check digits 00, which ISO 7064 mod 97-10 never gives, and which are wrong too
    account     `X` in the place of the first digit
    phone       digits that are in no numbering plan, the country code kept
    national    digits and letters that no scheme takes for its own
    birth date  the year kept, another day and month, written the same way
    name        an invented surname and other given names; each word of a name has its own pseudonym, so that
                "Jane Doe" and "Mrs Doe" stay one person, and a family stays one
    address     an invented street and town

Two values can share a pseudonym by chance: two surnames with probability 1 in 65,536 (two people, of different given
names too, 1 in 10 million), two e-mail addresses 1 in 10^21, two account numbers of ten digits 1 in 10^9.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from stdnum import iban, luhn

from luthier.curate.clean.privacy import invented, national_numbers, phones
from luthier.curate.clean.privacy.cues import listed
from luthier.curate.clean.privacy.spans import Kind
from luthier.errors import RequestError
from luthier.text.dates import find_dates

KEY_VARIABLE = "LUTHIER_PRIVACY_KEY"
KEY_FILE = "privacy.key"
PHONE_DIGITS = 8  # the last digits, which a number has with its country's code and without it
SHORTEST_KEY = 16  # characters; a shorter one could be guessed
MOST_DRAWS = 1000
_EXTENSION = re.compile(r"[\s,;]*(?:x|e|d|p|#).*", re.IGNORECASE | re.DOTALL)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_MONTHS = (
    listed("january february march april may june july august september october november december"),
    listed("jan feb mar apr may jun jul aug sep oct nov dec"),
)


def project_key(folder: Path, environment: Mapping[str, str]) -> bytes:
    """The key of a project's pseudonyms: from the environment, else from a file, made at the first call.

    Args:
        folder: where the key's file lies (`.luthier`). It is readable by its owner alone; copied with the project, it
            gives the same pseudonyms there. Deleted, nothing can say any more which pseudonym stood for whom.
        environment: `LUTHIER_PRIVACY_KEY`, if set, is the key instead.

    Raises `RequestError` where the key is too short to be one.
    """
    key = environment.get(KEY_VARIABLE, "")
    place = KEY_VARIABLE
    if not key:
        place = str(folder / KEY_FILE)
        if not (folder / KEY_FILE).exists():
            folder.mkdir(parents=True, exist_ok=True)
            _write_once(folder / KEY_FILE, secrets.token_hex(32))
        key = (folder / KEY_FILE).read_text(encoding="utf-8", errors="surrogateescape").strip()
    if len(key) < SHORTEST_KEY:
        raise RequestError(
            f"the key of the pseudonyms has {len(key)} characters", where=place,
            fix=f"Use {SHORTEST_KEY} characters or more that nobody can guess",
        )  # fmt: skip
    return key.encode(errors="surrogateescape")


def key_fingerprint(key: bytes) -> str:
    """What may be told of a key: whether two runs had the same. 16 hexadecimal digits."""
    return hmac.new(key, b"fingerprint", hashlib.sha256).hexdigest()[:16]


def _write_once(path: Path, text: str) -> None:
    """Writes a file that only its owner can read, whole or not at all; one that another process wrote first stays."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


class Pseudonyms:
    """Pseudonyms under one key.

    Args:
        key: the project's key.
        regions: whose phone numbers are written without a country code; a pseudonym is in none of their plans.
    """

    def __init__(self, key: bytes, regions: Sequence[str] = ()) -> None:
        self._key, self._regions = key, tuple(regions)
        self._makers: dict[Kind, Callable[[str], str]] = {
            "email": self._email,
            "url": self._url,
            "ip_address": self._ip_address,
            "card": self._card,
            "iban": self._iban,
            "account": self._account,
            "phone": self._phone,
            "national_number": self._national_number,
            "birth_date": self._birth_date,
            "name": self._name,
            "address": self._address,
        }

    def of(self, kind: Kind, value: str) -> str:
        """The pseudonym of a value as it is written; kinds without a form of their own get a word, `date-k3f9qa`."""
        maker = self._makers.get(kind)
        return maker(value) if maker else f"{kind.replace('_', '-')}-{self._word(kind, value.casefold(), 6)}"

    def _number(self, *about: str) -> int:
        """A number of 256 bits that depends on all of `about`, and on the key."""
        return int.from_bytes(hmac.new(self._key, "\x1f".join(about).encode(), hashlib.sha256).digest())

    def _word(self, kind: str, value: str, length: int) -> str:
        return "".join(_BASE32[digit] for digit in _digits(self._number(kind, value), 32, length))

    def _refilled(self, about: str, draw: int, value: str, *, keep: int = 0) -> str:
        """`value` with other digits and letters in the places of its own, the first `keep` characters aside.

        How a value is grouped does not matter, nor, of a phone number, what stands before its own digits: places are
        filled from the last on.
        """
        compact = re.sub(r"[\W_]", "", value).upper()
        known_by = compact[-PHONE_DIGITS:] if about == "phone" else compact
        stream = _digits(self._number(about, known_by, str(draw)), 260, len(compact))
        drawn = [
            _like(character, next(stream)) if character.isalnum() else character for character in reversed(value[keep:])
        ]
        return value[:keep] + "".join(reversed(drawn))

    def _drawn_until(self, about: str, value: str, is_real: Callable[[str], bool], *, keep: int = 0) -> str:
        """The first refilled value that is not real."""
        for draw in range(MOST_DRAWS):
            candidate = self._refilled(about, draw, value, keep=keep)
            if candidate != value and not is_real(candidate):
                return candidate
        return "".join("0" if c.isdigit() else c for c in value)

    def _email(self, value: str) -> str:
        local, domain = value.casefold().rsplit("@", 1)
        return f"{self._word('local part', local, 8)}@{self._word('domain', domain, 6)}.example"

    def _url(self, value: str) -> str:
        return f"https://{self._word('url', value, 10)}.example/"

    def _ip_address(self, value: str) -> str:
        address = ipaddress.ip_address(value)
        drawn = self._number("ip address", str(address))
        if address.version == 4:
            return str(ipaddress.IPv4Address((240 << 24) + drawn % ((16 << 24) - 1)))  # the last address is broadcast
        return str(ipaddress.IPv6Address((0x20010DB8 << 96) + drawn % (1 << 96)))

    def _card(self, value: str) -> str:
        filled = self._refilled("card", 0, value)
        digits = re.sub(r"\D", "", filled)
        right = int(luhn.calc_check_digit(digits[:-1]))
        wrong = (right + 1 + int(digits[-1]) % 9) % 10
        return filled[:-1] + str(wrong)

    def _iban(self, value: str) -> str:
        return self._drawn_until("iban", value[:2] + "00" + value[4:], iban.is_valid, keep=4)

    def _account(self, value: str) -> str:
        filled = self._refilled("account", 0, value)
        return re.sub(r"\d", "X", filled, count=1) if re.search(r"\d", filled) else "X" + filled[1:]

    def _phone(self, value: str) -> str:
        code = re.match(r"\(?(?:\+|00)\d{1,3}", value)
        number = _EXTENSION.sub("", value)
        drawn = self._drawn_until(
            "phone", number, lambda drawn: phones.could_be_real(drawn, self._regions, number),
            keep=code.end() if code else 0,
        )  # fmt: skip
        return drawn + self._refilled("extension", 0, value[len(number) :])

    def _national_number(self, value: str) -> str:
        return self._drawn_until("national number", value, national_numbers.is_national_number)

    def _birth_date(self, value: str) -> str:
        """Digits of the year stay; the day becomes 1 to 28 and the month any, each as it was written."""
        read = find_dates(value)
        known_by = (read[0].canonical if read else None) or value
        day, month = 1 + self._number("day", known_by) % 28, self._number("month", known_by) % 12
        year_first = re.match(r"\d{4}", value) is not None
        parts = list(re.finditer(r"\d+", value))
        names = re.search(r"[^\W\d_]{3,}", value)
        order = (None, month + 1, day) if year_first else (day, month + 1, None) if len(parts) == 3 else (day, None)
        replaced = [
            (part.span(), _padded(number, part[0])) for part, number in zip(parts, order, strict=False) if number
        ]
        if names and len(parts) < 3:
            replaced.append((names.span(), _MONTHS[len(names[0]) < 4][month].capitalize()))
        for (start, end), text in sorted(replaced, reverse=True):
            value = value[:start] + text + value[end:]
        return value

    def _name(self, value: str) -> str:
        """The surname is the last word, or the one before a comma."""
        words = re.split(r"([ \u00a0]+)", value)
        said = [place for place, word in enumerate(words) if word.strip()]
        last = next((place for place in said if words[place].endswith(",")), said[-1])
        return "".join(
            self._name_word(word.rstrip(","), place == last) + word[len(word.rstrip(",")) :]
            for place, word in enumerate(words)
        )

    def _name_word(self, word: str, is_last: bool) -> str:
        if not word.strip() or word[0].islower():
            return word
        if len(word) == 2 and word[1] == ".":
            return self._given(word)[0] + "."
        drawn = (
            invented.surname(self._number("surname", word.casefold()) % invented.SURNAMES)
            if is_last
            else self._given(word)
        )
        return drawn.upper() if len(word) > 1 and word.isupper() else drawn

    def _given(self, word: str) -> str:
        return invented.GIVEN_NAMES[self._number("given name", word.casefold()) % len(invented.GIVEN_NAMES)]

    def _address(self, value: str) -> str:
        drawn = self._number("address", re.sub(r"\W+", " ", value.casefold()))
        street, town, house = _digits(drawn, invented.SURNAMES, 3)
        return f"{1 + house % 199} {invented.surname(street)} Street, {invented.surname(town)}"


def _like(character: str, n: int) -> str:
    """A digit for a digit, a letter for a letter of the same case."""
    if character.isdigit():
        return str(n % 10)
    return _LETTERS[n % 26] if character.isupper() else _LETTERS[n % 26].lower()


def _padded(number: int, like: str) -> str:
    return str(number).zfill(2) if len(like) == 2 else str(number)


def _digits(number: int, base: int, count: int) -> Iterator[int]:
    """The last `count` digits of a number written in `base`; HMAC's 256 bits are stretched by hashing on."""
    for place in range(count):
        if number < base:
            number = int.from_bytes(hashlib.sha256(f"{number} {place}".encode()).digest())
        number, digit = divmod(number, base)
        yield digit
