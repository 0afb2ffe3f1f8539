"""What is read is checked: a key that is missing is an error that names it."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from report_project import Project, intent_project, small_project

from luthier.errors import LuthierError
from luthier.records import Target
from luthier.report.evidence import in_order, lead_system, read_evidence
from luthier.report.shapes import TaskCard

Path_ = tuple[Any, ...]
FREE = {"choices", "data", "reasons", "dev", "value"}  # what stands below these is shown as it is
NAMED_BY_DATA = {
    *("summary", "flags", "intent", "segment", "private", "retail", "train", "dev", "test"),
    *("zero_shot", "few_shot", "classical", "tuned", "concentration", "stale_profile", "missing_disclosure"),
    *("rougeL", "rouge1", "f1_macro"),
}


def paths(content: Any, above: Path_ = ()) -> Iterator[Path_]:
    """Every key that a shape names, in the first element of every list."""
    if isinstance(content, dict):
        for key, part in content.items():
            if key not in NAMED_BY_DATA:
                yield (*above, key)
            if key not in FREE:
                yield from paths(part, (*above, key))
    elif isinstance(content, list) and content:
        yield from paths(content[0], (*above, 0))


def without(content: Any, path: Path_) -> Any:
    """A copy of nested JSON that lacks one key."""
    copied = copy.deepcopy(content)
    inside = copied
    for key in path[:-1]:
        inside = inside[key]
    del inside[path[-1]]
    return copied


def artefacts() -> dict[tuple[str, str], Any]:
    project = small_project()
    return {
        ("evaluate", "scorecard"): project.scorecard(),
        ("curate", "summary"): project.curation,
        ("ingest", "summary"): project.ingest,
        ("tune", "summary"): project.tune_summary,
        ("tune", "training_log"): project.training_log,
        ("tune", "settings"): project.settings,
        ("tune", "specialist"): project.specialist,
    }


CASES = [(stage, name, path) for (stage, name), content in artefacts().items() for path in paths(content)]


def test_there_are_keys_to_miss() -> None:
    assert len(CASES) > 120
    assert ("evaluate", "scorecard", ("tasks", "summary", "targets", 0, "needed")) in CASES


@pytest.mark.parametrize("made", [small_project, intent_project])
def test_a_whole_project_is_read(made: Any, tmp_path: Path) -> None:
    project = made()
    evidence = read_evidence(project.config(), project.save(tmp_path))
    assert set(evidence.answers) == set(project.tasks)
    assert set(evidence.examples) == {example.id for example in project.examples}
    assert evidence.tuning is not None


def test_each_missing_key_is_named(project: Project, tmp_path: Path) -> None:
    project.examples, project.predictions = [], []
    store, config, whole = project.save(tmp_path), project.config(), artefacts()
    for stage, name, path in CASES:
        file = store.require(stage, stage).folder / f"{name}.json"
        file.write_text(json.dumps(without(whole[stage, name], path)), encoding="utf-8")
        with pytest.raises(LuthierError) as error:
            read_evidence(config, store)
        said = error.value.what.replace("into", "in").replace("origin", "from")
        assert str(path[-1]) in said, (stage, name, path, said)
        file.write_text(json.dumps(whole[stage, name]), encoding="utf-8")


def test_a_figure_that_is_no_number_is_refused(project: Project, tmp_path: Path) -> None:
    project.tasks["flags"]["systems"]["tuned"]["f1_macro"]["value"] = math.nan
    with pytest.raises(LuthierError, match=r"tasks\.flags\.systems\.tuned\.f1_macro\.value"):
        read_evidence(project.config(), project.save(tmp_path))


def test_the_headline_must_be_measured_for_every_system(project: Project, tmp_path: Path) -> None:
    del project.tasks["flags"]["systems"]["classical"]["f1_macro"]
    with pytest.raises(LuthierError, match="headline metric `f1_macro` is missing") as error:
        read_evidence(project.config(), project.save(tmp_path))
    assert "tasks.flags.systems.classical" in str(error.value)


def test_every_system_has_its_counts(project: Project, tmp_path: Path) -> None:
    del project.tasks["summary"]["unfinished"]["few_shot"]
    with pytest.raises(LuthierError, match=r"tasks\.summary\.unfinished\.few_shot"):
        read_evidence(project.config(), project.save(tmp_path))


def test_a_task_that_the_settings_lack_is_refused(project: Project, tmp_path: Path) -> None:
    store, config = project.save(tmp_path), project.config()
    config = config.model_copy(update={"tasks": {"flags": config.tasks["flags"]}})
    with pytest.raises(LuthierError, match="has no task 'summary'"):
        read_evidence(config, store)


@pytest.mark.parametrize(
    ("stage", "made_from", "again"),
    [
        ("ingest", {}, "luthier curate"),
        ("curate", {"ingest": "i1"}, "luthier evaluate"),
        ("tune", {"curate": "c1"}, "luthier evaluate"),
        ("tune", {"curate": "older"}, "luthier tune"),
    ],
)
def test_results_of_different_runs_are_not_mixed(
    stage: str, made_from: dict[str, str], again: str, project: Project, tmp_path: Path
) -> None:
    store = project.save(tmp_path)
    with store.write(stage, "newer", made_from) as writer:
        older = store.require(stage, stage).folder
        for file in older.iterdir():
            if file.name != "manifest.json":
                (writer.folder / file.name).write_bytes(file.read_bytes())
    with pytest.raises(LuthierError, match="not made from the newest") as error:
        read_evidence(project.config(), store)
    assert error.value.fix == f"Run `{again}` again"


def test_an_answer_to_an_example_that_is_gone_is_refused(project: Project, tmp_path: Path) -> None:
    project.examples = [one for one in project.examples if one.id != "flags-3"]
    with pytest.raises(LuthierError, match="such as 'flags-3'"):
        read_evidence(project.config(), project.save(tmp_path))


def test_a_tuned_system_needs_its_training(project: Project, tmp_path: Path) -> None:
    project.tuned = False  # the artefact is not there, although the scorecard speaks of it
    with pytest.raises(LuthierError, match="luthier tune"):
        read_evidence(project.config(), project.save(tmp_path))


def test_without_a_tuned_system_training_is_not_asked_for(project: Project, tmp_path: Path) -> None:
    evidence = read_evidence(project.without_tuned().config(), project.save(tmp_path))
    assert evidence.tuning is None


@pytest.mark.parametrize("stage", ["ingest", "curate", "evaluate"])
def test_a_stage_that_did_not_run_is_named(stage: str, project: Project, tmp_path: Path) -> None:
    store = project.save(tmp_path)
    pointers = store.root / "current.json"
    pointers.write_text(pointers.read_text().replace(f'"{stage}"', '"another"'))
    with pytest.raises(LuthierError, match=f"luthier {stage}"):
        read_evidence(project.config(), store)


def test_systems_stand_from_least_effort_to_most() -> None:
    assert in_order(["tuned", "classical", "my_endpoint", "zero_shot"]) == [
        "my_endpoint",
        "zero_shot",
        "classical",
        "tuned",
    ]


def test_the_lead_is_tuned_else_the_best_effort(project: Project) -> None:
    card = TaskCard.model_validate(project.tasks["flags"])
    assert lead_system(card) == "tuned"
    without_tuned = {name: figures for name, figures in card.systems.items() if name != "tuned"}
    assert lead_system(card.model_copy(update={"systems": without_tuned})) == "classical"


def test_scores_of_single_labels_are_let_go(project: Project, tmp_path: Path) -> None:
    evidence = read_evidence(project.config(), project.save(tmp_path))
    prediction = evidence.answers["flags"]["flags-1"]["tuned"]
    assert (prediction.labels, prediction.scores) == (("concentration",), {})
    assert evidence.examples["flags-1"].target == Target(labels=("concentration",))
