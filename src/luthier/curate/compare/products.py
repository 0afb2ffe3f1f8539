"""Products that are no longer offered, and the documents that speak of one as if it were.

That a product is gone stands in the firm's catalogue, or in a document that says so ("Harbour Bond 12 was retired on
1 May 2024"). A product is named by two or more words with capitals, or a word and a number, the same everywhere.
"""

from __future__ import annotations

import datetime as dt
import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xxhash

from luthier.config.curation.expiry import Catalogue
from luthier.curate.compare.named_tables import read_table
from luthier.errors import RequestError
from luthier.records import Document
from luthier.text.dates import find_dates
from luthier.text.sentences import sentence_spans
from luthier.text.tokens import listed

_GONE = (
    r"(?:retired|discontinued|withdrawn|delisted|phased out|closed|taken off|no longer (?:sold|offered"
    r"|available|exists?"
    r"|serviced|part of)|ceased to (?:exist|be)|not (?:sold|offered) any ?(?:more|longer)|end of (?:sale|life))"
)
_SAYS_SO = re.compile(rf"\b{_GONE}\b|\b[Ww]e (?:have )?(?:stopped|withdrew|ended|dropped)\b", re.IGNORECASE)
# A text without any of these has nothing that `_SAYS_SO` finds; the patterns that follow a letter do so for speed.
_GONE_STEMS = (
    "retired", "discontinued", "withdrawn", "delisted", "phased out", "closed", "taken off", "no longer", "ceased to",
    "not sold", "not offered", "end of sale", "end of life",
    *(f"{we} {did}" for we in ("we", "we have") for did in ("stopped", "withdrew", "ended", "dropped")),
)  # fmt: skip
_RUN = re.compile(r"[A-Z](?<![\w’'-].)[\w’'&-]*(?: (?:[A-Z][\w’'&-]*|\d{1,6}(?![\w.,:/-]*\d)))+")
_OPENERS = listed("The A An In On As At To From For Our If When With We This")
_NAME = r"[A-Z][\w’'&-]*(?: (?:[A-Z][\w’'&-]*|\d{1,6}))+"
_ANNOUNCED = re.compile(
    rf"(?P<name>{_NAME}),?(?: \([^)]*\))? (?:(?:was|were|is|are|has been|have been|had been"
    rf"|will be) (?:\w+ ){{0,2}}?{_GONE}"
    rf"|no longer (?:exists?|forms))|\b[Ww]e (?:have )?(?:discontinued|withdrew|withdrawn|retired|closed|stopped"
    rf"(?: selling| offering)?|phased out|ended|dropped) (?:the )?(?P<object>{_NAME})"
)


@dataclass(frozen=True, slots=True)
class Product:
    """A product; `ended` is the day from which it was no longer offered, `retired` what its status says.

    `announced_in` is the document that says so, with the sentence, where it was not the catalogue.
    """

    name: str
    ended: dt.date | None = None
    retired: bool = False
    announced_in: str | None = None
    announced: str | None = None


def read_catalogue(settings: Catalogue, root: Path) -> list[Product]:
    """The catalogue's products, one a row.

    Raises `RequestError` where the file or one of its columns is missing, or the file cannot be read.
    """
    columns, rows = read_table(root, settings.path, "the catalogue", "Correct curate.expiry.catalogue.path")
    for column in (settings.name, settings.end_date, settings.status):
        if column is not None and column not in columns:
            raise RequestError(
                f"there is no column '{column}'", where=settings.path, fix="Correct curate.expiry.catalogue"
            )
    retired = {word.lower() for word in settings.retired}
    products = []
    for row in rows:
        dates = find_dates(row[settings.end_date] or "") if settings.end_date else []
        status = (row[settings.status] or "").strip().lower() if settings.status else ""
        name = (row[settings.name] or "").strip()
        if name:
            products.append(Product(name, dates[0].date if dates else None, status in retired))
    return products


class RetiredProducts:
    """Reads each document once with `add`; `about` then gives those that speak of a product that is gone.

    A document that says itself that a product has ended, or that was written after it had, knows; it is not outdated.
    """

    def __init__(self, products: Sequence[Product], today: dt.date) -> None:
        self._today = today
        self._gone = {_key(p.name): p for p in products if p.retired or (p.ended is not None and p.ended <= today)}
        names = sorted((p.name for p in self._gone.values() if _RUN.fullmatch(p.name) is None), key=len, reverse=True)
        self._plain = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)") if names else None
        self._ids: list[str] = []
        self._dated: dict[int, dt.date] = {}
        self._names, self._rows = array("Q"), array("I")

    def add(self, document: Document, dated: dt.date | None) -> None:
        """Remembers the names in one document, as hashes, and what it says has ended."""
        row, text = len(self._ids), document.text
        self._ids.append(document.id)
        if dated is not None:
            self._dated[row] = dated
        knows: set[int] = set()
        lowered = text.lower()
        if any(stem in lowered for stem in _GONE_STEMS) and _SAYS_SO.search(text):
            for sentence in (text[start:end] for start, end in sentence_spans(text)):
                if _SAYS_SO.search(sentence):
                    knows |= {_key(_bare(found)) for found in _RUN.findall(sentence)}
                    self._announce(document.id, sentence)
        names = {_key(_bare(found)) for found in _RUN.findall(f"{document.title or ''}\n{text}")}
        if self._plain is not None:
            names |= {_key(found) for found in self._plain.findall(text)}
        fresh = sorted(names - knows)
        self._names.extend(fresh)
        self._rows.extend([row] * len(fresh))

    def about(self) -> Iterator[tuple[str, Product]]:
        """Documents with the retired product that each names, in the order they were added."""
        gone = np.array(sorted(self._gone), dtype=np.uint64)
        names, rows = np.array(self._names, dtype=np.uint64), np.array(self._rows, dtype=np.uint32)
        hits = np.isin(names, gone)
        seen: set[int] = set()
        for row, name in zip(rows[hits].tolist(), names[hits].tolist(), strict=True):
            product, dated = self._gone[name], self._dated.get(row)
            if row not in seen and not (dated and product.ended and dated > product.ended):
                seen.add(row)
                yield self._ids[row], product

    def _announce(self, document_id: str, sentence: str) -> None:
        for found in _ANNOUNCED.finditer(sentence):
            name = _bare(found["name"] or found["object"])
            dates = [mention.date for mention in find_dates(sentence) if mention.date is not None]
            ended = dates[0] if dates else None
            if " " in name and (ended is None or ended <= self._today):
                known = self._gone.get(_key(name))
                if known is None or (known.announced_in is not None and document_id < known.announced_in):
                    self._gone[_key(name)] = Product(name, ended, True, document_id, sentence)


def _bare(run: str) -> str:
    """A run of capitalised words without the word that opened the sentence."""
    first, _, rest = run.partition(" ")
    return rest if first in _OPENERS else run


def _key(name: str) -> int:
    return xxhash.xxh3_64_intdigest(name.encode())
