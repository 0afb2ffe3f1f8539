"""The firm with planted defects, as its files hold it: counts, spans, seeds."""

import csv
import json
from collections import Counter

import pytest

from luthier.config import load
from luthier.errors import RequestError
from luthier.sample_company.defects import DEFECTS, SETS, TRAPS, generate
from luthier.sample_company.defects.layout import PLOTS
from luthier.sources.ingest import ingest
from luthier.store.artefacts import ArtefactStore

DOCUMENTS, EXAMPLES = 430, 200  # two blocks of papers and thirty clean ones; two blocks of messages


def jsonl(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def read_papers(folder):
    with (folder / "data" / "intake.csv").open(encoding="utf-8", newline="") as stream:
        intake = {f"intake:{row['id']}": row for row in csv.DictReader(stream)}
    return {f"library:{row['id']}": row for row in jsonl(folder / "data" / "library.jsonl")} | intake


def read_messages(folder):
    return {
        f"{split}:{row['id']}": row
        for split in ("train", "test")
        for row in jsonl(folder / "data" / "examples" / f"{split}.jsonl")
    }


@pytest.fixture(scope="module", params=SETS)
def firm(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    summary = generate(folder, DOCUMENTS, seed=5, wordings=request.param, examples=EXAMPLES)
    return folder, summary, jsonl(folder / "truth.jsonl")


def test_there_are_as_many_records_as_were_asked_for(firm):
    folder, _, _ = firm
    assert len(read_papers(folder)) == DOCUMENTS
    assert len(read_messages(folder)) == EXAMPLES


def test_the_summarys_counts_are_the_truths_rows(firm):
    _, summary, truth = firm
    planted = Counter(row["kind"] for row in truth if not row["trap"])
    traps = Counter(row["kind"] for row in truth if row["trap"])
    assert (summary["planted"], summary["traps"]) == (planted, traps)
    assert set(planted) == set(DEFECTS)
    assert set(traps) == set(TRAPS)


def test_every_block_plants_what_its_plots_say(firm):
    _, summary, _ = firm
    sizes = Counter((plot.writer.__name__, plot.size) for plot in PLOTS)
    # two whole blocks; a pair plants one row, a retired product two
    assert summary["planted"]["duplicate.exact"] == 2 * sizes["exact", 2] == 8
    assert summary["planted"]["duplicate.near"] == 2 * sizes["near", 2] == 12
    assert summary["planted"]["outdated"] == 2 * (6 + 5 + 2)  # replaced, expired, of a retired product
    assert summary["planted"]["boilerplate"] == 2 * 5 * 6  # five of each kind, and `both` counts twice
    assert summary["planted"]["contradiction"] == 2 * 4 + 2 * 3  # among papers, among messages
    assert summary["planted"]["leakage"] == 2 * 6


def test_every_planted_record_and_counterpart_is_there(firm):
    folder, _, truth = firm
    known = set(read_papers(folder)) | set(read_messages(folder))
    for row in truth:
        if row["kind"] == "skewed_profile":
            continue
        assert row["record_id"] in known
        assert row["counterpart_id"] is None or row["counterpart_id"] in known - {row["record_id"]}


def test_every_span_points_at_the_planted_text(firm):
    folder, _, truth = firm
    papers = read_papers(folder)
    spans = [row for row in truth if row["start"] is not None]
    assert {row["kind"] for row in spans} >= {"boilerplate", "private", "mojibake", "contradiction", "outdated"}
    for row in spans:
        assert papers[row["record_id"]]["text"][row["start"] : row["end"]] == row["after"]


def test_a_wrong_label_is_in_the_file_and_the_right_one_in_the_truth(firm):
    folder, _, truth = firm
    messages = read_messages(folder)
    wrong = [row for row in truth if row["kind"] == "wrong_label"]
    assert wrong
    for row in wrong:
        assert messages[row["record_id"]]["label"] == row["after"] != row["before"]
        assert row["record_id"].startswith("train:")


def test_what_leaks_stands_in_both_files(firm):
    folder, _, truth = firm
    messages = read_messages(folder)
    for row in truth:
        if row["kind"] != "leakage":
            continue
        train, test = messages[row["record_id"]], messages[row["counterpart_id"]]
        assert (row["record_id"][:5], row["counterpart_id"][:4]) == ("train", "test")
        assert train["client"] != test["client"]  # a group in both files would be refused before any rule ran
        assert (train["message"] == test["message"]) == (row["variant"] == "verbatim")


def test_the_project_is_read_whole(firm, tmp_path):
    folder, _, _ = firm
    totals = ingest(load(folder / "luthier.yaml"), folder, ArtefactStore(tmp_path)).json("summary")["totals"]
    assert (totals["documents"], totals["examples"], totals["refused"]) == (DOCUMENTS, EXAMPLES, 0)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(firm, tmp_path):
    folder, summary, _ = firm
    generate(tmp_path / "again", DOCUMENTS, seed=5, wordings=summary["phrasings"], examples=EXAMPLES)
    for path in folder.rglob("*.*"):
        if path.is_file():
            assert (tmp_path / "again" / path.relative_to(folder)).read_bytes() == path.read_bytes()
    generate(tmp_path / "other", DOCUMENTS, seed=6, wordings=summary["phrasings"], examples=EXAMPLES)
    assert not set(read_papers(folder)) & set(read_papers(tmp_path / "other"))


def test_a_record_of_a_whole_block_is_the_same_in_every_size(firm, tmp_path):
    folder, summary, _ = firm
    generate(tmp_path, 200, seed=5, wordings=summary["phrasings"], examples=0)
    large = read_papers(folder)
    assert all(large[identity] == row for identity, row in read_papers(tmp_path).items())


def test_the_share_of_wrong_labels_is_what_was_asked_for(tmp_path):
    share = {}
    for asked in (0.0, 0.4):
        summary = generate(tmp_path / str(asked), 200, seed=5, examples=1000, wrong_labels=asked)
        trained = sum(row["id"] is not None for row in jsonl(tmp_path / str(asked) / "data/examples/train.jsonl"))
        # a block of 100 has 76 messages outside pairs; its pairs put 18 more into training, 3 of them wrong
        plain = trained - 10 * 18
        share[asked] = (summary["planted"]["wrong_label"] - 10 * 3) / plain
    assert share[0.0] == 0
    assert share[0.4] == pytest.approx(0.4, abs=0.08)  # 570 drawn: four standard errors are .082


@pytest.mark.parametrize(
    "asked", [{"documents": 199}, {"documents": 1_000_001}, {"wrong_labels": 1.0}, {"wordings": "mine"}]
)
def test_what_is_out_of_range_is_refused(asked, tmp_path):
    with pytest.raises(RequestError):
        generate(tmp_path, **({"documents": 200} | asked))
