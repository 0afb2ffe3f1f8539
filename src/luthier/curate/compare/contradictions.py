"""Records of which one must be wrong: another value for the same attribute of the same subject, in the same scope.

Documents: `assertions` reads what each sentence states. Two statements meet where they share a name, or a word and the
kind of value; what they are about must then agree (names with their numbers, attribute, bound, scope, period), and only
the value differ. A wording that occurs with many values states data, not a rule, and a pair that only the documents'
titles could tell apart is left alone. Outdated versions are the matter of `expiry`; pass them as `outdated`.

Examples: the same request in all but order, endings and small words, with another label; or with a text answer whose
figures differ. (Exactly the same inputs are `duplicates`' matter, which sees them first.)
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
import xxhash
from numpy.typing import NDArray

from luthier.config.curation.contradictions import Contradictions as Settings
from luthier.curate.compare.assertions import Assertion, assertions
from luthier.records import Document, Example, Finding
from luthier.text.tokens import words


def _listed(line: str) -> frozenset[str]:
    return frozenset(line.split())


RULE = "contradictions"
VERSION = 1
CODES: Mapping[str, str] = {
    "contradiction.value": "Another document states another value for the same thing.",
    "contradiction.responsible": "Another document names another party as responsible for the same thing.",
    "contradiction.negation": "Another document says the opposite.",
    "contradiction.label": "Another example asks the same in other words and has another label.",
    "contradiction.answer": "Another example asks the same, and its answer has other figures.",
}

Texts = Callable[[Sequence[str]], Iterable[tuple[str, str]]]  # ids -> (id, text), in any order
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Side:
    """One document's part in a contradiction."""

    row: int
    assertion: Assertion


class Contradictions:
    """Reads each document once with `add`, keeping hashes; `findings` reads those again that may contradict."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._ids: list[str] = []
        self._groups: list[str | None] = []
        self._profiles: list[tuple[tuple[str, str], ...]] = []
        self._titles: list[frozenset[str]] = []
        self._keys, self._rows, self._starts = array("Q"), array("I"), array("I")
        self._wordings, self._values = array("Q"), array("Q")
        self._known: dict[frozenset[str], frozenset[str]] = {}

    def add(self, document: Document) -> None:
        """Remembers what one document states."""
        row = len(self._ids)
        self._ids.append(document.id)
        self._groups.append(document.group)
        self._profiles.append(tuple(sorted(document.profile.items())))
        title = frozenset(words(document.title or ""))
        self._titles.append(self._known.setdefault(title, title))
        for found in assertions(document.text):
            for key in _keys(found):
                self._keys.append(key)
                self._rows.append(row)
                self._starts.append(found.start)
            self._wordings.append(_hash(found.kind, found.wording))
            self._values.append(_hash(*found.values))

    def findings(self, texts: Texts, outdated: Set[str] = frozenset()) -> Iterator[Finding]:
        """Flags, two for each contradiction, by the order in which the documents were added.

        Args:
            texts: gives the texts of documents that are asked for once more.
            outdated: ids of documents that `expiry` found out of date; they contradict nothing.
        """
        candidates = self._candidates(outdated)
        wanted = sorted({row for pair in candidates for row, _ in pair})
        asked = dict(texts([self._ids[row] for row in wanted])) if wanted else {}
        read = {
            row: {(a.start, a.kind): a for a in assertions(asked[self._ids[row]]) if self._ids[row] in asked}
            for row in wanted
        }
        data = self._data_wordings()
        found: dict[tuple[int, int, int, int], tuple[_Side, _Side]] = {}
        for (row_a, start_a), (row_b, start_b) in candidates:
            for (start, kind), a in read[row_a].items():
                b = read[row_b].get((start_b, kind))
                if start == start_a and b is not None and self._contradict(_Side(row_a, a), _Side(row_b, b), data):
                    found.setdefault((row_a, start_a, row_b, start_b), (_Side(row_a, a), _Side(row_b, b)))
        yield from self._reported([found[key] for key in sorted(found)], asked)

    def _candidates(self, outdated: Set[str]) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        """Pairs of (row, start) that share a key which few statements have."""
        keys = np.array(self._keys, dtype=np.uint64)
        places = np.stack([np.array(self._rows), np.array(self._starts)], axis=1).astype(np.int64).reshape(-1, 2)
        order = np.lexsort((places[:, 1], places[:, 0], keys))
        ends = [*(np.flatnonzero(keys[order][1:] != keys[order][:-1]) + 1).tolist(), len(keys)]
        gone = {row for row, record_id in enumerate(self._ids) if record_id in outdated}
        pairs: set[tuple[tuple[int, int], tuple[int, int]]] = set()
        begin = 0
        for end in ends:
            if 1 < end - begin <= self._settings.most_statements:
                members = [(int(row), int(start)) for row, start in places[order[begin:end]] if int(row) not in gone]
                pairs |= {(a, b) for n, a in enumerate(members) for b in members[n + 1 :] if a[0] != b[0]}
            begin = end
        return sorted(pairs)

    def _data_wordings(self) -> frozenset[int]:
        """Wordings, as hashes, that occur with more values than a rule has."""
        pairs = np.unique(np.stack([np.array(self._wordings, np.uint64), np.array(self._values, np.uint64)], 1), axis=0)
        wordings, counts = np.unique(pairs[:, 0], return_counts=True)
        return frozenset(wordings[counts > self._settings.most_values].tolist())

    def _contradict(self, one: _Side, other: _Side, data: frozenset[int]) -> bool:
        a, b = one.assertion, other.assertion
        if a.kind != b.kind or a.bound != b.bound or a.period != b.period:
            return False
        if any(name in dict(self._profiles[other.row]) and dict(self._profiles[other.row])[name] != value
               for name, value in self._profiles[one.row]) and not a.runs & b.runs:  # fmt: skip
            return False
        if _hash(a.kind, a.wording) in data or _hash(b.kind, b.wording) in data:
            return False
        if a.kind == "who":
            return _other_party(a, b) and _same_scope(a, b)
        differ = a.scope == b.scope and len(a.values) == len(b.values) and sorted(a.values) != sorted(b.values)
        return differ and _same_attribute(a, b) and _same_scope(a, b) and self._same_subject(one, other)

    def _same_subject(self, one: _Side, other: _Side) -> bool:
        a, b = one.assertion, other.assertion
        if not (a.names <= b.every_word | b.names and b.names <= a.every_word | a.names):
            return False
        named = {run for run in a.runs & b.runs if " " in run or len(run) > 3}
        spoken = (a.names & b.every_word) | (b.names & a.every_word)
        if (named or spoken) and a.kind != "whether":
            return not (_matter(a) - b.every_word and _matter(b) - a.every_word) or bool(a.attributes & b.attributes)
        if self._groups[one.row] != self._groups[other.row]:
            return False
        shared, either = _matter(a) & _matter(b), _matter(a) | _matter(b)
        titles = self._titles[one.row], self._titles[other.row]
        enough = 1 if titles[0] & titles[1] and titles[0] == titles[1] else 2
        overlap = len(shared) / len(either) if either else 0.0
        if a.kind == "whether":
            return a.wording == b.wording and len(shared) >= enough
        return len(shared) >= enough and overlap >= self._settings.min_overlap

    def _reported(self, pairs: Sequence[tuple[_Side, _Side]], texts: Mapping[str, str]) -> Iterator[Finding]:
        reported: Counter[int] = Counter()
        for one, other in pairs:
            if max(reported[one.row], reported[other.row]) >= self._settings.most_per_document:
                continue
            for mine, theirs in ((one, other), (other, one)):
                reported[mine.row] += 1
                yield self._finding(mine, theirs, texts)

    def _finding(self, mine: _Side, theirs: _Side, texts: Mapping[str, str]) -> Finding:
        own, their = (texts[self._ids[s.row]][s.assertion.start : s.assertion.end] for s in (mine, theirs))
        span = f"characters {theirs.assertion.start}-{theirs.assertion.end}"
        code = {"who": "contradiction.responsible", "whether": "contradiction.negation"}
        return Finding(
            record_id=self._ids[mine.row],
            record_kind="document",
            rule=RULE,
            rule_version=VERSION,
            code=code.get(mine.assertion.kind, "contradiction.value"),
            action="flag",
            reason=f"“{_short(own)}” does not go with “{_short(their)}” in {self._ids[theirs.row]} ({span}): "
            "a person should say which is right",
            field="text",
            counterpart_id=self._ids[theirs.row],
            start=mine.assertion.start,
            end=mine.assertion.end,
            before=own,
        )


class ExampleContradictions:
    """Reads each labelled example once; `findings` gives those that ask the same and are answered otherwise."""

    def __init__(self) -> None:
        self._seen: dict[int, list[tuple[str, int, int, str]]] = defaultdict(list)  # id, exact form, answer, code

    def add(self, example: Example) -> None:
        """Remembers one example's request and answer, as hashes."""
        spoken = [word for name in sorted(example.inputs) for word in [name, *words(example.inputs[name])]]
        matter = sorted(_stem_of(word) for word in spoken if word not in _SMALL_WORDS)
        if len(matter) - len(example.inputs) < 2:
            return
        if example.target.labels is not None:
            code, answer = "contradiction.label", _hash(*sorted(example.target.labels))
        else:
            figures = [word for word in words(example.target.text or "") if any(map(str.isdigit, word))]
            code, answer = "contradiction.answer", _hash(*sorted(figures))
        self._seen[_hash(example.task, *matter)].append((example.id, _hash(*spoken), answer, code))

    def findings(self) -> Iterator[Finding]:
        """Flags on both of each pair, in order of id; exactly equal requests are left to `duplicates`."""
        for members in self._seen.values():
            members.sort()
            for place, (one, exact, answer, code) in enumerate(members):
                for other, other_exact, other_answer, _ in members[place + 1 :]:
                    if exact != other_exact and answer != other_answer:
                        yield _example_finding(one, other, code)
                        yield _example_finding(other, one, code)
                        break


def _keys(found: Assertion) -> set[int]:
    """What other statements on the same subject would share."""
    long_runs = {run for run in found.runs if " " in run}
    subject = long_runs or found.names | _matter(found)
    return {_hash(found.kind, word) for word in subject} | {_hash(found.kind, "=", found.wording)}


def _matter(found: Assertion) -> frozenset[str]:
    return found.content


def _same_attribute(a: Assertion, b: Assertion) -> bool:
    if a.wording == b.wording or a.kind == "whether":
        return True
    return bool((a.attributes - _HOW) & (b.attributes - _HOW)) or (
        bool(a.attributes & b.attributes) and not (a.attributes - _HOW and b.attributes - _HOW)
    )


_HOW = frozenset({"limit", "minimum"})  # they say how a value bounds, hardly what it is of


def _same_scope(a: Assertion, b: Assertion) -> bool:
    """Whether what limits each statement ("for business members", "if paid late") is in the other's words too."""
    return a.qualifiers <= b.every_word | b.names and b.qualifiers <= a.every_word | a.names


def _other_party(a: Assertion, b: Assertion) -> bool:
    """Whether two statements on who is responsible for the same named thing name different parties."""
    if not a.runs & b.runs or not a.attributes & b.attributes or not _same_numbers(a, b):
        return False
    mine, yours = (a.content | a.names) - (b.content | b.names), (b.content | b.names) - (a.content | a.names)
    if not mine or not yours or max(len(mine), len(yours)) > 4:
        return False
    return bool((a.content & b.content) or len(a.content | b.content) <= 6)


def _same_numbers(a: Assertion, b: Assertion) -> bool:
    return {n for n in a.names if n.isdigit()} == {n for n in b.names if n.isdigit()}


def _stem_of(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


_SMALL_WORDS = _listed("a an the please kindly hi hello thanks thank so just really very also is are be am")


def _short(sentence: str) -> str:
    flat = " ".join(sentence.split())
    return flat if len(flat) <= 200 else f"{flat[:199]}…"


def _hash(*parts: str) -> int:
    return xxhash.xxh3_64_intdigest("\0".join(parts).encode())


def _example_finding(record_id: str, other: str, code: str) -> Finding:
    return Finding(
        record_id=record_id,
        record_kind="example",
        rule=RULE,
        rule_version=VERSION,
        code=code,
        action="flag",
        reason=f"{other} asks the same in other words and is answered otherwise: a person should say which is right",
        counterpart_id=other,
    )
