"""Boilerplate: what recurs is cut, what is content stays."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import document, undo

from luthier.config.curation.boilerplate import Boilerplate
from luthier.curate.clean.boilerplate import Recurring
from luthier.curate.clean.edits import apply

DISCLAIMERS = [
    "This message is confidential and intended solely for the addressee. It may not be copied or forwarded. If you "
    "have received it in error, please delete it.",
    "Past performance is not a reliable indicator of future results. Nothing in this paper is an offer.",
    "This document is provided for general information only and does not constitute investment advice.",
]
HEADERS = ["Harrow Lane Private Office\n12 Quay Street, Port Maren", "Harrow Lane Internal Memorandum"]
NAMES = ["Ana Ruiz", "Ben Okafor", "Carla Stein", "Dev Patel", "Eva Lind", "Finn Moore"]
VOCABULARY = """
    client asked whether pension bond share income risk tax fee plan review house school loan trust gift move spring
    autumn steady cautious bold quick letter call meeting branch adviser estate insurance deposit
""".split()  # noqa: SIM905
POLICY = "A gift above the limit must be reported to the branch within five days."


def content(rng: random.Random) -> str:
    def sentence() -> str:
        words = rng.choices(VOCABULARY, k=rng.randint(7, 14))
        return " ".join(words).capitalize() + f" {rng.randint(2, 90)}%."

    return "\n\n".join(" ".join(sentence() for _ in range(3)) for _ in range(rng.randint(2, 4)))


def corpus(seed: int, size: int) -> list[tuple[str, list[str]]]:
    """(text, the passages planted in it) for each document; letters of one template are among them, as a trap."""
    rng = random.Random(seed)
    made = []
    for number in range(size):
        if number % 5 == 0:  # a template that every client gets: all of it recurs, and all of it is content
            fund = rng.choice(["growth", "income"])
            opening = "Your review is due soon and we would like to see you about it."
            request = f"Please bring the {fund} papers, and proof of EUR {rng.randint(10, 99)}k."
            made.append((f"{opening}\n\n{request} {content(rng)}", []))
            continue
        body, planted = content(rng), []
        if number in (7, 8, 9):
            body += "\n\n" + POLICY
        if rng.random() < 0.5:
            planted.append(rng.choice(HEADERS))
            body = planted[-1] + "\n\n" + body
        if rng.random() < 0.5:
            planted.append(f"Yours sincerely,\n{rng.choice(NAMES)}\nSenior Adviser")
            body += "\n\n" + planted[-1]
        if rng.random() < 0.6:
            planted.append(rng.choice(DISCLAIMERS))
            body += rng.choice(["\n\n", " "] if not planted[:-1] else ["\n\n"]) + planted[-1]
        made.append((body, planted))
    return made


def fitted(texts: list[str], given: Boilerplate | None = None) -> Recurring:
    rule = Recurring(given or Boilerplate())
    for number, text in enumerate(texts):
        rule.add(document(text, f"d{number}", f"client {number % 40}"))
    return rule


def bare(text: str) -> int:
    return len("".join(text.split()))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_planted_passages_are_found_and_little_else(seed):
    made = corpus(seed, 400)
    rule = fitted([text for text, _ in made])
    planted = cut = both = 0
    for text, passages in made:
        _, findings = rule.clean_document(document(text))
        marked = set[int]()
        for passage in passages:
            start = text.index(passage)
            marked |= set(range(start, start + len(passage)))
        taken = {place for f in findings for place in range(f.start, f.end)}
        solid = {place for place, character in enumerate(text) if not character.isspace()}
        planted += len(marked & solid)
        cut += len(taken & solid)
        both += len(marked & taken & solid)
    assert both / cut >= 0.95
    assert both / planted >= 0.95


def test_a_sentence_in_few_documents_stays():
    made = corpus(1, 400)
    rule = fitted([text for text, _ in made])
    texts = [text for text, _ in made if POLICY in text]
    assert len(texts) >= 2
    assert all(POLICY in rule.clean_document(document(text))[0].text for text in texts)


def test_what_recurs_for_one_client_only_stays():
    rng = random.Random(4)
    texts = [content(rng) + "\n\nThis note is confidential to the family." for _ in range(60)]
    rule = Recurring(Boilerplate())
    for number, text in enumerate(texts):
        rule.add(document(text, f"d{number}", "one client"))
    assert rule.clean_document(document(texts[0])) == (document(texts[0]), [])


def test_a_sentence_over_every_page_is_a_running_head_unless_it_speaks():
    rng = random.Random(6)
    head, opening = "Harrow Lane, a house owned by its members. Internal use.", "We thank you for your visit on Friday."
    texts = [f"{(head, opening)[number % 2]}\n\n{content(rng)}" for number in range(200)]
    cleaned = [fitted(texts).clean_document(document(text))[0].text for text in texts[:2]]
    assert head not in cleaned[0] and cleaned[1] == texts[1]


def test_sentences_that_differ_in_numbers_and_names_tell_of_different_matters():
    rng = random.Random(7)
    texts = [
        f"{content(rng)}\n\nThe ledger ends on page {number}; the next one was begun by {rng.choice(NAMES)} on 9 May."
        for number in range(100)
    ]
    assert [fitted(texts).clean_document(document(text))[0].text for text in texts[:5]] == texts[:5]


def test_the_document_that_boilerplate_is_taken_from_is_left_whole_and_flagged():
    rule = fitted([text for text, _ in corpus(1, 400)])
    before = document(DISCLAIMERS[0])
    after, (finding,) = rule.clean_document(before)
    assert after is before
    assert (finding.code, finding.action) == ("boilerplate.only", "flag")


def test_small_differences_do_not_hide_a_passage():
    rng = random.Random(5)
    footers = [f"Page {n} of {n + 3} - Confidential" for n in range(1, 50)]
    texts = [content(rng) + "\n\n" + footer for footer in footers]
    rule = fitted(texts)
    assert all("Page" not in rule.clean_document(document(text))[0].text for text in texts)


RULE_FITTED = fitted([text for text, _ in corpus(2, 200)])
PIECES = [*DISCLAIMERS, *HEADERS, "Yours sincerely,", "Ana Ruiz", "Client asked about the bond.", "\n\n", "\n", " "]


@given(st.lists(st.sampled_from(PIECES), max_size=10).map("".join))
@settings(max_examples=200, deadline=None)
def test_edits_replay_and_undo(text):
    before = document(text)
    after, findings = RULE_FITTED.clean_document(before)
    edits = [f for f in findings if f.action == "edit"]
    assert apply(text, edits) == after.text
    assert undo(after.text, edits) == text
    assert (after is before) == (not edits)
