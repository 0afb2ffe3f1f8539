"""Model folders on disk: where they are kept, whether one is whole, and what its content hashes to.

$LUTHIER_HOME/models/NAME/          config.json, model.safetensors, tokenizer files, and
$LUTHIER_HOME/models/NAME/luthier-model.json    where it came from, and each file's size and SHA-256
"""

from __future__ import annotations

import functools
import json
import os
import struct
from pathlib import Path
from typing import Any

from luthier.errors import LuthierError
from luthier.store.artefacts import content_key, file_hash

MANIFEST = "luthier-model.json"
CONTENT = ("*.safetensors", "*.json", "*.jinja", "*.model")  # the files that decide what a model says


def models_home() -> Path:
    """The folder of Luthier's own models: `$LUTHIER_HOME/models`, by default in `~/.cache/luthier`."""
    home = os.environ.get("LUTHIER_HOME")
    return (Path(home).expanduser() if home else Path.home() / ".cache" / "luthier") / "models"


def describe(folder: Path, **origin: str) -> dict[str, Any]:
    """The manifest of a folder as it lies: `origin`, and each file's size and SHA-256."""
    files = {path.name: {"size": path.stat().st_size, "sha256": file_hash(path)} for path in _content_files(folder)}
    return {**origin, "files": files}


def is_whole(folder: Path) -> bool:
    """Whether every file that the manifest names is there in its full size. A folder without manifest is not."""
    return _manifest(folder) is not None


def require_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a folder of Luthier's own. Raises `LuthierError` where there is none, or a file is not whole."""
    manifest = _manifest(folder)
    if manifest is None:
        raise LuthierError("the model's folder is not whole", where=str(folder), fix="Make or fetch the model again")
    return manifest


def fingerprint(folder: Path) -> str:
    """16 hexadecimal digits for the content of the files a model is made of, whatever the folder is called.

    A folder of Luthier's own is believed as far as sizes agree; any other is read through, once a process.
    """
    manifest = _manifest(folder)
    if manifest is not None:
        return content_key({name: entry["sha256"] for name, entry in manifest["files"].items()})
    return content_key({path.name: _cached_hash(path, *_stamp(path)) for path in _content_files(folder)})


def parameter_count(folder: Path) -> int:
    """How many numbers the safetensors files hold, from their headers alone.

    Raises `LuthierError` where there is no such file, or one is not what its name says.
    """
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise LuthierError(
            "the model's weights must be safetensors files, and there are none",
            where=str(folder),
            fix="Save it once more with save_pretrained of a current transformers",
        )
    return sum(_numbers_in(path) for path in weights)


def _numbers_in(path: Path) -> int:
    """The elements in one safetensors file: 8 bytes of length, then a JSON header with every tensor's shape."""
    try:
        with path.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            if length > path.stat().st_size:
                raise ValueError("the header is longer than the file")
            header = json.loads(stream.read(length))
        header.pop("__metadata__", None)
        return sum(_product(tensor["shape"]) for tensor in header.values())
    except (ValueError, struct.error, KeyError, TypeError, AttributeError) as error:
        fix = "Fetch or save the model again"
        raise LuthierError("the file is not whole, or no safetensors file", where=str(path), fix=fix) from error


def _product(shape: list[int]) -> int:
    return functools.reduce(lambda product, length: product * length, shape, 1)


def _manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest, where there is one and the sizes of its files still agree."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        same = all((folder / name).stat().st_size == entry["size"] for name, entry in manifest["files"].items())
    except (OSError, ValueError, KeyError):
        return None
    return manifest if same else None


def _content_files(folder: Path) -> list[Path]:
    found = {path for pattern in CONTENT for path in folder.glob(pattern)}
    return sorted(path for path in found if path.name != MANIFEST)


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


@functools.lru_cache(maxsize=256)
def _cached_hash(path: Path, size: int, modified: int) -> str:
    """`file_hash`, remembered for as long as size and time of change stay what they are."""
    del size, modified  # they are here as the cache's key
    return file_hash(path)
