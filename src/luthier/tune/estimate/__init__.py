"""What a run will take, from a short measured probe before it, and what it took, held against that afterwards."""

from luthier.tune.estimate.estimate import Estimate, estimate_run
from luthier.tune.estimate.machine import available_memory, peak_memory
from luthier.tune.estimate.reconcile import Reconciled, reconcile

__all__ = ["Estimate", "Reconciled", "available_memory", "estimate_run", "peak_memory", "reconcile"]
