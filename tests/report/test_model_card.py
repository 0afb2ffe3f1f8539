"""The model card: headings and metadata as hubs expect them, figures as on the page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from report_project import Project

from luthier.report.evidence import read_evidence
from luthier.report.model_card import in_markdown, render_card


def card(project: Project, root: Path) -> tuple[dict[str, Any], str]:
    """The front matter and the body."""
    config = project.config()
    _, front, body = render_card(config, read_evidence(config, project.save(root))).split("---\n", 2)
    return yaml.safe_load(front), body


def test_the_metadata_names_licence_base_model_and_figures(project: Project, tmp_path: Path) -> None:
    front, _ = card(project, tmp_path)
    assert (front["license"], front["base_model"], front["library_name"]) == ("apache-2.0", "smollm2-135m", "peft")
    results = {result["task"]["name"]: result for result in front["model-index"][0]["results"]}
    assert results["summary"]["metrics"] == [{"type": "rougeL", "value": 0.5431}, {"type": "rouge1", "value": 0.6137}]
    assert results["flags"]["task"]["type"] == "text-classification"


def test_an_undefined_figure_is_left_out_of_the_metadata(project: Project, tmp_path: Path) -> None:
    project.tasks["summary"]["systems"]["tuned"]["rouge1"] = {"value": None, "low": None, "high": None}
    project.tune_summary["licence"] = None
    front, body = card(project, tmp_path)
    assert front["model-index"][0]["results"][0]["metrics"] == [{"type": "rougeL", "value": 0.5431}]
    assert front["license"] == "unknown"
    assert "licence is not stated" in body


def test_the_headings_are_those_of_a_model_card(project: Project, tmp_path: Path) -> None:
    _, body = card(project, tmp_path)
    assert re.findall(r"^## (.+)$", body, re.MULTILINE) == [
        "Model details",
        "Intended use",
        "Training data",
        "Evaluation",
        "Limits",
        "Environmental impact and time",
        "Licence",
    ]
    assert "> **Generated sample data**" in body
    assert "| ROUGE-L (how far" in body
    assert "0.543 (0.522 to 0.564)" in body
    assert "- Flags: answered by a label head\n" in body
    assert "- Summary: zero-shot answered 4 of 6 items, drawn at random" in body


def test_every_table_row_has_as_many_cells_as_its_head(project: Project, tmp_path: Path) -> None:
    project.opened[0]["who"] = "a|b"
    _, body = card(project, tmp_path)
    for block in re.findall(r"(?:^\|.*\n)+", body, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1


def test_markup_in_a_text_stays_text(project: Project, tmp_path: Path) -> None:
    project.tasks["flags"]["verdict"] = "<script>alert(1)</script> | *bold*\n# heading"
    _, body = card(project, tmp_path)
    assert "\\<script\\>alert(1)\\</script\\> \\| \\*bold\\* \\# heading" in body
    assert in_markdown("two\n\nlines") == "two lines"


@pytest.mark.parametrize("section", ["Evaluation", "Limits", "Licence"])
def test_without_a_tuned_system_the_card_says_so(section: str, project: Project, tmp_path: Path) -> None:
    front, body = card(project.without_tuned(), tmp_path)
    assert front == {"tags": ["luthier", "classify", "generate"]}
    assert "No model was tuned in this cycle." in body
    assert f"## {section}" in body
