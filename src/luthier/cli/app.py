"""The commands of `luthier`, in the order in which a project meets them."""

from __future__ import annotations

from typing import Annotated

import typer

from luthier import __version__
from luthier.cli import (
    curate,
    cycle,
    diff,
    evaluate,
    explain,
    export,
    ingest,
    init,
    models,
    preflight,
    report,
    schema,
    status,
    sweep,
    tune,
)

app = typer.Typer(
    name="luthier",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"luthier {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def luthier(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Turns a generalist language model into one organisation's specialist, and measures what that gained.

    A project is a folder with a luthier.yaml. Its stages run one by one, or all together with `luthier cycle`; each
    keeps what it made, so nothing is done twice.

    \b
      luthier init mybank           begin a project
      luthier cycle                 sources to report, in one go
      luthier status                where the project stands
      luthier COMMAND --help        what a command does, with an example
    """
    if context.invoked_subcommand is None:
        print(context.get_help())


app.command("init")(init.init)
app.add_typer(models.app, name="models")
app.command("ingest")(ingest.ingest)
app.command("curate")(curate.curate)
app.command("explain")(explain.explain)
app.command("diff")(diff.diff)
app.command("preflight")(preflight.preflight)
app.command("tune")(tune.tune)
app.command("sweep")(sweep.sweep)
app.command("learning-curve")(sweep.learning_curve)
app.command("evaluate")(evaluate.evaluate)
app.command("report")(report.report)
app.command("cycle")(cycle.cycle)
app.command("export")(export.export)
app.command("status")(status.status)
app.command("schema")(schema.schema)
