"""Documents that are out of date, each with what shows it.

Four kinds of evidence, and no other: the document's own day has passed (a field, or "valid until"); it says that it is
withdrawn or replaced; another document says that it replaces it; a newer version of it is there (by version family, or
the same name but for version and date, with a text that is alike). A newer version that is not yet in force replaces
nothing. Age is no evidence, nor is a file's modification time. Reports, letters and minutes are of their own time:
another year's is history, not a newer version. Documents of different clients or profiles are never versions of one
another.

Where another document is meant, the finding names it and quotes the sentence; `start` and `end` are set only where that
sentence stands in the outdated document itself.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from luthier.config.curation.expiry import Expiry as Settings
from luthier.curate.compare.products import Product, RetiredProducts
from luthier.curate.compare.validity import Statement, statements
from luthier.curate.compare.versions import Kind, Name, read_name, read_version
from luthier.records import Action, Document, Finding
from luthier.text.dates import find_dates
from luthier.text.tokens import words

RULE = "expiry"
VERSION = 1
CODES: Mapping[str, str] = {
    "expiry.expired": "The day until which the document was valid has passed.",
    "expiry.withdrawn": "The document says that it is no longer valid.",
    "expiry.superseded": "Another document says that it replaces this one, or this one says by what it was replaced.",
    "expiry.newer_version": "A newer version of the document is there.",
    "expiry.retired_product": "The document is about a product that is no longer offered.",
}

Texts = Callable[[Sequence[str]], Iterable[tuple[str, str]]]  # ids -> (id, text), in any order

_CODE = re.compile(r"\b[A-Z]{2,}[A-Z0-9]*(?:[-/_][A-Z0-9]+)*[-/_ ]?\d[\dA-Z]*(?:[-/.]\d+)*\b")
_SUBJECT_LINE = re.compile(
    r"^\W*(client|customer|member|product|account|patient|re|subject|drug|medicine|active substance"
    r"|region|country|branch"
    r"|applies to|scope|for)\s*[:|]\s*(.+?)\W*$",
    re.IGNORECASE | re.MULTILINE,
)
_NAME = re.compile(r"(?<=[\w,'’\"”)] )[A-Z][\w’'-]+")
_HEADER = 400  # characters in which a document says what it is
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
class _Notice:
    """What is kept of a document. `codes` are the reference numbers it bears."""

    id: str
    scope: tuple[object, ...]
    name: Name
    family: str | None
    version: tuple[int, ...] | None
    effective: dt.date | None
    dated: dt.date | None  # the best date of this version: in force from, else written
    expires: dt.date | None
    expires_by_field: bool
    said: tuple[tuple[Statement, str], ...]  # with the sentence
    codes: tuple[str, ...]


class Expiry:
    """Reads each document once with `add`; `findings` then says which are out of date.

    Args:
        today: the day to judge by, where the settings name none.
        products: retired ones, from `luthier.curate.compare.products.read_catalogue`.
    """

    def __init__(self, settings: Settings, today: dt.date, products: Sequence[Product] = ()) -> None:
        self._settings, self._today = settings, settings.as_of or today
        self._products = RetiredProducts(products, self._today)
        self._notices: list[_Notice] = []

    def add(self, document: Document) -> None:
        """Remembers what one document says of itself."""
        notice = self._notice(document)
        self._notices.append(notice)
        self._products.add(document, notice.dated)

    def findings(self, texts: Texts) -> Iterator[Finding]:
        """The findings, by record id; at most one a document, the firmest evidence first.

        Args:
            texts: gives the texts of documents that are asked for once more.
        """
        found: dict[str, Finding] = {}
        for finding in (*self._own_end(), *self._stated(), *self._siblings(texts), *self._about_retired()):
            found.setdefault(finding.record_id, finding)
        yield from (found[record_id] for record_id in sorted(found))

    def _notice(self, document: Document) -> _Notice:
        text = document.text
        name = self._name(document)
        said = tuple((s, text[s.start : s.end]) for s in statements(text))
        of_field, head = document.expiry_date, text[:_HEADER]
        effective = document.effective_date or _latest(s.date for s, _ in said if s.what == "effective" and s.date)
        written = next((s.date for s, _ in said if s.what == "as_of" and s.start < _HEADER), None)
        spoken = "\n".join(sentence for s, sentence in said if s.what in ("replaces", "replaced", "withdrawn"))
        borne = {*_CODE.findall(f"{document.title or ''}\n{head}")} - {*_CODE.findall(spoken)}
        codes = sorted({_plain(code) for code in borne})
        return _Notice(
            id=document.id,
            scope=(document.group, tuple(sorted(document.profile.items()))),
            name=name,
            family=document.family,
            version=name.version or read_version(head),
            effective=effective,
            dated=effective or name.date or written,
            expires=of_field or _latest(s.date for s, _ in said if s.what == "expires" and s.date),
            expires_by_field=of_field is not None,
            said=said,
            codes=tuple(codes),
        )

    def _name(self, document: Document) -> Name:
        history = frozenset(self._settings.history_kinds)
        read = functools.partial(
            read_name, more_versioned=frozenset(self._settings.version_kinds), more_history=history
        )
        file = read(document.source.file, is_file=True)
        if document.title is None:
            nameless = document.source.row is not None
            heading = document.text.lstrip("#* \n").split("\n", 1)[0][:120]
            if not nameless:
                return file
            title = read(heading if len(heading) < 90 else "")
        else:
            title = read(document.title)
        if document.source.row is not None:
            return Name(sys.intern(title.stem), title.version, title.date, title.kind, title.draft)
        kind: Kind = title.kind if title.kind != "unknown" else file.kind
        stem = sys.intern(title.stem or file.stem)
        return Name(stem, title.version or file.version, title.date or file.date, kind, title.draft or file.draft)

    def _own_end(self) -> Iterator[Finding]:
        """Documents whose day has passed, or that say that they are withdrawn."""
        for notice in self._notices:
            if notice.expires is not None and notice.expires < self._today:
                if notice.expires_by_field:
                    reason = f"its expiry date, {notice.expires}, has passed"
                    yield _finding(notice.id, "expiry.expired", "drop", reason, field="expiry_date")
                else:
                    statement, sentence = next(p for p in notice.said if p[0].date == notice.expires)
                    reason = f"it was valid until {notice.expires}, as it says: “{_short(sentence)}”"
                    yield _finding(notice.id, "expiry.expired", "drop", reason, own=(statement, sentence))
            for statement, sentence in notice.said:
                past = statement.date is None or statement.date <= self._today
                if statement.what == "withdrawn" and not statement.reference and past:
                    reason = f"it says that it is no longer valid: “{_short(sentence)}”"
                    yield _finding(notice.id, "expiry.withdrawn", "drop", reason, own=(statement, sentence))

    def _stated(self) -> Iterator[Finding]:
        """Documents that another says it replaces, and those that say by what they were replaced."""
        index = _Index(self._notices)
        for notice in self._notices:
            for statement, sentence in notice.said:
                if statement.what == "replaced" and (statement.date is None or statement.date <= self._today):
                    newer = [
                        n for n in index.named(notice, statement.reference, outright=False) if not _older(n, notice)
                    ]
                    counterpart = newer[0].id if newer else None
                    if newer or not statement.reference or notice.name.kind == "versioned":
                        by = f" by {counterpart}" if counterpart else ""
                        reason = f"it says that it was replaced{by}: “{_short(sentence)}”"
                        yield _finding(
                            notice.id, "expiry.superseded", "drop", reason, other=counterpart, own=(statement, sentence)
                        )
                elif statement.what == "replaces" or (statement.what == "withdrawn" and statement.reference):
                    if self._not_yet(notice, statement) or notice.name.draft:
                        continue
                    for older in index.named(notice, statement.reference, outright=statement.what == "withdrawn"):
                        if not _older(notice, older):
                            where = f"characters {statement.start}-{statement.end} of {notice.id}"
                            reason = f"{notice.id} replaces it: “{_short(sentence)}” ({where})"
                            yield _finding(
                                older.id, "expiry.superseded", "drop", reason, other=notice.id, quote=sentence
                            )

    def _not_yet(self, notice: _Notice, statement: Statement) -> bool:
        start = statement.date or notice.effective
        return start is not None and start > self._today

    def _siblings(self, texts: Texts) -> Iterator[Finding]:
        """Documents of which a newer version is there."""
        pairs = [pair for members in self._families() for pair in self._outdated_in(members)]
        by_name = [pair for pair in pairs if pair[0].family is None]
        wanted = sorted({notice.id for pair in by_name for notice in pair})
        known = dict(texts(wanted)) if wanted else {}
        for older, newer in pairs:
            score = None
            if older.family is None:
                score = _likeness(known[older.id], known[newer.id])
                numbered = older.name.version and newer.name.version and older.name.version != newer.name.version
                if _other_subject(known[older.id], known[newer.id], lines_only=bool(numbered)):
                    continue
                if score < self._settings.min_likeness and not numbered:
                    continue
            what = "by version" if older.version != newer.version and older.version and newer.version else "by date"
            reason = f"{newer.id} is a newer version of it ({_label(newer)} against {_label(older)}, {what})"
            yield _finding(
                older.id, "expiry.newer_version", "drop", reason, other=newer.id, score=score,
                threshold=self._settings.min_likeness if score is not None else None,
            )  # fmt: skip

    def _about_retired(self) -> Iterator[Finding]:
        for record_id, product in self._products.about():
            since = f" since {product.ended}" if product.ended else ""
            by = f"as {product.announced_in} says: “{_short(product.announced or '')}”"
            reason = f"it is about {product.name}, which is no longer offered{since}, "
            reason += by if product.announced_in else "by the catalogue"
            yield _finding(
                record_id, "expiry.retired_product", "flag", reason, other=product.announced_in, quote=product.announced
            )

    def _families(self) -> Iterator[list[_Notice]]:
        families: dict[tuple[object, ...], list[_Notice]] = defaultdict(list)
        for notice in self._notices:
            if notice.family is not None:
                families["family", notice.family].append(notice)
            elif notice.name.stem:
                period = notice.name.date if notice.name.kind != "versioned" and notice.version else None
                families["name", notice.name.stem, notice.scope, period].append(notice)
        for members in families.values():
            if 1 < len(members) <= self._settings.max_versions:
                yield members
        yield from self._numbered()

    def _numbered(self) -> Iterator[list[_Notice]]:
        """Names of some length that bear version numbers, each number once: one series, whoever it lies with."""
        named: dict[str, list[_Notice]] = defaultdict(list)
        for notice in self._notices:
            if notice.family is None and notice.name.version and notice.name.stem.count(" ") >= 3:
                named[notice.name.stem].append(notice)
        for members in named.values():
            scopes, versions = {n.scope for n in members}, {n.version for n in members}
            if len(scopes) > 1 and len(versions) == len(members) <= self._settings.max_versions:
                yield members

    def _outdated_in(self, members: Sequence[_Notice]) -> Iterator[tuple[_Notice, _Notice]]:
        """Each member with the newest one in force, where that is newer than it."""
        in_force = [n for n in members if not n.name.draft and (n.dated is None or n.dated <= self._today)]
        for older in members:
            newer = [n for n in in_force if n is not older and _newer(n, older)]
            if newer:
                yield older, max(newer, key=lambda n: (n.version or (), n.dated or dt.date.min, n.id))


class _Index:
    """Documents by the names and reference numbers that others call them by."""

    def __init__(self, notices: Sequence[_Notice]) -> None:
        self._by_stem: dict[str, list[_Notice]] = defaultdict(list)
        self._by_family: dict[str, list[_Notice]] = defaultdict(list)
        self._by_code: dict[str, list[_Notice]] = defaultdict(list)
        for notice in notices:
            if notice.name.stem:
                self._by_stem[notice.name.stem].append(notice)
            if notice.family is not None:
                self._by_family[notice.family].append(notice)
            for code in notice.codes:
                self._by_code[code].append(notice)

    def named(self, speaker: _Notice, reference: str, *, outright: bool) -> list[_Notice]:
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
        older = [n for n in near if _newer(speaker, n)]
        return sorted(older, key=lambda n: (n.version or (), n.dated or dt.date.min))[-1:]

    def _names_own(self, speaker: _Notice, reference: str) -> bool:
        """Whether the reference is a number that no document bears, or the speaker's own title."""
        return bool(_CODE.search(reference)) or (
            speaker.name.stem.count(" ") >= 3 and speaker.name.stem in " ".join(words(reference))
        )

    def _elsewhere(self, speaker: _Notice, reference: str) -> list[_Notice]:
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


def _newer(a: _Notice, b: _Notice) -> bool:
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


def _older(a: _Notice, b: _Notice) -> bool:
    """Whether `a` is surely older than `b`, so that it cannot replace it."""
    if a.version is not None and b.version is not None and a.version != b.version and a.name.stem == b.name.stem:
        return a.version < b.version
    return a.dated is not None and b.dated is not None and a.dated < b.dated


def _likeness(a: str, b: str) -> float:
    """The share of words, of all that either text has, that both have."""
    mine, yours = set(words(a)), set(words(b))
    return len(mine & yours) / max(1, len(mine | yours))


def _other_subject(a: str, b: str, *, lines_only: bool) -> bool:
    """Whether two texts from one template are about different clients, products or places."""
    mine, yours = (
        {label.lower(): " ".join(words(value)) for label, value in _SUBJECT_LINE.findall(text[:1500])}
        for text in (a, b)
    )
    if any(mine[label] != yours[label] for label in mine.keys() & yours.keys()):
        return True
    if lines_only:
        return False
    names_a, names_b = set(_NAME.findall(a)), set(_NAME.findall(b))
    only_a, only_b = names_a - set(re.findall(r"\w+", b)), names_b - set(re.findall(r"\w+", a))
    return min(len(only_a), len(only_b)) >= 2 and len(names_a & names_b) < len(only_a | only_b)


def _latest(dates: Iterable[dt.date | None]) -> dt.date | None:
    return max((date for date in dates if date is not None), default=None)


def _plain(code: str) -> str:
    return re.sub(r"[-/_ .]", "", code)


def _label(notice: _Notice) -> str:
    version = "version " + ".".join(map(str, notice.version)) if notice.version else ""
    date = f"of {notice.dated}" if notice.dated else ""
    return " ".join(part for part in (version, date) if part)


def _short(sentence: str) -> str:
    flat = " ".join(sentence.split())
    return flat if len(flat) <= 200 else f"{flat[:199]}…"


def _finding(
    record_id: str,
    code: str,
    action: Action,
    reason: str,
    *,
    other: str | None = None,
    own: tuple[Statement, str] | None = None,
    quote: str | None = None,
    field: str | None = None,
    score: float | None = None,
    threshold: float | None = None,
) -> Finding:
    return Finding(
        record_id=record_id,
        record_kind="document",
        rule=RULE,
        rule_version=VERSION,
        code=code,
        action=action,
        reason=reason,
        field=field or ("text" if own else None),
        score=score,
        threshold=threshold,
        counterpart_id=other,
        start=own[0].start if own else None,
        end=own[0].end if own else None,
        before=own[1] if own else quote,
    )
