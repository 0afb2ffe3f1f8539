"""Settings of the rule that looks for outdated documents."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import BeforeValidator, PositiveInt

from luthier.config.section import Name, Settings, Share


def _day(value: object) -> object:
    """A day written as 2025-06-30; anything else as it is, for the type to refuse."""
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


class Catalogue(Settings):
    """The firm's list of products, with those that are no longer offered."""

    path: str
    """A CSV file, relative to the project."""
    name: str
    """The column with the product's name, as documents write it."""
    end_date: str | None = None
    """The column with the day from which the product was no longer offered. An empty cell: it still is."""
    status: str | None = None
    """The column that says whether the product is still offered."""
    retired: list[str] = ["retired", "discontinued", "withdrawn", "closed", "inactive", "ended", "delisted"]
    """What `status` says of a product that is not, in any letter case."""


class Expiry(Settings):
    """A document is outdated when it says so, when its day has passed, or when a newer version of it is there. Age
    alone, or a file's modification time, says nothing."""

    as_of: Annotated[dt.date | None, BeforeValidator(_day)] = None
    """The day that validity is judged by. None: the day of the run; a fixed day makes a run repeatable."""
    min_likeness: Share = 0.3
    """Two documents with the same name but for version and date are versions of one another only if this share of
    their words is common to both. Where only a date tells them apart, a text that keeps less than a third of its
    words is taken for another text; explicit version numbers in both names need no likeness."""
    max_versions: PositiveInt = 40
    """More documents than this under one name are a series (statements, notes), not versions of one text."""
    version_kinds: list[Name] = []
    """Words that mark a document of this firm as one that replaces its predecessor, besides policy, price list,
    guideline, leaflet, procedure and their like."""
    history_kinds: list[Name] = []
    """Words that mark a document as a record of its own time, besides report, statement, minutes, letter and their
    like: another year's is history, not a newer version."""
    catalogue: Catalogue | None = None
