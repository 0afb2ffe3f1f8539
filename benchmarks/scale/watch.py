"""What a tree of processes uses while it runs, read from /proc (Linux) by a thread.

Memory is the proportional set size where it may be read, so that pages which processes share count once; elsewhere the
resident set of each. Disk is what lies in a folder and what its processes hold open there without a name. Processor
time is exact to a hundredth of a second, and counts children that have ended.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

EVERY_SECONDS = 0.5
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_BLOCK = 512


@dataclass
class Usage:
    """What one run used: seconds, seconds of processors, the most bytes of memory and disk at once.

    `passes` are the artefacts that appeared in order: the name, and of the run up to then the seconds, the seconds of
    processors, and the most memory since the one before.
    """

    seconds: float = 0.0
    processor: float = 0.0
    memory: int = 0
    disk: int = 0
    passes: list[tuple[str, float, float, int]] = field(default_factory=list)


class Watch(threading.Thread):
    """Samples the processes under `root` until `stop`.

    Args:
        store: the folder whose size is watched, with artefacts in it.
        note: is given the usage every few seconds, so that a killed run is not forgotten.
    """

    def __init__(self, root: int, store: Path, note: Callable[[Usage], None]) -> None:
        super().__init__(daemon=True)
        self.usage = Usage()
        self._root, self._store, self._note = root, store, note
        self._ended = threading.Event()
        self._since = time.monotonic()
        self._known = {path for path, _ in _artefacts(store)}
        self._memory = 0  # the most since the last artefact

    def run(self) -> None:
        noted = self._since
        while not self._ended.wait(EVERY_SECONDS):
            self.sample()
            if time.monotonic() - noted > 10:
                noted = time.monotonic()
                self._note(self.usage)

    def stop(self) -> Usage:
        """Ends the watch and gives what was used."""
        self._ended.set()
        self.join()
        self.usage.seconds = time.monotonic() - self._since
        self._see_artefacts()
        return self.usage

    def sample(self) -> None:
        """Looks once."""
        pids = list(tree(self._root))
        usage, memory = self.usage, sum(map(memory_of, pids))
        usage.seconds = time.monotonic() - self._since
        usage.processor = max(usage.processor, sum(map(processor_of, pids)))
        usage.memory, self._memory = max(usage.memory, memory), max(self._memory, memory)
        usage.disk = max(usage.disk, size_of(self._store) + sum(unnamed_in(self._store, pid) for pid in pids))
        self._see_artefacts()

    def _see_artefacts(self) -> None:
        for path, name in _artefacts(self._store):
            if path not in self._known:
                self._known.add(path)
                self.usage.passes.append((name, self.usage.seconds, self.usage.processor, self._memory))
                self._memory = 0


def tree(root: int) -> Iterator[int]:
    """A process and all that come of it, by number."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        fields = _stat(int(entry.name)) if entry.name.isdigit() else []
        if fields:
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        yield pid
        waiting += children.get(pid, [])


def memory_of(pid: int) -> int:
    """The proportional set size of a process in bytes, or its resident set; 0 when it has ended."""
    for file, name in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        try:
            lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
        except OSError:
            continue
        sizes = [int(line.split()[1]) * 1024 for line in lines if line.startswith(name)]
        if sizes:
            return sizes[0]
    return 0


def processor_of(pid: int) -> float:
    """Seconds of processors of a process and of those of its children that have ended; 0 when it has."""
    fields = _stat(pid)
    return sum(map(int, fields[11:15])) / _TICKS if fields else 0.0


def size_of(folder: Path) -> int:
    """The bytes that files of a folder take on the disk."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.lstat().st_blocks * _BLOCK
        except OSError:  # gone since
            continue
    return total


def unnamed_in(folder: Path, pid: int) -> int:
    """The bytes of files of a folder that a process holds open though they have no name any more."""
    total = 0
    try:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            target = str(link.readlink())
            if target.startswith(str(folder.resolve())) and target.endswith("(deleted)"):
                total += link.stat().st_blocks * _BLOCK
    except OSError:  # it has ended
        return total
    return total


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name: state, parent, …; none when it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _artefacts(store: Path) -> list[tuple[Path, str]]:
    """The manifests of finished artefacts, the oldest first, with a name for each."""
    found = []
    for path in (store / "artefacts").glob("*/[!.]*/manifest.json"):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        made_from = manifest["made_from"]
        found.append((path.stat().st_mtime, path, made_from.get("rule") or _stage_of(manifest)))
    return [(path, name) for _, path, name in sorted(found)]


def _stage_of(manifest: dict[str, object]) -> str:
    made_from = manifest["made_from"]
    noun = made_from.get("noun") if isinstance(made_from, dict) else None
    return f"{manifest['stage']} of {noun}" if noun else str(manifest["stage"])
