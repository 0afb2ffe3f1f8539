"""Settings of the rule that looks for contradictions."""

from __future__ import annotations

from pydantic import PositiveInt

from luthier.config.section import Settings, Share


class Contradictions(Settings):
    """Two records contradict one another when they state another value for the same attribute of the same subject, with
    the same scope. Both are put before an expert; nothing is removed."""

    most_values: PositiveInt = 4
    """A wording that occurs with more different values than this states data (a balance, a count), not a rule."""
    most_statements: PositiveInt = 30
    """A subject of which more statements than this are made is too common a word to say what two of them are about."""
    min_overlap: Share = 0.6
    """Where no name says what two sentences are about: the share of their words of matter that must be common. At half,
    sentences that share only their verb and one noun would meet."""
    most_per_document: PositiveInt = 5
    """Findings on one document; a person who has seen five knows to read it."""
