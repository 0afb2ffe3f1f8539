"""Generated firms for the demo, the tests and the benchmarks: documents and labelled examples that belong to nobody.

Everything a generator writes is labelled as generated sample data, and every answer follows from recorded facts, never
from the text that was written about them.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from luthier.errors import RequestError

COMPANIES = ("defects", "pharmacy", "wealth_desk")
"""Each is a package here with a `generate`, imported when it is asked for."""
WITH_SETTINGS = frozenset({"defects"})
"""Those that write a luthier.yaml of their own."""
PAPERS_PER_EXAMPLE = 4  # of `defects`, which is about papers
SMALLEST, LARGEST = 200, 20_000


def generate(name: str, folder: Path, examples: int = 700, seed: int = 17) -> dict[str, Any]:
    """Writes the generated firm `name` into `folder` and returns what was written, with its measured properties.

    Args:
        folder: made if absent. The firm's own files go to `folder/data`; the facts behind every answer, or what was
            planted where, go to `folder/truth.jsonl`, which no project should ingest.
        examples: how many each task gets, 200 to 20,000.
        seed: with its number, all that decides an example: example 57 is the same in a small firm and a large.

    Raises `RequestError` for an unknown firm or a size out of range.
    """
    if name not in COMPANIES:
        raise RequestError(f"there is no sample company '{name}'", fix=f"Choose from {', '.join(COMPANIES)}")
    if not SMALLEST <= examples <= LARGEST:
        raise RequestError(f"{examples} examples a task is out of range", fix=f"Choose {SMALLEST} to {LARGEST}")
    size = PAPERS_PER_EXAMPLE * examples if name == "defects" else examples
    written: dict[str, Any] = import_module(f"{__name__}.{name}").generate(Path(folder), size, seed)
    return written
