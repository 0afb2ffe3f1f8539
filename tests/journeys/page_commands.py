"""Runs what a page of the documentation tells people to type.

Every fenced bash block of a page is run, in order and word for word, in one shell, and every Python block after them.
Miniature are only the things the commands meet: a folder with the files that a page speaks of, a few dozen rows each, a
base model of two random layers under the name of the embedded one, and where a page begins with an example project, the
project's settings cut down. `make ...` and `git clone ...` are not run: they set up machines.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from small_project import PLACES

ROOT = Path(__file__).parents[2]
EXEMPT = ("make ", "git clone ")
SMALLEST_SAMPLE = "--examples 200"  # the fewest that the sample company comes with
TOPICS = ("card", "transfer", "rates", "fees")


def run_page(page: str, folder: Path, environment: Mapping[str, str]) -> None:
    """Runs a page's commands and its Python in `folder`; fails, with what they printed, where one of them fails."""
    script = "\n".join(["set -euxo pipefail", *commands(page)])
    python = [[sys.executable, "-c", code] for code in blocks(ROOT / page, "python")]
    for command in [["bash", "-c", script], *python]:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a page in that language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)


def commands(page: str) -> Iterator[str]:
    """A page's lines of bash."""
    for block in blocks(ROOT / page, "bash"):
        lines = (line for line in block.splitlines() if not line.startswith(EXEMPT))
        yield from (re.sub(r"--examples \d+", SMALLEST_SAMPLE, line) for line in lines)


def with_commands(*pages: Path) -> set[str]:
    """Those of the pages that have something to run, by their paths in the checkout."""
    return {page.relative_to(ROOT).as_posix() for page in pages if blocks(page, "bash")}


def messages(answer: str, rows: int = 48) -> str:
    """A table of messages with the columns `text` and `answer`, each message worded for itself."""
    lines = [f"text,{answer}"]
    for number in range(rows):
        topic, here, there = TOPICS[number % 4], PLACES[number % 10], PLACES[number * 7 // 10 % 10]
        lines.append(f"what about the {topic} I asked for at the {here} {number} days after the {there},{topic}")
    return "\n".join(lines) + "\n"


def settings_of(path: Path) -> Any:
    """The settings in a luthier.yaml, as plain values."""
    return yaml.safe_load((path / "luthier.yaml").read_text())


def write_settings(folder: Path, settings: Mapping[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "luthier.yaml").write_text(yaml.safe_dump(dict(settings), sort_keys=False))
