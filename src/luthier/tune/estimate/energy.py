"""The energy that processor and GPU draw, where their counters can be read.

NVIDIA GPUs count it themselves (NVML); Intel and AMD processors through the kernel's powercap interface (RAPL), which
many systems let only root read. Where neither can be read, energy is unknown, which is not zero.
"""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

import torch

POWERCAP = Path("/sys/class/powercap")
READ_EVERY = 20.0
"""Seconds between readings of the processor's counter, which starts again at nothing after some minutes."""
UNREADABLE = "no energy counter can be read here (neither an NVIDIA GPU's nor the processor's RAPL)"


class EnergyMeter:
    """Counts from the moment it is made until `close`.

    Attributes:
        covers: what is counted, in words; empty where nothing can be read.
    """

    def __init__(self, device: str, powercap: Path = POWERCAP) -> None:
        self._zones = [_Zone(folder) for folder in sorted(powercap.glob("*-rapl:?")) if _readable(folder)]
        self._gpu_from = _gpu_joules() if device == "cuda" else None
        counted = [*(["processor"] if self._zones else []), *(["GPU"] if self._gpu_from is not None else [])]
        self.covers = " and ".join(counted)
        self._done = threading.Event()
        if self._zones:
            threading.Thread(target=self._keep_reading, daemon=True).start()

    def joules(self) -> float | None:
        """What was drawn so far; None where nothing can be read."""
        if not self.covers:
            return None
        total = sum(zone.read() for zone in self._zones)
        if self._gpu_from is not None:
            total += (_gpu_joules() or self._gpu_from) - self._gpu_from
        return total

    def close(self) -> None:
        """Ends the counting."""
        self._done.set()

    def _keep_reading(self) -> None:
        while not self._done.wait(READ_EVERY):
            for zone in self._zones:
                zone.read()


class _Zone:
    """One processor package's counter, unrolled where it starts again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.total = folder, 0.0
        self.range = int((folder / "max_energy_range_uj").read_text())
        self.last = self._counter()
        self._lock = threading.Lock()

    def read(self) -> float:
        """Joules since it was made."""
        with self._lock:
            now = self._counter()
            self.total += (now - self.last if now >= self.last else now + self.range - self.last) / 1e6
            self.last = now
            return self.total

    def _counter(self) -> int:
        return int((self.folder / "energy_uj").read_text())


def _readable(folder: Path) -> bool:
    with contextlib.suppress(OSError, ValueError):
        int((folder / "energy_uj").read_text())
        int((folder / "max_energy_range_uj").read_text())
        return True
    return False


def _gpu_joules() -> float | None:
    """The current GPU's counter; None without NVML's Python binding, or on a GPU that has no counter."""
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
        handle = pynvml.nvmlDeviceGetHandleByUUID(f"GPU-{torch.cuda.get_device_properties().uuid}")
        return float(pynvml.nvmlDeviceGetTotalEnergyConsumption(handle)) / 1000
    except pynvml.NVMLError:
        return None
