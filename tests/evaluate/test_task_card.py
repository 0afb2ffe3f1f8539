"""What the scorecard says of a task, by hand and against the statistics room."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from luthier.config import Config
from luthier.evaluate.run import evaluate
from luthier.metrics.task_metrics import metric_names
from luthier.records import Example, Prediction
from luthier.statistics.intervals import wilson
from luthier.statistics.mcnemar import mcnemar_exact
from luthier.store.artefacts import ArtefactStore


def test_every_system_has_every_metric_of_the_task(tasks: dict[str, Any], make_settings: Callable[..., Config]) -> None:
    for name, task in make_settings().tasks.items():
        card = tasks[name]
        assert list(card["systems"]) == ["zero_shot", "few_shot", "classical", "tuned"]
        for figures in card["systems"].values():
            assert tuple(figures) == metric_names(task)
            for figure in figures.values():
                assert figure["low"] <= figure["value"] <= figure["high"]


def test_counts_of_items_groups_and_families(tasks: dict[str, Any]) -> None:
    assert {name: (card["n"], card["groups"], card["families"]) for name, card in tasks.items()} == {
        "summary": (40, 20, 4),
        "intent": (40, 40, 4),
        "flags": (40, 20, 4),
    }
    assert {name: card["independent"] for name, card in tasks.items()} == {
        "summary": False,
        "intent": True,
        "flags": False,
    }
    assert tasks["summary"]["n_by_system"] == {"zero_shot": 20, "few_shot": 40, "classical": 40, "tuned": 40}


def test_a_share_of_independent_items_gets_wilsons_interval(tasks: dict[str, Any]) -> None:
    # tuned is wrong on the numbers that end in 0: 36 of 40 right
    value, low, high = wilson(36, 40, 0.95)
    assert tasks["intent"]["systems"]["tuned"]["accuracy"] == {"value": value, "low": low, "high": high}


def test_a_share_of_grouped_items_does_not(tasks: dict[str, Any]) -> None:
    found = tasks["flags"]["systems"]["few_shot"]["exact_match"]
    assert (found["low"], found["high"]) != wilson(round(found["value"] * 40), 40, 0.95)[1:]


def test_all_right_in_grouped_items_still_leaves_doubt(tasks: dict[str, Any]) -> None:
    # classical is right on all 40 items of 20 clients: as sure as 20 of 20
    assert tasks["flags"]["systems"]["classical"]["f1_macro"]["low"] == wilson(20, 20, 0.95).low


def test_tuned_is_held_against_every_other_system_on_the_items_both_answered(tasks: dict[str, Any]) -> None:
    pairs = [(p["a"], p["b"], p["metric"], p["n"]) for p in tasks["summary"]["paired"]]
    assert pairs == [
        ("tuned", other, metric, n)
        for other, n in (("classical", 40), ("few_shot", 40), ("zero_shot", 20))
        for metric in ("rougeL", "rouge1", "rouge2")
    ]
    assert [p["metric"] for p in tasks["intent"]["paired"]][:2] == ["accuracy", "f1_macro"]
    assert [p["metric"] for p in tasks["flags"]["paired"]][:3] == ["f1_macro", "f1_micro", "exact_match"]


def test_mcnemar_stands_only_where_items_are_independent_and_right_or_wrong(tasks: dict[str, Any]) -> None:
    p = {(pair["b"], pair["metric"]): pair["p"] for pair in tasks["intent"]["paired"]}
    # few_shot knows the multiples of 4, tuned all but those of 10: of 0..39, both know 4, 8, 12, 16, 24, 28, 32, 36,
    # only few_shot 0 and 20, only tuned the other 36 - 8
    assert p["few_shot", "accuracy"] == mcnemar_exact(28, 2)
    assert p["few_shot", "f1_macro"] is None
    assert all(pair["p"] is None for task in ("summary", "flags") for pair in tasks[task]["paired"])


def test_a_difference_is_the_difference_of_the_figures(tasks: dict[str, Any]) -> None:
    systems = tasks["flags"]["systems"]
    for pair in tasks["flags"]["paired"]:
        if pair["b"] == "few_shot":
            expected = systems["tuned"][pair["metric"]]["value"] - systems["few_shot"][pair["metric"]]["value"]
            assert pair["difference"] == pytest.approx(expected, abs=1e-12)
            assert pair["low"] < pair["difference"] < pair["high"]


def test_targets_have_three_states(tasks: dict[str, Any]) -> None:
    # accuracy .9 with interval .77 to .96
    met, undecided, missed = tasks["intent"]["targets"]
    assert (met["state"], met["needed"]) == ("met", None)
    assert undecided["state"] == "undecided"
    assert undecided["needed"] > 0
    assert (missed["system"], missed["state"]) == ("few_shot", "missed")
    (upper,) = tasks["summary"]["targets"]
    assert (upper["direction"], upper["target"], upper["state"]) == ("at_most", 0.2, "missed")
    assert upper["value"] == tasks["summary"]["systems"]["tuned"]["rougeL"]["value"]


def test_slices_hold_the_headline_and_leave_small_ones_out(tasks: dict[str, Any]) -> None:
    regions = tasks["intent"]["slices"]["region"]
    assert set(regions) == {"north", "south"}
    assert regions["north"]["tuned"]["value"] == pytest.approx(18 / 20)  # 0 and 10 are wrong
    assert regions["north"]["tuned"]["n"] == 20
    zero_shot = [regions[region].get("zero_shot", {"n": 0})["n"] for region in regions]
    assert all(n == 0 or n >= 10 for n in zero_shot)
    assert any(n == 0 for n in zero_shot)  # of 20 items, not both halves hold ten or more unless they hold just ten


def test_labels_and_confusion(tasks: dict[str, Any]) -> None:
    intent, flags, summary = tasks["intent"], tasks["flags"], tasks["summary"]
    buy = intent["labels"]["tuned"]["buy"]
    # buy is right for 0, 3, ..., 39: 14 items, of which 0 and 30 are missed; and given where hold (20) was right
    assert (buy["support"], buy["tp"], buy["fn"], buy["fp"], buy["predicted"]) == (14, 12, 2, 1, 13)
    assert buy["recall"] == pytest.approx(12 / 14)
    confusion = intent["confusion"]["tuned"]
    assert confusion["labels"] == ["buy", "sell", "hold"]
    assert confusion["counts"] == [[12, 0, 2], [0, 12, 1], [1, 0, 12]]
    assert set(flags["labels"]["tuned"]["late"]) >= {"tp", "fp", "fn", "tn"}
    assert sum(flags["labels"]["tuned"]["late"][cell] for cell in ("tp", "fp", "fn", "tn")) == 40
    assert flags["confusion"] is None
    assert summary["labels"] is None


def test_the_ceiling_is_how_far_two_right_texts_agree(tasks: dict[str, Any]) -> None:
    # "The fund of client one rose by 0 percent this year" (11) and "This year client one gained 0 percent" (7) share
    # client, one, 0, percent, this, year: 6, in order only "client one 0 percent": 4; a number word or figure that
    # repeats in neither changes nothing, so every item has the same: 12/18 and 8/18
    ceiling = tasks["summary"]["ceiling"]
    assert ceiling["rouge1"]["value"] == pytest.approx(12 / 18)
    assert ceiling["rougeL"]["value"] == pytest.approx(8 / 18)
    assert tasks["intent"]["ceiling"] is None


def test_cut_inputs_and_unfinished_answers_are_counted(tasks: dict[str, Any]) -> None:
    assert tasks["summary"]["truncated"]["tuned"] == 1
    assert tasks["summary"]["unfinished"]["tuned"] == 1


def test_a_cheap_system_as_good_says_so_in_these_words(tasks: dict[str, Any]) -> None:
    for name in ("intent", "flags"):
        assert "no tuned language model needed here" in tasks[name]["verdict"]
        assert tasks[name]["needs_tuned_model"] is False
    assert "no tuned language model needed here" not in tasks["summary"]["verdict"]
    assert tasks["summary"]["needs_tuned_model"] is True


def test_figures_that_nothing_defines_are_null(
    make_settings: Callable[..., Config], root: Path, store: ArtefactStore, examples: list[Example]
) -> None:
    """No flag is right and none is given: F1 has no denominator. Exact match has one."""

    class Silent:
        name, choices = "classical", {}

        def answer(self, items: list[Example]) -> list[Prediction]:
            return [Prediction(example_id=i.id, task=i.task, system="classical", text=None, labels=()) for i in items]

    without_flags = [
        dataclasses.replace(item, target=dataclasses.replace(item.target, labels=())) if item.task == "flags" else item
        for item in examples
    ]
    with store.write("curate", "c3", {}) as writer:
        writer.records("examples", Example, without_flags)
        writer.json("summary", {})
    config = make_settings(
        systems=["classical"],
        targets=[{"task": "flags", "metric": "f1_macro", "at_least": 0.5, "system": "classical"}],
    )
    card = evaluate(config, root, store, build=lambda *_: Silent()).json("scorecard")["tasks"]  # type: ignore[arg-type, return-value]
    assert card["flags"]["systems"]["classical"]["f1_macro"] == {"value": None, "low": None, "high": None}
    assert card["flags"]["systems"]["classical"]["exact_match"]["value"] == 1.0
    assert card["flags"]["targets"][0]["value"] is None
    assert card["flags"]["targets"][0]["state"] == "undecided"
    assert card["flags"]["needs_tuned_model"] is None
    assert card["summary"]["systems"]["classical"]["rougeL"]["value"] == 0.0
