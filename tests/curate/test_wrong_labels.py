"""Planted wrong labels are found, and the likelier label is named."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest

from luthier.config.curation.wrong_labels import WrongLabels
from luthier.curate.compare.wrong_labels import find_wrong_labels, out_of_fold
from luthier.errors import RequestError
from luthier.records import Example, Provenance, Target

MATTER = {
    "card": "card chip lost blocked pin reader contactless",
    "loan": "loan instalment borrow mortgage repay house",
    "fraud": "stolen phishing unknown debit scam police",
    "login": "password forgot screen reset account locked",
}
SMALL_TALK = ["please", "hello", "could", "you", "my", "the", "today", "thanks", "tell", "me", "about", "again"]


def example(number: int, text: str, labels: Sequence[str], group: str | None = None) -> Example:
    source = Provenance(source="s", file="f.csv", row=number)
    target = Target(labels=tuple(labels))
    return Example(
        id=f"e{number:05}", task="t", inputs={"text": text}, target=target, source=source, group=group or str(number)
    )


def planted(n: int, share: float) -> tuple[list[Example], dict[str, str]]:
    """Messages, and the right label of those whose label was changed."""
    rng = random.Random(7)
    made, wrong = [], {}
    for number in range(n):
        right = rng.choice(list(MATTER))
        words = rng.choices(MATTER[right].split(), k=3) + rng.choices(SMALL_TALK, k=5)
        given = right
        if rng.random() < share:
            given = rng.choice([label for label in MATTER if label != right])
            wrong[f"e{number:05}"] = right
        made.append(example(number, " ".join(rng.sample(words, len(words))), [given]))
    return made, wrong


def test_five_per_cent_of_wrong_labels_are_found_with_the_right_ones() -> None:
    made, wrong = planted(600, 0.05)
    findings = find_wrong_labels(made, WrongLabels(), multi_label=False, seed=1)
    hits = [f for f in findings if wrong.get(f.record_id) == f.after]
    assert len(hits) >= 0.8 * len(wrong) and len(hits) >= 0.8 * len(findings)
    assert {f.action for f in findings} == {"flag"} and findings[0].score == max(f.score or 0 for f in findings)


def test_the_order_of_examples_changes_nothing() -> None:
    made, _ = planted(300, 0.05)
    settings = WrongLabels()
    forwards = find_wrong_labels(made, settings, multi_label=False, seed=1)
    assert forwards == find_wrong_labels(made[::-1], settings, multi_label=False, seed=1)


def test_a_label_of_a_set_is_doubted_by_itself() -> None:
    rng = random.Random(3)
    made, wrong = [], set()
    for number in range(600):
        labels = set(rng.sample(list(MATTER), rng.randint(0, 2)))
        words = [word for label in sorted(labels) for word in rng.choices(MATTER[label].split(), k=3)]
        for label in MATTER:
            if rng.random() < 0.03:
                wrong.add((f"e{number:05}", "label.missing" if label in labels else "label.surplus", label))
                labels ^= {label}
        made.append(example(number, " ".join(words + rng.choices(SMALL_TALK, k=4)), sorted(labels)))
    findings = find_wrong_labels(made, WrongLabels(), multi_label=True, seed=1)
    doubted = {(f.record_id, f.code, f.before or f.after or "") for f in findings}
    assert len(doubted & wrong) >= 0.8 * max(len(doubted), len(wrong))
    assert {code for _, code, _ in doubted} == {"label.missing", "label.surplus"}


def test_no_example_is_judged_by_its_own_group() -> None:
    # each group has words of its own, so that who has not seen the group knows nothing of its labels
    made = [
        example(n, f"word{n // 20} thing{n // 20}", ["a" if n // 20 % 2 else "b"], f"g{n // 20}") for n in range(200)
    ]
    truth = np.array([n // 20 % 2 for n in range(200)])
    sure = out_of_fold(made, truth, WrongLabels(), 1).max(axis=1)
    assert len(np.unique(np.round(sure, 9))) <= 5  # one value a fold: the classifier's mere base rate


def test_few_examples_are_left_alone_and_missing_embeddings_are_said() -> None:
    made, _ = planted(50, 0.1)
    assert find_wrong_labels(made, WrongLabels(), multi_label=False, seed=1) == []
    with pytest.raises(RequestError, match="embeddings"):
        find_wrong_labels(made, WrongLabels(features="embeddings"), multi_label=False, seed=1)


def test_texts_without_a_common_word_say_nothing_of_each_other() -> None:
    made = [example(n, f"reference{n}", ["a" if n % 2 else "b"]) for n in range(200)]
    assert find_wrong_labels(made, WrongLabels(), multi_label=False, seed=1) == []


def test_examples_of_one_group_are_not_judged() -> None:
    made = [example(n, MATTER["card"], ["a" if n % 2 else "b"], group="one") for n in range(200)]
    assert find_wrong_labels(made, WrongLabels(), multi_label=False, seed=1) == []
    assert find_wrong_labels(made, WrongLabels(), multi_label=True, seed=1) == []


def test_a_label_that_the_classifier_cannot_tell_is_left_alone() -> None:
    rng = random.Random(3)
    made = [example(n, rng.choice(list(MATTER.values())), [rng.choice("ab")]) for n in range(400)]
    assert find_wrong_labels(made, WrongLabels(), multi_label=True, seed=1) == []
    assert find_wrong_labels(made, WrongLabels(), multi_label=False, seed=1) == []
