"""Whether there is enough, and what is missing."""

from __future__ import annotations

import dataclasses
import random

import numpy as np

from luthier.config.curation.readiness import Readiness
from luthier.curate.readiness import judge_readiness
from luthier.records import Example, Provenance, Split, Target

WORDS = {"card": "card lost block pin chip", "loan": "loan borrow rate instalment house"}


def examples(n: int, seed: int = 1, noise: float = 0.0) -> list[Example]:
    """Requests of three words each; with `noise` a share of the labels is drawn blindly."""
    rng = random.Random(seed)
    made = []
    for number in range(n):
        label = rng.choice(list(WORDS))
        text = " ".join(rng.choices(WORDS[label].split(), k=3))
        shown = rng.choice(list(WORDS)) if rng.random() < noise else label
        split: Split = "dev" if number % 5 == 0 else "train"
        made.append(
            Example(
                id=f"e{number:05}",
                task="t",
                inputs={"text": text},
                target=Target(labels=(shown,)),
                source=Provenance(source="s", file="f", row=number),
                group=f"g{number}",
                split=split,
            )
        )
    return made


SMALL = Readiness(enough=1000, at_least=100, per_label=10, draws=40)


def test_a_flat_curve_is_ready_with_fewer_than_the_usual_number() -> None:
    verdict = judge_readiness("t", examples(600), SMALL, multi_label=False, seed=1)
    assert verdict.state == "ready" and verdict.curve is not None
    assert verdict.curve.figures[-1] == 1.0


def test_a_curve_at_chance_says_nothing_however_flat_it_is() -> None:
    verdict = judge_readiness("t", examples(600, noise=1.0), SMALL, multi_label=False, seed=1)
    assert verdict.curve is not None and not verdict.curve.learns
    assert verdict.state == "undecided"
    assert any("answers which read nothing" in reason for reason in verdict.reasons)


def test_enough_of_everything_is_ready_whatever_the_curve() -> None:
    verdict = judge_readiness("t", examples(1000, noise=0.5), SMALL, multi_label=False, seed=1)
    assert verdict.state == "ready"


def test_a_label_that_is_missing_is_asked_for_by_name() -> None:
    verdict = judge_readiness("t", examples(600), SMALL, labels=("fraud",), multi_label=False, seed=1)
    assert (verdict.state, verdict.short_labels) == ("not_ready", {"fraud": 10})
    assert verdict.collect[0] == "10 more training examples labelled 'fraud'"


def test_too_few_are_not_ready_and_say_how_many_are_wanted() -> None:
    verdict = judge_readiness("t", examples(60), SMALL, multi_label=False, seed=1)
    assert verdict.state == "not_ready" and "940 more examples in all, to reach 1000" in verdict.collect


def test_without_dev_nothing_is_decided() -> None:
    train = [example for example in examples(600) if example.split == "train"]
    verdict = judge_readiness("t", train, SMALL, multi_label=False, seed=1)
    assert (verdict.state, verdict.curve) == ("undecided", None)


def test_the_verdict_does_not_depend_on_the_order_of_examples() -> None:
    made = examples(300, noise=0.2)
    one = judge_readiness("t", made, SMALL, multi_label=False, seed=1)
    train, dev = ([e for e in made if e.split == split] for split in ("train", "dev"))
    assert judge_readiness("t", [*reversed(train), *dev], SMALL, multi_label=False, seed=1) == one


def test_requests_without_a_word_have_no_curve() -> None:
    made = [dataclasses.replace(example, inputs={"text": "?!"}) for example in examples(600)]
    verdict = judge_readiness("t", made, SMALL, multi_label=False, seed=1)
    assert (verdict.state, verdict.curve) == ("undecided", None)
    assert verdict.collect == ("400 more examples in all, to reach 1000",)  # and no dev split: there is one


def test_a_curve_draws_from_no_generator_but_its_own() -> None:
    np.random.seed(1)
    before = np.random.get_state()[1].copy()
    judge_readiness("t", examples(300, noise=0.2), SMALL, multi_label=False, seed=1)
    assert (np.random.get_state()[1] == before).all() and np.random.get_state()[2] == 624  # as seeded: nothing drawn
