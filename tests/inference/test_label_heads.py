from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from luthier.inference.label_heads import LabelHeads


def _heads(width: int, labels: int) -> LabelHeads:
    heads = LabelHeads(width, {"risk": labels})
    torch.manual_seed(0)
    with torch.no_grad():
        for weight in heads.parameters():
            weight.normal_()
    return heads


def test_a_new_head_answers_with_its_labels_shares_whatever_it_reads() -> None:
    heads = LabelHeads(4, {"risk": 2})
    heads.start_at("risk", torch.tensor([0.25, 0.5]), multi_label=True)
    logits = heads("risk", [torch.randn(3, 4), torch.randn(1, 4)])
    assert torch.allclose(torch.sigmoid(logits), torch.tensor([[0.25, 0.5], [0.25, 0.5]]))


def test_each_label_reads_the_token_it_attends_to() -> None:
    """Width 2, two tokens that layer normalisation leaves as (1, -1) and (-1, 1).

    Label 0 asks for the first with query (10, 0): scores are +-10 * 4 / sqrt(2), so all of its attention is there, and
    weight (3, 0) reads 3. Label 1 has no query, weighs both alike and reads 0.
    """
    heads = LabelHeads(2, {"risk": 2})
    head = heads.heads["risk"]
    with torch.no_grad():
        head.query[0] = torch.tensor([10.0, 0.0])
        head.weight.copy_(torch.tensor([[3.0, 0.0], [3.0, 0.0]]))
    logits = heads("risk", [torch.tensor([[1.0, -1.0], [-1.0, 1.0]])])
    assert logits[0].tolist() == pytest.approx([3.0, 0.0], abs=1e-3)


def test_a_telling_token_is_as_plain_among_many_as_alone() -> None:
    """What a mean over tokens, or a state that has to hold all of them, loses."""
    telling, others = torch.randn(1, 16), torch.randn(40, 16)
    heads = LabelHeads(16, {"risk": 1})
    with torch.no_grad():
        direction = F.layer_norm(telling, (16,))
        heads.heads["risk"].query.copy_(direction)
        heads.heads["risk"].weight.copy_(direction)
    alone, among = heads("risk", [telling])[0], heads("risk", [torch.cat([others, telling])])[0]
    assert among.item() > 0.9 * alone.item()


def test_items_do_not_see_each_other() -> None:
    heads = _heads(8, 3)
    states = [torch.randn(count, 8) for count in (1, 5, 2)]
    together = heads("risk", states)
    alone = torch.cat([heads("risk", [own]) for own in states])
    assert torch.allclose(together, alone, atol=1e-5)


def test_saved_heads_answer_as_before(tmp_path: Path) -> None:
    heads = _heads(8, 3)
    heads.save(tmp_path / "heads.safetensors")
    states = [torch.randn(4, 8)]
    assert torch.equal(LabelHeads.load(tmp_path / "heads.safetensors", 8)("risk", states), heads("risk", states))
