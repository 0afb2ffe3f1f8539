"""Pairs of which one must be wrong, and pairs that only look so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from luthier.config.curation.contradictions import Contradictions as Settings
from luthier.curate.compare.contradictions import Contradictions
from luthier.records import Document, Finding, Provenance


def found(*texts: str, outdated: frozenset[str] = frozenset(), **more: Any) -> list[Finding]:
    """The findings on documents d0, d1, …; `more` holds lists of their fields."""
    rule = Contradictions(Settings())
    for number, text in enumerate(texts):
        fields = {name: values[number] for name, values in more.items()}
        source = Provenance(source="s", file=f"{number}.txt")
        rule.add(Document(id=f"d{number}", text=text, media_type="text/plain", source=source, **fields))

    def again(ids: Iterable[str]) -> Iterator[tuple[str, str]]:
        return ((record_id, texts[int(record_id[1:])]) for record_id in ids)

    return list(rule.findings(again, outdated))


CONTRADICTING = [
    ("The maximum daily dose of Amlodipine is 40 mg.", "Do not give more than 60 mg of amlodipine per day."),
    ("The notice period of the Harbour Bond 12 is 30 days.", "The Harbour Bond 12 can be closed with 14 days notice."),
    ("Minimum deposit, Harbour Bond 12: EUR 250", "To open the Harbour Bond 12, a member pays in at least 500 euros."),
    ("The interest rate of the Harbour Bond 12 is 1.9%.", "The Harbour Bond 12 pays 2.3 per cent interest a year."),
    (
        "Withdrawals from the Harbour Bond 12 are approved by the risk panel.",
        "Only the chief cashier may approve withdrawals from the Harbour Bond 12.",
    ),
    (
        "The fee for a replacement passbook at the counter is EUR 5.",
        "The fee for a replacement passbook at the counter is EUR 8.",
    ),
    ("Tranexamin must be taken with milk in the evening.", "Tranexamin must not be taken with milk in the evening."),
    (
        "| Service | Fee |\n|---|---|\n| Courier delivery abroad | EUR 20 |",
        "| Service | Fee |\n|---|---|\n| Courier delivery abroad | EUR 25 |",
    ),
    (
        "Ms Roth, client C00047\n| Service | Fee |\n|---|---|\n| Courier delivery abroad | EUR 20 |",
        "Client C00047, Ms Roth\n| Service | Fee |\n|---|---|\n| Courier delivery abroad | EUR 25 |",
    ),
]


@pytest.mark.parametrize(("one", "other"), CONTRADICTING)
def test_another_value_for_the_same_thing_is_put_before_an_expert_with_both_sentences(one: str, other: str) -> None:
    findings = found(f"Some words stand here. {one}" if "|" not in one else one, other)
    assert [(f.record_id, f.counterpart_id, f.action) for f in findings] == [("d0", "d1", "flag"), ("d1", "d0", "flag")]
    assert findings[1].before == other[findings[1].start : findings[1].end]
    assert findings[1].before is not None and " ".join(findings[1].before.split()) in findings[0].reason


COMPATIBLE = {
    "numbers of two houses": ("Post goes to 131 Orchard Close, Garsdale.", "Post goes to 147 Orchard Close, Garsdale."),
    "one person at two tables": (
        "After some talk the board let Ines Esposito take 27 passbooks to the front desk.",
        "After some talk the estates group let Ines Esposito take 19 agreements to the reading corner.",
    ),
    "tables of two clients": (
        "Ms Roth, client C00047\n| Service | Fee |\n|---|---|\n| Courier delivery abroad | EUR 20 |",
        "Mr Lang, client C00002\n| Service | Fee |\n|---|---|\n| Courier delivery abroad | EUR 25 |",
    ),
    "same value in words": ("Notice period, Harbour Bond 12: 30 days", "The Harbour Bond 12 needs thirty days notice."),
    "same value in another unit": ("The maximum dose of Ibex is 1 g.", "The maximum dose of Ibex is 1000 mg."),
    "another scope": (
        "The maximum daily dose of Amlodipine in adults is 40 mg.",
        "The maximum daily dose of Amlodipine in children is 20 mg.",
    ),
    "scope in the next sentence": (
        "The fee for the Harbour Bond 12 is EUR 5. This holds for business members.",
        "The fee for the Harbour Bond 12 is EUR 8. This holds for private members.",
    ),
    "another period of the dose": (
        "The maximum single dose of Amlodipine is 10 mg.",
        "The maximum daily dose of Amlodipine is 40 mg.",
    ),
    "another bound": ("The minimum age for Amber Club is 16 years.", "The maximum age for Amber Club is 60 years."),
    "another time": (
        "From 1 May 2020 to 2 June 2021, the fee for the Harbour Bond 12 is EUR 5.",
        "From 3 June 2021 to 2 June 2024, the fee for the Harbour Bond 12 is EUR 8.",
    ),
    "another subject": ("The fee for the Harbour Bond 12 is EUR 5.", "The fee for the Harbour Bond 13 is EUR 8."),
    "another attribute": ("The fee for the Harbour Bond 12 is EUR 5.", "The deposit for the Harbour Bond 12 is EUR 8."),
    "a narrative": ("Anna Castell received fees of EUR 5 in Fenby.", "Anna Castell received fees of EUR 8 in Fenby."),
}


@pytest.mark.parametrize("pair", COMPATIBLE.values(), ids=COMPATIBLE)
def test_what_is_explained_is_no_contradiction(pair: tuple[str, str]) -> None:
    assert found(*pair) == []


def test_a_rule_without_a_name_is_its_own_clients_and_profiles() -> None:
    pair = ("The fee for a replacement passbook is EUR 5.", "The fee for a replacement passbook is EUR 8.")
    assert found(*pair)
    assert not found(*pair, group=["client A", "client B"])
    assert not found(*pair, profile=[{"region": "north"}, {"region": "south"}])


def test_an_outdated_version_contradicts_nothing() -> None:
    one, other = CONTRADICTING[0]
    assert not found(one, other, outdated=frozenset({"d0"}))


@pytest.mark.parametrize("cut", [0, 1, 5, 12])
def test_what_two_readers_read_counts_as_if_one_had(cut: int) -> None:
    texts = [text for pair in CONTRADICTING[:6] for text in pair]
    source = Provenance(source="s", file="f.txt")
    papers = [
        Document(id=f"d{n}", text=text, media_type="text/plain", source=source, group="ab"[n % 2], profile={"x": "y"})
        for n, text in enumerate(texts)
    ]
    rule, first, second = (Contradictions(Settings()) for _ in range(3))
    for number, paper in enumerate(papers):
        rule.add(paper)
        (first if number < cut else second).add(paper)
    joined = Contradictions(Settings())
    joined.join(first)
    joined.join(second)
    assert len(joined) == len(rule) == len(texts)

    def again(ids: Iterable[str]) -> Iterator[tuple[str, str]]:
        return ((record_id, texts[int(record_id[1:])]) for record_id in ids)

    assert list(joined.findings(again)) == list(rule.findings(again)) != []


def test_a_wording_with_many_values_is_data() -> None:
    texts = [f"The amount to be paid for the monthly parcel is EUR {n}." for n in range(100, 106)]
    assert found(*texts[:2])
    assert not found(*texts)  # six values are more than `most_values`


def test_findings_do_not_depend_on_the_order_of_documents() -> None:
    one, other = CONTRADICTING[1]
    pairs = [{frozenset((f.before, f.reason[:20])) for f in found(*texts)} for texts in ((one, other), (other, one))]
    assert pairs[0] == pairs[1] != set()
