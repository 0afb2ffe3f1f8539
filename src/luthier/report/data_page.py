"""`report/data.html`: what came in, what became of it, and what a person should look at first. One file, no scripts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from luthier import __version__
from luthier.config import Config
from luthier.report import data_coverage, wording
from luthier.report.data_evidence import DataEvidence, Reason, read_data
from luthier.report.data_texts import Masks
from luthier.report.environment import page_environment, source
from luthier.report.tables import Cell, Table, number, table, text
from luthier.store.artefacts import ArtefactStore, write_whole

FIRST = 12  # reasons that stand first with what they mean; the others are named
DONE = {"drop": "dropped", "merge": "merged", "edit": "edited", "flag": "left", "assign": "noted"}
STATES = {"ready": "met", "not_ready": "missed", "undecided": "undecided"}
ROLES = {"term": "the term itself", "variant": "a variant", "abbreviation": "an abbreviation"}


def write_data_page(config: Config, root: Path, store: ArtefactStore, masks: Masks = lambda _: {}) -> Path:
    """Writes `report/data.html` below `root` and returns its path. Raises `LuthierError` where nothing was curated."""
    page = render_data_page(config, read_data(store, masks))
    folder = root / "report"
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "data.html", page)
    return folder / "data.html"


def render_data_page(config: Config, evidence: DataEvidence) -> str:
    """The page as one self-contained HTML document."""
    environment = page_environment()
    return environment.get_template("data.html.j2").render(
        config=config,
        evidence=evidence,
        version=__version__,
        wording=wording,
        first=first(evidence),
        shown_first=FIRST,
        by_rule=by_rule(evidence),
        gone=gone(evidence),
        terms=terms(evidence),
        states=STATES,
        done=DONE,
        profiles=data_coverage.profiles(evidence),
        cells=data_coverage.cells(evidence),
        label_rates=data_coverage.label_rates(evidence),
        differing=data_coverage.differing(evidence),
        removed=data_coverage.removals(evidence, done=True),
        proposed=data_coverage.removals(evidence, done=False),
        requests=data_coverage.requests(evidence),
        weights=data_coverage.weights(evidence),
        confidence=data_coverage.CONFIDENCE,
        style=Markup(source(environment, "style.css") + source(environment, "data.css")),
    )


def first(evidence: DataEvidence) -> list[Reason]:
    """The reasons of which something waits for a person, the most pressing first."""
    return [reason for reason in evidence.reasons if reason.waits and reason.code != "duplicate.vetoed"]


def by_rule(evidence: DataEvidence) -> dict[str, list[Reason]]:
    """The reasons by rule, in the order of their urgency."""
    grouped: dict[str, list[Reason]] = {}
    for reason in evidence.reasons:
        grouped.setdefault(reason.rule, []).append(reason)
    return grouped


def gone(evidence: DataEvidence) -> Table | None:
    """Why records were taken away, what took most first."""
    found: list[tuple[int, list[Cell]]] = []
    for reason in evidence.reasons:
        for action in ("drop", "merge"):
            documents, examples = reason.actions.get(action, (0, 0))
            if documents or examples:
                row = [text(reason.meaning, reason.code), text(DONE[action]), number(documents), number(examples)]
                found.append((-documents - examples, row))
    rows = [row for _, row in sorted(found, key=lambda pair: pair[0])]
    return (
        table("Why records were taken away", ["Reason", "What was done", "Documents", "Examples"], rows)
        if rows
        else None
    )


def terms(evidence: DataEvidence) -> Table | None:
    """How each form of the firm's terms was used, before and after."""
    forms = (evidence.glossary or {}).get("forms", ())
    rows = [
        [
            text(form["written"], _role(form)),
            number(form["before"]),
            number(form["rewritten"]),
            number(form["left"]),
            number(form["after"]),
            text(_for_example(form)),
        ]
        for form in forms
    ]
    columns = ["Written", "Before", "Rewritten", "Left", "After", "For example"]
    caption = "How often each form was used, before and after"
    return table(caption, columns, rows, tall=len(rows) > data_coverage.TALL) if rows else None


def _role(form: Mapping[str, Any]) -> str:
    """What a form stands for."""
    if form["role"] == "ambiguous":
        return f"may mean {' or '.join(form['terms'])}, or something else"
    return ROLES[form["role"]] + (f" of {form['terms'][0]}" if form["role"] != "term" else "")


def _for_example(form: Mapping[str, Any]) -> str:
    """A use that was rewritten and one that was left, with their records."""
    changed = [f"“{use['before']}” became “{use['after']}” in {use['record']}" for use in form["changed"][:1]]
    left = [f"“{use['written']}” was left in {use['record']}" for use in form["unchanged"][:1]]
    return "; ".join([*changed, *left])
