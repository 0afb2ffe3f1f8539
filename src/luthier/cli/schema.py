"""`luthier schema`: every setting of luthier.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from luthier.cli.options import AsJson, ProjectFolder


def schema(
    project: ProjectFolder = Path(),
    write: Annotated[
        bool, typer.Option("--write", help="Renew the project's .luthier/luthier.schema.json instead of printing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Prints the JSON Schema of luthier.yaml.

    Every setting with its type, its default and what it is for. Editors complete from it. `luthier init` writes it
    into a new project; after an upgrade, --write renews it.

    \b
      luthier schema
      luthier schema --project mybank --write
    """
    from luthier import config
    from luthier.cli.init import write_schema
    from luthier.cli.output import show

    if write:
        path = write_schema(project)
        show({"schema": path}, [str(path)], as_json=as_json)
    else:
        show(config.json_schema(), [], as_json=True)
