"""Amounts, units and dates: one form beside the text, and in it only where asked."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import document, example, undo

from luthier.config.curation.canonical import Canonical
from luthier.curate.clean.canonical import CODES, clean_document, clean_example
from luthier.curate.clean.edits import apply

REWRITE = Canonical(rewrite=["amounts", "units", "dates"])
LETTER = "On 3 April 2025 we moved €1,200.50 (12,5 %) for 24 months."
PIECES = st.lists(
    st.sampled_from(
        ["€1,200.50", "EUR 1.200,50", "1.2m EUR", "EUR 1.200", "3 April 2025", "03/04/2025", "25/04/2025", "Q2 2025",
         "12 %", "5 mg/kg", "1 month", "paid", ".", "\n", "in 2025", "10-15%", "$5"]
    ),
    max_size=8,
).map(" ".join)  # fmt: skip


def test_by_default_the_canonical_form_stands_beside_an_unchanged_text():
    before = document(LETTER)
    after, findings = clean_document(before, Canonical())
    assert after is before
    assert [(f.action, f.before, f.after) for f in findings] == [
        ("assign", "3 April 2025", "2025-04-03"),
        ("assign", "€1,200.50", "EUR 1200.50"),
        ("assign", "12,5 %", "12.5%"),
    ]  # "24 months" is in canonical form already
    assert all(LETTER[f.start : f.end] == f.before for f in findings)


def test_the_text_is_rewritten_where_the_settings_ask():
    after, _ = clean_document(document(LETTER), REWRITE)
    assert after.text == "On 2025-04-03 we moved EUR 1200.50 (12.5%) for 24 months."
    after, _ = clean_document(document(LETTER), Canonical(rewrite=["dates"]))
    assert after.text == "On 2025-04-03 we moved €1,200.50 (12,5 %) for 24 months."


def test_a_date_that_reads_two_ways_goes_to_a_person_once():
    before = document("Due 03/04/2025. We repeat: 03/04/2025.")
    after, (finding,) = clean_document(before, REWRITE)
    assert after is before
    assert (finding.code, finding.action, finding.start) == ("canonical.ambiguous_date", "flag", 4)
    assert "3 April 2025 or 4 March 2025" in finding.reason


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (Canonical(day_first=True), "Due 03/04/2025."),
        (Canonical(day_first=False, day_first_by_source={"letters": True}), "Due 03/04/2025."),
        (Canonical(), "Due 03/04/2025, as of 31/03/2025."),
    ],
)
def test_the_setting_the_source_or_the_document_settles_it(given, text):
    _, findings = clean_document(document(text), given)
    assert (findings[0].code, findings[0].after) == ("canonical.date", "2025-04-03")


def test_a_figure_that_reads_two_ways_goes_to_a_person():
    _, (finding,) = clean_document(document("A fee of EUR 1.200 is due."), Canonical())
    assert (finding.code, finding.action) == ("canonical.ambiguous_number", "flag")
    assert "1.2 or 1200" in finding.reason


def test_a_text_is_not_rewritten_where_its_other_figures_would_read_differently():
    before = document("We have 1.200 clients and 3,5 % more.")
    after, (finding,) = clean_document(before, REWRITE)
    assert after is before
    assert (finding.action, finding.after) == ("assign", "3.5%")


def test_an_examples_labels_are_never_read():
    before = example(labels=("EUR 1,200.50",), note="plain")
    assert clean_example(before, REWRITE) == (before, [])
    after, findings = clean_example(example(target="It is 12 %.", note="EUR 5.00"), REWRITE)
    assert (after.inputs["note"], after.target.text) == ("EUR 5", "It is 12%.")
    assert [f.field for f in findings] == ["inputs.note", "target.text"]


@given(PIECES | st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_edits_replay_and_undo_and_a_second_pass_finds_nothing(text):
    before = document(text)
    after, findings = clean_document(before, REWRITE)
    edits = [f for f in findings if f.action == "edit"]
    assert {f.code for f in findings} <= CODES.keys()
    assert apply(text, edits) == after.text
    assert undo(after.text, edits) == text
    assert (after is before) == (not edits)
    again, more = clean_document(after, REWRITE)
    assert again is after
    assert [f for f in more if f.action == "edit"] == []
