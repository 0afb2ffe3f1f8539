"""Every kind of mistake in luthier.yaml is reported with its own line, and all of them at once."""

from pathlib import Path

import pytest

from luthier import config
from luthier.errors import ConfigError, RequestError

VALID = """\
name: Example bank
tasks:
  summary:
    kind: generate
    instruction: Summarise the note.
    inputs:
      note: Note
  intent:
    kind: classify
    instruction: Name the intent.
    inputs: {message: Message, channel: Channel}
    labels: {no: refuses, yes: agrees}
sources:
  - name: notes
    path: notes.csv
    task: summary
    fields:
      inputs:
        note: text
      target: summary
curate:
  duplicates: {near: {threshold: 0.9}}
  relevance: {}
split:
  train: 0.7
  dev: 0.1
  test: 0.2
tune:
  lora:
    rank: 8
  learning_rate: 1e-4
evaluate:
  targets:
    - task: summary
      metric: rougeL
      at_least: 0.3
"""


def mistakes(folder: Path, text: str | bytes) -> list[str]:
    """The mistakes in a file of that text, without its path."""
    path = folder / "luthier.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ConfigError) as caught:
        config.load(path)
    assert all(mistake.startswith(f"{path}, line ") for mistake in caught.value.mistakes)
    return [mistake.removeprefix(f"{path}, ") for mistake in caught.value.mistakes]


def changed(old: str, new: str) -> str:
    """The valid file with its one occurrence of `old` replaced."""
    assert VALID.count(old) == 1
    return VALID.replace(old, new)


def test_a_valid_file_has_no_mistakes_and_words_mean_what_they_say(tmp_path):
    (tmp_path / "luthier.yaml").write_text(VALID)
    settings = config.load(tmp_path / "luthier.yaml")
    # YAML 1.1 would read the labels as booleans and the rate as text
    assert settings.tasks["intent"].labels == {"no": "refuses", "yes": "agrees"}
    assert settings.tune.learning_rate == 1e-4
    assert settings.curate.duplicates.near.threshold == 0.9


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            changed("  learning_rate: 1e-4", "  learning_rat: 1e-4"),
            "line 31: tune.learning_rat is not a setting; did you mean learning_rate?",
        ),
        (
            changed("name: Example bank", "name: bank\nepochs: 3"),
            "line 2: epochs is not a setting; it belongs under tune",
        ),
        (
            changed("    rank: 8", "    rank: 8\n    rnk: 8"),
            "line 31: tune.lora.rnk is not a setting; did you mean rank?",
        ),
        (
            changed("learning_rate: 1e-4", "learning_rate: fast"),
            "line 31: tune.learning_rate is 'fast'; it must be a number",
        ),
        (changed("rank: 8", "rank: 8.5"), "line 30: tune.lora.rank is 8.5; it must be a whole number"),
        (changed("rank: 8", "rank: 0"), "line 30: tune.lora.rank is 0; it must be above 0"),
        (
            changed("threshold: 0.9", "threshold: 1.5"),
            "line 22: curate.duplicates.near.threshold is 1.5; it must be at most 1",
        ),
        (
            changed("rank: 8", "target_modules: 3"),
            "line 30: tune.lora.target_modules is 3; it must be a list or all-linear",
        ),
        (
            changed("    path: notes.csv", "    path: notes.csv\n    format: exel"),
            "line 16: sources.0.format is 'exel'; it must be auto, csv, jsonl, parquet, xlsx, text, markdown,"
            " html, pdf, docx, pptx, eml, mbox, transcript, zip or sql",
        ),
        (
            changed("  targets:", "  systems: [zero_shot, few_shots, tuned]\n  targets:"),
            "line 33: evaluate.systems.1 is 'few_shots'; it must be zero_shot, few_shot, classical or tuned;"
            " did you mean few_shot?",
        ),
        (
            changed("kind: generate", "kind: genrate"),
            "line 3: tasks.summary.kind is 'genrate'; it must be generate or classify; did you mean generate?",
        ),
        (changed("    kind: generate\n", ""), "line 3: tasks.summary has no kind; there is generate or classify"),
        (changed("    instruction: Name the intent.\n", ""), "line 8: tasks.intent.instruction is missing"),
        (changed("name: Example bank\n", ""), "line 1: name is missing"),
        (changed("name: Example bank", "name:"), "line 1: name is missing"),
        (
            changed("    instruction: Name the intent.", "    instuction: Name the intent."),
            "line 10: tasks.intent.instuction is not a setting; did you mean instruction?",
        ),
        (
            changed("  intent:", "  Intent:"),
            "line 8: the name Intent in tasks must be lower-case letters, digits and underscores, a letter first",
        ),
        (
            changed("  relevance: {}", "  privacy: {phone_regions: [gb]}"),
            "line 23: curate.privacy.phone_regions.0 is 'gb'; it must be two capital letters",
        ),
        (
            changed("  relevance: {}", "  glossary: {terms: [{term: ''}]}"),
            "line 23: curate.glossary.terms.0.term is ''; it must be text of length 1 or more",
        ),
        (
            changed("  relevance: {}", "  expiry: {as_of: 2025-13-01}"),
            "line 23: curate.expiry.as_of is '2025-13-01'; it must be a day, written as 2025-06-30",
        ),
        (changed("  train: 0.7", "  train: 0.8"), "line 24: split: the shares add up to 1.1, not to 1"),
        (
            changed("      at_least: 0.3\n", ""),
            "line 34: evaluate.targets.0: give exactly one of at_least and at_most",
        ),
        (
            changed("tasks:\n", "tasks: []\nsources: {}\n").split("  summary:\n")[0],
            "line 2: tasks is a list; it must be a mapping of names to values",
        ),
        (
            changed("  lora:\n    rank: 8", "  lora: [8]"),
            "line 29: tune.lora is a list; it must be a mapping of settings",
        ),
        (changed("  rank: 8", "  rank: 8\n    rank: 9"), "line 31: rank is given twice; line 30 has it already"),
        (
            changed("name: Example bank", "name: !!python/name:os.system x"),
            "line 1: the tag !!python/name:os.system is not understood",
        ),
        (changed("name: Example bank", "name: !secret x"), "line 1: the tag !secret is not understood"),
        (changed("name: Example bank", "name: &a [*a]"), "line 1: an alias refers to what contains it"),
    ],
)
def test_a_mistake_is_one_line_with_its_line_number(tmp_path, text, expected):
    assert expected in mistakes(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "line 1: the file is empty"),
        ("# nothing but a comment\n", "line 1: the file is empty"),
        ("---\n", "line 1: the file holds no settings"),
        ("- a\n- b\n", "line 1: the file must be a mapping of settings (name: value), and is a list"),
        ("just words\n", "line 1: the file must be a mapping of settings (name: value), and is a single value"),
        ("name: a\ntune:\n\tepochs: 3\n", "line 3: there is a tab where YAML wants spaces; indent with spaces"),
        ("name: a\ntune: [1, 2\nseed: 3\n", "line 3: this is not valid YAML: expected ',' or ']', but got ':'"),
        ("name: a\n---\nname: b\n", "line 2: a second document begins here (---); a settings file has one"),
        ("name: a\nseed: \x07\n", "line 2: there is a control character in the file, which YAML forbids"),
        (b"name: a\nnotice: " + "é".encode("latin-1"), "line 2: the file is not UTF-8 text"),
    ],
)
def test_a_file_that_is_no_settings_file_says_why_and_where(tmp_path, text, expected):
    assert mistakes(tmp_path, text) == [expected]


def test_all_mistakes_come_at_once_in_the_order_of_their_lines(tmp_path):
    text = (
        VALID.replace("kind: generate", "kind: genrate")
        .replace("rank: 8", "rank: no")
        .replace("task: summary\n    f", "task: sumary\n    f")
    )
    found = mistakes(tmp_path, text + "  cofidence: 0.9\n")
    assert [line.split(":")[0] for line in found] == ["line 3", "line 16", "line 30", "line 37"]


def test_an_empty_section_means_its_defaults(tmp_path):
    (tmp_path / "luthier.yaml").write_text(VALID + "report:\n")
    assert config.load(tmp_path / "luthier.yaml").report == config.Report()


@pytest.mark.parametrize("off", ["null", "false"])
def test_a_rule_can_be_switched_off(tmp_path, off):
    text = changed("  duplicates: {near: {threshold: 0.9}}\n", f"  duplicates: {off}\n")
    (tmp_path / "luthier.yaml").write_text(text)
    assert config.load(tmp_path / "luthier.yaml").curate.duplicates is None


def test_a_missing_file_is_a_wrong_request_that_names_it(tmp_path):
    with pytest.raises(RequestError, match=r"luthier\.yaml: there is no such file"):
        config.load(tmp_path / "luthier.yaml")
