"""Normalisation: what changes, what never does, and that the evidence says so."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from making import undo

from luthier.config.curation.normalise import Normalise
from luthier.curate.clean.edits import Edit as Change
from luthier.curate.clean.edits import apply
from luthier.curate.clean.normalise import normalise, normalise_document, normalise_example
from luthier.records import Document, Example, Provenance, Target

SOURCE = Provenance(source="notes", file="notes.csv", row=1)
# Letters, digits of two scripts, mojibake, joiners, controls, every kind of space and line ending, combining marks.
AWKWARD = st.text(
    st.sampled_from("aZ7٣²éÃ©â€™Â£ï¿½ \t\n\r\x0b\x0c\x1c\x85\x92\x00\xa0\xad\u0301\u200b\u200c\u200d\u2028\u202e\u3000"
                    "\ufeffن👨\U0001f3f4\U000e0067Å가한"),
    max_size=40,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected", "code"),
    [
        ("cafÃ© au lait", "café au lait", "normalise.encoding"),
        ("weâ€™ll call", "we’ll call", "normalise.encoding"),
        ("cafe\u0301", "café", "normalise.unicode"),
        ("one\r\ntwo", "one\ntwo", "normalise.line_endings"),
        ("one\rtwo", "one\ntwo", "normalise.line_endings"),
        ("page one\x0cpage two", "page one\npage two", "normalise.line_endings"),
        ("in\u200bvisible", "invisible", "normalise.invisible"),
        ("\ufeffbyte order mark", "byte order mark", "normalise.invisible"),
        ("soft\u00adhyphen", "softhyphen", "normalise.invisible"),
        ("10\u00a0000 EUR", "10 000 EUR", "normalise.spaces"),
        ("two  spaces", "two spaces", "normalise.spaces"),
        ("trailing \nnext", "trailing\nnext", "normalise.trailing"),
        ("the end\n\n", "the end", "normalise.trailing"),
        ("the port-\nfolio and a portfolio", "the portfolio and a portfolio", "normalise.hyphenation"),
        ("I don´t know", "I don't know", "normalise.quotes"),
        ("he said ``no'' twice", 'he said "no" twice', "normalise.quotes"),
        ("a\n\n\n\n\nb", "a\n\n\nb", "normalise.blank_lines"),
    ],
)
def test_each_step_changes_what_it_says(text, expected, code):
    normal, edits = normalise(text)
    assert normal == expected
    assert [edit.code for edit in edits] == [code]


@pytest.mark.parametrize(
    "text",
    [
        "Plain text, “curly quotes”, 12½ %, €1,000.00, x² and ﬁve ﬁgures ５．",
        "- a list\n    - an indented item\n\n\n\tcode",  # two blank lines are not more than two
        "نمی‌خواهم",  # Persian is written with zero-width non-joiners
        "👨‍👩‍👧 and 🏴󠁧󠁢󠁥󠁮󠁧󠁿",  # so are emoji, and flags with tag characters
        "a well-\nknown name",  # nothing says that it is one word
        "a well-\nknown name, well-known indeed, wellknown once",  # nor here, where the compound is used
        "5´ and 6´´ are feet and inches; `code`",
        "IRMÃ DULCE, £ a sign, Σ a sum; naïve façade, Ærø, Ça",
        "",
    ],
)
def test_what_is_meant_stays_and_is_the_same_object(text):
    normal, edits = normalise(text)
    assert normal is text
    assert edits == []


def test_an_edit_holds_the_first_place_and_how_many_there_were():
    # 'a b', then a non-breaking space at 3..4; then a double space 'c  d' and another non-breaking space.
    _, (edit,) = normalise("a b\u00a0c  d\u00a0e")
    assert (edit.places, edit.start, edit.end, edit.before, edit.after) == (3, 3, 4, "\u00a0", " ")


def test_a_repair_shows_the_smallest_changed_span_of_its_line():
    # Line 1 is 'first' and its newline (offsets 0-5); in 'un cafÃ© noir' the two wrong characters follow 'un caf'.
    _, (edit,) = normalise("first\nun cafÃ© noir")
    assert (edit.start, edit.end, edit.before, edit.after) == (12, 14, "Ã©", "é")


@given(AWKWARD | st.text(max_size=60))
@settings(max_examples=400, deadline=None)
@example("Ã\u200b©")  # removing the invisible character uncovers mojibake
def test_normalising_twice_is_normalising_once(text):
    normal, edits = normalise(text)
    assert normalise(normal) == (normal, [])
    assert (normal == text) == (not edits)


@given(AWKWARD | st.text(max_size=60))
@settings(max_examples=400, deadline=None)
def test_digits_are_never_changed(text):
    normal, _ = normalise(text)
    assert [c for c in normal if c.isdecimal()] == [c for c in text if c.isdecimal()]


@given(AWKWARD)
@settings(max_examples=200, deadline=None)
def test_a_single_edit_replays_to_the_result(text):
    normal, edits = normalise(text)
    if len(edits) == 1 and edits[0].places == 1:
        (edit,) = edits
        assert text[edit.start : edit.end] == edit.before
        assert text[: edit.start] + edit.after + text[edit.end :] == normal


@given(AWKWARD | st.text(max_size=60) | st.text(st.sampled_from("ab-\n´`'“’ c"), max_size=40))
@settings(max_examples=150, deadline=None)
def test_the_spans_of_every_step_replay_and_undo(text):
    normal, edits = normalise(text, Normalise(quotes="plain"), known=lambda word: word == "ab")
    replayed = text
    for edit in edits:
        replayed = apply(replayed, changes(edit))
    assert replayed == normal
    for edit in reversed(edits):
        replayed = undo(replayed, changes(edit))
    assert replayed == text


def changes(edit):
    return [Change(edit.code, "", *span) for span in edit.spans]


def test_the_corpus_may_know_a_divided_word_and_quotes_may_be_plain():
    assert normalise("the port-\nfolio", known={"portfolio"}.__contains__)[0] == "the portfolio"
    assert normalise("the port-\nfolio", Normalise(hyphenation=False), {"portfolio"}.__contains__)[1] == []
    assert normalise("“we’ll see”", Normalise(quotes="plain"))[0] == '"we\'ll see"'


def test_long_runs_of_whitespace_take_linear_time():
    text = "a" + " " * 200_000 + "b" + "\n" * 200_000 + "c"  # quadratic matching would take minutes
    assert normalise(text)[0] == "a b\n\n\nc"


def test_an_example_keeps_its_labels_and_names_the_fields_it_changed():
    before = Example(
        id="n1", task="flags", inputs={"note": "one  two", "title": "fine"}, target=Target(labels=("odd  label",)),
        source=SOURCE, group="g",
    )  # fmt: skip
    after, findings = normalise_example(before)
    assert after.inputs == {"note": "one two", "title": "fine"}
    assert after.target == before.target
    assert [(f.field, f.action, f.code, f.record_kind) for f in findings] == [
        ("inputs.note", "edit", "normalise.spaces", "example")
    ]


def test_a_text_target_is_normalised_too():
    before = Example(
        id="s1", task="summary", inputs={"note": "fine"}, target=Target(text="done\r\n"), source=SOURCE, group="g"
    )
    after, findings = normalise_example(before)
    assert after.target.text == "done"
    assert [f.field for f in findings] == ["target.text", "target.text"]  # the line ending, then the trailing space


def test_an_unchanged_record_is_the_same_object():
    document = Document(id="d1", text="fine", media_type="text/plain", source=SOURCE)
    assert normalise_document(document) == (document, [])
    assert normalise_document(document)[0] is document


@given(AWKWARD)
@settings(max_examples=200, deadline=None)
def test_the_ledger_has_every_place_of_every_step_in_order(text):
    document = Document(id="d", text=text, media_type="text/plain", source=SOURCE)
    _, findings = normalise_document(document)
    _, steps = normalise(text)
    places = [(step.code, *place) for step in steps for place in step.spans]
    assert [(f.code, f.start, f.end, f.before, f.after) for f in findings] == places
