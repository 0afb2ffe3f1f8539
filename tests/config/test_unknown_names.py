"""Any unknown name, in any section at any depth, is reported with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luthier import config
from luthier.errors import ConfigError

# Each section's first line, the indentation of its settings, and the path a report gives it.
SECTIONS = {
    "name: Bank": (0, ""),
    "  summary:": (4, "tasks.summary."),
    "  intent:": (4, "tasks.intent."),
    "  - name: notes": (4, "sources.0."),
    "    fields:": (6, "sources.0.fields."),
    "curate:": (2, "curate."),
    "  duplicates:": (4, "curate.duplicates."),
    "    near:": (6, "curate.duplicates.near."),
    "split:": (2, "split."),
    "tune:": (2, "tune."),
    "  lora:": (4, "tune.lora."),
    "evaluate:": (2, "evaluate."),
    "  few_shot:": (4, "evaluate.few_shot."),
    "    - task: summary": (6, "evaluate.targets.0."),
    "report:": (2, "report."),
}
LINES = """\
name: Bank
tasks:
  summary:
    kind: generate
    instruction: Summarise.
    inputs: {note: Note}
  intent:
    kind: classify
    instruction: Name it.
    inputs: {note: Note}
sources:
  - name: notes
    path: notes.csv
    task: summary
    fields:
      inputs: {note: text}
      target: summary
curate:
  normalise: true
  duplicates:
    near:
      threshold: 0.9
split:
  train: 0.7
tune:
  epochs: 2
  lora:
    rank: 8
evaluate:
  draws: 100
  few_shot:
    k: [2]
  targets:
    - task: summary
      metric: rougeL
      at_least: 0.3
report:
  currency: CHF
""".splitlines()
KNOWN = {
    name for settings in vars(config).values() if hasattr(settings, "model_fields") for name in settings.model_fields
}


@given(
    name=st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,15}", fullmatch=True).filter(lambda name: name not in KNOWN),
    section=st.sampled_from(sorted(SECTIONS)),
)
def test_an_unknown_name_is_reported_with_its_line(tmp_path_factory, name, section):
    indentation, path = SECTIONS[section]
    above = LINES.index(section) + 1
    path_of_file = tmp_path_factory.getbasetemp() / "luthier.yaml"
    path_of_file.write_text("\n".join([*LINES[:above], f"{' ' * indentation}{name}: 1", *LINES[above:]]))
    with pytest.raises(ConfigError) as caught:
        config.load(path_of_file)
    (mistake,) = caught.value.mistakes
    assert mistake.startswith(f"{path_of_file}, line {above + 1}: {path}{name} is not a setting")


def test_without_the_unknown_name_the_file_is_valid(tmp_path):
    (tmp_path / "luthier.yaml").write_text("\n".join(LINES))
    assert config.load(tmp_path / "luthier.yaml").report.currency == "CHF"


def test_the_schema_knows_every_setting_and_what_it_is_for():
    schema = config.json_schema()
    assert set(schema["properties"]) == set(config.Config.model_fields)
    assert schema["$defs"]["Tune"]["properties"]["batch_size"]["description"].startswith("Examples per optimiser step")
    assert schema["$defs"]["Tune"]["additionalProperties"] is False
