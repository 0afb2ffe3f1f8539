"""The command line as a person and as a script meet it: exit codes, one line a mistake, JSON on standard output."""

import json
import subprocess
import sys

import pytest

from luthier import cli
from luthier.project import Project

SETTINGS = """\
name: Bank
tasks:
  topic:
    kind: classify
    instruction: Name the topic.
    inputs: {message: Message}
sources:
  - name: messages
    path: messages.csv
    task: topic
    fields:
      inputs: {message: text}
      target: topic
split: {train: 0.5, dev: 0.25, test: 0.25}
"""
WORDS = ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heath", "inlet", "juniper", "kelp", "lagoon"]


@pytest.fixture
def project(tmp_path):
    """A project with twelve messages, one of which has no topic."""
    rows = [f"my {word} card is {word}er than before,{'card' if n % 2 else 'transfer'}" for n, word in enumerate(WORDS)]
    (tmp_path / "messages.csv").write_text("text,topic\n" + "\n".join([*rows, "lost,"]) + "\n")
    (tmp_path / "luthier.yaml").write_text(SETTINGS)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tune", "--fsh"], "luthier tune: no such option: --fsh"),
        (["tuen"], "luthier: no such command 'tuen'"),
        (["explain"], "luthier explain: missing argument 'RECORD'"),
        (["report", "extra"], "luthier report: got unexpected extra argument"),
        (["init", "x", "--examples", "many"], "luthier init: invalid value for '--examples'"),
        (["models"], "luthier models: missing command"),
        (["models", "get", "smollm"], "the catalogue has no model 'smollm'. Did you mean smollm2-"),
        (["status", "--project", "nowhere"], "nowhere/luthier.yaml: there is no such file"),
        (["init", "x", "--template", "none.yaml"], "none.yaml: there is no such file"),
        (["init", "x", "--sample", "wealth_desk"], "a sample's files need settings that name them"),
    ],
)
def test_a_wrong_request_exits_2_with_one_line(capsys, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    assert cli.run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(said)
    assert err.count("\n") == 1


def test_each_mistake_in_the_settings_is_one_line(capsys, project):
    (project / "luthier.yaml").write_text(SETTINGS.replace("name: Bank", "nme: Bank").replace("train: 0.5", "train: x"))
    assert cli.run(["status", "--project", str(project)]) == 2
    path = project / "luthier.yaml"
    assert capsys.readouterr().err.splitlines() == [
        f"{path}, line 1: nme is not a setting; did you mean name?",
        f"{path}, line 14: split.train is 'x'; it must be a number",
    ]


def test_what_cannot_be_done_yet_exits_1_and_names_the_command_that_comes_first(capsys, project):
    assert cli.run(["curate", "--project", str(project)]) == 1
    assert capsys.readouterr().err == "nothing has come out of `luthier ingest` yet. Run `luthier ingest` first\n"


def test_ctrl_c_exits_130_and_says_what_goes_on(capsys, project, monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Project, "report", interrupted)
    assert cli.run(["report", "--project", str(project)]) == 130
    assert capsys.readouterr().err.startswith("stopped; run the same command again")


def test_a_full_disk_is_one_line_and_a_mistake_of_ours_is_not_hidden(capsys, project, monkeypatch):
    monkeypatch.setattr(Project, "report", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device", "x")))
    assert cli.run(["report", "--project", str(project)]) == 1
    assert capsys.readouterr().err == "x: no space left on device\n"
    monkeypatch.setattr(Project, "report", lambda _: (_ for _ in ()).throw(FileNotFoundError(2, "no such file")))
    with pytest.raises(FileNotFoundError):
        cli.run(["report", "--project", str(project)])


def test_ingest_and_curate_run_once_and_then_say_so(capsys, project):
    for reused in (False, True):
        for command, summary in (("ingest", "sources"), ("curate", "splits")):
            assert cli.run([command, "--project", str(project), "--json"]) == 0
            result = json.loads(capsys.readouterr().out)
            assert (result["stage"], result["reused"]) == (command, reused)
            assert summary in result["summary"]


def test_people_are_told_what_was_read_refused_and_split(capsys, project):
    cli.run(["ingest", "--project", str(project)])
    cli.run(["curate", "--project", str(project)])
    out = capsys.readouterr().out
    # 12 good rows and one without a topic
    assert "messages: 1 files, 12 examples, 1 refused (" in out
    assert "examples: 12 in, 12 kept" in out


def test_explain_tells_the_life_of_a_row(capsys, project):
    cli.run(["ingest", "--project", str(project)])
    cli.run(["curate", "--project", str(project)])
    capsys.readouterr()
    assert cli.run(["explain", "messages.csv:3", "--project", str(project), "--json"]) == 0
    life = json.loads(capsys.readouterr().out)
    assert life["state"] == "kept"
    assert life["source"]["row"] == 3


def test_explaining_what_is_not_there_exits_2_with_one_line(capsys, project):
    cli.run(["ingest", "--project", str(project)])
    capsys.readouterr()
    for name in ("nothing", "messages.csv:99999999999999999999"):
        assert cli.run(["explain", name, "--project", str(project)]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith(f"there is no record '{name}'. Did you mean ")
        assert err.count("\n") == 1


def test_status_tells_done_stale_and_missing_stages_apart(capsys, project):
    for command in ("ingest", "curate"):
        cli.run([command, "--project", str(project)])
    with (project / "messages.csv").open("a") as rows:
        rows.write("my card is new,card\n")
    cli.run(["ingest", "--project", str(project)])
    capsys.readouterr()
    cli.run(["status", "--project", str(project), "--json"])
    stages = {stage["stage"]: stage for stage in json.loads(capsys.readouterr().out)["stages"]}
    assert stages["ingest"]["made_from_older"] == []
    assert stages["curate"]["made_from_older"] == ["ingest"]
    assert stages["tune"]["key"] is None


def test_models_are_listed_for_people_and_for_scripts(capsys):
    assert cli.run(["models", "list"]) == 0
    assert "smollm2-135m  135 million  Apache-2.0" in capsys.readouterr().out
    assert cli.run(["models", "list", "--json"]) == 0
    assert {model["name"] for model in json.loads(capsys.readouterr().out)} >= {"smollm2-135m", "qwen3-8b"}


def test_a_gated_model_says_so_and_where_it_is_pinned(capsys):
    cli.run(["models", "show", "llama3-8b"])
    out = capsys.readouterr().out
    assert "pinned to commit" in out
    assert "the hub asks you to accept it first" in out


def test_without_a_command_help_is_shown(capsys):
    assert cli.run([]) == 0
    assert capsys.readouterr().out.startswith("Usage: luthier")


def test_help_imports_nothing_heavy():
    script = (
        "import sys; from luthier import cli; code = cli.run(['tune', '--help'])\n"
        "assert code == 0\n"
        "print({'torch', 'transformers', 'pyarrow', 'sklearn', 'yaml'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == "set()\n"
