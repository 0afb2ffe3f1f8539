"""What a text states, sentence by sentence and row by row, each with what stands above it.

No model reads here. `statements` takes a sentence apart; `headings` says what a title or a heading adds to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from luthier.curate.compare.cues import Cue, cues_in
from luthier.curate.compare.headings import LONGEST, NO_HEADING, Heading, heading_of, is_heading, is_name
from luthier.curate.compare.statements import Assertion, statements, without_opener
from luthier.curate.compare.values import NAMES
from luthier.text.sentences import sentence_spans
from luthier.text.tokens import words

MAX_SENTENCE = 400  # characters; longer ones are lists or broken text


_DIGIT = re.compile(r"\d")
_CONTINUED = re.compile(r"(?:This|That|The same|It)\s+(?:only\s+)?(?:holds|applies|concerns|is for|is meant for)\b|\(")
_MARKER = re.compile(r"(?:[-*•–▪]|\d{1,2}(?:\.\d{1,2})*[.)]?(?=\s+[A-Z])|\d\d:\d\d|[QA]:|#+)\s+")
# "Minimum deposit: EUR 500" without a full stop, before the sentence that follows.
_LABEL_VALUE = re.compile(
    r"[^:.;]{3,80}:\s(?:[A-Z]{3}\s|[€£$])?[\w.,-]*\d[\d.,]*\s?(?:%|[a-zµ]+)?(?:\s[a-z]+){0,3}(?=\s+[A-ZÀ-Ý][a-zà-ý]*\s)"
)
_LABEL_PARTY = re.compile(
    r"(?:Appro|Autho|Respons|Owner|Contact)[^:.;]{3,80}:\s(?:the\s)?[a-zà-ý-]+(?:\s[a-zà-ý-]+){0,3}(?=\s+[A-ZÀ-Ý])"
)


def assertions(text: str, title: str | None = None) -> Iterator[Assertion]:
    """The statements of a text, in order."""
    above = _Above(text, title)
    spans = sentence_spans(text)
    for place, (start, end) in enumerate(spans):
        following = text[slice(*spans[place + 1])] if place + 1 < len(spans) else ""
        added = following if _CONTINUED.match(following) and len(following) < 120 else ""
        if "\n" not in text[start:end]:
            yield from above.read(text[start:end], start, added, first=place == 0)
            continue
        offset, header, caption = start, "", ""
        for line in _lines(text[start:end]):
            if line.count("|") >= 2 or "\t" in line:
                if not header:
                    header, caption = line, text[:offset].rstrip().rpartition("\n")[2]
                yield from above.over(_of_row(line, header, caption, offset))
            elif header and not line.strip():
                header = ""
            elif line.strip():
                at = offset + len(line) - len(line.lstrip())
                yield from above.read(line.strip(), at, "", first=place == 0, alone=offset == start)
            offset += len(line) + 1


class _Above:
    """What stands above the sentences of a text: its title, the heading that was met last, and how it opens."""

    def __init__(self, text: str, title: str | None) -> None:
        self._text = text
        self._title = title or ""
        self._line = self._opening = ""
        self._heading: Heading | None = None

    def read(self, line: str, start: int, added: str, *, first: bool, alone: bool = True) -> Sequence[Assertion]:
        """What a line states. If it states nothing and stands alone it may be a heading, or how the text opens, and is
        remembered."""
        marked = line.startswith("#")
        stated = () if marked else _of_sentence(line, start, added)
        if stated:
            return self.over(stated)
        if alone and (marked or (len(line) <= LONGEST and is_heading(line))):
            self._line, self._heading = line, None
        elif first and len(line) <= LONGEST:
            self._opening, self._heading = line, None
        return ()

    def over(self, found: Iterable[Assertion]) -> Sequence[Assertion]:
        """Each assertion with what stands above it, and with the scope and the years that hold there."""
        if self._heading is None:
            self._heading = self._read()
        return [_under(one, self._heading, self._text) for one in found]

    def _read(self) -> Heading:
        heading = heading_of(self._title, self._text) if self._title else NO_HEADING
        if self._line:
            heading = heading.over(heading_of(self._line, self._text))
        named = bool(self._title or self._line)
        if self._opening and not (named and not cues_in(self._opening) & Cue.SCOPE):
            opening = heading_of(self._opening, self._text)
            names = heading.names if named else opening.names
            apart = heading.apart or opening.apart
            scope = heading.scope or opening.apart
            heading = replace(heading, names=names, apart=apart, scope=scope, words=heading.words | opening.words)
        return heading


def _under(found: Assertion, heading: Heading, text: str) -> Assertion:
    openers = frozenset(word for word in found.openers if is_name(word, text)) if found.openers else found.openers
    if heading is NO_HEADING and openers == found.openers:
        return found
    named = openers & heading.names
    names = found.names | named
    apart = bool(found.runs or names - heading.names)
    return replace(
        found,
        heading=heading,
        names=names,
        content=found.content - names,
        openers=openers - named,
        scope=found.scope | (heading.apart if apart else heading.scope),
        period=found.period if found.period or apart else heading.period,
    )


def _lines(block: str) -> Iterator[str]:
    """The lines of a block; one that runs on in lower case after a long line is the same line, wrapped."""
    joined = ""
    for line in block.split("\n"):
        if joined and len(joined) - joined.rfind("\n") > 50 and line[:1].islower():
            joined += "\n" + line
            continue
        if joined:
            yield joined
        joined = line
    yield joined


def _names(line: str) -> frozenset[str]:
    """The words of a line's names, and what is both letters and digits."""
    runs = (without_opener(found[0], found.start() == 0) for found in NAMES.finditer(line))
    numbered = (word for word in words(line) if not word.isdigit() and _DIGIT.search(word))
    return frozenset(word for run in (*runs, *numbered) for word in words(run))


def _of_row(line: str, header: str, caption: str, start: int) -> Iterator[Assertion]:
    """Each figure of a table's row, under its column's heading, for what its first cell and the line above name."""
    if line == header or _DIGIT.search(line) is None:
        return
    mark = "|" if "|" in line else "\t"
    heads, cells = ([c.strip() for c in row.strip().strip(mark).split(mark)] for row in (header, line))
    named, around = _names(caption.lstrip("# ")), frozenset(words(caption))
    for head, cell in zip(heads[1:], cells[1:], strict=False):
        if _DIGIT.search(cell):
            for found in _of_sentence(f"{head} for the {cells[0]}: {cell}", start, ""):
                names, every_word = found.names | named, found.every_word | around
                yield replace(found, start=start, end=start + len(line), names=names, every_word=every_word)


def _of_sentence(sentence: str, start: int, added: str) -> list[Assertion]:
    marker = _MARKER.match(sentence)
    if marker is not None:
        sentence, start = sentence[marker.end() :], start + marker.end()
    label = (_LABEL_VALUE.match(sentence) or _LABEL_PARTY.match(sentence)) if ":" in sentence else None
    before: list[Assertion] = []
    if label is not None:
        rest = sentence[label.end() :].lstrip()
        before = _of_sentence(rest, start + len(sentence) - len(rest), added)
        sentence, added = label[0], rest if _CONTINUED.match(rest) else ""
    if 8 <= len(sentence) <= MAX_SENTENCE and not sentence.endswith("?"):
        return [*before, *statements(sentence, start, added)]
    return before
