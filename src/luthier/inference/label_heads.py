"""Linear layers that read `classify` answers off the last hidden state of a prompt.

A head reads the (already normalised) hidden state at the prompt's last token, the one that would predict the answer's
first token. One forward pass answers, every label gets a confidence, and no answer can be misspelt.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F


class LabelHeads(nn.Module):
    """One head per task, in float32 whatever the model's precision.

    Weights start at zero: a head that begins as noise moves the whole logit with every step, and the adapter spends its
    first steps undoing that. `start_at` sets what a head answers before it has seen anything.

    Args:
        hidden_size: width of the hidden state.
        labels: task -> number of labels.
    """

    def __init__(self, hidden_size: int, labels: Mapping[str, int]) -> None:
        super().__init__()
        self.heads = nn.ModuleDict({task: nn.Linear(hidden_size, count) for task, count in sorted(labels.items())})
        for head in self.heads.values():
            assert isinstance(head, nn.Linear)
            nn.init.zeros_(head.weight)
            nn.init.zeros_(head.bias)

    def start_at(self, task: str, shares: Tensor, *, multi_label: bool) -> None:
        """Lets a head begin with each label's share among the training examples, of shape (labels,)."""
        head = self.heads[task]
        assert isinstance(head, nn.Linear)
        shares = shares.clamp(1e-4, 1 - 1e-4)
        with torch.no_grad():
            head.bias.copy_(torch.logit(shares) if multi_label else torch.log(shares))

    def forward(self, task: str, hidden: Tensor) -> Tensor:
        """Logits of shape (items, labels) from hidden states of shape (items, hidden)."""
        logits: Tensor = self.heads[task](hidden.float())
        return logits

    def save(self, path: Path) -> None:
        """Writes the weights as safetensors."""
        save_file({name: weight.detach().cpu().contiguous() for name, weight in self.state_dict().items()}, path)

    @classmethod
    def load(cls, path: Path, hidden_size: int) -> LabelHeads:
        """The heads that `save` wrote: none, where no task was given one."""
        weights = load_file(path)
        labels = {name.split(".")[1]: len(weight) for name, weight in weights.items() if name.endswith(".weight")}
        heads = cls(hidden_size, labels)
        heads.load_state_dict(weights)
        return heads


def head_loss(logits: Tensor, wanted: Tensor, *, multi_label: bool) -> Tensor:
    """The loss summed over items: cross-entropy over labels, or binary cross-entropy averaged over labels.

    Args:
        logits: (items, labels).
        wanted: (items, labels), 1 where a label applies.
    """
    if multi_label:
        losses = F.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
        return losses.mean(dim=1).sum()
    return F.cross_entropy(logits, wanted.argmax(dim=1), reduction="sum")


def probabilities(logits: Tensor, *, multi_label: bool) -> Tensor:
    """Each label's confidence, of the logits' shape."""
    return torch.sigmoid(logits) if multi_label else torch.softmax(logits, dim=-1)
