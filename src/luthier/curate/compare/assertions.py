"""What a sentence, or a row of a table, states: an attribute of a subject, with its value and its scope.

No model reads here. A statement has a figure with a unit, a telephone number, a responsible party or a plain yes or
no; a cue that it lays down a rule ("at most", "fee", "notice period", "is approved by", "must not"); and what is left
of its words says what it is about. Names keep their numbers ("Harbour Bond 12" is not "Harbour Bond 13").
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from luthier.text.dates import find_dates
from luthier.text.numbers import find_numbers, plain
from luthier.text.sentences import sentence_spans
from luthier.text.tokens import words
from luthier.text.units import BASE


def _listed(line: str) -> frozenset[str]:
    return frozenset(line.split())


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


_ATTRIBUTES = {
    "notice": "notice|cancellation period|cancelation period|terminat\\w*",
    "deposit": "deposits?|pays in|pay in|paid in|opening balance|initial payment|down payment",
    "interest": "interest|yields?|earns?|coupon|apr|bears?",
    "fee": "fees?|charges?|charged|costs|cost of|prices?|priced|premium|commission|surcharge|tariff",
    "dose": "dos(?:e|es|age|ing)|tak(?:e|en)|administer\\w*|given?|infus\\w+|inject\\w*",
    "age": "age|aged|(?<=years )old|youngest",
    "limit": "limit\\w*|cap|capped|ceiling|allowance|threshold|maxim\\w+|at most|not exceed|up to|no more than",
    "term": "term|duration|lasts?|runs for|lock-in|fixed for",
    "deadline": "deadline|due|no later than|cut-?off|within|latest|respon[ds]\\w*|repl(?:y|ies)|answer\\w*|submitted",
    "storage": "stor(?:e|ed|age)|keep|kept|retain\\w*|retention|archiv\\w*|shelf|refrigerat\\w*"
    "|temperature|discard\\w*",
    "interval": "every|interval|frequency|how often|review\\w*|renew\\w*",
    "phone": "phone|telephone|tel|hotline|call|fax|number|line|ring",
    "speed": "speed",
    "weight": "weigh\\w*|weight|load",
    "discount": "discount|rebate|reduction",
    "penalty": "penalt\\w+|fine|late payment",
    "leave": "leave|holiday|vacation|days off",
    "opening": "open(?:s|ing)? hours|opens?|closes?",
    "share": "share|quota|proportion|weighting|allocation|ratio",
    "minimum": "minim\\w+|at least|no less than|smallest|lowest",
    "amount": "amount|sum|payment|instal?lment|contribution|benefit|bonus|reimburs\\w*|allow\\w*|entitle\\w*",
}
_ATTRIBUTE = {name: re.compile(pattern, re.I) for name, pattern in _ATTRIBUTES.items()}
_PHRASES = {
    name: [one for one in pattern.split("|") if " " in one and "(" not in one] for name, pattern in _ATTRIBUTES.items()
}
_TIME, _MASS = frozenset({"min", "month"}), frozenset({"mg", "ml", "IU", "mmol", "lb"})
_KINDS = {
    **dict.fromkeys(("notice", "term", "deadline", "interval", "leave", "storage"), _TIME),
    "age": _TIME | {"count"},
    "dose": _MASS | {"count"},
    "weight": _MASS,
    "interest": frozenset({"%"}),
    "share": frozenset({"%", "count"}),
    "phone": frozenset({"phone"}),
    "opening": frozenset({"count"}),
}
"""Attribute -> the kinds of value it can have; any kind where it is not listed."""
_HOW = frozenset({"limit", "minimum"})
_MAXIMUM = re.compile(
    r"\b(?:maxim\w+|max|at most|no more than|not more than|more than|up to|not (?:to )?exceed\w*"
    r"|never exceed|exceed\w*|ceiling|capped"
    r"|limited to|upper limit|highest|no longer than|no later than|not later than|within|below|under|the limit)\b",
    re.I,
)
_MINIMUM = re.compile(
    r"\b(?:minim\w+|min|at least|no less than|not less than|no fewer than|from age|have reached|has reached|reached"
    r"|or more|or older|lower limit|lowest|no younger than|not before|not under|youngest|smallest"
    r"|starting (?:at|from))\b",
    re.I,
)
_TYPICAL = re.compile(
    r"\b(?:usual|usually|typical|typically|recommended|initial|initially|starting|standard|average|normal)\b", re.I
)
_WHO = re.compile(
    r"\b(?:approv\w+|authori[sz]\w+|sign(?:s|ed)|responsib\w+|owner|owns|decid\w+"
    r"|escalat\w+|contact|supervis\w+|releas\w+|grant\w*|competent|handled|maintained)\b",
    re.I,
)
_WHO_STEM = {"auth": "approv", "sign": "approv", "gran": "approv", "deci": "approv", "rele": "approv", "owns": "owner"}
_MODAL = re.compile(
    r"\b(?:must|may|can|cannot|should|shall|allowed|permitted|forbidden|prohibited|required|need(?:s|ed)?"
    r"|compatible|suitable|safe)\b",
    re.I,
)
_NEGATION = re.compile(
    r"\b(?:not|never|no|cannot|forbidden|prohibited|unsafe|unsuitable|incompatible)\b|n['’]t\b", re.I
)
_NARRATIVE = _listed(
    "was were had took spent received came went saw said asked told noted found brought sent gave made stood "
    "left rang called thought my I he she him her yesterday today Imagine imagine suppose Suppose example"
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?(?:-[^\W\d_]+)*")
_DIGIT = re.compile(r"\d")
_PHONE = re.compile(r"(?<![\w.,-])(?:\+\d{1,3}[ \d()/.-]{6,}\d|\(?0\d{1,5}\)?[ /-][\d /-]{4,}\d)(?![\w-])")
_RUN = re.compile(
    r"(?<![\w’'-])[A-ZÀ-Ý][\w’'&-]*(?: (?:[A-ZÀ-Ý][\w’'&-]*|\d{1,6}(?![\w.,:/%-]*\w)(?! ?(?:mg|g|ml|EUR|days?|%))))*"
)
_PERIODS = re.compile(
    r"\b(?:per|a|an|each|every|/)\s?(day|week|month|quarter|year|night|hour|dose|kg|person|transaction"
    r"|annum|item|order|head)\b"
    r"|\b(daily|weekly|monthly|quarterly|yearly|annual|annually|hourly|nightly|once|twice|single|in 24 hours)\b",
    re.I,
)
_PERIOD_NAME = {
    "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year", "annual": "year",
    "annually": "year", "annum": "year", "hourly": "hour", "nightly": "night", "in 24 hours": "day",
}  # fmt: skip
_SCOPE = re.compile(
    r"\b(adults?|child(?:ren)?|p(?:a)?ediatric|infants?|neonates?|newborns?|adolescents?|teenagers?"
    r"|elderly|older patients"
    r"|seniors?|pensioners?|pregnan\w+|breast-?feeding|renal|hepatic|kidney|liver|oral\w*|intravenous\w*|iv|topical"
    r"|subcutaneous\w*|intramuscular\w*|private|business|corporate|commercial|retail|institutional"
    r"|students?|apprentices?"
    r"|domestic|international|foreign|abroad|inland|online|digital|branch|counter|postal|weekdays?|weekends?|saturdays?"
    r"|sundays?|new|existing|first|second|third|premium|basic|gold|silver|express|standard|urgent|part-time|full-time"
    r"|temporary|permanent|junior|men|women|male|female|north|south|east|west|coast|city|rural|urban"
    r"|small|large|heavy)\b",
    re.I,
)
_QUALIFIER = re.compile(
    r"\b(?:for|in the case of|in case of|holds? (?:only )?for|appl(?:y|ies) (?:only )?to|only (?:for|in"
    r"|with)|among|if|when"
    r"|where|unless|except|outside|provided|with|in)\s+(?:the\s+|a\s+|an\s+|all\s+)?([^,.;:()]{2,60})",
    re.I,
)
_CONTINUED = re.compile(r"(?:This|That|The same|It)\s+(?:only\s+)?(?:holds|applies|concerns|is for|is meant for)\b|\(")
_STOP = _listed(
    "a an the of for to in on at by with from and or nor is are be been being it its this that these those "
    "which who whom whose whoever as than then there their they them we our us you your any all each every per "
    "must may can shall should will would could do does not no only also more most less least up one has have "
    "if when where while into out over under about after before during within between both either such same "
    "other than so but very just given give gives take taken takes made make makes set stands stand amounts "
    "amount equal equals comes come need needs required requires require please always never usually generally "
    "currently now here following period number value figure rule rules case whole total holds hold applies "
    "apply people anyone person everyone member members customer customers client clients staff patient "
    "patients employee employees"
)
_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORD_VALUES = {**{w: n for n, w in enumerate(_SMALL)}, **{w: 10 * n for n, w in enumerate(_TENS, start=2)}}
_SPELLED = re.compile(
    rf"\b(?:(?:{'|'.join([*_TENS, *reversed(_SMALL)])}|a hundred|hundred|a thousand"
    rf"|thousand)(?:[ -](?:and )?)?)+(?<![ -])"
    r"(?=[ -](?:per ?cent|percent|%|[a-z]+s?\b))",
    re.I,
)


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
        offset, header = start, ""
        for line in _lines(text[start:end]):
            if line.count("|") >= 2 or "\t" in line:
                header = header or line
                yield from _of_row(line, header, offset)
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


def _of_row(line: str, header: str, start: int) -> Iterator[Assertion]:
    """Each figure of a table's row, under its column's heading, for what the row's first cell names."""
    if line == header or not re.search(r"\d", line):
        return
    mark = "|" if "|" in line else "\t"
    heads, cells = ([c.strip() for c in row.strip().strip(mark).split(mark)] for row in (header, line))
    for head, cell in zip(heads[1:], cells[1:], strict=False):
        if re.search(r"\d", cell):
            for found in _of_sentence(f"{head} for the {cells[0]}: {cell}", start, ""):
                yield _moved(found, start, start + len(line))


def _moved(found: Assertion, start: int, end: int) -> Assertion:
    parts = {name: getattr(found, name) for name in Assertion.__slots__}
    return Assertion(**{**parts, "start": start, "end": end})


def _of_sentence(sentence: str, start: int, added: str) -> Iterator[Assertion]:
    marker = _MARKER.match(sentence)
    if marker is not None:
        sentence, start = sentence[marker.end() :], start + marker.end()
    label = _LABEL_VALUE.match(sentence) or _LABEL_PARTY.match(sentence)
    if label is not None:
        rest = sentence[label.end() :].lstrip()
        yield from _of_sentence(rest, start + len(sentence) - len(rest), added)
        sentence, added = label[0], rest if _CONTINUED.match(rest) else ""
    if not 8 <= len(sentence) <= MAX_SENTENCE or sentence.endswith("?"):
        return
    spoken = _WORD.findall(sentence)
    if not _NARRATIVE.isdisjoint(spoken):
        return
    who = next((word for word in spoken if _is_who(word)), None)
    modal = any(map(_is_modal, spoken))
    if not (who or modal or _DIGIT.search(sentence) or any(word.lower() in _WORD_VALUES for word in spoken)):
        return
    attributes = _attributes_in(sentence, spoken)
    labelled = re.match(r"[^:]{3,80}:\s", sentence)
    if not (attributes or who or modal or labelled):
        return
    whole = f"{sentence} {added}" if added else sentence
    dates = find_dates(whole)
    masked, figures = _figures(sentence)
    if not figures and not who and not modal:
        return
    read = _Read(sentence, whole, masked, frozenset(m.canonical or "?" for m in dates))
    if figures:
        for kind, values in figures.items():
            base = kind.partition("/")[0]
            fitting = frozenset(
                a
                for a in attributes
                if base in _KINDS.get(a, (base,)) and (a in _KINDS or base != "count" or a in _HOW)
            )
            if fitting or (labelled and kind != "count"):
                yield read.assertion(start, kind, values, fitting)
    elif who:
        stem = who.lower()[:4]
        yield read.assertion(start, "who", (), frozenset({_WHO_STEM.get(stem, stem)}))
    elif modal:
        answer = "no" if len(_NEGATION.findall(sentence)) % 2 else "yes"
        yield read.assertion(start, "whether", (answer,), frozenset({"whether"}))


def _figures(sentence: str) -> tuple[str, dict[str, tuple[str, ...]]]:
    """A sentence without its dates and figures, and the values of each kind, in order."""
    text = _SPELLED.sub(lambda found: f"{_value_of(found[0])}", sentence)
    values: dict[str, list[str]] = {}
    taken = [(m.start, m.end) for m in find_dates(text)]
    phones = [m.span() for m in _PHONE.finditer(text)]
    for first, last in phones:
        values.setdefault("phone", []).append(re.sub(r"\D", "", text[first:last])[-8:])
    named = [found.span() for found in _RUN.finditer(text)]
    quantities = [
        q
        for q in find_numbers(text, skip=taken + phones)
        if q.unit is not None
        or not (any(first <= q.start < last for first, last in named) or (1900 <= q.value <= 2099 and q.value % 1 == 0))
    ]
    with_units = [q for q in quantities if q.unit is not None]
    for q in with_units or quantities:
        unit = q.unit or "count"
        first_part, _, per = unit.partition("/")
        base, factor = BASE.get(first_part, (first_part, 1))
        values.setdefault(f"{base}/{per}" if per else base, []).append(
            plain((q.value * factor).quantize(q.value * factor))
        )
    pieces, end = [], 0
    for first, last in sorted([*taken, *phones, *((q.start, q.end) for q in quantities)]):
        if first >= end:
            pieces += [text[end:first], " # "]
            end = last
    return "".join([*pieces, text[end:]]), {kind: tuple(found) for kind, found in values.items()}


def _value_of(spelled: str) -> int:
    total, current = 0, 0
    for word in re.split(r"[ -]+", spelled.lower()):
        if word == "hundred":
            current = max(1, current) * 100
        elif word == "thousand":
            total, current = total + max(1, current) * 1000, 0
        else:
            current += _WORD_VALUES.get(word, 0)
    return total + current


class _Read:
    """The words of one sentence, sorted into names, scope, qualifiers and what is left."""

    def __init__(self, sentence: str, whole: str, masked: str, period: frozenset[str]) -> None:
        self.sentence, self.period = sentence, period
        runs = [_without_opener(found[0], found.start() == 0) for found in _RUN.finditer(masked)]
        self.runs = frozenset(run.lower() for run in runs if run)
        self.names = frozenset(word for run in self.runs for word in words(run))
        self.masked = _PERIODS.sub(" ", masked)
        scope = {_stem(found.lower()) for found in _SCOPE.findall(whole)}
        self.periods = {_PERIOD_NAME.get((a or b).lower(), (a or b).lower()) for a, b in _PERIODS.findall(masked)}
        self.scope = scope - self.names
        found_words = [_stem(word) for word in words(self.masked)]
        self.every_word = frozenset(found_words) | {_stem(word) for word in words(whole)}
        plain_words = {w for w in found_words if w not in _STOP and not w.isdigit() and w not in self.names}
        self.content = frozenset(plain_words - {_stem(w) for w in words(" ".join(_attribute_words(self.masked)))})
        beyond = whole[len(sentence) :]
        qualifying = " ".join(
            _QUALIFIER.findall(self.masked) + _QUALIFIER.findall(beyond) + re.findall(r"\(([^)]*)\)", beyond)
        )
        attribute_words = {_stem(w) for w in words(" ".join(_attribute_words(qualifying)))}
        self.qualifiers = frozenset(
            w for w in (_stem(word) for word in words(qualifying))
            if w not in _STOP and w not in self.names and w not in attribute_words and not w.isdigit()
        )  # fmt: skip

    def assertion(self, start: int, kind: str, values: tuple[str, ...], attributes: frozenset[str]) -> Assertion:
        sentence = self.sentence
        bound = "typical" if _TYPICAL.search(sentence) else ""
        bound = "max" if _MAXIMUM.search(sentence) else "min" if _MINIMUM.search(sentence) else bound
        periods = self.periods - {"year"} if kind == "%" else self.periods
        wording = " ".join(w for w in words(self.masked) if kind != "whether" or not _NEGATION.fullmatch(w))
        return Assertion(
            start=start,
            end=start + len(sentence),
            kind=kind,
            bound="" if kind in ("who", "whether", "phone") else bound,
            values=values,
            attributes=attributes,
            runs=self.runs,
            names=self.names,
            content=self.content,
            qualifiers=self.qualifiers,
            scope=frozenset(self.scope | {f"per {period}" for period in periods}),
            period=self.period,
            every_word=self.every_word,
            wording=wording,
        )


def _attributes_in(sentence: str, spoken: Sequence[str]) -> frozenset[str]:
    lowered = sentence.lower()
    found = {name for name, phrases in _PHRASES.items() for phrase in phrases if phrase in lowered}
    return frozenset(found.union(*(_attributes_of(word) for word in spoken)))


@functools.lru_cache(maxsize=1 << 16)
def _attributes_of(word: str) -> frozenset[str]:
    return frozenset(name for name, pattern in _ATTRIBUTE.items() if pattern.fullmatch(word))


@functools.lru_cache(maxsize=1 << 16)
def _is_who(word: str) -> bool:
    return _WHO.fullmatch(word) is not None


@functools.lru_cache(maxsize=1 << 16)
def _is_modal(word: str) -> bool:
    return _MODAL.fullmatch(word) is not None


@functools.lru_cache(maxsize=1 << 16)
def _is_cue(word: str) -> bool:
    """Whether a word says how or of what kind a statement is, so that it is no matter of its own."""
    cues = (_MAXIMUM, _MINIMUM, _WHO, _MODAL, _NEGATION, _TYPICAL)
    return bool(_attributes_of(word)) or any(cue.fullmatch(word) for cue in cues)


def _attribute_words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text) if _is_cue(word)]


def _without_opener(run: str, opens: bool) -> str:
    """A run of capitalised words without the sentence's first word, unless more of the name follows it."""
    first, _, rest = run.partition(" ")
    if not opens:
        return rest if first.lower() in _STOP else run
    if not rest:
        return ""
    return rest if first.lower() in _STOP or _attributes_of(first) or first.endswith("s") else run


def _stem(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if word == "children":
        return "child"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
