"""Estimates: the fit, the trace that a probe must not leave, energy counters, and what earlier errors teach."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from miniature import two_task_config, two_task_examples

from luthier.base_models import ResolvedModel
from luthier.chat_template import ChatTemplate
from luthier.inference.specialist import SpecialistModel
from luthier.records import Example
from luthier.store.artefacts import ArtefactStore
from luthier.tasks import build
from luthier.tune.batching import Item, plan
from luthier.tune.estimate import Estimate, estimate_run, reconcile
from luthier.tune.estimate.cost_model import Contents, RowCost, fit_row_cost
from luthier.tune.estimate.energy import EnergyMeter
from luthier.tune.estimate.history import Correction, correction, remember, shrunken_mean, user_file
from luthier.tune.estimate.machine import PeakWatch, available_memory, memory_now, peak_memory
from luthier.tune.run import tune
from luthier.tune.settings import Resolved
from luthier.tune.trainer import Steps

ARITHMETIC = Contents(rows=0, tokens=100, targets=30, pairs=0.5)
CIRCUMSTANCES = {"machine": "m", "model": "f", "method": "lora", "precision": "float32"}


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUTHIER_HOME", str(tmp_path / "home"))


@pytest.fixture
def steps(items: list[Item], settings: Resolved) -> Steps:
    return Steps(items, plan(items, settings.epochs, 4, settings.seed), settings.row_tokens)


@pytest.fixture
def estimate(
    new_module: Callable[[], SpecialistModel],
    base: ResolvedModel,
    steps: Steps,
    settings: Resolved,
    template: ChatTemplate,
    tmp_path: Path,
) -> Callable[..., Estimate]:
    config = two_task_config()
    dev = [example for example in two_task_examples(10) if example.split == "dev"]

    def make(module: SpecialistModel | None = None, **more: object) -> Estimate:
        given_ = {"checkpoints": 3, "folder": tmp_path, "histories": (), "config": config} | more
        used = given_.pop("config")
        tasks = build(config)
        return estimate_run(used, base, module or new_module(), steps, settings, tasks, dev, template, **given_)  # type: ignore[arg-type]

    return make


def test_costs_come_back_from_rows_that_were_made_of_them() -> None:
    """Times of exactly 2 ms a row, 20 µs a token, 9 µs a target, 0.1 µs a pair: with 12 rows the pull is slight."""
    true = RowCost(2e-3, 2e-5, 9e-6, 1e-7)
    rng = random.Random(0)
    rows = [
        Contents(1, tokens, rng.randint(1, tokens // 2), tokens * rng.randint(20, 600))
        for tokens in (40, 80, 150, 300, 400, 500, 600, 700, 800, 900, 1000, 1024)
    ]
    fitted = fit_row_cost([(row, true.seconds(row)) for row in rows], ARITHMETIC)
    for row in rows:
        assert fitted.seconds(row) == pytest.approx(true.seconds(row), rel=0.03)


def test_one_row_shares_its_time_out_as_the_arithmetic_does() -> None:
    """Work of 100 * 10 + 30 * 2 + 0.5 * 80 = 1100 in 1.1 s: a token costs 0.1 s, so twice the row costs 2.2 s."""
    row = Contents(1, 10, 2, 80)
    fitted = fit_row_cost([(row, 1.1)], ARITHMETIC)
    assert fitted.seconds(row) == pytest.approx(1.1, rel=1e-3)
    assert fitted.per_token == pytest.approx(0.1, rel=0.02)
    assert fitted.seconds(row.times(2)) == pytest.approx(2.2, rel=1e-2)


@given(st.lists(st.tuples(st.integers(1, 2000), st.integers(0, 500), st.floats(1e-4, 10)), min_size=1, max_size=12))
def test_no_cost_is_ever_negative(rows: list[tuple[int, int, float]]) -> None:
    measured = [(Contents(1, tokens, targets, tokens * 50), seconds) for tokens, targets, seconds in rows]
    fitted = fit_row_cost(measured, ARITHMETIC)
    assert min(fitted.per_row, fitted.per_token, fitted.per_target, fitted.per_pair) >= 0
    assert math.isfinite(fitted.seconds(measured[0][0]))


def test_a_probe_leaves_weights_gradients_modes_and_random_states_bit_for_bit(
    new_module: Callable[[], SpecialistModel], estimate: Callable[..., Estimate]
) -> None:
    module = new_module()
    first = next(iter(module.trainable().values()))
    first.grad = torch.full_like(first, 0.5)
    weights = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    modes = [part.training for part in module.modules()]
    states = random.getstate(), np.random.get_state()[1].copy(), torch.get_rng_state()  # type: ignore[index]
    estimate(module)
    assert all(torch.equal(tensor, weights[name]) for name, tensor in module.state_dict().items())
    assert [part.training for part in module.modules()] == modes
    assert random.getstate() == states[0]
    assert np.array_equal(np.random.get_state()[1], states[1])  # type: ignore[index]
    assert torch.equal(torch.get_rng_state(), states[2])
    assert torch.equal(first.grad, torch.full_like(first, 0.5))
    assert all(weight.grad is None for weight in module.trainable().values() if weight is not first)


def test_a_run_after_a_probe_is_bit_for_bit_the_run_without_one(
    estimate: Callable[..., Estimate],
    tmp_path: Path,
    write_tiny_model: Callable[[Path], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With dropout, so that the run draws random numbers at every step."""
    config = two_task_config(epochs=1, head_start_steps=20, lora={"dropout": 0.1})

    def files_of(name: str) -> dict[str, bytes]:
        write_tiny_model(tmp_path / name / "tiny")
        store = ArtefactStore(tmp_path / name / ".luthier")
        with store.write("curate", "x", {}) as writer:
            writer.records("examples", Example, two_task_examples(24))
        folder = tune(config, tmp_path / name, store).folder
        return {path.name: path.read_bytes() for path in sorted(folder.rglob("*.safetensors"))}

    probed, known = files_of("probed"), estimate()
    monkeypatch.setattr("luthier.tune.preflight.forecast.estimate_run", lambda *_, **__: known)
    without = files_of("without")
    assert probed.keys() == {"adapter_model.safetensors", "label_heads.safetensors"}
    assert probed == without


def test_an_estimate_adds_up_and_survives_being_stored(estimate: Callable[..., Estimate]) -> None:
    config = two_task_config()
    priced = config.model_copy(update={"report": config.report.model_copy(update={"hourly_rate": 3.6})})
    found = estimate(config=priced)
    assert found.seconds == pytest.approx(sum(found.phases.values())) and found.seconds > 0
    assert found.money == pytest.approx(found.seconds / 1000)  # 3.6 an hour is a thousandth a second
    assert set(found.phases) == {"head_start", "rows", "optimiser", "checkpoints", "dev_scoring", "choosing"}
    assert found.phases["dev_scoring"] == 0 and all(found.phases[name] > 0 for name in ("rows", "choosing"))
    assert Estimate.read(json.loads(json.dumps(found.plain()))) == found
    assert any("measured in" in line for line in found.lines())
    assert estimate().money is None, "no rate, no money"


def test_an_estimate_is_corrected_by_what_the_same_circumstances_taught(
    estimate: Callable[..., Estimate], tmp_path: Path
) -> None:
    plain = estimate()
    history = tmp_path / "estimates.jsonl"
    remember(_line("1", seconds=(10, 80), memory=(4, 4), **plain.circumstances), history)
    fixed = estimate(histories=(history,))
    # One run that took 8 times as long: exp(ln 8 / 3) = 2.
    assert fixed.corrected_by == Correction(pytest.approx(2.0), pytest.approx(1.0), 1)  # type: ignore[arg-type]
    assert fixed.seconds == pytest.approx(2 * fixed.raw_seconds)
    assert any("corrected by 2.00" in line for line in fixed.lines())


def test_ratios_shrink_towards_one() -> None:
    """ln 2 and ln 0.5 cancel; twice ln 4 over 2 + 2 runs is ln 2 in all: 4 ** (2 / 4) = 2."""
    assert shrunken_mean([]) == 1
    assert shrunken_mean([2.0, 0.5]) == pytest.approx(1)
    assert shrunken_mean([4.0, 4.0]) == pytest.approx(2)


def test_only_like_runs_count_each_once_and_the_newest_ten(tmp_path: Path) -> None:
    mine, users = tmp_path / "mine.jsonl", tmp_path / "users.jsonl"
    for number in range(12):  # the two oldest were off by 100, and have had their day
        off = 100 if number < 2 else 1
        line = _line(str(number), seconds=(1, off), memory=(1, 1), **CIRCUMSTANCES)
        for path in (mine, users):
            with path.open("a") as stream:
                stream.write(json.dumps(line) + "\n")
    with mine.open("a") as stream:
        stream.write(json.dumps(_line("x", seconds=(1, 9), memory=(1, 9), **CIRCUMSTANCES | {"machine": "o"})) + "\n")
        stream.write('{"run": "half a li')  # a kill came between
    assert correction(CIRCUMSTANCES, [mine, users, tmp_path / "none.jsonl"]) == Correction(1.0, 1.0, 10)


def test_a_short_run_teaches_its_project_and_nobody_else(tmp_path: Path) -> None:
    history = tmp_path / "p" / "estimates.jsonl"
    remember(_line("1", seconds=(1, 9.9), memory=(1, 1), **CIRCUMSTANCES), history)
    assert history.exists() and not user_file().exists()
    remember(_line("2", seconds=(1, 10.1), memory=(1, 1), **CIRCUMSTANCES), history)
    assert len(user_file().read_text().splitlines()) == 1


def test_a_finished_run_is_held_against_its_estimate_and_remembered(
    estimate: Callable[..., Estimate], tmp_path: Path
) -> None:
    found, history = estimate(), tmp_path / "estimates.jsonl"
    actual = found.seconds / 1.25  # predicted a quarter too much
    compared = reconcile(
        found,
        seconds=actual,
        memory_bytes=found.memory_bytes * 2,
        steps=found.steps,
        joules=None,
        project_file=history,
    )
    assert compared["seconds"]["error"] == pytest.approx(0.25)
    assert compared["memory"]["error"] == pytest.approx(-0.5)
    assert compared["joules"] == {"predicted": None, "actual": None, "error": None} and compared["energy"]
    assert correction(found.circumstances, [history]).seconds == pytest.approx(0.8 ** (1 / 3))


def test_a_run_that_stopped_early_is_held_against_its_part_and_teaches_nothing(
    estimate: Callable[..., Estimate], tmp_path: Path
) -> None:
    found, history = estimate(), tmp_path / "estimates.jsonl"
    compared = reconcile(found, seconds=1, memory_bytes=1, steps=found.steps // 2, joules=None, project_file=history)
    around = found.phases["head_start"] + found.phases["choosing"]
    part = around + (found.raw_seconds - around) * (found.steps // 2) / found.steps
    assert compared["seconds"]["predicted"] == pytest.approx(part)
    assert not history.exists()


def test_a_processors_counter_that_starts_again_is_unrolled(tmp_path: Path) -> None:
    """From 900 of 1000 J to 100: 200 J were drawn. Then 50 more."""
    zone = tmp_path / "intel-rapl:0"
    zone.mkdir()
    (zone / "max_energy_range_uj").write_text("1000000000")
    (zone / "energy_uj").write_text("900000000")
    meter = EnergyMeter("cpu", tmp_path)
    (zone / "energy_uj").write_text("100000000")
    assert meter.joules() == pytest.approx(200)
    (zone / "energy_uj").write_text("150000000")
    assert meter.joules() == pytest.approx(250) and meter.covers == "processor"
    meter.close()


def test_energy_that_nobody_can_read_is_unknown_and_not_nothing(tmp_path: Path) -> None:
    assert EnergyMeter("cpu", tmp_path).joules() is None


def test_a_peak_that_is_over_is_seen() -> None:
    before = memory_now("cpu")
    with PeakWatch("cpu") as watch:
        held = torch.ones(30_000_000)  # 120 MB
        torch.mm(torch.ones(400, 400), torch.ones(400, 400))
        for _ in range(20):
            held.add_(1)
        del held
    assert watch.peak - before > 100e6
    assert watch.peak <= peak_memory("cpu") + 5e6 < available_memory("cpu")


def test_the_stage_writes_what_was_predicted_and_what_it_took(
    tmp_path: Path, write_tiny_model: Callable[[Path], None]
) -> None:
    write_tiny_model(tmp_path / "tiny")
    store = ArtefactStore(tmp_path / ".luthier")
    with store.write("curate", "x", {}) as writer:
        writer.records("examples", Example, two_task_examples(24))
    artefact = tune(two_task_config(epochs=1, head_start_steps=20), tmp_path, store)
    compared = artefact.json("summary")["estimate"]
    assert compared["seconds"]["actual"] == pytest.approx(artefact.json("summary")["seconds"])
    assert compared["memory"]["actual"] == artefact.json("summary")["peak_memory_bytes"]
    assert len((tmp_path / ".luthier" / "estimates.jsonl").read_text().splitlines()) == 1
    found = artefact.json("preflight")
    assert {check["name"] for check in found["checks"]} >= {"memory", "learning rate", "whole conversation"}
    assert [preview["task"] for preview in found["previews"]] == ["colour", "sum"]


def _line(
    run: str, *, seconds: tuple[float, float], memory: tuple[float, float], **circumstances: str
) -> dict[str, object]:
    return {
        "run": run,
        "when": f"2026-01-01T00:00:{int(run) if run.isdigit() else 59:02d}",
        **circumstances,
        "seconds": {"predicted": seconds[0], "actual": seconds[1]},
        "memory": {"predicted": memory[0], "actual": memory[1]},
    }
