"""A specialist is asked only as it was tuned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from miniature import two_task_config, two_task_examples

from luthier.config import Config
from luthier.errors import RefusedError
from luthier.inference.specialist import Specialist, SpecialistCard
from luthier.records import Example
from luthier.store.artefacts import Artefact, ArtefactStore
from luthier.tune.run import tune

CONFIG = two_task_config(epochs=1, label_head="always")


@pytest.fixture
def tuned(tmp_path: Path, write_tiny_model: Callable[[Path], None]) -> tuple[Path, Artefact]:
    write_tiny_model(tmp_path / "tiny")
    store = ArtefactStore(tmp_path / ".luthier")
    with store.write("curate", "c", {}) as writer:
        writer.records("examples", Example, two_task_examples(16))
    return tmp_path, tune(CONFIG, tmp_path, store)


def _changed(**tasks: object) -> Config:
    return Config.model_validate({**CONFIG.model_dump(), "tasks": {**CONFIG.model_dump()["tasks"], **tasks}})


def test_a_task_that_changed_since_is_refused_by_name(tuned: tuple[Path, Artefact]) -> None:
    root, artefact = tuned
    colour = CONFIG.model_dump()["tasks"]["colour"]
    with pytest.raises(RefusedError, match=r"task 'colour': has changed since .* Run `luthier tune`"):
        Specialist.load(artefact, _changed(colour={**colour, "instruction": "Which colours?"}), root)
    with pytest.raises(RefusedError, match="task 'shade': was not there when"):
        Specialist.load(artefact, _changed(shade=colour), root)
    assert set(Specialist.load(artefact, CONFIG, root).tasks) == {"colour", "sum"}


def test_labels_listed_in_another_order_keep_the_order_that_was_learnt(tuned: tuple[Path, Artefact]) -> None:
    root, artefact = tuned
    colour = CONFIG.model_dump()["tasks"]["colour"]
    other = _changed(colour={**colour, "labels": {"blue": "", "red": ""}})
    assert Specialist.load(artefact, other, root).tasks["colour"].labels == ("red", "blue")  # type: ignore[attr-defined]


def test_a_specialist_of_another_version_is_refused_with_what_to_do(tuned: tuple[Path, Artefact]) -> None:
    content = dict(tuned[1].json("specialist"))
    assert SpecialistCard.read(content).plain()["head_layers"] == content["head_layers"]
    del content["head_layers"]
    with pytest.raises(RefusedError, match=r"another version of Luthier.*luthier tune"):
        SpecialistCard.read(content)


def test_another_base_model_than_it_was_tuned_from_is_refused(tuned: tuple[Path, Artefact]) -> None:
    root, artefact = tuned
    other = Config.model_validate({**CONFIG.model_dump(), "base_model": "smollm2-135m"})
    with pytest.raises(RefusedError, match=r"base_model: .*not from 'smollm2-135m'"):
        Specialist.load(artefact, other, root)
