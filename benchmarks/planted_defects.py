"""Curation against planted defects: precision, recall and what else it takes away, over several seeds.

    python benchmarks/planted_defects.py --quick
    python benchmarks/planted_defects.py --seeds 5 --documents 20000 --phrasings both

Each run generates a firm (`luthier.sample_company.defects`) into a temporary project, curates it with the public API
and reads nothing but the curated tables: findings, documents, examples. A finding counts by the beginning of its reason
code. Rules are written with a view of the `development` wordings only; `held_out` is the score that counts.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import sys
import tempfile
import time
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).parent))

from planted.judging import Firm, judge
from planted.tables import summarise, table

from luthier.config.curation.privacy import PRIVATE_BY_DEFAULT
from luthier.progress import say
from luthier.project import Project
from luthier.sample_company.defects import SETS, generate

QUICK_DOCUMENTS, QUICK_SEEDS = 1000, 2
FULL_DOCUMENTS, FULL_SEEDS = 20_000, 5


def main() -> int:
    """Prints a table and JSON lines for each set of wordings."""
    asked = _arguments().parse_args()
    documents = asked.documents or (QUICK_DOCUMENTS if asked.quick else FULL_DOCUMENTS)
    seeds = asked.seeds or (QUICK_SEEDS if asked.quick else FULL_SEEDS)
    chosen = SETS if asked.phrasings == "both" else (asked.phrasings,)
    for wordings in chosen:
        runs = [run(wordings, documents, asked.first_seed + number, asked.keep) for number in range(seeds)]
        lines = summarise(runs)
        print(table(wordings, documents, seeds, lines), flush=True)
        setting = {"phrasings": wordings, "documents": documents, "seeds": seeds, "machine": platform.machine()}
        for line in lines:
            print(json.dumps({**line, **setting}), flush=True)
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_DOCUMENTS} documents, {QUICK_SEEDS} seeds")
    parser.add_argument("--seeds", type=int, metavar="N")
    parser.add_argument("--first-seed", type=int, default=101, metavar="S")
    parser.add_argument("--documents", type=int, metavar="N")
    parser.add_argument("--phrasings", choices=[*SETS, "both"], default="both")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the projects here, to look at")
    return parser


def run(wordings: str, documents: int, seed: int, keep: Path | None) -> dict[str, dict[str, int]]:
    """One firm: generated, curated, judged. Returns judge's counts."""
    folder = keep / f"{wordings}-{seed}" if keep else Path(tempfile.mkdtemp(prefix="luthier-planted-"))
    try:
        say(f"{wordings}, seed {seed}: generating {documents} documents")
        generate(folder, documents, seed, wordings=wordings)
        repeat_private_values(folder)
        project = Project(folder)
        ingested = project.ingest()
        started = time.monotonic()
        curated = project.curate()
        say(f"curated in {time.monotonic() - started:.0f} s")
        return judge(Firm.read(folder, ingested, curated))
    finally:
        if keep is None:
            shutil.rmtree(folder)


def repeat_private_values(folder: Path) -> None:
    """Lets the ledger say what it found, without which its place in the text as it came in cannot be told."""
    path = folder / "luthier.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    flags = dict.fromkeys(PRIVATE_BY_DEFAULT, "flag")
    settings["curate"] = {**settings.get("curate", {}), "privacy": {**flags, "keep_values": True}}
    path.write_text(yaml.safe_dump(settings, sort_keys=False, allow_unicode=True), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
