"""The loss in chunks is the loss, and so are its gradients."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from luthier.tune.word_loss import summed_cross_entropy


@given(positions=st.integers(1, 23), chunk=st.integers(1, 9), seed=st.integers(0, 5))
def test_chunks_give_the_whole_loss_and_its_gradients(positions: int, chunk: int, seed: int) -> None:
    drawn = torch.Generator().manual_seed(seed)
    head = nn.Linear(8, 11, bias=False)
    states = torch.randn(positions, 8, generator=drawn, requires_grad=True)
    targets = torch.randint(11, (positions,), generator=drawn)
    whole = F.cross_entropy(head(states), targets, reduction="sum")
    expected = torch.autograd.grad(whole, [states, head.weight])
    found = summed_cross_entropy(head, states, targets, chunk_bytes=chunk * 11 * 4)
    torch.testing.assert_close(found, whole)
    for one, other in zip(torch.autograd.grad(found, [states, head.weight]), expected, strict=True):
        torch.testing.assert_close(one, other)


def test_no_more_logits_are_made_at_once_than_fit() -> None:
    head, made = nn.Linear(4, 10, bias=False), []
    head.register_forward_hook(lambda _, __, output: made.append(output.shape[0]))
    states = torch.randn(25, 4, requires_grad=True)
    summed_cross_entropy(head, states, torch.zeros(25, dtype=torch.long), chunk_bytes=8 * 10 * 4).backward()
    assert max(made) == 8 and sum(made) == 2 * 25  # made once on the way there and once on the way back


def test_a_head_that_drops_at_random_drops_the_same_on_the_way_back() -> None:
    """Of logits that are states, or nothing where dropped, the gradient is 0 exactly where a logit was dropped."""
    made: list[torch.Tensor] = []
    head = nn.Dropout(0.5)
    head.register_forward_hook(lambda _, __, output: made.append(output.detach() != 0))
    states = torch.ones(6, 50, requires_grad=True)
    targets = torch.zeros(6, dtype=torch.long)
    summed_cross_entropy(_Square(head), states, targets, chunk_bytes=3 * 50 * 4).backward()
    there = torch.cat(made[:2])
    assert states.grad is not None and torch.equal(states.grad != 0, there)


class _Square(nn.Module):
    """A head as wide as its states, with the weight that says how wide."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner, self.weight = inner, torch.empty(50, 50)

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.inner(states)
        return logits
