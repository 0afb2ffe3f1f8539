"""What a document's title, and the heading above a sentence, say that the sentence is about.

"The maximum daily dose is 120 mg" states nothing by itself; under "Zolvane: dosage in adults" it is Zolvane's, for
adults. A word of a title is a name where it has a capital and the document never writes it small: titles have capitals
of their own ("Complaints Handling Policy").
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from luthier.curate.compare.cues import POPULATION, SCOPE, STOP, Cue, cues_in, is_cue, stem
from luthier.curate.compare.values import NAMES
from luthier.text.tokens import listed, words

LONGEST = 90  # characters of a heading; what is longer says more than what follows is about
_MOST_WORDS = 12
_YEAR = re.compile(r"(?<![\d./-])\b(?:19|20)\d\d\b(?![./-]\d)")
_MARKS = re.compile(r"#{1,6}\s+")
_NO_HEADING = re.compile(r"[.!?:;,|]\s*$|\d\s?(?:%|mg|EUR)|\t|\|")
_FIRM = listed("ag gmbh ltd inc plc co llc")
_KIND_OF_PAPER = listed(
    "policy guide guideline leaflet card sheet fact factsheet schedule handbook manual memo memorandum letter notice "
    "minute faq form rulebook instruction procedure overview summary information note page annex appendix list "
    "regulation directive version draft edition update bulletin circular document paper section chapter part table "
    "introduction pocket poster wall general detail question answer service dosage title about "
    "welcome dear mr mrs ms dr"
)
_SMALL = STOP | _KIND_OF_PAPER


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above a sentence. `names` are lower-cased words, `matter` stems, `words` both, `period` years, and
    `scope` says for whom. `apart` is the scope that holds for whatever stands below, names or not."""

    names: frozenset[str] = frozenset()
    matter: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    scope: frozenset[str] = frozenset()
    apart: frozenset[str] = frozenset()
    period: frozenset[str] = frozenset()

    def over(self, below: Heading) -> Heading:
        """This one with a heading further below: the nearer one says the subject, if it names any."""
        return Heading(
            names=below.names or self.names,
            matter=below.matter | self.matter,
            words=below.words | self.words,
            scope=below.scope | self.scope,
            apart=below.apart | self.apart,
            period=below.period or self.period,
        )


NO_HEADING = Heading()


def is_heading(line: str) -> bool:
    """Whether a line that stands alone is a heading: marked as one, or short, without a stop and without a value."""
    if line.startswith("#"):
        return True
    if len(line) > LONGEST or line[-1:] in ".!?:;,|" or not line[:1].isupper() or _NO_HEADING.search(line):
        return False
    return len(line.split()) <= _MOST_WORDS


def heading_of(line: str, text: str) -> Heading:
    """What a title or a heading says, above this text."""
    line = _MARKS.sub("", line, count=1) if line.startswith("#") else line
    found = words(line)
    stems = list(map(stem, found))
    about = {_scope_stem(one) for one in SCOPE.findall(line)} if cues_in(line) & Cue.SCOPE else set[str]()
    years = frozenset(_YEAR.findall(line)) if "20" in line or "19" in line else frozenset[str]()
    roots = {word: root for word, root in zip(found, stems, strict=True) if root not in about and _is_matter(word)}
    plain = roots.keys() - years
    capital = {word for run in NAMES.findall(line) for word in words(run)} & plain - _FIRM
    names = {word for word in capital if is_name(word, text)}
    if all(map(str.isdigit, names)):
        names = set()
    scope = frozenset(about - names)
    return Heading(
        names=frozenset(names),
        matter=frozenset(roots[word] for word in plain if not word.isdigit()),
        words=frozenset(stems).union(found),
        scope=scope,
        apart=scope & POPULATION,
        period=years,
    )


@functools.lru_cache(maxsize=1 << 16)
def _is_matter(word: str) -> bool:
    """Whether a word of a heading can say what is below, and not only what paper it is or how a value is bound."""
    return not (stem(word) in _SMALL or is_cue(word))


def _scope_stem(found: str) -> str:
    return stem(found.lower())


def is_name(word: str, text: str) -> bool:
    """Whether a word that has a capital here is a name, as far as the text itself tells: it is never written small."""
    if word.isdigit():
        return True
    return len(word) > 1 and not is_cue(word) and f" {word}" not in text
