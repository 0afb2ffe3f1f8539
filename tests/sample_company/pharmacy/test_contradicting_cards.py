"""Cards that contradict their leaflets are found, and no two medicines, groups of patients or versions are mixed up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

import pytest

from luthier.config.curation.contradictions import Contradictions as Settings
from luthier.config.curation.expiry import Expiry as ExpirySettings
from luthier.curate.compare.contradictions import Contradictions
from luthier.curate.compare.expiry import Expiry
from luthier.records import Document, Provenance
from luthier.sample_company.pharmacy.leaflets import Paper, papers


def document(paper: Paper) -> Document:
    heading = [f"# {paper.title}"] if paper.source == "leaflets" else []
    return Document(
        id=paper.id,
        text="\n\n".join([*heading, *paper.paragraphs]),
        media_type="text/markdown",
        source=Provenance(source=paper.source, file=f"{paper.name}.md"),
        title=paper.title,
        effective_date=paper.date,
        family=paper.family,
        profile={"scope": paper.scope},
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_cards_that_say_another_maximum_are_found_and_nothing_else(seed: int) -> None:
    written = list(papers(seed))
    documents = [document(paper) for paper in written]
    texts = {one.id: one.text for one in documents}

    def again(ids: Iterable[str]) -> Iterator[tuple[str, str]]:
        return ((record_id, texts[record_id]) for record_id in ids)

    expiry, rule = Expiry(ExpirySettings(), dt.date(2026, 11, 24), ()), Contradictions(Settings())
    for one in documents:
        expiry.add(one)
        rule.add(one)
    outdated = {finding.record_id for finding in expiry.findings(again)}
    found = {frozenset((f.record_id, f.counterpart_id)) for f in rule.findings(again, outdated)}
    planted = {
        frozenset((row.record_id, row.counterpart_id))
        for paper in written
        for row in paper.planted
        if row.kind == "contradiction" and not row.trap
    }
    assert len(planted) > 10
    assert len(found & planted) >= 0.85 * len(planted)
    assert len(found & planted) >= 0.9 * len(found)
