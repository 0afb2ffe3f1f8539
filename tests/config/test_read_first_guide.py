"""The guide to reading first and correcting after: its settings are settings, and its defaults the defaults."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from luthier.config import Config, PairSource, Pretrain, Scratch

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "read-first-and-correct-after.md"
TASK = {"summary": {"kind": "generate", "instruction": "Sum up.", "inputs": {"note": ""}}}


def shown() -> list[dict[str, Any]]:
    return [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(), re.DOTALL)]


def test_every_block_is_settings() -> None:
    for block in shown():
        assert Config.model_validate({"name": "x", "tasks": TASK, "sources": [], **block})


def test_the_scratch_that_is_shown_is_the_default() -> None:
    (block,) = [block["scratch"] for block in shown() if "scratch" in block]
    assert block == Scratch().model_dump()
    # tied embeddings, per layer q k v o and three matrices of 1024 (384 * 8 / 3): 17.3 million, norms left out
    assert round((8192 * 384 + 8 * (4 * 384**2 + 3 * 384 * 1024)) / 1e6) == 17


def test_the_defaults_of_the_table_are_the_defaults() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", GUIDE.read_text(), re.MULTILINE))
    settings = Pretrain()
    for name in ("block_tokens", "batch_blocks", "dev_share"):
        assert float(rows[name]) == getattr(settings, name)
    assert rows.keys() <= Pretrain.model_fields.keys()


def test_pairs_call_their_columns_chosen_and_rejected_by_default() -> None:
    source = PairSource.model_validate({"name": "c", "path": "c.csv", "task": "t", "fields": {"inputs": {}}})
    assert (source.fields.chosen, source.fields.rejected) == ("chosen", "rejected")
