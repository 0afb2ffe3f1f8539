"""Which documents are learnt: none that belongs to a client who is measured."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luthier.records import Document, Example, Finding, Provenance, Split, Target
from luthier.store.artefacts import Artefact, ArtefactStore
from luthier.tune.pretrain_corpus import Exclusion, choose_documents, text_of

SPLITS: dict[str, Split] = {"C-1001": "train", "C-1002": "dev", "C-1003": "test", "C-1004": "calibration"}


def example(group: str, split: Split, documents: Sequence[str] = ()) -> Example:
    return Example(
        id=f"e:{group}",
        task="sum",
        inputs={"note": "n"},
        target=Target(text="t"),
        source=Provenance(source="s", file="f.csv", row=1),
        group=group,
        split=split,
        document_ids=tuple(documents),
    )


def document(name: str, text: str = "Opening hours.", file: str = "rules.txt", **more: Any) -> Document:
    source = Provenance(source="letters", file=file)
    return Document(id=name, text=text, media_type="text/plain", source=source, **more)


def curated(
    folder: Path, documents: Sequence[Document], examples: Sequence[Example], findings: Sequence[Finding] = ()
) -> Artefact:
    store = ArtefactStore(folder)
    with store.write("curate", "k", {}) as writer:
        writer.records("documents", Document, documents)
        writer.records("examples", Example, examples)
        writer.records("findings", Finding, findings)
    return store.require("curate", "")


EXAMPLES = [example(group, split) for group, split in SPLITS.items()]


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (document("d", group="C-1003"), Exclusion("held_out.group", "test", "C-1003")),
        (document("d", group="C-1001"), None),
        (document("d", group="C-9999"), None),  # a client without examples is nobody's test
        (document("d", text="Letter to client C-1004."), Exclusion("held_out.named", "calibration", "C-1004")),
        (document("d", title="File C-1002"), Exclusion("held_out.named", "dev", "C-1002")),
        (document("d", file="letters/C-1003.txt"), Exclusion("held_out.named", "test", "C-1003")),
        (document("d", text="C-10031 and XC-1003 are other clients"), None),
        (document("d", text="C-1002 sold to C-1003"), Exclusion("held_out.named", "test", "C-1003")),
    ],
)
def test_a_document_belongs_to_whom_its_group_text_title_or_file_name(
    tmp_path: Path, held: Document, expected: Exclusion | None
) -> None:
    chosen = choose_documents(curated(tmp_path, [held, document("other")], EXAMPLES), dev_share=0.0, seed=1)
    assert chosen.excluded.get("d") == expected
    assert ("d" in chosen.learn) == (expected is None)
    assert "other" in chosen.learn


def test_a_group_that_is_an_ordinary_word_is_not_looked_for(tmp_path: Path) -> None:
    found = curated(tmp_path, [document("d", text="We open at noon.")], [example("open", "test")])
    assert choose_documents(found, dev_share=0.0, seed=1).learn == {"d"}


def test_what_only_measured_examples_rest_on_is_left_out_and_what_all_rest_on_is_learnt(tmp_path: Path) -> None:
    examples = [example("C-1003", "test", ["own", "policy"]), example("C-1001", "train", ["policy"])]
    found = curated(tmp_path, [document("own"), document("policy"), document("loose")], examples)
    chosen = choose_documents(found, dev_share=0.0, seed=1)
    assert chosen.excluded == {"own": Exclusion("held_out.linked", "test", "C-1003")}
    assert chosen.learn == {"policy", "loose"} and chosen.shared == 1


def test_versions_of_what_is_left_out_are_left_out_too(tmp_path: Path) -> None:
    found = curated(
        tmp_path,
        [document("old", family="statement"), document("new", family="statement", group="C-1003"), document("x")],
        EXAMPLES,
    )
    chosen = choose_documents(found, dev_share=0.0, seed=1)
    assert chosen.excluded["old"] == Exclusion("held_out.family", "test", "statement") and chosen.learn == {"x"}


def test_a_leak_that_curation_was_told_to_leave_is_not_learnt(tmp_path: Path) -> None:
    leak = Finding(
        record_id="d", record_kind="document", rule="leakage", rule_version=1, code="leakage.text",
        action="flag", reason="holds the inputs", counterpart_id="e:C-1003",
    )  # fmt: skip
    chosen = choose_documents(curated(tmp_path, [document("d")], EXAMPLES, [leak]), dev_share=0.0, seed=1)
    assert chosen.excluded == {"d": Exclusion("held_out.text", "test", "e:C-1003")}


def test_perplexity_is_measured_on_dev_clients_and_never_on_test(tmp_path: Path) -> None:
    documents = [document(f"d{n}") for n in range(40)] + [
        document("dev", group="C-1002"),
        document("t", group="C-1003"),
    ]
    chosen = choose_documents(curated(tmp_path, documents, EXAMPLES), dev_share=0.1, seed=1)
    counts = chosen.counts()
    assert "dev" in chosen.dev and "t" not in chosen.dev
    assert counts["kept_aside"] == 4 and counts["learnt"] == 36  # a tenth of the 40 that may be learnt
    assert counts["excluded"] == {"held_out.group": 2} and counts["excluded_by_split"] == {"dev": 1, "test": 1}


def test_few_documents_still_leave_one_to_measure_on_and_a_single_family_leaves_none(tmp_path: Path) -> None:
    few = curated(tmp_path / "a", [document(f"d{n}") for n in range(5)], EXAMPLES)
    assert len(choose_documents(few, dev_share=0.05, seed=1).dev) == 1
    one = curated(tmp_path / "b", [document(f"d{n}", family="f") for n in range(5)], EXAMPLES)
    assert choose_documents(one, dev_share=0.05, seed=1).dev == frozenset()


@given(
    groups=st.lists(st.sampled_from([*SPLITS, None]), min_size=1, max_size=12),
    families=st.lists(st.sampled_from(["f1", "f2", None]), min_size=12, max_size=12),
    share=st.sampled_from([0.0, 0.1, 0.4]),
)
def test_every_document_is_learnt_kept_aside_or_left_out(
    tmp_path_factory: pytest.TempPathFactory, groups: list[str | None], families: list[str | None], share: float
) -> None:
    documents = [document(f"d{n}", group=g, family=families[n]) for n, g in enumerate(groups)]
    chosen = choose_documents(curated(tmp_path_factory.mktemp("c"), documents, EXAMPLES), dev_share=share, seed=1)
    aside = chosen.dev - chosen.excluded.keys()
    assert len(chosen.learn) + len(aside) + len(chosen.excluded) == len(documents)
    assert not chosen.learn & (chosen.dev | chosen.excluded.keys())
    learnt_families = {d.family for d in documents if d.id in chosen.learn and d.family}
    assert not learnt_families & {d.family for d in documents if d.id not in chosen.learn}


def test_a_title_is_read_unless_the_text_opens_with_it() -> None:
    plain = document("d", text="Opens at nine.", title="Hours")
    assert text_of(plain) == "Hours\n\nOpens at nine."
    assert text_of(dataclasses.replace(plain, text="Hours\nOpens at nine.")) == "Hours\nOpens at nine."
