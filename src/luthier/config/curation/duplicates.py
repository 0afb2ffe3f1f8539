"""Settings of the duplicates rule, and of leakage, which asks the same question across splits."""

from __future__ import annotations

from pydantic import NonNegativeInt, PositiveInt

from luthier.config.section import Settings, Share


class Near(Settings):
    """When two records are near duplicates. MinHash only proposes candidates; the overlap is counted exactly."""

    threshold: Share = 0.85
    """Shared word shingles over all of them (Jaccard). At .85 two words of 100 may be exchanged,
    or three left out: each exchange costs three runs of three words on either side."""
    shingle_words: PositiveInt = 3
    permutations: PositiveInt = 128
    """MinHash length: 128 values find a pair at .85 with a probability of .999."""
    frequent_documents: PositiveInt = 30
    """A shingle in more distinct texts than this is shared wording, a template's or the language's: it is no evidence
    that two texts are one. Copies seldom come in dozens; letters from a template do."""
    frequent_share: Share = 0.0005
    """The same as a share of all texts, which counts where it is more: chance agreements grow with the collection."""


class Duplicates(Settings):
    """What counts as said twice, and which record stands for both."""

    near: Near | None = Near()
    """None looks for exact duplicates only."""
    authority: list[str] = []
    """Sources by name, the most authoritative first: their records survive those of sources further down or not
    listed. Within a source the newer effective date survives, then the longer text, then the first id in order."""
    across_dates: bool = False
    """Whether records with different dates can be duplicates; the newer one survives. By default a text that was sent
    or issued twice is two documents. A document without dates is compared with all."""
    vetoed_listed: NonNegativeInt = 1000
    """How many vetoed pairs (one template for two clients, a changed price) are listed; the rest are counted.
    0 neither counts nor lists them, which saves their search."""
    semantic_threshold: Share | None = None
    """Flags texts that say the same in other words: cosine of their sentence embeddings (.95 is strict). Needs the
    `embeddings` extra. None does not look for them."""


class Leakage(Settings):
    """When something that is learnt from gives away something that is measured on."""

    near: Near | None = Near(threshold=0.7)
    """Below what makes a duplicate: a message of 20 words with one left out shares .75 of its word runs, and whoever
    learns from it has seen the test. Facts and names that are in conflict still make it another case."""
    groups: bool = True
    """A client or customer on both sides is a leak: what is learnt of one case helps with another of the same."""
    reference_examples: PositiveInt = 20
    """A document that more examples rest on than this is reference, such as a policy, and may be known to all."""
    documents: Share | None = 0.8
    """How much of the text of a measured example, its inputs or its answer, a document must hold to give it away: word
    runs, and with them every figure and name. At .8 one word of 20 may be another. None does not look into
    documents."""
