"""A model's hidden states, at its end or part of the way up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from peft import PeftModel
from torch import Tensor, nn
from transformers import PreTrainedModel

from luthier.errors import RefusedError


def backbone(model: PreTrainedModel | PeftModel) -> nn.Module:
    """The transformer below the output embeddings. Adapters, which sit inside its layers, stay in force."""
    inner = model.get_base_model() if isinstance(model, PeftModel) else model
    found: nn.Module = inner.base_model
    return found


def last_states(model: PreTrainedModel | PeftModel, inputs: Mapping[str, Any]) -> Tensor:
    """The normalised states that predict the next token, of shape (tokens, hidden), for one row (`row_inputs`)."""
    given, at = _apart(inputs)
    return _in_row_order(backbone(model)(**given).last_hidden_state, at)


def states_after(model: PreTrainedModel | PeftModel, inputs: Mapping[str, Any], layers: int) -> Tensor:
    """The states that the first `layers` layers leave, of shape (tokens, hidden). The other layers are not run."""
    inner, (given, at) = backbone(model), _apart(inputs)
    with _first_layers(inner, layers), _output_of(_layers(inner)[layers - 1]) as found:
        inner(**given)
    return _in_row_order(found[0], at)


def states_after_and_last(
    model: PreTrainedModel | PeftModel, inputs: Mapping[str, Any], layers: int
) -> tuple[Tensor, Tensor]:
    """`states_after` and `last_states` from one pass."""
    with _output_of(_layers(backbone(model))[layers - 1]) as found:
        last = last_states(model, inputs)
    return _in_row_order(found[0], inputs.get("at")), last


def _apart(inputs: Mapping[str, Any]) -> tuple[dict[str, Any], Tensor | None]:
    """What the model is given, and where a padded batch holds the row's tokens."""
    return {name: value for name, value in inputs.items() if name != "at"}, inputs.get("at")


def _in_row_order(states: Tensor, at: Tensor | None) -> Tensor:
    """States (batch, longest, hidden) of a packed row or of its paths side by side, as (tokens, hidden)."""
    return states[0] if at is None else states.flatten(0, 1).index_select(0, at)


def _layers(inner: nn.Module) -> nn.ModuleList:
    """The layers, which every decoder that transformers shapes after Llama keeps under this name.

    Raises `RefusedError` for a model of another shape.
    """
    layers = getattr(inner, "layers", None)
    if not isinstance(layers, nn.ModuleList):
        raise RefusedError(
            f"label heads cannot read a {type(inner).__name__} part of the way up: it keeps no list called 'layers'",
            fix="Set tune.label_head: never",
        )
    return layers


@contextmanager
def _first_layers(inner: nn.Module, count: int) -> Iterator[None]:
    """Makes the model end after `count` layers. Only the list is exchanged; the layers are the same objects."""
    whole = _layers(inner)
    inner.layers = whole[:count]
    try:
        yield
    finally:
        inner.layers = whole


@contextmanager
def _output_of(layer: nn.Module) -> Iterator[list[Tensor]]:
    """Collects what a layer puts out while the block runs, each of shape (batch, tokens, hidden)."""
    found: list[Tensor] = []

    def collect(_: nn.Module, __: Any, output: Tensor | tuple[Tensor, ...]) -> None:
        found.append(output if isinstance(output, torch.Tensor) else output[0])

    handle = layer.register_forward_hook(collect)
    try:
        yield found
    finally:
        handle.remove()
