"""Finding near records: against brute force, against datasketch, and what it must not depend on."""

from __future__ import annotations

import random
from itertools import combinations

import numpy as np
import pytest

from luthier.config.curation.duplicates import Near
from luthier.curate.compare.fingerprint import fingerprints, jaccard
from luthier.curate.compare.gathering import Gatherer
from luthier.curate.compare.matching import RECALL, FrequentShingles, Matcher, band_length, least_in_bins, overlaps
from luthier.text.opposites import ordinary, sides
from luthier.text.tokens import words

NEAR = Near()
# Words that may stand for one another, so that nothing but the overlap decides.
PLAIN_WORDS = sorted(
    word for word in ordinary()
    if len(word) > 3 and word not in sides() and not fingerprints([{"": word}], 3).stated.values.size
    and not word.startswith(("un", "in", "im", "dis", "non", "mis", "over", "under"))
)[::3]  # fmt: skip


def edited_texts(seed, originals=60):
    """Texts of 60 to 120 words, each with a copy in which none to nine words are exchanged."""
    rng = random.Random(seed)
    vocabulary = rng.sample(PLAIN_WORDS, 2000)
    texts = []
    for _ in range(originals):
        text = rng.choices(vocabulary, k=rng.randrange(60, 121))
        copy = list(text)
        for place in rng.sample(range(len(copy)), rng.randrange(10)):
            copy[place] = rng.choice(vocabulary)
        texts += [" ".join(text), " ".join(copy)]
    return texts


def matched(texts, near=NEAR):
    """All pairs that are found near, each record being compared with all before it."""
    gatherer = Gatherer(near.shingle_words)
    for text in texts:
        gatherer.add({"": text})
    prints = gatherer.finish()
    rows = np.arange(len(texts))
    matcher = Matcher(prints, np.zeros(len(texts), dtype=np.uint64), rows, near)
    pairs = {}
    for row in rows.tolist():
        for other in matcher.candidates(row):
            score = matcher.near(row, other)
            if score is not None:
                pairs[other, row] = score
        matcher.remember(row)
    return pairs


def brute_force(texts, threshold):
    """Jaccard of sets of tuples of words, in plain Python."""
    shingled = [{tuple(found[i : i + 3]) for i in range(len(found) - 2)} for found in map(words, texts)]
    scores = {(a, b): len(shingled[a] & shingled[b]) / len(shingled[a] | shingled[b])
              for a, b in combinations(range(len(texts)), 2)}  # fmt: skip
    return {pair: score for pair, score in scores.items() if score >= threshold}


def test_what_is_found_is_what_brute_force_finds():
    texts = edited_texts(1, originals=90)
    wanted = brute_force(texts, NEAR.threshold)
    found = matched(texts)
    assert len(wanted) >= 15
    assert found.keys() == wanted.keys()
    assert all(found[pair] == pytest.approx(score, abs=1e-12) for pair, score in wanted.items())


def test_datasketch_estimates_the_overlaps_that_are_counted():
    datasketch = pytest.importorskip("datasketch")
    texts = edited_texts(2, originals=12)
    sketches = []
    for found in map(words, texts):
        sketch = datasketch.MinHash(num_perm=512)
        sketch.update_batch([" ".join(found[i : i + 3]).encode() for i in range(len(found) - 2)])
        sketches.append(sketch)
    prints = fingerprints([{"": text} for text in texts], 3)
    for one in range(0, len(texts), 2):
        exact = jaccard(prints.shingles.of(one), prints.shingles.of(one + 1))
        # The standard error is at most .5 / sqrt(512) = .022; four of them.
        assert sketches[one].jaccard(sketches[one + 1]) == pytest.approx(exact, abs=0.09)


def test_overlaps_of_many_pairs_are_those_of_each_and_the_same_both_ways():
    texts = [*edited_texts(3, originals=10), "", "one"]
    sets = fingerprints([{"": text} for text in texts], 3).shingles
    one, other = np.array([[a, b] for a in range(len(texts)) for b in range(len(texts))]).T
    many = overlaps(sets, one, other)
    assert many.tolist() == [jaccard(sets.of(a), sets.of(b)) for a, b in zip(one, other, strict=True)]
    assert many.tolist() == overlaps(sets, other, one).tolist()


def test_bands_are_as_long_as_the_recall_allows():
    # At .85 with 128 values: r = 7 gives 18 bands, 1 - (1 - .85^7)^18 = 1 - .6794^18 = .99905; r = 8 gives 16 bands,
    # 1 - (1 - .2725)^16 = .9938.
    assert band_length(128, 0.85) == 7
    assert 1 - (1 - 0.85**7) ** 18 >= RECALL > 1 - (1 - 0.85**8) ** 16
    assert band_length(128, 1.0) == 128
    assert band_length(16, 0.0) == 1


def test_nearly_every_pair_at_the_threshold_is_found():
    # 200 pairs of texts of 106 words that share the last 92 and 8 of 100 word runs before: runs 1-8 of one and the
    # other differ, 96 of 112 are shared (.857). At a recall of .999 the misses are Poisson with mean .2, and more than
    # 3 of them have a chance of .2^4 / 4! = 7e-5.
    rng = random.Random(5)
    texts = []
    for number in range(200):
        own = rng.sample(PLAIN_WORDS, 114)
        texts += [" ".join([*own[:8], *own[16:]]), " ".join([*own[8:16], *own[16:]])]
        assert len(set(own)) == 114, number
    assert min(brute_force(texts[:2], 0.0).values()) == pytest.approx(96 / 112, abs=1e-12)
    assert len(matched(texts)) >= 197


def test_frequent_shingles_are_those_of_more_distinct_texts_than_allowed():
    texts = [f"we wish you well {word}" for word in ("a", "b", "c")] + ["quite another text here"] * 5
    prints = fingerprints([{"": text} for text in texts], 3)
    mask = FrequentShingles(prints, Near(frequent_documents=2))
    # "we wish you" and "wish you well" are in three texts; "you well a" in one; copies of one text count once
    assert mask.masks(prints.shingles.of(0)).sum() == 2
    assert mask.masks(prints.shingles.of(3)).sum() == 0


def test_only_records_of_one_scope_are_found():
    text = edited_texts(6, originals=1)[0]
    prints = fingerprints([{"": text}] * 3, 3)
    matcher = Matcher(prints, np.array([1, 2, 1], dtype=np.uint64), np.arange(3), NEAR)
    for row in (0, 1):
        matcher.remember(row)
    assert matcher.candidates(2) == [0]
    assert matcher.may_match().tolist() == [True, False, True]


def test_the_least_hash_of_each_bin_is_counted_and_an_empty_bin_takes_that_of_the_next():
    # Four bins of 2^30: 5 and 9 are in the first, 3 * 2^30 in the last; bins 1 and 2 take the last's. A set of
    # one value in bin 1 fills all, bins 2 and 3 from the first that is not empty after the last.
    values = np.array([5, 9, 3 << 30, (1 << 30) + 7], dtype=np.uint32)
    assert least_in_bins(values, np.array([3, 1]), 4).tolist() == [
        [5, 3 << 30, 3 << 30, 3 << 30],
        [(1 << 30) + 7] * 4,
    ]


def test_a_letter_from_a_frequent_template_is_found_by_what_it_has_of_its_own():
    # 60 letters of 90 shared words and 24 own ones; of each the copy has one own word exchanged: three of its own
    # runs. Of 114 words 3 of 112 runs differ: (112 - 3) / 115 = .95.
    rng = random.Random(8)
    vocabulary = ["".join(rng.choices("abcdefghijklmnop", k=7)) for _ in range(3000)]
    template = rng.sample(vocabulary, 90)
    texts = []
    for _ in range(60):
        own = rng.sample(vocabulary, 24)
        edited = [*own[:12], "exchanged", *own[13:]]
        texts += [" ".join([*template, *own]), " ".join([*template, *edited])]
    found = matched(texts)
    assert found.keys() == {(n, n + 1) for n in range(0, 120, 2)}
    assert matched(texts, Near(frequent_documents=1000)).keys() == found.keys()  # nothing is masked
