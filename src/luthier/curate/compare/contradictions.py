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
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from luthier.config.curation.contradictions import Contradictions as Settings
from luthier.curate.compare import Texts
from luthier.curate.compare.assertions import Assertion, assertions
from luthier.curate.compare.cues import HOW
from luthier.records import Document, Example, Finding
from luthier.text.sentences import shortened
from luthier.text.tokens import listed, words

RULE = "contradictions"
VERSION = 2
CODES: Mapping[str, str] = {
    "contradiction.value": "Another document states another value for the same thing.",
    "contradiction.responsible": "Another document names another party as responsible for the same thing.",
    "contradiction.negation": "Another document says the opposite.",
    "contradiction.label": "Another example asks the same in other words and has another label.",
    "contradiction.answer": "Another example asks the same, and its answer has other figures.",
}

Hashes = NDArray[np.uint64]
_AT_ONCE = 100_000  # pairs whose texts are read, and kept, at once


@dataclass(frozen=True, slots=True)
class _Side:
    """One document's part in a contradiction."""

    row: int
    assertion: Assertion
    sentence: str


class Contradictions:
    """Reads each document once with `add`, keeping hashes; `findings` reads those again that may contradict.

    For each statement 32 bytes are kept and for each of the keys that it could meet others by 12, in arrays.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._ids: list[str] = []
        self._groups: list[str | None] = []
        self._profiles: list[Mapping[str, str]] = []
        self._titles = array("Q")  # 0: no title
        self._known: dict[object, Any] = {}  # equal groups and profiles are kept once
        self._rows, self._starts = array("I"), array("I")  # one for each statement, as are the next three
        self._comparable, self._wordings, self._values = array("Q"), array("Q"), array("Q")
        self._keys, self._statements = array("Q"), array("I")  # one for each key of a statement

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, document: Document) -> None:
        """Remembers what one document states."""
        row = len(self._ids)
        self._ids.append(document.id)
        self._groups.append(self._known.setdefault(document.group, document.group))
        profile = tuple(sorted(document.profile.items()))
        self._profiles.append(self._known.setdefault(profile, document.profile))
        title = sorted(set(words(document.title or "")))
        self._titles.append(_hash(*title) if title else 0)
        for found in assertions(document.text):
            number = len(self._rows)
            self._rows.append(row)
            self._starts.append(found.start)
            self._comparable.append(_comparable(found))
            self._wordings.append(_hash(found.kind, found.wording))
            self._values.append(_hash(*found.values))
            keys = _keys(found)
            self._keys.extend(keys)
            self._statements.extend([number] * len(keys))

    def join(self, further: Contradictions) -> None:
        """Remembers what another of the same settings was given, as if those documents had been added here next."""
        row, number = len(self._ids), len(self._rows)
        self._ids += further._ids
        self._groups += (self._known.setdefault(group, group) for group in further._groups)
        for profile in further._profiles:
            self._profiles.append(self._known.setdefault(tuple(sorted(profile.items())), profile))
        for name in ("_titles", "_starts", "_comparable", "_wordings", "_values", "_keys"):
            getattr(self, name).extend(getattr(further, name))
        self._rows.extend(row + place for place in further._rows)
        self._statements.extend(number + place for place in further._statements)

    def findings(self, texts: Texts, outdated: Set[str] = frozenset()) -> Iterator[Finding]:
        """Flags, two for each contradiction, by the order in which the documents were added.

        Args:
            texts: gives the texts of documents that are asked for once more.
            outdated: ids of documents that `expiry` found out of date; they contradict nothing.
        """
        data = self._data_wordings()
        pairs = self._candidates(outdated, data)
        reported: Counter[int] = Counter()
        for begin in range(0, len(pairs), _AT_ONCE):
            some = pairs[begin : begin + _AT_ONCE]
            wanted = {(row, start) for a, b in some for row, start in (a, b)}
            read = self._read(wanted, texts)
            for a, b in some:
                for kind, one in read.get(a, {}).items():
                    other = read.get(b, {}).get(kind)
                    if other is not None and self._contradict(one, other):
                        yield from self._reported(one, other, reported)
                        break

    def _read(self, wanted: Set[tuple[int, int]], texts: Texts) -> dict[tuple[int, int], dict[str, _Side]]:
        """The statements at these places (row, start), by kind."""
        rows = {self._ids[row]: row for row, _ in sorted(wanted)}
        read: dict[tuple[int, int], dict[str, _Side]] = defaultdict(dict)
        for record_id, text in texts(list(rows)) if rows else ():
            row = rows[record_id]
            for found in assertions(text):
                if (row, found.start) in wanted:
                    read[row, found.start][found.kind] = _Side(row, found, text[found.start : found.end])
        return read

    def _candidates(self, outdated: Set[str], data: Hashes) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        """Pairs of places (row, start) in order, where statements share a key that few have, and may contradict."""
        keys, statements = np.frombuffer(self._keys, np.uint64), np.frombuffer(self._statements, np.uint32)
        order = np.lexsort((statements, keys))
        keys, statements = keys[order], statements[order]
        rows, starts = np.frombuffer(self._rows, np.uint32), np.frombuffer(self._starts, np.uint32)
        few = _in_small_groups(keys, self._settings.most_statements)
        left_out = np.isin(np.frombuffer(self._wordings, np.uint64), data)
        gone = np.array([record_id in outdated for record_id in self._ids], dtype=bool)
        usable = ~left_out & ~gone[rows]
        found: list[NDArray[np.uint32]] = []
        for apart in range(1, self._settings.most_statements):
            first = np.flatnonzero((keys[apart:] == keys[:-apart]) & few[apart:])
            a, b = statements[first], statements[first + apart]
            fits = usable[a] & usable[b] & (rows[a] != rows[b]) & self._may_contradict(a, b)
            a, b = a[fits], b[fits]
            found.append(np.unique(np.stack([rows[a], starts[a], rows[b], starts[b]], axis=1), axis=0))
        pairs = np.unique(np.concatenate(found), axis=0) if found else np.zeros((0, 4), dtype=np.uint32)
        return [((row_a, start_a), (row_b, start_b)) for row_a, start_a, row_b, start_b in pairs.tolist()]

    def _may_contradict(self, a: NDArray[np.uint32], b: NDArray[np.uint32]) -> NDArray[np.bool_]:
        """Whether two statements, by number, are on the same kind, bound, period and scope, with other values."""
        comparable, values = np.frombuffer(self._comparable, np.uint64), np.frombuffer(self._values, np.uint64)
        on_parties = (comparable[a] & np.uint64(1)).astype(bool)
        may: NDArray[np.bool_] = (comparable[a] == comparable[b]) & (on_parties | (values[a] != values[b]))
        return may

    def _data_wordings(self) -> Hashes:
        """Wordings, as hashes, that occur with more values than a rule has."""
        pairs = np.stack([np.frombuffer(self._wordings, np.uint64), np.frombuffer(self._values, np.uint64)], axis=1)
        wordings, counts = np.unique(np.unique(pairs, axis=0)[:, 0], return_counts=True)
        return wordings[counts > self._settings.most_values]

    def _contradict(self, one: _Side, other: _Side) -> bool:
        a, b = one.assertion, other.assertion
        if a.kind != b.kind or a.bound != b.bound or a.period != b.period:
            return False
        mine, yours = self._profiles[one.row], self._profiles[other.row]
        if any(yours.get(name, value) != value for name, value in mine.items()) and not a.runs & b.runs:
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
            same = not (a.content - b.every_word and b.content - a.every_word)
            return same or (a.kind != "count" and bool(a.attributes & b.attributes))
        if self._groups[one.row] != self._groups[other.row]:
            return False
        shared, either = a.content & b.content, a.content | b.content
        title = self._titles[one.row]
        enough = 1 if title and title == self._titles[other.row] else 2
        overlap = len(shared) / len(either) if either else 0.0
        if a.kind == "whether":
            return a.wording == b.wording and len(shared) >= enough
        return len(shared) >= enough and overlap >= self._settings.min_overlap

    def _reported(self, one: _Side, other: _Side, reported: Counter[int]) -> Iterator[Finding]:
        if max(reported[one.row], reported[other.row]) < self._settings.most_per_document:
            for mine, theirs in ((one, other), (other, one)):
                reported[mine.row] += 1
                yield self._finding(mine, theirs)

    def _finding(self, mine: _Side, theirs: _Side) -> Finding:
        own, their = mine.sentence, theirs.sentence
        span = f"characters {theirs.assertion.start}-{theirs.assertion.end}"
        code = {"who": "contradiction.responsible", "whether": "contradiction.negation"}
        return Finding(
            record_id=self._ids[mine.row],
            record_kind="document",
            rule=RULE,
            rule_version=VERSION,
            code=code.get(mine.assertion.kind, "contradiction.value"),
            action="flag",
            reason=f"“{shortened(own)}” does not go with “{shortened(their)}” in {self._ids[theirs.row]} ({span}): "
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


def _in_small_groups(keys: Hashes, most: int) -> NDArray[np.bool_]:
    """For each of the sorted keys whether it stands there at most so often."""
    _, group, sizes = np.unique(keys, return_inverse=True, return_counts=True)
    few: NDArray[np.bool_] = sizes[group] <= most
    return few


def _comparable(found: Assertion) -> int:
    """A hash of all that must be equal before two statements contradict one another; odd where they name parties."""
    parts = (found.kind, found.bound, *sorted(found.period), "", *(() if found.kind == "who" else sorted(found.scope)))
    return _hash(*parts) & ~1 | (found.kind == "who")


def _keys(found: Assertion) -> set[int]:
    """What other statements on the same subject would share."""
    long_runs = {run for run in found.runs if " " in run}
    subject = long_runs or found.names | found.content
    return {_hash(found.kind, word) for word in subject} | {_hash(found.kind, "=", found.wording)}


def _same_attribute(a: Assertion, b: Assertion) -> bool:
    if a.wording == b.wording or a.kind == "whether":
        return True
    return bool((a.attributes - HOW) & (b.attributes - HOW)) or (
        bool(a.attributes & b.attributes) and not (a.attributes - HOW and b.attributes - HOW)
    )


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


_SMALL_WORDS = listed("a an the please kindly hi hello thanks thank so just really very also is are be am")


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
