"""One cell of a raw record, read as a text or a date. Nothing is repaired here: what does not fit is refused."""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Decimal

from luthier.errors import SourceError
from luthier.sources.raw import quoted

ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class CellError(SourceError):
    """A cell, or a record as a whole, does not say what it ought to.

    Args:
        code: a stable reason code, such as `date.invalid`.
        what: the reason, as in `LuthierError`.
        column: the column it stands in, where it is one.
    """

    def __init__(self, code: str, what: str, *, column: str | None = None, fix: str | None = None) -> None:
        self.code, self.column = code, column
        super().__init__(what, where=column, fix=fix)


def text_of(value: object, column: str) -> str | None:
    """A cell as text; None where it holds nothing (null, or a number that is none).

    Numbers, booleans and dates become what JSON and ISO 8601 write. Raises `CellError` for a list or an object, and
    for a text with NUL characters or half surrogate pairs, which no table can store.
    """
    match value:
        case None:
            return None
        case str():
            return _checked(value, column)
        case bool():
            return "true" if value else "false"
        case float():
            return None if math.isnan(value) else repr(value)
        case int() | Decimal():
            return str(value)
        case dt.date() | dt.time():  # a datetime is a date
            return value.isoformat()
    kind = "a list" if isinstance(value, list) else "an object" if isinstance(value, dict) else type(value).__name__
    fix = "Write it as a text, or name a column that holds one"
    raise CellError("value.nested", f"the cell holds {kind}, not a text", column=column, fix=fix)


def word_of(value: object, column: str) -> str | None:
    """A cell that names something (an id, a group, a segment): stripped, and None where nothing is left."""
    text = text_of(value, column)
    return (text.strip() or None) if text is not None else None


def date_of(value: object, column: str) -> dt.date | None:
    """A cell as a date: a date, a time stamp at midnight, or `YYYY-MM-DD`. Raises `CellError` for anything else."""
    if isinstance(value, dt.datetime):
        if value.time() == dt.time():
            return value.date()
    elif isinstance(value, dt.date):
        return value
    text = word_of(value, column)
    if text is None:
        return None
    try:
        if ISO_DATE.fullmatch(text):
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    fix = "Write a date of the calendar as YYYY-MM-DD"
    raise CellError("date.invalid", f"{quoted(text)} is not a date", column=column, fix=fix)


def _checked(text: str, column: str) -> str:
    if "\0" in text:
        reason = f"character {text.index(chr(0)) + 1} is NUL, which no text holds"
        fix = "Take it out; if the file is UTF-16, set `encoding: utf-16` for this source"
        raise CellError("text.nul", reason, column=column, fix=fix)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            reason = f"character {error.start + 1} is half of a surrogate pair"
            raise CellError("text.surrogate", reason, column=column, fix="Write the whole character") from None
    return text
