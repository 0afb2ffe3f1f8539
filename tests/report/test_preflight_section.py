"""What the report says of the checks before tuning, of what was taught, and of the estimate."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from report_project import Project, small_project

from luthier.report.page import write_report
from luthier.report.preflight_tables import checks, estimate
from luthier.report.shapes import PreflightCheck, TuneSummary

PREFLIGHT = {
    "base_model": "tiny",
    "checks": [
        {"name": "learning rate", "state": "ok", "what": "it lies in range", "fix": None, "examples": []},
        {"name": "epochs", "state": "warn", "what": "31 passes", "fix": "Lower tune.epochs", "examples": ["n:1"]},
    ],
    "previews": [
        {
            "task": "flags",
            "example_id": "letters.csv:12",
            "labels": ["concentration"],
            "pieces": [
                {"kind": "shared", "text": "<|im_start|>system", "tokens": 2},
                {"kind": "target", "text": "stale & old", "tokens": 3},
                {"kind": "end", "text": "<|im_end|>", "tokens": 1},
            ],
        }
    ],
    "estimate": None,
}
ESTIMATE = {
    "seconds": {"predicted": 5025.0, "actual": 4500.0, "error": 525 / 4500},
    "memory": {"predicted": 2.5e9, "actual": 2.6e9, "error": -0.1 / 2.6},
    "joules": {"predicted": None, "actual": None, "error": None},
    "money": {"predicted": None, "actual": None, "error": None},
    "energy": "no energy counter can be read here",
}


@pytest.fixture
def page(tmp_path: Path) -> str:
    project: Project = small_project()
    project.tune_summary["estimate"] = ESTIMATE
    store = project.save(tmp_path)
    artefact = store.current("tune")
    assert artefact is not None
    (artefact.folder / "preflight.json").write_text(json.dumps(PREFLIGHT))
    return write_report(project.config(), tmp_path, store).read_text(encoding="utf-8")


def test_checks_estimate_and_masks_are_on_the_page_and_escaped(page: str) -> None:
    assert "What was checked before tuning" in page and "31 passes" in page and "Lower tune.epochs" in page
    assert "letters.csv:12" in page and "its label head is taught concentration" in page
    assert '<span class="mask-target">stale &amp; old</span>' in page
    assert '<span class="mask-end">&lt;|im_end|&gt;</span>' in page
    assert "1 h 23 min" in page and "1 h 15 min" in page and "+12%" in page and "-4%" in page
    assert "no energy counter can be read here" in page


def test_a_run_of_an_older_version_has_neither(tmp_path: Path) -> None:
    project = small_project()
    text = write_report(project.config(), tmp_path, project.save(tmp_path)).read_text(encoding="utf-8")
    assert "What was checked before tuning" not in text and "estimated to take" not in text


def test_what_found_something_stands_first() -> None:
    found = checks([PreflightCheck.model_validate(check) for check in PREFLIGHT["checks"]])  # type: ignore[attr-defined]
    assert [row[0].text for row in found.rows] == ["epochs", "learning rate"]
    assert [row[1].state for row in found.rows] == ["undecided", "met"]


def test_what_nobody_knows_is_a_dash_with_the_reason() -> None:
    summary = TuneSummary.model_validate({**small_project().tune_summary, "estimate": ESTIMATE})
    found = estimate(summary, "EUR")
    assert found is not None
    money = found.rows[3]
    assert money[0].note == "report.hourly_rate is not set" and all(cell.missing for cell in money[1:])
