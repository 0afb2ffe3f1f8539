"""The full names that a corpus introduces, so that a person is known in every record and not only where introduced.

One letter says "Mr Hans Keller", the minutes say "Hans Keller". A first look over all records collects full names from
strong evidence: a title, a name's label, a greeting, a signature, an introduction, a column of names. Weaker evidence
("Client: …", a column of clients) can be a firm's name, and counts where no word of the name is an ordinary one. A
surname alone is never collected: it may be a word, a place, or somebody else.

Found are the names as they were collected, in capitals, and turned round ("Keller, Hans"); not where the next word
makes a firm or a street of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from luthier.curate.clean.privacy.people import NAME, PARTICLE, WORD, find_introduced, is_no_name
from luthier.curate.clean.privacy.spans import Span
from luthier.text.opposites import ordinary
from luthier.text.tokens import listed

_GAP = re.compile(r"[ \u00a0\n]+")
_RUN = re.compile(rf"(?<!\w){WORD}(?:,?[ \u00a0\n](?:{PARTICLE}[ \u00a0])?{WORD})+")
_ONE = re.compile(WORD)
_WHOLE = re.compile(NAME)
_NEXT = re.compile(r"[ \u00a0&]+([^\W\d_]+)")
_MOST_WORDS = 5
_NO_PERSON_AFTER = listed(
    "ltd limited inc llc llp lp gmbh ag kg se sa sarl bv nv spa srl plc corp co company group bank fund funds trust "
    "holding holdings partners capital insurance stiftung foundation institute university college school hospital "
    "clinic church street st road rd avenue ave lane square place platz strasse straße weg allee house court prize "
    "award lecture centre center hall stadium airport park bridge und and"
) - {"and", "und", "st"}
# Columns whose values are people, and those that may be people or firms. A column about a thing's name is neither.
_PERSON = listed("adviser advisor patient employee author doctor nurse teacher pupil contact agent signatory applicant "
                 "insured beneficiary cardholder policyholder handler manager analyst reviewer surname")  # fmt: skip
_PARTY = listed("name client customer member supplier sender recipient holder owner tenant party debtor creditor")
_THING = listed("product fund file company firm bank drug brand document template team department city street branch "
                "country medicine model project item title account id number type segment group class")  # fmt: skip


def names_introduced(texts: Iterable[str], columns: Mapping[str, str]) -> Iterator[str]:
    """The full names that one record introduces.

    Args:
        texts: its texts.
        columns: its short values by the names of their columns.
    """
    for text in texts:
        for name, strong in find_introduced(text):
            if _is_full(name) and (strong or not _has_ordinary_word(name)):
                yield _plain(name)
    for column, cell in columns.items():
        about = set(re.findall(r"[a-z]+", column.lower()))
        if about & _THING or not about & (_PERSON | _PARTY):
            continue
        value = cell.strip()
        if _WHOLE.fullmatch(value) and _is_full(value) and (about & _PERSON or not _has_ordinary_word(value)):
            yield _plain(value)


class KnownNames:
    """Full names, ready to be found in texts."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names: dict[str, str] = {}
        for name in sorted(names):
            given, _, last = name.rpartition(" ")
            self._names.setdefault(name.casefold(), name)
            self._names.setdefault(f"{last}, {given}".casefold(), name)

    def find(self, text: str) -> Iterator[tuple[Span, str]]:
        """Where the names stand, each with the name as it was collected."""
        for run in _RUN.finditer(text) if self._names else ():
            words = [word.span() for word in _ONE.finditer(text, *run.span())]
            for first, (start, _) in enumerate(words):
                found = self._longest_from(text, start, words[first + 1 : first + _MOST_WORDS])
                if found is not None:
                    yield found

    def _longest_from(self, text: str, start: int, ends: Sequence[tuple[int, int]]) -> tuple[Span, str] | None:
        for place in range(len(ends) - 1, -1, -1):
            end = ends[place][1]
            if text[end - 2 : end] in ("'s", "’s"):
                end -= 2
            name = self._names.get(_GAP.sub(" ", text[start:end]).casefold())
            if name is not None and not _goes_on(text, end):
                return Span(start, end, "name", "a person's name, which another record introduces"), name
        return None


def _goes_on(text: str, end: int) -> bool:
    """Whether the next word makes the name that of a firm or a place."""
    following = _NEXT.match(text, end)
    return following is not None and following[1][0].isupper() and following[1].lower() in _NO_PERSON_AFTER


def _is_full(name: str) -> bool:
    """Whether it is a given name, or its initial, and a surname, and no word of it is none of anybody's."""
    words = _plain(name).split(" ")
    return len(words) > 1 and len(words[-1]) > 2 and not any(map(is_no_name, words))


def _has_ordinary_word(name: str) -> bool:
    return any(word.lower() in ordinary() for word in _plain(name).split(" "))


def _plain(name: str) -> str:
    name = _GAP.sub(" ", name)
    return name[:-2] if name.endswith(("'s", "’s")) else name
