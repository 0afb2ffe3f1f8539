"""What conflicts: another value in the same place. What does not: a sentence more or less, or in another order."""

from __future__ import annotations

import pytest

from luthier.curate.compare.conflicts import state_the_same, veto_free
from luthier.curate.compare.fingerprint import fingerprints

FIRST = "The fund charges a fee of 2.5 % in every year that it is held."
SECOND = "Whoever leaves within 30 days is given back what was paid to Keller Bank."
THIRD = "We do not accept orders that come in on a Sunday evening."
LETTER = f"{FIRST} {SECOND} {THIRD} It was signed by the board and sent to all."


def free(one, other):
    prints = fingerprints([{"": one}, {"": other}], 3)
    assert veto_free(prints, 0, 1) == veto_free(prints, 1, 0)
    return veto_free(prints, 0, 1)


@pytest.mark.parametrize("cut", [FIRST, SECOND, THIRD])
def test_a_sentence_that_is_missing_is_no_conflict(cut):
    assert free(LETTER, LETTER.replace(f"{cut} ", ""))


@pytest.mark.parametrize(
    "line", ["Filed under Elmsgate 312", "Sent on to Brown, 3 March 2021", "cc Anna Bell, Tom Orr"]
)
def test_a_line_that_was_added_is_no_conflict(line):
    assert free(LETTER, f"{LETTER}\n\n{line}")
    assert free(LETTER, f"{line}\n\n{LETTER}")


def test_sentences_in_another_order_are_no_conflict():
    assert free(LETTER, f"{SECOND} {FIRST} {THIRD} It was signed by the board and sent to all.")
    assert free(LETTER, f"{FIRST} {THIRD} {SECOND} It was signed by the board and sent to all.")


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("2.5 %", "2.6 %"),
        ("30 days", "30 weeks"),
        ("30 days", "days"),
        ("do not accept", "do accept"),
        ("that it is held", "that it is not held"),
        ("Keller Bank", "Brown Bank"),
        ("Keller Bank", "the bank"),
        ("on a Sunday", "on a Friday"),
        ("Whoever leaves", "Nobody leaves"),
        ("held.", "held, up to 10 EUR."),
        ("to all.", "to all of them by Adair."),
    ],
)
def test_a_fact_or_name_that_was_exchanged_put_in_or_struck_out_is_a_conflict(here, there):
    assert not free(LETTER, LETTER.replace(here, there))


def test_two_values_that_change_places_are_a_conflict():
    text = "To begin with the older sister has {} EUR of it and the younger brother is left with {} EUR in cash."
    assert not free(text.format(500, 700), text.format(700, 500))


def test_one_of_several_equal_values_that_changes_is_a_conflict():
    text = "The first loan runs at 5 percent, the next loan after it at {} percent, and the last of them at 7 percent."
    assert not free(text.format(5), text.format(7))


def test_answers_state_the_same_only_where_none_has_a_fact_or_name_more():
    prints = fingerprints(
        [{"": LETTER}, {"": LETTER.replace(f"{SECOND} ", "")}, {"": LETTER.replace("fund", "trust")}], 3
    )
    assert not state_the_same(prints, 0, 1)
    assert state_the_same(prints, 0, 2)


def test_a_title_before_a_name_hides_no_conflict():
    assert not free(f"Dear Ms Moreau, {LETTER}", f"Dear client, {LETTER}")
