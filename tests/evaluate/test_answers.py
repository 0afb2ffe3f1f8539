"""Answers stand beside the items they belong to, or the evaluation stops."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from luthier.config import Config
from luthier.errors import LuthierError, RefusedError
from luthier.evaluate.answers import aligned
from luthier.evaluate.items import asked, items_of
from luthier.records import Example, Prediction, Target


def answer(item: Example, **changes: Any) -> Prediction:
    return dataclasses.replace(Prediction(example_id=item.id, task=item.task, system="tuned", text="x"), **changes)


def test_answers_are_put_into_the_items_order(examples: list[Example]) -> None:
    items = examples[:4]
    predictions = aligned("tuned", items, [answer(item) for item in reversed(items)])
    assert [prediction.example_id for prediction in predictions] == [item.id for item in items]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda right: right[:-1], "left 1 of 3 items out"),
        (lambda right: [*right, right[0]], "answered twice"),
        (lambda right: [*right, dataclasses.replace(right[0], example_id="other")], "what it was not asked"),
        (lambda right: [*right[:2], dataclasses.replace(right[2], task="flags")], "what it was not asked"),
        (lambda right: [*right[:2], dataclasses.replace(right[2], system="classical")], "signed 'classical'"),
    ],
)
def test_a_missing_an_extra_or_a_second_answer_stops_the_evaluation(
    examples: list[Example], spoil: Callable[[list[Prediction]], list[Prediction]], message: str
) -> None:
    items = examples[:3]
    with pytest.raises(LuthierError, match=message):
        aligned("tuned", items, spoil([answer(item) for item in items]))


def test_a_limited_system_is_asked_a_random_part_of_what_the_others_are(
    make_settings: Callable[..., Config], examples: list[Example]
) -> None:
    config = make_settings(max_items={"zero_shot": 10, "few_shot": 25})
    items = items_of(config, examples, "dev")
    few, zero, every = ([e.id for e in asked(config, s, items)] for s in ("few_shot", "zero_shot", "tuned"))
    assert len(zero) == 30
    assert len(few) == 75
    assert len(every) == 120
    assert set(zero) < set(few) < set(every)
    assert zero == [item for item in every if item in zero]  # in the items' order
    assert zero != [*every[:10], *every[40:50], *every[80:90]]  # and not simply the first ones
    shuffled = items_of(config, examples[::-1], "dev")
    assert {example.id for example in asked(config, "zero_shot", shuffled)} == set(zero)


@pytest.mark.parametrize(
    ("task", "target", "message"),
    [
        ("summary", Target(text="  "), "no text"),
        ("intent", Target(labels=()), "0 labels"),
        ("intent", Target(labels=("buy", "sell")), "2 labels"),
        ("flags", Target(), "no labels"),
    ],
)
def test_an_item_without_the_right_answer_its_task_needs_is_refused_by_row(
    make_settings: Callable[..., Config], examples: list[Example], task: str, target: Target, message: str
) -> None:
    spoilt = [dataclasses.replace(item, target=target) if item.id == f"{task}-dev-3" else item for item in examples]
    with pytest.raises(RefusedError, match=message) as error:
        items_of(make_settings(), spoilt, "dev")
    assert "notes.csv, row 4" in str(error.value)
