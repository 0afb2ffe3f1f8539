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
    """One row of a table, or one whole file (`row` is None), before any field has a meaning.

    A whole file's cells are its `text`, its `title` where it has one, and what its front matter says.
    """

    cells: Mapping[str, object]
    media_type: str
    row: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file of one source. `name` is its path relative to the project, with forward slashes."""

    source: Source
    path: Path
    name: str

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
            reason=_storable(reason),
            row=row,
            page=page,
            field=None if field is None else _storable(field),
            fix=None if fix is None else _storable(fix),
        )


def quoted(value: object) -> str:
    """A value as a reason shows it: in quotes, on one line, shortened."""
    text = " ".join(str(value)[: SHOWN_CHARACTERS * 2].split())
    return f"'{text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + '…'}'"


def _storable(text: str) -> str:
    """Half a surrogate pair, which JSON may carry and no file can store, written out as its escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
