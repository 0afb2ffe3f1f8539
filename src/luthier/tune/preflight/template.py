"""Whether the ids that a model is trained on are those it will be asked with, here and by anybody's server.

Three things are held together for examples drawn evenly from each task:

    text -> ids -> text          nothing is lost on the way through the tokenizer
    prompt + target              equals the ids of the whole conversation under the model's own chat template
    what inference would show    equals the prompt that was encoded for training
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from luthier.records import Example
from luthier.tune.batching import Item
from luthier.tune.preflight.check import Check, Material, by_share, percent

Judge = Callable[[Material, Example, Item], bool]  # whether an example is as it should be
FOREIGN_SERVER = "set tune.preflight.max_template_mismatch: 1 if only Luthier serves it"


def template_checks(material: Material) -> list[Check]:
    """Round trip, whole conversation, and training against inference."""
    drawn = list(_drawn(material))
    whole = [(example, item) for example, item in drawn if example.id not in set(material.encoded.truncated_inputs)]
    found = [
        _judged(
            "text round trip",
            "examples' texts do not come back out of their ids ({share}, the limit is {limit})",
            "Take a tokenizer that knows the data's characters, or a base model of another family",
            "texts come back out of their ids unchanged",
            material,
            whole,
            _comes_back,
        ),
        _judged(
            "whole conversation",
            "examples' ids differ from the whole conversation under the model's own chat template ({share}, the limit "
            "is {limit}): the template adds or merges tokens around the answer, so another server would ask in other "
            "ids than were taught",
            f"Correct the model's chat_template, or {FOREIGN_SERVER}",
            "prompt and target are the whole conversation's ids under the model's own chat template",
            material,
            whole,
            _is_the_conversation,
        ),
        _judged(
            "training and inference",
            "examples would be asked with other ids than they were taught with ({share}, the limit is {limit})",
            "Run `luthier tune --fresh`; if it stays, the tokenizer or the template changed between reading and asking",
            "inference shows what training shows",
            material,
            drawn,
            _is_asked_alike,
        ),
    ]
    return [*found, _ends_turn(material, whole)]


def _drawn(material: Material) -> Iterator[tuple[Example, Item]]:
    """As many examples of each task as `template_examples`, evenly spread, each with its item."""
    items = {item.example_id: item for item in material.encoded.items}
    for task in material.tasks:
        own = [example for example in material.train if example.task == task and example.id in items]
        count = min(len(own), material.limits.template_examples)
        for number in range(count):
            example = own[number * len(own) // count]
            yield example, items[example.id]


def _judged(
    name: str,
    found: str,
    fix: str,
    fine: str,
    material: Material,
    drawn: Sequence[tuple[Example, Item]],
    judge: Judge,
) -> Check:
    wrong = [example.id for example, item in drawn if not judge(material, example, item)]
    return by_share(
        name,
        wrong,
        len(drawn),
        material.limits.max_template_mismatch,
        setting="tune.preflight.max_template_mismatch",
        found=found,
        fix=fix,
        fine=f"{len(drawn)} examples read: {fine}",
    )


def _comes_back(material: Material, example: Example, item: Item) -> bool:
    """Whether every field and the target can be read again in the decoded ids."""
    task, template = material.tasks[example.task], material.template
    shown = template.shown(item.prompt)
    if any(template.defused(example.inputs[name]).strip() not in shown for name in task.fields):
        return False
    if not item.target or example.id in material.encoded.truncated_targets:
        return True
    written = template.defused(task.write(example.target))
    return template.shown(item.target[:-1]).strip() == written.strip()


def _is_the_conversation(material: Material, example: Example, item: Item) -> bool:
    """Whether prompt and target, the end of turn aside, open the whole conversation's ids."""
    if example.id in material.encoded.truncated_targets:
        return True
    ours = (*item.prompt, *item.target[:-1])
    return _conversation(material, example, item)[: len(ours)] == ours


def _is_asked_alike(material: Material, example: Example, item: Item) -> bool:
    task = material.tasks[example.task]
    return material.template.prompt(task, example.inputs, max_tokens=material.settings.max_tokens).ids == item.prompt


def _conversation(material: Material, example: Example, item: Item) -> tuple[int, ...]:
    task = material.tasks[example.task]
    answer = task.write(example.target) if item.target else None
    return material.template.conversation(task, example.inputs, answer)


def _ends_turn(material: Material, drawn: Sequence[tuple[Example, Item]]) -> Check:
    """Whether the model's own template puts the end of turn where targets end; a warning, for others' servers."""
    written = [(example, item) for example, item in drawn if item.target]
    wrong = []
    for example, item in written:
        at = len(item.prompt) + len(item.target) - 1
        if _conversation(material, example, item)[at : at + 1] != item.target[-1:]:
            wrong.append(example.id)
    share = len(wrong) / max(1, len(written))
    return Check(
        name="end of turn in the template",
        state="warn" if wrong else "ok",
        what=f"the model's chat template does not end {percent(share)} of the answers read with the end of turn taught"
        if wrong
        else "the model's chat template ends answers as they are taught to end",
        figure=share,
        limit=0.0,
        fix="Let whoever serves it stop at that token too, or correct the model's chat_template" if wrong else None,
        examples=tuple(wrong[:3]),
    )
