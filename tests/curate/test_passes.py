"""Passes are made once, whatever interrupts them, and give the same on one process as on two."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from desk_papers import LETTER, TODAY, config, document, ingested, note
from hypothesis import given, settings
from hypothesis import strategies as st
from making import undo

from luthier.config import Curate, Remove
from luthier.curate.clean.edits import apply
from luthier.curate.clean.normalise import normalise
from luthier.curate.deciding import decide
from luthier.curate.passes import comparing
from luthier.curate.pipeline import curate
from luthier.records import Document, Example, Finding


def run(store, **curation):
    return curate(config(curate=Curate(**curation)), store, today=TODAY)


def content(artefact):
    return [(artefact.folder / f"{table}.parquet").read_bytes() for table in ("documents", "examples", "findings")]


def test_two_processes_give_the_bytes_that_one_gives(tmp_path):
    one = run(ingested(tmp_path / "one"), workers=1)
    two = run(ingested(tmp_path / "two"), workers=2)
    assert one.key == two.key
    assert content(one) == content(two)


def test_what_was_finished_before_a_kill_is_not_done_again(tmp_path, monkeypatch):
    store = ingested(tmp_path)

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setitem(comparing.LINES, "documents in contradiction", killed)
        with pytest.raises(KeyboardInterrupt):
            run(store)
    assert store.current("curate") is None
    made = {stage: store.keys(stage) for stage in ("writing", "fitness", "privacy", "signatures", "findings")}
    assert len(made["writing"]) == len(made["fitness"]) == len(made["privacy"]) == 1
    # expiry; of examples what is said twice, what is in contradiction and what is labelled wrong; documents said twice
    assert len(made["findings"]) == 5
    stamps = {path: path.stat().st_mtime_ns for path in store.root.rglob("artefacts/*/*/manifest.json")}
    artefact = run(store)
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in stamps.items())
    assert content(artefact) == content(run(ingested(tmp_path / "unharmed")))


def test_another_day_that_changes_nothing_keeps_the_data_as_they_are(tmp_path):
    store = ingested(tmp_path)
    first = curate(config(), store, today=TODAY)
    assert curate(config(), store, today=TODAY.replace(year=2027)).key == first.key
    assert curate(config(), store, today=TODAY.replace(year=2023)).key != first.key  # the list was still valid then


@pytest.mark.parametrize("removed", [True, False])
def test_a_copy_that_has_expired_takes_no_valid_one_away(tmp_path, removed):
    past, newer = dt.date(2024, 1, 31), dt.date(2023, 6, 1)
    documents = [
        document("1 newest, expired", LETTER, effective_date=newer, expiry_date=past),
        document("2 longest, expired", f"{LETTER} Thanks for that.", expiry_date=past),
        document("3 valid", LETTER),
        document("4 valid too", f"{LETTER} Thanks."),
    ]
    for order in (documents, documents[::-1]):
        artefact = run(ingested(tmp_path / order[0].id, order), remove=Remove(expiry=removed))
        kept = {record.id for record in artefact.records("documents", Document)}
        # Of the two that are valid the longer one stays: what stood for both before had expired.
        assert kept == {"4 valid too"}
        merged = {f.record_id: f.counterpart_id for f in _findings(artefact, "document") if f.rule == "duplicates"}
        assert merged["3 valid"] == "4 valid too"


def test_a_copy_that_another_document_replaces_takes_no_valid_one_away(tmp_path):
    documents = [
        document("POL-014", f"{LETTER} Thanks for that.", title="POL-014 Moving the archive"),
        document("share", LETTER),
        document("new", "This policy replaces POL-014. Boxes stay where they are until summer.", title="POL-020"),
    ]
    artefact = run(ingested(tmp_path, documents), remove=Remove(expiry=True))
    assert {record.id for record in artefact.records("documents", Document)} == {"share", "new"}


WHOLE = [LETTER, LETTER.upper(), f"{LETTER}  Thanks\u00a0!", "It is valid until 3 May 2020.", "Ring +44 20 7946 0958."]
PIECES = [*LETTER.split()[:9], "\r\n", "\u00a0", "€1,200.50", "Ã©", "ann@bank.com", "Page 3 of 9"]
TEXTS = st.sampled_from(WHOLE) | st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join)
ROWS = st.lists(st.tuples(TEXTS, st.sampled_from("ab"), st.booleans()), max_size=7)
CURATIONS = st.sampled_from(
    [
        {},
        {"privacy": {"name": "mask"}},
        {"remove": Remove(expiry=True, quality=True)},
        {"canonical": {"rewrite": ["amounts"]}},
    ]
)


@given(st.lists(TEXTS, max_size=7), ROWS, CURATIONS)
@settings(max_examples=12, deadline=None)
def test_numbers_reconcile_edits_are_what_changed_and_restoring_everything_gives_back_the_input(texts, rows, curation):
    documents = [document(f"d{n}", text) for n, text in enumerate(texts)]
    examples = [
        note(f"n{n}", text, label, source="given" if pinned else "notes")
        for n, (text, label, pinned) in enumerate(rows)
    ]
    with TemporaryDirectory() as folder:
        store = ingested(Path(folder), documents, examples)
        artefact = run(store, **curation)
        summary = json.loads((artefact.folder / "summary.json").read_text())
        for kind, came_in in (("documents", documents), ("examples", examples)):
            counts = summary[kind]
            assert counts["in"] == len(came_in) == counts["kept"] + counts["dropped"] + counts["merged"]
        for noun, kind, came_in in ((Document, "document", documents), (Example, "example", examples)):
            there = {record.id for record in artefact.records(f"{kind}s", noun)}
            gone = {f.record_id for f in _findings(artefact, kind) if f.action in ("drop", "merge")}
            assert there | gone == {record.id for record in came_in}
            assert not there & gone
        kept = {d.id: d for d in artefact.records("documents", Document)}
        findings = _findings(artefact, "document")
        edited = {f.record_id for f in findings if f.action == "edit"}
        for came_in in documents:
            now = kept.get(came_in.id)
            if now is not None:
                assert (now.text == came_in.text) == (came_in.id not in edited)
                assert (
                    _undone(now.text, [f for f in findings if f.record_id == came_in.id], came_in.text) == came_in.text
                )
        for record in [*documents, *examples]:
            decide(store, "restore", record.id, why="", original=True)
        back = run(store, **curation)
        assert list(back.records("documents", Document)) == documents
        assert [dataclasses.replace(e, split=None) for e in back.records("examples", Example)] == examples


GLOSSARY = {
    "terms": [{"term": "records room", "variants": ["archive"]}],
    "example_inputs": True,
}
ALL_CHANGING = Curate(glossary=GLOSSARY, canonical={"rewrite": ["amounts"]}, privacy={"name": "mask", "email": "mask"})


@given(st.lists(TEXTS, max_size=7), ROWS)
@settings(max_examples=12, deadline=None)
def test_every_pass_hands_on_every_record_and_changes_exactly_those_that_it_says(texts, rows):
    documents = [document(f"d{n}", text) for n, text in enumerate(texts)]
    examples = [note(f"n{n}", text, label) for n, (text, label, _) in enumerate(rows)]
    with TemporaryDirectory() as folder:
        store = ingested(Path(folder), documents, examples)
        passes = curate(config(curate=ALL_CHANGING), store, today=TODAY).manifest["made_from"]["passes"]
        now = {Document: documents, Example: examples}
        for stage in ("writing", "fitness", "privacy"):
            done = store.find(*passes[stage].split("/"))
            for noun, kind in ((Document, "document"), (Example, "example")):
                changes = {f.record_id for f in _findings(done, kind) if f.action == "edit"}
                if not (done.folder / f"{kind}s.parquet").exists():
                    assert not changes
                    continue
                came_in, now[noun] = now[noun], list(done.records(f"{kind}s", noun))
                assert [record.id for record in now[noun]] == [record.id for record in came_in]
                pairs = zip(came_in, now[noun], strict=True)
                assert {one.id for one, other in pairs if one != other} == changes


def _findings(artefact, kind):
    return [f for f in artefact.records("findings", Finding) if f.record_kind == kind]


def _undone(text, findings, came_in):
    """The text with every edit taken back, the last rule's first."""
    normal, _ = normalise(came_in)
    rules = [rule for rule in ("canonical", "boilerplate", "privacy") if any(f.rule == rule for f in findings)]
    steps, now = [], normal
    for rule in rules:
        edits = [f for f in findings if f.rule == rule and f.action == "edit"]
        whole = [f if f.before is not None else _with_before(f, now) for f in edits]
        steps.append(whole)
        now = apply(now, whole)
    assert now == text  # the findings say all that was done
    for edits in reversed(steps):
        text = undo(text, edits)
    assert text == normal
    for edit in reversed(normalise(came_in)[1]):
        text = _put_back(text, edit.spans)
    return text


def _with_before(finding, text):
    return dataclasses.replace(finding, before=text[finding.start : finding.end])


def _put_back(text, spans):
    pieces, done, shift = [], 0, 0
    for start, _, before, after in spans:
        pieces += [text[done : start + shift], before]
        done = start + shift + len(after)
        shift += len(after) - len(before)
    return "".join([*pieces, text[done:]])
