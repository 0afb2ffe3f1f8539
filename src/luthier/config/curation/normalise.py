"""`curate.normalise`: what of a text's writing is brought to one form."""

from __future__ import annotations

from typing import Literal

from luthier.config.section import Settings


class Normalise(Settings):
    """The steps that may be turned off; encoding, Unicode form, spaces and line endings always are normalised."""

    hyphenation: bool = True
    """Joins a word that was divided at the end of a line, where the text or the corpus has it undivided elsewhere."""
    quotes: Literal["keep", "plain"] = "keep"
    """`keep` repairs accents and doubled marks used as quotes, and leaves typographic ones; `plain` makes those
    straight too."""
