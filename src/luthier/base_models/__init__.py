"""Base models: the catalogue, the embedded model, and any model of the hub or of a local folder."""

from luthier.base_models.architecture import Architecture, architecture_of
from luthier.base_models.catalogue import CATALOGUE, CatalogueEntry, TuningDefaults, find_entry, require_entry
from luthier.base_models.four_bit import refuse_without_four_bits
from luthier.base_models.loading import ResolvedModel, get, load_model, load_tokenizer, load_weights, resolve
from luthier.base_models.memory import TrainingMemory, kv_cache_bytes, training_memory, weight_bytes
from luthier.base_models.model_folder import is_whole, models_home
from luthier.base_models.precision import precision_for, this_device
from luthier.base_models.pretrained import pretrained_model

__all__ = [
    "CATALOGUE",
    "Architecture",
    "CatalogueEntry",
    "ResolvedModel",
    "TrainingMemory",
    "TuningDefaults",
    "architecture_of",
    "find_entry",
    "get",
    "is_whole",
    "kv_cache_bytes",
    "load_model",
    "load_tokenizer",
    "load_weights",
    "models_home",
    "precision_for",
    "pretrained_model",
    "refuse_without_four_bits",
    "require_entry",
    "resolve",
    "this_device",
    "training_memory",
    "weight_bytes",
]
