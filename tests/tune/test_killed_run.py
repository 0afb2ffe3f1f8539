"""`kill -9` of a whole tuning run that has rolled back, lowered its rate, and scores dev: resumed, it ends the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from miniature import two_task_examples
from safetensors.numpy import load_file

from luthier.records import Example
from luthier.store.artefacts import ArtefactStore
from luthier.store.live_log import read_live

RUN = """\
import os, signal, sys
from pathlib import Path
import pytest
sys.path.insert(0, sys.argv[1])
from miniature import two_task_config
from surviving import at_steps, undefined
from luthier.store.artefacts import ArtefactStore
from luthier.tune import early_stopping
from luthier.tune.run import tune

def die(loss):
    os.kill(os.getpid(), signal.SIGKILL)

early_stopping.WRITTEN_STEP["cpu"], early_stopping.FEWEST_ITEMS, early_stopping.TRAINED_TOKEN = 0, 4, 50.0
patch = pytest.MonkeyPatch()
at_steps({4, 5}, undefined, patch)
at_steps({int(sys.argv[3])}, die, patch)
scoring = {"max_cost": 0.5, "dev_items": 4, "patience": None, "min_improvement": 0.0}
root = Path(sys.argv[2])
config = two_task_config(epochs=2, batch_size=4, checkpoints_per_epoch=2, learning_rate=5e-3, early_stopping=scoring)
tune(config, root, ArtefactStore(root / ".luthier"))
"""
NEVER = 99


@pytest.fixture
def new_project(tmp_path: Path, write_tiny_model: Callable[[Path], None]) -> Callable[[str], Path]:
    def make(name: str) -> Path:
        write_tiny_model(tmp_path / name / "tiny")
        with ArtefactStore(tmp_path / name / ".luthier").write("curate", "c", {}) as writer:
            writer.records("examples", Example, two_task_examples(16))
        return tmp_path / name

    return make


def run(project: Path, die_at: int) -> int:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", RUN, str(Path(__file__).parent), str(project), str(die_at)]
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode


def test_the_same_weights_the_same_dev_curve_the_same_choice(new_project: Callable[[str], Path]) -> None:
    """Twelve steps, a checkpoint every three. Numbers 4 and 5 are undefined: back to 3, and then to 0 with half the
    rate. The kill comes at number 7, before which nothing was saved but the checkpoint of 6."""
    whole, killed = new_project("whole"), new_project("killed")
    assert run(whole, NEVER) == 0
    assert run(killed, 7) == -signal.SIGKILL
    (work,) = (killed / ".luthier" / "work").glob("tune-*")
    assert [line["step"] for line in read_live(work) if "dev" in line] == [3, 6]
    assert run(killed, NEVER) == 0
    one, other = (ArtefactStore(project / ".luthier").require("tune", "") for project in (whole, killed))
    for name in ("adapter/adapter_model.safetensors", "label_heads.safetensors"):
        left, right = load_file(one.folder / name), load_file(other.folder / name)
        assert all((left[weight] == right[weight]).all() for weight in left.keys() | right.keys())
    summaries = [artefact.json("summary") for artefact in (one, other)]
    assert summaries[0]["rollbacks"] == summaries[1]["rollbacks"]
    assert [event["back_to"] for event in summaries[0]["rollbacks"]] == [3, 0]
    assert summaries[0]["taken_from_step"] == summaries[1]["taken_from_step"]
    dev = [[(line["step"], line["dev"]) for line in a.json("training_log") if line["dev"]] for a in (one, other)]
    assert dev[0] == dev[1] and [step for step, _ in dev[0]] == [3, 6, 9, 12]
