"""`luthier preflight`: whether tuning may start, what it would see, and what it would take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from luthier.cli.options import AsJson, ProjectFolder


def preflight(
    project: ProjectFolder = Path(),
    probe: Annotated[
        bool,
        typer.Option("--probe/--no-probe", help="Load the model and time a few rows, or only check data and settings."),
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Checks a run before it starts, shows what is masked and what is taught, and estimates what it will take.

    Exits 1 where a limit of tune.preflight is passed, with what to do about it. `luthier tune` makes the same checks
    first.

    \b
      luthier preflight --project mybank
      luthier preflight --project mybank --no-probe    without loading the model
    """
    from luthier.cli.output import show
    from luthier.project import Project

    artefact = Project(project).preflight(probe=probe)
    content = artefact.json("preflight")
    result = {"stage": artefact.stage, "key": artefact.key, "folder": artefact.folder, **content}
    if not as_json:
        _show_previews(content["previews"])
    show(result, [*_checks(content["checks"]), *_estimate(content["estimate"])], as_json=as_json)
    if any(check["state"] == "refuse" for check in content["checks"]):
        raise typer.Exit(1)


def _show_previews(previews: Sequence[Mapping[str, Any]]) -> None:
    """One example of each task: coloured on a terminal, else with marks."""
    from rich.console import Console

    from luthier.tune.preflight.preview import Preview, legend

    console = Console(highlight=False, soft_wrap=True)
    console.print(legend(colour=console.is_terminal))
    for content in previews:
        preview = Preview.read(content)
        console.print(preview.heading(), style="bold", markup=False)
        console.print(preview.coloured() if console.is_terminal else preview.plain_text(), markup=False)
        console.print()


def _checks(checks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    width = max(len(check["name"]) for check in checks)
    for check in checks:
        yield f"{check['state']:<6}  {check['name']:<{width}}  {check['what']}"
        named = f" Such as {', '.join(check['examples'])}." if check["examples"] else ""
        setting = f" Limit: {check['setting']}." if check["setting"] and check["state"] != "ok" else ""
        if check["fix"]:
            yield f"{'':<8}{'':<{width}}  {check['fix']}.{named}{setting}"


def _estimate(content: Mapping[str, Any] | None) -> Iterator[str]:
    from luthier.tune.estimate import Estimate

    if content is not None:
        yield from Estimate.read(content).lines()
