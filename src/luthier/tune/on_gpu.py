"""What a step does differently on a GPU: how float32 is multiplied, and kernels that take fewer passes over memory.

The model's own weights and products are in bfloat16 there; float32 is left to the label heads and to losses. TF32
multiplies it with 10 bits of mantissa, as tensor cores do, and adds in float32. Liger's kernels (Hsu et al. 2024),
where the package is installed, write normalisation, rotation and the gated activation each in one pass. The output
layer stays as it is: it is applied at target positions only, and a chunk at a time (`word_loss`).
"""

from __future__ import annotations

import torch
from peft import PeftModel
from transformers import PreTrainedModel
from transformers.integrations import liger
from transformers.utils.import_utils import is_liger_kernel_available

KERNELS = {
    "rope": True,
    "rms_norm": True,
    "swiglu": True,
    "cross_entropy": False,
    "fused_linear_cross_entropy": False,
}


def use_gpu_kernels(model: PreTrainedModel | PeftModel, device: str) -> bool:
    """Prepares `model` for steps on `device`, in place, and returns whether Liger's kernels are in it.

    Nothing changes where `device` is not `cuda`.
    """
    if device != "cuda":
        return False
    torch.set_float32_matmul_precision("high")
    if not is_liger_kernel_available():
        return False
    liger.apply_liger_kernel(model, KERNELS)
    return True
