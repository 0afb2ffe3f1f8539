"""The benchmark of tuning's speed: its work, its arithmetic, and that all its sides read the same."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest
from transformers import TrainerCallback

pytest.importorskip("trl")
sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from tune_speed import Measured, ratio
from tuning.material import INTENTS, MESSAGE_TOKENS, examples, task_config
from tuning.pace import Block
from tuning.sides import PEERS, Work, luthier, trl

from luthier.inference import row_inputs


def test_generated_messages_have_the_data_sets_lengths_and_every_label_is_listed() -> None:
    found, labels = examples(2000, None)
    lengths = sorted(len(example.inputs["message"].split()) for example in found)
    assert len(labels) == INTENTS == len(set(labels))
    for twentieth in (5, 10, 15):  # quartiles, give or take a word
        assert abs(lengths[len(lengths) * twentieth // 20] - MESSAGE_TOKENS[twentieth]) <= 1
    short, listed = (task_config(setting, labels).tasks["intent"] for setting in ("short instruction", "labels listed"))
    assert "\n" not in short.instruction
    assert listed.instruction.splitlines()[2:] == [f"- {label.replace('_', ' ')}" for label in labels]


def test_the_data_sets_own_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text('text,category\n"Where is it, please?",card_arrival\n', encoding="utf-8")
    (example,), labels = examples(5, tmp_path)
    assert example.inputs == {"message": "Where is it, please?"} and labels == ["card_arrival"]


def test_a_ratio_is_of_blocks_that_took_turns() -> None:
    """Twice and eight times as long: 4 in the middle, ln 8 - ln 2 = 2 x 0.693; Student's t of one degree is 12.706."""
    ours, theirs = (
        Measured([Block(2, seconds, seconds) for seconds in pair], 0.0, 0) for pair in ((2.0, 4.0), (4.0, 32.0))
    )
    middle, low, high = ratio(ours, theirs)
    half = 12.706 * math.log(2)
    assert middle == pytest.approx(4)
    assert low == pytest.approx(4 * math.exp(-half), rel=1e-3) and high == pytest.approx(4 * math.exp(half), rel=1e-3)


class Nothing(TrainerCallback):
    """In the place of the one that paces."""


@pytest.mark.filterwarnings("ignore")
def test_all_sides_read_the_same(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first step's loss, before any weight has changed, of every way of TRL's and of both of ours."""
    monkeypatch.setattr(row_inputs, "_reads_alike", row_inputs._reads_alike)  # a side exchanges it
    work = Work("short instruction", steps=1, data=None, model=str(tiny_model))
    trainers = [luthier(work, True, Nothing()), luthier(work, False, Nothing())]
    trainers += [trl(work, peer, Nothing()) for peer in PEERS]
    losses = []
    for trainer in trainers:
        trainer.train()
        losses.append(next(line["loss"] for line in trainer.state.log_history if "loss" in line))
    assert losses == pytest.approx([losses[0]] * len(trainers), rel=1e-4)
