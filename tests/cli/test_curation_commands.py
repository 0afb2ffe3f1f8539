"""Deciding about records, and comparing versions of the data, from the command line."""

from __future__ import annotations

import json

import pytest

from luthier import cli

SETTINGS = """\
name: Bank
tasks:
  topic: {kind: classify, instruction: Name the topic., inputs: {message: Message}}
sources:
  - {name: messages, path: messages.csv, task: topic, fields: {inputs: {message: text}, target: topic}}
split: {train: 1, dev: 0, test: 0}
"""


@pytest.fixture
def project(tmp_path):
    """A project with three messages, of which the last says the same as the first."""
    (tmp_path / "messages.csv").write_text(
        "text,topic\nmy card is lost,card\nsend it today,post\nMy card is lost!,card\n"
    )
    (tmp_path / "luthier.yaml").write_text(SETTINGS)
    cli.run(["ingest", "--project", str(tmp_path)])
    cli.run(["curate", "--project", str(tmp_path)])
    return tmp_path


def said(capsys, *arguments):
    capsys.readouterr()
    assert cli.run([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_record_is_restored_by_its_place_and_the_difference_is_told(capsys, project):
    where = ["--project", str(project)]
    life = said(capsys, "explain", "messages.csv:3", *where)
    gone = life["record_id"] if life["state"] == "merged" else life["stands_for"][0]
    result = said(capsys, "curate", "--restore", gone, "--reason", "two cards", *where)
    assert result["decisions"][0]["why"] == "two cards"
    assert result["summary"]["examples"]["kept"] == 3
    assert result["readiness"]["topic"]["state"] == "not_ready"
    assert said(capsys, "diff", *where)["examples"]["added"] == [gone]
    cli.run(["diff", "previous", "current", *where])
    assert "examples" in capsys.readouterr().out


def test_a_decision_is_taken_back(capsys, project):
    where = ["--project", str(project)]
    key = said(capsys, "curate", *where)["key"]
    assert said(capsys, "curate", "--remove", "messages.csv:2", *where)["summary"]["examples"]["dropped"] == 1
    assert said(capsys, "curate", "--undo", "messages.csv:2", *where)["key"] == key


@pytest.mark.parametrize(
    "arguments",
    [
        ["curate", "--restore", "nobody"],
        ["curate", "--restore", "messages.csv:1", "--remove", "messages.csv:1"],
        ["curate", "--reason", "for nothing"],
        ["curate", "--original"],
        ["diff", "previous"],
    ],
)
def test_a_wrong_decision_exits_2_in_one_line_and_is_not_written_down(capsys, project, arguments):
    capsys.readouterr()
    assert cli.run([*arguments, "--project", str(project)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert not (project / ".luthier" / "decisions.jsonl").exists()


def test_what_the_glossary_did_is_said_in_one_line_and_counted_form_by_form(capsys, project):
    terms = """\
curate:
  glossary:
    terms:
      - {term: bank card, variants: [my card]}
      - {term: today, variants: [it], ambiguous: true}
    example_inputs: true
"""
    (project / "luthier.yaml").write_text(SETTINGS + terms)
    result = said(capsys, "curate", "--project", str(project))
    counts = {f["written"]: (f["before"], f["rewritten"], f["left"], f["after"]) for f in result["glossary"]["forms"]}
    assert counts == {"bank card": (0, 0, 0, 2), "my card": (2, 2, 0, 0), "it": (1, 0, 1, 1), "today": (1, 0, 0, 1)}
    cli.run(["curate", "--project", str(project)])
    assert "glossary of 2 terms: 2 uses rewritten; left as ambiguous: it 1\n" in capsys.readouterr().out
