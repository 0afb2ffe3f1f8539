"""What training does when a loss, a gradient or a weight goes wrong."""

from __future__ import annotations

import json

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from surviving import Runs, at_steps, killed, same, undefined, weights
from torch import Tensor

from luthier.errors import RefusedError
from luthier.tune.rollback import FIRST_STEPS, MOST_ROLLBACKS, LossWatch, Unstable


def test_a_run_in_which_nothing_goes_wrong_learns_what_a_plain_loop_learns(runs: Runs) -> None:
    """Bit for bit: nothing that lets a run survive changes what it learns."""
    trainer = runs.go_on()
    assert same(weights(trainer.module), runs.by_hand())
    assert trainer.state.global_step == 15 and not trainer.rollbacks.events and not trainer.rows.events


def test_a_step_whose_loss_is_undefined_is_left_out_and_the_run_goes_on(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Checkpoints are after 3 and 6 steps; step 8 (number 7) fails, so steps 7 to 15 are run again without it."""
    wanted = runs.by_hand(without={7})
    seen = at_steps({7}, undefined, monkeypatch)
    trainer = runs.go_on()
    assert same(weights(trainer.module), wanted)
    assert seen == [*range(8), 6, *range(8, 15)]
    (event,) = trainer.rollbacks.events
    assert (event["steps"], event["back_to"], event["learning_rate_factor"]) == ([8], 6, 1.0)
    assert event["examples"] == trainer.steps.members(7)
    assert "Step 8: the loss is nan. Going back to step 6, without step 8" in capsys.readouterr().err


def test_an_infinite_gradient_never_reaches_the_weights(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """sqrt(0 loss) is 0 with an infinite slope, and the slope's product with 0 is undefined: so is the gradient."""
    wanted = runs.by_hand(without={0})
    at_steps({0}, lambda loss: loss + 0 * torch.sqrt(0 * loss), monkeypatch)
    trainer = runs.go_on()
    assert same(weights(trainer.module), wanted)
    assert trainer.rollbacks.events[0]["why"] == "the length of the gradient is nan"


def test_a_spike_goes_back_before_its_first_step(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers 19 to 21 lie far above all before; the third of them makes a spike, and number 18 has a checkpoint."""
    wanted = runs.by_hand(epochs=5, without={19, 20, 21})
    at_steps({19, 20, 21}, lambda loss: 4 * loss, monkeypatch)
    trainer = runs.go_on(epochs=5)
    (event,) = trainer.rollbacks.events
    assert (event["steps"], event["back_to"]) == ([20, 21, 22], 18)
    assert same(weights(trainer.module), wanted)


def test_the_log_does_not_count_steps_that_were_left_out(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    at_steps({7}, undefined, monkeypatch)
    logged = {line["step"]: line["loss"] for line in runs.go_on().state.log_history if "loss" in line}
    assert sorted(logged) == [1, 5, 10, 15] and min(logged.values()) > 1  # a zero among five would take a fifth off


def test_a_stretch_that_fails_again_is_begun_earlier_and_slower(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Number 7 leads back to 6, number 8 again to 6, where no new checkpoint was written since: so back to 3."""
    wanted = runs.by_hand(without={7, 8}, rates=lambda step: 1.0 if step < 3 else 0.5)
    at_steps({7, 8}, undefined, monkeypatch)
    trainer = runs.go_on()
    told = [(event["back_to"], event["learning_rate_factor"]) for event in trainer.rollbacks.events]
    assert told == [(6, 1.0), (3, 0.5)]
    found = weights(trainer.module)
    assert all(torch.allclose(found[name], wanted[name], rtol=1e-5, atol=1e-8) for name in wanted)


def test_a_run_that_does_not_become_stable_is_refused_with_the_way_out(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_steps(range(4, 15), undefined, monkeypatch)
    with pytest.raises(RefusedError) as refused:
        runs.go_on()
    said = str(refused.value)
    assert f"training does not become stable: the loss is nan, after going back {MOST_ROLLBACKS} times" in said
    assert "Lower tune.learning_rate (it was 0.001, " in said and "look at the examples of that step" in said


@pytest.mark.parametrize("at", [8, 12])
def test_a_kill_changes_nothing_of_what_a_rollback_led_to(runs: Runs, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """Stopped on the stretch that is run again, or later: skipped steps and the rate are those of a whole run."""
    with monkeypatch.context() as whole:
        at_steps({4, 7, 8}, undefined, whole)
        wanted = weights(runs.go_on("whole").module)
    with monkeypatch.context() as once:
        at_steps({4, 7, 8}, undefined, once)
        at_steps({at}, killed, once)
        with pytest.raises(KeyboardInterrupt):
            runs.go_on("killed")
    at_steps({4, 7, 8}, undefined, monkeypatch)
    assert same(weights(runs.go_on("killed").module), wanted)


def test_what_the_watch_has_seen_outlives_a_checkpoint() -> None:
    watch, other = LossWatch(), LossWatch()
    for step in range(30):
        watch.see(step, 2.0 + 0.1 * (step % 3))
    watch.see(30, 9.0)
    other.restore(json.loads(json.dumps(watch.state())))
    assert other.bar == watch.bar
    other.see(31, 9.0)
    with pytest.raises(Unstable) as fault:
        other.see(32, 9.0)
    assert fault.value.steps == (30, 31, 32)


def test_the_bar_is_eight_deviations_above_the_usual_or_what_the_run_began_with() -> None:
    """Losses 1, 2, 3, 1, 2, 3 …: median 2, absolute deviations 1, 0, 1 …, their median 1, hence 2 + 8 · 1.4826."""
    watch = LossWatch()
    for step in range(63):
        watch.see(step, 1.0 + step % 3)
    assert watch.bar == pytest.approx(2 + 8 * 1.4826)
    settled = LossWatch()
    for step in range(FIRST_STEPS):
        settled.see(step, 5.0)
    for step in range(64):
        settled.see(step, 0.01)
    assert settled.bar == 5.0


def test_one_hard_batch_is_no_spike_and_one_enormous_loss_is() -> None:
    watch = LossWatch()
    for step in range(FIRST_STEPS):
        watch.see(step, 1.0)
    watch.see(20, 5.0)
    watch.see(21, 5.0)
    watch.see(22, 1.0)
    watch.see(23, 5.0)
    watch.see(24, 0.9)
    with pytest.raises(Unstable) as fault:
        watch.see(25, 10.1)
    assert fault.value.steps == (25,)


def test_nothing_is_a_spike_in_the_first_steps() -> None:
    watch = LossWatch()
    for step in range(FIRST_STEPS - 1):
        watch.see(step, 10.0**step)
    assert watch.bar is None


@given(st.lists(st.floats(0.5, 1.0), min_size=20, max_size=200))
def test_losses_that_stay_near_one_another_are_never_a_spike(losses: list[float]) -> None:
    watch = LossWatch()
    for step, loss in enumerate(sorted(losses, reverse=True)):  # a falling curve
        watch.see(step, loss)


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), float("-inf")])
def test_an_undefined_loss_is_seen_at_any_step(loss: float) -> None:
    with pytest.raises(Unstable, match="the loss is"):
        LossWatch().see(0, loss)


def test_weights_that_became_undefined_are_no_checkpoint(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = runs.new()
    step, broken = torch.optim.AdamW.step, []

    def breaking(self, closure=None):  # type: ignore[no-untyped-def]
        step(self, closure)
        if trainer.state.global_step == 5 and not broken:
            broken.append(True)
            weight: Tensor = self.param_groups[0]["params"][0]
            weight.data.fill_(float("inf"))

    monkeypatch.setattr(torch.optim.AdamW, "step", breaking)
    trainer.train()
    assert [event["why"] for event in trainer.rollbacks.events] == ["a weight is undefined"]
    assert all(torch.isfinite(weight).all() for weight in weights(trainer.module).values())
