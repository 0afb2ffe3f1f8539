"""The embedded model itself, from files to a report, on a slice that two cores tune in seconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
import yaml
from small_project import SETTINGS, write_project

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("embedded model")]

TRAIN, TEST = 24, 8  # examples of each task


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The small project with the first clients only, on the model that everybody gets."""
    folder = write_project(tmp_path_factory.mktemp("embedded") / "miniature")
    settings = yaml.safe_load(SETTINGS)
    settings["tune"] = {"epochs": 1, "batch_size": 4, "learning_rate": 1e-3, "lora": {"rank": 4, "alpha": 8}}
    settings["evaluate"] |= {"systems": ["classical", "tuned"], "max_items": {"classical": TEST, "tuned": TEST}}
    (folder / "luthier.yaml").write_text(yaml.safe_dump(settings))
    return folder


@pytest.fixture(scope="module")
def printed(project):
    """What one round with the test split opened printed, on this machine as it is."""
    command = [sys.executable, "-m", "luthier.cli", "cycle", "--project", str(project), "--open-test", "--json"]
    environment = {**os.environ, "OMP_NUM_THREADS": "2"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_it_learns_and_says_how_many_examples_it_learned_from(project, printed):
    summary, log = (tune_json(project, printed, name) for name in ("summary", "training_log"))
    assert (summary["base_model"], summary["licence"]) == ("smollm2-135m", "Apache-2.0")
    assert summary["examples"] == 2 * TRAIN
    assert log[-1]["loss"] < log[0]["loss"]


def test_its_answers_are_measured_beside_the_cheap_method(project, printed):
    scorecard = json.loads((project / "report" / "scorecard.json").read_text())
    for card in scorecard["tasks"].values():
        assert card["n_by_system"] == {"classical": TEST, "tuned": TEST}
    summaries = scorecard["tasks"]["summary"]
    assert summaries["systems"]["tuned"]["rougeL"]["value"] > 0
    assert printed["cycle"]["decision"] in ("targets met", "targets missed", "undecided")


def tune_json(project, printed, name):
    folder = project / ".luthier" / "artefacts" / "tune" / printed["cycle"]["artefacts"]["tune"]
    return json.loads((folder / f"{name}.json").read_text())
