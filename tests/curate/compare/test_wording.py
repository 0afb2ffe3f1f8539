"""Words exchanged for others: what makes another letter of it, and what only looks so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luthier.config.curation.duplicates import Duplicates as Settings
from luthier.curate.compare.duplicates import Duplicates
from luthier.curate.compare.fingerprint import fingerprints
from luthier.curate.compare.spelling import SpellingGatherer
from luthier.curate.compare.wording import alike, exchanged
from luthier.records import Document, Provenance
from luthier.text.opposites import LINES, are_opposed, forms, ordinary, sides

LETTER = (
    "Thank you for the talk that we had in the branch last week about the plans of your family. We went through what "
    "you would like to keep for the years ahead and what could be put to better use. {} Our colleagues will prepare "
    "the papers so that you can look through them at home before anything is signed. Please tell us at any time if "
    "something in them is not clear to you, or if your situation has changed since we met."
)


def merged(one, other, *others):
    rule = Duplicates(Settings())
    for number, text in enumerate((one, other, *others)):
        source = Provenance(source="letters", file=f"{number}.txt")
        rule.add(Document(id=str(number), text=text, media_type="text/plain", source=source))
    return any(finding.action == "merge" for finding in rule.findings())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("We will buy the shares.", "We will sell the shares."),
        ("We bought the shares for you.", "We sold the shares for you."),
        ("We advise you to increase the share of bonds.", "We advise you to decrease the share of bonds."),
        ("The share of bonds was increased.", "The share of bonds was reduced."),
        ("Early repayment is permitted.", "Early repayment is prohibited."),
        ("Early repayment is allowed.", "Early repayment is forbidden."),
        ("You are able to cancel it.", "You are unable to cancel it."),
        ("We approve your request.", "We reject your request."),
        ("Your request has been accepted.", "Your request has been declined."),
        ("The terms are acceptable to us.", "The terms are unacceptable to us."),
        ("The account is active again.", "The account is inactive again."),
        ("The conditions are legal in your country.", "The conditions are illegal in your country."),
        ("Your reply was possible in time.", "Your reply was impossible in time."),
        ("They agree with the plan.", "They disagree with the plan."),
        ("The payment is refundable to you.", "The payment is non-refundable to you."),
        ("The rate is fixed for the term.", "The rate is variable for the term."),
        ("The amount will be credited to the account.", "The amount will be debited to the account."),
        ("The price rose after the meeting.", "The price fell after the meeting."),
        ("Signing before the deadline is required.", "Signing after the deadline is required."),
        ("The fee is due monthly.", "The fee is due quarterly."),
        ("The lender bears the cost.", "The borrower bears the cost."),
        ("The patient has hypertension for long.", "The patient has hypotension for long."),
        ("The goods arrive by sea freight.", "The goods arrive by air freight."),
        ("You prefer a cautious portfolio.", "You prefer an aggressive portfolio."),
        ("It goes into the growth fund.", "It goes into the income fund."),
        ("The substance is harmless to children.", "The substance is harmful to children."),
        ("The money goes to your account.", "The money goes from your account."),
        ("She would like to keep the house.", "He would like to keep the house."),
        ("Smith visited us.", "Jones visited us."),
        ("Okafor has signed already.", "Lindqvist has signed already."),
        ("we spoke with smith about it.", "we spoke with jones about it."),
        ("It goes into the kestrel fund.", "It goes into the amberley fund."),
        ("Take kwibramol as before.", "Take brixdexine as before."),
        ("The tablets of zolvane are kept cool.", "The tablets of trimexal forte are kept cool."),
        ("The box goes to rotterdam.", "The box goes to antwerp."),
        ("Sell the bonds and buy the shares.", "Buy the bonds and sell the shares."),
    ],
)  # fmt: skip
def test_one_sentence_that_says_something_else_makes_another_letter(one, other):
    assert not merged(LETTER.format(one), LETTER.format(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("We will buy the shares.", "We will purchase the shares."),
        ("We will buy the shares.", "We will buy the sharse."),
        ("The custodian keeps the shares.", "The custodain keeps the shares."),
        ("Your adviser will call you.", "Your adviser will ring you."),
        ("The payment follows soon.", "The pay ment follows soon."),
        ("The payment of the coupon follows.", "The paymentof the coupon follows."),
        ("The organisation was told of it.", "The organization was told of it."),
        ("The clearinghouse was told of it.", "The clearing house was told of it."),
        ("We keep the remittance for you.", "We keep the rernittance for you."),
        ("We keep the rernittance for you.", "We keep the remittanse for you."),
        ("We will send you the papers soon.", "We will mail you the papers shortly."),
        ("Many thanks for your patience.", "Many thanks for all of your patience."),
        ("We enjoyed it, and look forward to it.", "We enjoyed it - and look forward to it!"),
        ("The meeting was helpful to us.", "The conversation was useful to us."),
        ("The papers are with the notary.", "The papers are with the notary now."),
        ("Clients like you matter to us.", "Customers like you matter to us."),
        ("The annuity is paid out. The notary was there.", "The notary was there. The annuity is paid out."),
        ("It is in the permitted list of the depositary.", "It is in the permited list of the depositary."),
    ],
)  # fmt: skip
def test_a_misprint_or_another_ordinary_word_leaves_it_the_same_letter(one, other):
    assert merged(LETTER.format(one), LETTER.format(other))


def test_a_footer_or_another_opening_leaves_it_the_same_letter():
    text = LETTER.format("We will buy the shares.")
    assert merged(text, f"{text}\n\nPrinted from the archive of the desk.")
    assert merged(text, f"FYI:\n\n{text}")


def test_a_word_that_the_corpus_knows_is_no_name():
    # "notary" and "depositary" are no words of the list. In two letters alone each could be a name; six other texts
    # that use both, in lower case, show that they are words.
    one, other = (LETTER.format(f"The papers go to the {who} first.") for who in ("notary", "depositary"))
    elsewhere = [f"Text {chr(97 + n) * 3} on what a notary and a depositary do." for n in range(6)]
    assert not merged(one, other)
    assert merged(one, other, *elsewhere)


def test_a_word_that_the_corpus_has_as_a_name_is_one_however_often_it_stands():
    one, other = (LETTER.format(f"It goes to {who} at once.") for who in ("kessler", "okafor"))
    elsewhere = [f"Text {chr(97 + n) * 3} for Mr Kessler and Mrs Okafor." for n in range(12)]
    assert not merged(one, other, *elsewhere)


def test_two_words_that_differ_by_a_letter_are_two_where_both_are_established():
    one, other = (LETTER.format(f"Please take {drug} as before.") for drug in ("omeprazole", "esomeprazole"))
    assert merged(one, other)
    named = [f"Text {chr(97 + n) * 3} on Omeprazole, or on Esomeprazole." for n in range(6)]
    assert not merged(one, other, *(text.replace("on Ome", "of Ome") for text in named))


def test_words_exclude_one_another_both_ways_and_never_themselves():
    words = sorted(sides())
    for first in words[:: len(words) // 150]:
        assert not are_opposed(first, first)
        for second in words[:: len(words) // 97]:
            assert are_opposed(first, second) == are_opposed(second, first)


def test_no_word_stands_on_two_sides_of_a_line():
    for line in LINES.strip().split("\n"):
        said = [set(side.split()) for side in line.split("|")]
        assert len(said) >= 2, line
        assert sum(map(len, said)) == len(set.union(*said)), line


@pytest.mark.parametrize(
    ("one", "other"),
    [("income", "incomes"), ("buy", "purchase"), ("invest", "vest"), ("form", "inform"), ("print", "sprint"),
     ("visit", "visitor"), ("adviser", "advisor"), ("mother", "parent")],
)  # fmt: skip
def test_words_that_only_look_opposed_are_not(one, other):
    assert not are_opposed(one, other)


def test_endings_are_those_of_english():
    assert {"rejects", "rejected", "rejecting"} <= set(forms("reject"))
    assert {"permitted", "permitting"} <= set(forms("permit"))
    assert {"denied", "denies", "denying"} <= set(forms("deny"))
    assert {"increased", "increasing"} <= set(forms("increase"))
    assert {"papers", "kindly", "replied"} <= ordinary()
    assert not {"smith", "kwibramol", "kestrel", "rotterdam"} & ordinary()


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("payment", "paymnet", True),  # two letters swapped
        ("payment", "payrnent", True),  # as a scanner reads it
        ("fund", "find", True),  # one letter of four
        ("smith", "jones", False),
        ("kwibramol", "kwibratil", True),  # two of nine
        ("amber", "umbra", False),  # three of five
        ("to", "at", False),
    ],
)
def test_how_far_spellings_of_one_word_may_be_apart(one, other, expected):
    assert alike(one, other) is expected
    assert alike(other, one) is expected


def test_what_stands_in_place_of_what():
    # 2 and 3 gave way to 20; 6 was lost, and 21 put in.
    assert list(exchanged([*range(10)], [0, 1, 20, 4, 5, 7, 8, 21, 9])) == [([2, 3], [20])]
    assert list(exchanged([1, 2], [3, 4])) == [([1, 2], [3, 4])]
    assert list(exchanged([1, 2], [])) == []
    # Longer than is aligned at a time, with an exchange beyond it.
    long = list(range(10, 9010))
    assert list(exchanged(long, [*long[:8500], 5, *long[8501:]])) == [([8510], [5])]


@given(st.lists(st.integers(0, 5), max_size=30), st.lists(st.integers(0, 5), max_size=30))
def test_what_is_exchanged_is_part_of_both(ours, theirs):
    for left, right in exchanged(ours, theirs):
        assert any(ours[n : n + len(left)] == left for n in range(len(ours)))
        assert any(theirs[n : n + len(right)] == right for n in range(len(theirs)))
        assert left
        assert right
        assert left != right


@pytest.mark.parametrize("text", ["Straße CAFÉ 12 Straße", "ΑΘΗΝΑ και Straße", "buy " * 3])
def test_a_word_s_spelling_is_kept_in_lower_case_whatever_it_is_written_in(text):
    gatherer = SpellingGatherer()
    prints = fingerprints([{"": text}], 3, gatherer)
    spellings = gatherer.finish()
    expected = [None if word.isdigit() else word.lower() for word in text.split()]
    assert [spellings.of(word) for word in prints.words.of(0).tolist()] == expected


def test_a_table_that_grows_keeps_every_word():
    texts = [" ".join(f"word{chr(97 + a)}{chr(97 + b)}{chr(97 + c)}" for c in range(26)) for a in range(26)
             for b in range(26)]  # fmt: skip
    gatherer = SpellingGatherer()
    kept = [fingerprints([{"": text} for text in texts[n : n + 100]], 3, gatherer) for n in range(0, len(texts), 100)]
    spellings = gatherer.finish()
    spelt = [spellings.of(word) for prints in kept for word in prints.words.values.tolist()]
    right = [word for text in texts for word in text.split()]
    wrong = [word for word, found in zip(right, spelt, strict=True) if word != found]
    # 17,576 words, and one in 16 at most whose place was taken; each that was kept is kept right.
    assert len(wrong) < len(right) / 16
    assert all(found is None or found == word for word, found in zip(right, spelt, strict=True))
