"""Requests that ask the same, with answers of which one must be wrong; and requests that only look so."""

from __future__ import annotations

import pytest

from luthier.curate.compare.example_contradictions import ExampleContradictions
from luthier.records import Example, Finding, Provenance, Target


def found(*rows: tuple[str, str], labels: bool = False) -> list[Finding]:
    """The findings on examples e0, e1, …: what is asked, and the answer or the label."""
    rule = ExampleContradictions()
    for number, (asked, answer) in enumerate(rows):
        target = Target(labels=(answer,)) if labels else Target(text=answer)
        source = Provenance(source="s", file="f.csv", row=number)
        inputs = {"text": asked}
        rule.add(Example(id=f"e{number}", task="t", inputs=inputs, target=target, source=source, group=str(number)))
    return list(rule.findings())


SAME_REQUEST = [
    ("Please block my lost card", "My lost cards, block please!"),
    ("My card was stolen in Fenby", "My card has been stolen in Fenby."),
    ("My card was stolen in Fenby", "In Fenby my card was stolen"),
    ("Client a pays client b today", "Today client a pays client b"),
    ("Yesterday in Paris I lost my card", "I lost my card in Paris yesterday"),
]


@pytest.mark.parametrize(("one", "other"), SAME_REQUEST)
def test_the_same_request_with_another_label_is_flagged_on_both(one: str, other: str) -> None:
    findings = found((one, "lost_card"), (other, "stolen_card"), ("Please unblock the card", "x"), labels=True)
    assert [(f.record_id, f.counterpart_id, f.code) for f in findings] == [
        ("e0", "e1", "contradiction.label"),
        ("e1", "e0", "contradiction.label"),
    ]
    assert not found((one, "lost_card"), (other, "lost_card"), labels=True)


OTHER_REQUEST = [
    ("Client a pays client b", "Client b pays client a"),
    ("Move money from Zurich to Bern", "Move money from Bern to Zurich"),
    ("Does Anna Roth owe Karl Lang money", "Does Karl Lang owe Anna Roth money"),
    ("I can log in to my account", "I can't log in to my account"),
    ("Please block my lost card", "Please unblock my lost card"),
    ("My card was stolen", "My card was stolen"),  # the very same: the matter of duplicates
]


@pytest.mark.parametrize(("one", "other"), OTHER_REQUEST)
def test_another_request_may_have_another_label(one: str, other: str) -> None:
    assert not found((one, "lost_card"), (other, "stolen_card"), labels=True)


OTHER_ANSWERS = [
    ("It costs EUR 5.", "We charge 8 euros."),
    ("It is free of charge.", "It costs EUR 5."),
    ("1.5 % a year.", "1.75 percent a year."),
    ("It takes three days.", "It takes 5 days."),
    ("By 31 March 2026.", "By 30 April 2026."),
]
SAME_ANSWERS = [
    ("It costs EUR 5.", "We charge 5 euros."),
    ("1.5 % a year.", "1.50 percent a year."),
    ("It takes three days.", "3 days."),
    ("By 31 March 2026.", "31.03.2026"),
    ("It costs EUR 5.", "It costs EUR 5, or EUR 8 abroad."),  # the one says more
    ("Half a kilo, 0.5 kg.", "500 g"),
]


@pytest.mark.parametrize("answers", OTHER_ANSWERS)
def test_answers_with_other_figures_to_the_same_request_are_flagged(answers: tuple[str, str]) -> None:
    asked = ("What does the replacement card cost?", "The replacement cards cost what, please? Does the")
    assert {f.code for f in found(*zip(asked, answers, strict=True))} == {"contradiction.answer"}


@pytest.mark.parametrize("answers", SAME_ANSWERS)
def test_figures_are_the_same_however_they_are_written(answers: tuple[str, str]) -> None:
    asked = ("What does the replacement card cost?", "The replacement cards cost what, please? Does the")
    assert not found(*zip(asked, answers, strict=True))


YES_AND_NO = [
    ("Yes, at any branch.", "No, only at the head office."),
    ("Yes.", "That is not possible."),
    ("You can do that at any time.", "You cannot do that."),
    ("Clients may close it at any time.", "Clients may not close it at any time."),
]
BOTH_YES = [
    ("Yes, at any branch.", "Yes, with a passport."),
    ("Yes, no fee applies.", "You can, at any branch."),
    ("No.", "Unfortunately not possible, no."),
    ("No.", "That is not possible."),
]


@pytest.mark.parametrize("answers", YES_AND_NO)
def test_yes_and_no_to_the_same_question_are_flagged_without_any_figure(answers: tuple[str, str]) -> None:
    asked = ("Can I close my account early?", "Please, can I really close my account early?")
    assert {f.record_id for f in found(*zip(asked, answers, strict=True))} == {"e0", "e1"}


@pytest.mark.parametrize("answers", BOTH_YES)
def test_two_answers_that_go_the_same_way_are_not(answers: tuple[str, str]) -> None:
    asked = ("Can I close my account early?", "Please, can I really close my account early?")
    assert not found(*zip(asked, answers, strict=True))


def test_a_word_more_is_another_request() -> None:
    assert not found(
        ("What does the replacement card cost?", "It costs EUR 5."),
        ("What does the first replacement card cost?", "Nothing, EUR 0."),
    )
