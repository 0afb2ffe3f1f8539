"""A million papers through every rule that needs no model: time, memory and disk, and how they grow.

    python benchmarks/curation_scale.py --sizes 10000 30000 100000
    python benchmarks/curation_scale.py --sizes 10000 100000 1000000 --processes 2 --keep DIR

For each size a firm is written into a project (`scale.papers`: letters, mails, reports, policies in versions, notes;
copies, damage and contradictions in them), ingested and curated with the public API, each in a process of its own that
a thread watches (`scale.watch`). With `--keep` the projects stay in DIR, and a run that was stopped goes on there: from
the pass it was in, with the time that was spent before counted, that of the repeated pass too.

Slopes are those of log(time) against log(documents), by least squares. n log n is the straight line through its values
at the smallest and the largest size.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import os
import platform
import resource
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from scale.firm import RULES, found
from scale.watch import Usage, Watch

from luthier.project import STORE_FOLDER, Project
from luthier.store.artefacts import write_whole

SIZES = (10_000, 30_000, 100_000)
STAGES = ("ingest", "curate")
WHOLE = 1_000_000  # the size that the bounds are for
MOST_SECONDS, MOST_MEMORY = 2 * 3600, 6 * 10**9
JOURNAL = "measured.json"


@dataclass(frozen=True)
class Measured:
    """One size: what each stage used, over all runs that it took."""

    documents: int
    stages: dict[str, Usage]
    runs: int  # the most that a stage took; more than one where a run was stopped
    touched: dict[str, int]  # documents and examples that each rule found something in, once for each of its reasons

    @property
    def seconds(self) -> float:
        return sum(usage.seconds for usage in self.stages.values())

    @property
    def processor(self) -> float:
        return sum(usage.processor for usage in self.stages.values())

    @property
    def memory(self) -> int:
        return max(usage.memory for usage in self.stages.values())

    @property
    def disk(self) -> int:
        return max(usage.disk for usage in self.stages.values())


def main() -> int:
    """Prints what each size took, pass by pass, a table, and a line of JSON."""
    asked = _arguments().parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # processes are what is spread over the cores
    results = []
    for size in sorted(set(asked.sizes)):
        folder = asked.keep / str(size) if asked.keep else Path(tempfile.mkdtemp(prefix="luthier-scale-"))
        try:
            found(folder, size, asked.processes)
            results.append(measure(folder, size))
        finally:
            if asked.keep is None:
                shutil.rmtree(folder)
        print(passes_table(results[-1]), flush=True)
    print(table(results, asked.processes), flush=True)
    print(json.dumps(claims(results, asked.processes)))
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="N", help="how many documents")
    parser.add_argument("--processes", type=int, default=2, metavar="P")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the projects here, and go on from what is there")
    return parser


def measure(folder: Path, size: int) -> Measured:
    """Ingests and curates the firm in a folder, as far as that was not done and measured before."""
    runs: dict[str, list[dict[str, Any]]] = {stage: [] for stage in STAGES}
    journal = folder / JOURNAL
    if journal.exists():
        runs = json.loads(journal.read_text(encoding="utf-8"))
    for stage in STAGES:
        if not (runs[stage] and runs[stage][-1]["finished"]):
            _run_stage(folder, stage, runs)
    used = {stage: _together(runs[stage]) for stage in STAGES}
    return Measured(size, used, max(map(len, runs.values())), _touched(folder))


def _run_stage(folder: Path, stage: str, runs: dict[str, list[dict[str, Any]]]) -> None:
    """Runs a stage in a process of its own and adds what it used to `runs`, on disk too, and while it runs."""
    runs[stage].append({})

    def note(usage: Usage, *, finished: bool = False) -> None:
        runs[stage][-1] = {**dataclasses.asdict(usage), "finished": finished}
        write_whole(folder / JOURNAL, json.dumps(runs))

    before = _processor_of_children()
    process = get_context("spawn").Process(target=_stage, args=(folder, stage))
    process.start()
    assert process.pid is not None
    watch = Watch(process.pid, folder / STORE_FOLDER, note)
    note(watch.usage)
    watch.start()
    try:
        process.join()
    finally:
        if process.is_alive():
            process.terminate()
            process.join()
        usage = watch.stop()
        usage.processor = _processor_of_children() - before
        note(usage, finished=process.exitcode == 0)
    if process.exitcode != 0:
        raise SystemExit(f"{stage} of {folder} ended with {process.exitcode}")


def _stage(folder: Path, stage: str) -> None:
    getattr(Project(folder), stage)()


def _touched(folder: Path) -> dict[str, int]:
    curated = Project(folder).store.require("curate", "luthier curate")
    touched: Counter[str] = Counter()
    for row in curated.json("summary")["rules"]:
        touched[row["rule"]] += row["documents"] + row["examples"]
    return dict(sorted(touched.items()))


def _processor_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _together(runs: Sequence[dict[str, Any]]) -> Usage:
    """What several runs of a stage used: their times added, the most of memory and disk."""
    usages = [Usage(**{field: run[field] for field in run if field != "finished"}) for run in runs]
    return Usage(
        seconds=sum(usage.seconds for usage in usages),
        processor=sum(usage.processor for usage in usages),
        memory=max(usage.memory for usage in usages),
        disk=max(usage.disk for usage in usages),
        passes=[tuple(made) for usage in usages for made in usage.passes],  # type: ignore[misc]
    )


def slope(sizes: Sequence[int], times: Sequence[float]) -> float | None:
    """Of log(time) against log(size), by least squares; None for a single size."""
    if len(sizes) < 2:
        return None
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


def n_log_n(sizes: Sequence[int]) -> float:
    """The slope of n log n between the smallest and the largest of some sizes."""
    least, most = min(sizes), max(sizes)
    return 1 + math.log(math.log(most) / math.log(least)) / math.log(most / least)


def passes_table(measured: Measured) -> str:
    """Each pass in the order in which it was done, with what was used since the one before."""
    lines = [f"{measured.documents} documents: passes as they were finished, each with what was used since the last"]
    lines.append(f"{'pass':34}{'seconds':>10}{'processor s':>13}{'ms/doc':>9}{'peak MB':>10}")
    for usage in measured.stages.values():
        seconds = processor = 0.0
        for name, at, used, memory in usage.passes:
            own = max(used - processor, 0.0)
            lines.append(
                f"{name:34}{max(at - seconds, 0.0):10.1f}{own:13.1f}{own / measured.documents * 1e3:9.3f}"
                f"{memory / 1e6:10.0f}"
            )
            seconds, processor = at, used
    lines.append("records that rules found something in: " + ", ".join(f"{k} {n}" for k, n in measured.touched.items()))
    return "\n".join(lines)


def table(results: Sequence[Measured], processes: int) -> str:
    """A line a size."""
    head = (
        f"{'documents':>10}{'ingest s':>10}{'curate s':>10}{'documents/s':>13}{'processor s':>13}{'ms/doc':>9}"
        f"{'memory MB':>11}{'disk MB':>9}{'runs':>6}"
    )
    lines = [f"every rule that needs no model, on {processes} processes: {', '.join(RULES)}", head]
    lines += [
        f"{one.documents:10}{one.stages['ingest'].seconds:10.1f}{one.stages['curate'].seconds:10.1f}"
        f"{one.documents / one.seconds:13.1f}{one.processor:13.1f}{one.processor / one.documents * 1e3:9.2f}"
        f"{one.memory / 1e6:11.0f}{one.disk / 1e6:9.0f}{one.runs:6}"
        for one in results
    ]
    sizes = [one.documents for one in results]
    if len(sizes) > 1:
        by_time, by_processor = (
            slope(sizes, times) for times in ([r.seconds for r in results], [r.processor for r in results])
        )
        lines.append(
            f"slope: {by_time:.3f} of time, {by_processor:.3f} of processor time; n log n: {n_log_n(sizes):.3f}"
        )
    return "\n".join(lines)


def claims(results: Sequence[Measured], processes: int) -> list[dict[str, Any]]:
    """What is claimed, with what was measured; the bounds of the largest size only where it was run."""
    sizes = [one.documents for one in results]
    machine = {"machine": f"{platform.machine()}, Python {platform.python_version()}, {os.cpu_count()} cores"}
    made: list[dict[str, Any]] = []
    for one in results:
        claim = {
            "claim": f"{one.documents} documents of 100-300 words through every rule that needs no model",
            "seconds": round(one.seconds, 1),
            "processor_seconds": round(one.processor, 1),
            "peak_memory_bytes": one.memory,
            "peak_disk_bytes": one.disk,
            "processes": processes,
            "rules": list(RULES),
            "runs": one.runs,
            **machine,
        }
        if one.documents >= WHOLE:
            claim |= {
                "bounds": {"seconds": MOST_SECONDS, "peak_memory_bytes": MOST_MEMORY},
                "holds": one.seconds < MOST_SECONDS and one.memory < MOST_MEMORY,
            }
        made.append(claim)
    grows = slope(sizes, [one.processor for one in results])
    if grows is not None:
        bound = n_log_n(sizes)
        made.append(
            {
                "claim": f"processor time grows no faster than n log n from {sizes[0]} to {sizes[-1]} documents",
                "value": round(grows, 3),
                "bound": round(bound, 3),
                "value_of_time": round(slope(sizes, [one.seconds for one in results]) or 0.0, 3),
                "holds": grows <= bound,
            }
        )
    return made


if __name__ == "__main__":
    sys.exit(main())
