"""What is masked in the data is not told in clear by what quotes the data."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest
from desk_papers import TODAY, config, document, ingested

from luthier.config import Curate
from luthier.config.curation.privacy import Privacy
from luthier.curate.pipeline import curate

MANAGER = "The manager of the Fenby branch is Mr {}. Please call him on 020 7946 0958 if the vault will not open."
DOCUMENTS = [
    document("a", MANAGER.format("Hans Keller")),
    document("b", MANAGER.format("Karl Lindqvist").replace("Please", "In doubt, please")),
    document("c", "This policy has been withdrawn and is no longer valid, as Mr Hans Keller wrote on 1 March 2024."),
]
PRIVATE = ("Hans", "Keller", "Lindqvist", "7946", "0958")


@pytest.mark.parametrize("name", ["mask", "pseudonym"])
def test_no_finding_of_any_rule_repeats_what_is_masked(tmp_path, monkeypatch, name):
    monkeypatch.setenv("LUTHIER_PRIVACY_KEY", "a" * 64)
    artefact = curate(
        config(curate=Curate(privacy=Privacy(name=name, phone_regions=["GB"]))),
        ingested(tmp_path, DOCUMENTS),
        today=TODAY,
    )
    rows = pq.read_table(artefact.folder / "findings.parquet").to_pylist()
    quoting = {row["code"] for row in rows if row["before"] or "“" in row["reason"]}
    assert {"contradiction.responsible", "expiry.withdrawn"} <= quoting
    assert not [row for row in rows if any(value in f"{row}" for value in PRIVATE)]
    for table in tmp_path.rglob("findings.parquet"):  # those of the rules, which the artefact is made from
        told = f"{pq.read_table(table).to_pylist()}"
        assert not [value for value in PRIVATE if value in told]


def test_where_the_ledger_keeps_values_a_quotation_is_as_it_stands(tmp_path):
    asked = Privacy(name="mask", phone_regions=["GB"], keep_values=True)
    artefact = curate(config(curate=Curate(privacy=asked)), ingested(tmp_path, DOCUMENTS), today=TODAY)
    rows = pq.read_table(artefact.folder / "findings.parquet").to_pylist()
    (told,) = {row["before"] for row in rows if row["rule"] == "contradictions" and row["record_id"] == "a"}
    assert told == "The manager of the Fenby branch is Mr Hans Keller."
