"""Files that are only appended to hold whatever people write, and name a line that is none of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from luthier.errors import LuthierError
from luthier.store import journal


@dataclass(frozen=True)
class Note:
    who: str
    why: str = ""


def read(path: Path) -> list[Note]:
    return journal.entries(path, Note, what="this is no note", fix="Take it out")


def test_what_was_appended_is_read_in_order(tmp_path: Path) -> None:
    path = tmp_path / "there" / "notes.jsonl"
    assert read(path) == []
    notes = [Note("ada", "two parcels"), Note("Grüße", 'said "no"\n')]
    for note in notes:
        journal.append(path, note)
    assert read(path) == notes


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85", "\x0b", "\x1e", "\r"])
def test_a_sign_that_ends_a_line_elsewhere_ends_none_here(tmp_path: Path, sign: str) -> None:
    notes = [Note("ada", f"copied{sign}from a page"), Note("bob")]
    for note in notes:
        journal.append(tmp_path / "notes.jsonl", note)
    assert read(tmp_path / "notes.jsonl") == notes


@pytest.mark.parametrize("line", [b"\xff\xfe", b"", b"7", b'{"who": "ada", "when": "never"}', b'{"who": "a'])
def test_a_line_that_is_no_entry_is_named(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "notes.jsonl"
    journal.append(path, Note("ada"))
    with path.open("ab") as stream:
        stream.write(line + b"\n")
    with pytest.raises(LuthierError, match="this is no note") as error:
        read(path)
    assert "line 2" in str(error.value)
