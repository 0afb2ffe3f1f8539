"""The sweep: which settings of `tune` give the best figures on dev, within a budget of time or money.

Optuna proposes settings (a tree-structured Parzen estimator, Bergstra et al. 2011) and says which running trial is not
worth finishing (the median rule of Golovin et al. 2017, "Google Vizier"). The first trial is the settings as they
are, so that what is found can be compared with them. Every trial is an ordinary tuning run with an artefact of its
own: one that was killed goes on from its checkpoint, and `luthier tune` with the settings found has nothing left to do.

Dev chose the best of many here: its figure there promises more than test will keep.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from luthier.base_models import ResolvedModel
from luthier.config import Config
from luthier.config.sweeping import Among, Span, Value, with_settings
from luthier.errors import RefusedError
from luthier.progress import duration, say
from luthier.store.artefacts import Artefact, ArtefactStore, content_key
from luthier.tune.pretrain import base_to_tune
from luthier.tune.settings import resolve, usual_rates
from luthier.tune.trial import StoppedEarly, Trial

if TYPE_CHECKING:
    import optuna

VERSION = 1
STAGE = "sweep"
JOURNAL = "trials.journal"
INSTEAD_OF = "instead_of"  # of a trial: the number of the killed one that it goes on with
STARTING_TRIALS = 4  # drawn at random, before medians and models of the settings mean anything
NAMED_IN_IMPORTANCE = 8  # finished trials below which nothing is said of which setting matters


@dataclass(frozen=True, slots=True)
class Trained:
    """What one trial came to: the mean of the tasks' headline figures on dev, and each of them."""

    figure: float
    by_task: Mapping[str, float]
    key: str | None  # of its tune artefact


class Train(Protocol):
    """Tunes with those settings, as that trial says."""

    def __call__(self, config: Config, trial: Trial) -> Trained: ...


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sweep's results."""

    number: int
    state: str  # finished · stopped early · out of budget · failed
    settings: Mapping[str, Value]
    figure: float | None  # of dev; of an unfinished trial the last that was seen
    by_task: Mapping[str, float]
    seconds: float
    why: str = ""
    curve: Sequence[tuple[float, float]] = ()  # (progress, figure)


def sweep(config: Config, root: Path, store: ArtefactStore, train: Train) -> Artefact:
    """Tries settings until trials, time or money are spent, and returns the `sweep` artefact.

    A sweep that was stopped goes on with what it knows, and so does one whose budget was raised. Raises `RefusedError`
    where not one trial could be finished.
    """
    base, _ = base_to_tune(config, root, store)
    space = config.sweep.search or default_space(config, base)
    made_from = {
        "version": VERSION,
        "space": {name: values.model_dump() for name, values in space.items()},
        "share": config.sweep.share,
        "seed": config.seed,
        "tune": config.tune.model_dump(),
        "tasks": {name: task.model_dump() for name, task in config.tasks.items()},
        "base_model": base.fingerprint,
        "curate": store.require("curate", "luthier curate").key,
    }
    study = _Study(config, space, store.work_folder(STAGE, content_key(made_from)))
    study.run(train)
    trials = study.trials()
    if not any(trial.state == "finished" for trial in trials):
        raise RefusedError(
            f"none of {len(trials)} trials was finished" + (f"; the last: {trials[-1].why}" if trials else ""),
            fix="Raise sweep.minutes or sweep.money, or lower sweep.share",
        )
    made_from["trials"] = [asdict(trial) for trial in trials]
    found = {
        "trials": made_from["trials"],
        "space": made_from["space"],
        "best": best_of(trials).number,
        "importance": study.importance(),
        "share": config.sweep.share,
        "seconds": study.spent,
    }
    key = content_key(made_from)
    return store.find_or_write(STAGE, key, made_from, lambda writer: writer.json("sweep", found))


def default_space(config: Config, base: ResolvedModel) -> dict[str, Span | Among]:
    """What is tried where luthier.yaml names nothing: rates usual for model and method, epochs, and ranks if any."""
    settings = resolve(config, base)[0]
    low, high = usual_rates(base, settings.method, settings.lora_plus_ratio)
    space: dict[str, Span | Among] = {"learning_rate": Span(low=low, high=high), "epochs": Among(among=[2, 3, 4])}
    return space if settings.method == "full" else space | {"lora.rank": Among(among=[8, 16, 32])}


def best_of(trials: Sequence[Row]) -> Row:
    """The finished trial with the highest figure, the earliest of equals."""
    finished = [trial for trial in trials if trial.state == "finished"]
    return max(finished, key=lambda trial: (trial.figure or 0.0, -trial.number))


class _Study:
    """Optuna's study in a folder, with a budget."""

    def __init__(self, config: Config, space: Mapping[str, Span | Among], folder: Path) -> None:
        import optuna
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.config, self.space = config, space
        storage = JournalStorage(JournalFileBackend(str(folder / JOURNAL)))
        pruner = optuna.pruners.MedianPruner(n_startup_trials=STARTING_TRIALS)
        self.study = optuna.create_study(
            storage=storage, study_name=STAGE, direction="maximize", pruner=pruner, load_if_exists=True
        )
        # A sampler's own state is lost with its process; what it draws hangs on how many trials there are.
        seed = config.seed + len(self.study.trials)
        self.study.sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=STARTING_TRIALS, multivariate=True)
        self._put_back_what_was_killed()
        if not self.study.trials:
            self.study.enqueue_trial({})  # the settings as they are

    def run(self, train: Train) -> None:
        """Trials until the budget is spent."""
        while self._affordable():
            self._try(self.study.ask(), train)

    def trials(self) -> list[Row]:
        """Every trial that came to an end, in order."""
        put_back = {trial.user_attrs.get(INSTEAD_OF) for trial in self.study.trials}
        return [_row(t) for t in self.study.trials if t.state.is_finished() and t.number not in put_back]

    @property
    def spent(self) -> float:
        """Seconds, over all runs of this sweep."""
        return float(sum(trial.user_attrs.get("seconds", 0.0) for trial in self.study.trials))

    @property
    def budget(self) -> float | None:
        """Seconds that may be spent, None without a bound. Raises `RefusedError` for money without an hourly rate."""
        bounds = []
        if self.config.sweep.minutes is not None:
            bounds.append(self.config.sweep.minutes * 60)
        if self.config.sweep.money is not None:
            if not self.config.report.hourly_rate:
                raise RefusedError("sweep.money says nothing without a rate", fix="Set report.hourly_rate")
            bounds.append(self.config.sweep.money / self.config.report.hourly_rate * 3600)
        return min(bounds, default=None)

    def importance(self) -> dict[str, float]:
        """How much of the differences each setting explains (fANOVA, Hutter et al. 2014); empty with few trials."""
        import optuna

        searched = [t for t in self.study.trials if t.state == optuna.trial.TrialState.COMPLETE and t.params]
        if len(searched) < NAMED_IN_IMPORTANCE or len({t.value for t in searched}) < 2:
            return {}
        among = optuna.create_study(direction="maximize")  # the settings as they are name no value of any
        among.add_trials(searched)
        evaluator = optuna.importance.FanovaImportanceEvaluator(seed=self.config.seed)
        return dict(optuna.importance.get_param_importances(among, evaluator=evaluator))

    def _affordable(self) -> bool:
        done = self.trials()
        if len(done) >= self.config.sweep.trials:
            return False
        if self.budget is None:
            return True
        finished = sorted(trial.seconds for trial in done if trial.state == "finished")
        usual = finished[len(finished) // 2] if finished else 0.0
        if self.spent + usual <= self.budget:
            return True
        say(
            f"{duration(max(0.0, self.budget - self.spent))} are left, and a trial takes {duration(usual)}: that is all"
        )
        return False

    def _try(self, trial: optuna.Trial, train: Train) -> None:
        import optuna

        as_they_are = trial.number == 0 or trial.user_attrs.get(INSTEAD_OF) == 0
        chosen = {} if as_they_are else {name: _suggested(trial, name, values) for name, values in self.space.items()}
        say(f"Trial {trial.number + 1} of {self.config.sweep.trials}: {_in_words(chosen)}")
        trial.set_user_attr("settings", chosen)
        watch = _Watch(trial, chosen, self)
        state, value = optuna.trial.TrialState.COMPLETE, None
        try:
            config = self.config.model_copy(update={"tune": with_settings(self.config.tune, chosen)})
            trained = train(config, Trial(share=self.config.sweep.share, on_dev=watch))
            trial.set_user_attr("by_task", dict(trained.by_task))
            value = trained.figure
        except StoppedEarly as reason:
            state = optuna.trial.TrialState.PRUNED
            trial.set_user_attr("why", str(reason))
        except RefusedError as error:
            state = optuna.trial.TrialState.FAIL
            trial.set_user_attr("why", str(error))
        finally:
            trial.set_user_attr("seconds", watch.seconds)
        self.study.tell(trial, value, state=state)

    def _put_back_what_was_killed(self) -> None:
        """A trial that was running when the process ended is tried again with its settings, and goes on from there."""
        import optuna

        for trial in self.study.trials:
            if trial.state == optuna.trial.TrialState.RUNNING:
                self.study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
                self.study.enqueue_trial(trial.params, user_attrs={INSTEAD_OF: trial.number})


class _Watch:
    """Told of every figure of dev while a trial runs: notes it, and ends trials that are not worth it."""

    def __init__(self, trial: optuna.Trial, settings: Mapping[str, Value], study: _Study) -> None:
        self.trial, self.settings, self.study = trial, settings, study
        self._started = time.monotonic()
        self._before = study.spent
        self.curve: list[tuple[float, float]] = []

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    def __call__(self, progress: float, figure: float) -> None:
        self.curve.append((progress, figure))
        self.trial.set_user_attr("curve", self.curve)
        self.trial.report(figure, round(progress * 100))  # runs of unlike length meet at the same part of the way
        if self.study.budget is not None and self._before + self.seconds > self.study.budget:
            raise StoppedEarly("the budget is spent")
        if self.study.config.sweep.prune and self.settings and self.trial.should_prune():
            raise StoppedEarly(f"below the median of the others at {progress:.0%} of the way")


def _suggested(trial: optuna.Trial, name: str, values: Span | Among) -> Value:
    if isinstance(values, Among):
        chosen: Value = trial.suggest_categorical(name, values.among)  # type: ignore[assignment]
        return chosen
    log = values.scale == "log"
    if values.whole:
        return trial.suggest_int(name, int(values.low), int(values.high), log=log)
    return trial.suggest_float(name, values.low, values.high, log=log)


def _row(trial: optuna.trial.FrozenTrial) -> Row:
    attributes = trial.user_attrs
    why = str(attributes.get("why", ""))
    names = {"COMPLETE": "finished", "PRUNED": "out of budget" if "budget" in why else "stopped early"}
    curve = [(float(at), float(figure)) for at, figure in attributes.get("curve", ())]
    figure = trial.value if trial.value is not None else (curve[-1][1] if curve else None)
    return Row(
        number=trial.number,
        state=names.get(trial.state.name, "failed"),
        settings=attributes.get("settings", {}),
        figure=figure,
        by_task=attributes.get("by_task", {}),
        seconds=attributes.get("seconds", 0.0),
        why=why,
        curve=curve,
    )


def _in_words(settings: Mapping[str, Value]) -> str:
    if not settings:
        return "the settings as they are"
    return ", ".join(
        f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}" for name, value in settings.items()
    )
