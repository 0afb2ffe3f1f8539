"""What is kept of a document so that it can be told later whether it is out of date, and by which other one.

A million of them must fit into memory. So a notice is small: of its statements it keeps those that end something, and
equal scopes, stems, dates and versions are one object.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from luthier.config.curation.expiry import Expiry as Settings
from luthier.curate.compare.validity import Statement, statements
from luthier.curate.compare.versions import Kind, Name, read_name, read_version
from luthier.records import Document
from luthier.text.dates import find_dates
from luthier.text.tokens import words

Kept = TypeVar("Kept")

_CODE = re.compile(r"\b[A-Z]{2,}[A-Z0-9]*(?:[-/_][A-Z0-9]+)*[-/_ ]?\d[\dA-Z]*(?:[-/.]\d+)*\b")
_HEADER = 400  # characters in which a document says what it is
_LONGEST_HEADING = 90
_ENDING = ("expires", "withdrawn", "replaces", "replaced")
_EARLIER = re.compile(
    r"\b(?:(?:previous|earlier|prior|former|older|preceding) (?:versions?|editions?|issues?|papers?|documents?|texts?"
    r"|polic\w+|rules?|guid\w+|ones?)"
    r"|versions? \d|editions? \d)\b",
    re.I,
)
_ALL_EARLIER = re.compile(
    r"\b(?:all|any|every)\b.*\b(?:previous|earlier|prior|former|older|preceding|versions?|editions?)", re.I | re.S
)


@dataclass(frozen=True, slots=True)
class Notice:
    """What is kept of a document. `codes` are the reference numbers it bears; `said` are the statements that end
    something, each with its sentence."""

    id: str
    scope: tuple[object, ...]
    name: Name
    family: str | None
    version: tuple[int, ...] | None
    effective: dt.date | None
    dated: dt.date | None  # the best date of this version: in force from, else written
    expires: dt.date | None
    expires_by_field: bool
    said: tuple[tuple[Statement, str], ...]
    codes: tuple[str, ...]


class NoticeReader:
    """Reads documents into notices that share what is equal."""

    def __init__(self, settings: Settings) -> None:
        self._versioned, self._history = frozenset(settings.version_kinds), frozenset(settings.history_kinds)
        self._known: dict[object, object] = {}

    def read(self, document: Document) -> Notice:
        """The notice of one document."""
        text = document.text
        name = self._name(document)
        said = [(s, _sentence_of(s, text)) for s in statements(text)]
        of_field, head = document.expiry_date, text[:_HEADER]
        effective = document.effective_date or _latest(s.date for s, _ in said if s.what == "effective")
        written = next((s.date for s, _ in said if s.what == "as_of" and s.start < _HEADER), None)
        spoken = "\n".join(sentence for s, sentence in said if s.what in ("replaces", "replaced", "withdrawn"))
        borne = {*_CODE.findall(f"{document.title or ''}\n{head}")} - {*_CODE.findall(spoken)}
        return Notice(
            id=document.id,
            scope=self._once((document.group, tuple(sorted(document.profile.items())))),
            name=name,
            family=self._once(document.family),
            version=self._once(name.version or read_version(head)),
            effective=self._once(effective),
            dated=self._once(effective or name.date or written),
            expires=self._once(of_field or _latest(s.date for s, _ in said if s.what == "expires")),
            expires_by_field=of_field is not None,
            said=tuple(pair for pair in said if pair[0].what in _ENDING),
            codes=tuple(sorted({_plain(code) for code in borne})),
        )

    def _once(self, value: Kept) -> Kept:
        """The object that was equal to this one before, or this one."""
        return self._known.setdefault(value, value)  # type: ignore[return-value]

    def _name(self, document: Document) -> Name:
        title = self._title(document)
        if document.source.row is not None:  # a row of a table: the file's name is not its own
            title = title or self._read_name("")
            return Name(self._once(title.stem), title.version, title.date, title.kind, title.draft)
        file = self._read_name(document.source.file, is_file=True)
        if title is None:
            return file
        kind: Kind = title.kind if title.kind != "unknown" else file.kind
        stem = self._once(title.stem or file.stem)
        return Name(stem, title.version or file.version, title.date or file.date, kind, title.draft or file.draft)

    def _title(self, document: Document) -> Name | None:
        """What the title says; of a table's row without one, its first line, if that is short."""
        if document.title is not None:
            return self._read_name(document.title)
        if document.source.row is None:
            return None
        heading = document.text.lstrip("#* \n").split("\n", 1)[0]
        return self._read_name(heading) if len(heading) < _LONGEST_HEADING else None

    def _read_name(self, text: str, *, is_file: bool = False) -> Name:
        return read_name(text, is_file=is_file, more_versioned=self._versioned, more_history=self._history)


class Index:
    """Documents by the names and reference numbers that others call them by."""

    def __init__(self, notices: Sequence[Notice]) -> None:
        self._by_stem: dict[str, list[Notice]] = defaultdict(list)
        self._by_family: dict[str, list[Notice]] = defaultdict(list)
        self._by_code: dict[str, list[Notice]] = defaultdict(list)
        for notice in notices:
            if notice.name.stem:
                self._by_stem[notice.name.stem].append(notice)
            if notice.family is not None:
                self._by_family[notice.family].append(notice)
            for code in notice.codes:
                self._by_code[code].append(notice)

    def named(self, speaker: Notice, reference: str, *, outright: bool) -> list[Notice]:
        """The documents that `reference` names, as `speaker` says it; none where it is not clear which.

        Args:
            outright: the reference must name another document by number or title, or as an earlier version.
        """
        elsewhere = self._elsewhere(speaker, reference)
        if elsewhere:
            near = [n for n in elsewhere if n.scope == speaker.scope] if len(elsewhere) > 1 else elsewhere
        elif outright and not (_EARLIER.search(reference) or self._names_own(speaker, reference)):
            return []
        else:
            own = self._by_family[speaker.family] if speaker.family else self._by_stem.get(speaker.name.stem, [])
            others = [n for n in own if n is not speaker]
            unmistakable = len(others) == 1 and speaker.name.stem.count(" ") >= 3
            near = others if unmistakable else [n for n in others if n.scope == speaker.scope]
        version, dated = read_version(reference), {mention.date for mention in find_dates(reference)}
        exact = [n for n in near if version is not None and n.version == version]
        exact = exact or [n for n in near if n.dated in dated]
        if exact or (version is not None and not elsewhere):
            return exact
        if elsewhere or len(near) == 1 or _ALL_EARLIER.search(reference):
            return near
        older = [n for n in near if is_newer(speaker, n)]
        return sorted(older, key=lambda n: (n.version or (), n.dated or dt.date.min))[-1:]

    def _names_own(self, speaker: Notice, reference: str) -> bool:
        """Whether the reference is a number that no document bears, or the speaker's own title."""
        return bool(_CODE.search(reference)) or (
            speaker.name.stem.count(" ") >= 3 and speaker.name.stem in " ".join(words(reference))
        )

    def _elsewhere(self, speaker: Notice, reference: str) -> list[Notice]:
        """Documents that the reference names by number or by title, other than by the speaker's own."""
        for code in _CODE.findall(reference):
            named = [n for n in self._by_code.get(_plain(code), ()) if n is not speaker]
            if named and len(named) <= 20:
                return named
        spoken = words(reference)
        for length in range(min(8, len(spoken)), 1, -1):
            for first in range(len(spoken) - length + 1):
                stem = " ".join(spoken[first : first + length])
                if stem in self._by_stem and stem != speaker.name.stem:
                    return self._by_stem[stem]
        return []


def is_newer(a: Notice, b: Notice) -> bool:
    """Whether `a` is a newer version than `b`: by version number, else by date where another date is another version.
    Where number and date disagree nothing is said."""
    by_date = None if a.dated is None or b.dated is None or a.dated == b.dated else a.dated > b.dated
    if a.version is not None and b.version is not None and a.version != b.version:
        sure = a.effective is not None and b.effective is not None
        return a.version > b.version and not (sure and by_date is False)
    if a.family is not None and a.family == b.family:
        return by_date is True
    if a.name.kind == "history" or b.name.kind == "history":
        return False
    return (a.name.kind == "versioned" or (a.effective is not None and b.effective is not None)) and by_date is True


def is_older(a: Notice, b: Notice) -> bool:
    """Whether `a` is surely older than `b`, so that it cannot replace it."""
    if a.version is not None and b.version is not None and a.version != b.version and a.name.stem == b.name.stem:
        return a.version < b.version
    return a.dated is not None and b.dated is not None and a.dated < b.dated


def _sentence_of(statement: Statement, text: str) -> str:
    """The sentence of a statement; the reference itself where that is the whole sentence, so that it is kept once."""
    sentence = text[statement.start : statement.end]
    return statement.reference if statement.reference == sentence else sentence


def _latest(dates: Iterable[dt.date | None]) -> dt.date | None:
    return max((date for date in dates if date is not None), default=None)


def _plain(code: str) -> str:
    return re.sub(r"[-/_ .]", "", code)
