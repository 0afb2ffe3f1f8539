"""What rules across documents find does not hang on the order in which they see them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from luthier.config.curation.contradictions import Contradictions as ContradictionSettings
from luthier.config.curation.expiry import Expiry as ExpirySettings
from luthier.curate.compare.contradictions import Contradictions
from luthier.curate.compare.expiry import Expiry
from luthier.records import Document, Finding, Provenance

TODAY = dt.date(2026, 6, 30)
NAMES = ("Harbour Bond 12", "Harbour Bond 13", "Meadow Loan")
STATEMENTS = (
    "The fee for the {name} is EUR {value}.",
    "The notice period of the {name} is {value} days.",
    "Children of members pay no fee for the {name}.",
    "The {name} must not be opened by post.",
    "The {name} must be opened by post.",
)
stated = st.builds(
    lambda form, name, value: form.format(name=name, value=value),
    st.sampled_from(STATEMENTS), st.sampled_from(NAMES), st.sampled_from((5, 8, 12)),
)  # fmt: skip

ENDS = (
    "It is kept at the counter.",
    "This policy is valid until 31 March 2024.",
    "This policy is valid until 31 March 2031.",
    "This policy has been withdrawn.",
    "This policy supersedes all previous versions of it.",
)
versions = st.fixed_dictionaries(
    {
        "title": st.sampled_from(("Travel policy v1", "Travel policy v2", "Travel policy v3 draft", "Fee list")),
        "group": st.sampled_from((None, "client A")),
        "effective_date": st.sampled_from((None, dt.date(2021, 1, 1), dt.date(2023, 1, 1), dt.date(2030, 1, 1))),
        "expiry_date": st.sampled_from((None, dt.date(2022, 1, 1), dt.date(2032, 1, 1))),
        "text": st.sampled_from(ENDS).map(lambda end: f"Travel by rail is booked by the office. {end}"),
    }
)


def document(number: int, text: str, **fields: Any) -> Document:
    source = Provenance(source="s", file=f"{number}.txt")
    return Document(id=f"d{number}", text=text, media_type="text/plain", source=source, **fields)


def contradicting(documents: Sequence[Document]) -> list[Finding]:
    rule = Contradictions(ContradictionSettings())
    for one in documents:
        rule.add(one)
    return list(rule.findings(texts_of(documents)))


def outdated(documents: Sequence[Document]) -> list[Finding]:
    rule = Expiry(ExpirySettings(), TODAY)
    for one in documents:
        rule.add(one)
    return list(rule.findings(texts_of(documents)))


def texts_of(documents: Sequence[Document]) -> Any:
    known = {one.id: one.text for one in documents}

    def texts(ids: Iterable[str]) -> Iterator[tuple[str, str]]:
        return ((record_id, known[record_id]) for record_id in ids)

    return texts


@settings(max_examples=60, deadline=None)
@given(st.lists(stated, min_size=2, max_size=6), st.data())
def test_contradictions_are_the_same_in_any_order(texts: list[str], data: st.DataObject) -> None:
    # At most six documents of one sentence: no document reaches the five findings after which it is left alone.
    documents = [document(number, text) for number, text in enumerate(texts)]
    shuffled = data.draw(st.permutations(documents))
    assert {pair(f) for f in contradicting(documents)} == {pair(f) for f in contradicting(shuffled)}


@settings(max_examples=60, deadline=None)
@given(st.lists(stated, min_size=2, max_size=6))
def test_each_contradiction_is_reported_once_on_either_side(texts: list[str]) -> None:
    found = contradicting([document(number, text) for number, text in enumerate(texts)])
    sides = Counter(pair(f) for f in found)
    assert set(sides.values()) <= {1}
    assert {(other, one) for one, other in sides} == set(sides)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(NAMES), min_size=2, max_size=6), st.sampled_from(STATEMENTS), st.integers(1, 99))
def test_equal_values_never_contradict(names: list[str], form: str, value: int) -> None:
    texts = [form.format(name=name, value=value) for name in names]
    assert contradicting([document(number, text) for number, text in enumerate(texts)]) == []


def test_the_order_tests_see_contradictions() -> None:
    texts = [STATEMENTS[0].format(name=NAMES[0], value=value) for value in (5, 8)]
    found = contradicting([document(number, text) for number, text in enumerate(texts)])
    assert [pair(f) for f in found] == [("d0", "d1"), ("d1", "d0")]


@settings(max_examples=100, deadline=None)
@given(st.lists(versions, min_size=1, max_size=5), st.data())
def test_what_is_out_of_date_is_the_same_in_any_order(fields: list[dict[str, Any]], data: st.DataObject) -> None:
    documents = [document(number, **of_one) for number, of_one in enumerate(fields)]
    shuffled = data.draw(st.permutations(documents))
    assert outdated(documents) == outdated(shuffled)


def test_of_two_copies_that_replace_a_third_neither_replaces_the_other_and_the_same_is_named_in_any_order() -> None:
    old = document(1, ENDS[0], title="Travel policy v1")
    two = [document(number, ENDS[4], title="Travel policy v2") for number in (2, 3)]
    for documents in ([old, *two], [*reversed(two), old]):
        assert [pair(f) for f in outdated(documents)] == [("d1", "d2")]


@settings(max_examples=100, deadline=None)
@given(st.lists(versions, min_size=1, max_size=5))
def test_a_document_is_found_out_of_date_once_and_never_by_itself(fields: list[dict[str, Any]]) -> None:
    found = outdated([document(number, **of_one) for number, of_one in enumerate(fields)])
    assert [f.record_id for f in found] == sorted({f.record_id for f in found})
    assert all(f.counterpart_id != f.record_id for f in found)


@settings(max_examples=60, deadline=None)
@given(st.lists(versions, min_size=1, max_size=5))
def test_a_day_that_has_passed_is_always_found_and_one_to_come_never(fields: list[dict[str, Any]]) -> None:
    documents = [document(number, **of_one) for number, of_one in enumerate(fields)]
    expired = {f.record_id for f in outdated(documents) if f.code == "expiry.expired" and f.field == "expiry_date"}
    assert expired == {one.id for one in documents if one.expiry_date is not None and one.expiry_date < TODAY}


def pair(finding: Finding) -> tuple[str, str | None]:
    return finding.record_id, finding.counterpart_id
