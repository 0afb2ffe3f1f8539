"""Reads a glossary from a CSV or YAML file."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from luthier.config.curation.glossary import Glossary, Term
from luthier.errors import SourceError

_LISTS = ("variants", "abbreviations")
_TRUE = ("1", "true", "yes", "x")


def load_terms(settings: Glossary, root: Path) -> list[Term]:
    """The terms of the settings, then those of the file that they name, relative to `root`.

    Raises `SourceError` where the file cannot be read, or says something else than terms.
    """
    if settings.file is None:
        return list(settings.terms)
    path = root / settings.file
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = _from_csv(text) if path.suffix.lower() == ".csv" else yaml.safe_load(text)
    except UnicodeDecodeError as error:
        raise SourceError("the glossary is not UTF-8", where=settings.file, fix="Save it as UTF-8") from error
    except (OSError, yaml.YAMLError, csv.Error) as error:
        raise SourceError(f"the glossary cannot be read: {error}", where=settings.file) from error
    if not isinstance(rows, list):
        raise SourceError(
            "the glossary is not a list of terms", where=settings.file, fix="Begin each entry with '- term:'"
        )
    return [*settings.terms, *(_term(row, settings.file, number) for number, row in enumerate(rows, start=1))]


def _from_csv(text: str) -> list[dict[str, Any]]:
    rows = []
    for row in csv.DictReader(io.StringIO(text, newline="")):
        filled: dict[str, Any] = {name: cell.strip() for name, cell in row.items() if name and cell and cell.strip()}
        for name in _LISTS:
            filled[name] = [part.strip() for part in filled.get(name, "").split(";") if part.strip()]
        filled["ambiguous"] = filled.get("ambiguous", "").lower() in _TRUE
        rows.append(filled)
    return rows


def _term(row: object, file: str, number: int) -> Term:
    try:
        return Term.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "entry"
        raise SourceError(
            f"{field}: {first['msg']}",
            where=f"{file}, entry {number}",
            fix="Use the names term, variants, abbreviations, definition, ambiguous",
        ) from error
