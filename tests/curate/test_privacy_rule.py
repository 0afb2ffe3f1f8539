"""What the privacy rule does to a record, and what its pseudonyms promise."""

from __future__ import annotations

import ipaddress
import re

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import undo
from stdnum import iban, luhn

from luthier.config.curation.privacy import Privacy
from luthier.curate.clean.edits import apply
from luthier.curate.clean.privacy import (
    CODES,
    KINDS,
    Pseudonyms,
    clean_document,
    clean_example,
    key_fingerprint,
    project_key,
)
from luthier.curate.clean.privacy.national_numbers import is_national_number
from luthier.errors import RequestError
from luthier.records import Document, Example, Provenance, Target
from luthier.text.dates import find_dates

SOURCE = Provenance(source="notes", file="notes.csv", row=1)
DEFAULT = Privacy()
EVERYTHING = Privacy(**dict.fromkeys(KINDS, "pseudonym"))
PSEUDONYMS = Pseudonyms(b"a key that nobody can guess", DEFAULT.phone_regions)
LETTER = (
    "Dear Mr Smith,\nyour account number 12345678, IBAN GB82 WEST 1234 5698 7654 32, card 4111 1111 1111 1111.\n"
    "Born on 12 March 1980. SSN 536-90-4399. Call (212) 555-2368 or mail jane.smith@firm.com from 8.8.14.4.\n"
    "Smith lives at 221B Baker Street, London NW1 6XE.\nKind regards,\nAnna Doe\n"
)
PIECES = st.sampled_from(
    [
        *LETTER.split(" "),
        "(212) 555-2368",
        "4111 1111 1111 1111",
        "a@b.de",
        "SSN 536-90-4399",
        "tel. 0171 1234567",
        "\n",
        "Mr Bond",
    ]
)
TEXTS = st.lists(PIECES, max_size=25).map(" ".join)


def document(text: str, **more) -> Document:
    return Document(id="d1", text=text, media_type="text/plain", source=SOURCE, **more)


def test_the_default_policy_masks_numbers_and_keeps_a_text_readable():
    cleaned, findings = clean_document(document(LETTER), DEFAULT, PSEUDONYMS)
    name = PSEUDONYMS.of("name", "Smith")
    assert cleaned.text == (
        f"Dear Mr {name},\nyour account number [ACCOUNT], IBAN [IBAN], card [CARD].\n"
        "Born on [BIRTH DATE]. SSN [NATIONAL NUMBER]. Call [PHONE] or mail [EMAIL] from [IP ADDRESS].\n"
        f"{name} lives at [ADDRESS].\nKind regards,\n{PSEUDONYMS.of('name', 'Anna Doe')}\n"
    )
    assert {f.code for f in findings} <= CODES.keys()
    assert {f.action for f in findings} == {"edit"}


def test_the_ledger_does_not_repeat_values_unless_asked_to():
    _, findings = clean_document(document(LETTER), DEFAULT, PSEUDONYMS)
    assert {f.before for f in findings} == {None}
    _, findings = clean_document(document(LETTER), DEFAULT.model_copy(update={"keep_values": True}), PSEUDONYMS)
    assert [f.before for f in findings] == [LETTER[f.start : f.end] for f in findings]


def test_a_flag_changes_nothing_and_leave_says_nothing():
    lenient = Privacy(email="flag", phone="leave")
    before = document("mail a@b.de, tel. 0171 1234567")
    after, findings = clean_document(before, lenient)
    assert after is before
    assert [(f.code, f.action, f.after) for f in findings] == [("privacy.email", "flag", None)]


def test_an_untouched_record_is_the_same_object():
    before = document("The fund rose by 3.4 % in 2024.")
    assert clean_document(before, DEFAULT, PSEUDONYMS) == (before, [])
    assert clean_document(before, DEFAULT, PSEUDONYMS)[0] is before


def test_names_shown_in_one_field_are_known_in_the_others():
    before = Example(
        id="e1", task="summary", inputs={"note": "Client: Jane Doe\nWants less risk."},
        target=Target(text="Jane Doe wants less risk."), alternatives=("Less risk for Doe.",), source=SOURCE, group="g",
    )  # fmt: skip
    after, findings = clean_example(before, DEFAULT, PSEUDONYMS)
    given_name, surname = PSEUDONYMS.of("name", "Jane Doe").split(" ")
    assert after.inputs == {"note": f"Client: {given_name} {surname}\nWants less risk."}
    assert after.target.text == f"{given_name} {surname} wants less risk."
    assert after.alternatives == (f"Less risk for {surname}.",)
    assert [f.field for f in findings] == ["inputs.note", "target.text", "alternatives.0"]


def test_labels_and_titles():
    before = Example(
        id="e1", task="t", inputs={"n": "a@b.de"}, target=Target(labels=("a@b.de",)), source=SOURCE, group="g"
    )
    assert clean_example(before, DEFAULT)[0].target == before.target
    assert (
        clean_document(document("fine", title="Letter to Mr Smith"), Privacy(name="mask"))[0].title
        == "Letter to Mr [NAME]"
    )


def test_pseudonyms_without_a_key_are_refused_only_where_one_is_needed():
    clean_document(document("nothing here"), EVERYTHING)
    with pytest.raises(RequestError, match="no key"):
        clean_document(document("a@b.de"), EVERYTHING)


@given(TEXTS)
@settings(max_examples=150, deadline=None)
@pytest.mark.parametrize("policy", [DEFAULT, EVERYTHING], ids=["default", "pseudonyms"])
def test_edits_applied_give_the_new_text_and_undone_the_old(policy, text):
    cleaned, findings = clean_document(document(text), policy, PSEUDONYMS)
    assert apply(text, findings) == cleaned.text
    assert undo(cleaned.text, findings, text) == text
    assert (cleaned.text == text) == (not findings)


def test_undoing_edits_of_another_text_is_refused():
    _, findings = clean_document(document("mail a@b.de"), DEFAULT)
    with pytest.raises(ValueError, match="not in the edited text"):
        undo("mail someone else", findings, "mail a@b.de")


@pytest.mark.parametrize(
    ("kind", "value", "form"),
    [
        ("card", "4111 1111 1111 1111", r"\d{4} \d{4} \d{4} \d{4}"),
        ("iban", "GB82 WEST 1234 5698 7654 32", r"GB00 [A-Z]{4} \d{4} \d{4} \d{4} \d\d"),
        ("account", "12-345678", r"X\d-\d{6}"),
        ("phone", "(212) 555-2368", r"\(\d{3}\) \d{3}-\d{4}"),
        ("phone", "+44 20 7946 0958", r"\+44 \d\d \d{4} \d{4}"),
        ("national_number", "536-90-4399", r"\d{3}-\d\d-\d{4}"),
        ("national_number", "RCCMNL83S18D969H", r"[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z]"),
        ("birth_date", "12 March 1980", r"\d\d [A-Z][a-z]+ 1980"),
        ("birth_date", "1980-03-12", r"1980-\d\d-\d\d"),
        ("email", "jane@firm.com", r"[a-z2-7]{8}@[a-z2-7]{6}\.example"),
        ("name", "Jane Doe", r"[A-Z][a-z]+ [A-Z][a-z]+"),
        ("name", "JANE DOE", r"[A-Z]+ [A-Z]+"),
        ("name", "J. van der Doe", r"[A-Z]\. van der [A-Z][a-z]+"),
        ("date", "last week", r"date-[a-z2-7]{6}"),
    ],
)
def test_a_pseudonym_keeps_the_form_is_stable_and_is_not_the_value(kind, value, form):
    drawn = PSEUDONYMS.of(kind, value)
    assert re.fullmatch(form, drawn)
    assert drawn != value
    assert drawn == Pseudonyms(b"a key that nobody can guess", DEFAULT.phone_regions).of(kind, value)
    assert drawn != Pseudonyms(b"another key, not known either", DEFAULT.phone_regions).of(kind, value)


def test_a_person_is_one_person_however_named():
    given_name, surname = PSEUDONYMS.of("name", "Jane Doe").split(" ")
    assert PSEUDONYMS.of("name", "Doe") == surname
    assert PSEUDONYMS.of("name", "JANE DOE") == f"{given_name} {surname}".upper()
    assert PSEUDONYMS.of("email", "jane@firm.com").split("@")[1] == PSEUDONYMS.of("email", "tom@FIRM.com").split("@")[1]


@given(st.text("0123456789", min_size=13, max_size=19))
@settings(deadline=None)
def test_no_invented_card_passes_luhn(digits):
    assert not luhn.is_valid(PSEUDONYMS.of("card", digits))


@given(st.from_regex(r"DE[0-9]{20}", fullmatch=True))
@settings(deadline=None)
def test_no_invented_iban_is_valid(value):
    assert not iban.is_valid(PSEUDONYMS.of("iban", value))


@given(st.integers(2_000_000_000, 9_999_999_999))
@settings(max_examples=60, deadline=None)
def test_no_invented_phone_number_is_in_a_plan(number):
    international = PSEUDONYMS.of("phone", f"+1 {number}")
    assert not phonenumbers.is_valid_number(phonenumbers.parse(international))


@given(st.from_regex(r"[1-8][0-9]{2}-[0-9]{2}-[0-9]{4}", fullmatch=True))
@settings(max_examples=60, deadline=None)
def test_no_invented_national_number_is_any_scheme_s(value):
    assert not is_national_number(PSEUDONYMS.of("national_number", value))


@given(st.ip_addresses())
@settings(max_examples=60, deadline=None)
def test_invented_ip_addresses_are_reserved(address):
    drawn = ipaddress.ip_address(PSEUDONYMS.of("ip_address", str(address)))
    network = ipaddress.ip_network("240.0.0.0/4" if address.version == 4 else "2001:db8::/32")
    assert drawn in network


@pytest.mark.parametrize(
    ("kind", "ways"),
    [
        ("iban", ["CH9300762011623852957", "CH93 0076 2011 6238 5295 7"]),
        ("card", ["4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111"]),
        ("national_number", ["536904399", "536-90-4399"]),
        ("phone", ["+41 44 668 18 00", "+41446681800", "+41 (0)44 668 18 00"]),
        ("birth_date", ["12 March 1980", "1980-03-12", "12.03.1980"]),
    ],
)
def test_one_value_has_one_pseudonym_however_it_is_written(kind, ways):
    """A phone number's own digits and the day and month of a birth are looked at; the rest is kept as written."""
    if kind == "birth_date":
        drawn = {find_dates(PSEUDONYMS.of(kind, way), day_first=True)[0].canonical for way in ways}
    else:
        drawn = {re.sub(r"\W", "", PSEUDONYMS.of(kind, way))[-8:] for way in ways}
    assert len(drawn) == 1


def test_a_name_is_the_same_person_with_the_surname_first():
    given, surname = PSEUDONYMS.of("name", "Hans Keller").split()
    assert PSEUDONYMS.of("name", "Keller, Hans") == f"{surname}, {given}"


def test_different_values_have_different_pseudonyms():
    # 2,000 of each. By chance two of 2,000 ten-digit accounts meet with probability 2000^2 / (2 * 10^9) = 0.002; two of
    # 2,000 surnames out of 65,536 are expected to meet 2000^2 / (2 * 65536) = 31 times, so names differ as wholes.
    for kind, form in (("account", "10{:08d}"), ("email", "client{}@firm.com"), ("card", "411111{:010d}")):
        assert len({PSEUDONYMS.of(kind, form.format(n)) for n in range(2000)}) == 2000
    names = {PSEUDONYMS.of("name", f"Given{chr(65 + n % 26).lower()} Surname{n}x") for n in range(2000)}
    assert len(names) >= 1990


def test_a_key_is_made_once_is_private_and_its_fingerprint_tells_nothing_else(tmp_path):
    key = project_key(tmp_path / ".luthier", {})
    assert project_key(tmp_path / ".luthier", {}) == key
    assert (tmp_path / ".luthier" / "privacy.key").stat().st_mode & 0o077 == 0
    assert len(key) == 64
    assert project_key(tmp_path / "elsewhere", {}) != key
    given_key = project_key(tmp_path / ".luthier", {"LUTHIER_PRIVACY_KEY": "from the environment"})
    assert given_key == b"from the environment"
    assert key_fingerprint(given_key) != key_fingerprint(key)
    assert given_key.hex() not in key_fingerprint(given_key)


def test_a_key_that_somebody_wrote_may_have_any_bytes(tmp_path):
    (tmp_path / "privacy.key").write_bytes(b"ein Schl\xfcssel, den niemand err\xe4t\n")
    assert project_key(tmp_path, {}) == b"ein Schl\xfcssel, den niemand err\xe4t"


def test_a_key_that_could_be_guessed_is_refused(tmp_path):
    with pytest.raises(RequestError, match="6 characters"):
        project_key(tmp_path, {"LUTHIER_PRIVACY_KEY": "secret"})
