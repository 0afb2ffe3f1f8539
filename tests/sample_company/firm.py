"""One small generated firm, shared by the tests of this room, and readers of what it wrote."""

from __future__ import annotations

import functools
import json
import tempfile
from pathlib import Path
from typing import Any

from luthier import sample_company

SEED, EXAMPLES = 17, 700


@functools.cache
def firm() -> tuple[Path, dict[str, Any]]:
    """The folder of the firm and the summary that `generate` returned."""
    folder = Path(tempfile.mkdtemp(prefix="luthier-firm-"))
    return folder, sample_company.generate("wealth_desk", folder, examples=EXAMPLES, seed=SEED)


@functools.cache
def rows(task: str) -> list[dict[str, str]]:
    return read_jsonl(firm()[0] / "data" / "examples" / f"{task}.jsonl")


@functools.cache
def truth() -> dict[str, dict[str, Any]]:
    """Example id -> its recorded facts."""
    return {row["id"]: row["facts"] for row in read_jsonl(firm()[0] / "truth.jsonl")}


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def flags_of(row: dict[str, str]) -> set[str]:
    return set(row["flags"].split(";")) - {""}
