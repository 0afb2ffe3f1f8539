"""The catalogue is complete, honest about what nobody checked, and helps with a misspelt name."""

import pytest

from luthier.base_models import CATALOGUE, find_entry, require_entry
from luthier.base_models.catalogue import nearest_in_size
from luthier.errors import RequestError


def test_names_and_hub_ids_are_unique_and_find_the_same_entry():
    assert len({entry.name for entry in CATALOGUE}) == len({entry.hub_id for entry in CATALOGUE}) == len(CATALOGUE)
    for entry in CATALOGUE:
        assert find_entry(entry.name) is find_entry(entry.hub_id) is entry


def test_defaults_lie_in_their_range_and_give_a_reason():
    for entry in CATALOGUE:
        low, high = entry.defaults.learning_rate_range
        assert low <= entry.defaults.learning_rate <= high
        assert entry.defaults.reason


def test_large_models_get_the_usual_settings():
    for name in ("llama3-8b", "mistral-7b", "qwen3-8b"):
        defaults = require_entry(name).defaults
        assert (defaults.learning_rate, defaults.learning_rate_range) == (1e-4, (5e-5, 1e-4))
        assert (defaults.batch_size, defaults.epochs) == (16, 3)


def test_only_what_is_fixed_is_called_pinned():
    assert find_entry("smollm2-135m").pinned == "pinned by the SHA-256 of its package and of its weights"
    assert all(entry.pinned.startswith("not pinned") for entry in CATALOGUE if not (entry.revision or entry.embedded))


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(RequestError, match=r"no model 'SmolLM2-360'\. Did you mean smollm2-360m\?"):
        require_entry("SmolLM2-360")


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        (1_000, "smollm2-135m"),
        (150_000_000, "smollm2-135m"),
        # factors: 1.0e9 / 596e6 = 1.68, 1.71e9 / 1.0e9 = 1.71
        (1_000_000_000, "qwen3-0.6b"),
        (1_030_000_000, "smollm2-1.7b"),
        (70_000_000_000, "qwen3-8b"),
    ],
)
def test_nearness_in_size_is_a_factor_not_a_difference(parameters, name):
    assert nearest_in_size(parameters).name == name
