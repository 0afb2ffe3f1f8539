"""Dates: which day is meant, how exactly, and which can be read two ways."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luthier.text.dates import find_dates


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("2025-04-03", "2025-04-03"),
        ("25/04/2025", "2025-04-25"),
        ("04/25/2025", "2025-04-25"),
        ("04/04/2025", "2025-04-04"),
        ("3.4.25", "2025-04-03"),
        ("3 April 2025", "2025-04-03"),
        ("3rd of April 2025", "2025-04-03"),
        ("April 3rd, 2025", "2025-04-03"),
        ("3-Apr-25", "2025-04-03"),
        ("3. März 2025", "2025-03-03"),
        ("1er mai 2025", "2025-05-01"),
        ("May 2025", "2025-05"),
        ("04/2025", "2025-04"),
        ("Q2 2025", "2025-Q2"),
        ("2Q25", "2025-Q2"),
        ("third quarter of 2025", "2025-Q3"),
        ("second half of 2025", "2025-H2"),
    ],
)
def test_many_ways_of_writing_have_one_form(text: str, canonical: str) -> None:
    sentence = f"Reviewed {text}, as agreed."
    (found,) = find_dates(sentence)
    assert found.canonical == canonical
    assert sentence[found.start : found.end] == text


def test_a_date_that_reads_two_ways_has_two_candidates_and_no_date() -> None:
    (found,) = find_dates("due 03/04/2025")
    assert found.date is None
    assert found.canonical is None
    assert found.candidates == (dt.date(2025, 4, 3), dt.date(2025, 3, 4))


def test_the_text_settles_it_where_only_one_order_explains_it() -> None:
    first, _ = find_dates("due 03/04/2025, paid 25/04/2025")
    assert first.date == dt.date(2025, 4, 3)
    first, _ = find_dates("due 03/04/2025, paid 04/25/2025")
    assert first.date == dt.date(2025, 3, 4)
    # one date of each order: nothing is settled
    assert find_dates("due 03/04/2025, 25/04/2025 and 04/25/2025")[0].date is None


def test_the_reader_may_be_told() -> None:
    assert find_dates("03/04/2025", day_first=True)[0].date == dt.date(2025, 4, 3)
    assert find_dates("03/04/2025", day_first=False)[0].date == dt.date(2025, 3, 4)


@pytest.mark.parametrize(
    "text", ["31/02/2025", "1.2.3.4", "in 2000 clients", "2025 clients", "you may 2025 times", "3 April", "10:30"]
)
def test_what_only_looks_like_a_date_is_left_alone(text: str) -> None:
    assert find_dates(text) == []


def test_a_year_counts_after_a_word_that_makes_it_one() -> None:
    (found,) = find_dates("retired in 2025.")
    assert (found.canonical, found.start, found.end) == ("2025", 11, 15)


@given(st.dates(dt.date(1950, 1, 1), dt.date(2049, 12, 31)), st.sampled_from(["%Y-%m-%d", "%d %B %Y", "%d.%m.%y"]))
@settings(deadline=None)
def test_dates_are_read_back_as_they_were_written(day: dt.date, form: str) -> None:
    (found,) = find_dates(f"on {day.strftime(form)}")
    assert found.date == day


@given(st.text(alphabet="0123456789/.- MayQH,fin", max_size=40))
@settings(deadline=None)
def test_spans_are_in_order_and_never_overlap(text: str) -> None:
    edges = [edge for found in find_dates(text) for edge in (found.start, found.end)]
    assert edges == sorted(edges)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("31 de marzo de 2024", "2024-03-31"),
        ("1º de enero del 2024", "2024-01-01"),
        ("31 marzo 2024", "2024-03-31"),
        ("30 giugno 2024", "2024-06-30"),
        ("15 maart 2024", "2024-03-15"),
        ("31 mei 2024", "2024-05-31"),
        ("31-12-24", "2024-12-31"),  # there is no 31st month
        ("12-31-24", "2024-12-31"),
        ("03-03-25", "2025-03-03"),  # the same either way
    ],
)
def test_months_of_more_languages_and_hyphens_with_two_digits_are_read(text: str, canonical: str) -> None:
    sentence = f"Reviewed {text}, as agreed."
    (found,) = find_dates(sentence)
    assert found.canonical == canonical
    assert sentence[found.start : found.end] == text


def test_two_digits_with_hyphens_that_read_two_ways_have_two_candidates() -> None:
    (found,) = find_dates("due 03-04-25")
    assert found.date is None
    assert found.candidates == (dt.date(2025, 4, 3), dt.date(2025, 3, 4))
    assert find_dates("due 03-04-25, paid 25-04-25")[0].date == dt.date(2025, 4, 3)
    assert find_dates("due 03-04-25", day_first=False)[0].date == dt.date(2025, 3, 4)


@pytest.mark.parametrize(
    "text",
    ["sort code 10-12-14", "Sort code: 20-11-12", "ref. 03-04-25", "order no. 03-04-25", "20-11-12 12345678",
     "#01-02-03", "40-11-99", "1-03-04-25", "03-04-25-01"],
)  # fmt: skip
def test_what_numbers_something_is_no_date(text: str) -> None:
    assert find_dates(f"see {text} there") == []


def test_a_month_that_is_a_verb_in_english_needs_its_capital() -> None:
    assert find_dates("you may 2025 times") == []
    assert find_dates("jusqu'en mars 2025")[0].canonical == "2025-03"
