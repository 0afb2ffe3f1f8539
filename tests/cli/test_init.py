"""`luthier init` makes a project that opens, and never writes over one."""

import json

from luthier import cli, config, sample_company
from luthier.cli.init import SCHEMA_COMMENT


def test_the_starter_has_no_mistakes_and_names_its_schema(tmp_path, capsys):
    folder = tmp_path / "mybank"
    assert cli.run(["init", str(folder)]) == 0
    text = (folder / "luthier.yaml").read_text()
    assert text.startswith(SCHEMA_COMMENT + "\n")
    assert config.load(folder / "luthier.yaml").tasks.keys() == {"topic"}
    schema = json.loads((folder / ".luthier" / "luthier.schema.json").read_text())
    assert schema == config.json_schema()
    assert str(folder / "luthier.yaml") in capsys.readouterr().out


def test_a_project_that_is_there_stays_as_it_is(tmp_path, capsys):
    (tmp_path / "luthier.yaml").write_text("mine")
    assert cli.run(["init", "--project", str(tmp_path)]) == 2
    assert (tmp_path / "luthier.yaml").read_text() == "mine"
    assert "there is a project here already" in capsys.readouterr().err


def test_a_template_with_mistakes_is_refused_before_anything_is_written(tmp_path, capsys):
    (tmp_path / "template.yaml").write_text("nme: x\n")
    assert cli.run(["init", str(tmp_path / "new"), "--template", str(tmp_path / "template.yaml")]) == 2
    assert not (tmp_path / "new").exists()
    assert "template.yaml, line 1: nme is not a setting; did you mean name?" in capsys.readouterr().err


def test_a_sample_is_generated_beside_settings_that_name_its_files(tmp_path, capsys, monkeypatch):
    asked = []

    def generate(name, folder, *, examples, seed):
        asked.append((name, folder, examples, seed))
        return {"files": 3}

    monkeypatch.setattr(sample_company, "generate", generate)
    cli.run(["init", str(tmp_path / "first")])
    capsys.readouterr()
    template = tmp_path / "first" / "luthier.yaml"
    arguments = ["--template", str(template), "--sample", "wealth_desk", "--examples", "200", "--json"]
    assert cli.run(["init", str(tmp_path / "desk"), *arguments]) == 0
    assert asked == [("wealth_desk", tmp_path / "desk", 200, 17)]
    assert json.loads(capsys.readouterr().out)["sample"] == {"files": 3}
    assert (tmp_path / "desk" / "luthier.yaml").read_text() == template.read_text()


def test_the_firm_with_planted_defects_brings_its_own_settings_and_is_curated(tmp_path, capsys):
    folder = tmp_path / "papers"
    assert cli.run(["init", str(folder), "--sample", "defects", "--examples", "200"]) == 0
    assert "luthier ingest --project" in capsys.readouterr().out
    assert (folder / "luthier.yaml").read_text().startswith(SCHEMA_COMMENT + "\n")
    truth = [json.loads(line) for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {"duplicate.exact", "outdated", "skewed_profile"} <= {row["kind"] for row in truth}
    assert len(config.load(folder / "luthier.yaml").curate.coverage.cells) == 16  # four segments, four regions
    cli.run(["ingest", "--project", str(folder)])
    planted = next(row for row in truth if row["kind"] == "duplicate.exact")
    assert cli.run(["explain", planted["record_id"], "--project", str(folder)]) == 0


def test_an_unknown_sample_is_named_before_settings_are_asked_for(tmp_path, capsys):
    assert cli.run(["init", str(tmp_path / "x"), "--sample", "bakery"]) == 2
    assert "there is no sample company 'bakery'. Choose from defects" in capsys.readouterr().err


def test_schema_is_printed_or_renewed(tmp_path, capsys):
    assert cli.run(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == config.json_schema()
    assert cli.run(["schema", "--write", "--project", str(tmp_path)]) == 0
    assert (tmp_path / ".luthier" / "luthier.schema.json").exists()
