"""Base models that a project made itself: by reading its documents, from a foreign model's weights or from none."""

from __future__ import annotations

import dataclasses

from luthier.base_models.catalogue import TuningDefaults
from luthier.base_models.loading import ResolvedModel, defaults_for, from_folder
from luthier.base_models.model_folder import require_manifest
from luthier.config import FROM_SCRATCH
from luthier.store.artefacts import Artefact

MODEL = "model"  # the folder in a `pretrain` artefact
SCRATCH_DEFAULTS = TuningDefaults(  # rates of LoRA, like the catalogue's; all weights take a tenth of them
    learning_rate=5e-3,
    learning_rate_range=(2e-3, 2e-2),
    batch_size=16,
    epochs=5,
    reason="a small model that began from nothing must still move far; tried at under a million parameters only",
)


def pretrained_model(artefact: Artefact) -> ResolvedModel:
    """The model in a `pretrain` artefact, under the name and with the defaults of the one it came from."""
    folder = artefact.folder / MODEL
    name = str(require_manifest(folder)["name"])
    found = from_folder(name, folder, None)
    if name == FROM_SCRATCH:
        return dataclasses.replace(found, defaults=SCRATCH_DEFAULTS)
    entry, defaults = defaults_for(name, found.parameters)
    return dataclasses.replace(found, entry=entry, defaults=defaults)
