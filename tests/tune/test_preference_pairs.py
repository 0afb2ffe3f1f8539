"""Which pairs may teach, and that they ask in the words that supervised tuning asked in."""

from __future__ import annotations

import dataclasses

import pytest
from miniature import two_task_config, two_task_examples

from luthier.chat_template import ChatTemplate
from luthier.records import Example, Pair, Provenance, Target
from luthier.tasks import build
from luthier.tune.batching import Item
from luthier.tune.preference_pairs import Admission, encode_pairs
from luthier.tune.settings import Resolved

EXAMPLES = [dataclasses.replace(e, group=f"C-{1000 + int(e.group)}") for e in two_task_examples(8)]  # 3 and 7 are dev


def pair(note: str, group: str | None = None, chosen: str = "Fine.", rejected: str = "Bad.") -> Pair:
    return Pair(
        id="p",
        task="sum",
        inputs={"note": note},
        chosen=Target(text=chosen),
        rejected=Target(text=rejected),
        source=Provenance(source="corrections", file="c.jsonl", row=1),
        group=group,
    )


def of(number: int) -> str:
    return next(e.inputs["note"] for e in EXAMPLES if e.id == f"sum:{number}")


@pytest.mark.parametrize(
    ("offered", "code"),
    [
        (pair("Something new.", group="C-1000"), None),  # a training client's
        (pair("Something new.", group="C-9999"), None),  # a client whom no example knows measures nothing
        (pair(of(0)), None),  # asks what a training example asks, so it is known whose it is
        (pair("Something new.", group="C-1003"), "pair.measured_group"),
        (pair(of(3), group="C-1000"), "pair.measured_inputs"),
        (pair("About C-1007 again.", group="C-1000"), "pair.names_measured"),
        (pair("Something new."), "pair.nobodys"),
        (pair("What curation dropped."), "pair.removed"),
    ],
)
def test_who_is_measured_teaches_nothing(offered: Pair, code: str | None) -> None:
    dropped = dataclasses.replace(EXAMPLES[1], id="sum:dropped", inputs={"note": "What curation dropped."})
    admitted = Admission([*EXAMPLES, dropped], EXAMPLES).admit([offered])
    assert admitted.refused == ({code: 1} if code else {})
    assert len(admitted.pairs) == (code is None)


def test_pool_teaches(template: ChatTemplate) -> None:
    pool = [dataclasses.replace(example, split="pool") for example in EXAMPLES]
    assert Admission(pool, pool).admit([pair("New.", group="C-1003"), pair(of(3))]).refused == {}


def test_a_pairs_prompt_is_byte_for_byte_the_supervised_one(
    template: ChatTemplate, settings: Resolved, items: list[Item]
) -> None:
    """It is recognised by what came in, and asks what curation made of that."""
    came_in: list[Example] = [
        dataclasses.replace(e, inputs={"note": f"  {e.inputs['note']}\u00a0"}) for e in two_task_examples(10)
    ]
    curated = two_task_examples(10)
    tasks = build(two_task_config())
    offered = [pair(e.inputs["note"]) for e in came_in if e.task == "sum" and e.split == "train"]
    admitted = Admission(came_in, curated).admit(offered)
    encoded, refused = encode_pairs(admitted, tasks, template, settings.max_tokens)
    assert not refused
    supervised = {item.example_id: item for item in items if item.task == "sum"}
    trained = [supervised[e.id].prompt for e in curated if e.task == "sum" and e.split == "train"]
    assert [one.prompt for one in encoded] == trained
    assert encoded[0].chosen == template.target("Fine.") and encoded[0].rejected == template.target("Bad.")
    assert encoded[0].chosen[-1] == template.end_of_turn


def test_what_does_not_fit_is_refused_whole_and_counted(template: ChatTemplate) -> None:
    tasks = build(two_task_config())
    offered = [
        pair("Short.", "C-1000"),
        pair("Long answer.", "C-1000", rejected="bad " * 400),  # more than the task's 256 tokens
        pair("long note " * 300, "C-1000"),
    ]
    encoded, refused = encode_pairs(Admission(EXAMPLES, EXAMPLES).admit(offered), tasks, template, 600)
    assert len(encoded) == 1 and refused == {"pair.long": 1, "pair.cut": 1}
