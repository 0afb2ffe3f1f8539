"""What the README, the examples' READMEs and the guides tell people to type does what it says.

Every fenced bash block of a page is run, in order and word for word, in one shell, and every Python block after them.
Miniature are only the things the commands meet: a folder with the files that a page speaks of, a few dozen rows each, a
base model of two random layers under the name of the embedded one, and where a page begins with an example project, the
project's settings cut down. `make ...` and `git clone ...` are not run: they set up machines.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from small_project import PLACES, write_project

from luthier import config

pytestmark = pytest.mark.xdist_group("readme")

ROOT = Path(__file__).parents[2]
EXEMPT = ("make ", "git clone ")
SMALLEST_SAMPLE = ("--examples 610", "--examples 200")  # the fewest examples that the sample company comes with
TOPICS = ("card", "transfer", "rates", "fees")


def messages(answer, rows=48):
    """A table of messages with the columns `text` and `answer`, each message worded for itself."""
    lines = [f"text,{answer}"]
    for number in range(rows):
        topic, here, there = TOPICS[number % 4], PLACES[number % 10], PLACES[number * 7 // 10 % 10]
        lines.append(f"what about the {topic} I asked for at the {here} {number} days after the {there},{topic}")
    return "\n".join(lines) + "\n"


def prepare_readme(folder, _luthier):
    (folder / "messages.csv").write_text(messages("topic"))


def prepare_wealth_desk(folder, _luthier):
    """The example's settings with one thing to train and measure, and hardly a step of it."""
    settings = yaml.safe_load((ROOT / "examples" / "wealth_desk" / "luthier.yaml").read_text())
    settings["tune"] = {"epochs": 0.05, "label_head": "always", "lora": {"rank": 2}, "max_truncated": 1.0}
    settings["evaluate"] = {"systems": ["tuned"], "max_items": {"tuned": 4}, "draws": 50, "targets": []}
    settings["tasks"]["summary"]["max_target_tokens"] = 8
    write_settings(folder / "examples" / "wealth_desk", settings)


def prepare_banking77(folder, _luthier):
    (folder / "train.csv").write_text(messages("category"))
    (folder / "test.csv").write_text(messages("category", rows=12).replace("what about", "where is"))
    settings = yaml.safe_load((ROOT / "examples" / "banking77" / "luthier.yaml").read_text())
    settings["split"] = {"train": 0.75, "dev": 0.25, "test": 0}  # of 48 rows a sixteenth would be three
    settings["evaluate"]["few_shot"] = {"k": [1], "dev_items": 4}
    write_settings(folder / "examples" / "banking77", settings)


def prepare_bring_your_data(folder, _luthier):
    """A project called desk whose third note has no answer."""
    (folder / "desk" / "data").mkdir(parents=True)
    lines = messages("flags").splitlines()
    lines[3] = lines[3].rpartition(",")[0] + ","
    (folder / "desk" / "data" / "notes.csv").write_text("\n".join(lines))
    task = {"kind": "classify", "instruction": "Name the flag.", "inputs": {"note": "Note"}}
    source = {"name": "notes", "path": "data/notes.csv", "task": "flags"}
    source["fields"] = {"inputs": {"note": "text"}, "target": "flags"}
    write_settings(folder / "desk", {"name": "Desk", "tasks": {"flags": task}, "sources": [source]})


def prepare_tune_on_your_machine(folder, luthier):
    curated(folder, luthier)


def prepare_read_the_scorecard(folder, luthier):
    luthier("tune", "--project", curated(folder, luthier))


def curated(folder, luthier):
    """The small project, under the guides' name for one, ready to be tuned and to be held against one other system."""
    project = write_project(folder / "mybank")
    settings = yaml.safe_load((project / "luthier.yaml").read_text())
    settings["evaluate"]["systems"] = ["zero_shot", "tuned"]
    write_settings(project, settings)
    luthier("ingest", "--project", project)
    luthier("curate", "--project", project)
    return project


PAGES = {
    "README.md": prepare_readme,
    "examples/wealth_desk/README.md": prepare_wealth_desk,
    "examples/banking77/README.md": prepare_banking77,
    "docs/guides/bring-your-data.md": prepare_bring_your_data,
    "docs/guides/tune-on-your-machine.md": prepare_tune_on_your_machine,
    "docs/guides/read-the-scorecard.md": prepare_read_the_scorecard,
}


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_run_in_order(page, tmp_path, luthier, environment):
    PAGES[page](tmp_path, luthier)
    script = "\n".join(["set -euxo pipefail", *commands(page)])
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for code in blocks(page, "python"):
        subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True)


def test_every_page_with_commands_is_among_those_that_run():
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
    assert {page.relative_to(ROOT).as_posix() for page in pages if blocks(page, "bash")} == set(PAGES)


def test_links_between_pages_lead_somewhere():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"


@pytest.mark.parametrize("page", ["docs/guides/bring-your-data.md", "docs/guides/tune-on-your-machine.md"])
def test_settings_that_a_guide_shows_have_no_mistake(page, tmp_path):
    (shown,) = blocks(page, "yaml")
    task = "flags: {kind: classify, instruction: Name the flags., inputs: {note: Note}}"
    sources = "" if "sources:" in shown else "sources: []\n"
    (tmp_path / "luthier.yaml").write_text(f"name: Desk\ntasks:\n  {task}\n{sources}{shown}")
    config.load(tmp_path / "luthier.yaml")


def test_the_guide_to_data_names_every_reason_for_a_refusal():
    guide = (ROOT / "docs" / "guides" / "bring-your-data.md").read_text()
    code = "\n".join(path.read_text() for path in (ROOT / "src" / "luthier" / "sources").rglob("*.py"))
    reasons = set(re.findall(r'"([a-z]+\.[a-z_]+)"', code)) - {"luthier.yaml"}
    assert "pdf.scanned" in reasons
    assert {r for r in reasons if f"`{r}`" not in guide and f"`{r.partition('.')[0]}.`" not in guide} == set()


def blocks(page, language):
    """The fenced blocks of a page in that language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)


def commands(page):
    lines = [line for block in blocks(page, "bash") for line in block.splitlines()]
    return [line.replace(*SMALLEST_SAMPLE) for line in lines if not line.startswith(EXEMPT)]


def write_settings(folder, settings):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "luthier.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
