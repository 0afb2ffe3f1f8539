"""The page on the data tells nothing that curation masks, whatever is shown of a record."""

from __future__ import annotations

import datetime as dt

import pytest

from luthier.config import ClassifyTask, Config, Source, Splits
from luthier.curate.passes.quoting import masks_in
from luthier.curate.pipeline import curate
from luthier.errors import RefusedError
from luthier.records import Document, Example, Provenance, Refusal, Target
from luthier.report.data_evidence import read_data
from luthier.report.data_page import write_data_page
from luthier.store.artefacts import ArtefactStore

PRIVATE = ("Keller", "Lindqvist", "7946", "0958", "0123", "Bramwell")
MANAGER = "The manager of the Fenby branch is Mr {}. Please call him on 020 7946 0958 if the vault will not open."
FOOT = "\n\nYours sincerely, Mr Owen Bramwell, telephone 020 7946 0123"
FILLER = "Paper {} says that {} of {} boxes of old receipts are in room {} beneath the stairs."


def project(folder, keep_values=False):
    config = Config(
        name="Firm",
        tasks={"flags": ClassifyTask(kind="classify", instruction="Flag it.", inputs={"note": ""})},
        sources=[Source(name="files", path="files"), Source(name="notes", path="notes.csv", task="flags")],
        split=Splits(train=1, dev=0, test=0),
        curate={"privacy": {"name": "mask", "phone_regions": ["GB"], "keep_values": keep_values}},
    )
    files, notes = Provenance(source="files", file="a.txt"), Provenance(source="notes", file="notes.csv", row=1)
    texts = [MANAGER.format("Hans Keller"), MANAGER.format("Karl Lindqvist").replace("Please", "In doubt, please")]
    texts += [FILLER.format(n, n * 7919, n + 3, n % 13) + FOOT for n in range(40)]
    documents = [
        Document(id=f"d{number}", text=text, media_type="text/plain", source=files) for number, text in enumerate(texts)
    ]
    call = "my parcel? Call me on 020 7946 0958, Mr Keller"
    examples = [
        Example(
            id=f"n{n}",
            task="flags",
            inputs={"note": text},
            target=Target(labels=("ab"[n],)),
            source=notes,
            group="g",
        )
        for n, text in enumerate((f"Where is  {call}", f"where is {call}"))
    ]
    store = ArtefactStore(folder)
    with store.write("ingest", "k1", {}) as writer:
        writer.records("documents", Document, documents)
        writer.records("examples", Example, examples)
        writer.records("refusals", Refusal, [])
    curate(config, store, today=dt.date(2026, 11, 24))
    return config, store


@pytest.mark.parametrize("keep_values", [False, True])
def test_nothing_that_is_masked_stands_on_the_page(tmp_path, keep_values):
    config, store = project(tmp_path / "store", keep_values)
    page = write_data_page(config, tmp_path, store, lambda text: masks_in(text, config.curate.privacy))
    shown = page.read_text(encoding="utf-8")
    codes = {reason.code for reason in read_data(store).reasons if reason.shown}
    assert {"contradiction.responsible", "label.conflict", "privacy.phone", "boilerplate.recurring"} <= codes
    assert "The manager of the Fenby branch is" in shown and "[NAME]" in shown and "[PHONE]" in shown
    assert [value for value in PRIVATE if value in shown] == []


def test_the_page_is_refused_where_the_masked_texts_are_gone(tmp_path):
    _, store = project(tmp_path)
    for manifest in store.root.glob("artefacts/privacy/*/manifest.json"):
        manifest.unlink()
    with pytest.raises(RefusedError, match="privacy"):
        read_data(store)
