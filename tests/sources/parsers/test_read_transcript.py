"""Transcripts: turns stay readable, whichever way they come."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luthier.sources.parsers.transcript import _readable, _Turn, _turns

if TYPE_CHECKING:
    from tests.sources.conftest import Desk

TURNS = [
    {"speaker": "Client", "text": "Where is my card?", "time": "10:31"},
    {"role": "agent", "content": "On its way.\nAdviser: not a turn"},
    {"from": "Client", "value": [{"type": "text", "text": "Thanks"}]},
]
READABLE = "[10:31] Client: Where is my card?\nagent: On its way.\n  Adviser: not a turn\nClient: Thanks"


@pytest.mark.parametrize("name", ["turns", "messages"])
def test_a_line_with_turns_is_a_document_of_readable_turns(desk: Desk, name: str) -> None:
    desk.write_jsonl("a.jsonl", [{name: TURNS, "desk": "Zurich"}])
    outcome = desk.ingest({"name": "chats", "path": "a.jsonl", "format": "transcript", "fields": {"group": "desk"}})
    (document,) = outcome.documents
    assert (document.text, document.group, str(document.source)) == (READABLE, "Zurich", "a.jsonl, row 1")


def test_turns_are_an_input_of_an_example(desk: Desk) -> None:
    desk.write_jsonl("a.jsonl", [{"turns": TURNS, "label": "card_arrival", "text": "their own"}])
    fields = {"inputs": {"note": "turns"}, "target": "label"}
    (example,) = desk.ingest(
        {"name": "chats", "path": "a.jsonl", "format": "transcript", "task": "intent", "fields": fields}
    ).examples
    assert (example.inputs, example.target.labels) == ({"note": READABLE}, ("card_arrival",))


def test_a_turn_without_a_speaker_or_with_more_than_text_refuses_its_conversation(desk: Desk) -> None:
    bad = [
        {"turns": [{"text": "Who?"}]},
        {"turns": [{"speaker": "A", "text": [{"type": "image", "url": "x"}]}]},
        {"turns": ["A: hello"]},
        {"text": "no turns"},
        {"turns": TURNS},
    ]
    desk.write_jsonl("a.jsonl", bad)
    raw, refusals = desk.parse("a.jsonl", format="transcript")
    assert [r.row for r in raw] == [5]
    assert [(r.row, r.code, r.field) for r in refusals] == [
        (1, "transcript.turn", "turns"),
        (2, "transcript.turn", "turns"),
        (3, "transcript.turn", "turns"),
        (4, "transcript.no_turns", "turns"),
    ]
    assert refusals[0].reason == "turn 1 names no speaker (speaker, role, from, author, name)"


@pytest.mark.parametrize(
    ("line", "turn"),
    [
        ("Client: Hello", _Turn("Client", "Hello")),
        ("[10:31] Client: Hello", _Turn("Client", "Hello", "10:31")),
        ("10:31:02 Client: Hello", _Turn("Client", "Hello", "10:31:02")),
        ("31.01.2026, 10:31 - Ann Lee: Hello", _Turn("Ann Lee", "Hello", "31.01.2026, 10:31")),
        ("(2026-01-31 10:31) Client: Hello", _Turn("Client", "Hello", "2026-01-31 10:31")),
        ("Client [10:31 PM]: Hello", _Turn("Client", "Hello", "10:31 PM")),
        ("Client (desk 2): Hello: you", None),
        ("He said the following to all of us: no", None),
        ("See https://example.com/a", None),
        ("10:31: Hello", None),
    ],
)
def test_a_line_opens_a_turn_by_its_speaker(line: str, turn: _Turn | None) -> None:
    assert _turns(line)[1] == ([turn] if turn else [])


def test_a_plain_text_is_one_conversation_and_lines_without_a_speaker_go_on_with_the_turn(desk: Desk) -> None:
    desk.write("a.txt", "Call of 31 January\n\nClient: Hello,\nmy card.\n\n[10:32] Adviser: Yes?\n")
    (raw,), refusals = desk.parse("a.txt", format="transcript")
    assert raw.cells["text"] == "Call of 31 January\nClient: Hello,\n  my card.\n[10:32] Adviser: Yes?"
    assert (raw.cells["turns"], refusals) == (raw.cells["text"], [])
    desk.write("b.txt", "Just a letter.\n")
    assert [r.code for r in desk.parse("b.txt", format="transcript")[1]] == ["transcript.no_turns"]


WORDS = st.lists(st.sampled_from(["yes", "Client:", "12:30", "no:", "the fee"]), min_size=1, max_size=4)


@given(st.lists(st.tuples(st.sampled_from(["Client", "Ann Lee"]), st.lists(WORDS, min_size=1, max_size=3)), min_size=1))
def test_readable_turns_are_read_back_as_the_same_turns(turns: list[tuple[str, list[list[str]]]]) -> None:
    made = [_Turn(speaker, "\n".join(" ".join(line) for line in lines)) for speaker, lines in turns]
    readable = _readable(made)
    assert len(re.findall(r"^\S", readable, re.MULTILINE)) == len(made)
    preamble, again = _turns(readable)
    assert (preamble, again) == ([], made)
