"""A probe that leaves no trace: the run after it is bit for bit the run without it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from luthier.inference.specialist import SpecialistModel


@contextmanager
def undisturbed(module: SpecialistModel) -> Iterator[None]:
    """Puts back every random state, gradient and training mode when the block is left. Weights must not be stepped."""
    python, arrays = random.getstate(), np.random.get_state()
    modes = {name: part.training for name, part in module.named_modules()}
    gradients = {name: weight.grad for name, weight in module.named_parameters()}
    for weight in module.parameters():
        weight.grad = None
    try:
        with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
            yield
    finally:
        random.setstate(python)
        np.random.set_state(arrays)
        for name, part in module.named_modules():
            part.training = modes[name]
        for name, weight in module.named_parameters():
            weight.grad = gradients[name]
