"""Records of which one must be wrong: another value for the same attribute of the same subject, in the same scope.

Documents: `assertions` reads what each sentence states. Two statements meet where they share a name, or a word and the
kind of value; what they are about must then agree (names with their numbers, attribute, bound, scope, period), and only
the value differ. A wording that occurs with many values states data, not a rule, and a pair that only the documents'
titles could tell apart is left alone. Outdated versions are the matter of `expiry`; pass them as `outdated`.

Examples that contradict one another are `example_contradictions`' matter.
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
from luthier.curate.compare.assertions import assertions
from luthier.curate.compare.statements import Assertion
from luthier.curate.compare.subjects import other_party, other_values, same_attribute, same_scope, same_subject
from luthier.records import Document, Finding
from luthier.text.sentences import shortened
from luthier.text.tokens import words

RULE = "contradictions"
VERSION = 3
CODES: Mapping[str, str] = {
    "contradiction.value": "Another document states another value for the same thing.",
    "contradiction.responsible": "Another document names another party as responsible for the same thing.",
    "contradiction.negation": "Another document says the opposite.",
    "contradiction.label": "Another example asks the same in other words and has another label.",
    "contradiction.answer": "Another example asks the same, and its answer states something else.",
}

Hashes = NDArray[np.uint64]
_VALUES_OF_A_SUBJECT = 1.5  # a wording that gives each of its subjects more values than this states data
_AT_ONCE = 100_000  # pairs whose texts are read, and kept, at once


@dataclass(frozen=True, slots=True)
class _Side:
    """One document's part in a contradiction."""

    row: int
    assertion: Assertion
    sentence: str


class Contradictions:
    """Reads each document once with `add`, keeping hashes; `findings` reads those again that may contradict.

    For each statement 40 bytes are kept and for each of the keys that it could meet others by 12, in arrays.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._ids: list[str] = []
        self._groups: list[str | None] = []
        self._profiles: list[Mapping[str, str]] = []
        self._titles: list[str | None] = []
        self._known: dict[object, Any] = {}  # equal groups and profiles are kept once
        self._rows, self._starts = array("I"), array("I")  # one for each statement, as are the next four
        self._comparable, self._values = array("Q"), array("Q")
        self._wordings, self._subjects = array("Q"), array("Q")
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
        self._titles.append(document.title and self._known.setdefault(document.title, document.title))
        for found in assertions(document.text, document.title):
            number = len(self._rows)
            self._rows.append(row)
            self._starts.append(found.start)
            self._comparable.append(_comparable(found))
            self._wordings.append(_hash(found.kind, found.wording))
            self._subjects.append(_hash(*sorted(found.names or found.heading.names), "", *sorted(found.scope)))
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
        self._titles += (title and self._known.setdefault(title, title) for title in further._titles)
        for name in ("_starts", "_comparable", "_wordings", "_subjects", "_values", "_keys"):
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
                pair = self._first_contradiction(read.get(a, []), read.get(b, []))
                if pair is not None:
                    yield from self._reported(*pair, reported)

    def _first_contradiction(self, here: list[_Side], there: list[_Side]) -> tuple[_Side, _Side] | None:
        pairs = ((one, other) for one in here for other in there if one.assertion.kind == other.assertion.kind)
        return next((pair for pair in pairs if self._contradict(*pair)), None)

    def _read(self, wanted: Set[tuple[int, int]], texts: Texts) -> dict[tuple[int, int], list[_Side]]:
        """The statements at these places (row, start), in order."""
        rows = {self._ids[row]: row for row, _ in sorted(wanted)}
        read: dict[tuple[int, int], list[_Side]] = defaultdict(list)
        for record_id, text in texts(list(rows)) if rows else ():
            row = rows[record_id]
            for found in assertions(text, self._titles[row]):
                if (row, found.start) in wanted:
                    read[row, found.start].append(_Side(row, found, text[found.start : found.end]))
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
        """Wordings, as hashes, that occur with more values than a rule has: of one subject, or of many subjects that
        have several each."""
        columns = (self._wordings, self._subjects, self._values)
        triples = np.unique(np.stack([np.frombuffer(column, np.uint64) for column in columns], axis=1), axis=0)
        subjects, values_of_each = np.unique(triples[:, :2], axis=0, return_counts=True)
        wordings, first, subjects_of_each = np.unique(subjects[:, 0], return_index=True, return_counts=True)
        stated = np.add.reduceat(values_of_each, first) if len(first) else values_of_each
        most_of_one = np.maximum.reduceat(values_of_each, first) if len(first) else values_of_each
        most = self._settings.most_values
        varying = stated > _VALUES_OF_A_SUBJECT * subjects_of_each
        data: Hashes = wordings[(most_of_one > most) | ((stated > most) & varying)]
        return data

    def _contradict(self, one: _Side, other: _Side) -> bool:
        a, b = one.assertion, other.assertion
        if a.kind != b.kind or a.bound != b.bound or a.period != b.period:
            return False
        mine, yours = self._profiles[one.row], self._profiles[other.row]
        if any(yours.get(name, value) != value for name, value in mine.items()) and not a.runs & b.runs:
            return False
        if not same_scope(a, b) or not self._same_subject(one, other):
            return False
        if a.kind == "who":
            return other_party(a, b)
        return a.scope == b.scope and other_values(a, b) and same_attribute(a, b)

    def _same_subject(self, one: _Side, other: _Side) -> bool:
        title, other_title = (set(words(self._titles[side.row] or "")) for side in (one, other))
        return same_subject(
            one.assertion,
            other.assertion,
            same_group=self._groups[one.row] == self._groups[other.row],
            same_title=bool(title) and title == other_title,
            min_overlap=self._settings.min_overlap,
        )

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
    subject = long_runs or found.names | found.content or found.heading.matter
    if not found.names:
        subject = subject | found.heading.names
    return {_hash(found.kind, word) for word in subject} | {_hash(found.kind, "=", found.wording)}


def _hash(*parts: str) -> int:
    return xxhash.xxh3_64_intdigest("\0".join(parts).encode())
