"""Memory that does not do: smaller rows, the same gradient, and a memory of it."""

from __future__ import annotations

import pytest
import torch
from surviving import Runs, close, killed, same, weights

from luthier.errors import RefusedError
from luthier.tune import trainer as training
from luthier.tune.memory_fallback import RowSize, memory_error, with_less_memory
from luthier.tune.trainer import SpecialistTrainer

SAID = "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate"


def with_room_for(
    tokens: int, monkeypatch: pytest.MonkeyPatch, *, recomputing: bool = False, error: Exception | None = None
) -> list[int]:
    """Lets rows of more tokens fail half-way back, unless layers are computed twice; lists the rows that went well."""
    right, went_well = training.row_losses, []

    def losses(module, row):  # type: ignore[no-untyped-def]
        words, heads = right(module, row)
        if row.tokens > tokens and not (recomputing and module.model.is_gradient_checkpointing):
            (words + heads).backward()  # what a failed pass leaves behind must not count
            raise error or RuntimeError(SAID)
        went_well.append(row.tokens)
        return words, heads

    monkeypatch.setattr(training, "row_losses", losses)
    return went_well


@pytest.fixture
def longest(runs: Runs) -> int:
    """Tokens of the longest row of the third step, all of a task's examples in it."""
    return max(row.tokens for row in runs.steps()[2].rows)


@pytest.mark.parametrize("error", [RuntimeError(SAID), MemoryError(), torch.OutOfMemoryError("CUDA out of memory.")])
def test_a_step_that_does_not_fit_is_done_in_shorter_rows_with_the_same_gradient(
    runs: Runs,
    longest: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
) -> None:
    wanted = runs.by_hand()
    fitted = with_room_for(longest - 1, monkeypatch, error=error)
    trainer = runs.go_on()
    assert close(weights(trainer.module), wanted)
    assert max(fitted) <= longest - 1 and trainer.rows.row_tokens < longest and not trainer.rows.recompute
    assert trainer.rows.events[0]["said"] == (str(error) or "MemoryError")
    step = trainer.rows.events[0]["step"]
    said = f"Out of memory at step {step}: rows of {trainer.rows.events[0]['row_tokens']} tokens at most from here on"
    assert said in capsys.readouterr().err


def test_where_one_example_a_row_does_not_fit_layers_are_computed_twice(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = runs.by_hand()
    with_room_for(10, monkeypatch, recomputing=True)
    trainer = runs.go_on()
    assert close(weights(trainer.module), wanted)
    assert trainer.rows.recompute and not trainer.rows.events[-2]["recompute"]


def test_computing_layers_twice_gives_the_same_gradient(runs: Runs) -> None:
    gradients = []
    for twice in (False, True):
        trainer = runs.new(f"{twice}")
        trainer.rows.recompute = twice
        trainer._recompute_if_asked()
        trainer.module.train()
        trainer._gradients(trainer.steps[0])
        gradients.append({name: weight.grad for name, weight in trainer.module.trainable().items()})
    plain, again = gradients
    for name, gradient in plain.items():
        assert gradient is not None and torch.allclose(again[name], gradient, rtol=1e-5, atol=1e-8), name


def test_where_nothing_helps_the_run_is_refused_with_the_way_out(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    with_room_for(10, monkeypatch)
    with pytest.raises(
        RefusedError, match=r"memory does not do for one example of \d+ tokens.*smaller tune.max_tokens"
    ):
        runs.go_on()


def test_another_error_is_nobodys_memory(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    with_room_for(10, monkeypatch, error=RuntimeError("shapes cannot be multiplied"))
    with pytest.raises(RuntimeError, match="cannot be multiplied"):
        runs.go_on()
    assert not runs.new().rows.events


def test_a_resumed_run_begins_with_the_rows_that_fitted(
    runs: Runs, longest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It never tries the larger ones again, and ends as a run that was not stopped."""
    with monkeypatch.context() as whole:
        with_room_for(longest - 1, whole)
        wanted = weights(runs.go_on("whole").module)
    with monkeypatch.context() as once:
        with_room_for(longest - 1, once)
        right, steps = SpecialistTrainer.training_step, []

        def dying(self, *given):  # type: ignore[no-untyped-def]
            steps.append(self.state.global_step)
            return killed(torch.zeros(())) if self.state.global_step == 11 else right(self, *given)

        once.setattr(SpecialistTrainer, "training_step", dying)
        with pytest.raises(KeyboardInterrupt):
            runs.go_on("killed")
    events = len(runs.new("killed").rows.events)
    with_room_for(longest - 1, monkeypatch)
    resumed = runs.go_on("killed")
    assert events and len(resumed.rows.events) == events
    assert same(weights(resumed.module), wanted)


def test_memory_that_the_optimiser_lacks_leads_back_to_the_newest_checkpoint(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes its memory in the first step, after the rows have had theirs."""
    wanted, step, failed = runs.by_hand(), torch.optim.AdamW.step, []

    def failing(self, closure=None):  # type: ignore[no-untyped-def]
        if not failed:
            failed.append(True)
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return step(self, closure)

    monkeypatch.setattr(torch.optim.AdamW, "step", failing)
    trainer = runs.go_on()
    assert trainer.rows.events and close(weights(trainer.module), wanted)


def test_dev_and_label_heads_take_smaller_pieces_too(capsys: pytest.CaptureFixture[str]) -> None:
    tried: list[float] = []

    def work(share: float) -> float:
        tried.append(share)
        if share > 0.25:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return share

    assert with_less_memory("scoring dev", work) == 0.25 and tried == [1, 0.5, 0.25]
    assert "Out of memory while scoring dev: once more in pieces of 50% the size" in capsys.readouterr().err
    with pytest.raises(MemoryError):
        with_less_memory("scoring dev", lambda share: (_ for _ in ()).throw(MemoryError()))


def test_rows_that_were_shorter_than_allowed_are_halved_from_what_they_were(runs: Runs) -> None:
    """A limit of 512 means nothing to rows of 300: half of 300 is the next that makes a difference."""
    rows = RowSize(runs.folder("a"), 1024)
    rows.shrink(0, 300, one_example_a_row=False, said="")
    assert rows.row_tokens == 150
    assert RowSize(runs.folder("a"), 1024).row_tokens == 150


def test_a_real_allocation_that_fails_is_recognised() -> None:
    with pytest.raises(RuntimeError) as failed:
        torch.empty(10**15)
    assert memory_error(failed.value) and memory_error(ValueError("out of memory")) is None
