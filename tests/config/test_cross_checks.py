"""Names that one section takes from another must exist there, whatever else is wrong in the file."""

import pytest
from pydantic import ValidationError
from test_mistakes import VALID, changed, mistakes

from luthier.config import Config


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            changed("    task: summary\n    f", "    task: sumary\n    f"),
            "line 16: sources.0.task names no task: 'sumary'; did you mean summary?",
        ),
        (
            changed("    - task: summary", "    - task: budget"),
            "line 34: evaluate.targets.0.task names no task: 'budget'; there is intent or summary",
        ),
        (
            changed("  learning_rate: 1e-4", "  task_epochs:\n    intents: 5"),
            "line 32: tune.task_epochs.intents names no task: 'intents'; did you mean intent?",
        ),
        (
            changed("        note: text", "        note: text\n        notes: more"),
            "line 20: sources.0.fields.inputs.notes names no input of task 'summary': 'notes'; did you mean note?",
        ),
        (
            changed(
                "    task: summary\n    fields:\n      inputs:\n        note: text",
                "    task: intent\n    fields:\n      inputs:\n        message: text",
            ),
            "line 18: sources.0.fields.inputs has no column for 'channel', an input of task 'intent'",
        ),
        (
            changed("      target: summary\n", ""),
            "line 17: sources.0.fields.target is missing: the column with the right answer",
        ),
        (
            changed(
                "    fields:\n      inputs:\n        note: text\n      target: summary\n",
                "    fields: {target: summary}\n",
            ),
            "line 17: sources.0.fields.inputs has no column for 'note', an input of task 'summary'",
        ),
        (
            changed("      note: Note", "      note: Note\n    lead_from: nte"),
            "line 8: tasks.summary.lead_from names no input of task 'summary': 'nte'; did you mean note?",
        ),
        (
            changed("curate:", "  - name: notes\n    path: more.csv\ncurate:"),
            "line 21: another source is called 'notes' already",
        ),
        (
            changed("  targets:", "  systems: [zero_shot]\n  targets:"),
            "line 35: evaluate.targets.0 sets a bar for 'tuned', which evaluate.systems leaves out",
        ),
    ],
)
def test_a_name_that_is_nowhere_is_reported_on_its_own_line(tmp_path, text, expected):
    assert mistakes(tmp_path, text) == [expected]


def test_names_are_checked_even_where_a_value_elsewhere_is_wrong(tmp_path):
    text = VALID.replace("rank: 8", "rank: eight").replace("- task: summary", "- task: sumary")
    assert mistakes(tmp_path, text) == [
        "line 30: tune.lora.rank is 'eight'; it must be a whole number",
        "line 34: evaluate.targets.0.task names no task: 'sumary'; did you mean summary?",
    ]


def test_settings_made_in_python_are_checked_too():
    with pytest.raises(ValidationError, match=r"sources\.0\.task names no task: 'sumary'; did you mean summary\?"):
        Config(
            name="a",
            tasks={"summary": {"kind": "generate", "instruction": "x", "inputs": {"note": ""}}},
            sources=[{"name": "s", "path": "p", "task": "sumary"}],
        )
