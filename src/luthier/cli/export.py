"""`luthier export`: the specialist leaves the project."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from luthier.cli.options import AsJson, ProjectFolder


def export(
    merged: Annotated[
        Path,
        typer.Option("--merged", metavar="DIR", help="A folder to make, for the model with its adapter merged in."),
    ],
    project: ProjectFolder = Path(),
    as_json: AsJson = False,
) -> None:
    """Writes the newest specialist as a plain model folder, which any program that reads transformers models can load.

    The adapter is added to the weights; tokenizer and chat template lie beside them, and what Luthier needs to answer
    classify tasks (label_heads.safetensors, specialist.json). DIR can be named as base_model in another project.

    \b
      luthier export --project mybank --merged mybank-model
    """
    from luthier.cli.output import show
    from luthier.project import Project

    card = Project(project).export_merged(merged)
    result = {"folder": merged, "base_model": card.base_model, "method": card.method, "precision": card.precision}
    show(result, [str(merged)], as_json=as_json)
