"""From curated data to the specialist: the pairs that correct it are read first, since a mistake in them should show
before hours of training; then it is tuned, and learns from the pairs.
"""

from __future__ import annotations

from pathlib import Path

from luthier.config import Config
from luthier.store.artefacts import Artefact, ArtefactStore


def make_specialist(config: Config, root: Path, store: ArtefactStore, *, resume: bool = True) -> Artefact:
    """The `tune` artefact of the project at `root`, made as far as it was not. Raises what its stages raise."""
    from luthier.sources.pairs import read_pairs
    from luthier.tune.run import tune

    if config.tune.preference is None:
        return tune(config, root, store, resume=resume)
    from luthier.tune.preference import prefer
    from luthier.tune.preference_training import refuse_without_trl

    refuse_without_trl()
    read_pairs(config, root, store)
    return prefer(config, root, store, tune(config, root, store, resume=resume), resume=resume)
