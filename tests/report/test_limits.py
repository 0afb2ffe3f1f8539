"""Limits are said where they hold, and only there."""

from __future__ import annotations

from pathlib import Path

from report_project import Project

from luthier.report.evidence import read_evidence
from luthier.report.limits import limits


def said(project: Project, root: Path) -> str:
    config = project.config()
    return " ".join(limits(config, read_evidence(config, project.save(root))))


def test_what_holds_is_said(project: Project, tmp_path: Path) -> None:
    text = said(project, tmp_path)
    assert "3 examples of this split are written in a form that training saw too" in text
    assert "Summary: the 6 items come from 3 groups" in text
    assert "Summary: zero-shot answered 4 of 6 items" in text
    assert "for few-shot, 1 prompt had to be cut to fit and 0 answers reached the length limit" in text
    assert "Two right answers to one item score 0.715 (0.694 to 0.736) against each other." in text
    assert "One model was trained, from one random seed." in text


def test_what_does_not_hold_is_not_said(project: Project, tmp_path: Path) -> None:
    text = said(project, tmp_path)
    assert "Flags: the" not in text  # its items are groups of their own
    assert "for classical," not in text  # nothing of it was cut
    assert "has been opened" not in text  # once is what a test is for
    assert "development set" not in text


def test_opening_the_seal_again_is_a_limit(project: Project, tmp_path: Path) -> None:
    project.opened = project.opened * 3
    assert "The test set has been opened 3 times." in said(project, tmp_path)


def test_dev_figures_and_a_missing_ceiling_are_limits(project: Project, tmp_path: Path) -> None:
    project.split, project.opened = "dev", []
    project.tasks["summary"]["ceiling"] = None
    text = said(project, tmp_path)
    assert "figures on the development set" in text
    assert "How far two right answers agree is not known here" in text
    assert "training saw too" not in text  # no dev example is in a form that training saw


def test_without_a_tuned_model_its_seed_is_no_limit(project: Project, tmp_path: Path) -> None:
    assert "random seed" not in said(project.without_tuned(), tmp_path)
