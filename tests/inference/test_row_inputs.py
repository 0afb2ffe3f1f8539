"""Models that cannot be given packed rows are given rows of their own, and read the same."""

from __future__ import annotations

import pytest
import torch
from transformers import (
    BloomConfig,
    BloomForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedModel,
)

from luthier.inference.hidden_states import last_states
from luthier.inference.row_inputs import row_inputs, takes_packed_rows
from luthier.packed_attention import use_packed_attention
from luthier.packing import Row

SLOWER = "Every example is read in a row of its own"


def bloom() -> PreTrainedModel:
    """Its attention writes distances into the scores (ALiBi), and its code knows no attention but its own."""
    return BloomForCausalLM(BloomConfig(vocab_size=40, hidden_size=16, n_layer=2, n_head=2)).eval()


def gpt2() -> PreTrainedModel:
    """Learned positions, and no grouped heads."""
    return GPT2LMHeadModel(GPT2Config(vocab_size=40, n_positions=64, n_embd=16, n_layer=2, n_head=2)).eval()


def mistral(window: int) -> PreTrainedModel:
    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 1}
    return MistralForCausalLM(MistralConfig(vocab_size=40, sliding_window=window, **sizes, **heads)).eval()


def a_row() -> tuple[Row, dict[int, list[int]]]:
    """A row, and by row index of its last token each whole path: two examples, the second with two answers."""
    row = Row()
    root, _ = row.add([5, 6, 7])
    row.add([8, 9], root)
    second, _ = row.add([10, 11, 12], root)
    row.add([13], second)
    row.add([14, 15], second)
    return row, {4: [5, 6, 7, 8, 9], 8: [5, 6, 7, 10, 11, 12, 13], 10: [5, 6, 7, 10, 11, 12, 14, 15]}


@pytest.mark.parametrize(("make", "packs"), [(bloom, False), (gpt2, True)])
def test_every_path_reads_as_it_does_alone_and_what_is_slower_is_said_once(
    make: type, packs: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.manual_seed(0)
    model = make()
    use_packed_attention(model)
    row, paths = a_row()
    for _ in range(2):
        with torch.no_grad():
            states = last_states(model, row_inputs(model, row))
    assert takes_packed_rows(model) == packs
    assert capsys.readouterr().err.count(SLOWER) == (0 if packs else 1)
    for last, ids in paths.items():
        with torch.no_grad():
            alone = model.base_model(torch.tensor([ids])).last_hidden_state[0, -1]
        assert torch.allclose(states[last], alone, atol=1e-5)


def test_no_path_is_packed_that_is_longer_than_a_layer_sees(capsys: pytest.CaptureFixture[str]) -> None:
    model = mistral(window=7)
    use_packed_attention(model)
    row, paths = a_row()
    assert "packed" not in row_inputs(model, row)  # its longest path has 8 tokens
    assert takes_packed_rows(model, 7) and not takes_packed_rows(model, 8)
    assert "see 7 tokens back" in capsys.readouterr().err
    with torch.no_grad():
        states = last_states(model, row_inputs(model, row))
        alone = model.base_model(torch.tensor([paths[10]])).last_hidden_state[0, -1]
    assert torch.allclose(states[10], alone, atol=1e-5)


def test_a_path_behind_a_cache_cannot_be_unpacked() -> None:
    row = Row(offset=3)
    row.add([1, 2])
    with pytest.raises(ValueError, match="behind a cache"):
        row.padded()
