"""What `luthier status` says of a tuning run that has not ended."""

import json

import pytest

from luthier import cli
from luthier.store.live_log import append_live

SETTINGS = "name: Bank\ntasks:\n  topic: {kind: classify, instruction: Name it., inputs: {message: M}}\nsources: []\n"
LINE = {"step": 120, "steps": 400, "loss": 0.3125, "seconds_left": 310.0}


@pytest.fixture
def project(tmp_path):
    (tmp_path / "luthier.yaml").write_text(SETTINGS)
    (tmp_path / ".luthier" / "work" / "tune-k").mkdir(parents=True)
    return tmp_path


def status(project, capsys, *more):
    assert cli.run(["status", "--project", str(project), *more]) == 0
    return capsys.readouterr().out


def test_it_says_the_step_the_loss_and_the_time_left(project, capsys):
    append_live(project / ".luthier" / "work" / "tune-k", LINE)
    append_live(
        project / ".luthier" / "work" / "tune-k", {"step": 120, "steps": 400, "dev": {"topic": {"accuracy": 1}}}
    )
    said = status(project, capsys)
    assert "step 120 of 400, loss 0.312, 5 min 10 s left, written" in said
    assert "if it was stopped, `luthier tune` goes on with it" in said


def test_a_script_gets_the_newest_line(project, capsys):
    append_live(project / ".luthier" / "work" / "tune-k", LINE)
    stages = {stage["stage"]: stage for stage in json.loads(status(project, capsys, "--json"))["stages"]}
    assert stages["tune"]["newest"]["step"] == 120 and stages["tune"]["unfinished"]
    assert stages["ingest"]["newest"] is None


def test_a_run_that_has_done_no_step_only_waits(project, capsys):
    assert "a stopped run waits: `luthier tune` goes on with it" in status(project, capsys)
