"""Does a classifier learn better without the examples that `wrong_labels` flags than without as many random ones?

    python benchmarks/wrong_labels.py --data FOLDER [--quick]

FOLDER holds BANKING77's train.csv and test.csv (columns text and category). A cheap classifier is trained without the
flagged examples and, for each seed, without as many drawn at random; both answer all of test. The difference in
accuracy has an interval over test items (paired: the same items, each arm averaged over its seeds). The peer is random
removal.

This is done twice: with the labels as they were published, and with 5% of them changed on purpose, where it is also
counted how many of the changed ones are flagged. The first can only show little: some 2% are flagged, among them
neighbouring intents that people confuse in test as well. `--quick` flags about twenty, which decides nothing about the
first; on all of it the run takes about two minutes on one core.
"""

from __future__ import annotations

import argparse
import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from luthier.config.curation.wrong_labels import WrongLabels
from luthier.curate.compare.wrong_labels import find_wrong_labels
from luthier.records import Example, Provenance, Target
from luthier.statistics.bootstrap import cluster_bootstrap

NOISE = 0.05
QUICK_INTENTS = 25


def main() -> None:
    """Runs both parts and prints a table, then a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_INTENTS} intents and fewer seeds, half a minute")
    arguments = parser.parse_args()
    train, test = read(arguments.data / "train.csv"), read(arguments.data / "test.csv")
    if arguments.quick:
        intents = set(sorted({label for _, label in train})[:QUICK_INTENTS])
        train, test = ([row for row in rows if row[1] in intents] for rows in (train, test))
    draws, seeds = (range(5), range(2)) if arguments.quick else (range(20), range(5))
    setting = {"training": len(train), "test": len(test), "intents": len({label for _, label in train})}
    flagged = doubted(train)
    as_published = compared(*removal(train, test, flagged, draws))
    changed = [planted(train, test, seed) for seed in seeds]
    precision, recall = (float(np.mean([getattr(one, name) for one in changed])) for name in ("precision", "recall"))
    as_changed = compared(*(np.mean([getattr(one, arm) for one in changed], axis=0) for arm in ("ours", "peer")))
    print(f"{len(train)} training and {len(test)} test messages; {len(flagged)} flagged in the published labels")
    for what, result in (("as published", as_published), (f"{NOISE:.0%} changed", as_changed)):
        print(
            f"{what}: accuracy without the flagged {result['ours']:.4f}, without as many at random {result['peer']:.4f}"
            f", difference {result['difference']:+.4f} ({result['low']:+.4f} to {result['high']:+.4f})"
        )
    print(f"{NOISE:.0%} changed: precision {precision:.3f}, recall {recall:.3f}")
    removed = [
        {
            "claim": f"BANKING77 accuracy without the flagged examples, labels {what}",
            "peer_name": "random removal",
            "unit": "accuracy",
            "ratio": result["ours"] / result["peer"],
            **result,
            **setting,
        }
        for what, result in (("as published", as_published), (f"with {NOISE:.0%} changed", as_changed))
    ]
    bounds = [
        {"claim": f"planted wrong labels, {name}", "value": value, "bound": 0.8, "holds": value >= 0.8, **setting}
        for name, value in (("precision", precision), ("recall", recall))
    ]
    print(json.dumps([{**removed[0], "flagged": len(flagged)}, removed[1], *bounds]))


def read(path: Path) -> list[tuple[str, str]]:
    """(text, label) of each row."""
    with path.open(encoding="utf-8", newline="") as stream:
        return [(row["text"], row["category"]) for row in csv.DictReader(stream)]


def removal(
    train: list[tuple[str, str]], test: list[tuple[str, str]], flagged: set[int], draws: range
) -> tuple[np.ndarray, np.ndarray]:
    """Which test items are answered rightly without the flagged examples, and how often without as many at random."""
    ours = right_answers([row for place, row in enumerate(train) if place not in flagged], test)
    peers = []
    for seed in draws:
        gone = set(np.random.default_rng(seed).choice(len(train), len(flagged), replace=False).tolist())
        peers.append(right_answers([row for place, row in enumerate(train) if place not in gone], test))
    return ours, np.mean(peers, axis=0)


def compared(ours: np.ndarray, peer: np.ndarray) -> dict[str, float]:
    """Both arms' accuracy and their paired difference with a 95% interval over test items."""
    sums = np.stack([ours - peer, np.ones(len(ours))], axis=1)
    difference = cluster_bootstrap(
        sums, lambda s: s[..., 0] / s[..., 1], range(len(ours)), draws=4000, confidence=0.95, seed=1
    )
    return {
        "ours": float(ours.mean()),
        "peer": float(peer.mean()),
        "difference": difference.value,
        "low": difference.low,
        "high": difference.high,
    }


@dataclass(frozen=True)
class Planted:
    """How the flags fare where labels were changed on purpose; `ours` and `peer` as `removal` gives them."""

    precision: float
    recall: float
    ours: np.ndarray
    peer: np.ndarray


def planted(train: list[tuple[str, str]], test: list[tuple[str, str]], seed: int) -> Planted:
    """Changes a share of the training labels at random and sees what is flagged, and what its removal brings."""
    generator = np.random.default_rng(seed)
    labels = sorted({label for _, label in train})
    wrong = set(generator.choice(len(train), round(NOISE * len(train)), replace=False).tolist())
    noisy = [
        (text, str(generator.choice([other for other in labels if other != label])) if place in wrong else label)
        for place, (text, label) in enumerate(train)
    ]
    flagged = doubted(noisy)
    hits = len(flagged & wrong)
    ours, peer = removal(noisy, test, flagged, range(seed, seed + 1))
    return Planted(hits / max(1, len(flagged)), hits / len(wrong), ours, peer)


def doubted(rows: list[tuple[str, str]]) -> set[int]:
    """The rows that the rule flags, by place."""
    examples = [
        Example(
            id=f"{place:06}",
            task="intent",
            inputs={"text": text},
            target=Target(labels=(label,)),
            source=Provenance(source="banking77", file="train.csv", row=place + 1),
            group=str(place),
        )
        for place, (text, label) in enumerate(rows)
    ]
    return {int(f.record_id) for f in find_wrong_labels(examples, WrongLabels(), multi_label=False, seed=1)}


def right_answers(train: list[tuple[str, str]], test: list[tuple[str, str]]) -> np.ndarray:
    """1 for each test item that a classifier trained on `train` gets right, else 0."""
    vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    model = LinearSVC().fit(vectors.fit_transform([text for text, _ in train]), [label for _, label in train])
    given = model.predict(vectors.transform([text for text, _ in test]))
    return np.asarray(given == np.array([label for _, label in test]), dtype=np.float64)


if __name__ == "__main__":
    main()
