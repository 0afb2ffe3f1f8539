"""The embedded model itself, from files to a report, on a slice that two cores tune in seconds."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import yaml
from small_project import SETTINGS, write_project

pytestmark = pytest.mark.journey

TRAIN, TEST = 24, 8  # examples of each task


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The small project on the model that everybody gets, tuned as lightly as can be, beside the model as it comes."""
    folder = write_project(tmp_path_factory.mktemp("embedded") / "miniature")
    settings = yaml.safe_load(SETTINGS)
    lora = {"rank": 4, "alpha": 8, "upper_layers": 0.5}
    settings["tune"] = {"epochs": 1, "batch_size": 4, "learning_rate": 1e-3, "lora": lora}
    settings["evaluate"] |= {"systems": ["zero_shot", "tuned"], "max_items": {"zero_shot": TEST, "tuned": TEST}}
    (folder / "luthier.yaml").write_text(yaml.safe_dump(settings))
    return folder


@pytest.fixture(scope="module")
def printed(project):
    """What one round with the test split opened printed, on this machine as it is."""
    command = [sys.executable, "-m", "luthier.cli", "cycle", "--project", str(project), "--open-test", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_its_licence_and_what_it_learned_from_are_on_record(project, printed):
    folder = project / ".luthier" / "artefacts" / "tune" / printed["cycle"]["artefacts"]["tune"]
    summary = json.loads((folder / "summary.json").read_text())
    assert (summary["base_model"], summary["licence"]) == ("smollm2-135m", "Apache-2.0")
    assert summary["examples"] == 2 * TRAIN


def test_twenty_four_examples_seen_once_teach_it_the_form_of_a_summary(project, printed):
    """The generic model chats; the tuned one writes the house's sentence, if not yet with the right names in it."""
    summaries = json.loads((project / "report" / "scorecard.json").read_text())["tasks"]["summary"]
    assert summaries["n_by_system"] == {"zero_shot": TEST, "tuned": TEST}
    assert summaries["systems"]["tuned"]["rougeL"]["low"] > summaries["systems"]["zero_shot"]["rougeL"]["high"]
    assert printed["cycle"]["decision"] in ("targets met", "targets missed", "undecided")
