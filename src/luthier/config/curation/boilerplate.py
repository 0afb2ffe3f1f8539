"""`curate.boilerplate`: disclaimers, headers, footers and signatures that recur from document to document."""

from __future__ import annotations

from pydantic import PositiveInt

from luthier.config.section import Settings, Share


class Boilerplate(Settings):
    """When a piece of text counts as recurring, and what is cut of it."""

    min_documents: PositiveInt = 10
    """A piece must stand in this many documents. A sentence quoted in three letters is content."""
    min_share: Share = 0.001
    """And in this share of all documents: in a million, ten is chance."""
    min_groups: PositiveInt = 5
    """And in documents of this many groups (clients): what recurs for one client only is about that client."""
    min_neighbours: PositiveInt = 12
    """A piece without the usual words of boilerplate must stand beside this many different texts. The sentences of a
    letter's own template always have the same neighbours."""
    min_remaining_words: PositiveInt = 5
    """A document of which less would remain is boilerplate by subject, such as the policy that a disclaimer is taken
    from: it is left whole and flagged."""
