"""Dev's score on the way: what it costs, when it ends a run, and which checkpoint it prefers."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from miniature import two_task_config, two_task_examples
from surviving import EVERY, Runs, at_steps, killed, same, weights

from luthier.chat_template import ChatTemplate
from luthier.inference.engine import Engine
from luthier.inference.label_answers import head_confidences
from luthier.inference.thresholds import judge_on_dev
from luthier.records import Example
from luthier.tasks import build
from luthier.tune.checkpoints import all_checkpoints, step_of
from luthier.tune.early_stopping import DevScoring, EarlyStopping, Figures, plan_scoring
from luthier.tune.settings import Resolved
from luthier.tune.trainer import SpecialistTrainer

TASKS = build(two_task_config())
DEV = [example for example in two_task_examples(200) if example.split == "dev"]  # 50 of each task


@pytest.fixture
def scoring(runs: Runs, template: ChatTemplate, settings: Resolved) -> DevScoring:
    """Dev scored at every checkpoint of a run of 15 steps, whatever it costs."""
    planned = scored(runs, template, settings, max_cost=1000.0, dev_items=16)
    assert planned is not None
    return planned


def scored(
    runs: Runs,
    template: ChatTemplate,
    settings: Resolved,
    *,
    max_cost: float,
    dev_items: int,
    dev: list[Example] = DEV,
    epochs: int = 3,
) -> DevScoring | None:
    settings = dataclasses.replace(settings, dev_max_cost=max_cost, dev_items=dev_items, dev_patience=None)
    steps = runs.steps(epochs)
    checkpoints = range(EVERY, len(steps) + 1, EVERY)
    return plan_scoring(dev, TASKS, template, settings, runs.items, steps.plan, checkpoints)


def figures_are(scores: dict[int, float], monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets dev say this of each step."""
    add = EarlyStopping.add

    def fixed(self: EarlyStopping, step: int, figures: Figures) -> float:
        return add(self, step, {"sum": {"rougeL": scores[step]}})

    monkeypatch.setattr(EarlyStopping, "add", fixed)


def test_scoring_dev_changes_nothing_of_what_is_learned(
    runs: Runs, scoring: DevScoring, template: ChatTemplate
) -> None:
    trainer = runs.go_on(scoring=scoring, template=template)
    assert [step for step, _ in trainer.early.history] == [3, 6, 9, 12, 15]
    if trainer.early.better_than_last is None:
        assert same(weights(trainer.module), runs.by_hand())
    assert trainer.dev_seconds > 0


def test_each_task_is_scored_by_the_figure_it_is_judged_by(
    runs: Runs, scoring: DevScoring, template: ChatTemplate
) -> None:
    trainer = runs.go_on(scoring=scoring, template=template)
    lines = [line for line in trainer.state.log_history if "eval_colour/f1_macro" in line]
    assert len(lines) == 5 and all("eval_sum/rougeL" in line for line in lines)
    mean = (lines[-1]["eval_colour/f1_macro"] + lines[-1]["eval_sum/rougeL"]) / 2
    assert trainer.early.history[-1] == (15, pytest.approx(mean))


def test_a_figure_is_that_of_the_same_items_scored_by_hand(
    runs: Runs, scoring: DevScoring, template: ChatTemplate
) -> None:
    """The label head's confidences of the drawn items, one prompt at a time, with thresholds fitted on them."""
    module = runs.new_module()
    figures = scoring.score(module, template, 1024)
    (own,) = [own for own in scoring.tasks if own.task.name == "colour"]
    engine = Engine(module.model)  # type: ignore[arg-type]
    scores = [head_confidences(engine, module, template, own.task, [prompt]) for prompt in own.prompts]  # type: ignore[arg-type]
    judged = judge_on_dev(own.task, own.examples, torch.cat(scores).double().numpy())  # type: ignore[arg-type]
    assert figures["colour"]["f1_macro"] == pytest.approx(judged.figure)
    assert 0 <= figures["sum"]["rougeL"] <= 1


def test_a_run_ends_when_patience_runs_out_and_takes_the_best_weights(
    runs: Runs,
    scoring: DevScoring,
    template: ChatTemplate,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Best after 3 steps; 6 and 9 bring nothing, and two are what patience allows."""
    kept: dict[int, dict[str, torch.Tensor]] = {}
    save = SpecialistTrainer._save_checkpoint

    def keeping(self, model, trial):  # type: ignore[no-untyped-def]
        kept[self.state.global_step] = weights(self.module)
        save(self, model, trial)

    monkeypatch.setattr(SpecialistTrainer, "_save_checkpoint", keeping)
    impatient = dataclasses.replace(scoring, patience=2, min_improvement=0.05)
    figures_are({3: 0.6, 6: 0.4, 9: 0.5}, monkeypatch)
    trainer = runs.go_on(scoring=impatient, template=template)
    assert trainer.state.global_step == 9 and trainer.taken_from == 3
    assert same(weights(trainer.module), kept[3]) and not same(kept[3], kept[9])
    assert [step_of(path) for path in all_checkpoints(trainer.folder)] == [3, 6, 9]
    said = capsys.readouterr().err
    assert "2 scorings of dev brought nothing: tuning ends at step 9" in said
    assert "Step 3 did best on dev: its weights are taken" in said


@pytest.mark.parametrize("at", [7, 10, 14])
def test_a_kill_changes_nothing_of_what_dev_decides(
    runs: Runs, scoring: DevScoring, template: ChatTemplate, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """The best checkpoint is of step 6; it is held and taken in the end, whenever the run was stopped."""
    figures_are({3: 0.1, 6: 0.9, 9: 0.2, 12: 0.3, 15: 0.4}, monkeypatch)
    wanted = runs.go_on("whole", scoring=scoring, template=template)
    with monkeypatch.context() as once:
        at_steps({at}, killed, once)
        with pytest.raises(KeyboardInterrupt):
            runs.go_on("killed", scoring=scoring, template=template)
    resumed = runs.go_on("killed", scoring=scoring, template=template)
    assert resumed.taken_from == wanted.taken_from == 6
    assert resumed.early.history == wanted.early.history
    assert same(weights(resumed.module), weights(wanted.module))


def test_a_run_that_had_ended_early_is_not_trained_on(
    runs: Runs, scoring: DevScoring, template: ChatTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after its last checkpoint, before its result was written."""
    figures_are({3: 0.9, 6: 0.4, 9: 0.5}, monkeypatch)
    impatient = dataclasses.replace(scoring, patience=2)
    first = runs.go_on(scoring=impatient, template=template)
    seen = at_steps((), killed, monkeypatch)
    again = runs.go_on(scoring=impatient, template=template)
    assert not seen and again.taken_from == 3 and same(weights(again.module), weights(first.module))
    assert again.dev_figures_taken() == first.dev_figures_taken() != {}


def test_a_rollback_takes_back_what_dev_said_since(
    runs: Runs, scoring: DevScoring, template: ChatTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures_are({3: 0.5, 6: 0.4, 9: 0.3, 12: 0.3, 15: 0.3}, monkeypatch)
    at_steps({7, 8}, lambda loss: loss * float("nan"), monkeypatch)  # back to 6, then to 3
    trainer = runs.go_on(scoring=scoring, template=template)
    assert [step for step, _ in trainer.early.history] == [3, 6, 9, 12, 15] and trainer.taken_from == 3


def test_a_little_better_is_not_better() -> None:
    early = EarlyStopping(patience=2, min_improvement=0.01)
    for step, score in [(1, 0.50), (2, 0.505), (3, 0.509)]:
        early.add(step, {"a": {"rougeL": score}})
    assert early.is_over and early.better_than_last is None
    early.add(4, {"a": {"rougeL": 0.495}})
    assert early.better_than_last == 3
    patient = EarlyStopping(patience=None, min_improvement=0.01)
    patient.restore(early.state())
    assert not patient.is_over


def test_a_score_is_the_mean_over_tasks() -> None:
    early = EarlyStopping(patience=1, min_improvement=0)
    assert early.add(1, {"a": {"rougeL": 0.2}, "b": {"accuracy": 0.6}}) == pytest.approx(0.4)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.floats(0, 0.2))
def test_what_is_taken_is_never_worse_than_the_last(scores: list[float], least: float) -> None:
    early = EarlyStopping(patience=None, min_improvement=least)
    for step, score in enumerate(scores):
        early.add(step, {"a": {"rougeL": score}})
    taken = early.better_than_last
    assert taken is None or (scores[taken] == max(scores) and scores[taken] > scores[-1] + least)


def test_scoring_stays_within_its_cost_or_is_left_out(runs: Runs, template: ChatTemplate, settings: Resolved) -> None:
    """Two answers a batch cost 150 read tokens a written one, so a run this small can afford nothing by default."""
    assert scored(runs, template, settings, max_cost=0.1, dev_items=64) is None
    assert scored(runs, template, settings, max_cost=0.0, dev_items=64) is None
    longer = scored(runs, template, settings, max_cost=0.5, dev_items=64, epochs=300)
    assert longer is not None and len(longer.at) >= 3 and 0 < longer.share <= 0.5
    assert max(longer.at) == 1500 and longer.items == {"colour": 50, "sum": 50}


def test_too_little_dev_is_not_scored(runs: Runs, template: ChatTemplate, settings: Resolved) -> None:
    assert scored(runs, template, settings, max_cost=1000.0, dev_items=64, dev=DEV[:30]) is None


def test_which_items_are_scored_does_not_depend_on_their_order(
    runs: Runs, template: ChatTemplate, settings: Resolved
) -> None:
    one = scored(runs, template, settings, max_cost=1000.0, dev_items=20)
    other = scored(runs, template, settings, max_cost=1000.0, dev_items=20, dev=DEV[::-1])
    assert one is not None and other is not None
    assert [own.examples for own in one.tasks] == [own.examples for own in other.tasks]
    assert one.items == {"colour": 20, "sum": 20}
