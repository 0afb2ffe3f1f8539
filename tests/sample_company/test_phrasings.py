import itertools
import re

import pytest
from firm import flags_of, rows
from rapidfuzz.distance import LCSseq
from reading import found, months, says, thousands

from luthier.errors import LuthierError
from luthier.sample_company.wealth_desk.catalogue import BY_NAME
from luthier.sample_company.wealth_desk.phrasings import FAMILIES, by_family, wordings

SOURCES = ["file_extract", "recommendation", "disclosure", "cash_need", "vulnerability", "consent", "new_money"]
OPPOSITES = [
    ("recommendation", "recommended", "left_out"),
    ("disclosure", "delivered", "not_delivered"),
    ("cash_need", "soon", "later"),
    ("vulnerability", "sign", "none"),
    ("vulnerability", "sign", "other"),
    ("vulnerability", "supported", "unsupported"),
    ("consent", "third_party", "self"),
    ("consent", "mandate", "no_mandate"),
    ("new_money", "paid_in", "paid_out"),
    ("new_money", "evidenced", "unevidenced"),
    ("meeting_note", "reduce", "raise"),
]


def test_a_line_that_begins_with_a_bar_goes_on_with_the_family_above():
    block = "Bought it. | Took it.\n  | Has it.\n" + "\n".join(f"Line {number}" for number in range(2, 21))
    assert by_family(block, " | ", "x")[FAMILIES[0]] == ("Bought it.", "Took it.", "Has it.")
    assert by_family(block, " | ", "x")[FAMILIES[19]] == ("Line 20",)


def test_a_family_without_wordings_is_named():
    with pytest.raises(LuthierError, match=r"disclosure\.toml, delivered: 19 lines for 20 families"):
        by_family("\n".join(["Done."] * 19), " | ", "disclosure.toml, delivered")


def words(pattern):
    return re.findall(r"[a-z']+", re.sub(r"\{\w+\}", " ", pattern.lower()))


def likeness(first, second):
    """2 x longest common subsequence of words over the words of both: 1 for the same sentence pattern."""
    return 2 * LCSseq.similarity(words(first), words(second)) / max(1, len(words(first)) + len(words(second)))


def test_likeness_knows_a_shared_pattern():
    # 3 common words of 3 and 4: 6/7
    assert likeness("{He} bought {product} last week.", "{client} bought {product} only last week!") == 6 / 7
    assert likeness("Order: {product}.", "We chose {product}.") == 0


@pytest.mark.parametrize("subject", [*SOURCES, "meeting_note"])
def test_no_two_families_share_a_sentence_pattern(subject):
    for fact, wording in wordings(subject).items():
        for first, second in itertools.combinations(FAMILIES, 2):
            for one, other in itertools.product(wording[first], wording[second]):
                assert likeness(one, other) < 0.75, f"{fact}: {one} / {other}"


def test_no_two_writers_share_a_sentence_of_the_summary():
    for fact, wording in wordings("reference").items():
        patterns = [" ".join(re.findall(r"\w+", pattern.lower())) for family in FAMILIES for pattern in wording[family]]
        assert len(set(patterns)) == len(patterns), fact


@pytest.mark.parametrize(("subject", "fact", "opposite"), OPPOSITES)
def test_no_sentence_says_both_a_fact_and_its_opposite(subject, fact, opposite):
    def sentences(name):
        return {re.sub(r"\W+", " ", p.lower()).strip() for family in wordings(subject)[name].values() for p in family}

    assert not sentences(fact) & sentences(opposite)


def test_every_source_fact_has_two_wordings_a_family():
    for subject in SOURCES:
        for fact, wording in wordings(subject).items():
            assert all(len(set(wording[family])) >= 2 for family in FAMILIES), fact


def flags_as_read(row):
    """The policy applied to nothing but the text, read by the office's own wordings."""
    family, note = row["family"], row["note"]
    (extract,) = list(found("file_extract", "extract", family, row["file"]))[:1]
    profile = extract["profile"].lower()
    limits = {"cautious": (20, 2), "balanced": (30, 3), "growth": (40, 4)}[profile]
    recommended = [*found("recommendation", "recommended", family, note)]
    delivered = {place["product"] for place in found("disclosure", "delivered", family, note)}
    paid_in = [thousands(place["amount"]) for place in found("new_money", "paid_in", family, note)]
    soon = [thousands(place["amount"]) for place in found("cash_need", "soon", family, note)]
    raised = {
        "concentration": int(extract["weight"]) > limits[0],
        "unsuitable_product": any(int(place["cls"]) > limits[1] for place in recommended),
        "missing_disclosure": any(p["product"][:6] == "Alder " and p["product"] not in delivered for p in recommended),
        "stale_risk_profile": months(extract["mdate"]) - months(extract["pdate"]) > 24,
        "liquidity_shortfall": any(amount > thousands(extract["cash"]) for amount in soon),
        "vulnerable_client": says("vulnerability", "sign", family, note)
        and says("vulnerability", "unsupported", family, note),
        "missing_consent": says("consent", "third_party", family, note) and says("consent", "no_mandate", family, note),
        "source_of_funds": any(amount > 50 for amount in paid_in) and says("new_money", "unevidenced", family, note),
    }
    return {label for label, is_raised in raised.items() if is_raised}


def test_every_flag_can_be_read_back_from_the_text_alone():
    unlike = [row["id"] for row in rows("risk") if flags_as_read(row) != flags_of(row)]
    assert not unlike


def test_every_product_named_is_in_the_catalogue():
    for row in rows("risk"):
        for place in found("recommendation", "recommended", row["family"], row["note"]):
            assert BY_NAME[place["product"]].risk_class == int(place["cls"])
