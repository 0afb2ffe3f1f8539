"""`report/data.html`: what came in, what became of it, and what a person should look at first. One file, no scripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from luthier import __version__
from luthier.config import Config
from luthier.report import wording
from luthier.report.data_evidence import DataEvidence, Reason, read_data
from luthier.report.environment import page_environment, source
from luthier.report.tables import Cell, Table, nothing, number, table, text
from luthier.statistics.intervals import wilson
from luthier.store.artefacts import ArtefactStore, write_whole

CONFIDENCE = 0.95
MOST_REQUESTS = 40
FIRST = 12  # reasons that stand first with what they mean; the others are named
DONE = {"drop": "dropped", "merge": "merged", "edit": "edited", "flag": "left", "assign": "noted"}
STATES = {"ready": "met", "not_ready": "missed", "undecided": "undecided"}
ROLES = {"term": "the term itself", "variant": "a variant", "abbreviation": "an abbreviation"}
TALL = 20  # rows from which a table scrolls in a window of its own


def write_data_page(config: Config, root: Path, store: ArtefactStore) -> Path:
    """Writes `report/data.html` below `root` and returns its path. Raises `LuthierError` where nothing was curated."""
    page = render_data_page(config, read_data(store))
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
        profile=profile(evidence),
        removals=removals(evidence),
        requests=requests(evidence),
        cells=cells(evidence),
        confidence=CONFIDENCE,
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
    return table(caption, columns, rows, tall=len(rows) > TALL) if rows else None


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


def profile(evidence: DataEvidence) -> Table | None:
    """Each kind of client's share of the examples, before and after, with intervals."""
    rows: list[list[Cell]] = []
    for field, values in evidence.profile.items():
        came_in = sum(counts.into for counts in values.values())
        kept = sum(counts.kept for counts in values.values())
        for value, counts in values.items():
            gone = Cell(wording.share(counts.into - counts.kept, counts.into), number=True)
            before, after = _share(counts.into, came_in), _share(counts.kept, kept)
            rows.append([text(f"{field}: {value}"), number(counts.into), before, number(counts.kept), after, gone])
    columns = ["Profile", "Came in", "Share before", "Kept", "Share after", "Removed"]
    return table("Examples by profile, before and after", columns, rows) if rows else None


def _share(part: int, whole: int) -> Cell:
    if not whole:
        return nothing("nothing to share")
    share = wilson(part, whole, CONFIDENCE)
    return Cell(f"{share.value:.1%}", f"{share.low:.1%} to {share.high:.1%}", number=True)


def cells(evidence: DataEvidence) -> Table | None:
    """Clients by cell against what the firm declared; nothing where no population is declared."""
    found = [cell for cell in (evidence.coverage or {}).get("cells", ()) if cell["declared"] is not None]
    rows = [
        [
            text(cell["cell"].replace("=", ": ")),
            number(cell["clients"]),
            Cell(_percent(cell["share"]["value"]), _between(cell["share"]), number=True),
            Cell(_percent(cell["declared"]), number=True),
            text(_SAID[cell["state"]]),
        ]
        for cell in found
    ]
    return (
        table("Clients against the population", ["Profile", "Clients", "Share", "Declared", ""], rows) if rows else None
    )


_SAID = {"fits": "fits", "under": "too few", "over": "too many", "few": "too few to measure", "undeclared": ""}


def removals(evidence: DataEvidence) -> Table | None:
    """Where a rule removes more, or less, of one kind than of the others, beyond chance."""
    found = [row for row in (evidence.coverage or {}).get("removals", ()) if row["biased"]]
    rows = [
        [
            text(row["rule"]),
            text(row["cell"].replace("=", ": ")),
            Cell(wording.share(row["removed"], row["records"]), number=True),
            Cell(wording.share(row["elsewhere_removed"], row["elsewhere_records"]), number=True),
            Cell(f"{row['p']:.2g}", number=True),
        ]
        for row in found
    ]
    return (
        table("Rules that remove one kind more", ["Rule", "Profile", "Removed", "Elsewhere", "p"], rows)
        if rows
        else None
    )


def requests(evidence: DataEvidence) -> list[str]:
    """What to collect, the greatest need first."""
    return list(_requests(evidence))[:MOST_REQUESTS]


def _requests(evidence: DataEvidence) -> Iterator[str]:
    for row in (evidence.coverage or {}).get("requests", ()):
        yield f"{row['clients']} more clients of {row['cell'].replace('=', ' ')}: {row['reason']}"


def _percent(share: float | None) -> str:
    return wording.NONE if share is None else f"{share:.1%}"


def _between(share: dict[str, Any]) -> str:
    return f"{_percent(share['low'])} to {_percent(share['high'])}"
