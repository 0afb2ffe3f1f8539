"""Small layers that read `classify` answers off a prompt's hidden states.

For each label, a head weighs the tokens of the example's own text by attention and reads a logit off the weighted mean
(label-wise attention: Mullenbach et al. 2018, "Explainable Prediction of Medical Codes from Clinical Text"). A flag
that one sentence raises is not lost among ten others, as it is in the last token's state or in a plain mean. One
forward pass answers, every label gets a confidence, and no answer can be misspelt.

The states are those of a middle layer: the upper ones turn from what was said to which word comes next, and a pass that
stops half-way costs half (docs/decisions/label-head.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

SHARPNESS = 4.0
"""Attention scores are dot products times this over the root of the width: above 1, so that a query need not grow long
before it can prefer one token."""


class LabelHead(nn.Module):
    """One task's head.

    All weights start at zero: attention then begins as the plain mean, and nothing random pushes the model's first
    steps about.
    """

    def __init__(self, hidden_size: int, labels: int) -> None:
        super().__init__()
        self.query = nn.Parameter(torch.zeros(labels, hidden_size))
        self.weight = nn.Parameter(torch.zeros(labels, hidden_size))
        self.bias = nn.Parameter(torch.zeros(labels))

    def forward(self, states: Tensor, real: Tensor) -> Tensor:
        """Logits of shape (items, labels).

        Args:
            states: (items, tokens, hidden).
            real: (items, tokens), False where an item has no such token.
        """
        states = F.layer_norm(states.float(), states.shape[-1:])  # a few large dimensions would drown the others
        scores = states @ self.query.T * (SHARPNESS / states.shape[-1] ** 0.5)
        attention = scores.masked_fill(~real[..., None], float("-inf")).softmax(dim=1)
        logits: Tensor = (attention * (states @ self.weight.T)).sum(dim=1) + self.bias
        return logits


class LabelHeads(nn.Module):
    """One head per task, in float32 whatever the model's precision.

    Args:
        hidden_size: width of the hidden state.
        labels: task -> number of labels.
    """

    def __init__(self, hidden_size: int, labels: Mapping[str, int]) -> None:
        super().__init__()
        self.heads = nn.ModuleDict({task: LabelHead(hidden_size, count) for task, count in sorted(labels.items())})

    def start_at(self, task: str, shares: Tensor, *, multi_label: bool) -> None:
        """Lets a head begin with each label's share among the training examples, of shape (labels,)."""
        head = self.heads[task]
        assert isinstance(head, LabelHead)
        shares = shares.clamp(1e-4, 1 - 1e-4)
        with torch.no_grad():
            head.bias.copy_(torch.logit(shares) if multi_label else torch.log(shares))

    def forward(self, task: str, states: Sequence[Tensor]) -> Tensor:
        """Logits of shape (items, labels) from each item's states, of shape (its tokens, hidden)."""
        padded = nn.utils.rnn.pad_sequence(list(states), batch_first=True)
        lengths = torch.tensor([len(own) for own in states], device=padded.device)
        real = torch.arange(padded.shape[1], device=padded.device)[None] < lengths[:, None]
        logits: Tensor = self.heads[task](padded, real)
        return logits

    def save(self, path: Path) -> None:
        """Writes the weights as safetensors."""
        save_file({name: weight.detach().cpu().contiguous() for name, weight in self.state_dict().items()}, path)

    @classmethod
    def load(cls, path: Path, hidden_size: int) -> LabelHeads:
        """The heads that `save` wrote: none, where no task was given one."""
        weights = load_file(path)
        labels = {name.split(".")[1]: len(weight) for name, weight in weights.items() if name.endswith(".bias")}
        heads = cls(hidden_size, labels)
        heads.load_state_dict(weights)
        return heads


def head_loss(logits: Tensor, wanted: Tensor, *, multi_label: bool, weights: Tensor | None = None) -> Tensor:
    """The loss summed over items: cross-entropy over labels, or binary cross-entropy averaged over labels.

    Args:
        logits: (items, labels).
        wanted: (items, labels), 1 where a label applies.
        weights: (items,), what each one's loss is multiplied by; None: 1.
    """
    if multi_label:
        losses = F.binary_cross_entropy_with_logits(logits, wanted, reduction="none").mean(dim=1)
    else:
        losses = F.cross_entropy(logits, wanted.argmax(dim=1), reduction="none")
    return (losses if weights is None else losses * weights).sum()


def probabilities(logits: Tensor, *, multi_label: bool) -> Tensor:
    """Each label's confidence, of the logits' shape."""
    return torch.sigmoid(logits) if multi_label else torch.softmax(logits, dim=-1)
