"""Fingerprints on disk: what duplicates and leaks are found by, made once and asked again at another threshold.

    ids.parquet       the records' ids, in the order in which they came
    ranks.npz         scopes, dates, labels, pins and the order of survival; whose each alternative text is
    texts-*.npy       the fingerprints of the texts; answers-*.npy those of text answers, alternatives-*.npy of others

The sets of shingles are mapped into memory rather than read.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from luthier.curate.compare.fingerprint import Fingerprints, Sets
from luthier.curate.compare.records_seen import Seen
from luthier.curate.compare.spelling import Spellings
from luthier.records import SPLITS

VERSION = 3
SPELT = tuple(field.name for field in dataclasses.fields(Spellings))


def save(seen: Seen, folder: Path) -> None:
    """Writes what is kept of records into a folder."""
    pq.write_table(pa.table({"id": pa.array(seen.ids, type=pa.string())}), folder / "ids.parquet", compression="zstd")
    pins = np.array([SPLITS.index(pin) if pin is not None else -1 for pin in seen.pinned], dtype=np.int8)
    np.savez(
        folder / "ranks.npz", scopes=seen.scopes, dates=seen.dates, labels=seen.labels, pins=pins, rank=seen.rank,
        by_rank=seen.by_rank, alternative_of=seen.alternative_of,
    )  # fmt: skip
    _save(seen.texts, folder, "texts")
    if seen.answers is not None:
        _save(seen.answers, folder, "answers")
    if seen.alternatives is not None:
        _save(seen.alternatives, folder, "alternatives")


def load(folder: Path) -> Seen:
    """What `save` wrote there."""
    with np.load(folder / "ranks.npz", allow_pickle=False) as ranks:
        pins = ranks["pins"].tolist()
        return Seen(
            ids=pq.read_table(folder / "ids.parquet")["id"].to_pylist(),
            scopes=ranks["scopes"],
            dates=ranks["dates"],
            labels=ranks["labels"],
            pinned=[SPLITS[pin] if pin >= 0 else None for pin in pins],
            texts=_load(folder, "texts"),
            answers=_load(folder, "answers") if (folder / "answers-same.npy").exists() else None,
            rank=ranks["rank"],
            by_rank=ranks["by_rank"],
            alternatives=_load(folder, "alternatives") if (folder / "alternatives-same.npy").exists() else None,
            alternative_of=ranks["alternative_of"],
        )


def _save(prints: Fingerprints, folder: Path, name: str) -> None:
    for field in dataclasses.fields(Fingerprints):
        value = getattr(prints, field.name)
        if isinstance(value, Sets):
            np.save(folder / f"{name}-{field.name}-values.npy", value.values)
            np.save(folder / f"{name}-{field.name}-bounds.npy", value.bounds)
        elif isinstance(value, Spellings):
            for part in SPELT:
                np.save(folder / f"{name}-{field.name}-{part}.npy", getattr(value, part))
        else:
            np.save(folder / f"{name}-{field.name}.npy", value)


def _load(folder: Path, name: str) -> Fingerprints:
    def column(field: str) -> NDArray[Any]:
        values: NDArray[Any] = np.load(folder / f"{name}-{field}.npy", allow_pickle=False)
        return values

    def sets(field: str) -> Sets:
        values = np.load(folder / f"{name}-{field}-values.npy", allow_pickle=False, mmap_mode="r")
        return Sets(np.asarray(values), column(f"{field}-bounds"))

    def either(field: str) -> object:
        return sets(field) if (folder / f"{name}-{field}-values.npy").exists() else column(field)

    fields = {field.name for field in dataclasses.fields(Fingerprints)} - {"spellings"}
    spellings = Spellings(**{part: column(f"spellings-{part}") for part in SPELT})
    return Fingerprints(**{field: either(field) for field in fields}, spellings=spellings)  # type: ignore[arg-type]
