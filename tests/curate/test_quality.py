"""Quality: what is unfit is said so, and a firm's ordinary papers are not."""

from __future__ import annotations

import random

import pytest
from making import document, example

from luthier.config.curation.quality import Quality
from luthier.curate.clean.ocr import Dictionary
from luthier.curate.clean.quality import CODES, find_document, find_example, judge

PLAIN = (
    "The client came to the branch and asked about the pension. We agreed to look at the portfolio again in spring, "
    "when the house is sold and the income is known. The company will send the papers for the insurance next week."
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("  \n", "quality.empty"),
        ("see above", "quality.short"),
        ("one two three four five six\n" * 8, "quality.repetition"),
        ("buy the fund now " * 40, "quality.repetition"),
        ("# # one # two # three # four", "quality.symbols"),
        ("12 14 15 16 18 EUR 12 14 15", "quality.symbols"),
        ("Lorem ipsum dolor sit amet, consectetur elit.", "quality.placeholder"),
    ],
)
def test_each_defect_is_named(text, code):
    found = [f.code for f in find_document(document(text), Quality())]
    assert code in found
    assert set(found) <= CODES.keys()


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        "Holding, Weight, Value\nAlder Income, 40%, EUR 12k\nAlder Growth, 30%, EUR 9k\nCash, 30%, EUR 9k\nTotal, 100%",
        "Mr Lang saw us alone and signed up to Alder Income, a grade two product. He never saw the declaration "
        "covering Alder Income. He received the declaration covering Alder Balanced. He brought us new money, owed to "
        "the sale of a house, and supplied written proof. He was early, and we closed the client's old account.",
        "- call the client\n- send the form\n- file the note\n- check the limit\n- tell the branch\n- close the case",
    ],
)
def test_ordinary_papers_pass(text):
    assert judge(text, Quality()) == []


def test_shares_are_counted_as_published():
    # 6 lines, 2 of them repeat: 2/6 = .33 > .30
    (found,) = judge("alpha one\nbeta two\ngamma three\ndelta four\nalpha one\nbeta two", Quality())
    assert found == ("quality.repetition", pytest.approx(1 / 3), 0.30)


def test_language_is_asked_only_where_expected():
    german = (
        "Der Kunde kam in die Filiale und fragte nach der Rente. Wir haben vereinbart, im Frühjahr noch einmal über "
    )
    german += "das Depot zu sprechen, wenn das Haus verkauft ist."
    assert judge(german, Quality()) == []
    assert [code for code, _, _ in judge(german, Quality(languages=["en"]))] == ["quality.language"]
    assert judge(german, Quality(languages=["de", "en"])) == []
    assert judge("Der Kunde kam in die Filiale.", Quality(languages=["en"])) == []  # too short to judge


def dictionary() -> Dictionary:
    known = Dictionary()
    for _ in range(5):
        known.add(PLAIN.replace(".", " ").replace(",", " "))
    return known


def test_misread_words_are_counted_where_the_corpus_knows_better():
    known = dictionary()
    # of 4: "c1ient" (client) and "cornpany" (company)
    assert known.noise("the c1ient the cornpany") == 0.5
    # "port folio" is portfolio, broken in two: 2 of 3
    assert known.noise("the port folio") == pytest.approx(2 / 3)
    # 6 letters that stand apart, of 7 words
    assert known.noise("the c l i e n t") == pytest.approx(6 / 7)
    # names, figures, products and rare words correct to nothing
    assert known.noise("Okafor bought 10 Zephyr B12 units, A and I saw") == 0


def test_noisy_scans_are_found_and_clean_text_is_not():
    rng, known = random.Random(1), dictionary()
    swaps = {"l": "1", "o": "0", "m": "rn", "s": "5"}
    noisy = "".join(swaps[c] if c in swaps and rng.random() < 0.3 else c for c in PLAIN)
    assert [f.code for f in find_document(document(noisy), Quality(), known)] == ["quality.ocr_noise"]
    assert find_document(document(PLAIN), Quality(), known) == []


def test_examples_are_flagged_at_most_and_may_be_short():
    assert find_example(example(labels=("a",), note="card lost"), Quality()) == []
    (finding,) = find_example(example(labels=("a",), note=" "), Quality())
    assert (finding.code, finding.action, finding.field) == ("quality.empty", "flag", "inputs.note")


def test_a_setting_turns_removal_into_a_question():
    (finding,) = find_document(document("see above"), Quality(action="flag"))
    assert finding.action == "flag"


def test_an_apostrophe_does_not_break_a_word():
    dictionary = Dictionary()
    for _ in range(6):
        dictionary.add("the client and all other clients wrote to us about the house")
    assert dictionary.noise("the client's house and the client’s wife") == 0.0


def test_abbreviations_are_not_letters_pulled_apart():
    dictionary = Dictionary()
    assert dictionary.noise("Abbrev.: acct. no., b/f, c/f, d.d., p.a., s.o., w/d") == 0.0
    assert dictionary.noise("the c l i e n t paid") == pytest.approx(6 / 8)
