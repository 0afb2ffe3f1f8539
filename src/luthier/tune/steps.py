"""The steps of a run, each the examples that one update of the weights learns from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from torch.utils.data import Dataset

from luthier.tune.batching import Item, Step, pack_step
from luthier.tune.mixing import loss_factors


class Steps(Dataset[Step]):
    """The planned steps of a run, packed when they are asked for.

    Args:
        plan: the item numbers of every step.
        mixing: task -> its share of the loss; empty: as the examples come.

    Attributes:
        share_prefix: whether a row holds what its examples open with once; the trainer asks its model.
    """

    def __init__(
        self,
        items: Sequence[Item],
        plan: Sequence[Sequence[int]],
        row_tokens: int,
        mixing: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        self.items, self.plan, self.row_tokens = items, plan, row_tokens
        self.share_prefix = True
        self.factors = loss_factors(items, plan, mixing)

    def __len__(self) -> int:
        return len(self.plan)

    def members(self, number: int) -> list[str]:
        """The ids of a step's examples."""
        return [self.items[index].example_id for index in self.plan[number]]

    @property
    def longest(self) -> int:
        """Tokens of the longest example."""
        return max((len(item.prompt) + len(item.target) for item in self.items), default=0)

    def __getitem__(self, number: int) -> Step:
        members = [self.items[index] for index in self.plan[number]]
        if self.share_prefix:
            return pack_step(members, self.row_tokens)
        return pack_step(members, self.row_tokens, share_prefix=False)
