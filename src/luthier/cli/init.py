"""`luthier init`: begins a project."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from luthier.cli.options import AsJson, ProjectFolder
from luthier.sample_company import COMPANIES, WITH_SETTINGS

SCHEMA_COMMENT = "# yaml-language-server: $schema=.luthier/luthier.schema.json"


def init(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="DIR", help="Where the project goes; made if absent.", show_default="--project, else here"
        ),
    ] = None,
    project: ProjectFolder = Path(),
    template: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A luthier.yaml to begin with, instead of the commented starter."),
    ] = None,
    sample: Annotated[
        str | None,
        typer.Option(metavar="NAME", help=f"Also generate a sample company's files: {' or '.join(COMPANIES)}."),
    ] = None,
    examples: Annotated[int, typer.Option(metavar="N", help="Examples of each task that the sample gets.")] = 700,
    seed: Annotated[
        int, typer.Option(metavar="S", help="What the sample is drawn from; the same seed, the same firm.")
    ] = 17,
    as_json: AsJson = False,
) -> None:
    """Begins a project: a folder with a commented luthier.yaml.

    Editors that know YAML complete and check the file by the schema written beside it.

    \b
      luthier init mybank
      luthier init desk --template examples/wealth_desk/luthier.yaml --sample wealth_desk --examples 300
      luthier init papers --sample defects

    The firm `defects` is for curation: papers and messages in which defects were planted, and what only looks like
    one. It brings its own luthier.yaml, four papers for each example, and truth.jsonl, which says what was planted.
    """
    from luthier.cli.output import show
    from luthier.errors import RequestError
    from luthier.project import SETTINGS_FILE
    from luthier.store.artefacts import write_whole

    folder = folder or project
    settings = folder / SETTINGS_FILE
    if settings.exists():
        raise RequestError("there is a project here already", where=str(settings), fix="Choose another folder")
    if folder.exists() and not folder.is_dir():
        raise RequestError("this is a file, not a folder", where=str(folder))
    if sample and sample not in COMPANIES:
        raise RequestError(f"there is no sample company '{sample}'", fix=f"Choose from {', '.join(COMPANIES)}")
    if sample and template is None and sample not in WITH_SETTINGS:
        fix = f"Add --template with a luthier.yaml made for it, such as examples/{sample}/luthier.yaml"
        raise RequestError("a sample's files need settings that name them", fix=fix)
    text = _settings_text(template)
    folder.mkdir(parents=True, exist_ok=True)
    written = _sample(sample, folder, examples, seed) if sample else None
    if sample in WITH_SETTINGS and template is None:
        text = f"{SCHEMA_COMMENT}\n{settings.read_text(encoding='utf-8')}"
    write_schema(folder)
    write_whole(settings, text)
    result = {"project": folder, "settings": settings, "sample": written}
    next_step = "luthier cycle" if sample else f"edit {settings}, then: luthier ingest"
    if sample == "defects":
        next_step = f"luthier ingest --project {folder}, then: luthier curate"
    show(result, [f"A project in {folder}. Next: {next_step} --project {folder}"], as_json=as_json)


def write_schema(folder: Path) -> Path:
    """Writes the JSON Schema of luthier.yaml to where the project's editors look for it."""
    import json

    from luthier import config
    from luthier.project import STORE_FOLDER
    from luthier.store.artefacts import write_whole

    path = folder / STORE_FOLDER / "luthier.schema.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(config.json_schema(), indent=1, ensure_ascii=False) + "\n")
    return path


def _settings_text(template: Path | None) -> str:
    """The new luthier.yaml: the template's text if there is one and it has no mistakes, else the starter's."""
    from luthier import config

    if template is None:
        return resources.files("luthier.cli").joinpath("starter.yaml").read_text(encoding="utf-8")
    config.load(template)
    text = template.read_text(encoding="utf-8-sig")
    return text if text.startswith(SCHEMA_COMMENT) else f"{SCHEMA_COMMENT}\n{text}"


def _sample(name: str, folder: Path, examples: int, seed: int) -> dict[str, object]:
    from luthier.progress import say
    from luthier.sample_company import generate

    say(f"Generating {name}, {examples} examples a task: every person, firm and product in it is invented")
    return generate(name, folder, examples=examples, seed=seed)
