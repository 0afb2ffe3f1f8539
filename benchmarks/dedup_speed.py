"""Near-duplicate detection against datasketch's MinHashLSH, on one core, in one run, on the same generated texts.

Both are given the same texts, the same word shingles, the same length of signature and the same threshold, and each
does what it does by itself: Luthier verifies its candidates word by word and vetoes pairs whose figures, dates,
negations or names differ; MinHashLSH returns what shares a band. A pair is right if it was planted: a copy with a few
words exchanged, added or left out, whose counted overlap reaches the threshold. Letters from a template that differ in
client, amount and date are no pairs.

The time of each is the processor's, and the least of as many runs for both, which take turns: another job on the
machine does not run on that clock, but it empties caches. Luthier's holds everything from text to findings, but not the
list of vetoed pairs, which the peer has nothing like. datasketch's holds the splitting into words, sketches by
`MinHash.generator`, its documented way to make many, with its own hash function, and a query and an insertion for each
text. Both have signatures of one length; Luthier fills them in one pass over each text's hashes (one permutation
hashing) and never writes a shingle out as a string. The claim is about the whole way from texts to pairs.

    python benchmarks/dedup_speed.py [--quick] [--documents N]
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import re
import sys
import time
from collections.abc import Callable, Iterator

from datasketch import MinHash, MinHashLSH
from generated_texts import Writer

from luthier.config.curation.duplicates import Duplicates as Settings
from luthier.config.curation.duplicates import Near
from luthier.curate.compare.duplicates import Duplicates
from luthier.records import Document, Provenance

SEED = 11
NEAR = Near()
SOURCE = Provenance(source="generated", file="generated.txt")
SLOPE_BOUND = 1.1  # n log n between 10,000 and 1,000,000 is a slope of 1.09

RUNS = 3
Pairs = set[tuple[int, int]]
Way = Callable[[list[str]], tuple[Pairs, float]]


def corpus(count: int) -> tuple[list[str], Pairs, Pairs]:
    """Texts in random order, the pairs that are near duplicates, and the copies whose overlap is below the threshold.

    One text in ten has one or two copies.
    """
    writer = Writer(SEED)
    families: list[list[str]] = []
    written = 0
    while written < count:
        text = writer.text()
        copies = writer.rng.choice((1, 1, 2)) if writer.rng.random() < 0.1 else 0
        families.append([" ".join(version) for version in (text, *(writer.edited(text) for _ in range(copies)))])
        written += copies + 1
    placed = [(text, number) for number, family in enumerate(families) for text in family][:count]
    writer.rng.shuffle(placed)
    texts = [text for text, _ in placed]
    by_family: dict[int, list[int]] = {}
    for place, (_, number) in enumerate(placed):
        by_family.setdefault(number, []).append(place)
    pairs = {(a, b) for own in by_family.values() for a in own for b in own if a < b}
    near = {(a, b) for a, b in pairs if overlap(texts[a], texts[b]) >= NEAR.threshold}
    return texts, near, pairs - near


def shingles(text: str) -> set[str]:
    """Runs of words, as both are given them."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    return {" ".join(words[i : i + NEAR.shingle_words]) for i in range(len(words) - NEAR.shingle_words + 1)}


def overlap(one: str, other: str) -> float:
    """The Jaccard overlap of two texts, counted in plain Python."""
    a, b = shingles(one), shingles(other)
    return len(a & b) / len(a | b)


def documents(texts: list[str]) -> Iterator[Document]:
    """The texts as Luthier reads them."""
    for number, text in enumerate(texts):
        yield Document(id=f"{number:08}", text=text, media_type="text/plain", source=SOURCE)


def by_luthier(texts: list[str]) -> tuple[Pairs, float]:
    """The pairs that Luthier merges, and the seconds of processor time."""
    records = list(documents(texts))
    started = time.process_time()
    rule = Duplicates(Settings(near=NEAR, vetoed_listed=0))
    for record in records:
        rule.add(record)
    merged = [f for f in rule.findings() if f.action == "merge"]
    seconds = time.process_time() - started
    return {(int(f.record_id), int(f.counterpart_id or "")) for f in merged}, seconds


def by_datasketch(texts: list[str]) -> tuple[Pairs, float]:
    """The pairs that MinHashLSH returns, and the seconds of processor time."""
    started = time.process_time()
    lsh = MinHashLSH(threshold=NEAR.threshold, num_perm=NEAR.permutations)
    encoded = ([shingle.encode() for shingle in shingles(text)] for text in texts)
    found: Pairs = set()
    for number, sketch in enumerate(MinHash.generator(encoded, num_perm=NEAR.permutations)):
        found.update((number, other) for other in lsh.query(sketch))
        lsh.insert(number, sketch)
    return found, time.process_time() - started


def least(texts: list[str], *ways: Way) -> list[tuple[Pairs, float]]:
    """The pairs that each way finds, always the same, and its least time of `RUNS`; the ways take turns."""
    runs = [[way(texts) for way in ways] for _ in range(RUNS)]
    return [min(of_way, key=lambda run: run[1]) for of_way in zip(*runs, strict=True)]


def figures(found: Pairs, planted: Pairs, akin: Pairs) -> tuple[float, float]:
    """Pair precision and pair recall of pairs that are each (repeats, what it repeats).

    Copies of one text whose overlap is below the threshold (`akin`) are neither right nor wrong to find. A planted pair
    is found if it is named, or if one of the two is removed by another planted pair: no repetition is left then.
    """
    right = {pair for pair in found if tuple(sorted(pair)) in planted}
    copies = planted | akin
    wrong = {pair for pair in found if tuple(sorted(pair)) not in copies}
    removed = {repeats for repeats, _ in right}
    gone = sum(bool(removed & set(pair)) for pair in planted)
    return len(right) / max(len(right) + len(wrong), 1), gone / max(len(planted), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description="Near-duplicate detection against datasketch's MinHashLSH.")
    parser.add_argument("--quick", action="store_true", help="3,000 documents; scaling from 1,500 to 6,000")
    parser.add_argument("--documents", type=int, help="how many documents both are given")
    options = parser.parse_args()
    count = options.documents or (3_000 if options.quick else 20_000)
    by_luthier(corpus(1_000)[0])  # tables are made once a process

    texts, planted, akin = corpus(count)
    (ours, our_seconds), (theirs, their_seconds) = least(texts, by_luthier, by_datasketch)
    print(f"{count} documents of 100-300 words, {len(planted)} planted pairs at {NEAR.threshold} or above")
    print(f"{'':12}{'seconds':>10}{'µs/doc':>10}{'precision':>12}{'recall':>10}")
    quality = {}
    for name, found, seconds in (("luthier", ours, our_seconds), ("datasketch", theirs, their_seconds)):
        quality[name] = figures(found, planted, akin)
        precision, recall = quality[name]
        print(f"{name:12}{seconds:10.2f}{seconds / count * 1e6:10.0f}{precision:12.4f}{recall:10.4f}")

    sizes = (1_500, 3_000, 6_000) if options.quick else (10_000, 20_000, 40_000)
    everything, *_ = corpus(sizes[-1])
    times = [least(everything[:size], by_luthier)[0][1] for size in sizes]
    print("scaling: " + ", ".join(f"{size} in {seconds:.2f} s" for size, seconds in zip(sizes, times, strict=True)))
    slope = math.log(times[-1] / times[0]) / math.log(sizes[-1] / sizes[0])

    no_worse = all(a >= b for a, b in zip(quality["luthier"], quality["datasketch"], strict=True))
    claims = [
        {
            "claim": "near-duplicate detection, at equal or better pair precision and recall",
            "ours": round(our_seconds, 3),
            "peer": round(their_seconds, 3),
            "peer_name": "datasketch MinHashLSH",
            "unit": f"processor seconds for {count} documents",
            "ratio": round(their_seconds / our_seconds, 2),
            "precision": {name: round(figure[0], 4) for name, figure in quality.items()},
            "recall": {name: round(figure[1], 4) for name, figure in quality.items()},
            "no_worse": no_worse,
            "machine": f"{platform.machine()}, Python {platform.python_version()}, one core",
        },
        {
            "claim": f"time grows no faster than n log n (log-log slope from {sizes[0]} to {sizes[-1]} documents)",
            "value": round(slope, 3),
            "bound": SLOPE_BOUND,
            "holds": slope <= SLOPE_BOUND,
        },
    ]
    print(json.dumps(claims))


if __name__ == "__main__":
    sys.exit(main())
