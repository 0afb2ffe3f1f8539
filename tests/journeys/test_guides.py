"""What the guides tell people to type does what it says (see `page_commands`), and what they show is so."""

from __future__ import annotations

import re

import pytest
from page_commands import ROOT, blocks, messages, run_page, settings_of, with_commands, write_settings
from small_project import write_project

from luthier import config

GUIDES = ROOT / "docs" / "guides"


def prepare_bring_your_data(folder, _luthier):
    """A project called desk whose third note has no answer."""
    lines = messages("flags").splitlines()
    lines[3] = lines[3].rpartition(",")[0] + ","
    task = {"kind": "classify", "instruction": "Name the flag.", "inputs": {"note": "Note"}}
    source = {"name": "notes", "path": "data/notes.csv", "task": "flags"}
    source["fields"] = {"inputs": {"note": "text"}, "target": "flags"}
    write_settings(folder / "desk", {"name": "Desk", "tasks": {"flags": task}, "sources": [source]})
    (folder / "desk" / "data").mkdir()
    (folder / "desk" / "data" / "notes.csv").write_text("\n".join(lines))


def prepare_tune_on_your_machine(folder, luthier):
    """The small project, ready to be tuned and to be held against one other system."""
    project = write_project(folder / "mybank")
    settings = settings_of(project)
    settings["evaluate"]["systems"] = ["zero_shot", "tuned"]
    write_settings(project, settings)
    luthier("ingest", "--project", project)
    luthier("curate", "--project", project)


def prepare_read_the_scorecard(folder, luthier):
    prepare_tune_on_your_machine(folder, luthier)
    luthier("tune", "--project", folder / "mybank")


PAGES = {
    "docs/guides/bring-your-data.md": prepare_bring_your_data,
    "docs/guides/before-you-tune.md": prepare_tune_on_your_machine,
    "docs/guides/tune-on-your-machine.md": prepare_tune_on_your_machine,
    "docs/guides/choose-a-method.md": prepare_read_the_scorecard,
    "docs/guides/read-the-scorecard.md": prepare_read_the_scorecard,
}


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_guide_run_in_order(page, tmp_path, luthier, environment):
    PAGES[page](tmp_path, luthier)
    run_page(page, tmp_path, environment)


def test_every_page_with_commands_is_among_those_that_run():
    assert with_commands(*GUIDES.parent.glob("*.md"), *GUIDES.glob("*.md")) == set(PAGES)


@pytest.mark.parametrize(
    "guide", ["bring-your-data.md", "before-you-tune.md", "tune-on-your-machine.md", "when-a-run-goes-wrong.md"]
)
def test_settings_that_a_guide_shows_have_no_mistake(guide, tmp_path):
    task = "flags: {kind: classify, instruction: Name the flags., inputs: {note: Note}}"
    for shown in blocks(GUIDES / guide, "yaml"):
        sources = "" if "sources:" in shown else "sources: []\n"
        (tmp_path / "luthier.yaml").write_text(f"name: Desk\ntasks:\n  {task}\n{sources}{shown}")
        config.load(tmp_path / "luthier.yaml")


def test_the_guide_to_data_names_every_reason_for_a_refusal():
    guide = (GUIDES / "bring-your-data.md").read_text()
    code = "\n".join(path.read_text() for path in (ROOT / "src" / "luthier" / "sources").rglob("*.py"))
    reasons = set(re.findall(r'"([a-z]+\.[a-z_]+)"', code)) - {"luthier.yaml"}
    assert "pdf.scanned" in reasons
    assert {r for r in reasons if f"`{r}`" not in guide and f"`{r.partition('.')[0]}.`" not in guide} == set()


def test_links_between_pages_lead_somewhere():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"
