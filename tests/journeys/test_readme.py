"""What the README and the examples' READMEs tell people to type does what it says (see `page_commands`)."""

from __future__ import annotations

import runpy
import shlex
from pathlib import Path

import pytest
from page_commands import ROOT, blocks, messages, run_page, settings_of, with_commands, write_settings


def prepare_readme(folder):
    (folder / "messages.csv").write_text(messages("topic"))


def prepare_wealth_desk(folder):
    """The example's settings with hardly a step to train and a few items to measure."""
    settings = settings_of(ROOT / "examples" / "wealth_desk")
    settings["tune"] = {"epochs": 0.05, "label_head": "always", "lora": {"rank": 2}, "max_truncated": 1.0}
    settings["tune"]["preflight"] = {"max_without_end_of_turn": 1.0}
    settings["evaluate"] = {"systems": ["tuned"], "max_items": {"tuned": 4}, "draws": 50, "targets": []}
    settings["tasks"]["summary"]["max_target_tokens"] = 8
    write_settings(folder / "examples" / "wealth_desk", settings)


def prepare_banking77(folder):
    """Four intents instead of 77, in files of the data set's own form."""
    (folder / "train.csv").write_text(messages("category"))
    (folder / "test.csv").write_text(messages("category", rows=12).replace("what about", "where is"))
    settings = settings_of(ROOT / "examples" / "banking77")
    settings["split"] = {"train": 0.75, "dev": 0.25, "test": 0}  # of 48 rows a sixteenth would be three
    settings["evaluate"]["few_shot"] = {"k": [1], "dev_items": 4}
    write_settings(folder / "examples" / "banking77", settings)


def prepare_pharmacy(folder):
    """The example's own settings: its page stops at curation."""
    write_settings(folder / "examples" / "pharmacy", settings_of(ROOT / "examples" / "pharmacy"))


PAGES = {
    "README.md": prepare_readme,
    "examples/wealth_desk/README.md": prepare_wealth_desk,
    "examples/banking77/README.md": prepare_banking77,
    "examples/pharmacy/README.md": prepare_pharmacy,
}


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_run_in_order(page, tmp_path, environment):
    PAGES[page](tmp_path)
    run_page(page, tmp_path, environment)


def test_the_demo_is_the_two_commands_that_its_page_shows():
    example = ROOT / "examples" / "wealth_desk"
    demo = runpy.run_path(str(example / "run.py"))
    typed = [f"luthier {shlex.join(command)}" for command in demo["commands"]("demo", Path("desk"))]
    assert blocks(example / "README.md", "bash")[0].splitlines() == [line.replace(f"{ROOT}/", "") for line in typed]


def test_every_page_with_commands_is_among_those_that_run():
    assert with_commands(*ROOT.glob("*.md"), *(ROOT / "examples").rglob("*.md")) == set(PAGES)
