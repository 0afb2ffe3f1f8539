"""From a name to a model: a catalogue name, a hub id (`ORGANISATION/MODEL`, `@REVISION` if pinned) or a local folder.

Every kind ends as a local folder of safetensors, so what follows is the same for all. No code that came with a model
is ever run.
"""

from __future__ import annotations

import dataclasses
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luthier.base_models.catalogue import CatalogueEntry, TuningDefaults, find_entry, nearest_in_size, require_entry
from luthier.base_models.embedded import fetch_embedded
from luthier.base_models.four_bit import four_bit_config, refuse_without_four_bits
from luthier.base_models.hushed import hushed_transformers
from luthier.base_models.model_folder import CONTENT, fingerprint, parameter_count
from luthier.base_models.precision import this_device
from luthier.config import FROM_SCRATCH
from luthier.errors import LuthierError, RequestError
from luthier.progress import say
from luthier.store.artefacts import content_key

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedModel:
    """A base model that is on this machine.

    `fingerprint` changes with the content, and only with it; artefacts made from the model are keyed by it.
    `revision` is the hub's commit, None for what did not come from a hub.
    """

    name: str
    folder: Path
    fingerprint: str
    parameters: int
    defaults: TuningDefaults
    revision: str | None = None
    entry: CatalogueEntry | None = None


def get(name: str, *, quiet: bool = False) -> Path:
    """Brings a catalogue model onto this machine, unless it is there, and returns its folder."""
    return resolve(require_entry(name).name, quiet=quiet).folder


def resolve(name_or_path: str, *, root: Path | None = None, quiet: bool = False) -> ResolvedModel:
    """Finds a model, and fetches it first if it is not on this machine.

    Args:
        name_or_path: a catalogue name, a hub id with or without `@REVISION`, or a folder.
        root: what a relative folder is relative to: the project, by default the working directory.

    Raises `RequestError` where it is none of the three (or `scratch`, which is no model yet), `LuthierError` where it
    cannot be had or is no safetensors model.
    """
    if name_or_path == FROM_SCRATCH:
        raise RequestError(
            "a model from scratch is no generic model to ask: `luthier tune` makes it, from the project's own texts",
            where=f"base_model {FROM_SCRATCH}",
        )
    name, _, revision = name_or_path.partition("@")
    entry = find_entry(name)
    if entry is not None and entry.embedded and name == entry.name:
        return from_folder(name, fetch_embedded(entry, quiet=quiet), entry)
    folder = (root or Path.cwd()) / Path(name_or_path).expanduser()
    if folder.is_dir():
        return from_folder(name_or_path, folder, None)
    if entry is None and (name.count("/") != 1 or name.startswith((".", "/", "~"))):
        require_entry(name) if "/" not in name else None
        raise RequestError(f"there is no folder {folder}", where=f"base_model {name_or_path}")
    return _from_hub(entry.hub_id if entry else name, revision or (entry.revision if entry else None), entry, quiet)


def load_tokenizer(resolved: ResolvedModel) -> PreTrainedTokenizerBase:
    """The model's tokenizer. Some add a start token of their own accord: encode with `add_special_tokens=False`."""
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(resolved.folder, trust_remote_code=False, local_files_only=True)
    return tokenizer  # type: ignore[no-any-return]


def load_model(resolved: ResolvedModel, dtype: torch.dtype, *, four_bit: bool = False) -> PreTrainedModel:
    """The model with its weights in `dtype`, in evaluation mode, attention by SDPA, packed or plain.

    It is on the CPU; with `four_bit`, which holds the linear layers' weights in 4 bits, on the GPU. Raises
    `RefusedError` where a machine cannot do that.
    """
    if not four_bit:
        return load_weights(resolved.folder, dtype)
    refuse_without_four_bits()
    quantised = {"quantization_config": four_bit_config(dtype), "device_map": {"": this_device()}}
    return load_weights(resolved.folder, dtype, **quantised)


def load_weights(folder: Path, dtype: torch.dtype, **keywords: Any) -> PreTrainedModel:
    """The model that lies in a folder as transformers writes it, read as `load_model` reads it."""
    from transformers import AutoModelForCausalLM

    from luthier.packed_attention import use_packed_attention

    with hushed_transformers(bars=sys.stderr.isatty()):
        model: Any = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=dtype,
            attn_implementation="sdpa",
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            **keywords,
        )
    use_packed_attention(model)
    return model  # type: ignore[no-any-return]


def from_folder(name: str, folder: Path, entry: CatalogueEntry | None) -> ResolvedModel:
    """The model in a folder, under a name of the caller's. Raises `LuthierError` where it is none."""
    if not (folder / "config.json").is_file():
        raise LuthierError("the folder is no model: it has no config.json", where=str(folder))
    parameters = parameter_count(folder)
    return ResolvedModel(
        name=name,
        folder=folder,
        fingerprint=fingerprint(folder),
        parameters=parameters,
        defaults=entry.defaults if entry else _borrowed_defaults(parameters),
        entry=entry,
    )


def _from_hub(hub_id: str, revision: str | None, entry: CatalogueEntry | None, quiet: bool) -> ResolvedModel:
    """A hub model by its snapshot folder, whose name is the commit: that commit is the fingerprint."""
    folder = _snapshot(hub_id, revision, entry, quiet)
    commit = folder.name
    parameters = parameter_count(folder)
    return ResolvedModel(
        name=entry.name if entry else hub_id,
        folder=folder,
        fingerprint=content_key(hub_id, commit),
        parameters=parameters,
        defaults=entry.defaults if entry else _borrowed_defaults(parameters),
        revision=commit,
        entry=entry,
    )


def _snapshot(hub_id: str, revision: str | None, entry: CatalogueEntry | None, quiet: bool) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

    try:
        return Path(snapshot_download(hub_id, revision=revision, allow_patterns=list(CONTENT), local_files_only=True))
    except (OSError, ValueError):
        if not quiet:
            say(f"Fetching {hub_id} from the hub")
    try:
        return Path(snapshot_download(hub_id, revision=revision, allow_patterns=list(CONTENT)))
    except GatedRepoError as error:
        fix = "Accept its licence on its hub page, log in with `hf auth login`, and run the command again"
        raise LuthierError(f"{hub_id} is not open to everybody", fix=fix) from error
    except RevisionNotFoundError as error:
        raise RequestError(f"{hub_id} has no revision '{revision}' on the hub") from error
    except RepositoryNotFoundError as error:
        raise RequestError(f"the hub has no model '{hub_id}', or keeps it from you") from error
    except (HfHubHTTPError, OSError, ValueError) as error:
        embedded = "" if entry and entry.embedded else ", or use the embedded model smollm2-135m"
        raise LuthierError(
            f"the hub cannot be reached, and {hub_id} is not on this machine",
            fix=f"Give the folder of a copy as base_model{embedded}",
        ) from error


def defaults_for(name: str, parameters: int) -> tuple[CatalogueEntry | None, TuningDefaults]:
    """The catalogue's entry of that name, if there is one, and its defaults, or else those of the nearest in size."""
    entry = find_entry(name)
    return entry, entry.defaults if entry else _borrowed_defaults(parameters)


def _borrowed_defaults(parameters: int) -> TuningDefaults:
    entry = nearest_in_size(parameters)
    return dataclasses.replace(entry.defaults, reason=f"as for {entry.name}, the nearest in size; not measured here")
