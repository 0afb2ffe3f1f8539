"""Documents that hold a test's text: what counts as holding it, and what must not."""

from __future__ import annotations

import random

import pytest

from luthier.config.curation.duplicates import Leakage as Settings
from luthier.config.curation.duplicates import Near
from luthier.curate.compare.document_leaks import find_document_leaks
from luthier.curate.compare.records_seen import Records
from luthier.records import Document, Example, Provenance, Target

ASKED = (
    "the client came in to talk about the pension that her mother left and asked whether it would be wise to keep the "
    "shares before the house is sold"
)
ANSWER = "She should keep 40 shares of Harbour Bond until the house is sold, and write to Ms Ortega before 3 May."
BEFORE, AFTER = (
    "Minutes of the branch. Everybody was there.\n",
    "\nThe next meeting is on a day that will be said later.",
)


def document(identity, text):
    source = Provenance(source="files", file=f"{identity}.txt")
    return Document(id=identity, text=text, media_type="text/plain", source=source)


def example(identity, note, answer=None, alternatives=()):
    target = Target(text=answer) if answer else Target(labels=("a",))
    source = Provenance(source="notes", file="notes.csv", row=1)
    return Example(
        id=identity, task="t", inputs={"note": note}, target=target, source=source, group=identity,
        alternatives=tuple(alternatives),
    )  # fmt: skip


def seen(records):
    kept = Records(Near().shingle_words)
    for record in records:
        kept.add(record)
    return kept.finish()


def found(papers, examples, splits=None, removed=frozenset(), **fields):
    splits = splits or ["test"] * len(examples)
    leaks = find_document_leaks(seen(papers), seen(examples), splits, Settings(**fields), removed)
    return [(f.code, f.record_id, f.counterpart_id) for f in leaks]


@pytest.mark.parametrize("split", ["test", "calibration", "dev"])
def test_a_document_that_holds_the_inputs_of_a_measured_example_is_a_leak(split):
    documents = [document("other", BEFORE + AFTER), document("minutes", BEFORE + ASKED.upper() + AFTER)]
    assert found(documents, [example("1", ASKED)], [split]) == [("leakage.text", "minutes", "1")]


@pytest.mark.parametrize("split", ["train", "pool", None])
def test_what_is_learnt_from_anyway_or_not_used_may_stand_in_a_document(split):
    assert found([document("minutes", ASKED)], [example("1", ASKED)], [split]) == []


def test_the_right_answer_in_a_document_is_a_leak_and_outweighs_the_inputs():
    examples = [example("1", ASKED, ANSWER), example("2", ASKED.replace("mother", "aunt"), ANSWER[:60])]
    assert found([document("d", BEFORE + ANSWER)], examples[:1]) == [("leakage.answer", "d", "1")]
    assert found([document("d", ASKED + BEFORE + ANSWER)], examples) == [("leakage.answer", "d", "1")]


def test_another_right_answer_in_a_document_is_a_leak_too():
    other = "Write to Ms Ortega before 3 May, and keep all 40 shares of Harbour Bond for as long as the house stands."
    examples = [
        example("1", ASKED, ANSWER),
        example("2", ASKED.replace("mother", "aunt"), "No.", ["Sell everything today, without any delay.", other]),
        example("3", ASKED.replace("mother", "uncle"), "No.", [other.replace("40", "50")]),
    ]
    assert found([document("d", BEFORE + other)], examples) == [("leakage.answer", "d", "2")]
    assert found([document("d", BEFORE + other)], examples, ["test", "train", "test"]) == []
    # Where a document holds both, the one of which it holds more counts: here all of each, so the first by id.
    assert found([document("d", other + BEFORE + ANSWER)], examples) == [("leakage.answer", "d", "1")]


def test_another_amount_or_name_is_another_case():
    for one, other in (("40", "60"), ("Ortega", "Ferrante"), ("3 May", "4 May")):
        assert found([document("d", BEFORE + ANSWER.replace(one, other))], [example("1", ASKED, ANSWER)]) == []


def test_a_text_is_found_as_far_as_the_share_says():
    # 29 words have 27 runs of three; a word exchanged inside costs three: 24 / 27 = .89, twice 21 / 27 = .78.
    once, twice = ASKED.replace("mother", "aunt"), ASKED.replace("mother", "aunt").replace("wise", "good")
    documents = [document("once", BEFORE + once), document("twice", BEFORE + twice)]
    assert len(ASKED.split()) == 29
    assert found(documents, [example("1", ASKED)]) == [("leakage.text", "once", "1")]
    assert len(found(documents, [example("1", ASKED)], documents=0.77)) == 2
    assert found(documents, [example("1", ASKED)], documents=None) == []
    (finding,) = find_document_leaks(seen(documents), seen([example("1", ASKED)]), ["test"], Settings())
    assert finding.score == pytest.approx(24 / 27, abs=1e-12)
    assert finding.threshold == 0.8
    assert (finding.record_kind, finding.action) == ("document", "drop")


def test_a_message_of_a_few_words_may_stand_anywhere():
    twelve, thirteen = (
        "where is the new card that i asked for in your branch",
        "where is the new card that i asked for in your old branch",
    )
    assert (len(twelve.split()), len(thirteen.split())) == (12, 13)
    assert found([document("d", f"{twelve} Or: {thirteen}")], [example("1", twelve), example("2", thirteen)]) == [
        ("leakage.text", "d", "2")
    ]


def test_wording_that_many_examples_share_is_no_evidence():
    examples = [example(f"{n:02}", f"{ASKED} {word} {word}ly") for n, word in enumerate(WORDS[:40])]
    assert found([document("policy", BEFORE + ASKED)], examples) == []  # all 40 quote it, more than 30
    assert len(found([document("policy", BEFORE + ASKED)], examples[:30])) == 1


def test_a_document_that_is_not_learnt_from_is_no_leak():
    assert found([document("d", ASKED)], [example("1", ASKED)], removed={"d"}) == []


def test_no_documents_no_examples_and_no_measured_ones_leak_nothing():
    assert found([], [example("1", ASKED)]) == []
    assert found([document("d", ASKED)], []) == []
    assert found([document("d", "")], [example("1", "")]) == []


WORDS = [
    f"{a}{b}" for a in ("ba", "ce", "di", "fo", "gu", "la", "me", "ni") for b in ("ron", "sel", "tim", "vag", "lux")
]


@pytest.mark.parametrize("seed", range(5))
def test_looking_by_rare_runs_finds_what_comparing_everything_finds(seed):
    rng = random.Random(seed)
    texts = [" ".join(rng.choices(WORDS[:12], k=rng.randrange(13, 40))) for _ in range(25)]
    documents = []
    for n in range(60):
        words = rng.choice(texts).split()
        for _ in range(rng.randrange(4)):
            words[rng.randrange(len(words))] = rng.choice(WORDS)
        documents.append(document(f"d{n:02}", " ".join([*rng.choices(WORDS, k=20), *words])))
    examples = [example(f"e{n:02}", text) for n, text in enumerate(texts)]
    runs = [_runs(text) for text in texts]
    expected = []
    for one in documents:
        own = _runs(one.text)
        best = max((len(run & own) / len(run), -n) for n, run in enumerate(runs))
        if best[0] >= 0.8:
            expected.append(("leakage.text", one.id, f"e{-best[1]:02}"))
    assert 10 < len(expected) < 60
    assert found(documents, examples) == expected


def _runs(text):
    words = text.split()
    return set(zip(words, words[1:], words[2:], strict=False))
