"""Where each setting of a run is said to come from."""

from __future__ import annotations

import pytest
from miniature import two_task_config

from luthier.base_models import ResolvedModel
from luthier.tune.settings import resolve


def origins(base: ResolvedModel, **tune: object) -> dict[str, str]:
    return {line["name"]: line["from"] for line in resolve(two_task_config(**tune), base)[1]}


@pytest.mark.parametrize(
    ("tune", "said"),
    [
        ({}, "default for {name}"),
        ({"epochs": 2}, "luthier.yaml"),
        ({"task_epochs": {"sum": 1, "colour": 2}}, "luthier.yaml"),
        ({"task_epochs": {"sum": 1}}, "luthier.yaml (sum), default for {name}"),
        ({"task_epochs": {"sum": 1}, "epochs": 2}, "luthier.yaml"),
    ],
)
def test_epochs_come_from_where_each_task_has_its_own(base: ResolvedModel, tune: dict[str, object], said: str) -> None:
    assert origins(base, **tune)["epochs"] == said.format(name=base.name)


def test_what_follows_another_setting_or_the_machine_says_so(base: ResolvedModel) -> None:
    found = origins(base, learning_rate=1e-3, precision="auto", lora={"rank": 4})
    assert found["head_learning_rate"] == "as learning_rate"
    assert found["precision"] == found["device"] == "this machine"
    assert found["lora_rank"] == "luthier.yaml" and found["lora_alpha"] == found["seed"] == "default"
    assert origins(base, head_learning_rate=1e-2)["head_learning_rate"] == "luthier.yaml"
    assert origins(base, precision="float32")["precision"] == "luthier.yaml"
