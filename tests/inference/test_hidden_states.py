from __future__ import annotations

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from luthier.errors import RefusedError
from luthier.inference.hidden_states import states_after, states_after_and_last


def test_a_model_whose_layers_are_not_found_is_refused_with_what_to_do() -> None:
    model = GPT2LMHeadModel(GPT2Config(vocab_size=8, n_positions=8, n_embd=8, n_layer=2, n_head=2))
    for read in (states_after, states_after_and_last):
        with pytest.raises(RefusedError, match=r"a GPT2Model part of the way up.* Set tune.label_head: never"):
            read(model, {"input_ids": torch.tensor([[1, 2]])}, 1)
