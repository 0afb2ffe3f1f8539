"""One template for inputs that do not fit: training, the choice on dev and evaluation cut them at the same place."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from miniature import two_task_config, two_task_examples

from luthier.chat_template import ChatTemplate, prompt_room
from luthier.errors import RefusedError
from luthier.inference.engine import Engine
from luthier.inference.systems.tuned import Tuned
from luthier.records import Example
from luthier.store.artefacts import ArtefactStore
from luthier.tasks import build
from luthier.tune.batching import Item
from luthier.tune.encode import encode
from luthier.tune.run import tune
from luthier.tune.settings import Resolved

MAX_TOKENS = 420  # leaves 163 ids to a prompt of `sum`, whose answers may take 256, and 323 to one of `colour`


def _long_examples() -> list[Example]:
    """Notes from a few tokens to some hundreds, among them many between the lengths that `sum` and `colour` hold."""
    return [
        dataclasses.replace(e, inputs={"note": e.inputs["note"] + " and more of it" * (3 * number)})
        for number, e in enumerate(two_task_examples(12))
    ]


@pytest.mark.parametrize("label_head", ["auto", "always", "never"])
def test_long_inputs_have_the_same_ids_in_training_on_dev_and_in_evaluation(
    tmp_path: Path, write_tiny_model: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch, label_head: str
) -> None:
    write_tiny_model(tmp_path / "tiny")
    store, examples = ArtefactStore(tmp_path / ".luthier"), _long_examples()
    with store.write("curate", "c", {}) as writer:
        writer.records("examples", Example, examples)
    config = two_task_config(epochs=1, max_tokens=MAX_TOKENS, max_truncated=1, label_head=label_head)
    trained: list[Item] = []
    monkeypatch.setattr("luthier.tune.steps.pack_step", _recording(trained))
    asked: list[tuple[int, ...]] = []
    monkeypatch.setattr(Engine, "_shared", _spy(Engine._shared, asked))  # every way of asking begins there
    artefact = tune(config, tmp_path, store)
    before_it_was_finished = set(asked)  # dev, and where label heads are fitted first, training examples too
    asked.clear()
    tuned = Tuned(config, tmp_path, artefact)
    list(tuned.answer(examples))
    expected = {e.id: _ids(tuned.template, e, config) for e in examples}
    assert artefact.json("summary")["truncated_inputs"] > 4
    training = {e.id: expected[e.id] for e in examples if e.split == "train"}
    dev = {expected[e.id] for e in examples if e.split == "dev" and e.task == "colour"}
    assert {item.example_id: item.prompt for item in trained} == training
    assert dev <= before_it_was_finished <= dev | set(training.values())
    assert sorted(asked) == sorted(expected.values())


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    note=st.text(st.sampled_from("ab red é\N{SNOWMAN}\N{GRINNING FACE}\n"), max_size=600),
    room=st.integers(20, 200),
    label_head=st.sampled_from(["auto", "always", "never"]),
    task=st.sampled_from(["colour", "sum"]),
)
def test_prompt_and_longest_answer_fit_or_the_prompt_is_refused(
    template: ChatTemplate, settings: Resolved, note: str, room: int, label_head: str, task: str
) -> None:
    """Whole frame, no more ids than there is room for, the same as every system is asked with."""
    tasks = build(two_task_config())
    most = room + tasks[task].max_target_tokens + 1
    example = dataclasses.replace(next(e for e in two_task_examples(1) if e.task == task), inputs={"note": note})
    asked_with = dataclasses.replace(settings, max_tokens=most, label_head=label_head)
    try:
        prompt = template.prompt(tasks[task], example.inputs, max_tokens=most)
    except RefusedError:
        assert (
            room < len(template.prompt(tasks[task], {"note": "[…]"}).ids) + 2
        )  # a text's tokens depend on what it follows
        return
    (item,) = encode([example], tasks, template, asked_with).items
    assert item.prompt == prompt.ids and len(prompt.ids) <= room == prompt_room(tasks[task], most)
    text = template.tokenizer.decode(prompt.ids)
    assert text.startswith(f"<|im_start|>system\n{tasks[task].instruction(explain_labels=False)}<|im_end|>")
    assert text.endswith("<|im_end|>\n<|im_start|>assistant\n")


def _ids(template: ChatTemplate, example: Example, config) -> tuple[int, ...]:  # type: ignore[no-untyped-def]
    return template.prompt(build(config)[example.task], example.inputs, max_tokens=MAX_TOKENS).ids


def _recording(trained: list[Item]):  # type: ignore[no-untyped-def]
    from luthier.tune.batching import pack_step

    def call(items: list[Item], row_tokens: int):  # type: ignore[no-untyped-def]
        trained.extend(items)
        return pack_step(items, row_tokens)

    return call


def _spy(method, asked: list[tuple[int, ...]]):  # type: ignore[no-untyped-def]
    def call(self, prompts, *args, **keywords):  # type: ignore[no-untyped-def]
        asked.extend(tuple(prompt) for prompt in prompts)
        return method(self, prompts, *args, **keywords)

    return call
