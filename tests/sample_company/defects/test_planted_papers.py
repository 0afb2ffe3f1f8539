"""What the planted papers are like: copies, twins, versions, private data, noise; and that clean ones are apart."""

import itertools
import re
import unicodedata
from collections import Counter

import ftfy
import pytest
from stdnum import iban as iban_numbers
from stdnum import luhn

from luthier.sample_company.defects import SETS, copies, noise, private_data, versions
from luthier.sample_company.defects.desk import AS_OF, Desk
from luthier.sample_company.defects.layout import BLOCK, PLOTS, SLOTS, Papers, scattered
from luthier.sample_company.defects.phrasings import phrasings


@pytest.fixture(scope="module", params=SETS)
def phrases(request):
    return phrasings(request.param)


def desk(phrases, number):
    return Desk(phrases, f"test:{number}", number, ["library:a", "library:b", "library:c"])


def shingles(text, words=3):
    found = re.findall(r"\w+", text.lower())
    return {tuple(found[place : place + words]) for place in range(len(found) - words + 1)}


def overlap(one, other):
    """The Jaccard overlap of two texts' shingles of three words."""
    return len(shingles(one) & shingles(other)) / len(shingles(one) | shingles(other))


@pytest.mark.parametrize("variant", copies.EXACT)
def test_an_exact_copy_says_the_same_words(phrases, variant):
    for number in range(10):
        first, copy = copies.exact(desk(phrases, number), variant)
        assert unicodedata.normalize("NFC", copy.text).split() == first.text.split()
        assert (copy.text != first.text) == (variant in {"white_space", "unicode"})


@pytest.mark.parametrize("variant", copies.NEAR)
def test_a_near_copy_differs_a_little(phrases, variant):
    for number in range(20):
        first, copy = copies.near(desk(phrases, number), variant)
        assert copy.text != first.text
        assert overlap(first.text, copy.text) > 0.75
        if variant not in {"footer", "cut"}:
            assert Counter(re.findall(r"\d+", copy.text)) == Counter(re.findall(r"\d+", first.text))


@pytest.mark.parametrize("variant", ["all", "name_only"])
def test_twins_share_the_wording_and_not_the_client(phrases, variant):
    for number in range(20):
        first, second = copies.twins(desk(phrases, number), variant)
        assert 0.25 < overlap(first.text, second.text) < 0.95
        assert first.group != second.group
        amounts = [set(re.findall(r"€\d+,\d+", draft.text)) for draft in (first, second)]
        assert (amounts[0] == amounts[1]) == (variant == "name_only")


def test_a_repeat_is_the_same_clients_with_other_amounts(phrases):
    first, second = copies.repeats(desk(phrases, 3), "month")
    assert first.group == second.group
    assert set(re.findall(r"€\d+,\d+", first.text)) != set(re.findall(r"€\d+,\d+", second.text))


def test_an_expired_paper_ended_before_the_day_the_firm_is_looked_at(phrases):
    for number in range(10):
        (draft,) = versions.expired(desk(phrases, number), "field")
        assert draft.effective_date < draft.expiry_date < AS_OF


def test_private_numbers_have_right_check_digits_and_their_doubles_wrong_ones(phrases):
    for number in range(60):
        place = desk(phrases, number)
        assert iban_numbers.is_valid(private_data.iban(place), check_country=False)
        assert luhn.is_valid(private_data.card(place).replace(" ", "").replace("-", ""))
        assert not luhn.is_valid(private_data._not_card(place.rng))
        assert not iban_numbers.is_valid(private_data._not_iban(place.rng), check_country=False)
        assert re.fullmatch(r"[a-z]+[._-][a-z]+\d*@(mail\.)?example\.(com|org|net)", private_data.email(place))


def test_luhn_by_hand():
    # 79927398713 from the right: 3+7+9+7+9+7 = 42; the others doubled, digits summed: 2+7+6+4+9 = 28; 42+28 = 70
    assert private_data.luhn_holds("79927398713")
    assert not private_data.luhn_holds("79927398714")


def test_wrong_decoding_can_be_undone(phrases):
    for number in range(12):
        (draft,) = noise.mojibake(desk(phrases, number), "sentence")
        (planted,) = draft.planted
        assert planted.after == noise.misread(planted.before) != planted.before
        assert ftfy.fix_encoding(planted.after) == planted.before


def test_a_poor_scan_keeps_most_letters(phrases):
    (light,), (heavy,) = (noise.scanned(desk(phrases, 1), variant) for variant in ("light", "heavy"))
    place = desk(phrases, 1)
    right = set(place.paper(0, place.plan()).text.split())
    wrong = [len(set(draft.text.split()) - right) / len(set(draft.text.split())) for draft in (light, heavy)]
    assert 0.1 < wrong[0] < wrong[1] < 0.9


def test_a_block_is_200_records_and_its_plots_are_whole():
    assert len(SLOTS) == BLOCK == sum(plot.size for plot in PLOTS)
    assert [place for place, _ in SLOTS] == sorted(place for place, _ in SLOTS)


@pytest.mark.parametrize("count", [1, 2, 200, 431, 20_000])
def test_the_order_holds_every_number_once(count):
    assert sorted(scattered(count)) == list(range(count))


def test_neighbours_stand_apart():
    places = {number: place for place, number in enumerate(scattered(20_000))}
    assert min(abs(places[number] - places[number + 1]) for number in range(19_999)) > 1000


def clean_papers(phrases, count):
    papers = Papers(phrases, 1, 10**6)
    clean = [slot for slot, (place, _) in enumerate(SLOTS) if PLOTS[place].variant == ""]
    numbers = (block * BLOCK + slot for block in itertools.count() for slot in clean)
    return [papers.paper(number) for number in itertools.islice(numbers, count)]


def test_clean_papers_share_neither_sentences_nor_much_of_their_wording(phrases):
    """By shingles of eight words, of which a paper has about 200: no pair shares 25, hardly any shares 10."""
    drafts = clean_papers(phrases, 600)
    holders, shared = {}, Counter()
    for place, draft in enumerate(drafts):
        for shingle in shingles(draft.text, words=8):
            if shingle in holders and holders[shingle] != place:
                shared[holders[shingle], place] += 1
            holders.setdefault(shingle, place)
    assert max(shared.values(), default=0) < 25
    assert sum(count >= 10 for count in shared.values()) < 0.001 * 600 * 599 / 2
    assert len({draft.text for draft in drafts}) == len({draft.id for draft in drafts}) == 600


def test_papers_have_a_papers_length(phrases):
    lengths = sorted(len(draft.text.split()) for draft in clean_papers(phrases, 300))
    assert lengths[15] > 100
    assert lengths[-15] < 300


def test_references_and_product_names_are_never_used_twice(phrases):
    numbers = range(0, 2_000_000, 9973)
    desks = [desk(phrases, number) for number in numbers]
    made = [(place.reference(), place.reference(), place.subject(), place.subject(1)) for place in desks]
    assert all(len({row[column] for row in made}) == len(made) for column in range(4))


def test_the_two_sets_share_no_sentence():
    one, other = (phrasings(name) for name in SETS)

    def sentences(chosen):
        lists = [genre.sentences for genre in (*chosen.genres, chosen.notice)]
        lists += [table for tables in chosen.tables.values() for table in tables.values()]
        lists += [chosen.grammar.rules[rule] for rule in ("supersedes", "expired_text", "retired", "still_valid")]
        lists += [attribute.patterns for attribute in chosen.attributes]
        return {
            " ".join(re.findall(r"[a-z]+", re.sub(r"\{\w+\}", "", line.lower()))) for rows in lists for line in rows
        }

    both = sentences(one) & sentences(other)
    assert {line for line in both if line.count(" ") > 1} == set()
