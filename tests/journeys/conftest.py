"""A machine for the journeys: its `luthier` is this checkout's, and its base model a tiny random one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from luthier.base_models.model_folder import MANIFEST, describe


@pytest.fixture(scope="session")
def luthier_home(tmp_path_factory: pytest.TempPathFactory, write_tiny_model: Callable[[Path], None]) -> Path:
    """A LUTHIER_HOME whose `smollm2-135m` is the tiny random model, so that commands and settings stay as they are."""
    home = tmp_path_factory.mktemp("luthier-home")
    folder = home / "models" / "smollm2-135m"
    folder.mkdir(parents=True)
    write_tiny_model(folder)
    (folder / MANIFEST).write_text(json.dumps(describe(folder, name="smollm2-135m", source="random")))
    return home


@pytest.fixture(scope="session")
def environment(luthier_home: Path) -> Mapping[str, str]:
    """What a shell on that machine has: this checkout's `luthier` first on its path."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "LUTHIER_HOME": str(luthier_home), "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="session")
def luthier(environment: Mapping[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `luthier` with these words, as a process of its own; fails the test where its exit code is not `code`."""

    def run(*words: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "luthier.cli", *map(str, words)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return run
