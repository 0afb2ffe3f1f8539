"""A kill at any moment costs curation what was in hand and nothing else, on one process and on two.

The process kills itself with SIGKILL, which nothing in it can catch or tidy up after, at a random one of all the calls
of Luthier's own functions that a whole run makes.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from itertools import count
from multiprocessing import get_context
from pathlib import Path

import pytest
from desk_papers import LETTER, TODAY, config, document, ingested, note

import luthier
from luthier.config import Curate
from luthier.config.curation.privacy import PRIVATE_BY_DEFAULT
from luthier.curate.pipeline import curate
from luthier.store.artefacts import ArtefactStore

OURS = str(Path(luthier.__file__).parent)
STAGES = ("writing", "fitness", "privacy", "signatures", "findings", "curate")
CURATION = {
    "glossary": {
        "terms": [{"term": "front desk", "variants": ["main desk"]}, {"term": "archive", "variants": ["stacks"]}]
    },
    "privacy": dict.fromkeys(PRIVATE_BY_DEFAULT, "flag") | {"email": "mask"},
}
DOCUMENTS = [
    *[document(f"d{n}", f"{LETTER} Ask {name}@firm.example, or the main desk.") for n, name in enumerate("abcd")],
    document("old", "The list of fees is kept in the stacks. It is valid until 3 May 2020."),
]
EXAMPLES = [note(f"n{n}", f"where is box {n} of the department", label="ab"[n % 2]) for n in range(12)]


def project(folder):
    return ingested(folder, DOCUMENTS, [*EXAMPLES, note("t1", "where is box 3 of the department", source="given")])


def run(folder, workers=1):
    return curate(config(curate=Curate(workers=workers, **CURATION)), ArtefactStore(folder), today=TODAY)


def counted(folder):
    """Runs to the end; leaves the number of calls beside the artefacts."""
    calls = count()
    sys.setprofile(lambda frame, event, _: _ours(frame, event) and next(calls))
    run(folder)
    sys.setprofile(None)
    (folder / "calls").write_text(str(next(calls)))


def dying(folder, last, workers=1, function=None):
    """Runs until the `last` call, of any function or of those with a name."""
    calls = count(1)

    def profile(frame, event, _):
        if _ours(frame, event) and function in (None, frame.f_code.co_name) and next(calls) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(profile)
    run(folder, workers)


def _ours(frame, event):
    return event == "call" and frame.f_code.co_filename.startswith(OURS)


@pytest.fixture(scope="module")
def processes():
    """Starts processes that have the code loaded and nothing else."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["luthier.curate.pipeline"])

    def ending(target, *arguments):
        process = context.Process(target=target, args=arguments)
        process.start()
        process.join()
        return process.exitcode

    return ending


@pytest.fixture(scope="module")
def unharmed(tmp_path_factory, processes):
    """The folder of a project that nothing happened to."""
    folder = tmp_path_factory.mktemp("unharmed")
    project(folder)
    assert processes(counted, folder) == 0
    return folder


@pytest.mark.parametrize("seed", range(4))
def test_a_run_that_was_killed_twice_goes_on_to_the_same_keys_and_tables(tmp_path, unharmed, processes, seed):
    total = int((unharmed / "calls").read_text())
    project(tmp_path)
    first = random.Random(seed).randrange(total // 10, total * 9 // 10)
    assert processes(dying, tmp_path, first) == -signal.SIGKILL
    done = _keys(tmp_path)
    assert all(done[stage] <= _keys(unharmed)[stage] for stage in STAGES)
    processes(dying, tmp_path, first // 2)  # which may be more calls than were left
    again = run(tmp_path)
    assert again.key in _keys(unharmed)["curate"]
    assert _keys(tmp_path) == _keys(unharmed)
    assert _tables(tmp_path) == _tables(unharmed)


def test_a_run_on_two_processes_that_was_killed_goes_on_on_one(tmp_path, unharmed, processes):
    project(tmp_path)
    assert processes(dying, tmp_path, 2, 2, "write") == -signal.SIGKILL  # results of the first pass are being written
    assert not any(_keys(tmp_path).values())
    run(tmp_path)
    assert _keys(tmp_path) == _keys(unharmed)
    assert _tables(tmp_path) == _tables(unharmed)


def _keys(folder):
    store = ArtefactStore(folder)
    return {stage: set(store.keys(stage)) for stage in STAGES}


def _tables(folder):
    """Every table and fingerprint of what was finished, by its place."""
    stages = [folder / "artefacts" / stage for stage in STAGES]
    files = [path for stage in stages for kind in ("[!.]*/*.parquet", "[!.]*/*.npy") for path in stage.glob(kind)]
    assert files
    return {path.relative_to(folder): path.read_bytes() for path in files}
