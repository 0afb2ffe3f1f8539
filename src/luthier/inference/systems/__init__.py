"""Everything that can answer examples, behind one protocol: that is how all stand in one table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from luthier.config import Config
from luthier.inference.systems.system import System
from luthier.records import Example
from luthier.store.artefacts import ArtefactStore

__all__ = ["System", "build"]


def build(
    name: str,
    config: Config,
    root: Path,
    store: ArtefactStore,
    train: Sequence[Example],
    dev: Sequence[Example],
) -> System:
    """The system of that name, with whatever it chooses on dev chosen.

    Args:
        train: what it may learn from or show as worked examples.
        dev: what it may choose its settings on.

    Raises `LuthierError` where `tuned` is asked for and nothing has been tuned.
    """
    if name == "classical":
        from luthier.inference.systems.classical import Classical

        return Classical(config, train, dev)
    from luthier.inference.systems.prompted import Prompted
    from luthier.inference.systems.tuned import Tuned

    if name == "tuned":
        return Tuned(config, root, store.require("tune", "luthier tune"))
    return Prompted(name, config, root, train, dev, worked_examples=name == "few_shot")
