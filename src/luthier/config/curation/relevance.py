"""`curate.relevance`: texts far from what the firm writes about."""

from __future__ import annotations

from pydantic import PositiveFloat, PositiveInt

from luthier.config.section import Settings


class Relevance(Settings):
    """How far out a document must be to be flagged."""

    max_deviations: PositiveFloat = 5.0
    """Robust standard deviations (1.4826 times the median absolute one) above the median rarity of words. Were rarity
    normal within one domain, one document in three million would be five above by chance."""
    min_words: PositiveInt = 30
    """Different words; fewer say too little about their subject."""
    min_documents: PositiveInt = 50
    """Below this there is no domain to be far from."""
