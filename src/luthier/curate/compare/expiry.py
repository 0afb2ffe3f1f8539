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
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from luthier.config.curation.expiry import Expiry as Settings
from luthier.curate.compare import Texts
from luthier.curate.compare.notices import Index, Notice, NoticeReader, is_newer, is_older
from luthier.curate.compare.products import Product, RetiredProducts
from luthier.curate.compare.validity import Statement
from luthier.records import Action, Document, Finding
from luthier.text.sentences import shortened
from luthier.text.tokens import words

RULE = "expiry"
VERSION = 4
CODES: Mapping[str, str] = {
    "expiry.expired": "The day until which the document was valid has passed.",
    "expiry.withdrawn": "The document says that it is no longer valid.",
    "expiry.superseded": "Another document says that it replaces this one, or this one says by what it was replaced.",
    "expiry.newer_version": "A newer version of the document is there.",
    "expiry.retired_product": "The document is about a product that is no longer offered.",
}

_SUBJECT_LINE = re.compile(
    r"^\W*(client|customer|member|product|account|patient|re|subject|drug|medicine|active substance"
    r"|region|country|branch"
    r"|applies to|scope|for)\s*[:|]\s*(.+?)\W*$",
    re.IGNORECASE | re.MULTILINE,
)
_NAME = re.compile(r"(?<=[\w,'’\"”)] )[A-Z][\w’'-]+")


class Expiry:
    """Reads each document once with `add`; `findings` then says which are out of date.

    Args:
        today: the day to judge by, where the settings name none.
        products: retired ones, from `luthier.curate.compare.products.read_catalogue`.
    """

    def __init__(self, settings: Settings, today: dt.date, products: Sequence[Product] = ()) -> None:
        self._settings, self._today = settings, settings.as_of or today
        self._products = RetiredProducts(products, self._today)
        self._reader = NoticeReader(settings)
        self._notices: list[Notice] = []

    def add(self, document: Document) -> None:
        """Remembers what one document says of itself."""
        notice = self._reader.read(document)
        self._notices.append(notice)
        self._products.add(document, notice.dated)

    def findings(self, texts: Texts) -> Iterator[Finding]:
        """The findings, by record id; at most one a document, the firmest evidence first.

        Args:
            texts: gives the texts of documents that are asked for once more.
        """
        found: dict[str, Finding] = {}
        self._notices.sort(key=lambda notice: notice.id)  # so that the order of adding does not choose the counterpart
        for finding in (*self._own_end(), *self._stated(), *self._siblings(texts), *self._about_retired()):
            found.setdefault(finding.record_id, finding)
        yield from (found[record_id] for record_id in sorted(found))

    def _own_end(self) -> Iterator[Finding]:
        """Documents whose day has passed, or that say that they are withdrawn."""
        for notice in self._notices:
            if notice.expires is not None and notice.expires < self._today:
                if notice.expires_by_field:
                    reason = f"its expiry date, {notice.expires}, has passed"
                    yield _finding(notice.id, "expiry.expired", "drop", reason, field="expiry_date")
                else:
                    statement, sentence = next(
                        p for p in notice.said if p[0].what == "expires" and p[0].date == notice.expires
                    )
                    reason = f"it was valid until {notice.expires}, as it says: “{shortened(sentence)}”"
                    yield _finding(notice.id, "expiry.expired", "drop", reason, own=(statement, sentence))
            for statement, sentence in notice.said:
                past = statement.date is None or statement.date <= self._today
                if statement.what == "withdrawn" and not statement.reference and past:
                    reason = f"it says that it is no longer valid: “{shortened(sentence)}”"
                    yield _finding(notice.id, "expiry.withdrawn", "drop", reason, own=(statement, sentence))

    def _stated(self) -> Iterator[Finding]:
        """Documents that were replaced, by what they or others say."""
        index = Index(self._notices)
        yield from self._replaced(index)
        yield from self._replacing(index)

    def _replaced(self, index: Index) -> Iterator[Finding]:
        """Documents that say themselves by what they were replaced."""
        for notice in self._notices:
            for statement, sentence in notice.said:
                if statement.what != "replaced" or (statement.date is not None and statement.date > self._today):
                    continue
                named = index.named(notice, statement.reference, outright=False)
                newer = [other for other in named if not is_older(other, notice)]
                if newer or not statement.reference or notice.name.kind == "versioned":
                    counterpart = newer[0].id if newer else None
                    by = f" by {counterpart}" if counterpart else ""
                    reason = f"it says that it was replaced{by}: “{shortened(sentence)}”"
                    yield _finding(
                        notice.id, "expiry.superseded", "drop", reason, other=counterpart, own=(statement, sentence)
                    )

    def _replacing(self, index: Index) -> Iterator[Finding]:
        """Documents that another says it replaces. Two that replace one another are copies, unless one is newer."""
        found = [
            (older, notice, said)
            for notice in self._notices
            for said in notice.said
            for older in self._replaced_by(notice, said[0], index)
        ]
        pairs = {(older.id, notice.id) for older, notice, _ in found}
        for older, notice, (statement, sentence) in found:
            if (notice.id, older.id) not in pairs or is_newer(notice, older):
                where = f"characters {statement.start}-{statement.end} of {notice.id}"
                reason = f"{notice.id} replaces it: “{shortened(sentence)}” ({where})"
                yield _finding(older.id, "expiry.superseded", "drop", reason, other=notice.id, quote=sentence)

    def _replaced_by(self, notice: Notice, statement: Statement, index: Index) -> list[Notice]:
        """The documents that a document in force replaces by one of its statements."""
        withdraws = statement.what == "withdrawn" and bool(statement.reference)
        if not (withdraws or statement.what == "replaces") or notice.name.draft or self._not_yet(notice, statement):
            return []
        return [
            older
            for older in index.named(notice, statement.reference, outright=withdraws)
            if not is_older(notice, older)
        ]

    def _not_yet(self, notice: Notice, statement: Statement) -> bool:
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
            by = f"as {product.announced_in} says: “{shortened(product.announced or '')}”"
            reason = f"it is about {product.name}, which is no longer offered{since}, "
            reason += by if product.announced_in else "by the catalogue"
            yield _finding(
                record_id, "expiry.retired_product", "flag", reason, other=product.announced_in, quote=product.announced
            )

    def _families(self) -> Iterator[list[Notice]]:
        families: dict[tuple[object, ...], list[Notice]] = defaultdict(list)
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

    def _numbered(self) -> Iterator[list[Notice]]:
        """Names of some length that bear version numbers, each number once: one series, whoever it lies with."""
        named: dict[str, list[Notice]] = defaultdict(list)
        for notice in self._notices:
            if notice.family is None and notice.name.version and notice.name.stem.count(" ") >= 3:
                named[notice.name.stem].append(notice)
        for members in named.values():
            scopes, versions = {n.scope for n in members}, {n.version for n in members}
            if len(scopes) > 1 and len(versions) == len(members) <= self._settings.max_versions:
                yield members

    def _outdated_in(self, members: Sequence[Notice]) -> Iterator[tuple[Notice, Notice]]:
        """Each member with the newest one in force, where that is newer than it."""
        in_force = [n for n in members if not n.name.draft and (n.dated is None or n.dated <= self._today)]
        for older in members:
            newer = [n for n in in_force if n is not older and is_newer(n, older)]
            if newer:
                yield older, max(newer, key=lambda n: (n.version or (), n.dated or dt.date.min, n.id))


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


def _label(notice: Notice) -> str:
    version = "version " + ".".join(map(str, notice.version)) if notice.version else ""
    date = f"of {notice.dated}" if notice.dated else ""
    return " ".join(part for part in (version, date) if part)


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
