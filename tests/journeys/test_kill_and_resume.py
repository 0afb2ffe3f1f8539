"""A kill at any moment costs what was in hand and nothing else: the specialist comes out the same, bit for bit.

The process kills itself with SIGKILL, which nothing in it can catch or tidy up after, at the step that the test names;
a kill from outside would be the same kill at a step that nobody knows.
"""

from __future__ import annotations

import random
import re
import shutil
import signal
import subprocess
import sys

import pytest
from safetensors.numpy import load_file
from small_project import write_project

DYING = """\
import importlib, itertools, os, signal, sys
from luthier import cli
module, owner, method, last, *arguments = sys.argv[1:]
owner = getattr(importlib.import_module(module), owner)
living, calls = getattr(owner, method), itertools.count(1)

def dying(*args, **keywords):
    if next(calls) == int(last):
        os.kill(os.getpid(), signal.SIGKILL)
    return living(*args, **keywords)

setattr(owner, method, dying)
sys.exit(cli.run(arguments))
"""
TRAINER = "luthier.tune.trainer:SpecialistTrainer"


@pytest.fixture(scope="module")
def curated(tmp_path_factory, luthier):
    """A project that is ready to be tuned."""
    folder = write_project(tmp_path_factory.mktemp("curated") / "miniature")
    luthier("ingest", "--project", folder)
    luthier("curate", "--project", folder)
    return folder


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory, curated, luthier):
    """The same project, tuned in one go."""
    folder = copy_of(curated, tmp_path_factory.mktemp("uninterrupted"))
    luthier("tune", "--project", folder)
    return folder


@pytest.mark.parametrize("seed", [1, 2])
def test_a_tuning_killed_at_a_random_step_ends_with_the_same_weights(
    tmp_path, curated, uninterrupted, luthier, die, seed
):
    steps, every = 24, 3  # 48 examples, 4 a step, twice; 4 checkpoints an epoch of 12 steps
    step = random.Random(seed).randrange(every + 2, steps + 1)
    project = copy_of(curated, tmp_path)
    die(TRAINER, "training_step", step, "tune", "--project", project)
    resumed = luthier("tune", "--project", project)
    last_checkpoint = (step - 1) // every * every
    assert f"Going on from step {last_checkpoint} of {steps}\n" in resumed.stderr
    assert weights(project) == weights(uninterrupted)
    assert not list((project / ".luthier" / "work").iterdir())


def test_a_checkpoint_that_was_only_half_written_is_passed_over(tmp_path, curated, uninterrupted, luthier, die):
    project = copy_of(curated, tmp_path)
    die(TRAINER, "_save_rng_state", 4, "tune", "--project", project)  # of checkpoint 9; there is one of step 0
    assert "Going on from step 6 of 24\n" in luthier("tune", "--project", project).stderr
    assert weights(project) == weights(uninterrupted)


def test_an_evaluation_that_was_killed_asks_again_only_the_system_it_was_at(tmp_path, uninterrupted, luthier, die):
    project = copy_of(uninterrupted, tmp_path)
    command = ("evaluate", "--project", project, "--open-test")
    die("luthier.inference.systems.classical:Classical", "answer", 1, *command)
    gone_on = luthier(*command)
    assert re.findall(r"Asking (\w+):", gone_on.stderr) == ["classical", "tuned"]
    assert len((project / ".luthier" / "seal.jsonl").read_text().splitlines()) == 1


@pytest.fixture(scope="session")
def die(environment):
    """Runs `luthier` with these words until `method` of the class `owner` is called for the `call`th time."""

    def run(owner, method, call, *words):
        command = [sys.executable, "-c", DYING, *owner.split(":"), method, str(call), *map(str, words)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr

    return run


def copy_of(project, folder):
    return shutil.copytree(project, folder / "copy")


def weights(project):
    """Every number that tuning left, as bytes by file and name."""
    (tune,) = (project / ".luthier" / "artefacts" / "tune").iterdir()
    files = [tune / "adapter" / "adapter_model.safetensors", tune / "label_heads.safetensors"]
    return {(file.name, name): array.tobytes() for file in files for name, array in load_file(file).items()}
