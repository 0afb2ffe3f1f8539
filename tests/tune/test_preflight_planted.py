"""The mistakes that other tools train on without a word, each planted and each refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from miniature import two_task_config, two_task_examples
from mistaken_runs import checked, material, refused, with_items

from luthier.errors import RefusedError
from luthier.records import Example, Target
from luthier.tune.preflight import allowed_to_start

THINKING = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{% if message['role'] == 'assistant' %}{{ '<think>\n\n</think>\n\n' }}{% endif %}"
    "{{ message['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}CLOSED{% endif %}"
)
ADDS_TOKENS = THINKING.replace("CLOSED", "")
ADDS_THEM_TO_PROMPTS_TOO = THINKING.replace(
    "CLOSED", "{% if not enable_thinking %}{{ '<think>\n\n</think>\n\n' }}{% endif %}"
)
ENDS_TURNS_WITH_WORDS = (
    "{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}"
)


def test_nothing_is_refused_where_nothing_is_planted(tiny_model: Path) -> None:
    assert refused(material(tiny_model)) == set()


def test_targets_that_are_cut_whole_are_refused_with_the_length_that_fits(tiny_model: Path) -> None:
    config = two_task_config()
    short = config.model_copy(
        update={"tasks": {**config.tasks, "sum": config.tasks["sum"].model_copy(update={"max_target_tokens": 1})}}
    )
    of = material(tiny_model, config=short)
    check = checked(of)["truncated targets"]
    assert check.state == "refuse" and check.figure == 0.5  # every `sum`, and those are half
    longest = max(of.encoded.lengths[example.id][1] for example in of.train) - 1  # the end of turn comes on top
    assert f"Raise max_target_tokens to {longest}, which fits all" in str(check.fix)
    assert len(check.examples) == 3 and all(name.startswith("sum:") for name in check.examples)
    with pytest.raises(RefusedError, match="90 of 180 training examples would be cut") as refusal:
        allowed_to_start(of)
    assert "sum:0" in str(refusal.value)


def test_an_empty_loss_mask_is_refused_however_few_it_concerns(tiny_model: Path) -> None:
    of = material(tiny_model)
    items = list(of.encoded.items)
    at = next(number for number, item in enumerate(items) if item.labels is None)
    items[at] = dataclasses.replace(items[at], target=())
    check = checked(with_items(of, items))["examples without a target"]
    assert check.state == "refuse" and check.examples == (items[at].example_id,)


def test_a_target_of_no_words_is_no_target(tiny_model: Path) -> None:
    """Its one token is the end of turn, which would pass for something to learn."""
    examples = two_task_examples(40)
    at = next(number for number, example in enumerate(examples) if example.task == "sum" and example.split == "train")
    examples[at] = dataclasses.replace(examples[at], target=Target(text=""))
    assert "examples without a target" in refused(material(tiny_model, examples))


def test_an_example_that_only_a_label_head_learns_from_has_a_target(tiny_model: Path) -> None:
    of = material(tiny_model, config=two_task_config(label_head="always"))
    assert any(not item.target for item in of.encoded.items)
    assert checked(of)["examples without a target"].state == "ok"


def test_a_template_that_adds_tokens_before_the_answer_is_refused(tiny_model: Path) -> None:
    of = material(tiny_model, chat_template=ADDS_TOKENS)
    check = checked(of)["whole conversation"]
    assert check.state == "refuse" and check.figure == 1.0
    assert "max_template_mismatch: 1" in str(check.fix)


def test_a_template_of_a_model_that_reasons_aloud_is_asked_not_to(tiny_model: Path) -> None:
    """What it puts before every answer then stands in the prompt too, and both ways give the same ids."""
    assert refused(material(tiny_model, chat_template=ADDS_THEM_TO_PROMPTS_TOO)) == set()


def test_prompts_that_inference_would_show_otherwise_are_refused(tiny_model: Path) -> None:
    of = material(tiny_model)
    items = [dataclasses.replace(item, prompt=item.prompt[1:]) for item in of.encoded.items]
    assert {"training and inference", "whole conversation"} <= refused(with_items(of, items))


def test_a_missing_end_of_turn_is_refused(tiny_model: Path) -> None:
    of = material(tiny_model)
    items = [dataclasses.replace(item, target=item.target[:-1]) for item in of.encoded.items]
    check = checked(with_items(of, items))["end of turn"]
    assert check.state == "refuse" and "<|im_end|>" in check.what


def test_a_template_that_ends_turns_with_no_token_of_its_own_is_warned_of(tiny_model: Path) -> None:
    """The model learns to end with the tokenizer's end of text; a server that goes by the template would not stop."""
    check = checked(material(tiny_model, chat_template=ENDS_TURNS_WITH_WORDS))["end of turn in the template"]
    assert check.state == "warn" and check.figure == 1.0


def test_characters_that_the_tokenizer_does_not_know_are_refused(tiny_model: Path) -> None:
    of = material(tiny_model)
    lossy = dataclasses.replace(of, template=_without_the_letter_e(of))
    assert "text round trip" in refused(lossy)


def _without_the_letter_e(of):  # type: ignore[no-untyped-def]
    """The same template, whose ids lose a letter when they are read again."""
    import copy

    template = copy.copy(of.template)
    template.shown = lambda ids: type(template).shown(template, ids).replace("e", "")
    return template


def test_test_rows_in_training_are_refused_whatever_their_case_and_spacing(tiny_model: Path) -> None:
    examples = two_task_examples(120)
    train = [example for example in examples if example.split == "train" and example.task == "sum"][:10]
    copied = [
        dataclasses.replace(
            example,
            id=f"test:{example.id}",
            split="test",
            group=f"other {example.id}",
            inputs={"note": f" {example.inputs['note'].upper()}  "},
        )
        for example in train
    ]
    check = checked(material(tiny_model, [*examples, *copied]))["overlap of train and test"]
    assert check.state == "refuse" and check.figure == 1.0 and check.examples[0] == copied[0].id
    assert check.detail == {"exact": 0, "normalised": 10}


def test_groups_on_both_sides_of_a_split_are_refused(tiny_model: Path) -> None:
    examples = two_task_examples(40)
    dev = next(number for number, example in enumerate(examples) if example.split == "dev")
    examples[dev] = dataclasses.replace(examples[dev], group=examples[0].group)
    assert refused(material(tiny_model, examples)) == {"groups in train and dev"}


def test_a_learning_rate_100_times_too_high_is_refused_and_under_full_tuning_10_times_lower(tiny_model: Path) -> None:
    """The tiny model borrows 5e-4 to 2e-3; full fine-tuning wants a tenth of that; refused is ten times the top."""
    check = checked(material(tiny_model, config=two_task_config(learning_rate=0.1)))["learning rate"]
    assert check.state == "refuse" and "between 0.0005 and 0.002" in str(check.fix)
    assert check.limit == pytest.approx(0.02)
    states = {
        (method, rate): checked(material(tiny_model, config=two_task_config(method=method, learning_rate=rate)))[
            "learning rate"
        ].state
        for method, rate in (("lora", 1e-3), ("full", 1e-4), ("full", 1e-3), ("full", 3e-3), ("lora", 1e-5))
    }
    assert states == {
        ("lora", 1e-3): "ok",
        ("full", 1e-4): "ok",
        ("full", 1e-3): "warn",
        ("full", 3e-3): "refuse",
        ("lora", 1e-5): "warn",
    }


def test_duplicates_and_conflicts_are_counted_and_refused_above_their_limits(tiny_model: Path) -> None:
    def repeated(times: int, text: str) -> list[Example]:
        first = next(example for example in two_task_examples(40) if example.task == "sum")
        return [
            dataclasses.replace(first, id=f"copy:{number}", group=f"copy:{number}", target=Target(text=text))
            for number in range(times)
        ]

    right = next(example for example in two_task_examples(40) if example.task == "sum").target.text or ""
    found = checked(material(tiny_model, [*two_task_examples(40), *repeated(3, right)]))["duplicates in training"]
    assert found.state == "warn" and found.figure == pytest.approx(3 / 63)  # 60 in train and the three
    assert "duplicates in training" in refused(material(tiny_model, [*two_task_examples(40), *repeated(20, right)]))
    # The original and both copies ask the same and teach two things: three of 62.
    conflict = checked(material(tiny_model, [*two_task_examples(40), *repeated(2, "Other.")]))["conflicting targets"]
    assert conflict.state == "warn" and conflict.figure == pytest.approx(3 / 62)
    assert "conflicting targets" in refused(material(tiny_model, [*two_task_examples(40), *repeated(4, "Other.")]))


def test_a_label_that_nothing_teaches_is_refused_and_a_rare_one_warned_of(tiny_model: Path) -> None:
    examples = [
        example if example.task == "sum" or example.target.labels != ("blue",) else _relabelled(example, ("red",))
        for example in two_task_examples(40)
    ]
    none_blue = [
        _relabelled(example, ("red",)) if example.target.labels and "blue" in example.target.labels else example
        for example in examples
    ]
    found = checked(material(tiny_model, none_blue))
    assert found["labels of colour in train"].state == "refuse"
    assert found["labels of colour in dev"].state == "warn"
    kept = next(
        example for example in examples if example.target.labels == ("red", "blue") and example.split == "train"
    )
    one_blue = [kept if example.id == kept.id else example for example in none_blue]
    balance = checked(material(tiny_model, one_blue))["label balance of colour"]
    assert balance.state == "warn" and balance.detail["rarest"]["blue"] == 1


def _relabelled(example: Example, labels: tuple[str, ...]) -> Example:
    return dataclasses.replace(example, target=Target(labels=labels))


def test_one_very_long_example_is_named_and_inputs_over_the_limit_are_refused(tiny_model: Path) -> None:
    examples = two_task_examples(120)
    examples[0] = dataclasses.replace(examples[0], inputs={"note": "The note says red and blue things. " * 60})
    found = checked(material(tiny_model, examples))
    assert found["length outliers"].examples == (examples[0].id,)
    of = material(tiny_model, examples, two_task_config(max_tokens=380))
    cut = checked(of)["truncated inputs"]
    assert cut.examples == (examples[0].id,) and cut.state == "warn"  # 1 of 180 is within 2%
    fits = cut.detail["max_tokens_that_fit_all"]
    assert checked(material(tiny_model, examples, two_task_config(max_tokens=fits)))["truncated inputs"].state == "ok"
    one_less = checked(material(tiny_model, examples, two_task_config(max_tokens=fits - 1)))["truncated inputs"]
    assert one_less.figure == pytest.approx(1 / 180)


def test_too_few_steps_too_many_epochs_and_a_batch_of_everything_are_warned_of(tiny_model: Path) -> None:
    found = checked(material(tiny_model, two_task_examples(8), two_task_config(batch_size=64, epochs=30)))
    assert {name for name in ("epochs", "batch size") if found[name].state == "warn"} == {"epochs", "batch size"}
    few = checked(material(tiny_model, two_task_examples(8), two_task_config(batch_size=4, epochs=1)))
    assert few["optimiser steps"].state == "warn" and few["optimiser steps"].figure == 3  # 12 examples, 4 a step


def test_a_model_that_the_machine_cannot_hold_is_refused_before_it_is_loaded(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """81,328 weights and adapters take over 0.3 MB in float32."""
    monkeypatch.setattr("luthier.tune.preflight.memory.available_memory", lambda device: 300_000)
    check = checked(material(tiny_model))["memory before rows"]
    assert check.state == "refuse" and "smaller base_model" in str(check.fix)
