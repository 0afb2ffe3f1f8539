"""A record can be asked for its life: where it came from, what happened to it, where it is now."""

from __future__ import annotations

import pytest

from luthier.config import ClassifyTask, Config, Source
from luthier.curate.deciding import decide
from luthier.curate.explain import explain, render
from luthier.curate.pipeline import curate
from luthier.errors import LuthierError, RequestError
from luthier.records import Document, Example, Provenance, Refusal, Target
from luthier.store.artefacts import ArtefactStore

CONFIG = Config(
    name="desk",
    tasks={"flags": ClassifyTask(kind="classify", instruction="Flag it.", inputs={"note": ""})},
    sources=[Source(name="notes", path="notes.csv", task="flags")],
)


@pytest.fixture
def store(tmp_path):
    place = [Provenance(source="notes", file="notes.csv", row=n) for n in range(1, 4)]
    examples = [
        Example(id="notes:a", task="flags", inputs={"note": "Where\u00a0is it?"}, target=Target(labels=("x",)),
                source=place[0], group="c1", family="f"),
        Example(id="notes:b", task="flags", inputs={"note": "where is it"}, target=Target(labels=("x",)),
                source=place[1], group="c2"),
        Example(id="notes:c", task="flags", inputs={"note": "Where is it"}, target=Target(labels=("x",)),
                source=place[2], group="c3"),
    ]  # fmt: skip
    letter = Document(
        id="files:d", text="A letter.", media_type="text/plain", source=Provenance(source="files", file="in/letter.txt")
    )
    refusals = [
        Refusal(
            source="notes", file="notes.csv", row=4, code="target.empty", reason="the target is empty", fix="Fill it"
        ),
        Refusal(source="files", file="in/scan.pdf", code="pdf.scanned", reason="there is no text in it"),
    ]
    store = ArtefactStore(tmp_path)
    with store.write("ingest", "k1", {}) as writer:
        writer.records("documents", Document, [letter])
        writer.records("examples", Example, examples)
        writer.records("refusals", Refusal, refusals)
    return store


# One family is too few to hold any out, so these tests cut without evaluation splits.
TRAIN_ONLY = CONFIG.model_copy(
    update={"split": CONFIG.split.model_copy(update={"train": 1.0, "dev": 0.0, "test": 0.0})}
)


def test_a_kept_record_tells_its_edits_its_split_and_whom_it_stands_for(store):
    curate(TRAIN_ONLY, store)
    life = explain(store, "notes:a")
    assert (life.kind, life.state, life.split, life.survivor) == ("example", "kept", "train", None)
    assert life.stands_for == ("notes:b", "notes:c")
    assert [finding.code for finding in life.findings] == ["normalise.spaces", "split.train"]
    assert render(life).splitlines() == [
        "notes:a (example of task 'flags')",
        "  from notes.csv, row 1, source 'notes'",
        "  group c1, family f",
        "  1. normalise.spaces, rule normalise 3: non-breaking or repeated spaces became one space "
        "(inputs.note, characters 5-6: “\\xa0” → “ ”)",
        "  2. split.train, rule split 2: in train: its family is not held out; by the hash of its group",
        "  stands also for notes:b, notes:c",
        "  → used, in train",
    ]


def test_a_merged_record_names_its_survivor(store):
    curate(TRAIN_ONLY, store)
    life = explain(store, "notes:b")
    assert (life.state, life.survivor, life.split) == ("merged", "notes:a", None)
    assert render(life).endswith("→ not used: notes:a stands for it")


def test_a_merged_record_whose_survivor_is_gone_too_says_so(store):
    curate(TRAIN_ONLY, store)
    decide(store, "remove", "notes:a", why="", original=False)
    curate(TRAIN_ONLY, store)
    assert render(explain(store, "notes:b")).endswith(
        "→ not used: it was merged into notes:a, which was itself taken away (decision.removed)"
    )


def test_a_record_is_found_by_its_place_too(store):
    curate(TRAIN_ONLY, store)
    assert explain(store, "notes.csv:3").record_id == "notes:c"
    letter = explain(store, "in/letter.txt")
    assert (letter.record_id, letter.kind, letter.state) == ("files:d", "document", "kept")
    with pytest.raises(RequestError):
        explain(store, "notes.csv")  # a table is not one record


def test_what_was_refused_is_found_by_its_place(store):
    life = explain(store, "notes.csv:4")
    assert (life.kind, life.state) == ("refusal", "refused")
    assert render(life).splitlines()[-1] == "  → refused at ingestion, target.empty: the target is empty. Fill it"
    assert explain(store, "in/scan.pdf").refusal.code == "pdf.scanned"


def test_before_curation_a_record_is_known_and_not_curated(store):
    life = explain(store, "notes:a")
    assert (life.state, life.findings) == ("not curated", ())
    assert render(life).endswith("→ not curated yet")


def test_the_life_is_that_of_the_ingestion_the_curation_read(store):
    curate(TRAIN_ONLY, store)
    with store.write("ingest", "k2", {}) as writer:  # newer, and empty
        writer.records("documents", Document, [])
        writer.records("examples", Example, [])
        writer.records("refusals", Refusal, [])
    assert explain(store, "notes:a").state == "kept"


def test_an_unknown_id_is_answered_with_the_nearest(store):
    with pytest.raises(RequestError, match=r"there is no record 'note:a'\. Did you mean notes:a, "):
        explain(store, "note:a")


@pytest.mark.parametrize("name", ["nothing", "", ":", ":3", "notes.csv:0", "notes.csv:99999999999999999999", "a:b:c"])
def test_what_is_no_record_of_any_kind_is_a_wrong_request_in_one_line(store, name):
    with pytest.raises(RequestError) as refused:
        explain(store, name)
    assert refused.value.exit_code == 2
    assert str(refused.value).startswith(f"there is no record '{name}'. Did you mean ")
    assert "\n" not in str(refused.value)


def test_without_an_ingestion_the_command_to_run_is_named(tmp_path):
    with pytest.raises(LuthierError, match="luthier ingest"):
        explain(ArtefactStore(tmp_path), "x")


def test_a_decision_that_was_taken_back_is_told_and_one_about_a_reason_too(store):
    curate(TRAIN_ONLY, store)
    decide(store, "remove", "notes:a", why="asked for it", original=False)
    decide(store, "undo", "notes:a", why="", original=False)
    decide(store, "restore", "duplicates", why="all are wanted", original=False)
    curate(TRAIN_ONLY, store)
    told = [line for line in render(explain(store, "notes:b")).splitlines() if " decided on " in line]
    assert len(told) == 1 and told[0].endswith("to keep all found for 'duplicates': all are wanted")
    first, second = [line for line in render(explain(store, "notes:a")).splitlines() if " decided on " in line]
    assert first.endswith("to remove it: asked for it, no longer in force")
    assert second.endswith("to forget what was decided about it")


def test_a_step_that_changed_many_places_is_told_by_the_first_few(store, tmp_path):
    crowded = ArtefactStore(tmp_path / "crowded")
    letter = Document(
        id="files:d", text="a\u00a0b\u00a0c\u00a0d\u00a0e\u00a0f", media_type="text/plain",
        source=Provenance(source="files", file="in/letter.txt"),
    )  # fmt: skip
    with crowded.write("ingest", "k1", {}) as writer:
        writer.records("documents", Document, [letter])
        writer.records("examples", Example, [])
        writer.records("refusals", Refusal, [])
    curate(TRAIN_ONLY, crowded)
    life = explain(crowded, "files:d")
    assert [finding.start for finding in life.findings] == [1, 3, 5, 7, 9]  # the ledger has every place
    lines = render(life).splitlines()
    assert [line.partition("rule")[0] for line in lines[2:5]] == ["  1. normalise.spaces, "] * 3
    assert lines[5] == "     and in 2 more places"
