"""The benchmark of LoRA on a GPU: its counts, and its whole path on a tiny model."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

pytest.importorskip("trl")
sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from gpu_lora import LLAMA_3_8B, TINY, main, operations, packed, peak_of, ragged
from tuning.gpu_sides import Shape

from luthier.packing import shared_prefix
from luthier.tune.batching import Item, pack_step


def test_llama_3_8b_has_the_weights_its_makers_count() -> None:
    """8.03 billion in all: 6.98 in the blocks' linear layers, and two tables of 128,256 x 4,096 (0.525 each)."""
    assert LLAMA_3_8B.weights / 1e9 == pytest.approx(6.98, abs=0.01)
    tables = 2 * LLAMA_3_8B.vocabulary * LLAMA_3_8B.hidden
    assert (LLAMA_3_8B.weights + tables) / 1e9 == pytest.approx(8.03, abs=0.01)


def test_operations_are_those_of_the_tokens_that_are_read() -> None:
    """Two examples of three prompt tokens, two of them shared, and two target tokens, the last of which is not read.

    One block of hidden size 2, one head, 3 wide inside: 2 x (2x2 + 2x2 + 3x3) = 34 weights. Shared, 2 + 2 x 2 = 6
    tokens are read and 3 + 2 x (3 + 4) = 17 pairs see one another; apart, 8 tokens and 2 x 10 = 20 pairs. Output layer:
    4 targets x 2 x 5 numbers. A product is 4 operations a weight and token, a pair 12 a number.
    """
    shape = Shape(vocabulary=5, hidden=2, intermediate=3, layers=1, heads=1, key_value_heads=1, row_tokens=8)
    step = [Item("a", "t", (1, 2, 3), (4, 4), None), Item("b", "t", (1, 2, 4), (3, 3), None)]
    assert operations(shape, step, shared=True) == 4 * (34 * 6 + 40) + 12 * 17 * 2
    assert operations(shape, step, shared=False) == 4 * (34 * 8 + 40) + 12 * 20 * 2


def test_documents_fill_a_row_and_share_nothing_and_business_data_share_their_instruction() -> None:
    (step,) = packed(LLAMA_3_8B, 1).steps
    (row,) = pack_step(step, LLAMA_3_8B.row_tokens).rows
    assert len(row.row) == 8 * 511 and shared_prefix([item.prompt for item in step]) == ()
    (step,) = ragged(LLAMA_3_8B, 1).steps
    assert len(shared_prefix([item.prompt for item in step])) == 1500
    assert all(20 <= len(item.prompt) - 1500 <= 400 and 3 <= len(item.target) <= 40 for item in step)
    assert TINY.row_tokens < LLAMA_3_8B.row_tokens


@pytest.mark.filterwarnings("ignore")
def test_the_small_size_takes_the_whole_path_and_says_that_its_speed_says_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["--quick"])
    claims = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert [claim["claim"] for claim in claims][2:] == ["4096 packed", "ragged business data"]
    assert all("a tiny model" in claim["machine"] for claim in claims)
    assert all(claim["ours"] > 0 and claim["peer"] > 0 and "TRL" in claim["peer_name"] for claim in claims[2:])
    assert peak_of("cpu") is None
