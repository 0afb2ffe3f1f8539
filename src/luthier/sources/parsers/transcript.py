"""Conversations: speakers' turns, from JSON Lines or from plain text, as one readable text.

    [10:31] Client: Is the transfer free?
    Adviser: Within the country it is.
      Abroad it costs 5 francs.

A turn begins with its speaker; what a turn says on further lines is indented by two spaces, so that nothing in it can
look like a turn. In JSON Lines an object is a conversation: `turns` or `messages` is a list of turns, each with a
speaker (`speaker`, `role`, `from`, `author` or `name`), a text (`text`, `content`, `value` or `message`) and perhaps a
time (`time` or `timestamp`). The list's own column becomes the readable text, and so does `text` for a document; the
other names stay columns. A plain text is one conversation: `Speaker: ...` opens a turn, with a time before it (in
brackets or not) or between brackets after the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from luthier.records import Refusal
from luthier.sources.cells import CellError, text_of
from luthier.sources.columns import is_text_unmapped
from luthier.sources.parsers.jsonl import read_objects
from luthier.sources.parsers.text import whole_text
from luthier.sources.raw import RawRecord, SourceFile, quoted

JSON_LINES = frozenset({".jsonl", ".ndjson"})
LISTS = ("turns", "messages")
SPEAKERS = ("speaker", "role", "from", "author", "name")
TEXTS = ("text", "content", "value", "message")
TIMES = ("time", "timestamp")
NAME_WORDS = 4  # a longer run of words before a colon is a sentence
TIME = (
    r"(?:\d{4}-\d{2}-\d{2}[ T]|\d{1,2}[./]\d{1,2}[./]\d{2,4},? )?"
    r"\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?(?: ?[AaPp][Mm])?Z?"
)
TURN = re.compile(
    rf"(?:\[(?P<bracketed>{TIME})\]\s*|\((?P<round>{TIME})\)\s*|(?P<bare>{TIME})(?:\s+-)?\s+)?"
    rf"(?P<speaker>[^\W\d_][^:\[\]()\n]{{0,39}}?)\s*(?:[\[(](?P<after>{TIME})[\])])?\s*:(?:\s+(?P<text>.*)|\s*$)"
)


@dataclass(frozen=True, slots=True)
class _Turn:
    speaker: str
    text: str
    time: str | None = None


def read_transcript(file: SourceFile) -> Iterator[RawRecord | Refusal]:
    """The conversations of a file: a row each from JSON Lines, the whole file otherwise."""
    if PurePosixPath(file.name).suffix.lower() in JSON_LINES:
        for item in read_objects(file):
            yield item if isinstance(item, Refusal) else _conversation(file, item)
    else:
        yield _whole(file)


def _conversation(file: SourceFile, raw: RawRecord) -> RawRecord | Refusal:
    name = next((name for name in LISTS if isinstance(raw.cells.get(name), list)), None)
    if name is None:
        reason = f"the conversation has no list {' or '.join(map(quoted, LISTS))}"
        fix = 'Write its turns as "turns": [{"speaker": ..., "text": ...}, ...]'
        return file.refuse("transcript.no_turns", reason, row=raw.row, field=LISTS[0], fix=fix)
    listed: Any = raw.cells[name]
    try:
        turns = [_turn(turn, number, name) for number, turn in enumerate(listed, start=1)]
    except CellError as error:
        return file.refuse(error.code, error.what, row=raw.row, field=error.column, fix=error.fix)
    readable = _readable(turns)
    cells = {**raw.cells, name: readable}
    if is_text_unmapped(file.source):
        cells["text"] = readable
    return RawRecord(cells=cells, media_type=raw.media_type, row=raw.row)


def _turn(turn: object, number: int, column: str) -> _Turn:
    if not isinstance(turn, dict):
        raise _broken(number, column, "is no object")
    speaker = next((turn[name] for name in SPEAKERS if turn.get(name) is not None), None)
    if not isinstance(speaker, str) or not speaker.strip():
        raise _broken(number, column, f"names no speaker ({', '.join(SPEAKERS)})")
    text = _text(next((turn[name] for name in TEXTS if turn.get(name) is not None), None))
    if text is None:
        raise _broken(number, column, f"holds no text ({', '.join(TEXTS)}), or more than text")
    time = next((text_of(turn[name], column) for name in TIMES if turn.get(name) is not None), None)
    return _Turn(" ".join(speaker.split()), text, time)


def _text(content: object) -> str | None:
    """A turn's text, which chat formats also write as a list of parts; None where a part is no text."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list) or not content:
        return None
    parts = [part.get("text") if isinstance(part, dict) else part for part in content]
    texts = [part for part in parts if isinstance(part, str)]
    return "\n".join(texts) if len(texts) == len(parts) else None


def _broken(number: int, column: str, what: str) -> CellError:
    fix = "Correct the turn, or leave the conversation out"
    return CellError("transcript.turn", f"turn {number} {what}", column=column, fix=fix)


def _whole(file: SourceFile) -> RawRecord | Refusal:
    text = whole_text(file, "a plain-text transcript")
    if isinstance(text, Refusal):
        return text
    preamble, turns = _turns(text)
    if not turns:
        fix = "Begin each turn with its speaker's name and a colon, or set another format"
        return file.refuse("transcript.no_turns", "no line begins with a speaker and a colon", fix=fix)
    readable = "\n".join([*preamble, _readable(turns)])
    return RawRecord(cells={"text": readable, LISTS[0]: readable}, media_type="text/plain")


def _turns(text: str) -> tuple[list[str], list[_Turn]]:
    """The lines before the first turn, and the turns."""
    preamble: list[str] = []
    turns: list[tuple[str, list[str], str | None]] = []
    for line in text.split("\n"):
        match = None if line.startswith("  ") and turns else TURN.fullmatch(line.strip())
        if match is not None and len(match["speaker"].split()) <= NAME_WORDS:
            time = next((match[name] for name in ("bracketed", "round", "bare", "after") if match[name]), None)
            turns.append((" ".join(match["speaker"].split()), [match["text"] or ""], time))
        elif turns:
            turns[-1][1].append(line.strip())
        elif line.strip():
            preamble.append(line.strip())
    return preamble, [_Turn(speaker, "\n".join(lines), time) for speaker, lines, time in turns]


def _readable(turns: Sequence[_Turn]) -> str:
    lines = []
    for turn in turns:
        first, *others = turn.text.strip().split("\n")
        time = f"[{turn.time}] " if turn.time else ""
        lines.append(f"{time}{turn.speaker}: {first}".rstrip())
        lines += [f"  {line.strip()}" for line in others if line.strip()]
    return "\n".join(lines)
