"""The seal on the test split: every opening is written down, for good.

    .luthier/seal.jsonl     one line an opening: when, who, in which cycle, for which evaluation

A figure on test means what it says only as long as nobody has chosen anything by it. So the file is only ever appended
to, an opening is on disk before the first test item is answered, and every scorecard lists all openings up to then.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from luthier.store import journal


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """One opening of the seal. `when` is in ISO 8601, UTC; `evaluation` is the key of the artefact it was made for."""

    when: str
    who: str
    cycle: int
    evaluation: str


def open_seal(root: Path, opening: Opening) -> None:
    """Appends an opening to the project's record in the store's folder `root`.

    An evaluation that was stopped and goes on looks at nothing new: its opening stands there already, and once.
    """
    if any(earlier.evaluation == opening.evaluation for earlier in openings(root)):
        return
    journal.append(_path(root), opening)


def openings(root: Path) -> list[Opening]:
    """Every opening so far, oldest first. Raises `LuthierError` where the record was tampered with."""
    fix = "Restore the file from a backup"
    return journal.entries(_path(root), Opening, what="this is no opening of the seal", fix=fix)


def _path(root: Path) -> Path:
    return root / "seal.jsonl"
