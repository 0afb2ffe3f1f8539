"""What the patterns take for private, and the look-alikes that they must leave alone."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iban, luhn

from luthier.config.curation.privacy import Privacy
from luthier.curate.clean.privacy import find_private, find_structured
from luthier.curate.clean.privacy.national_schemes import SCHEMES, is_hong_kong_id, is_nino, is_singapore_nric
from luthier.curate.clean.privacy.payment import _IBAN_LENGTHS
from luthier.curate.clean.privacy.people import find_known_names
from luthier.errors import RequestError

SETTINGS = Privacy()


def found(text: str) -> list[tuple[str, str]]:
    return [(span.kind, text[span.start : span.end]) for span in find_private(text, SETTINGS)]


# Numbers are the published examples and test numbers of those who issue them, or made valid by hand.
@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Write to jane.o'neil+tax@mail.firm.co.uk.", "email", "jane.o'neil+tax@mail.firm.co.uk"),
        ("<müller@bücher.de>", "email", "müller@bücher.de"),
        ("card 4111 1111 1111 1111, thanks", "card", "4111 1111 1111 1111"),
        ("paid with 3782-822463-10005", "card", "3782-822463-10005"),
        ("5555555555554444", "card", "5555555555554444"),
        ("Visa 4222222222222", "card", "4222222222222"),  # 13 digits: only beside the word
        ("to GB82 WEST 1234 5698 7654 32 and", "iban", "GB82 WEST 1234 5698 7654 32"),
        ("DE89370400440532013000", "iban", "DE89370400440532013000"),
        ("IBAN DE88370400440532013000", "account", "DE88370400440532013000"),  # mistyped, but beside the word
        ("account no. 12345678 was", "account", "12345678"),
        ("Customer number: K-4711002", "account", "K-4711002"),
        ("pay 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "account", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        ("SSN 536-90-4399.", "national_number", "536-90-4399"),
        ("SSN 987-65-4325, as on the form", "national_number", "987-65-4325"),  # never issued, but named
        ("social security number 536904399", "national_number", "536904399"),
        ("NI number AB 12 34 56 C", "national_number", "AB 12 34 56 C"),
        ("NHS no 943 476 5870", "national_number", "943 476 5870"),
        ("1 85 05 78 006 084 91", "national_number", "1 85 05 78 006 084 91"),
        ("CPF 390.533.447-05", "national_number", "390.533.447-05"),
        ("RCCMNL83S18D969H", "national_number", "RCCMNL83S18D969H"),
        ("HKID A123456(3)", "national_number", "A123456(3)"),
        ("Steuer-ID 36 574 261 809", "national_number", "36 574 261 809"),
        ("passport number C01X00T47", "national_number", "C01X00T47"),
        ("from 192.168.1.20:8080", "ip_address", "192.168.1.20"),
        ("host 2001:db8:85a3::8a2e:370:7334.", "ip_address", "2001:db8:85a3::8a2e:370:7334"),
        ("IP 8.8.4.4", "ip_address", "8.8.4.4"),
        ("(212) 555-2368", "phone", "(212) 555-2368"),
        ("+44 (0)20 7946 0958 ext. 12", "phone", "+44 (0)20 7946 0958 ext. 12"),
        ("Mobile +44 7700 900091, evenings", "phone", "+44 7700 900091"),  # in no plan, but named
        ("tel. 0171 1234567", "phone", "0171 1234567"),
        ("06 12 34 56 78", "phone", "06 12 34 56 78"),
        ("https://bank.com/login?email=x%40y.de&x=1", "url", "https://bank.com/login?email=x%40y.de&x=1"),
        ("www.linkedin.com/in/jane-doe,", "url", "www.linkedin.com/in/jane-doe"),
        ("born on 12 March 1980 in", "birth_date", "12 March 1980"),
        ("DOB: 12/03/1980", "birth_date", "12/03/1980"),
        ("geb. 12.03.1980", "birth_date", "12.03.1980"),
        ("at 221B Baker Street, London NW1 6XE. He", "address", "221B Baker Street, London NW1 6XE"),
        ("Bahnhofstrasse 5\n8001 Zürich\n", "address", "Bahnhofstrasse 5\n8001 Zürich"),
        ("12 rue de la Paix, 75002 Paris", "address", "12 rue de la Paix, 75002 Paris"),
        ("Calle Mayor 12, 28013 Madrid", "address", "Calle Mayor 12, 28013 Madrid"),
        ("P.O. Box 123, Springfield, IL 62701", "address", "P.O. Box 123, Springfield, IL 62701"),
        ("told Mrs Okafor that", "name", "Okafor"),
        ("Dear Jane,\n", "name", "Jane"),
        ("Client: Jane van der Berg\n", "name", "Jane van der Berg"),
        ("Kind regards,\nMaría García\n", "name", "María García"),
    ],
)
def test_private_data_is_found_exactly(text, kind, value):
    assert (kind, value) in found(text)
    assert len(found(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Order no. 4111111111111111 shipped",  # a card's digits, said to be an order
        "order 212-555-2368",
        "invoice 536-90-4399",
        "ISIN US0378331005, CUSIP 037833100, WKN 865985, SEDOL 2046251",
        "EAN 4006381333931",
        "IMEI 490154203237518",
        "4111 1111 1111 1112",  # Luhn: the check digit of these is 1
        "GB83 WEST 1234 5698 7654 32",  # mod 97
        "QQ82 WEST 1234 5698 7654 32",  # no such country in the registry
        "666-12-3456 and 000-12-3456",  # areas that were never given out
        "version 10.4.22.1 and v1.2.3.4, see section 1.2.3.4",
        "1.2.3.4",
        "127.0.0.1 and 0.0.0.0",
        "std::vector at 10:20:30, ratio 3::4",
        "pip install luthier@1.2.3, ping user@localhost, @handle",
        "EUR 1 250 000 000 in 2019-2023, 12.03.2024 14:30, 2024-10-12",
        "$212 555 2368",
        "sold 12 345 678 units at 3.141592653589",
        "5551234567",  # ten digits in a row, and no word that says phone
        "(555) 010-1234",  # 010 is no exchange of any American area
        "1700000000000",  # a time stamp
        "https://firm.com/products/4711?page=2 and www.firm.com.",
        "founded on 12 March 1980; the fund was born in 1999",
        "12 Basis Points, 3 Park managers, in 2024 Wall Street fell",
        "Dear Sir or Madam,\nDear Shareholders,\nClient: Acme Holdings Ltd\nFrom: Support Team\n",
        "Thanks,\n",
        "",
    ],
)
def test_look_alikes_are_left_alone(text):
    assert found(text) == []


def test_a_wrong_check_digit_is_no_card_whatever_the_word_beside_it():
    assert found("card 4111 1111 1111 1112") == []


def test_an_iban_holds_its_characters_against_weaker_readings():
    # The word "account" alone would claim digits of it too.
    assert found("account GB82 WEST 1234 5698 7654 32") == [("iban", "GB82 WEST 1234 5698 7654 32")]


def test_a_link_with_an_address_in_it_is_one_finding():
    assert [kind for kind, _ in found("https://x.com/?email=a@b.de")] == ["url"]


def test_phone_numbers_of_countries_not_asked_for_need_their_country_code():
    only_us = Privacy(phone_regions=["US"])
    kinds = [span.kind for span in find_structured("06 12 34 56 78 or +33 6 12 34 56 78", only_us)]
    assert kinds == ["phone"]


def test_a_country_that_does_not_exist_is_named():
    with pytest.raises(RequestError, match="numbering plan of 'XX'"):
        find_structured("call 06 12 34 56 78", Privacy(phone_regions=["XX"]))


def test_a_known_name_is_found_again_unless_it_is_a_word_of_the_text():
    text = "Doe agreed. James Bond sold bonds. Bond prices fell."
    spans = find_known_names(text, {"Jane Doe", "James Bond"})
    assert [text[s.start : s.end] for s in spans] == ["Doe", "James Bond"]


def test_schemes_of_our_own_know_their_published_examples():
    assert is_nino("AB123456C")
    assert not is_nino("BG123456C")  # BG is not given out
    assert not is_nino("QQ123456C")  # Q is no letter of it: the form of HMRC's own placeholder
    # S0000001I: 7 digits 0000001 weigh 2 * 1 = 2; S: the third of JZIHGFEDCBA is I.
    assert is_singapore_nric("S0000001I")
    assert not is_singapore_nric("S0000001J")
    # A123456(3): 36*9 + 10*8 + 1*7 + 2*6 + 3*5 + 4*4 + 5*3 + 6*2 + 3 = 484 = 44 * 11.
    assert is_hong_kong_id("A1234563")
    assert not is_hong_kong_id("A1234564")


def test_every_scheme_can_be_asked():
    for scheme in SCHEMES:
        for form in (*scheme.forms, *scheme.cued):
            written = form.replace("*", "9")
            assert scheme.is_valid(written) in (True, False)


def test_iban_lengths_are_those_of_stdnum():
    # stdnum's registry is an independent copy of ISO 13616's; a country's length is that of its structure.
    for country, length in _IBAN_LENGTHS.items():
        info = dict(iban._ibandb.info(country)[0][1])
        if "bban" in info:
            digits = sum(int(n) for n in re.findall(r"(\d+)!", info["bban"]))
            assert digits + 4 == length, country


@given(st.text("0123456789", min_size=12, max_size=19))
@settings(deadline=None)
def test_what_counts_as_a_card_passes_luhn(digits):
    if any(kind == "card" for kind, _ in found(f"card {digits}")):
        assert luhn.is_valid(digits)


@given(st.ip_addresses())
@settings(deadline=None)
def test_every_address_of_a_host_is_found(address):
    if address.is_loopback or address.is_unspecified or address.is_multicast or str(address) == "255.255.255.255":
        return
    groups = [group for group in str(address).split(":") if group]
    if address.version == 6 and (len(groups) < 2 or max(map(len, groups)) < 3 or not re.search(r"\d", str(address))):
        return  # "100::" and "1::2" are as often something else
    assert found(f"IP address {address} logged in") == [("ip_address", str(address))]


@given(st.text(max_size=80) | st.text("0123456789 .-/()+@:#xABCde\n", max_size=60))
@settings(max_examples=300, deadline=None)
def test_spans_are_in_order_inside_the_text_and_never_overlap(text):
    spans = find_private(text, SETTINGS)
    for before, after in itertools.pairwise(spans):
        assert before.end <= after.start
    assert all(0 <= s.start < s.end <= len(text) for s in spans)


@pytest.mark.parametrize("unit", ["1", "1 ", "a@", "A1 ", "Mr A ", "12 ", ":1", "1.", "Main ", "www."])
def test_long_runs_take_no_quadratic_time(unit):
    find_private(unit * (40_000 // len(unit)), SETTINGS)
