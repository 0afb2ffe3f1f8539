"""How a model is given a row: packed where its attention takes the layout, else every example in a row of its own.

Whether it does is not read off the model's name but tried once, on a row of a few tokens: what the model makes of
examples packed behind a prefix must be what it makes of them one by one. Both ways give the same states and gradients;
padded rows repeat the prefix and are slower.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary, WeakSet

import torch
from peft import PeftModel
from torch import Tensor, nn
from transformers import PreTrainedModel

from luthier.errors import LuthierError
from luthier.inference.hidden_states import backbone
from luthier.packing import Row
from luthier.progress import say

PREFIX, OWN = [5, 6, 7], ([8, 9], [10, 11, 12])
# Of the states' norm. Rounding differs by far less; an example that sees another, by far more.
TOLERANCE = {torch.float32: 1e-4, torch.bfloat16: 3e-2, torch.float16: 1e-2}

_takes_layouts: WeakKeyDictionary[nn.Module, bool] = WeakKeyDictionary()
_told: WeakSet[nn.Module] = WeakSet()


def row_inputs(model: PreTrainedModel | PeftModel, row: Row) -> dict[str, Any]:
    """What `last_states` and its kin are given for a row: the row packed, or its paths as a padded batch."""
    device = next(model.parameters()).device
    return row.packed(device) if takes_packed_rows(model, row.longest_path) else row.padded(device)


def takes_packed_rows(model: PreTrainedModel | PeftModel, longest: int = 0) -> bool:
    """Whether packed rows whose paths have at most `longest` tokens mean to `model` what their examples do alone.

    Where they do not it says so, once a model.
    """
    inner = backbone(model)
    if inner not in _takes_layouts:
        _takes_layouts[inner] = _reads_alike(inner)
        if not _takes_layouts[inner]:
            _say_slower(inner, f"the attention of {type(inner).__name__} takes no packed rows")
    if _takes_layouts[inner] and longest > _window(inner):
        _say_slower(inner, f"its layers see {_window(inner):.0f} tokens back, and some examples are longer")
        return False
    return _takes_layouts[inner]


def _say_slower(inner: nn.Module, why: str) -> None:
    if inner not in _told:
        _told.add(inner)
        say(f"Every example is read in a row of its own, which is slower and gives the same: {why}")


def _window(inner: nn.Module) -> float:
    """How many tokens back every layer sees. The layout knows of no window, so no path may be longer."""
    config: Any = inner.config
    kinds = getattr(config, "layer_types", None)
    window = getattr(config, "sliding_window", None)
    slides = getattr(config, "use_sliding_window", True) and (kinds is None or "sliding_attention" in kinds)
    return float(window) if window and slides else float("inf")


@torch.no_grad()
def _reads_alike(inner: nn.Module) -> bool:
    """Tries a row of two examples behind a prefix against the examples one by one."""
    row = Row()
    root, _ = row.add(PREFIX)
    at = [slice(first, first + len(own)) for own in OWN for _, first in [row.add(own, root)]]
    device = next(inner.parameters()).device
    training = inner.training
    inner.eval()
    try:
        packed = _states(inner, row.packed(device))
        alone = [_states(inner, {"input_ids": torch.tensor([PREFIX + own], device=device)}) for own in OWN]
    except (LuthierError, TypeError, ValueError, RuntimeError):  # it cannot even be given the layout
        return False
    finally:
        inner.train(training)
    tolerance = TOLERANCE.get(next(inner.parameters()).dtype, TOLERANCE[torch.bfloat16])
    pairs = [(packed[where], states[len(PREFIX) :]) for where, states in zip(at, alone, strict=True)]
    return all(float((one - other).norm()) <= tolerance * float(other.norm()) for one, other in pairs)


def _states(inner: nn.Module, inputs: dict[str, Any]) -> Tensor:
    states: Tensor = inner(**inputs, use_cache=False).last_hidden_state[0]
    return states.float()
