"""What one sentence states: the values, the party or the plain yes or no, with the words that say of what.

A statement has a figure with a unit, a day, a time, a telephone number, a responsible party or a yes or no; a cue that
it lays down a rule ("at most", "fee", "notice period", "is approved by", "must not"); and what is left of its words
says what it is about. Names keep their numbers ("Harbour Bond 12" is not "Harbour Bond 13").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from luthier.curate.compare.cues import (
    AUDIENCE,
    HOW,
    KINDS,
    MAXIMUM,
    MINIMUM,
    NARRATIVE,
    NEGATION,
    PASSIVE,
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
    is_cue,
    is_modal,
    is_responsible,
    is_who,
    stem,
)
from luthier.curate.compare.headings import NO_HEADING, Heading
from luthier.curate.compare.parties import Responsible, responsible_in
from luthier.curate.compare.values import NAMES, NUMBER_WORDS, Figures, figures_in
from luthier.text.dates import find_dates
from luthier.text.tokens import listed, words


@dataclass(frozen=True, slots=True)
class Assertion:
    """One statement. `start` and `end` are its sentence's, in the text it was read from.

    `kind` is a base unit or currency, `count`, `workday`, `phone`, `date`, `time`, `weekday`, `who` or `whether`. Two
    assertions are comparable where `kind`, `bound`, `scope` and `period` are equal; `names` and, where there are none,
    the heading's say what it is about, `content` holds the other words of matter. `openers` may be a name: the first
    word, which would have its capital anyhow. Of `who`, `values` are the party's words.
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
    openers: frozenset[str] = frozenset()
    heading: Heading = NO_HEADING

    @property
    def within_reach(self) -> frozenset[str]:
        """Every word of the sentence and of what stands above it, as they are and as stems."""
        return self.every_word | self.names | self.heading.words


_DIGIT = re.compile(r"\d")
_MAY_BE_NAME = re.compile(r"[^\W\d_]{3,}(?<!ing)(?<!ed)(?<!ly)(?<!s)(?<!tion)(?<!ment)")
_LABELLED = re.compile(r"[^:]{3,80}:\s")
_BE = listed("be is are being only also always")
_MOMENTOUS = frozenset({"opening", "closing", "begin", "end", "deadline"})
_BETWEEN_CLAUSES = re.compile(r"[,;:]\s+(?:and\s)?|\s(?:and|but)\s(?=[^,;]*\d)")
_LIES_WITH = listed("lie rest")
_TITLES = listed("mr mrs ms dr prof")
_THIS = re.compile(r"\b(?:this|these|here|it)\b", re.I)
_UNTIL = re.compile(
    r"\b(?:by|before|until|till|than|due on)\s(?:the\s|noon\s|(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s)?"
    r"(?=\d{1,4}(?:st|nd|rd|th)?\b|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|noon|mid|(?:mon|tues|wednes|thurs|fri|satur|sun)day))",
    re.I,
)
_DUE = re.compile(r"\b(?:deadlines?|due|latest|cut-?off)\b", re.I)
_BRACKETS = re.compile(r"\(([^)]*)\)")


def statements(sentence: str, start: int, added: str) -> Sequence[Assertion]:
    """What a sentence of usual length states, if it states a rule and tells no story."""
    cues = cues_in(sentence)
    digits = _DIGIT.search(sentence) is not None
    if not (digits or cues & (Cue.WHO | Cue.MODAL | Cue.NUMBER | Cue.MOMENT)):
        return ()
    spoken = WORD.findall(sentence)
    if not NARRATIVE.isdisjoint(spoken) and _tells(spoken):
        return ()
    who = next((word for word in spoken if is_who(word)), None) if cues & Cue.WHO else None
    modal = bool(cues & Cue.MODAL) and any(map(is_modal, spoken))
    numbers = digits or cues & Cue.MOMENT or any(word.lower() in NUMBER_WORDS for word in spoken)
    attributes = attributes_in(sentence, spoken) if numbers or who or modal else frozenset[str]()
    labelled = ":" in sentence and _LABELLED.match(sentence) is not None
    due = bool(cues & Cue.MOMENT) and _UNTIL.search(sentence) is not None
    if not (who or modal or (numbers and (attributes or labelled or due))):
        return ()
    moments = due or "day" in sentence or not _MOMENTOUS.isdisjoint(attributes)
    figures = figures_in(sentence, in_words=bool(cues & Cue.NUMBER), moments=moments)
    kinds = _kinds_stated(figures, attributes, labelled)
    if not (kinds or figures.moments.spans or who or (modal and not figures.values)):
        return ()
    read = _Read(sentence, added, figures, cues)
    stated = _figures_stated(read, start, kinds) if kinds else _moments_stated(read, start, attributes)
    return stated or _in_words(read, start, who, modal)


def _in_words(read: _Read, start: int, who: str | None, modal: bool) -> Sequence[Assertion]:
    """What a sentence states without a figure: who is responsible, or yes or no."""
    if who and (found := read.party(start, who)):
        return (found,)
    if not modal or read.figures.values:
        return ()
    answer = "no" if len(NEGATION.findall(read.sentence)) % 2 else "yes"
    return (read.assertion(start, "whether", (answer,), frozenset({"whether"})),)


def _tells(spoken: Sequence[str]) -> bool:
    """Whether a sentence tells of something past: "must be received" and "are sent" lay down what is to be."""
    before = ["", *spoken]
    return any(
        word in NARRATIVE and not (word in PASSIVE and known in _BE)
        for known, word in zip(before[:-1], spoken, strict=True)
    )


def _kinds_stated(figures: Figures, attributes: frozenset[str], labelled: bool) -> dict[str, frozenset[str]]:
    """The kinds of value that a sentence states, each with the attributes that they can be of."""
    fitting = {kind: _fitting(kind, attributes) for kind in figures.values}
    return {kind: found for kind, found in fitting.items() if found or (labelled and kind != "count")}


def _figures_stated(read: _Read, start: int, kinds: dict[str, frozenset[str]]) -> list[Assertion]:
    """The figures that a sentence states, clause by clause where each clause has figures and attributes of its own."""
    values = read.figures.values
    if any(len(found) > 1 for found in values.values()) and (clauses := _clauses(read.sentence)):
        return [found for clause in clauses for found in _of_clause(read, clause, start)]
    return [read.assertion(start, kind, values[kind], fitting) for kind, fitting in kinds.items()]


def _clauses(sentence: str) -> list[str]:
    """The clauses of a sentence, if each has a figure and an attribute of its own; else none."""
    clauses: list[str] = []
    for piece in _BETWEEN_CLAUSES.split(sentence):
        if clauses and not _states_alone(clauses[-1]):
            clauses[-1] += f", {piece}"
        else:
            clauses.append(piece)
    return clauses if len(clauses) > 1 and _states_alone(clauses[-1]) else []


def _states_alone(clause: str) -> bool:
    return bool(_DIGIT.search(clause) and attributes_in(clause, WORD.findall(clause)))


def _of_clause(whole: _Read, clause: str, start: int) -> Iterator[Assertion]:
    """What a clause states, about what its sentence names."""
    cues = cues_in(clause)
    figures = figures_in(clause, in_words=bool(cues & Cue.NUMBER))
    read = _Read(clause, "", figures, cues)
    attributes = attributes_in(clause, WORD.findall(clause))
    for kind, values in figures.values.items():
        if fitting := _fitting(kind, attributes):
            found = read.assertion(start, kind, values, fitting)
            yield replace(
                found,
                end=start + len(whole.sentence),
                runs=whole.runs,
                names=whole.names,
                openers=whole.openers,
                period=whole.period,
                scope=found.scope | whole.scope,
                every_word=whole.every_word,
            )


def _moments_stated(read: _Read, start: int, attributes: frozenset[str]) -> list[Assertion]:
    """The days and times that a sentence states, where it has no other figures."""
    moments = read.figures.moments
    if not (moments.days or moments.times or moments.weekdays) or _THIS.search(read.sentence):
        return []
    if read.figures.values and not moments.times:
        return []
    if _UNTIL.search(read.sentence):
        attributes |= {"deadline"}
    if moments.times and (fitting := _fitting("time", attributes)):
        found = read.assertion(start, "time", moments.times, fitting)
        return [replace(found, scope=found.scope.union(moments.days), bound="")]
    said = bool(attributes & {"begin", "end"}) or _UNTIL.search(read.sentence) or _DUE.search(read.sentence)
    if moments.days and said and (fitting := _fitting("date", attributes)):
        found = read.assertion(start, "date", moments.days, fitting)
        return [replace(found, period=moments.years, bound="")]
    if moments.weekdays and (fitting := _fitting("weekday", attributes)):
        found = read.assertion(start, "weekday", tuple(sorted(moments.weekdays)), fitting)
        return [replace(found, scope=found.scope - moments.weekdays, bound="")]
    return []


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
        self.sentence, self.cues, self.figures = sentence, cues, figures
        dates = figures.dates if not added else find_dates(whole)
        self.period = frozenset(mention.canonical or "?" for mention in dates)
        self.runs, self.openers = _runs_and_openers(figures.masked)
        self.names = frozenset(word for run in self.runs for word in words(run))
        masked, self.periods = _without_periods(figures.masked, cues)
        scoped = (cues_in(whole) if added else cues) & Cue.SCOPE
        read = f"{figures.read} {added}" if added else figures.read
        self.scope = {stem(found.lower()) for found in SCOPE.findall(read)} - self.names if scoped else set[str]()
        self.words = words(masked)
        found_words = [stem(word) for word in self.words]
        self.every_word = frozenset(found_words).union(map(stem, words(whole)))
        self.scope |= figures.moments.weekdays
        self.content = self._matter(found_words, masked)
        self.qualifiers = self._qualifiers(masked, whole[len(sentence) :])

    def _matter(self, stems: Sequence[str], text: str) -> frozenset[str]:
        """The words of matter of a text with these stems; whom it is for, where it has no others."""
        plain = {w for w in stems if w not in STOP and not w.isdigit() and w not in self.names}
        return frozenset((plain and plain - _attribute_stems(text)) or AUDIENCE.intersection(stems))

    def party(self, start: int, who: str) -> Assertion | None:
        """Who is responsible: taken apart where the sentence has a usual form."""
        found = responsible_in(self.sentence)
        if found is None:
            beginning = who.lower()[:4]
            way = WHO_STEM.get(beginning, beginning)
            told = is_responsible(who) and not self.figures.values
            return self.assertion(start, "who", (), frozenset({way})) if told else None
        return self._of_party(found, start)

    def _of_party(self, found: Responsible, start: int) -> Assertion:
        party = frozenset(stem(word) for word in words(found.who) if word not in STOP and word not in _TITLES)
        runs, _ = _runs_and_openers(found.what)
        matter = self._matter([stem(word) for word in words(found.what)], found.what) - party
        figures = frozenset(f"{kind} {value}" for kind, some in self.figures.values.items() for value in some)
        one = self.assertion(start, "who", tuple(sorted(party)), frozenset({found.way}))
        period = one.period | figures | ({self._bound()} if figures else set())
        names = frozenset(word for run in runs for word in words(run))
        limits = self.qualifiers - party - _LIES_WITH
        return replace(
            one, runs=runs, names=names, openers=frozenset(), content=matter, period=period, qualifiers=limits
        )

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
        conditions = {
            f"{other} {value}" for other, some in self.figures.conditions.items() if other != kind for value in some
        }
        wording = [w for w in self.words if not NEGATION.fullmatch(w)] if kind == "whether" else self.words
        return Assertion(
            start=start,
            end=start + len(self.sentence),
            kind=kind,
            bound="" if kind in ("who", "whether", "phone", "date", "time", "weekday") else self._bound(),
            values=values,
            attributes=attributes,
            runs=self.runs,
            names=self.names,
            content=self.content,
            qualifiers=self.qualifiers,
            scope=frozenset(self.scope | {f"per {period}" for period in periods}),
            period=self.period | conditions,
            every_word=self.every_word,
            wording=" ".join(wording),
            openers=self.openers,
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


def _runs_and_openers(masked: str) -> tuple[frozenset[str], frozenset[str]]:
    """The names in a sentence; and its first word, where that may be a name: what it is, a capital alone cannot say."""
    runs, openers = set(), set[str]()
    for found in NAMES.finditer(masked):
        run = without_opener(found[0], found.start() == 0)
        if run:
            runs.add(run.lower())
        elif " " not in found[0] and _MAY_BE_NAME.fullmatch(found[0]):
            opener = words(found[0])
            if len(opener) == 1 and opener[0] not in STOP and stem(opener[0]) not in STOP and not is_cue(opener[0]):
                openers.add(opener[0])
    return frozenset(runs), frozenset(openers)


def without_opener(run: str, opens: bool) -> str:
    """A run of capitalised words without the sentence's first word, unless more of the name follows it."""
    first, _, rest = run.partition(" ")
    if not opens:
        return rest if first.lower() in STOP else run
    if not rest:
        return ""
    return rest if first.lower() in STOP or attributes_of(first) or first.endswith("s") else run
