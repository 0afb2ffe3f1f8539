"""What connectors hand to parsers (`SourceFile`) and parsers hand to the mapping (`RawRecord`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from luthier.config import Source
from luthier.records import Provenance, Refusal

SHOWN_CHARACTERS = 60  # of a value quoted in a reason: enough to recognise it, never a whole document


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRecord:
    """One row of a table, or one whole text, before any field has a meaning.

    A whole text's cells are its `text`, its `title` where it has one, and what its front matter or its headers say. A
    file is one whole text (`row` is None) or, as a mailbox is, several (`whole` is True).
    """

    cells: Mapping[str, object]
    media_type: str
    row: int | None = None
    whole: bool = False
    name: str | None = None  # of the file or sheet inside the source's file, as `SourceFile.inside` names it

    @property
    def is_whole_text(self) -> bool:
        """Whether the cells have names of their own, which no `fields` need to explain."""
        return self.whole or self.row is None


@dataclass(slots=True)
class Allowance:
    """What one file of a source may still unpack, all archives and messages inside it together."""

    files: int
    unpacked_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file of one source. `name` is its path relative to the project, with forward slashes.

    A file inside another (an archive's member, a message's attachment) has the path of a temporary copy and the name
    that `inside` gives. `depth` counts the files around it; they share their `allowance`.
    """

    source: Source
    path: Path
    name: str
    depth: int = 0
    allowance: Allowance | None = None

    def inside(self, *parts: str | int) -> str:
        """The name of something inside this file: `post.zip/letters/a.pdf`, `inbox.mbox/12/a.pdf`, `b.xlsx/Fees`."""
        return storable("/".join([self.name, *map(str, parts)]))

    def provenance(self, row: int | None = None) -> Provenance:
        """Where a record of this file came from."""
        return Provenance(source=self.source.name, file=self.name, row=row)

    def refuse(
        self,
        code: str,
        reason: str,
        *,
        row: int | None = None,
        page: int | None = None,
        field: str | None = None,
        fix: str | None = None,
    ) -> Refusal:
        """The refusal of this file, or of one row or page of it."""
        return Refusal(
            source=self.source.name,
            file=self.name,
            code=code,
            reason=storable(reason),
            row=row,
            page=page,
            field=None if field is None else storable(field),
            fix=None if fix is None else storable(fix),
        )


def quoted(value: object) -> str:
    """A value as a reason shows it: in quotes, on one line, shortened."""
    text = " ".join(str(value)[: SHOWN_CHARACTERS * 2].split())
    return f"'{text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + '…'}'"


def storable(text: str) -> str:
    """Half a surrogate pair, which JSON may carry and no file can store, written out as its escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
