"""Whether the machine can hold the run: the weights before they are loaded, all of it once it was probed."""

from __future__ import annotations

from luthier.base_models import ResolvedModel
from luthier.tune.estimate.estimate import Estimate, gigabytes
from luthier.tune.estimate.machine import available_memory
from luthier.tune.preflight.check import Check, State
from luthier.tune.settings import Resolved

WEIGHT_BYTES = {"float32": 4.0, "bfloat16": 2.0}
FOUR_BIT_BYTES = 0.6
"""A weight in 4 bits with its share of the quantisation constants, and of the layers that stay in 16."""
FULL_FACTOR = 4
"""Weight, gradient and two moments, where all of the model is tuned."""
FIX = (
    "Choose a smaller base_model, tune.method qlora on a GPU, a smaller tune.row_tokens, or a machine with more memory"
)


def weights_check(base: ResolvedModel, settings: Resolved, max_share: float) -> Check:
    """Whether the weights alone, with what every one of them needs, fit. What rows need comes on top."""
    each = FOUR_BIT_BYTES if settings.method == "qlora" else WEIGHT_BYTES[settings.precision]
    need = base.parameters * each * (FULL_FACTOR if settings.method == "full" else 1)
    return _held("memory for the weights", "the weights need", need, available_memory(settings.device), max_share)


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
