"""What is out of date, what only looks so, and what the finding shows for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from luthier.config.curation.expiry import Catalogue
from luthier.config.curation.expiry import Expiry as Settings
from luthier.curate.compare.expiry import Expiry
from luthier.curate.compare.products import Product, read_catalogue
from luthier.curate.compare.validity import statements
from luthier.curate.compare.versions import read_name
from luthier.errors import RequestError
from luthier.records import Document, Finding, Provenance

TODAY = dt.date(2026, 6, 30)
BODY = (
    "Claims are entered in the travel portal within ten days. Second-class rail is booked by the office. Taxis need a "
    "receipt and the name of the person visited. Hotels are chosen from the list of partners."
)


def document(number: int, text: str = BODY, title: str | None = None, **more: Any) -> Document:
    source = Provenance(source="library", file=more.pop("file", f"{number}.txt"))
    return Document(id=f"d{number}", text=text, media_type="text/plain", source=source, title=title, **more)


def found(*documents: Document, products: Sequence[Product] = (), **settings: Any) -> dict[str, Finding]:
    rule = Expiry(Settings(**settings), TODAY, products)
    known = {d.id: d.text for d in documents}

    def texts(ids: Iterable[str]) -> Iterator[tuple[str, str]]:
        return ((record_id, known[record_id]) for record_id in ids)

    for one in documents:
        rule.add(one)
    return {finding.record_id: finding for finding in rule.findings(texts)}


@pytest.mark.parametrize(
    ("name", "stem", "version", "date", "kind"),
    [
        ("Travel policy v2.0", "travel policy", (2,), None, "versioned"),
        ("Fee schedule, version 1.10 (March 2024)", "fee schedule", (1, 10), dt.date(2024, 3, 1), "versioned"),
        ("Annual report 2023", "annual report", None, dt.date(2023, 1, 1), "history"),
        ("Guideline rev. B", "guideline", (2,), None, "versioned"),
        ("Minutes on the fee policy", "minutes on fee policy", None, None, "history"),
    ],
)
def test_a_name_is_read_as_stem_version_date_and_kind(
    name: str, stem: str, version: tuple[int, ...] | None, date: dt.date | None, kind: str
) -> None:
    read = read_name(name)
    assert (read.stem, read.version, read.date, read.kind) == (stem, version, date, kind)


def test_a_file_name_is_read_without_its_folder_and_ending() -> None:
    read = read_name("policies/2019/TravelPolicy_v3_2024-05-02.docx", is_file=True)
    assert (read.stem, read.version, read.date) == ("travel policy", (3,), dt.date(2024, 5, 2))


@pytest.mark.parametrize(
    ("sentence", "what", "date"),
    [
        ("This price list is valid until 31 March 2024.", "expires", dt.date(2024, 3, 31)),
        ("Expiry date: 2024-03-31", "expires", dt.date(2024, 3, 31)),
        ("These conditions expire at the end of March 2024.", "expires", dt.date(2024, 3, 31)),  # the month's last day
        ("Not to be used after 31 March 2024.", "expires", dt.date(2024, 3, 31)),
        ("Effective from: 1 July 2023", "effective", dt.date(2023, 7, 1)),
        ("Valid until 03/04/2031.", "expires", dt.date(2031, 4, 3)),  # two readings: the later one is safe
    ],
)
def test_a_document_says_when_it_begins_and_ends(sentence: str, what: str, date: dt.date) -> None:
    assert (what, date) in [(s.what, s.date) for s in statements(f"Some words before. {sentence} And after.")]


@pytest.mark.parametrize(
    "sentence",
    [
        "The lift's test certificate expired on 5 July 2024.",
        "A passport that was valid until 5 July 2024 was shown at the counter.",
        "The offer of the neighbouring bakery ended on 5 July 2024.",
        "It remains valid until it is replaced.",
        "This policy has not been withdrawn.",
        "This note supersedes nothing.",
    ],
)
def test_other_things_end_and_denials_end_nothing(sentence: str) -> None:
    # A statement with a reference is believed only where that names another document.
    assert [s for s in statements(sentence) if s.what != "as_of" and not s.reference] == []


def test_a_passed_expiry_date_is_shown_with_its_sentence() -> None:
    text = f"{BODY} This price list is valid until 31 March 2024."
    finding = found(document(1, text))["d1"]
    assert finding.code == "expiry.expired" and finding.action == "drop"
    assert text[finding.start : finding.end] == "This price list is valid until 31 March 2024." == finding.before


def test_the_day_of_expiry_itself_is_still_valid() -> None:
    assert not found(document(1, expiry_date=TODAY))
    assert found(document(1, expiry_date=TODAY - dt.timedelta(days=1)))["d1"].field == "expiry_date"


def test_old_but_valid_stays() -> None:
    text = f"{BODY} First issued on 3 May 2004 and still in force; it remains valid until withdrawn."
    assert not found(document(1, text, "Travel policy", effective_date=dt.date(2004, 5, 3)))


def test_a_document_that_replaces_another_names_it_with_the_evidence() -> None:
    old = document(1, f"Travel policy TP-014\n{BODY}", "Travel policy TP-014")
    text = f"Mobility rules TP-022\n{BODY} This edition supersedes TP-014 of 3 May 2022."
    finding = found(old, document(2, text, "Mobility rules"))["d1"]
    assert (finding.code, finding.counterpart_id) == ("expiry.superseded", "d2")
    place = text.index("This edition")
    assert finding.before == text[place:] and f"characters {place}-{len(text)} of d2" in finding.reason
    assert (finding.start, finding.end) == (None, None)  # the sentence stands in the other document


@pytest.mark.parametrize("newer", [dt.date(2024, 1, 1), dt.date(2027, 1, 1)])
def test_a_newer_version_replaces_only_once_it_is_in_force(newer: dt.date) -> None:
    old = document(1, title="Travel policy v1", effective_date=dt.date(2020, 1, 1))
    new = document(2, f"{BODY} Trams are free.", "Travel policy v2", effective_date=newer)
    outdated = found(old, new)
    assert set(outdated) == ({"d1"} if newer <= TODAY else set())


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"title": "Annual report 2023"}, {"title": "Annual report 2024"}),
        ({"title": "Travel policy v1", "group": "client A"}, {"title": "Travel policy v2", "group": "client B"}),
        (
            {"title": "Fee list v1", "profile": {"region": "north"}},
            {"title": "Fee list v2", "profile": {"region": "s"}},
        ),
        ({"title": "Travel policy v1"}, {"title": "Travel policy v2 draft"}),
        ({"title": "Travel policy"}, {"title": "Travel policy"}),
    ],
)
def test_history_other_clients_drafts_and_namesakes_replace_nothing(first: Any, second: Any) -> None:
    assert not found(document(1, **first), document(2, **second))


def test_one_template_for_two_products_is_no_pair_of_versions() -> None:
    one = document(1, f"Product: Harbour Bond\n{BODY}", "Leaflet 2023", group=None)
    other = document(2, f"Product: Meadow Bond\n{BODY}", "Leaflet 2024", group=None)
    assert not found(one, other)


def test_documents_of_one_declared_family_go_by_their_dates() -> None:
    dates = [dt.date(2021, 1, 1), dt.date(2023, 1, 1), dt.date(2022, 1, 1)]
    family = [document(n, f"text {n}", effective_date=day, family="f") for n, day in enumerate(dates)]
    assert {f.record_id: f.counterpart_id for f in found(*family).values()} == {"d0": "d1", "d2": "d1"}


def test_a_paper_on_a_product_that_another_says_is_gone_is_flagged() -> None:
    notice = document(1, "Harbour Bond 12 was retired on 1 May 2025 and is no longer sold.")
    paper = document(2, f"To open Harbour Bond 12, sign at the counter. {BODY}")
    other = document(3, f"To open Harbour Bond 13, sign at the counter. {BODY}")
    outdated = found(notice, paper, other)
    assert set(outdated) == {"d2"}
    assert (outdated["d2"].code, outdated["d2"].counterpart_id) == ("expiry.retired_product", "d1")


def test_a_person_who_retired_is_no_product() -> None:
    assert not found(document(1, "Anna Castell retired in 2023 after 30 years."), document(2, "Anna Castell signs."))


def test_the_catalogue_names_products_that_are_gone(tmp_path: Path) -> None:
    (tmp_path / "products.csv").write_text("product,until\nHarbour Bond,2025-05-01\nMeadow Bond,\n", encoding="utf-8")
    catalogue = Catalogue(path="products.csv", name="product", end_date="until")
    products = read_catalogue(catalogue, tmp_path)
    assert [p.ended for p in products] == [dt.date(2025, 5, 1), None]
    outdated = found(document(1, "Open a Harbour Bond."), document(2, "Open a Meadow Bond."), products=products)
    assert set(outdated) == {"d1"}
    with pytest.raises(RequestError, match="no column 'ends'"):
        read_catalogue(Catalogue(path="products.csv", name="product", end_date="ends"), tmp_path)
    (tmp_path / "products.csv").write_bytes("product,until\nPrêt 12,2024-05-01\n".encode("cp1252"))
    with pytest.raises(RequestError, match="Save it as CSV in UTF-8"):
        read_catalogue(catalogue, tmp_path)
