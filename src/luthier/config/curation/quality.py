"""`curate.quality`: what makes a text unfit to learn from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from luthier.config.section import Settings, Share


class Quality(Settings):
    """Thresholds for documents. Examples are only ever flagged: somebody wrote their answers."""

    action: Literal["drop", "flag"] = "drop"
    """What is proposed for a document; `flag` keeps it and asks a person."""
    min_words: NonNegativeInt = 5
    """Web corpora ask for 50 (Gopher); a firm's notes are short, but five words say nothing."""
    max_words: PositiveInt = 100_000
    """Gopher's bound: longer is a dump."""
    max_duplicate_lines: Share = 0.30
    """Share of a text's lines that repeat an earlier one (Gopher). Counted from six lines on."""
    max_duplicate_line_characters: Share = 0.20
    """Share of its lines' characters in them (Gopher: of the whole text's)."""
    max_top_ngram: Share = 0.20
    """Share of its words' characters in its commonest run of two words (Gopher); for three words nine tenths of it,
    for four eight tenths, as in Gopher. Short texts repeat by chance: counted from `min_ngram_words`."""
    max_duplicate_ngrams: Share = 0.15
    """Share of its words' characters in runs of five words that occur before (Gopher, which also bounds runs of six
    to ten)."""
    min_ngram_words: PositiveInt = 50
    max_symbols: Share = 0.10
    """"#" and "…" together to words. Gopher bounds each alone by it."""
    min_alphabetic_words: Share = 0.50
    """Share of words with a letter in them. Gopher asks for .80 of web pages; statements are half figures."""
    max_mean_word_length: PositiveInt = 20
    """Gopher asks for 3 to 10, of English. Compounds and e-mail addresses are longer, and figures may be shorter."""
    max_ocr_noise: Share = 0.06
    """Share of words that look misread: 1 for l, broken in two, letters apart."""
    min_ocr_words: PositiveInt = 20
    languages: list[Annotated[str, Field(pattern=r"^[a-z]{2}$")]] = []
    """The languages expected (ISO 639-1); empty asks nothing."""
    min_language_words: PositiveInt = 20
    """Shorter texts are not judged: language is guessed from letters."""
