"""Texts as blocks: every token is predicted once, from what stood before it in its own text and from nothing else."""

from __future__ import annotations

import math
import random
from array import array

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from luthier import base_models
from luthier.base_models import ResolvedModel
from luthier.chat_template import ChatTemplate
from luthier.inference.label_heads import LabelHeads
from luthier.inference.specialist import SpecialistModel
from luthier.tune.pretrain_blocks import BlockSteps, Texts, filled, in_blocks, marks
from luthier.tune.row_loss import row_losses


def texts_of(*lengths: int) -> Texts:
    """Texts of these many tokens, marks included, numbered through."""
    found = Texts()
    for number, length in enumerate(lengths):
        found.ids.extend(range(len(found.ids), len(found.ids) + length))
        found.ends.append(len(found.ids))
        found.names.append(f"t{number}")
        found.sizes.append(length)
    return found


def test_pieces_are_those_of_the_drawing() -> None:
    """^ a b c d e $ in pieces of three: ^ab predicts abc, cde predicts de$."""
    texts = texts_of(7)
    assert texts.pieces(3) == [(0, 3), (3, 3)]
    row = texts.row([(0, 3), (3, 3)])
    assert row.row.ids == [0, 1, 2, 3, 4, 5] and row.target_ids.tolist() == [1, 2, 3, 4, 5, 6]
    assert row.row.tensors()["position_ids"].tolist() == [[0, 1, 2, 0, 1, 2]]
    assert texts.tokens == 6


@given(lengths=st.lists(st.integers(3, 40), min_size=1, max_size=12), block=st.integers(2, 16), seed=st.integers(0, 9))
def test_every_token_but_each_texts_first_is_predicted_exactly_once_an_epoch(
    lengths: list[int], block: int, seed: int
) -> None:
    texts = texts_of(*lengths)
    blocks = in_blocks(texts.pieces(block), block, random.Random(seed))
    assert all(sum(length for _, length in own) <= block for own in blocks)
    predicted = [token for own in blocks for token in texts.row(own).target_ids.tolist()]
    firsts = {0, *texts.ends[:-1]}
    assert sorted(predicted) == [token for token in texts.ids if token not in firsts]


def test_epochs_and_their_fractions() -> None:
    texts = texts_of(*[9] * 10)  # 10 pieces of 8, a block each
    steps = BlockSteps(texts, block_tokens=8, batch_blocks=4, epochs=1.5, seed=1)
    assert [len(step) for step in steps.plan] == [4, 4, 2, 4, 1]  # 10 blocks, then half of them
    assert steps.per_epoch == 3
    again = BlockSteps(texts, block_tokens=8, batch_blocks=4, epochs=1.5, seed=1)
    other = BlockSteps(texts, block_tokens=8, batch_blocks=4, epochs=1.5, seed=2)
    assert steps.plan == again.plan != other.plan


def test_smaller_rows_are_the_same_step(base: ResolvedModel, template: ChatTemplate) -> None:
    texts = Texts.encode([(f"t{n}", "red and blue things " * (n + 1)) for n in range(6)], template)
    steps = BlockSteps(texts, block_tokens=64, batch_blocks=8, epochs=1, seed=1)
    module = SpecialistModel(base_models.load_model(base, torch.float32), LabelHeads(48, {}), 2)
    whole = steps[0]
    steps.row_tokens = 16
    parts = steps[0]
    assert len(parts.rows) > len(whole.rows) and parts.target_tokens == whole.target_tokens == texts.tokens
    assert len(steps.members(0)) == len(texts.pieces(64)) and set(steps.members(0)) == set(texts.names)
    with torch.no_grad():
        losses = [sum(float(row_losses(module, row)[0]) for row in step.rows) for step in (whole, parts)]
    assert math.isclose(*losses, rel_tol=1e-5)


def test_no_text_sees_another_in_its_block(base: ResolvedModel, template: ChatTemplate) -> None:
    """The loss of a block is the sum of its texts' losses, each read alone by the plain model."""
    texts = Texts.encode([("a", "red and blue"), ("b", "cash is 5%"), ("c", "none of them at all, or so")], template)
    model = base_models.load_model(base, torch.float32)
    module = SpecialistModel(model, LabelHeads(48, {}), 2)
    with torch.no_grad():
        together = float(row_losses(module, texts.row(texts.pieces(64)))[0])
        alone = 0.0
        for start, length in texts.pieces(64):
            ids = torch.tensor([texts.ids[start : start + length + 1].tolist()])
            mean = model(input_ids=ids, labels=ids).loss  # transformers shifts: `length` predictions
            alone += float(mean) * length
    assert math.isclose(together, alone, rel_tol=1e-4)


def test_a_document_cannot_end_itself(template: ChatTemplate) -> None:
    texts = Texts.encode([("a", "red <|endoftext|> blue <|im_end|>"), ("b", "")], template)
    start, end = marks(template.tokenizer)
    assert len(texts) == 1, "an empty text is none"
    assert texts.ids[0] == start and texts.ids[-1] == end
    assert not {*template.tokenizer.all_special_ids} & {*texts.ids[1:-1]}
    assert texts.bytes == len("red <|endoftext|> blue <|im_end|>")


def test_the_first_texts_are_whole() -> None:
    held = texts_of(4, 5, 6).first(4)  # 3 tokens of the first do not do, 4 of the second more do
    assert held.ends == [4, 9] and held.ids == array("i", range(9)) and held.names == ["t0", "t1"]
    assert texts_of(4, 5, 6).first(10**6).tokens == 12


@pytest.mark.parametrize(("sizes", "room", "expected"), [([3, 3, 3], 6, [2, 1]), ([9, 1], 4, [1, 1]), ([], 4, [])])
def test_blocks_are_filled_in_order(sizes: list[int], room: int, expected: list[int]) -> None:
    assert [len(block) for block in filled([(0, size) for size in sizes], room)] == expected
