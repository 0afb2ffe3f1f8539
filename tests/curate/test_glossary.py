"""The glossary: what is rewritten, what is spelled out, what is left."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import document, example, undo

from luthier.config.curation.glossary import Glossary, Term
from luthier.curate.clean.edits import apply
from luthier.curate.clean.glossary import Terms, clean_document, clean_example
from luthier.curate.clean.glossary_audit import Audit
from luthier.curate.clean.glossary_file import load_terms
from luthier.errors import RequestError, SourceError

LIST = [
    Term(term="risk profile", variants=["risk-profile", "risk appetite form"]),
    Term(term="Know Your Customer", variants=["know-your-client"], abbreviations=["KYC"]),
    Term(term="risk appetite form annex"),
    Term(term="information technology", abbreviations=["IT"]),
    Term(term="fund", variants=["vehicle"]),
    Term(term="assets under management", abbreviations=["AM"]),
    Term(term="asset manager", abbreviations=["AM"]),
    Term(term="cover", variants=["protection"], ambiguous=True),
    Term(term="unit trust", variants=["fund trust"]),
]
TERMS, ASKED = Terms(LIST), Glossary()


def cleaned(text: str, given: Glossary = ASKED) -> str:
    return clean_document(document(text), given, TERMS)[0].text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The risk-profile is old.", "The risk profile is old."),
        ("Risk-profile: old. RISK-PROFILE!", "Risk profile: old. RISK PROFILE!"),
        ("The Risk-Profile Sheet", "The Risk Profile Sheet"),
        ("a KNOW-YOUR-CLIENT check", "a Know Your Customer check"),  # the term has capitals of its own
        ("the risk appetite form is signed", "the risk profile is signed"),
        ("the risk appetite form annex is signed", "the risk appetite form annex is signed"),  # the longest match
        ("many vehicles, one vehicle", "many vehicles, one fund"),  # whole words only
        ("it is IT", "it is information technology (IT)"),  # an abbreviation in its own case
    ],
)
def test_variants_become_the_term(text, expected):
    assert cleaned(text) == expected


def test_an_abbreviation_is_spelled_out_where_first_used():
    assert cleaned("KYC is due. KYC is old.") == "Know Your Customer (KYC) is due. KYC is old."
    assert cleaned("Know Your Customer (KYC) is due.") == "Know Your Customer (KYC) is due."
    assert cleaned("KYC is due.", Glossary(abbreviations="leave")) == "KYC is due."


def test_what_is_ambiguous_is_left_and_listed_once():
    before = document("AM rose. The AM said so. Protection is needed.")
    after, findings = clean_document(before, ASKED, TERMS)
    assert after is before
    assert [(f.code, f.action, f.before) for f in findings] == [
        ("glossary.ambiguous", "flag", "AM"),
        ("glossary.ambiguous", "flag", "Protection"),
    ]
    assert "“assets under management” or “asset manager”" in findings[0].reason
    assert "2 times" in findings[0].reason


def audited(*texts: str) -> Audit:
    audit = Audit()
    for number, text in enumerate(texts, start=1):
        clean_document(document(text, f"d{number}"), ASKED, TERMS, audit)
    return audit


def test_the_audit_counts_each_form_before_and_after_and_says_what_was_left():
    rows = {row["written"]: row for row in audited("KYC, and KYC. Risk-profile!", "The AM, a risk profile.").rows()}
    counts = {form: [row[name] for name in ("before", "rewritten", "left", "after")] for form, row in rows.items()}
    assert counts == {
        "Know Your Customer": [0, 0, 0, 1],  # "Know Your Customer (KYC), and KYC."
        "KYC": [2, 1, 1, 2],
        "risk-profile": [1, 1, 0, 0],
        "risk profile": [1, 0, 0, 2],
        "AM": [1, 0, 1, 1],
    }
    assert (rows["AM"]["role"], rows["AM"]["terms"]) == ("ambiguous", ["assets under management", "asset manager"])
    assert rows["AM"]["unchanged"] == [{"record": "d2", "written": "AM"}]
    assert rows["risk-profile"]["changed"] == [{"record": "d1", "before": "Risk-profile", "after": "Risk profile"}]
    assert {form: row["texts"] for form, row in rows.items()} == dict.fromkeys(rows, 1) | {"Know Your Customer": 0}


def test_the_audit_of_parts_put_together_is_that_of_the_whole():
    texts = ["KYC", "risk-profile, vehicle", "AM", "AM", "AM vehicle", "AM, risk-profile", "a vehicle trust"]
    together = audited(*texts[:3])
    rest = Audit()
    for number, text in enumerate(texts[3:], start=4):
        clean_document(document(text, f"d{number}"), ASKED, TERMS, rest)
    together.add(rest)
    assert together.rows() == audited(*texts).rows()
    (named,) = (row for row in together.rows() if row["written"] == "AM")
    assert [use["record"] for use in named["unchanged"]] == ["d3", "d4", "d5"]  # the first three of four


def test_a_replacement_that_would_need_another_is_not_made():
    # "vehicle trust" would become "fund trust", which is itself a variant.
    assert cleaned("a vehicle trust") == "a vehicle trust"


def test_inputs_of_examples_stay_as_people_type_them():
    before = example(target="The risk-profile.", note="my risk-profile")
    after, _ = clean_example(before, ASKED, TERMS)
    assert (after.inputs["note"], after.target.text) == ("my risk-profile", "The risk profile.")
    after, _ = clean_example(before, Glossary(example_inputs=True), TERMS)
    assert after.inputs["note"] == "my risk profile"


def test_a_variant_that_is_an_approved_term_is_refused():
    with pytest.raises(RequestError, match="'fund' is a variant of 'share' and an approved term itself"):
        Terms([Term(term="fund"), Term(term="share", variants=["fund"])])


def test_letters_that_grow_when_folded_are_found_in_either_writing():
    # "ß" folds to "ss": the text keeps its length, and the glossary's form is looked for in both.
    terms = Terms([Term(term="Gewicht", variants=["Maßzahl"])])
    for text in ("die Maßzahl", "die MASSZAHL", "die Masszahl"):
        assert clean_document(document(text), ASKED, terms)[0].text == "die Gewicht"


def test_a_glossary_is_read_from_csv_and_from_yaml(tmp_path):
    (tmp_path / "g.csv").write_text(
        "term,variants,abbreviations,ambiguous\nrisk profile,risk-profile; profile,RP,yes\n"
    )
    (tmp_path / "g.yaml").write_text("- term: risk profile\n  variants: [risk-profile, profile]\n"
                                     "  abbreviations: [RP]\n  ambiguous: true\n")  # fmt: skip
    expected = [Term(term="risk profile", variants=["risk-profile", "profile"], abbreviations=["RP"], ambiguous=True)]
    assert load_terms(Glossary(file="g.csv"), tmp_path) == expected
    assert load_terms(Glossary(file="g.yaml"), tmp_path) == expected


def test_a_glossary_with_a_mistake_says_where(tmp_path):
    (tmp_path / "g.yaml").write_text("- term: fund\n- trem: share\n")
    with pytest.raises(SourceError, match=r"g\.yaml, entry 2: term: Field required"):
        load_terms(Glossary(file="g.yaml"), tmp_path)
    with pytest.raises(SourceError, match="cannot be read"):
        load_terms(Glossary(file="none.csv"), tmp_path)
    (tmp_path / "old.csv").write_bytes("term\nMaßzahl\n".encode("cp1252"))
    with pytest.raises(SourceError, match=r"old\.csv: .*Save it as UTF-8"):
        load_terms(Glossary(file="old.csv"), tmp_path)
    (tmp_path / "g.yaml").write_text('- term: ""\n- term: share\n  variants: [""]\n')
    with pytest.raises(SourceError, match=r"g\.yaml, entry 1: term: .*at least 1 character"):
        load_terms(Glossary(file="g.yaml"), tmp_path)


def test_a_cell_of_a_csv_glossary_may_have_several_lines(tmp_path):
    (tmp_path / "g.csv").write_text('term,definition\nfund,"money of many\nin one pot"\n')
    assert load_terms(Glossary(file="g.csv"), tmp_path) == [Term(term="fund", definition="money of many\nin one pot")]


VOCABULARY = """
    risk-profile risk appetite form annex know-your-client KYC IT it vehicle fund trust AM . Protection Vehicle ſ İ
"""
WORDS = st.lists(st.sampled_from(VOCABULARY.split()), max_size=10).map(" ".join)


@given(WORDS | st.text(max_size=40))
@settings(max_examples=300, deadline=None)
def test_edits_replay_and_undo_and_a_second_pass_changes_nothing(text):
    before = document(text)
    after, findings = clean_document(before, ASKED, TERMS)
    edits = [f for f in findings if f.action == "edit"]
    assert apply(text, edits) == after.text
    assert undo(after.text, edits) == text
    assert (after is before) == (not edits)
    assert clean_document(after, ASKED, TERMS)[0] is after
    rows = audited(text).rows()
    assert sum(row["rewritten"] for row in rows) == len(edits)
    assert all(row["after"] <= row["before"] - row["rewritten"] for row in rows if row["role"] == "variant")
