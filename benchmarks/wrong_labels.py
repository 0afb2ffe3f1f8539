"""Does a classifier learn better without the examples that `wrong_labels` flags than without as many random ones?

    python benchmarks/wrong_labels.py --data FOLDER [--quick]

FOLDER holds BANKING77's train.csv and test.csv (columns text and category). A cheap classifier is trained without the
flagged examples and, for each seed, without as many drawn at random; both answer all of test. The difference in
accuracy has an interval over test items (paired: the same items, the random arm averaged over seeds). Then 5% of the
labels are changed on purpose, to see how many are found. The peer is random removal.
"""

from __future__ import annotations

import argparse
import csv
import json
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
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_INTENTS} intents and 2 seeds, under 3 minutes")
    arguments = parser.parse_args()
    train, test = read(arguments.data / "train.csv"), read(arguments.data / "test.csv")
    if arguments.quick:
        intents = set(sorted({label for _, label in train})[:QUICK_INTENTS])
        train, test = ([row for row in rows if row[1] in intents] for rows in (train, test))
    seeds = range(2 if arguments.quick else 5)
    cleaned = removal(train, test, seeds)
    found = [planted(train, seed) for seed in seeds]
    precision, recall = (float(np.mean(values)) for values in zip(*found, strict=True))
    print(f"{len(train)} training and {len(test)} test messages, {len(seeds)} seeds")
    print(f"flagged in the published labels: {cleaned['flagged']}")
    print(f"accuracy without them {cleaned['ours']:.4f}, without as many at random {cleaned['peer']:.4f}")
    print(f"difference {cleaned['difference']:+.4f} ({cleaned['low']:+.4f} to {cleaned['high']:+.4f})")
    print(f"planted {NOISE:.0%} wrong labels: precision {precision:.3f}, recall {recall:.3f}")
    removed = {
        "claim": "BANKING77 accuracy without the flagged examples against without as many random ones",
        "peer_name": "random removal",
        "unit": "accuracy",
        "ratio": cleaned["ours"] / cleaned["peer"],
        **cleaned,
    }
    bounds = [
        {"claim": f"planted wrong labels, {name}", "value": value, "bound": 0.8, "holds": value >= 0.8}
        for name, value in (("precision", precision), ("recall", recall))
    ]
    print(json.dumps([removed, *bounds]))


def read(path: Path) -> list[tuple[str, str]]:
    """(text, label) of each row."""
    with path.open(encoding="utf-8", newline="") as stream:
        return [(row["text"], row["category"]) for row in csv.DictReader(stream)]


def removal(train: list[tuple[str, str]], test: list[tuple[str, str]], seeds: range) -> dict[str, float]:
    """Both arms' accuracy and their paired difference with a 95% interval over test items."""
    flagged = doubted(train)
    ours = right_answers([row for place, row in enumerate(train) if place not in flagged], test)
    peers = []
    for seed in seeds:
        gone = set(np.random.default_rng(seed).choice(len(train), len(flagged), replace=False).tolist())
        peers.append(right_answers([row for place, row in enumerate(train) if place not in gone], test))
    peer = np.mean(peers, axis=0)
    sums = np.stack([ours - peer, np.ones(len(test))], axis=1)
    difference = cluster_bootstrap(
        sums, lambda s: s[..., 0] / s[..., 1], range(len(test)), draws=4000, confidence=0.95, seed=1
    )
    return {
        "flagged": len(flagged),
        "ours": float(ours.mean()),
        "peer": float(peer.mean()),
        "difference": difference.value,
        "low": difference.low,
        "high": difference.high,
    }


def planted(train: list[tuple[str, str]], seed: int) -> tuple[float, float]:
    """Precision and recall of the flags when a share of the labels is changed at random."""
    generator = np.random.default_rng(seed)
    labels = sorted({label for _, label in train})
    wrong = set(generator.choice(len(train), round(NOISE * len(train)), replace=False).tolist())
    noisy = [
        (text, str(generator.choice([other for other in labels if other != label])) if place in wrong else label)
        for place, (text, label) in enumerate(train)
    ]
    flagged = doubted(noisy)
    hits = len(flagged & wrong)
    return hits / max(1, len(flagged)), hits / len(wrong)


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
