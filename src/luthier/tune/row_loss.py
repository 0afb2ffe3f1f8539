"""What a packed row's loss is."""

from __future__ import annotations

import torch
from torch import Tensor

from luthier.inference.hidden_states import last_states, states_after, states_after_and_last
from luthier.inference.label_heads import head_loss
from luthier.inference.row_inputs import row_inputs
from luthier.inference.specialist import SpecialistModel
from luthier.tune.batching import PackedRow
from luthier.tune.word_loss import summed_cross_entropy


def row_losses(module: SpecialistModel, row: PackedRow) -> tuple[Tensor, Tensor]:
    """Summed losses of a row, each multiplied by its item's weight: over its target tokens, and over its items' label
    heads.

    The output embeddings are applied at target positions only.
    """
    device = next(module.parameters()).device
    inputs = row_inputs(module.model, row.row) | {"use_cache": False}
    words = heads = torch.zeros((), device=device)
    if not row.heads_at:
        last = last_states(module.model, inputs)
    elif not len(row.target_ids):
        states = states_after(module.model, inputs, module.head_layers)
    else:
        states, last = states_after_and_last(module.model, inputs, module.head_layers)
    if len(row.target_ids):
        head = module.model.get_output_embeddings()
        weights = None if row.target_weights is None else row.target_weights.to(device)
        states_at, wanted = last[row.predicts_at.to(device)], row.target_ids.to(device)
        words = summed_cross_entropy(head, states_at, wanted, weights=weights)
    if row.heads_at:
        logits = module.heads(row.task, [states[own.to(device)] for own in row.heads_at])
        weights = None if row.head_weights is None else row.head_weights.to(device)
        heads = head_loss(logits, row.labels.to(device), multi_label=row.multi_label, weights=weights)
    return words, heads
