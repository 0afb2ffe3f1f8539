"""Making data fit to learn from: rules yield findings, the pipeline decides from them, and nothing is lost unseen."""

from __future__ import annotations

from luthier.records import Split

EVALUATION: tuple[Split, ...] = ("test", "calibration", "dev")
"""The splits that measure. Where two of them claim the same record or group, the first has it."""
