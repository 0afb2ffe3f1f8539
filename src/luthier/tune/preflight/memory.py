"""Whether the machine can hold the run: as reckoned before a model is loaded, then as probed."""

from __future__ import annotations

from luthier.base_models import ResolvedModel
from luthier.base_models.architecture import architecture_of
from luthier.base_models.memory import training_memory
from luthier.errors import LuthierError
from luthier.tune.estimate.estimate import Estimate, gigabytes
from luthier.tune.estimate.machine import available_memory
from luthier.tune.preflight.check import Check, State
from luthier.tune.settings import Resolved

FIX = (
    "Choose a smaller base_model, tune.method qlora on a GPU, a smaller tune.row_tokens, or a machine with more memory"
)


def weights_check(base: ResolvedModel, settings: Resolved, max_share: float) -> Check:
    """Whether weights, gradients and optimiser state fit, as reckoned. What rows need on top the probe measures."""
    name, there = "memory before rows", available_memory(settings.device)
    try:
        reckoned = training_memory(
            architecture_of(base.folder),
            method=settings.method,
            precision=settings.precision,
            row_tokens=settings.row_tokens,
            lora_rank=settings.lora_rank,
            lora_targets=settings.lora_target_modules,
        )
    except LuthierError as error:
        return Check(name=name, state="ok", what=f"left to the probe: {error.what}")
    need = reckoned.weights + reckoned.gradients + reckoned.optimizer
    return _held(name, "weights, gradients and optimiser need", need, there, max_share)


def memory_check(estimate: Estimate, max_share: float) -> Check:
    """Whether the run as probed fits."""
    return _held("memory", "the run needs", estimate.memory_bytes, estimate.available_bytes, max_share)


def _held(name: str, what: str, need: float, there: int, max_share: float) -> Check:
    share = need / there
    state: State = "refuse" if share > max_share else "warn" if share > 0.8 * max_share else "ok"
    return Check(
        name=name,
        state=state,
        what=f"{what} about {gigabytes(need)} of the {gigabytes(there)} that this machine can give",
        figure=round(share, 4),
        limit=max_share,
        setting="tune.preflight.max_memory_share",
        fix=FIX if state != "ok" else None,
    )
