"""What this machine is, what memory it has left, and how much of it the run holds."""

from __future__ import annotations

import contextlib
import os
import platform
import resource
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import torch

SAMPLE_EVERY = 0.002
"""Seconds between two looks at the resident memory. The peak of a backward pass lasts tens of milliseconds."""
STATM, MEMINFO = Path("/proc/self/statm"), Path("/proc/meminfo")
CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def machine_name() -> str:
    """The processor, its cores and the GPU, in words: estimates are corrected by what the same machine did before."""
    gpu = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    return f"{_processor()}, {torch.get_num_threads()} threads{gpu}"


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def peak_memory(device: str) -> int:
    """The most memory this process has held so far, in bytes: on the GPU as torch counts it, else resident."""
    if device == "cuda":
        return int(torch.cuda.max_memory_allocated())
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def memory_now(device: str) -> int:
    """The memory this process holds, in bytes; where resident memory cannot be read, the most it held so far."""
    if device == "cuda":
        return int(torch.cuda.memory_allocated())
    with contextlib.suppress(OSError):
        return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return peak_memory(device)


def available_memory(device: str) -> int:
    """Bytes this process could hold in all: what it holds and what is free, within its container's limit."""
    if device == "cuda":
        return int(torch.cuda.mem_get_info()[0]) + int(torch.cuda.memory_reserved())
    free = _free_by_the_kernel()
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    able = whole if free is None else min(whole, free + memory_now(device))
    return min([able, *_container_limits()])


def _free_by_the_kernel() -> int | None:
    with contextlib.suppress(OSError):
        for line in MEMINFO.read_text().splitlines():
            if line.startswith("MemAvailable"):
                return int(line.split()[1]) * 1024
    return None


def _container_limits() -> Iterator[int]:
    for path in CGROUP_LIMITS:
        with contextlib.suppress(OSError, ValueError):  # `max` is no limit
            yield int(path.read_text())


class PeakWatch:
    """The most memory held while the block runs: `peak`, in bytes.

    The GPU counts itself; resident memory is looked at by a thread, since the kernel's own high-water mark would not
    show a peak below an earlier one.
    """

    def __init__(self, device: str) -> None:
        self.device, self.peak = device, 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        if self.device == "cuda":
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()
        else:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.device == "cuda":
            torch.cuda.synchronize()
            self.peak = peak_memory(self.device)
            return
        self._done.set()
        self._thread.join()
        self.peak = max(self.peak, memory_now(self.device))

    def _look(self) -> None:
        while not self._done.wait(SAMPLE_EVERY):
            self.peak = max(self.peak, memory_now(self.device))
