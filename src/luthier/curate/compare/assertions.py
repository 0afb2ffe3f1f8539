"""What a sentence, or a row of a table, states: an attribute of a subject, with its value and its scope.

No model reads here. A statement has a figure with a unit, a telephone number, a responsible party or a plain yes or
no; a cue that it lays down a rule ("at most", "fee", "notice period", "is approved by", "must not"); and what is left
of its words says what it is about. Names keep their numbers ("Harbour Bond 12" is not "Harbour Bond 13").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from luthier.curate.compare.cues import (
    HOW,
    KINDS,
    MAXIMUM,
    MINIMUM,
    NARRATIVE,
    NEGATION,
    PERIOD_NAME,
    PERIODS,
    QUALIFIER,
    SCOPE,
    STOP,
    TYPICAL,
    WHO_STEM,
    WORD,
    Cue,
    attribute_words,
    attributes_in,
    attributes_of,
    cues_in,
    is_modal,
    is_who,
    stem,
)
from luthier.curate.compare.values import NAMES, NUMBER_WORDS, Figures, figures_in
from luthier.text.dates import find_dates
from luthier.text.sentences import sentence_spans
from luthier.text.tokens import words

MAX_SENTENCE = 400  # characters; longer ones are lists or broken text


@dataclass(frozen=True, slots=True)
class Assertion:
    """One statement. `start` and `end` are its sentence's, in the text it was read from.

    `kind` is a base unit or currency, `count`, `phone`, `who` or `whether`. Two assertions are comparable where `kind`,
    `bound`, `scope` and `period` are equal; `subject` holds names, `content` the other words of matter.
    """

    start: int
    end: int
    kind: str
    bound: str
    values: tuple[str, ...]
    attributes: frozenset[str]
    runs: frozenset[str]
    names: frozenset[str]
    content: frozenset[str]
    qualifiers: frozenset[str]
    scope: frozenset[str]
    period: frozenset[str]
    every_word: frozenset[str]
    wording: str


_DIGIT = re.compile(r"\d")
_CONTINUED = re.compile(r"(?:This|That|The same|It)\s+(?:only\s+)?(?:holds|applies|concerns|is for|is meant for)\b|\(")
_LABELLED = re.compile(r"[^:]{3,80}:\s")
_BRACKETS = re.compile(r"\(([^)]*)\)")
_MARKER = re.compile(r"(?:[-*•–▪]|\d{1,2}(?:\.\d{1,2})*[.)]?(?=\s+[A-Z])|\d\d:\d\d|[QA]:|#+)\s+")
# "Minimum deposit: EUR 500" without a full stop, before the sentence that follows.
_LABEL_VALUE = re.compile(
    r"[^:.;]{3,80}:\s(?:[A-Z]{3}\s|[€£$])?[\w.,-]*\d[\d.,]*\s?(?:%|[a-zµ]+)?(?:\s[a-z]+){0,3}(?=\s+[A-ZÀ-Ý][a-zà-ý]*\s)"
)
_LABEL_PARTY = re.compile(
    r"(?:Appro|Autho|Respons|Owner|Contact)[^:.;]{3,80}:\s(?:the\s)?[a-zà-ý-]+(?:\s[a-zà-ý-]+){0,3}(?=\s+[A-ZÀ-Ý])"
)


def assertions(text: str) -> Iterator[Assertion]:
    """The statements of a text, in order."""
    spans = sentence_spans(text)
    for place, (start, end) in enumerate(spans):
        following = text[slice(*spans[place + 1])] if place + 1 < len(spans) else ""
        added = following if _CONTINUED.match(following) and len(following) < 120 else ""
        if "\n" not in text[start:end]:
            yield from _of_sentence(text[start:end], start, added)
            continue
        offset, header, caption = start, "", ""
        for line in _lines(text[start:end]):
            if line.count("|") >= 2 or "\t" in line:
                if not header:
                    header, caption = line, text[:offset].rstrip().rpartition("\n")[2]
                yield from _of_row(line, header, caption, offset)
            elif header and not line.strip():
                header = ""
            else:
                yield from _of_sentence(line.strip(), offset + len(line) - len(line.lstrip()), "")
            offset += len(line) + 1


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
    runs = (_without_opener(found[0], found.start() == 0) for found in NAMES.finditer(line))
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


def _of_sentence(sentence: str, start: int, added: str) -> Iterator[Assertion]:
    marker = _MARKER.match(sentence)
    if marker is not None:
        sentence, start = sentence[marker.end() :], start + marker.end()
    label = (_LABEL_VALUE.match(sentence) or _LABEL_PARTY.match(sentence)) if ":" in sentence else None
    if label is not None:
        rest = sentence[label.end() :].lstrip()
        yield from _of_sentence(rest, start + len(sentence) - len(rest), added)
        sentence, added = label[0], rest if _CONTINUED.match(rest) else ""
    if 8 <= len(sentence) <= MAX_SENTENCE and not sentence.endswith("?"):
        yield from _of_statement(sentence, start, added)


def _of_statement(sentence: str, start: int, added: str) -> Iterator[Assertion]:
    """What a sentence of usual length states, if it states a rule and tells no story."""
    cues = cues_in(sentence)
    if not cues & (Cue.WHO | Cue.MODAL | Cue.NUMBER) and _DIGIT.search(sentence) is None:
        return
    spoken = WORD.findall(sentence)
    if not NARRATIVE.isdisjoint(spoken):
        return
    who = next((word for word in spoken if is_who(word)), None) if cues & Cue.WHO else None
    modal = bool(cues & Cue.MODAL) and any(map(is_modal, spoken))
    if not (who or modal or _DIGIT.search(sentence) or any(word.lower() in NUMBER_WORDS for word in spoken)):
        return
    attributes = attributes_in(sentence, spoken)
    labelled = ":" in sentence and _LABELLED.match(sentence) is not None
    if not (attributes or who or modal or labelled):
        return
    figures = figures_in(sentence, in_words=bool(cues & Cue.NUMBER))
    if figures.values:
        fitting = {kind: _fitting(kind, attributes) for kind in figures.values}
        stated = [kind for kind in figures.values if fitting[kind] or (labelled and kind != "count")]
        if stated:
            read = _Read(sentence, added, figures, cues)
            yield from (read.assertion(start, kind, figures.values[kind], fitting[kind]) for kind in stated)
    elif who:
        beginning = who.lower()[:4]
        of_whom = frozenset({WHO_STEM.get(beginning, beginning)})
        yield _Read(sentence, added, figures, cues).assertion(start, "who", (), of_whom)
    elif modal:
        answer = "no" if len(NEGATION.findall(sentence)) % 2 else "yes"
        read = _Read(sentence, added, figures, cues)
        yield read.assertion(start, "whether", (answer,), frozenset({"whether"}))


def _fitting(kind: str, attributes: frozenset[str]) -> frozenset[str]:
    """The attributes that a value of this kind can be of."""
    base = kind.partition("/")[0]
    return frozenset(
        a for a in attributes if base in KINDS.get(a, (base,)) and (a in KINDS or base != "count" or a in HOW)
    )


class _Read:
    """The words of one sentence, sorted into names, scope, qualifiers and what is left; `added` follows it."""

    def __init__(self, sentence: str, added: str, figures: Figures, cues: int) -> None:
        whole = f"{sentence} {added}" if added else sentence
        self.sentence, self.cues = sentence, cues
        dates = figures.dates if figures.read == whole else find_dates(whole)
        self.period = frozenset(mention.canonical or "?" for mention in dates)
        runs = [_without_opener(found[0], found.start() == 0) for found in NAMES.finditer(figures.masked)]
        self.runs = frozenset(run.lower() for run in runs if run)
        self.names = frozenset(word for run in self.runs for word in words(run))
        masked, self.periods = _without_periods(figures.masked, cues)
        scoped = (cues_in(whole) if added else cues) & Cue.SCOPE
        self.scope = {stem(found.lower()) for found in SCOPE.findall(whole)} - self.names if scoped else set[str]()
        self.words = words(masked)
        found_words = [stem(word) for word in self.words]
        self.every_word = frozenset(found_words).union(map(stem, words(whole)))
        plain_words = {w for w in found_words if w not in STOP and not w.isdigit() and w not in self.names}
        self.content = frozenset(plain_words - _attribute_stems(masked))
        self.qualifiers = self._qualifiers(masked, whole[len(sentence) :])

    def _qualifiers(self, masked: str, beyond: str) -> frozenset[str]:
        qualifying = QUALIFIER.findall(masked)
        if beyond:
            qualifying += QUALIFIER.findall(beyond) + _BRACKETS.findall(beyond)
        if not qualifying:
            return frozenset()
        text = " ".join(qualifying)
        without = _attribute_stems(text) | self.names
        return frozenset(w for w in map(stem, words(text)) if w not in STOP and w not in without and not w.isdigit())

    def assertion(self, start: int, kind: str, values: tuple[str, ...], attributes: frozenset[str]) -> Assertion:
        periods = self.periods - {"year"} if kind == "%" else self.periods
        wording = [w for w in self.words if not NEGATION.fullmatch(w)] if kind == "whether" else self.words
        return Assertion(
            start=start,
            end=start + len(self.sentence),
            kind=kind,
            bound="" if kind in ("who", "whether", "phone") else self._bound(),
            values=values,
            attributes=attributes,
            runs=self.runs,
            names=self.names,
            content=self.content,
            qualifiers=self.qualifiers,
            scope=frozenset(self.scope | {f"per {period}" for period in periods}),
            period=self.period,
            every_word=self.every_word,
            wording=" ".join(wording),
        )

    def _bound(self) -> str:
        """How the sentence bounds its values; the firmest word counts."""
        for cue, pattern, bound in _BOUNDS:
            if self.cues & cue and pattern.search(self.sentence):
                return bound
        return ""


_BOUNDS = ((Cue.MAXIMUM, MAXIMUM, "max"), (Cue.MINIMUM, MINIMUM, "min"), (Cue.TYPICAL, TYPICAL, "typical"))


def _without_periods(masked: str, cues: int) -> tuple[str, set[str]]:
    """The text without "per year", "daily" and their like, and the periods that they name."""
    if not cues & Cue.PERIOD:
        return masked, set()
    named = {PERIOD_NAME.get((a or b).lower(), (a or b).lower()) for a, b in PERIODS.findall(masked)}
    return PERIODS.sub(" ", masked), named


def _attribute_stems(text: str) -> set[str]:
    return {stem(word) for word in words(" ".join(attribute_words(text)))}


def _without_opener(run: str, opens: bool) -> str:
    """A run of capitalised words without the sentence's first word, unless more of the name follows it."""
    first, _, rest = run.partition(" ")
    if not opens:
        return rest if first.lower() in STOP else run
    if not rest:
        return ""
    return rest if first.lower() in STOP or attributes_of(first) or first.endswith("s") else run
