"""The evaluate stage as a whole, with systems that only pretend."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from luthier.config import Config
from luthier.errors import LuthierError, RefusedError, RequestError
from luthier.evaluate.run import evaluate
from luthier.records import Example, Prediction
from luthier.report.shapes import Scorecard
from luthier.store.artefacts import ArtefactStore

MakeSettings = Callable[..., Config]
SYSTEMS = ["zero_shot", "few_shot", "classical", "tuned"]


def scorecard_of(config: Config, root: Path, store: ArtefactStore, builder: Any, **how: Any) -> dict[str, Any]:
    card: dict[str, Any] = evaluate(config, root, store, build=builder, **how).json("scorecard")
    return card


def test_every_system_answers_every_item_of_the_split(
    make_settings: MakeSettings, root: Path, store: ArtefactStore, builder: Any
) -> None:
    artefact = evaluate(make_settings(), root, store, build=builder)
    predictions = list(artefact.records("predictions", Prediction))
    assert builder.built == SYSTEMS
    assert len({(p.system, p.task, p.example_id) for p in predictions}) == len(predictions) == 4 * 3 * 40
    assert all("-dev-" in prediction.example_id for prediction in predictions)


def test_the_scorecard_has_the_shape_the_report_reads(
    make_settings: MakeSettings, root: Path, store: ArtefactStore, builder: Any
) -> None:
    card = scorecard_of(make_settings(), root, store, builder)
    Scorecard.model_validate(card)
    assert json.loads(json.dumps(card, allow_nan=False)) == card
    assert list(card) == [
        "cycle", "split", "created", "luthier", "name", "confidence", "draws", "seal", "tasks", "cost", "data",
    ]  # fmt: skip
    assert card["data"]["examples"]["kept"] == 90
    assert card["tasks"]["summary"]["choices"]["tuned"] == {"chosen": "tuned way"}
    assert card["tasks"]["intent"]["choices"]["tuned"] == {}


def test_cost_is_seconds_and_money(make_settings: MakeSettings, root: Path, store: ArtefactStore, builder: Any) -> None:
    cost = scorecard_of(make_settings(), root, store, builder)["cost"]
    assert cost["train_seconds"] == 1000.0
    assert list(cost["evaluate_seconds"]) == SYSTEMS
    seconds = 1000.0 + sum(cost["evaluate_seconds"].values())
    assert cost["money"] == pytest.approx(seconds / 3600 * 3.6)


def test_a_finished_evaluation_asks_nobody_again(
    make_settings: MakeSettings, root: Path, store: ArtefactStore, builder: Any
) -> None:
    first = evaluate(make_settings(), root, store, build=builder)
    second = evaluate(make_settings(), root, store, build=builder)
    assert first.key == second.key
    assert builder.built == SYSTEMS


def test_a_killed_evaluation_goes_on_with_the_system_it_was_at(
    make_settings: MakeSettings, root: Path, store: ArtefactStore, builder: Any
) -> None:
    builder.broken = "classical"
    with pytest.raises(KeyboardInterrupt):
        evaluate(make_settings(), root, store, build=builder)
    assert store.current("evaluate") is None
    builder.broken = None
    evaluate(make_settings(), root, store, build=builder)
    assert builder.built == SYSTEMS


def test_what_a_system_does_not_depend_on_does_not_ask_it_again(
    make_settings: MakeSettings, root: Path, store: ArtefactStore, builder: Any
) -> None:
    evaluate(make_settings(), root, store, build=builder)
    builder.built.clear()
    target = {"task": "intent", "metric": "accuracy", "at_least": 0.5}
    evaluate(make_settings(draws=200, confidence=0.9, targets=[target]), root, store, build=builder)
    assert builder.built == []
    evaluate(make_settings(few_shot={"k": [1]}), root, store, build=builder)
    assert builder.built == ["zero_shot", "few_shot"]
    builder.built.clear()
    with store.write("tune", "t2", {"curate": "c1"}) as writer:
        writer.json("summary", {"seconds": 1.0})
    evaluate(make_settings(), root, store, build=builder)
    assert builder.built == ["tuned"]
    builder.built.clear()
    (root / "model" / "config.json").write_text('{"model_type": "other"}', encoding="utf-8")
    evaluate(make_settings(), root, store, build=builder)
    assert builder.built == ["zero_shot", "few_shot"]


def test_the_test_split_stays_sealed_until_it_is_opened_and_every_opening_is_listed(
    make_settings: MakeSettings, root: Path, store: ArtefactStore, builder: Any
) -> None:
    with pytest.raises(RefusedError, match="sealed"):
        evaluate(make_settings(), root, store, split="test", build=builder)
    assert builder.built == []

    def opened(config: Config, day: int) -> list[dict[str, Any]]:
        card = scorecard_of(
            config, root, store, builder, split="test", open_test=True, cycle=2,
            now=lambda: f"2026-11-{day}T10:00:00+00:00", who=lambda: "ada",
        )  # fmt: skip
        assert card["split"] == "test"
        found: list[dict[str, Any]] = card["seal"]["opened"]
        return found

    first = {"when": "2026-11-20T10:00:00+00:00", "who": "ada", "cycle": 2}
    assert opened(make_settings(), 20) == [first]
    assert opened(make_settings(), 21) == [first]  # the same evaluation, on record
    assert opened(make_settings(draws=200), 22) == [first, {**first, "when": "2026-11-22T10:00:00+00:00"}]
    dev = scorecard_of(make_settings(), root, store, builder)
    assert len(dev["seal"]["opened"]) == 2


def test_an_opening_is_written_down_before_anyone_answers(
    make_settings: MakeSettings, root: Path, store: ArtefactStore, builder: Any
) -> None:
    builder.broken = "zero_shot"
    for _ in range(2):  # killed, and killed again: it is one evaluation, opened once
        with pytest.raises(KeyboardInterrupt):
            evaluate(make_settings(), root, store, split="test", open_test=True, build=builder)
    assert len((root / ".luthier" / "seal.jsonl").read_text(encoding="utf-8").splitlines()) == 1


def test_dev_needs_no_seal(make_settings: MakeSettings, root: Path, store: ArtefactStore, builder: Any) -> None:
    assert scorecard_of(make_settings(), root, store, builder)["seal"] == {"opened": []}


def test_a_model_tuned_on_other_data_is_not_measured(
    make_settings: MakeSettings, root: Path, store: ArtefactStore, examples: list[Example], builder: Any
) -> None:
    with store.write("curate", "c2", {}) as writer:
        writer.records("examples", Example, examples)
        writer.json("summary", {})
    with pytest.raises(RefusedError, match="may have seen the items"):
        evaluate(make_settings(), root, store, build=builder)
    without = make_settings(systems=["classical"])
    assert set(scorecard_of(without, root, store, builder)["tasks"]["intent"]["systems"]) == {"classical"}


def test_a_target_on_a_metric_the_task_has_not_is_refused_with_the_nearest(
    make_settings: MakeSettings, root: Path, store: ArtefactStore, builder: Any
) -> None:
    def refusal(task: str, metric: str) -> str:
        config = make_settings(targets=[{"task": task, "metric": metric, "at_least": 0.5}])
        with pytest.raises(RequestError) as error:
            evaluate(config, root, store, build=builder)
        assert error.value.exit_code == 2
        return str(error.value)

    assert "did you mean rougeL?" in refusal("summary", "rouge_l")
    assert "did you mean f1_macro?" in refusal("flags", "macro_f1")
    assert "evaluate.targets.0.metric" in refusal("flags", "accuracy")
    assert "rouge1, rouge2" in refusal("summary", "f1_macro")
    assert builder.built == []


def test_a_task_without_items_and_an_item_without_an_answer_are_refused(
    make_settings: MakeSettings, root: Path, store: ArtefactStore, builder: Any
) -> None:
    with pytest.raises(RefusedError, match="'summary' has no examples in the calibration split"):
        evaluate(make_settings(), root, store, split="calibration", build=builder)


def test_nothing_curated_names_the_command(make_settings: MakeSettings, tmp_path: Path, builder: Any) -> None:
    with pytest.raises(LuthierError, match="luthier curate"):
        evaluate(make_settings(), tmp_path, ArtefactStore(tmp_path / "none"), build=builder)


def test_answers_rest_on_precision_and_on_the_embeddings_that_are_installed(
    make_settings: MakeSettings, root: Path, store: ArtefactStore, builder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make_settings()
    evaluate(config, root, store, build=builder)
    builder.built.clear()
    version = "luthier.inference.systems.classical.embeddings_version"
    monkeypatch.setattr(version, lambda: "another")
    evaluate(config, root, store, build=builder)
    assert builder.built == ["classical"]
    builder.built.clear()
    monkeypatch.setattr("luthier.base_models.precision_for", lambda asked, device: "another")
    evaluate(config, root, store, build=builder)
    assert builder.built == ["zero_shot", "few_shot"]
