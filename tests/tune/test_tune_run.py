"""The tune stage on a tiny model: what it learns, refuses, and leaves behind."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from miniature import two_task_config, two_task_examples

from luthier.base_models import ResolvedModel
from luthier.chat_template import ChatTemplate
from luthier.errors import RefusedError
from luthier.inference.specialist import Specialist
from luthier.inference.systems.tuned import Tuned
from luthier.records import Example
from luthier.store.artefacts import ArtefactStore
from luthier.tasks import build
from luthier.tune.adapters import adapted
from luthier.tune.batching import pack_step
from luthier.tune.run import tune
from luthier.tune.settings import Resolved


@pytest.fixture
def project(tmp_path: Path, write_tiny_model: Callable[[Path], None]) -> tuple[Path, ArtefactStore]:
    write_tiny_model(tmp_path / "tiny")
    store = ArtefactStore(tmp_path / ".luthier")
    _curated(store, two_task_examples(64))
    return tmp_path, store


def _curated(store: ArtefactStore, examples: list[Example]) -> None:
    with store.write("curate", str(len(examples)), {}) as writer:
        writer.records("examples", Example, examples)


def test_a_run_learns_leaves_its_evidence_and_is_not_repeated(project: tuple[Path, ArtefactStore]) -> None:
    root, store = project
    config = two_task_config(epochs=8, learning_rate=5e-3, batch_size=8)
    artefact = tune(config, root, store)
    losses = [line["loss"] for line in artefact.json("training_log")]
    assert losses[-1] < losses[0] - 0.2  # a random model has little to learn with
    summary = artefact.json("summary")
    assert summary["steps"] == 8 * 96 / 8 and summary["examples"] == 96
    assert 0 < summary["trained_parameters"] < summary["total_parameters"]
    settings = {line["name"]: line["from"] for line in artefact.json("settings")}
    assert settings["learning_rate"] == "luthier.yaml" and settings["precision"] == "this machine"
    assert not any((root / ".luthier" / "work").iterdir())
    assert tune(config, root, store).manifest["created"] == artefact.manifest["created"]


def test_the_specialist_that_is_loaded_is_the_one_that_was_saved(project: tuple[Path, ArtefactStore]) -> None:
    root, store = project
    config = two_task_config(epochs=20, learning_rate=5e-3, batch_size=8, label_head="always")
    tuned = Tuned(config, root, tune(config, root, store))
    dev = [example for example in two_task_examples(64) if example.split == "dev"]
    answers = {answer.example_id: answer for answer in tuned.answer(dev)}
    assert answers.keys() == {example.id for example in dev}
    right = [answers[e.id].labels == e.target.labels for e in dev if e.task == "colour"]
    assert sum(right) / len(right) > 0.8, "the labels follow from one word of the note"
    written = [answers[e.id].text == e.target.text for e in dev if e.task == "sum"]
    assert sum(written) > len(written) / 2


@pytest.mark.parametrize("label_head", ["auto", "always", "never"])
def test_a_specialist_answers_whichever_way_it_was_trained(
    project: tuple[Path, ArtefactStore], label_head: str
) -> None:
    root, store = project
    config = two_task_config(epochs=1, label_head=label_head)
    tuned = Tuned(config, root, tune(config, root, store))
    dev = [example for example in two_task_examples(64) if example.split == "dev"]
    assert {answer.example_id for answer in tuned.answer(dev)} == {example.id for example in dev}
    ways = {"always": {"label_head"}, "never": {"generated"}, "auto": {"label_head", "generated"}}
    assert tuned.choices["colour"]["answered_by"] in ways[label_head]


def test_ids_are_the_same_in_training_evaluation_and_the_template(
    project: tuple[Path, ArtefactStore], template: ChatTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the trainer packs, and what the tuned system asks with, are the template's own ids, for every task."""
    root, store = project
    config = two_task_config(epochs=1, batch_size=4)
    trained: dict[str, list[int]] = {}

    def recording(items: list, row_tokens: int):  # type: ignore[no-untyped-def, type-arg]
        step = pack_step(items, row_tokens)
        trained.update({item.example_id: list(item.prompt) for item in items})
        packed_ids = [row.row.ids for row in step.rows]
        for item in items:
            tail = [*item.prompt, *item.target[:-1]][-12:]
            assert any(_contains(ids, tail) for ids in packed_ids)
        return step

    monkeypatch.setattr("luthier.tune.steps.pack_step", recording)
    specialist = Specialist.load(tune(config, root, store), config, root)
    asked: list[list[int]] = []
    system = Tuned(config, root, store.require("tune", ""))
    monkeypatch.setattr(system.engine, "states", _spy(system.engine.states, asked))
    monkeypatch.setattr(system.engine, "continuation_log_probs", _spy(system.engine.continuation_log_probs, asked))
    monkeypatch.setattr(system.engine, "generate", _spy(system.engine.generate, asked))
    train = [example for example in two_task_examples(64) if example.split == "train"]
    list(system.answer(train))
    expected = [list(template.prompt(specialist.tasks[e.task], e.inputs).ids) for e in train]
    assert [trained[e.id] for e in train] == expected
    assert sorted(asked) == sorted(expected)


def test_a_target_that_would_be_cut_refuses_the_run_and_says_what_to_do(project: tuple[Path, ArtefactStore]) -> None:
    root, store = project
    config = two_task_config(epochs=1)
    short = config.model_copy(
        update={"tasks": {**config.tasks, "sum": config.tasks["sum"].model_copy(update={"max_target_tokens": 2})}}
    )
    with pytest.raises(RefusedError, match=r"48 of 96 training examples would be cut .* Raise max_target_tokens"):
        tune(short, root, store)


def test_label_heads_read_as_far_up_as_asked(base: ResolvedModel, settings: Resolved) -> None:
    """Of two layers: never below the first, and at most what the last leaves."""
    tasks, asked = build(two_task_config()), (0.01, 0.5, 1.0)
    modules = [adapted(base, tasks, dataclasses.replace(settings, label_head_depth=depth)) for depth in asked]
    assert [module.head_layers for module in modules] == [1, 1, 2]


def test_a_label_head_below_everything_that_is_adapted_refuses_the_run(project: tuple[Path, ArtefactStore]) -> None:
    """It would be tuned alone for as long as a run takes, and the model would be the one that came."""
    root, store = project
    with pytest.raises(RefusedError, match=r"nothing of the model would be tuned for 'colour': .* reads what 1 of 2"):
        tune(two_task_config(epochs=1, label_head="always", lora={"upper_layers": 0.5}), root, store)
    assert not store.keys("tune")


def test_a_label_without_examples_refuses_the_run(project: tuple[Path, ArtefactStore]) -> None:
    root, store = project
    _curated(store, [e for e in two_task_examples(60) if "red" not in (e.target.labels or ())])
    with pytest.raises(RefusedError, match="no training example of 'colour' carries the label 'red'"):
        tune(two_task_config(epochs=1), root, store)


def _contains(ids: list[int], tail: list[int]) -> bool:
    return any(ids[start : start + len(tail)] == tail for start in range(len(ids) - len(tail) + 1))


def _spy(method, asked: list[list[int]]):  # type: ignore[no-untyped-def]
    def call(prompts, *args, **keywords):  # type: ignore[no-untyped-def]
        asked.extend(list(prompt) for prompt in prompts)
        return method(prompts, *args, **keywords)

    return call
