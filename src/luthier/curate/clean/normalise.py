"""One way of writing the same characters: encoding, Unicode form, line endings, invisible characters, spaces.

Texts that look alike should be alike, or duplicates hide and a model learns the accidents of an export. The steps, in
order, each with its reason code:

    normalise.encoding      text decoded with the wrong character set (mojibake) is repaired, by ftfy's heuristics
    normalise.unicode       NFC, the composed form (Unicode Standard Annex 15)
    normalise.line_endings  CR LF, CR, vertical tab, form feed and the Unicode separators become LF
    normalise.invisible     zero-width, bidirectional and control characters go
    normalise.spaces        non-breaking and typographic spaces become plain, and runs within a line become one
    normalise.trailing      whitespace at the end of a line, or of the text, goes
    normalise.blank_lines   more than two blank lines in a row become two

One step can make work for an earlier one (an invisible character hid a broken sequence), so they are repeated until
nothing changes: what comes out is a fixed point. Digits are never changed, nor is what a label target says. Leading
spaces stay, because indentation means something in lists and code; a zero-width joiner stays between characters of
the scripts and emoji that are written with it.

An edit says how many places a step changed, and where the first one is: offsets count characters of the text as the
step found it. The whole of what was there before stays in the ingested artefact.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import ftfy
from ftfy.badness import is_bad

from luthier.records import Document, Example, Finding

RULE = "normalise"
VERSION = 1

_NEWLINES = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\u2028\u2029]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f]"  # control characters, but not those that end a line, nor the tab
    "|[\xad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]"
    # joiners, unless both neighbours are of scripts beyond Latin
    "|(?<![^\x00-\u024f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\u024f])"
    # tag characters, which can carry a text no reader sees, unless they spell a flag
    "|(?<![\U0001f3f4\U000e0000-\U000e007f])[\U000e0000-\U000e007f]+"
)
_TYPOGRAPHIC_SPACES = "\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
_SPACES = re.compile(f"(?<=\\S)[ {_TYPOGRAPHIC_SPACES}]{{2,}}|[{_TYPOGRAPHIC_SPACES}]")
_TRAILING = re.compile(r"(?<!\s)\s+\Z|(?<![ \t])[ \t]+(?=\n)")  # the look-behinds keep long runs linear
_BLANK_LINES = re.compile(r"\n{4,}")

_C1_CONTROLS = re.compile("[\x80-\x9f]")  # in text, Windows-1252 read as Latin-1
_REPAIR = ftfy.TextFixerConfig(
    unescape_html=False,
    remove_terminal_escapes=False,
    fix_latin_ligatures=False,
    fix_character_width=False,
    uncurl_quotes=False,
    fix_line_breaks=False,
    remove_control_chars=False,
    normalization=None,
    explain=False,
)


@dataclass(frozen=True, slots=True)
class Edit:
    """What one step did to one text: in how many places, and the first of them."""

    code: str
    places: int
    start: int
    end: int
    before: str
    after: str


def normalise(text: str) -> tuple[str, list[Edit]]:
    """The text in its normal form, and what was done to it; the same object and no edits where nothing was."""
    edits: list[Edit] = []
    while True:
        before = text
        for code, step in _STEPS.items():
            text, places = step(text)
            if places:
                edits.append(Edit(code, len(places), *places[0]))
        if text == before:
            return text, edits


def normalise_document(document: Document) -> tuple[Document, list[Finding]]:
    """The document with its text in normal form, and a finding for each step that changed it."""
    text, edits = normalise(document.text)
    if not edits:
        return document, []
    return dataclasses.replace(document, text=text), [_finding(document, "text", edit) for edit in edits]


def normalise_example(example: Example) -> tuple[Example, list[Finding]]:
    """The example with its inputs and its target text in normal form, and a finding for each step and field."""
    findings: list[Finding] = []
    inputs: dict[str, str] = {}
    for name, value in example.inputs.items():
        inputs[name], edits = normalise(value)
        findings.extend(_finding(example, f"inputs.{name}", edit) for edit in edits)
    target = example.target
    if target.text is not None:
        text, edits = normalise(target.text)
        findings.extend(_finding(example, "target.text", edit) for edit in edits)
        target = dataclasses.replace(target, text=text)
    if not findings:
        return example, []
    return dataclasses.replace(example, inputs=inputs, target=target), findings


Place = tuple[int, int, str, str]  # start, end, before, after


def _repair_encoding(text: str) -> tuple[str, list[Place]]:
    if text.isascii() or not (is_bad(text) or _C1_CONTROLS.search(text)):
        return text, []
    return _line_by_line(text, lambda line: ftfy.fix_text(line, _REPAIR))


def _compose(text: str) -> tuple[str, list[Place]]:
    if unicodedata.is_normalized("NFC", text):
        return text, []
    return _line_by_line(text, lambda line: unicodedata.normalize("NFC", line))


def _line_by_line(text: str, change: Callable[[str], str]) -> tuple[str, list[Place]]:
    """Applies `change` to each line that is not plain ASCII, unless it would change digits."""
    lines, places, start = [], [], 0
    for line in text.split("\n"):
        changed = line if line.isascii() else change(line)
        if changed != line and _digits(changed) == _digits(line):
            places.append(_changed_span(line, changed, start))
        else:
            changed = line
        lines.append(changed)
        start += len(line) + 1
    return "\n".join(lines), places


def _digits(text: str) -> list[str]:
    return [character for character in text if character.isdecimal()]


def _changed_span(before: str, after: str, offset: int) -> Place:
    """The smallest span outside which two texts agree; `offset` is where `before` stands."""
    shorter = min(len(before), len(after))
    head = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    tail = next((i for i in range(shorter - head) if before[-1 - i] != after[-1 - i]), shorter - head)
    return (
        offset + head,
        offset + len(before) - tail,
        before[head : len(before) - tail],
        after[head : len(after) - tail],
    )


def _replacing(
    pattern: re.Pattern[str], replacement: str, possible: Callable[[str], bool]
) -> Callable[[str], tuple[str, list[Place]]]:
    """A step that replaces what `pattern` finds; `possible` says quickly where it cannot find anything."""

    def step(text: str) -> tuple[str, list[Place]]:
        if not possible(text) or pattern.search(text) is None:
            return text, []
        return pattern.sub(replacement, text), [
            (*match.span(), match[0], replacement) for match in pattern.finditer(text)
        ]

    return step


def _has_unprintable(text: str) -> bool:
    """Whether a character is invisible, a control character, or a space other than the plain one; line feeds aside."""
    return not text.replace("\n", "").isprintable()


_STEPS: dict[str, Callable[[str], tuple[str, list[Place]]]] = {
    "normalise.encoding": _repair_encoding,
    "normalise.unicode": _compose,
    "normalise.line_endings": _replacing(_NEWLINES, "\n", _has_unprintable),
    "normalise.invisible": _replacing(_INVISIBLE, "", _has_unprintable),
    "normalise.spaces": _replacing(_SPACES, " ", lambda text: "  " in text or _has_unprintable(text)),
    "normalise.trailing": _replacing(
        _TRAILING, "", lambda text: text[-1:].isspace() or " \n" in text or "\t\n" in text
    ),
    "normalise.blank_lines": _replacing(_BLANK_LINES, "\n\n\n", lambda text: "\n\n\n\n" in text),
}
_REASONS = {
    "normalise.encoding": "a wrongly decoded character sequence was repaired",
    "normalise.unicode": "characters were brought to their composed form",
    "normalise.line_endings": "a line ending became a plain one",
    "normalise.invisible": "invisible characters were removed",
    "normalise.spaces": "non-breaking or repeated spaces became one space",
    "normalise.trailing": "whitespace at the end of a line was removed",
    "normalise.blank_lines": "more than two blank lines became two",
}


def _finding(record: Document | Example, field: str, edit: Edit) -> Finding:
    often = "" if edit.places == 1 else f", in {edit.places} places"
    return Finding(
        record_id=record.id,
        record_kind="document" if isinstance(record, Document) else "example",
        rule=RULE,
        rule_version=VERSION,
        code=edit.code,
        action="edit",
        reason=_REASONS[edit.code] + often,
        field=field,
        start=edit.start,
        end=edit.end,
        before=edit.before,
        after=edit.after,
    )
