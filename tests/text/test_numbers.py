"""Numbers: what they are worth, in which unit, and what only looks like one."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luthier.text.numbers import find_numbers
from luthier.text.units import in_base_units


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("€1,200.50", "EUR 1200.50"),
        ("EUR 1.200,50", "EUR 1200.50"),
        ("1 200.50 euros", "EUR 1200.50"),
        ("CHF 1'200.50", "CHF 1200.50"),
        ("1.200.000 Euro", "EUR 1200000"),
        ("1.2m EUR", "EUR 1200000"),
        ("EUR 1.2 million", "EUR 1200000"),
        ("EUR 120k", "EUR 120000"),
        ("USD 5bn", "USD 5000000000"),
        ("A$5", "AUD 5"),
        ("−€5.20", "EUR -5.20"),
        ("-5%", "-5%"),
        ("12½ %", "12.5%"),
        ("5 per cent", "5%"),
        ("25 basis points", "25 bp"),
        ("24 months", "24 months"),
        ("1 year", "1 year"),
        ("500mg", "500 mg"),
        ("5 mg/kg", "5 mg/kg"),
        ("3 mg per day", "3 mg/day"),
        ("12 000", "12000"),
        ("0,5", "0.5"),
        ("3m", "3 m"),  # without money, "m" is metres
    ],
)
def test_many_ways_of_writing_have_one_form(text: str, canonical: str) -> None:
    sentence = f"It is {text}, as agreed."
    (found,) = find_numbers(sentence)
    assert found.canonical == canonical
    assert sentence[found.start : found.end] == text
    assert found.alternative is None


@pytest.mark.parametrize(
    "text",
    ["v2.0.1", "at 10:30", "1/2", "24/7", "+44 20 7946 0958", "no. 0044", "AB-1234", "B12", "12.03.2024", "2024-03-12",
     "the 2nd", "192.168.1.10", "10,20,30,4"],
)  # fmt: skip
def test_what_only_looks_like_a_number_is_left_alone(text: str) -> None:
    assert find_numbers(text) == []


def test_a_figure_that_reads_two_ways_says_so() -> None:
    (found,) = find_numbers("a weight of 1.200")
    assert (found.value, found.alternative) == (Decimal("1.2"), Decimal(1200))


def test_the_texts_other_figures_settle_it() -> None:
    first, second = find_numbers("a weight of 1.200 and a share of 3,5")
    assert (first.value, first.alternative) == (Decimal(1200), None)
    assert second.value == Decimal("3.5")
    *_, doubtful = find_numbers("1.200,50 and 1,200.50 and 1.200")  # the first two contradict each other
    assert (doubtful.value, doubtful.alternative) == (Decimal("1.2"), Decimal(1200))


def test_the_reader_may_be_told() -> None:
    assert find_numbers("1.200", decimal_mark=",")[0].value == 1200
    assert find_numbers("$5", dollar="AUD")[0].canonical == "AUD 5"


def test_figures_side_by_side_stay_apart() -> None:
    assert [found.value for found in find_numbers("page 12 300 clients")] == [12, 300]
    assert [found.canonical for found in find_numbers("from 10-15%")] == ["10", "15%"]


def test_spans_to_skip_hold_no_number() -> None:
    assert [found.value for found in find_numbers("4 May 2025: 7 calls", skip=[(0, 10)])] == [7]


def test_a_figure_of_more_digits_than_decimals_keep_has_a_canonical_form() -> None:
    figure = "1" + 31 * "0"
    assert find_numbers(f"{figure} EUR")[0].canonical == f"EUR {figure}"


def test_quantities_compare_in_base_units() -> None:
    assert in_base_units(Decimal("0.5"), "g") == in_base_units(Decimal(500), "mg")
    assert in_base_units(Decimal(2), "year") == (Decimal(24), "month")
    # 5 mg/kg: kg is 1,000,000 mg
    assert in_base_units(Decimal(5), "mg/kg") == (Decimal("0.000005"), "mg/mg")
    assert in_base_units(Decimal(5), "EUR") == (Decimal(5), "EUR")


@given(st.decimals(min_value=0, max_value=10**9, places=2), st.sampled_from(["{:,.2f}", "{:.2f}"]), st.booleans())
@settings(deadline=None)
def test_amounts_are_read_back_as_they_were_written(amount: Decimal, form: str, german: bool) -> None:
    written = form.format(amount)
    if german:
        written = written.translate(str.maketrans(",.", ".,"))
    (found,) = find_numbers(f"EUR {written}")
    assert (found.value, found.unit, found.alternative) == (amount, "EUR", None)


@given(st.text(alphabet="0123456789., '-/%€$mkgEUR½\n", max_size=30) | st.text(max_size=30))
@settings(deadline=None)
def test_spans_are_in_order_and_the_canonical_form_reads_the_same(text: str) -> None:
    edges = [edge for found in find_numbers(text) for edge in (found.start, found.end)]
    assert edges == sorted(edges)
    for found in find_numbers(text):
        (again,) = find_numbers(found.canonical, decimal_mark=".")
        assert (again.value, again.unit) == (found.value, found.unit)
