"""`luthier curate`: the data made fit to learn from, by rules and by what people decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from luthier.cli.options import AsJson, ProjectFolder

if TYPE_CHECKING:
    from luthier.curate.decisions import What

_TARGET = "RECORD|REASON"
LISTED = 5  # ambiguous words, those used most


def curate(
    project: ProjectFolder = Path(),
    restore: Annotated[
        str | None,
        typer.Option(
            metavar=_TARGET, help="Keep this record, or all that were found for this reason, whatever rules propose."
        ),
    ] = None,
    remove: Annotated[
        str | None, typer.Option(metavar=_TARGET, help="Take this record away, or all that were found for this reason.")
    ] = None,
    undo: Annotated[
        str | None, typer.Option(metavar=_TARGET, help="Forget what was decided about it; rules decide again.")
    ] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, for those who read it later.")] = "",
    original: Annotated[
        bool,
        typer.Option("--original", help="With --restore: the text too becomes the one that it came in with."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Cleans the records, finds what poisons a model, removes duplicates and leaks, cuts the splits.

    Rules only propose, and no record is lost: each finding is written down with its reason, `luthier explain` reads it
    out, and a person can decide otherwise. Nothing that was computed before is computed again.

    \b
      luthier curate --project mybank
      luthier curate --restore letters.csv:12 --reason "both were sent"
      luthier curate --remove expiry.superseded
      luthier curate --restore boilerplate --original
    """
    from luthier.cli.output import run_stage, show
    from luthier.project import Project

    opened = Project(project)
    decided = [
        opened.decide(what, target, why=reason, original=original)
        for what, target in _asked(restore, remove, undo, reason=reason, original=original)
    ]
    artefact, result, line = run_stage(opened, "curate", opened.curate)
    summary = artefact.json("summary")
    ready = opened.readiness()
    verdicts = ready.json("readiness") if ready is not None else {}
    words = artefact.json("glossary") if (artefact.folder / "glossary.json").exists() else None
    result |= {"summary": summary, "glossary": words, "readiness": verdicts, "decisions": decided}
    show(result, [*_lines(summary), *_glossary(words), *_readiness(verdicts), line], as_json=as_json)


def _asked(
    restore: str | None, remove: str | None, undo: str | None, *, reason: str, original: bool
) -> list[tuple[What, str]]:
    options: dict[What, str | None] = {"restore": restore, "remove": remove, "undo": undo}
    asked = [(what, target) for what, target in options.items() if target is not None]
    if len(asked) > 1:
        raise typer.BadParameter("one decision at a time: --restore, --remove or --undo")
    if original and restore is None:
        raise typer.BadParameter("--original goes with --restore")
    if reason and not asked:
        raise typer.BadParameter("--reason goes with --restore, --remove or --undo")
    return asked


def _lines(summary: Mapping[str, Any]) -> Iterator[str]:
    for kind in ("documents", "examples"):
        passed = summary[kind]
        if passed["in"]:
            fates = ", ".join(f"{passed[fate]} {fate}" for fate in ("dropped", "merged", "edited") if passed[fate])
            yield f"{kind}: {passed['in']} in, {passed['kept']} kept" + (f", {fates}" if fates else "")
    flagged = [row for row in summary["rules"] if row["action"] == "flag"]
    for row in sorted(flagged, key=lambda row: -(row["documents"] + row["examples"])):
        touched = ", ".join(f"{row[kind]} {kind}" for kind in ("documents", "examples") if row[kind])
        yield f"flagged, {row['code']}: {touched}"
    for task, splits in summary["splits"].items():
        yield f"{task}: {', '.join(f'{split} {count}' for split, count in splits.items())}"


def _glossary(words: Mapping[str, Any] | None) -> Iterator[str]:
    """How much of the firm's wording was put right, and the words that a person should look at."""
    if words is None:
        return
    forms = words["forms"]
    rewritten = sum(form["rewritten"] for form in forms)
    unclear = {form["written"]: form["left"] for form in forms if form["role"] == "ambiguous"}
    listed = [f"{written} {left}" for written, left in sorted(unclear.items(), key=lambda use: (-use[1], use[0]))]
    more = [f"{len(listed) - LISTED} more"] if len(listed) > LISTED else []
    left = f"; left as ambiguous: {', '.join([*listed[:LISTED], *more])}" if listed else ""
    yield f"glossary of {words['terms']} terms: {rewritten} uses rewritten{left}"


def _readiness(verdicts: Mapping[str, Any]) -> Iterator[str]:
    for task, verdict in verdicts.items():
        yield f"{task} is {verdict['state'].replace('_', ' ')}: {'; '.join(verdict['reasons'])}"
        for wanted in verdict["collect"][:3]:
            yield f"  collect {wanted}"
