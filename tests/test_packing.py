"""A packed row reads like its sequences one by one: positions, masks, and what a model makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from transformers import PreTrainedModel

from luthier import base_models
from luthier.errors import RefusedError
from luthier.inference.prefix_cache import PrefixCache
from luthier.packing import Row, pack, shared_prefix

sequences = st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=9), min_size=1, max_size=6)


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> PreTrainedModel:
    return base_models.load_model(base_models.resolve(str(tiny_model)), torch.float32)


def test_the_drawing_in_the_docstring_is_what_a_row_gives() -> None:
    row = Row()
    root, _ = row.add([10, 11, 12])
    row.add([20, 21], root)
    second, _ = row.add([30, 31], root)
    row.add([40], second)
    row.add([41], second)
    tensors = row.tensors()
    assert tensors["position_ids"].tolist() == [[0, 1, 2, 3, 4, 3, 4, 5, 5]]
    drawn = """
        1 . . . . . . . .
        1 1 . . . . . . .
        1 1 1 . . . . . .
        1 1 1 1 . . . . .
        1 1 1 1 1 . . . .
        1 1 1 . . 1 . . .
        1 1 1 . . 1 1 . .
        1 1 1 . . 1 1 1 .
        1 1 1 . . 1 1 . 1
    """
    expected = [[cell == "1" for cell in line.split()] for line in drawn.strip().splitlines()]
    assert tensors["attention_mask"][0, 0].tolist() == expected


@given(sequences)
def test_a_shared_prefix_is_shared_and_leaves_everyone_a_token(found: list[list[int]]) -> None:
    prefix = shared_prefix(found)
    assert all(tuple(sequence[: len(prefix)]) == prefix and len(sequence) > len(prefix) for sequence in found)
    longer = {tuple(sequence[: len(prefix) + 1]) for sequence in found}
    assert len(longer) > 1 or any(len(sequence) == len(prefix) + 1 for sequence in found)


@given(sequences, st.integers(1, 30), st.booleans())
def test_every_sequence_is_packed_once_and_can_be_read_back(
    found: list[list[int]], row_tokens: int, cached: bool
) -> None:
    prefix = shared_prefix(found)
    seen = []
    for row, placed in pack(found, prefix, row_tokens, cached=cached):
        for p in placed:
            own = row.ids[p.last + 1 - p.own : p.last + 1]
            assert [*prefix, *own] == found[p.index]
            seen.append(p.index)
        assert len(row) <= row_tokens or len(placed) == 1
    assert seen == list(range(len(found)))


@pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile")
@pytest.mark.parametrize("shared", [[7, 8, 9, 10], []], ids=["one prefix", "no prefix"])
def test_hidden_states_and_gradients_equal_those_of_rows_of_their_own(
    model: PreTrainedModel, shared: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the mask, through the packed layout, and by FlexAttention, in float32.

    PyTorch lets FlexAttention take gradients on a GPU alone; written out, as it is on a CPU, it has them all the same.
    """
    found = [shared + own for own in ([5, 6, 7], [20], [31, 5, 44, 9, 60], [21, 22])]
    alone, alone_gradients = _run(model, [{"input_ids": torch.tensor([ids])} for ids in found], [None] * len(found))
    prefix = shared_prefix(found)
    ((row, placed),) = pack(found, prefix, 1000)
    ends = [p.last for p in placed]
    monkeypatch.setattr(torch.nn.attention.flex_attention, "_validate_device", lambda *_: None)  # gradients on a CPU
    for tensors in (row.tensors(), row.packed(), row.blocks("cpu")):
        hidden, gradients = _run(model, [tensors], [ends])
        assert torch.allclose(hidden, alone, atol=1e-5)
        for name, gradient in gradients.items():
            scale = alone_gradients[name].abs().max()
            assert (gradient - alone_gradients[name]).abs().max() <= 1e-5 * scale, name


def _run(
    model: PreTrainedModel, rows: list[dict[str, Tensor]], ends: list[list[int] | None]
) -> tuple[Tensor, dict[str, Tensor]]:
    """Hidden states at the sequences' ends, and the gradients of the sum of their cubes."""
    model.zero_grad()
    states = []
    for tensors, at in zip(rows, ends, strict=True):
        hidden = model.base_model(**tensors, use_cache=False).last_hidden_state[0]
        states.append(hidden[at if at is not None else [-1]])
    together = torch.cat(states)
    together.pow(3).sum().backward()
    gradients = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    return together.detach(), gradients


def test_a_model_that_drops_the_layout_is_refused_instead_of_letting_examples_see_one_another(
    model: PreTrainedModel,
) -> None:
    row = Row()
    root, _ = row.add([1, 2])
    row.add([3, 4], root)
    row.add([5], root)
    inputs = row.packed()
    del inputs["packed"]
    with torch.no_grad(), pytest.raises(RefusedError, match="layout of packed rows"):
        model.base_model(**inputs)


@pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile")
@pytest.mark.parametrize("cached", [False, True])
def test_blocks_for_flex_attention_read_a_tree_as_the_mask_does(model: PreTrainedModel, cached: bool) -> None:
    """The drawing's row, its prefix in the row or in a cache; 9 tokens, filled up to a block of 128."""
    prefix = [10, 11, 12]
    row = Row(offset=len(prefix) if cached else 0)
    root = None if cached else row.add(prefix)[0]
    row.add([20, 21], root)
    second, _ = row.add([30, 31], root)
    for label in (40, 41):
        row.add([label], second)
    states = []
    for inputs in (row.tensors(), row.blocks("cpu")):
        before = PrefixCache(model, prefix if cached else ()).inputs()
        with torch.no_grad():
            states.append(model.base_model(**inputs, **before).last_hidden_state[0])
    assert len(states[1]) == 128
    assert torch.allclose(states[0], states[1][: len(row)], atol=1e-5)


def test_blocks_that_nobody_sees_are_left_out() -> None:
    """A prefix of one block and three examples of one each: an example's block sees the prefix's and itself."""
    row = Row()
    root, _ = row.add([1] * 128)
    for _ in range(3):
        row.add([2] * 128, root)
    layout = row.blocks("cpu")["packed"]
    assert layout.block_mask.to_dense()[0, 0].tolist() == [[1, 0, 0, 0], [1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 1]]
    assert layout.block_mask is layout.block_mask  # found once a row


def test_examples_of_like_length_share_a_table_and_little_is_padded() -> None:
    """Lengths 4, 8, 9, 9, 20: 4 admits up to 1.25 x 4 + 4 = 9, the next begins at 20."""
    row = Row()
    root, _ = row.add([1, 2])
    for length in (9, 20, 4, 9, 8):
        row.add([3] * length, root)
    layout = row.packed()["packed"]
    assert [table.gather.shape for table in layout.tables] == [(4, 9), (1, 20)]
    assert len(set(layout.scatter.tolist())) == 50  # each own token has a place of its own
    own = torch.cat([table.gather.flatten() for table in layout.tables])[layout.scatter]
    assert own.tolist() == list(range(2, 52))  # and finds itself there
