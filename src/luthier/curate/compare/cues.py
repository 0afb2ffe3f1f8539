"""The words by which a sentence shows that it states something: what of, how it bounds it, for whom, and how often.

Patterns over many words are slow where nothing matches. So a sentence's words are looked up first, each in a cache:
`cues_in` says which of the patterns could match at all.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence

from luthier.curate.compare.values import NUMBER_WORDS, WORKDAYS
from luthier.text.tokens import listed

_ATTRIBUTES = {
    "notice": "notice|cancellation period|cancelation period|terminat\\w*",
    "deposit": "deposits?|pays in|pay in|paid in|opening balance|initial payment|down payment",
    "interest": "interest|yields?|earns?|coupon|apr|bears?",
    "fee": "fees?|charges?|charged|costs|cost of|prices?|priced|premium|commission|surcharge|tariff",
    "dose": "dos(?:e|es|age|ing)|tak(?:e|en)|administer\\w*|given?|infus\\w+|inject\\w*",
    "age": "age|aged|years old|youngest",
    "limit": "limit\\w*|cap|capped|ceiling|allowance|threshold|maxim\\w+|at most|not exceed|up to|no more than",
    "term": "term|duration|lasts?|runs for|lock-in|fixed for",
    "deadline": "deadline|due|no later than|cut-?off|within|latest|respon[ds]\\w*|repl(?:y|ies)|answer\\w*|submitted",
    "storage": "stor(?:e|ed|age)|keep|kept|retain\\w*|retention|archiv\\w*|shelf|refrigerat\\w*"
    "|temperature|discard\\w*",
    "interval": "every|interval|frequency|how often|review\\w*|renew\\w*",
    "phone": "phone|telephone|tel|hotline|helpline|helpdesk|call|fax|number|line|ring|dial|extension|reached",
    "speed": "speed",
    "weight": "weigh\\w*|weight|load",
    "discount": "discount|rebate|reduction",
    "penalty": "penalt\\w+|fine|late payment",
    "leave": "leave|holiday|vacation|days off",
    "opening": "open(?:s|ing)? hours|opening times|business hours|open|opens|opening",
    "closing": "close|closes|closed|closing",
    "begin": "starts?|starting|begins?|beginning|commences?|takes place|takes effect|effective|held|launch(?:es)?",
    "end": "ends?|ending|expir(?:es?|y)|matur(?:es?|ity)",
    "share": "share|quota|proportion|weighting|allocation|ratio",
    "minimum": "minim\\w+|at least|no less than|smallest|lowest",
    "amount": "amount|sum|payment|instal?lment|contribution|benefit|bonus|reimburs\\w*|allow\\w*|entitle\\w*",
}
_ATTRIBUTE = {name: re.compile(pattern, re.I) for name, pattern in _ATTRIBUTES.items()}
_PHRASES = [
    (name, one) for name, pattern in _ATTRIBUTES.items() for one in pattern.split("|") if " " in one and "(" not in one
]
_MASS = frozenset({"mg", "ml", "IU", "mmol", "lb"})
_TIME = frozenset({"min", "month", WORKDAYS})
_MOMENT = frozenset({"date", "time", "weekday"})
KINDS = {
    **dict.fromkeys(("notice", "term", "interval", "leave"), _TIME),
    "deadline": _TIME | _MOMENT,
    "storage": _TIME | {"°C", "°F"},
    **dict.fromkeys(("begin", "end"), _MOMENT),
    "closing": frozenset({"time", "weekday"}),
    "age": _TIME | {"count"},
    "dose": _MASS | {"count"},
    "weight": _MASS,
    "interest": frozenset({"%"}),
    "share": frozenset({"%", "count"}),
    "phone": frozenset({"phone"}),
    "opening": frozenset({"count", "time", "weekday"}),
}
"""Attribute -> the kinds of value it can have; any kind where it is not listed."""
HOW = frozenset({"limit", "minimum"})
"""They say how a value bounds, hardly what it is of."""
MAXIMUM = re.compile(
    r"\b(?:maxim\w+|max|at most|no more than|not more than|more than|up to|not (?:to )?exceed\w*"
    r"|never exceed|exceed\w*|ceiling|capped"
    r"|limited to|upper limit|highest|no longer than|no later than|not later than|within|below|under|the limit)\b",
    re.I,
)
MINIMUM = re.compile(
    r"\b(?:minim\w+|min|at least|no less than|not less than|no fewer than|from age|have reached|has reached|reached"
    r"|or more|or older|lower limit|lowest|no younger than|not before|not under|youngest|smallest"
    r"|starting (?:at|from))\b",
    re.I,
)
TYPICAL = re.compile(
    r"\b(?:usual|usually|typical|typically|recommended|initial|initially|starting|standard|average|normal)\b", re.I
)
WHO = re.compile(
    r"\b(?:approv\w+|authori[sz]\w+|sign(?:s|ed)|responsib\w+|owner|owns|decid\w+"
    r"|escalat\w+|contact|supervis\w+|releas\w+|grant\w*|competent|handled|maintained|manage(?:r|s|d)|head|heads|headed"
    r"|led|chairs|chaired|chairman|chairwoman|chairperson|director|consent|signature|charge)\b",
    re.I,
)
WHO_STEM = {"auth": "approv", "sign": "approv", "gran": "approv", "deci": "approv", "rele": "approv", "owns": "owner"}
MODAL = re.compile(
    r"\b(?:must|may|can|cannot|should|shall|allowed|permitted|forbidden|prohibited|required|need(?:s|ed)?"
    r"|compatible|suitable|safe)\b",
    re.I,
)
NEGATION = re.compile(r"\b(?:not|never|no|cannot|forbidden|prohibited|unsafe|unsuitable|incompatible)\b|n['’]t\b", re.I)
PERIODS = re.compile(
    r"\b(?:per|a|an|each|every|/)\s?(day|week|month|quarter|year|night|hour|dose|kg|person|transaction"
    r"|annum|item|order|head)\b"
    r"|\b(daily|weekly|monthly|quarterly|yearly|annual|annually|hourly|nightly|once|twice|single|in 24 hours)\b",
    re.I,
)
PERIOD_NAME = {
    "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year", "annual": "year",
    "annually": "year", "annum": "year", "hourly": "hour", "nightly": "night", "in 24 hours": "day",
}  # fmt: skip
SCOPE = re.compile(
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
POPULATION = listed(
    "adult child paediatric pediatric infant neonate newborn adolescent teenager elderly senior pensioner pregnant "
    "renal hepatic kidney liver oral intravenous iv topical subcutaneou private business corporate commercial retail "
    "institutional student apprentice part-time full-time temporary permanent men women male female"
)
"""Of the words of scope, as stems, those by which a heading limits whatever stands below it."""
AUDIENCE = listed("member customer client staff patient employee people")
"""Whom a rule is for: matter where a sentence has no other."""
QUALIFIER = re.compile(
    r"\b(?:for|in the case of|in case of|holds? (?:only )?for|appl(?:y|ies) (?:only )?to|only (?:for|in"
    r"|with)|among|if|when"
    r"|where|unless|except|outside|provided|with|in)\s+(?:the\s+|a\s+|an\s+|all\s+)?([^,.;:()]{2,60})",
    re.I,
)
NARRATIVE = listed(
    "was were had took spent received came went saw said asked told noted found brought sent gave made stood "
    "left rang called thought my I he she him her yesterday today Imagine imagine suppose Suppose example"
)
PASSIVE = listed("sent received told found made brought given asked called")
"""Of these, those that lay down a rule after "is" or "be"."""
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?(?:-[^\W\d_]+)*")
STOP = listed(
    "s t a an the of for to in on at by with from and or nor is are be been being it its this that these those "
    "which who whom whose whoever as than then there their they them we our us you your any all each every per "
    "must may can shall should will would could do does not no only also more most less least up one has have "
    "if when where while into out over under about after before during within between both either such same "
    "other than so but very just given give gives take taken takes made make makes set stands stand amounts "
    "amount equal equals comes come need needs required requires require please always never usually generally "
    "currently now here following period number value figure rule rules case whole total holds hold applies "
    "apply people anyone person everyone member members customer customers client clients staff patient "
    "patients employee employees"
)


class Cue:
    """The patterns that may match, by one of their words: a bit each (plain numbers, as sums of an enum are slow)."""

    MAXIMUM = 1
    MINIMUM = 2
    TYPICAL = 4
    WHO = 8
    MODAL = 16
    SCOPE = 32
    PERIOD = 64
    NUMBER = 128
    MOMENT = 256


# Each match of the pattern has one of these words, which stand in lower case.
_SIGNS = {
    Cue.MAXIMUM: "maxim\\w*|max|most|than|up|exceed\\w*|ceiling|capped|limit|limited|highest|within|below|under",
    Cue.MINIMUM: "minim\\w*|min|least|than|age|reached|more|older|lower|lowest|before|under|youngest|smallest|starting",
    Cue.TYPICAL: "usual|usually|typical|typically|recommended|initial|initially|starting|standard|average|normal",
    Cue.WHO: WHO.pattern.replace("\\w+", "\\w*"),
    Cue.MODAL: MODAL.pattern,
    Cue.SCOPE: SCOPE.pattern.replace("\\w+", "\\w*") + "|breast|older|part|full",
    Cue.PERIOD: "(?:per|a|an|each|every)?(?:day|week|month|quarter|year|night|hour|dose|kg|person|transaction|annum"
    "|item|order|head)|daily|weekly|monthly|quarterly|yearly|annual|annually|hourly|nightly|once|twice|single|hours",
    Cue.MOMENT: "january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr"
    "|jun|jul|aug|sept?|oct|nov|dec|am|pm|m|noon|midday|midnight|clock"
    "|(?:mon|tues|wednes|thurs|fri|satur|sun)days?",
    Cue.NUMBER: f"(?:{'|'.join([*NUMBER_WORDS, 'hundred', 'thousand'])})\\w*",
}
_SIGN: Mapping[int, re.Pattern[str]] = {cue: re.compile(signs, re.I) for cue, signs in _SIGNS.items()}
_LETTERS = re.compile(r"[^\W\d_]+")


def cues_in(sentence: str) -> int:
    """Which patterns may match, as bits of `Cue`; those that are not set do not match."""
    found = 0
    for word in _LETTERS.findall(sentence):
        found |= _cues_of(word)
    return found


@functools.lru_cache(maxsize=1 << 16)
def _cues_of(word: str) -> int:
    return sum(cue for cue, sign in _SIGN.items() if sign.fullmatch(word))


def attributes_in(sentence: str, spoken: Sequence[str]) -> frozenset[str]:
    """The attributes that a sentence speaks of; `spoken` are its words."""
    lowered = sentence.lower()
    found = {name for name, phrase in _PHRASES if phrase in lowered}
    return frozenset(found.union(*map(attributes_of, spoken)))


@functools.lru_cache(maxsize=1 << 16)
def attributes_of(word: str) -> frozenset[str]:
    """The attributes that one word stands for."""
    return frozenset(name for name, pattern in _ATTRIBUTE.items() if pattern.fullmatch(word))


@functools.lru_cache(maxsize=1 << 16)
def is_who(word: str) -> bool:
    """Whether a word says that somebody is responsible."""
    return WHO.fullmatch(word) is not None


_ROLE_WORD = re.compile("manag|head|led|chair|direct|consent|signature|charge", re.I)


def is_responsible(word: str) -> bool:
    """Whether the word alone says so, whatever the form of its sentence; "manager" does not."""
    return _ROLE_WORD.match(word) is None


@functools.lru_cache(maxsize=1 << 16)
def is_modal(word: str) -> bool:
    """Whether a word allows, asks for or forbids something."""
    return MODAL.fullmatch(word) is not None


@functools.lru_cache(maxsize=1 << 16)
def is_cue(word: str) -> bool:
    """Whether a word says how or of what kind a statement is, so that it is no matter of its own."""
    cues = (MAXIMUM, MINIMUM, WHO, MODAL, NEGATION, TYPICAL)
    return bool(attributes_of(word)) or any(cue.fullmatch(word) for cue in cues)


def attribute_words(text: str) -> list[str]:
    """The words of a text that are no matter of their own, in order."""
    return [word for word in WORD.findall(text) if is_cue(word)]


@functools.lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """An English word without the ending of its plural."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if word == "children":
        return "child"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
