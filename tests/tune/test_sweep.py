"""The sweep, with runs whose figure is known from their settings."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from miniature import two_task_config, two_task_examples
from pydantic import ValidationError

from luthier import base_models
from luthier.config import Config
from luthier.config.sweeping import Among, Span, Sweep, with_settings
from luthier.errors import RefusedError
from luthier.records import Example
from luthier.store.artefacts import ArtefactStore
from luthier.tune.sweep import Trained, default_space, sweep
from luthier.tune.trial import Trial

BEST_RATE = 1e-3
SPACE = {"learning_rate": Span(low=1e-5, high=1e-1), "lora.rank": Among(among=[4, 8])}


@pytest.fixture
def project(tmp_path: Path, write_tiny_model: Callable[[Path], None]) -> tuple[Path, ArtefactStore]:
    write_tiny_model(tmp_path / "tiny")
    store = ArtefactStore(tmp_path / ".luthier")
    with store.write("curate", "one", {}) as writer:
        writer.records("examples", Example, two_task_examples(8))
    return tmp_path, store


def asking(**settings: object) -> Config:
    return two_task_config(learning_rate=1e-5).model_copy(update={"sweep": Sweep.model_validate(settings)})


class Formula:
    """A run whose figure falls with the distance of its rate, in decades, from the best one, and is half of it first.

    From `killed_at` on, counted in calls, the process dies once.
    """

    def __init__(self, killed_at: int | None = None) -> None:
        self.rates: list[float] = []
        self.finished = 0
        self.killed_at = killed_at

    def __call__(self, config: Config, trial: Trial) -> Trained:
        rate = config.tune.learning_rate
        assert rate is not None
        self.rates.append(rate)
        figure = 1 - abs(math.log10(rate / BEST_RATE)) / 4
        assert trial.on_dev is not None
        trial.on_dev(0.5, figure / 2)
        if len(self.rates) == self.killed_at:
            self.killed_at = None
            raise KeyboardInterrupt
        self.finished += 1
        return Trained(figure, {"t": figure}, f"key-{rate}")


def test_it_begins_with_the_settings_as_they_are_and_finds_better_ones(project: tuple[Path, ArtefactStore]) -> None:
    root, store = project
    train = Formula()
    found = sweep(asking(search=SPACE, trials=20, prune=False), root, store, train).json("sweep")
    first, best = found["trials"][0], found["trials"][found["best"]]
    assert first["settings"] == {} and first["figure"] == pytest.approx(0.5)  # 1e-5 is two decades away
    assert len(found["trials"]) == 20 and train.finished == 20
    assert best["figure"] > 0.85 and abs(math.log10(best["settings"]["learning_rate"] / BEST_RATE)) < 0.6
    assert found["importance"]["learning_rate"] > found["importance"]["lora.rank"]  # rank is in no formula


def test_runs_below_the_median_of_the_others_are_stopped(project: tuple[Path, ArtefactStore]) -> None:
    root, store = project
    train = Formula()
    trials = sweep(asking(search=SPACE, trials=20), root, store, train).json("sweep")["trials"]
    stopped = [trial for trial in trials if trial["state"] == "stopped early"]
    assert stopped and train.finished == 20 - len(stopped)
    finished = [trial["figure"] for trial in trials if trial["state"] == "finished"]
    assert max(trial["figure"] for trial in stopped) < max(finished) / 2  # what was seen of them is a half
    assert all("median" in trial["why"] for trial in stopped)


def test_a_killed_sweep_goes_on_with_the_very_trial_it_was_in(project: tuple[Path, ArtefactStore]) -> None:
    root, store = project
    config = asking(search=SPACE, trials=6, prune=False)
    train = Formula(killed_at=3)
    with pytest.raises(KeyboardInterrupt):
        sweep(config, root, store, train)
    trials = sweep(config, root, store, train).json("sweep")["trials"]
    assert train.rates[3] == train.rates[2]  # the settings of the one that was killed
    assert len(trials) == 6 and train.finished == 6


def test_a_killed_first_trial_is_again_the_settings_as_they_are(project: tuple[Path, ArtefactStore]) -> None:
    root, store = project
    config = asking(search=SPACE, trials=2, prune=False)
    train = Formula(killed_at=1)
    with pytest.raises(KeyboardInterrupt):
        sweep(config, root, store, train)
    trials = sweep(config, root, store, train).json("sweep")["trials"]
    assert train.rates[:2] == [1e-5, 1e-5] and trials[0]["settings"] == {}


def test_a_raised_number_of_trials_goes_on_and_a_finished_sweep_is_not_repeated(
    project: tuple[Path, ArtefactStore],
) -> None:
    root, store = project
    train = Formula()
    one = sweep(asking(search=SPACE, trials=3, prune=False), root, store, train)
    assert sweep(asking(search=SPACE, trials=3, prune=False), root, store, train).key == one.key
    assert train.finished == 3
    more = sweep(asking(search=SPACE, trials=5, prune=False), root, store, train).json("sweep")
    assert train.finished == 5 and more["trials"][:3] == one.json("sweep")["trials"]


def test_the_budget_ends_the_sweep_and_the_run_that_would_go_beyond_it(
    project: tuple[Path, ArtefactStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look at the clock is a minute later: a trial looks at its beginning, when dev is scored, and at its end."""
    root, store = project
    minute = iter(range(10_000))
    monkeypatch.setattr("luthier.tune.sweep.time", SimpleNamespace(monotonic=lambda: next(minute) * 60.0))
    config = asking(search=SPACE, trials=20, prune=False, minutes=7)
    trials = sweep(config, root, store, Formula()).json("sweep")["trials"]
    assert 1 < len(trials) < 20
    assert sum(trial["seconds"] for trial in trials) <= 8 * 60


def test_money_needs_a_rate_and_no_finished_trial_is_refused(project: tuple[Path, ArtefactStore]) -> None:
    root, store = project
    with pytest.raises(RefusedError, match=r"sweep\.money says nothing"):
        sweep(asking(search=SPACE, money=1), root, store, Formula())

    def never(config: Config, trial: Trial) -> Trained:
        raise RefusedError("the loss became undefined")

    with pytest.raises(RefusedError, match="none of 2 trials was finished; the last: the loss became undefined"):
        sweep(asking(search=SPACE, trials=2), root, store, never)


def test_settings_that_do_not_exist_or_cannot_be_are_named() -> None:
    with pytest.raises(ValidationError, match=r"'lora\.rang' is not a setting of tune; did you mean lora\.rank"):
        Sweep.model_validate({"search": {"lora.rang": {"among": [1, 2]}}})
    with pytest.raises(ValidationError, match=r"tune\.lora\.rank cannot be 0"):
        Sweep.model_validate({"search": {"lora.rank": {"low": 0, "high": 4, "scale": "linear", "whole": True}}})
    with pytest.raises(ValidationError, match="low 2 is not below high 1"):
        Sweep.model_validate({"search": {"epochs": {"low": 2, "high": 1}}})


def test_only_the_named_settings_change() -> None:
    tune = two_task_config(learning_rate=1e-5).tune
    changed = with_settings(tune, {"lora.rank": 4, "warmup": 0.2})
    assert (changed.lora.rank, changed.warmup, changed.learning_rate) == (4, 0.2, 1e-5)
    assert changed.lora.model_copy(update={"rank": tune.lora.rank}) == tune.lora


def test_the_usual_rates_are_those_of_model_and_method(project: tuple[Path, ArtefactStore]) -> None:
    """All weights take a tenth of LoRA's rates and have no rank; LoRA+ with ratio 16 a quarter of them."""
    base = base_models.resolve(str(project[0] / "tiny"))
    low, high = base.defaults.learning_rate_range
    for method, factor in (("lora", 1.0), ("full", 0.1), ("lora_plus", 0.25)):
        space = default_space(two_task_config(method=method), base)
        assert space["learning_rate"].ends == pytest.approx((low * factor, high * factor))
        assert ("lora.rank" in space) == (method != "full")
