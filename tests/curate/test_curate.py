"""The stage as a whole: what it leaves, that the numbers reconcile, and that the same input gives the same bytes."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luthier.config import ClassifyTask, Config, Curate, GenerateTask, Source, Splits
from luthier.curate.compare import duplicates
from luthier.curate.ledger import Ledger
from luthier.curate.pipeline import curate
from luthier.errors import LuthierError, RequestError
from luthier.records import Document, Example, Finding, Provenance, Refusal, Target
from luthier.store.artefacts import ArtefactStore

NOTE = (
    "the client came in to talk about the pension that her mother left and asked whether it would be wise to keep the "
    "shares or to move into bonds before the house is sold and the children leave"
)


def note(identity, text, labels=("a",), **fields):
    source = Provenance(source=fields.pop("source", "notes"), file="notes.csv", row=1)
    fields.setdefault("group", identity)
    return Example(
        id=identity, task="flags", inputs={"note": text}, target=Target(labels=labels), source=source, **fields
    )


def document(identity, text):
    source = Provenance(source="files", file=f"{identity}.txt")
    return Document(id=identity, text=text, media_type="text/plain", source=source)


def settings_for(*, multi_label=False, pin=None, **fields):
    return Config(
        name="desk",
        tasks={
            "flags": ClassifyTask(
                kind="classify", instruction="Flag it.", inputs={"note": ""}, multi_label=multi_label
            ),
            "summary": GenerateTask(kind="generate", instruction="Sum it up.", inputs={"note": ""}),
        },
        sources=[
            Source(name="files", path="files"),
            Source(name="notes", path="notes.csv", task="flags"),
            Source(name="given", path="given.csv", task="flags", split=pin),
        ],
        **fields,
    )


def ingested(folder, examples=(), documents=(), key="k1"):
    store = ArtefactStore(Path(folder))
    with store.write("ingest", key, {}) as writer:
        writer.records("documents", Document, documents)
        writer.records("examples", Example, examples)
        writer.records("refusals", Refusal, [])
    return store


def of_one_client(tmp_path, **fields):
    """Curates two training rows, one of a client that stands in the pinned test source too."""
    examples = [
        note("t1", "may i sell my shares before the house is bought", source="given", group="ann"),
        note("n1", "what does a safe deposit box cost per year", group="ann"),
        note("n2", "please send me a copy of the last statement", group="bob"),
    ]
    store = ingested(tmp_path, examples)
    return curate(settings_for(pin="test", split=Splits(train=1, dev=0, test=0), **fields), store)


def test_a_pinned_test_source_is_exactly_its_rows_and_its_clients_elsewhere_are_leaks(tmp_path):
    artefact = of_one_client(tmp_path)
    kept = {example.id: example.split for example in artefact.records("examples", Example)}
    (leak,) = [f for f in artefact.records("findings", Finding) if f.rule == "leakage"]
    assert kept == {"t1": "test", "n2": "train"}
    assert (leak.record_id, leak.code, leak.action, leak.counterpart_id) == ("n1", "leakage.group", "drop", "t1")
    assert leak.reason.startswith("in train, and is of the same group, 'ann', as t1, which is in test")


@pytest.mark.parametrize("asked", [{"remove": {"leakage": False}}, {"leakage": False}])
def test_a_leak_that_is_not_removed_is_learnt_from_and_never_measured_on(asked, tmp_path):
    artefact = of_one_client(tmp_path, curate=asked)
    kept = {example.id: example.split for example in artefact.records("examples", Example)}
    assert kept == {"t1": "test", "n1": "train", "n2": "train"}


def test_the_stage_leaves_kept_records_with_splits_and_every_decision(tmp_path):
    examples = [
        note("n1", f"{NOTE} perhaps"),
        note("n2", NOTE.replace(" ", "  ", 1)),  # two spaces: edited, then merged into n1, which is longer
        note("n3", "what\u00a0is this"),  # edited and kept
        *[note(f"m{n}", f"message {n}") for n in range(8)],
        note("t1", "message 3", source="given"),  # pinned to test: m3 is a leak
    ]
    documents = [document("d1", "A letter.\r\n"), document("d2", "A letter."), document("d3", "Another.")]
    store = ingested(tmp_path, examples, documents)
    artefact = curate(settings_for(pin="test"), store)
    summary = artefact.json("summary")
    assert summary["examples"] == {"in": 12, "kept": 10, "dropped": 1, "merged": 1, "edited": 1}
    assert summary["documents"] == {"in": 3, "kept": 2, "dropped": 0, "merged": 1, "edited": 1}
    kept = {example.id: example for example in artefact.records("examples", Example)}
    assert kept.keys() == {"n1", "n3", "t1", "m0", "m1", "m2", "m4", "m5", "m6", "m7"}
    assert kept["n3"].inputs == {"note": "what is this"}
    assert kept["t1"].split == "test"
    # nine groups are left, cut .875 to .125: 8 and 1
    assert Counter(example.split for example in kept.values()) == {"train": 8, "dev": 1, "test": 1}
    assert [d.id for d in artefact.records("documents", Document)] == ["d1", "d3"]
    findings = list(artefact.records("findings", Finding))
    assert [f.code for f in findings if f.record_id == "n2"] == ["normalise.spaces", "duplicate.near"]
    assert [f.code for f in findings if f.record_id == "m3"] == ["duplicate.leak"]
    assert [f.code for f in findings if f.record_id == "d2"] == ["quality.short", "duplicate.exact"]
    assert summary["splits"] == {"flags": {"train": 8, "dev": 1, "test": 1}}
    assert summary["groups"] == {"train": 8, "dev": 1, "test": 1}
    assert summary["pinned"] == {"test": 1}
    leak = {"rule": "duplicates", "version": duplicates.VERSION, "code": "duplicate.leak", "action": "drop"}
    assert {**leak, "examples": 1, "documents": 0} in summary["rules"]


def test_what_was_removed_is_counted_by_profile(tmp_path):
    rows = [note("1", "one", profile={"region": "north"}), note("2", "One!", profile={"region": "south"})]
    summary = curate(settings_for(), ingested(tmp_path, rows)).json("summary")
    assert summary["removed_by_profile"] == {"region": {"north": {"in": 1, "kept": 1}, "south": {"in": 1, "kept": 0}}}


def test_families_are_counted_and_none_held_out_is_learnt_from(tmp_path):
    rows = [note(f"n{n}", f"message {n}", family=f"f{n % 10}") for n in range(50)]
    summary = curate(settings_for(), ingested(tmp_path, rows)).json("summary")
    assert summary["families"] == {"train": 7, "dev": 1, "test": 2}
    assert summary["seen_families"] == {"dev": 0, "test": 0}


def test_normalisation_can_be_left_out(tmp_path):
    config = settings_for(curate=Curate(normalise=False))
    artefact = curate(config, ingested(tmp_path, [note("1", "two  spaces")]))
    assert next(artefact.records("examples", Example)).inputs == {"note": "two  spaces"}


def test_the_same_input_gives_the_same_key_and_the_same_bytes(tmp_path):
    rows = [note(f"n{n}", f"message  {n}", ("a",) if n % 2 else ("b",)) for n in range(40)]
    made = [curate(settings_for(), ingested(tmp_path / name, rows)) for name in ("one", "two")]
    assert made[0].key == made[1].key
    for table in ("documents", "examples", "findings"):
        one, two = ((artefact.folder / f"{table}.parquet").read_bytes() for artefact in made)
        assert one == two


def test_finished_work_is_found_again_and_made_current(tmp_path):
    store = ingested(tmp_path, [note(f"n{n}", f"message {n}") for n in range(10)])
    first = curate(settings_for(), store)
    other = curate(settings_for(seed=2), store)
    assert other.key != first.key
    stamp = (first.folder / "manifest.json").stat().st_mtime_ns
    assert curate(settings_for(), store).key == first.key
    assert (first.folder / "manifest.json").stat().st_mtime_ns == stamp
    assert store.current("curate").key == first.key


@pytest.mark.parametrize(
    "changed",
    [
        {"seed": 5},
        {"split": Splits(train=0.8, dev=0.1, test=0.1)},
        {"curate": Curate(normalise=False)},
        {"curate": Curate(duplicates=None)},
        {"pin": "test"},
        {"multi_label": True},
    ],
)
def test_whatever_changes_the_outcome_changes_the_key(tmp_path, changed):
    store = ingested(tmp_path, [note(f"n{n}", f"message {n}") for n in range(10)])
    assert curate(settings_for(**changed), store).key != curate(settings_for(), store).key


def test_nothing_ingested_names_the_command_to_run(tmp_path):
    with pytest.raises(LuthierError, match="luthier ingest"):
        curate(settings_for(), ArtefactStore(tmp_path))


WORDS = st.lists(st.sampled_from(NOTE.split()[:12]), min_size=0, max_size=12).map(" ".join)
TEXTS = WORDS | st.sampled_from([NOTE, f"{NOTE} perhaps", f"{NOTE}\u00a0so", NOTE.upper(), f"{NOTE} 7"])


@given(st.lists(st.tuples(TEXTS, st.sampled_from("ab"), st.booleans()), max_size=25))
@settings(max_examples=25, deadline=None)
def test_numbers_reconcile_and_every_record_has_a_fate(rows):
    examples = [
        note(f"n{n}", text, (label,), source="given" if given_set else "notes")
        for n, (text, label, given_set) in enumerate(rows)
    ]
    with TemporaryDirectory() as folder:
        artefact = curate(settings_for(pin="test"), ingested(folder, examples))
        summary = json.loads((artefact.folder / "summary.json").read_text())["examples"]
        kept = {example.id for example in artefact.records("examples", Example)}
        findings = list(artefact.records("findings", Finding))
    assert summary["in"] == len(rows) == summary["kept"] + summary["dropped"] + summary["merged"]
    assigned = {f.record_id for f in findings if f.action == "assign"}
    removed = {f.record_id for f in findings if f.action in ("drop", "merge")}
    assert assigned == kept
    assert kept | removed == {example.id for example in examples}
    assert not kept & removed
    # whom it was removed for is kept, or was itself removed for one that is: a survivor may leak into another's test
    instead = {f.record_id: f.counterpart_id for f in findings if f.action in ("drop", "merge")}
    assert all(other in kept or instead[other] in kept for other in instead.values())
    assert {f"n{n}" for n, (_, _, given_set) in enumerate(rows) if given_set} <= kept


def finding(identity, action, kind="example", code="x.y"):
    return Finding(
        record_id=identity, record_kind=kind, rule="x", rule_version=1, code=code, action=action, reason="because"
    )


def test_the_first_removal_decides_and_edits_of_removed_records_do_not_count():
    ledger = Ledger()
    ledger.add([finding("1", "edit"), finding("1", "merge"), finding("1", "drop"), finding("2", "edit"),
                finding("3", "flag"), finding("1", "drop", kind="document")])  # fmt: skip
    assert ledger.removed("example") == {"1": "merge"}
    assert ledger.counts("example", 3, 2) == {"in": 3, "kept": 2, "dropped": 0, "merged": 1, "edited": 1}


def test_numbers_that_do_not_add_up_are_an_error():
    ledger = Ledger()
    ledger.add([finding("1", "merge")])
    with pytest.raises(LuthierError, match="4 examples came in, but 2 kept, 0 dropped and 1 merged make 3"):
        ledger.counts("example", 4, 2)


def test_two_records_of_one_id_do_not_reconcile_and_leave_nothing_behind(tmp_path):
    store = ingested(tmp_path, [note("1", "one"), note("2", "two"), note("2", "one")])
    with pytest.raises(LuthierError, match="every example has an id of its own"):
        curate(settings_for(), store)
    assert store.current("curate") is None


def of_two_regions():
    """Forty training rows of the north and ten of the south, and a test row of the south."""
    rows = [
        note(f"n{number}", f"what about {number * 7919} and {number}", labels=("ab"[number % 2],),
             profile={"region": "north" if number < 40 else "south"})
        for number in range(50)
    ]  # fmt: skip
    return [*rows, note("t1", "may i sell my house", source="given", profile={"region": "south"})]


def test_weights_are_written_with_the_training_examples_and_their_effect_beside_them(tmp_path):
    even = {"population": {"region": {"north": 0.5, "south": 0.5}}, "weights": "inverse"}
    config = settings_for(pin="test", split=Splits(train=1, dev=0, test=0), curate={"coverage": even})
    artefact = curate(config, ingested(tmp_path, of_two_regions()))
    weights = {example.id: example.weight for example in artefact.records("examples", Example)}
    # half of fifty over forty, half of fifty over ten; what is measured on is not weighted
    assert (weights["n0"], weights["n49"], weights["t1"]) == (pytest.approx(0.625), pytest.approx(2.5), 1.0)
    weighed = artefact.json("coverage")["weights"]
    # (sum of weights)² / sum of squares = 2500 / (40 x .390625 + 10 x 6.25) = 2500 / 78.125 = 32
    assert weighed["tasks"] == {"flags": {"n": 50, "effective_n": pytest.approx(32)}}
    assert [(row["cell"], round(row["weighted_share"], 6)) for row in weighed["cells"]] == [
        ("region=north", 0.5), ("region=south", 0.5),
    ]  # fmt: skip


def test_weights_are_off_unless_asked_for_and_need_a_population(tmp_path):
    store = ingested(tmp_path, of_two_regions())
    plain = curate(settings_for(pin="test", split=Splits(train=1, dev=0, test=0)), store)
    assert {example.weight for example in plain.records("examples", Example)} == {1.0}
    assert plain.json("coverage")["weights"] is None
    with pytest.raises(RequestError, match="no population is declared"):
        curate(settings_for(curate={"coverage": {"weights": "inverse"}}), store)


# Documents that examples rest on


def resting(tmp_path, **fields):
    """A test row and three training rows: one on the same paper, one on another, one on papers nobody can tell."""
    papers = [
        Document(id=f"files:{name}", text=f"{name} {NOTE}", media_type="text/plain", title=title,
                 source=Provenance(source="files", file=f"{name}.txt"))
        for name, title in (("one", "Terms"), ("two", "Tariff"), ("three", "Notice"), ("four", "Notice"))
    ]  # fmt: skip
    examples = [
        note("t1", "may i sell my shares before the house is bought", source="given", document_ids=("Terms",)),
        note("n1", "what does a safe deposit box cost per year", document_ids=("one",)),
        note("n2", "please send me a copy of the last statement", document_ids=("two.txt", "files:two")),
        note("n3", "who was with us when the branch was opened", document_ids=("Notice", "Poster")),
    ]
    config = settings_for(pin="test", split=Splits(train=1, dev=0, test=0), **fields)
    return curate(config, ingested(tmp_path, examples, papers))


def test_documents_are_found_by_id_title_or_file_and_a_shared_one_is_a_leak(tmp_path):
    artefact = resting(tmp_path, curate={"duplicates": False})
    kept = {example.id: example.document_ids for example in artefact.records("examples", Example)}
    assert kept == {"t1": ("files:one",), "n2": ("files:two",), "n3": ()}
    findings = list(artefact.records("findings", Finding))
    (leak,) = [finding for finding in findings if finding.rule == "leakage"]
    assert (leak.record_id, leak.code, leak.counterpart_id) == ("n1", "leakage.document", "t1")
    links = [(finding.record_id, finding.code, finding.before) for finding in findings if finding.rule == "links"]
    assert links == [("n3", "link.ambiguous", "Notice"), ("n3", "link.unresolved", "Poster")]
    assert artefact.json("summary")["links"] == {
        "examples": 4, "named": 6, "resolved": 4, "unresolved": 1, "ambiguous": 1,
    }  # fmt: skip
