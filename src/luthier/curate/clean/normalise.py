"""One way of writing the same characters: encoding, Unicode form, line endings, invisible characters, spaces.

Texts that look alike should be alike, or duplicates hide and a model learns the accidents of an export. The steps, in
order, each with its reason code:

    normalise.encoding      text decoded with the wrong character set (mojibake) is repaired, by ftfy's heuristics
    normalise.unicode       NFC, the composed form (Unicode Standard Annex 15)
    normalise.line_endings  CR LF, CR, vertical tab, form feed and the Unicode separators become LF
    normalise.invisible     zero-width, bidirectional and control characters go
    normalise.spaces        non-breaking and typographic spaces become plain, and runs within a line become one
    normalise.trailing      whitespace at the end of a line, or of the text, goes
    normalise.hyphenation   a word divided at the end of a line is joined, where it stands undivided elsewhere
    normalise.quotes        accents and doubled marks used as quotes become quotes; typographic ones where asked
    normalise.blank_lines   more than two blank lines in a row become two

One step can make work for an earlier one (an invisible character hid a broken sequence), so they are repeated until
nothing changes: what comes out is a fixed point. Digits are never changed, nor is what a label target says. Leading
spaces stay, because indentation means something in lists and code; a zero-width joiner stays between characters of
the scripts and emoji that are written with it. Encoding is repaired line by line, only where a line is bad by ftfy's
measure and better afterwards: good text is never touched.

Every place that a step changed is an edit: offsets count characters of the text as the step found it, so the edits of
one step are made at once. The whole of what was there before stays in the ingested artefact.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import ftfy
from ftfy.badness import badness, is_bad

from luthier.config.curation.normalise import Normalise
from luthier.curate.clean.edits import Edit, Record, apply, finding_of, texts_of, with_texts
from luthier.records import Document, Example, Finding

RULE = "normalise"
VERSION = 3

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

_DIVIDED = re.compile(r"(?<![\w-])([^\W\d_]{2,})-\n[ \t]*([^\W\d_]{2,})(?![\w-])")
_QUOTES = re.compile(
    r"(?<=[^\W\d_])[´`\u2032\u02bc\u201b](?=[^\W\d_])"  # between letters, an apostrophe
    r"|``(?=\S)(?P<inside>[^`\n]*?\S)(?P<close>\'\'|´´)"
)
_MENDABLE = re.compile("[´`\u2032\u02bc\u201b]")
_WORDS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_CURLY = re.compile("[\u2018-\u201b]|[\u201c-\u201f]")
DEFAULTS = Normalise()

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


class Place(NamedTuple):
    """Where a step changed a text, in the text as the step found it: what stood there, and what stands there now."""

    start: int
    end: int
    before: str
    after: str


Step = Callable[[str], tuple[str, list[Place]]]
Known = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class StepEdits:
    """What one step did to one text: in how many places, the first of them, and all of them in order."""

    code: str
    places: int
    start: int
    end: int
    before: str
    after: str
    spans: tuple[Place, ...]


def normalise(text: str, settings: Normalise = DEFAULTS, known: Known | None = None) -> tuple[str, list[StepEdits]]:
    """The text in its normal form, and what was done to it; the same object and no edits where nothing was.

    `known` says whether a lower-case word is one of the corpus's, for words divided at the end of a line.
    """
    edits: list[StepEdits] = []
    steps = _steps(settings, known)
    while True:
        before = text
        for code, step in steps:
            text, places = step(text)
            if places:
                edits.append(StepEdits(code, len(places), *places[0], tuple(places)))
        if text == before:
            return text, edits


def _steps(settings: Normalise, known: Known | None) -> list[tuple[str, Step]]:
    steps = list(_STEPS.items())
    if settings.hyphenation:
        steps.append(("normalise.hyphenation", lambda text: _join_divided(text, known)))
    steps.append(("normalise.quotes", _mend_quotes))
    if settings.quotes == "plain":
        steps.append(("normalise.quotes", _straighten_quotes))
    return steps


def normalise_document(
    document: Document, settings: Normalise = DEFAULTS, known: Known | None = None
) -> tuple[Document, list[Finding]]:
    """The document with its text in normal form, and a finding for each step that changed it."""
    return _normalise(document, settings, known)


def normalise_example(
    example: Example, settings: Normalise = DEFAULTS, known: Known | None = None
) -> tuple[Example, list[Finding]]:
    """The example with its inputs and its target text in normal form, and a finding for each step and field."""
    return _normalise(example, settings, known)


def _normalise(record: Record, settings: Normalise, known: Known | None) -> tuple[Record, list[Finding]]:
    findings: list[Finding] = []
    changed: dict[str, str] = {}
    for field, text in texts_of(record):
        normal, steps = normalise(text, settings, known)
        if steps:
            changed[field] = normal
            edits = (edit for step in steps for edit in _edits(step))
            findings += [finding_of(record, RULE, VERSION, field, edit) for edit in edits]
    return with_texts(record, changed), findings


def _edits(step: StepEdits) -> Iterator[Edit]:
    """Every place that a step changed, each with how many there are."""
    often = "" if step.places == 1 else f", in {step.places} places"
    for place in step.spans:
        yield Edit(step.code, CODES[step.code] + often, *place)


def _repair_encoding(text: str) -> tuple[str, list[Place]]:
    if text.isascii() or not (is_bad(text) or _C1_CONTROLS.search(text)):
        return text, []
    return _line_by_line(text, _repair_line)


def _repair_line(line: str) -> str:
    """The line decoded as it should have been; as it is, where that makes it no better."""
    controls = len(_C1_CONTROLS.findall(line))
    if not controls and not is_bad(line):
        return line
    repaired: str = ftfy.fix_text(line, _REPAIR)
    better = badness(repaired) + len(_C1_CONTROLS.findall(repaired)) < badness(line) + controls
    return repaired if better else line


def _join_divided(text: str, known: Known | None) -> tuple[str, list[Place]]:
    """Joins words divided at a line's end that stand undivided elsewhere, in this text or the corpus."""
    if "-\n" not in text:
        return text, []
    elsewhere = set(_WORDS.findall(text.lower()))
    places: list[Place] = []

    def join(match: re.Match[str]) -> str:
        joined, compound = (match[1] + match[2]).lower(), f"{match[1]}-{match[2]}".lower()
        if not match[2].islower() or compound in elsewhere or not (joined in elsewhere or (known and known(joined))):
            return match[0]
        places.append(Place(*match.span(), match[0], match[1] + match[2]))
        return match[1] + match[2]

    changed = _DIVIDED.sub(join, text)
    return (changed if places else text), places


def _mend_quotes(text: str) -> tuple[str, list[Place]]:
    """Apostrophes written as accents, and quotes as doubled marks, become plain ones."""
    if _MENDABLE.search(text) is None:
        return text, []
    places: list[Place] = []
    for match in _QUOTES.finditer(text):
        if match["close"] is None:
            places.append(Place(*match.span(), match[0], "'"))
        else:
            places += [
                Place(match.start(), match.start() + 2, "``", '"'),
                Place(match.start("close"), match.end(), match["close"], '"'),
            ]
    return apply(text, places), places


def _straighten_quotes(text: str) -> tuple[str, list[Place]]:
    if text.isascii():
        return text, []
    places = [Place(*match.span(), match[0], "'" if match[0] <= "\u201b" else '"') for match in _CURLY.finditer(text)]
    return apply(text, places), places


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
    return Place(
        offset + head,
        offset + len(before) - tail,
        before[head : len(before) - tail],
        after[head : len(after) - tail],
    )


def _replacing(pattern: re.Pattern[str], replacement: str, possible: Callable[[str], bool]) -> Step:
    """A step that replaces what `pattern` finds; `possible` says quickly where it cannot find anything."""

    def step(text: str) -> tuple[str, list[Place]]:
        if not possible(text) or pattern.search(text) is None:
            return text, []
        return pattern.sub(replacement, text), [
            Place(*match.span(), match[0], replacement) for match in pattern.finditer(text)
        ]

    return step


def _has_unprintable(text: str) -> bool:
    """Whether a character is invisible, a control character, or a space other than the plain one; line feeds aside."""
    return not text.replace("\n", "").isprintable()


_STEPS: dict[str, Step] = {
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
CODES: Mapping[str, str] = {
    "normalise.encoding": "a wrongly decoded character sequence was repaired",
    "normalise.unicode": "characters were brought to their composed form",
    "normalise.line_endings": "a line ending became a plain one",
    "normalise.invisible": "invisible characters were removed",
    "normalise.spaces": "non-breaking or repeated spaces became one space",
    "normalise.trailing": "whitespace at the end of a line was removed",
    "normalise.hyphenation": "a word divided at the end of a line was joined",
    "normalise.quotes": "marks used as quotes became quotes",
    "normalise.blank_lines": "more than two blank lines became two",
}
