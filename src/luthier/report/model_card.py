"""`report/model_card.md`: the card that travels with a model, under the headings that model hubs expect.

After Mitchell et al. 2019, "Model Cards for Model Reporting", with the metadata block of the Hugging Face Hub.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from luthier.config import Config
from luthier.report import record_tables, result_tables, wording
from luthier.report.environment import card_environment
from luthier.report.evidence import Evidence
from luthier.report.limits import limits
from luthier.report.tables import Cell, Table

MARKDOWN = re.compile(r"([\\`*_\[\]<>|#])")


def render_card(config: Config, evidence: Evidence) -> str:
    """The model card as Markdown with YAML front matter; texts from the data are escaped."""
    environment = card_environment()
    environment.filters["md"] = in_markdown
    return environment.get_template("model_card.md.j2").render(
        config=config,
        scorecard=evidence.scorecard,
        curation=evidence.curation,
        tuning=evidence.tuning,
        limits=limits(config, evidence),
        wording=wording,
        record_tables=record_tables,
        result_tables=result_tables,
        show=markdown_table,
        front_matter=yaml.safe_dump(front_matter(config, evidence), sort_keys=False, allow_unicode=True),
    )


def front_matter(config: Config, evidence: Evidence) -> dict[str, Any]:
    """The metadata that hubs read: licence, base model, and the tuned system's defined figures."""
    tags = ["luthier", *sorted({task.kind for task in config.tasks.values()})]
    if evidence.tuning is None:
        return {"tags": tags}
    summary = evidence.tuning.summary
    return {
        "license": summary.licence.lower() if summary.licence else "unknown",
        "base_model": summary.base_model,
        "library_name": "peft",
        "tags": tags,
        "model-index": [{"name": evidence.scorecard.name, "results": _results(evidence)}],
    }


def _results(evidence: Evidence) -> list[dict[str, Any]]:
    card = evidence.scorecard
    kinds = {"generate": "text-generation", "classify": "text-classification"}
    return [
        {
            "task": {"type": kinds[task.kind], "name": name},
            "dataset": {"name": card.name, "type": "private", "split": card.split},
            "metrics": [
                {"type": metric, "value": figure.value}
                for metric, figure in task.systems["tuned"].items()
                if figure.value is not None
            ],
        }
        for name, task in card.tasks.items()
        if "tuned" in task.systems
    ]


def in_markdown(text: str) -> str:
    """`text` on one line, with every sign escaped that Markdown could read as markup."""
    return MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def markdown_table(table: Table) -> str:
    """A table as a pipe table under its caption."""
    marks = ["---:" if table.numeric(i) else "---" for i in range(len(table.columns))]
    lines = [
        [in_markdown(column) for column in table.columns],
        marks,
        *([_cell(cell) for cell in row] for row in table.rows),
    ]
    return f"**{in_markdown(table.caption)}**\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _cell(cell: Cell) -> str:
    return in_markdown(f"{cell.text} ({cell.note})" if cell.note else cell.text)
