"""`curate.glossary`: the firm's own words."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from luthier.config.section import Settings

Written = Annotated[str, Field(min_length=1)]


class Term(Settings):
    """One approved term, and how else it is written."""

    term: Written
    """As the firm wants it written."""
    variants: list[Written] = []
    """Other ways of writing it, each rewritten to the term. Plurals are variants of a plural term."""
    abbreviations: list[Written] = []
    """Short forms, matched exactly as they are written here."""
    definition: str | None = None
    ambiguous: bool = False
    """Its variants and abbreviations may mean something else too: they are left as they are and listed."""


class Glossary(Settings):
    """Approved terms, from this list and from a file."""

    terms: list[Term] = []
    file: str | None = None
    """A CSV or YAML file in the project with the columns or keys term, variants, abbreviations, definition, ambiguous;
    several variants in one CSV cell are parted by ";"."""
    abbreviations: Literal["leave", "first_use"] = "first_use"
    """`first_use` writes "Know Your Customer (KYC)" where a text first says KYC without having said what it is."""
    example_inputs: bool = False
    """Whether the inputs of examples are rewritten too. Not by default: in use, nobody rewrites what people type."""
