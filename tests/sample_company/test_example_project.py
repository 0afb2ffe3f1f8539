"""The example project on the generated firm: settings, sources and policy agree."""

from pathlib import Path

import pytest
from firm import firm

from luthier.config import load
from luthier.records import Example
from luthier.sample_company.wealth_desk.policy import LABELS
from luthier.sources.ingest import ingest
from luthier.store.artefacts import ArtefactStore

PROJECT = Path(__file__).parents[2] / "examples" / "wealth_desk" / "luthier.yaml"


@pytest.fixture(scope="module")
def ingested(tmp_path_factory):
    return ingest(load(PROJECT), firm()[0], ArtefactStore(tmp_path_factory.mktemp("store")))


def test_the_labels_are_the_policys():
    assert load(PROJECT).tasks["risk"].labels == LABELS


def test_the_full_size_differs_in_shares_and_in_the_time_it_may_take_and_in_nothing_else():
    demo, full = load(PROJECT), load(PROJECT.with_name("full.yaml"))
    few_shot, all_items = demo.evaluate.few_shot, demo.evaluate.max_items
    evaluate = full.evaluate.model_copy(update={"few_shot": few_shot, "max_items": all_items})
    assert full.model_copy(update={"split": demo.split, "tune": demo.tune, "evaluate": evaluate}) == demo


def test_every_file_of_the_firm_is_read_and_none_refused(ingested):
    totals = ingested.json("summary")["totals"]
    documents = firm()[1]["documents"]
    assert totals["refused"] == 0
    assert totals["examples"] == sum(firm()[1]["examples"].values())
    assert totals["documents"] == sum(documents.values()) + 1  # and the policy


def test_every_example_has_its_family_and_every_summary_a_second_reference(ingested):
    for example in ingested.records("examples", Example):
        assert example.family
        assert set(example.profile) == {"segment", "region", "age_band"}
        assert len(example.alternatives) == (example.task == "summary")
