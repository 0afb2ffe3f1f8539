"""Which columns a source's `fields` ask for, and what to say when a file does not have them."""

from __future__ import annotations

from collections.abc import Collection

from luthier.config import Fields, Source
from luthier.config.nearest import nearest
from luthier.records import Refusal
from luthier.sources.raw import SourceFile, quoted


def mapped_columns(source: Source) -> dict[str, str]:
    """Column -> the setting that names it, in the order in which the settings stand."""
    fields = source.fields
    settings: list[tuple[str | None, str]] = [(column, f"inputs.{name}") for name, column in fields.inputs.items()]
    for name in Fields.model_fields:
        value = getattr(fields, name)
        if isinstance(value, str) and name != "label_separator":
            settings.append((value, name))
    settings += [(column, f"profile.{name}") for name, column in fields.profile.items()]
    settings += [(column, "alternatives") for column in fields.alternatives]
    columns: dict[str, str] = {}
    for column, setting in settings:
        if column is not None:
            columns.setdefault(column, f"fields.{setting}")
    return columns


def is_text_unmapped(source: Source) -> bool:
    """Whether a source of documents leaves open which column holds their text."""
    return source.task is None and source.fields.text is None


def unmapped_text(file: SourceFile) -> Refusal | None:
    """The refusal of rows that would be documents if it were said which column holds their text; None where it is."""
    if not is_text_unmapped(file.source):
        return None
    fix = "Set fields.text to the column that holds the text"
    return file.refuse("text.unmapped", "which column is the document's text is not said", fix=fix)


def missing_column(file: SourceFile, present: Collection[str]) -> Refusal | None:
    """The refusal of a table that lacks a column which the source's `fields` name; None where it has them all."""
    missing = [(column, setting) for column, setting in mapped_columns(file.source).items() if column not in present]
    if not missing:
        return None
    (column, setting), *others = missing
    reason = f"there is no column {quoted(column)}"
    if others:
        reason += f" (nor {', '.join(quoted(other) for other, _ in others)})"
    return file.refuse("column.missing", reason, field=column, fix=f"{_hint(column, present)}, or set {setting}")


def repeated_column(file: SourceFile, header: list[str]) -> Refusal | None:
    """The refusal of a table in which a column that the source's `fields` name stands twice."""
    for column in mapped_columns(file.source):
        if header.count(column) > 1:
            reason = f"there are {header.count(column)} columns {quoted(column)}"
            return file.refuse("column.repeated", reason, field=column, fix="Give each column its own name")
    return None


def missing_cell(column: str, present: Collection[str]) -> tuple[str, str]:
    """The reason and the fix where one record lacks a column that others have."""
    return f"the record has no {quoted(column)}", f"{_hint(column, present)}, or write an empty value"


def _hint(column: str, present: Collection[str]) -> str:
    near = nearest(column, present)
    if near is not None:
        return f"Rename {quoted(near)}, if that is the one"
    return f"Rename one of {', '.join(quoted(name) for name in sorted(present)[:12])}" if present else "Add the column"
