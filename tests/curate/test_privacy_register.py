"""Names that one record introduces and another only mentions."""

from __future__ import annotations

import pytest
from desk_papers import TODAY, config, document, ingested, note

from luthier.config import Curate
from luthier.curate.clean.privacy import KnownNames, names_introduced
from luthier.curate.pipeline import curate
from luthier.records import Document, Example


def introduced(*texts, **columns):
    return sorted(names_introduced(texts, columns))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Mr Hans Keller rang us.", ["Hans Keller"]),
        ("Mr Keller rang us.", []),  # a surname alone may be anything
        ("Dear Maria van den Berg,\nthank you.", ["Maria van den Berg"]),
        ("Kind regards,\nAna Lopez", ["Ana Lopez"]),
        ("My name is Tom Okafor, and I call about the card.", ["Tom Okafor"]),
        ("Client: Jane Okonkwo", ["Jane Okonkwo"]),
        ("Client: Harbour Bond", []),  # it may be a firm or a product: "bond" is an ordinary word
        ("Client: Lindqvist Shipping", []),
        ("Frau Dr. Anna Weiß's file", ["Anna Weiß"]),
        ("This is Delta Point, speaking.", ["Delta Point"]),
        ("Dear Customer Service,", []),
        ("We met Hans Keller.", []),  # nothing shows that it is a person
    ],
)
def test_what_is_collected_are_full_names_that_the_text_shows_to_be_some(text, names):
    # "This is …" is weak evidence: "point" is an ordinary word, and so the name is not believed.
    assert introduced(text) == ([] if names == ["Delta Point"] else names)


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        ({"adviser": "Rose Grant"}, ["Rose Grant"]),  # a column of people
        ({"client_name": "Jane Okonkwo"}, ["Jane Okonkwo"]),
        ({"client_name": "Alpine Foods"}, []),
        ({"client": "C-0012"}, []),
        ({"product name": "Hans Keller"}, []),
        ({"region": "Nordrhein Westfalen"}, []),
        ({"name": "Hans Keller GmbH"}, []),
    ],
)
def test_columns_of_names_introduce_those_that_are_people_s(columns, names):
    assert introduced(**columns) == names


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("We met Hans Keller today.", ["Hans Keller"]),
        ("HANS KELLER signed.", ["HANS KELLER"]),
        ("Keller, Hans: present", ["Keller, Hans"]),
        ("Hans Keller's account, and Hans\nKeller’s card", ["Hans Keller", "Hans\nKeller"]),
        ("Yesterday Hans Keller, Ana Lopez and Tom Okafor met.", ["Hans Keller", "Ana Lopez"]),
        ("Hans Keller Stiftung and Hans Keller GmbH", []),
        ("hans keller", []),
        ("Hans Kellermann, Johans Keller", []),
        ("Keller spoke. Hans agreed.", []),
        ("Maria van den Berg was there", ["Maria van den Berg"]),
    ],
)
def test_known_names_are_found_as_they_are_written(text, found):
    known = KnownNames(["Hans Keller", "Ana Lopez", "Maria van den Berg"])
    assert [text[span.start : span.end] for span, _ in known.find(text)] == found


DOCUMENTS = [
    document("letter", "Dear Mr Hans Keller, thank you for your visit to the branch."),
    document("minutes", "Hans Keller asked about the fee. Keller was told that there is none."),
    document("leaflet", "The Keller method is taught in every branch of the bank."),
]
EXAMPLES = [note("n1", "please ring Hans Keller back about the card that he lost")]
MASKED = {"privacy": {"name": "mask"}}


def curated(folder, documents=DOCUMENTS, **curation):
    return curate(config(curate=Curate(**MASKED, **curation)), ingested(folder, documents, EXAMPLES), today=TODAY)


@pytest.mark.parametrize("workers", [1, 2])
def test_who_is_introduced_in_one_record_is_masked_in_every_other(tmp_path, workers):
    artefact = curated(tmp_path, workers=workers)
    texts = {record.id: record.text for record in artefact.records("documents", Document)}
    assert texts["minutes"] == "[NAME] asked about the fee. [NAME] was told that there is none."
    # Where the full name does not stand, its surname alone is left alone.
    assert texts["leaflet"] == DOCUMENTS[2].text
    (example,) = artefact.records("examples", Example)
    assert example.inputs["note"] == "please ring [NAME] back about the card that he lost"


def test_other_names_are_another_artefact_and_the_same_names_none(tmp_path):
    first, again = curated(tmp_path / "a"), curated(tmp_path / "b", DOCUMENTS[::1])
    without = curated(tmp_path / "c", DOCUMENTS[1:])
    passes = [artefact.manifest["made_from"]["passes"]["privacy"] for artefact in (first, again, without)]
    assert passes[0] == passes[1] != passes[2]
    texts = {record.id: record.text for record in without.records("documents", Document)}
    assert texts["minutes"] == DOCUMENTS[1].text
