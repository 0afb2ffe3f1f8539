"""Validity in German, French, Spanish, Italian and Dutch; and offers and campaigns in English."""

from __future__ import annotations

import datetime as dt

import pytest

from luthier.config.curation.expiry import Expiry as Settings
from luthier.curate.compare.expiry import Expiry
from luthier.curate.compare.validity import statements
from luthier.records import Document, Provenance

END = dt.date(2024, 3, 31)
TODAY = dt.date(2026, 6, 30)


def said(text):
    return [(s.what, s.date) for s in statements(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Gültig bis 31.03.2024",
        "Gültig bis: 31. März 2024",
        "Preisliste 2024 (gültig bis 31.03.2024)",
        "Diese Preisliste ist gültig bis zum 31. März 2024.",
        "Diese Richtlinie für Filialen gilt bis einschließlich 31.03.2024.",
        "Das Angebot endet am 31.03.2024.",
        "Valable jusqu'au 31 mars 2024",
        "Cette offre est valable jusqu’au 31/03/2024.",
        "La présente directive reste en vigueur jusqu'au 31 mars 2024.",
        "La campagne se termine le 31 mars 2024.",
        "Válido hasta el 31 de marzo de 2024",
        "Esta tarifa es válida hasta el 31/03/2024.",
        "La promoción termina el 31 de marzo de 2024.",
        "Valido fino al 31 marzo 2024",
        "Il presente listino è valido fino al 31/03/2024.",
        "L'offerta scade il 31 marzo 2024.",
        "Geldig tot 31 maart 2024",
        "Deze prijslijst is geldig tot en met 31-03-2024.",
        "De actie loopt tot 31 maart 2024.",
        "The campaign ends on 31 March 2024.",
        "Our spring promotion ended on 31 March 2024.",
        "The offer closes on 31 March 2024.",
    ],
)
def test_until_when_a_document_is_valid(text):
    assert said(f"{text}\nMehr dazu im Haus.") == [("expires", END)]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Gültig ab 31.03.2024", "effective"),
        ("Diese Richtlinie tritt am 31. März 2024 in Kraft.", "effective"),
        ("Applicable à partir du 31 mars 2024", "effective"),
        ("Esta norma entra en vigor el 31 de marzo de 2024.", "effective"),
        ("In vigore dal 31 marzo 2024", "effective"),
        ("Geldig vanaf 31 maart 2024", "effective"),
    ],
)
def test_from_when_a_document_is_valid(text, what):
    assert said(text) == [(what, END)]


@pytest.mark.parametrize(
    "text",
    [
        "Gültig vom 1.1.2024 bis 31.3.2024",
        "Valable du 1er janvier 2024 au 31 mars 2024",
        "Válido desde el 1 de enero de 2024 hasta el 31 de marzo de 2024",
        "Valido dal 1 gennaio 2024 al 31 marzo 2024",
        "Geldig van 1 januari 2024 tot en met 31 maart 2024",
    ],
)
def test_a_stretch_has_a_beginning_and_an_end(text):
    assert said(text) == [("effective", dt.date(2024, 1, 1)), ("expires", END)]


@pytest.mark.parametrize(
    "text",
    [
        "Ihr Ausweis ist gültig bis 31.03.2024.",
        "Der Vertrag läuft bis 31.03.2024.",
        "Diese Richtlinie ist nicht gültig bis 31.03.2024.",
        "Votre passeport est valable jusqu'au 31 mars 2024.",
        "Su pasaporte es válido hasta el 31 de marzo de 2024.",
        "Il passaporto scade il 31 marzo 2024.",
        "Uw paspoort is geldig tot 31 maart 2024.",
        "Wir ersetzen die Heizung am 31.03.2024.",
        "The lecture ends on 31 March 2024 at noon.",
        "The branch closes on 31 March 2024 for stocktaking.",
        "If the campaign ends on 31 March 2024, we will write again.",
    ],
)
def test_other_things_end_and_say_nothing_of_the_document(text):
    assert not [what for what, _ in said(text) if what in ("expires", "replaces")]


@pytest.mark.parametrize(
    "text",
    [
        "Ersetzt die Fassung vom 1. Mai 2023.",
        "Diese Richtlinie ersetzt die Fassung vom 1. Mai 2023.",
        "Cette procédure remplace la version du 1er mai 2023.",
        "Esta norma sustituye la versión del 1 de mayo de 2023.",
        "La presente procedura sostituisce la versione del 1 maggio 2023.",
        "Deze richtlijn vervangt de versie van 1 mei 2023.",
    ],
)
def test_what_a_document_replaces_is_out_of_date(text):
    def document(name, body, **fields):
        source = Provenance(source="library", file=f"{name}.txt")
        return Document(id=name, text=body, media_type="text/plain", source=source, title="Reisen", **fields)

    rule = Expiry(Settings(), TODAY)
    papers = [
        document("old", "Wer reist, meldet es an.", effective_date=dt.date(2023, 5, 1)),
        document("new", f"{text}\nWer reist, meldet es vorher an.", effective_date=dt.date(2025, 5, 1)),
        document("other", "Wer reist, sagt es.", effective_date=dt.date(2022, 5, 1)),
    ]
    for paper in papers:
        rule.add(paper)
    found = {f.record_id: f for f in rule.findings(lambda ids: ((p.id, p.text) for p in papers if p.id in set(ids)))}
    assert (found["old"].code, found["old"].counterpart_id) == ("expiry.superseded", "new")
    assert "new" not in found
    assert found.get("other") is None or found["other"].code != "expiry.superseded"
