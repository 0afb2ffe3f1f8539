"""Examples that ask the same in other words and are answered otherwise: one of the two answers must be wrong.

Two requests are the same if they have the same words of matter, in whatever order, unless two things have changed
places in it ("client a pays client b"). Answers differ by their labels; or by what they state: figures, whatever they
are written like, and whether they say yes or no. The very same inputs are `duplicates`' matter, which sees them first.
"""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import xxhash

from luthier.curate.compare.contradictions import RULE, VERSION
from luthier.curate.compare.values import numbers_in_figures
from luthier.records import Example, Finding
from luthier.text.dates import find_dates
from luthier.text.numbers import find_numbers, plain
from luthier.text.sentences import sentence_spans
from luthier.text.tokens import listed, words
from luthier.text.units import in_base_units

_SMALL_WORDS = listed(
    "a an the please kindly hi hello thanks thank so just really very also is are be am was were been being has have "
    "had do does did"
)
"""Words that a request can gain or lose, or have in another tense, without asking for anything else."""
_LETTERS = listed("b c d x y z")  # where one of them names something, "a" does too
_FEWEST = 2  # words of matter by which a request can be told from others
_LONGEST_ORDER = 256  # words whose order is kept; in what is longer, an exchange of two words says little
_LONGEST_EXCHANGED = 3  # words of a thing that changes places with another
_GREETING = listed("please kindly hi hello thanks thank")
_POLAR = listed("can may must should shall will would is are am do does did has have could might")
_YES = re.compile(r"\W*(?:yes|correct|certainly|of course|ja|oui)\b", re.I)
_NO = re.compile(r"\W*(?:no|unfortunately not|nein|non)\b(?! later| more| less| charge| fee)", re.I)
_ALLOWED = re.compile(r"\b(?:can|may|must|should|will|is|are|possible|allowed|permitted)\b", re.I)
_NEGATION = re.compile(r"\b(?:not|never|no|cannot|nobody|nothing|neither)\b|n['’]t\b", re.I)
_FREE = re.compile(r"\b(?:free of charge|for free|is free|are free|no (?:fee|charge|cost)s?|costs? nothing)\b", re.I)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One example: its request, word for word and as the order of its matter; and what its answer says."""

    id: str
    exact: int
    order: bytes
    answer: int
    figures: frozenset[str]
    says: str
    unsigned: int  # the answer's words but for "not" and its like


class ExampleContradictions:
    """Reads each labelled example once; `findings` gives those that ask the same and are answered otherwise."""

    def __init__(self) -> None:
        self._seen: dict[int, list[_Asked]] = defaultdict(list)

    def add(self, example: Example) -> None:
        """Remembers one example's request and answer; texts are kept as hashes."""
        spoken = [(name, words(example.inputs[name])) for name in sorted(example.inputs)]
        matter = [word for _, said in spoken for word in _matter(said)]
        if len(matter) < _FEWEST:
            return
        names = [name for name, _ in spoken]
        labelled = example.target.labels is not None
        key = _hash(example.task, str(labelled), *names, "", *sorted(matter))
        exact = _hash(*(word for name, said in spoken for word in (name, *said)))
        order = array("H", (_hash(word) & 0xFFFF for word in matter[:_LONGEST_ORDER])).tobytes()
        if example.target.labels is not None:
            asked = _Asked(example.id, exact, order, _hash(*sorted(example.target.labels)), frozenset(), "", 0)
        else:
            polar = any(next((word in _POLAR for word in said if word not in _GREETING), False) for _, said in spoken)
            asked = _with_answer(example.id, exact, order, example.target.text or "", polar)
        self._seen[key].append(asked)

    def findings(self) -> Iterator[Finding]:
        """Flags on both of each pair, in order of id; exactly equal requests are left to `duplicates`."""
        for members in self._seen.values():
            members.sort(key=lambda asked: asked.id)
            for place, one in enumerate(members):
                other = next((other for other in members[place + 1 :] if _contradict(one, other)), None)
                if other is not None:
                    yield _finding(one, other.id)
                    yield _finding(other, one.id)


def _matter(said: Sequence[str]) -> Iterator[str]:
    """A request's words of matter, in order."""
    small = _SMALL_WORDS - {"a"} if not _LETTERS.isdisjoint(said) else _SMALL_WORDS
    return (_stem_of(word) for word in said if word not in small)


def _stem_of(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _with_answer(record_id: str, exact: int, order: bytes, answer: str, polar: bool) -> _Asked:
    """An example with what its answer states; where the request asks whether, also which way it is answered."""
    says = "yes" if _YES.match(answer) else "no" if _NO.match(answer) else ""
    if polar and not says and answer:
        first = answer[slice(*sentence_spans(answer)[0])] if answer.strip() else ""
        if len(_NEGATION.findall(first)) % 2:
            says = "no"
        elif _ALLOWED.search(first):
            says = "yes"
    negated = len(_NEGATION.findall(answer)) % 2
    unsigned = _hash(*(word for word in words(_NEGATION.sub(" ", answer)) if word not in _SMALL_WORDS))
    return _Asked(record_id, exact, order, negated, _figures(answer), says, unsigned)


def _figures(answer: str) -> frozenset[str]:
    """The figures and the dates of an answer, each in one form: "1.50 percent" is "1.5 %"."""
    text = numbers_in_figures(answer)
    dates = find_dates(text)
    found = {mention.canonical for mention in dates if mention.canonical}
    for quantity in find_numbers(text, skip=[(mention.start, mention.end) for mention in dates]):
        value, unit = in_base_units(quantity.value, quantity.unit or "")
        found.add(f"{plain(value)} {unit}")
    return frozenset(found | {"0"}) if _FREE.search(answer) else frozenset(found)


def _contradict(one: _Asked, other: _Asked) -> bool:
    if one.exact == other.exact or _changed_places(one.order, other.order):
        return False
    if not one.unsigned:  # labelled
        return one.answer != other.answer
    if one.says and other.says and one.says != other.says:
        return True
    if one.unsigned == other.unsigned:
        return one.answer != other.answer
    return bool(one.figures - other.figures and other.figures - one.figures)


def _changed_places(one: bytes, other: bytes) -> bool:
    """Whether two things of a few words each have changed places around what stands between them."""
    here, there = array("H", one).tolist(), array("H", other).tolist()
    if here == there or len(here) != len(there):
        return False
    while here[0] == there[0]:
        here, there = here[1:], there[1:]
    while here[-1] == there[-1]:
        here, there = here[:-1], there[:-1]
    lengths = range(1, min(_LONGEST_EXCHANGED, len(here)) + 1)
    return any(
        there == here[-last:] + here[first:-last] + here[:first]
        for first in lengths
        for last in lengths
        if first + last < len(here)
    )


def _hash(*parts: str) -> int:
    return xxhash.xxh3_64_intdigest("\0".join(parts).encode())


def _finding(one: _Asked, other: str) -> Finding:
    return Finding(
        record_id=one.id,
        record_kind="example",
        rule=RULE,
        rule_version=VERSION,
        code="contradiction.answer" if one.unsigned else "contradiction.label",
        action="flag",
        reason=f"{other} asks the same in other words and is answered otherwise: a person should say which is right",
        counterpart_id=other,
    )
