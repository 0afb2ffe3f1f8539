"""The cheap system where there is little to learn from."""

from __future__ import annotations

import pytest

from luthier.config import Config
from luthier.errors import RefusedError
from luthier.inference.systems import classical
from luthier.inference.systems.classical import Classical
from luthier.records import Example, Provenance, Target

Rows = list[tuple[str, Target]]


@pytest.fixture(autouse=True)
def without_embeddings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classical, "EMBEDDINGS", "no_such_package")


def config(**task: object) -> Config:
    settings = {"kind": "classify", "instruction": "x", "inputs": {"note": ""}, **task}
    return Config.model_validate({"name": "n", "tasks": {"t": settings}, "sources": []})


def examples(rows: Rows) -> list[Example]:
    return [
        Example(
            id=str(number),
            task="t",
            inputs={"note": note},
            target=target,
            source=Provenance(source="s", file="f", row=number + 1),
            group=str(number),
        )
        for number, (note, target) in enumerate(rows)
    ]


def labels(*names: str) -> Target:
    return Target(labels=names)


def test_a_task_with_one_label_is_refused_by_name() -> None:
    train = examples([("one", labels("a")), ("two", labels("a"))])
    with pytest.raises(RefusedError, match=r"task 't': there is nothing to choose between: it has only one label, 'a'"):
        Classical(config(), train, [])
    with pytest.raises(RefusedError, match="has no labels"):
        Classical(config(multi_label=True), examples([("one", labels())]), [])


@pytest.mark.parametrize("note", ["", "!", "a b c"], ids=["no text", "no letters", "no words of two letters"])
@pytest.mark.parametrize("multi_label", [True, False])
def test_texts_without_words_are_answered(note: str, multi_label: bool) -> None:
    train = examples([(note, labels("a")), (note, labels("b")), (note, labels("b"))])
    system = Classical(config(multi_label=multi_label), train, train)
    assert [set(answer.scores) for answer in system.answer(train)] == [{"a", "b"}] * 3


def test_where_training_shows_one_label_it_is_what_is_answered() -> None:
    train = examples([("one more", labels("b")), ("two more", labels("b"))])
    system = Classical(config(labels={"a": "", "b": ""}), train, train)
    assert [answer.labels for answer in system.answer(train)] == [("b",)] * 2
    assert system.choices["t"]["chosen"] == "share of each label in training"


@pytest.mark.parametrize("given", [(), ("a",)], ids=["never carried", "always carried"])
def test_a_label_set_of_one_label_is_answered(given: tuple[str, ...]) -> None:
    train = examples([("one more", labels(*given)), ("two more", labels(*given))])
    system = Classical(config(labels={"a": ""}, multi_label=True), train, train)
    assert [answer.labels for answer in system.answer(train)] == [given] * 2


def test_without_dev_the_plainest_candidate_answers() -> None:
    train = examples([("red apple", labels("a")), ("blue sky", labels("b"))])
    system = Classical(config(), train, [])
    assert [answer.labels for answer in system.answer(train)] == [("a",), ("b",)]
    assert set(system.choices["t"]["dev_figures"].values()) == {None}


def test_sources_without_words_are_summed_up_by_their_opening() -> None:
    train = examples([("", Target(text="Nothing.")), ("", Target(text="Nothing."))])
    task = {"kind": "generate", "instruction": "x", "inputs": {"note": ""}}
    system = Classical(Config.model_validate({"name": "n", "tasks": {"t": task}, "sources": []}), train, train)
    assert [answer.text for answer in system.answer(train)] == ["", ""]
