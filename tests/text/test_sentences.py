"""Where sentences end."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luthier.text.sentences import sentence_spans, sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It rose. It fell.", ["It rose.", "It fell."]),
        (
            "It rose 3.5 % to EUR 1,200.50. It fell to 1.5. Bonds did not.",
            ["It rose 3.5 % to EUR 1,200.50.", "It fell to 1.5.", "Bonds did not."],
        ),
        ("Dr. Lee met J. P. Morgan. They agreed.", ["Dr. Lee met J. P. Morgan.", "They agreed."]),
        (
            "Approx. 5 % is cash, e.g. deposits. See No. 5 of Jan. 12.",
            ["Approx. 5 % is cash, e.g. deposits.", "See No. 5 of Jan. 12."],
        ),
        (
            "The answer is no. Please stop in Dec. Clients left.",
            ["The answer is no.", "Please stop in Dec.", "Clients left."],
        ),
        (
            "They live in the U.S. The fund holds U.S. Treasury bonds.",
            ["They live in the U.S.", "The fund holds U.S. Treasury bonds."],
        ),
        ("We left at 3 p.m. Monday. Plan B. The end.", ["We left at 3 p.m. Monday.", "Plan B.", "The end."]),
        ("Yes! Really? “Stop.” Then he left...", ["Yes!", "Really?", "“Stop.”", "Then he left..."]),
        ('"Why?" he asked. Yahoo! is a name.', ['"Why?" he asked.', "Yahoo! is a name."]),
        ("これは文です。次の文！終わり", ["これは文です。", "次の文！", "終わり"]),
        ("1. Equities rose. They fell.\n2. Bonds", ["1. Equities rose.", "They fell.", "2. Bonds"]),
        ("Holdings:\n- Cash\n• Gold\na) Oil", ["Holdings:", "- Cash", "• Gold", "a) Oil"]),
        ("Heading\n\nA hard\nwrapped line. End", ["Heading", "A hard\nwrapped line.", "End"]),
        ("", []),
        (" \n\n ", []),
    ],
)
def test_a_sentence_ends_where_a_reader_ends_it(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@settings(deadline=None)
@given(st.text(alphabet="aB1.!?\n -(”。é\t"))
def test_nothing_but_white_space_lies_between_sentences(text: str) -> None:
    spans = sentence_spans(text)
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    assert edges == sorted(edges)
    between = [text[edges[i] : edges[i + 1]] for i in range(0, len(edges), 2)]
    assert not "".join(between).strip()
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in spans)


def test_a_day_s_full_stop_before_its_month_and_year_ends_nothing():
    assert sentences("Gültig bis 31. März 2024. Mehr im Haus.") == ["Gültig bis 31. März 2024.", "Mehr im Haus."]
    assert sentences("It sold 12. August was better.") == ["It sold 12.", "August was better."]
