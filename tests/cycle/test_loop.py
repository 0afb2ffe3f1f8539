"""A round takes all stages in order, makes nothing anew that is there, and goes on where it was stopped."""

import pytest

from luthier.config import Config
from luthier.cycle.loop import decide, run_cycle, target_line
from luthier.errors import LuthierError
from luthier.records import Cycle
from luthier.store.artefacts import ArtefactStore, content_key

CONFIG = Config(name="Bank", tasks={}, sources=[])
TARGET = {"system": "tuned", "metric": "rougeL", "target": 0.65, "direction": "at_least"}
MET = {**TARGET, "value": 0.7125, "low": 0.69, "high": 0.7312, "state": "met", "needed": None}
UNDECIDED = {**TARGET, "value": 0.66, "low": 0.63, "high": 0.69, "state": "undecided", "needed": 240}
MISSED = {**TARGET, "value": None, "low": None, "high": None, "state": "missed", "needed": None}


class Stages:
    """Stages that only leave an artefact; `made` lists what was really done, `inputs` is what the first one reads."""

    def __init__(self, store, monkeypatch):
        self.store, self.made, self.inputs, self.failing = store, [], "files", None
        monkeypatch.setattr("luthier.sources.ingest.ingest", lambda config, root, store: self.stage("ingest"))
        monkeypatch.setattr("luthier.curate.pipeline.curate", lambda config, store, root: self.stage("curate"))
        monkeypatch.setattr("luthier.tune.run.tune", lambda config, root, store, resume: self.stage("tune"))
        monkeypatch.setattr("luthier.evaluate.run.evaluate", self.evaluate)
        monkeypatch.setattr("luthier.report.page.write_report", self.report)

    def stage(self, name, split=None):
        if name == self.failing:
            raise LuthierError(f"{name} failed")
        key = content_key(name, self.inputs, split)
        if self.store.find(name, key) is None:
            self.made.append(name)
            with self.store.write(name, key, {}) as writer:
                writer.json("scorecard", {"cycle": 1, "split": split, "tasks": {"summary": {"targets": [MET]}}})
        return self.store.find(name, key)

    def evaluate(self, config, root, store, split, open_test):
        assert open_test == (split == "test")
        return self.stage("evaluate", split)

    def report(self, config, root, store):
        self.made.append("report")
        return root / "report" / "index.html"


@pytest.fixture
def stages(tmp_path, monkeypatch):
    return Stages(ArtefactStore(tmp_path / ".luthier"), monkeypatch)


def test_a_round_runs_every_stage_in_order_and_records_it(stages, tmp_path):
    done = run_cycle(CONFIG, tmp_path, stages.store)
    assert stages.made == ["ingest", "curate", "tune", "evaluate", "report"]
    assert done.reused == ()
    assert done.report == tmp_path / "report" / "index.html"
    (cycle,) = stages.store.current("cycle").records("cycles", Cycle)
    assert cycle == done.cycle
    assert cycle.artefacts == {
        name: stages.store.current(name).key for name in ("ingest", "curate", "tune", "evaluate")
    }
    assert cycle.decision == "targets met"
    assert cycle.started <= cycle.finished


def test_a_second_round_in_which_nothing_changed_makes_only_the_report(stages, tmp_path):
    first = run_cycle(CONFIG, tmp_path, stages.store)
    stages.made.clear()
    second = run_cycle(CONFIG, tmp_path, stages.store)
    assert stages.made == ["report"]
    assert second.reused == ("ingest", "curate", "tune", "evaluate")
    assert second.cycle == first.cycle


def test_a_stopped_round_goes_on_at_the_stage_it_stopped_in(stages, tmp_path):
    stages.failing = "tune"
    with pytest.raises(LuthierError, match="tune failed"):
        run_cycle(CONFIG, tmp_path, stages.store)
    assert stages.store.current("cycle") is None
    stages.failing = None
    stages.made.clear()
    done = run_cycle(CONFIG, tmp_path, stages.store)
    assert stages.made == ["tune", "evaluate", "report"]
    assert done.reused == ("ingest", "curate")


def test_opening_the_test_is_a_round_of_its_own(stages, tmp_path):
    on_dev = run_cycle(CONFIG, tmp_path, stages.store)
    on_test = run_cycle(CONFIG, tmp_path, stages.store, open_test=True)
    assert on_test.artefact.key != on_dev.artefact.key
    assert on_test.reused == ("ingest", "curate", "tune")


@pytest.mark.parametrize(
    ("targets", "decision"),
    [
        ([], "no targets"),
        ([MET, MET], "targets met"),
        ([MET, UNDECIDED], "undecided"),
        ([UNDECIDED, MISSED, MET], "targets missed"),
    ],
)
def test_the_worst_target_decides(targets, decision):
    assert decide({"tasks": {"summary": {"targets": targets}}})[0] == decision


@pytest.mark.parametrize(
    ("result", "line"),
    [
        (MET, "summary: rougeL of tuned is 0.713 (0.690 to 0.731), at least 0.65: met"),
        (
            UNDECIDED,
            "summary: rougeL of tuned is 0.660 (0.630 to 0.690), at least 0.65: undecided,"
            " about 240 more items would decide it",
        ),
        (MISSED, "summary: rougeL of tuned is undefined, at least 0.65: missed"),
    ],
)
def test_a_target_is_a_line(result, line):
    assert target_line("summary", result) == line
