"""The Python API: a project is a folder with a `luthier.yaml`, and each stage is a method of it.

    project = Project("wealth_desk")
    project.cycle(open_test=True)

A stage that has nothing new to do gives the artefact it made before. Stages are imported when they are called, so that
opening a project costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luthier import config
from luthier.records import Split
from luthier.store.artefacts import Artefact, ArtefactStore
from luthier.store.live_log import runs_under_way

if TYPE_CHECKING:
    from luthier.curate.decisions import Decision, What
    from luthier.curate.difference import Difference
    from luthier.curate.explain import Life
    from luthier.cycle.loop import Round
    from luthier.inference.specialist import SpecialistCard

SETTINGS_FILE = "luthier.yaml"
STORE_FOLDER = ".luthier"
STAGES = ("ingest", "curate", "pretrain", "tune", "evaluate", "cycle")
AS_ASKED = "pretrain"  # a stage that a project need not have; `luthier tune` runs it


@dataclass(frozen=True, slots=True, kw_only=True)
class StageStatus:
    """Where one stage stands.

    `made_from_older` names the earlier stages that have a newer artefact than the one this was made from.
    `unfinished` says that a run is under way or was stopped and would go on; `newest` is the last that it wrote of
    itself, with its `step` of `steps`, `loss`, `seconds_left` and when it was `written`. Whether files or settings have
    changed since shows when the stage runs.
    """

    stage: str
    key: str | None
    created: str | None  # ISO 8601, UTC
    made_from_older: tuple[str, ...] = ()
    unfinished: bool = False
    newest: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Where a project stands. `report` is the page, if one was written."""

    name: str
    base_model: str
    stages: tuple[StageStatus, ...]
    report: Path | None


class Project:
    """A project that lies in `folder`.

    Raises `RequestError` where the folder has no `luthier.yaml`, `ConfigError` where that has mistakes.
    """

    def __init__(self, folder: Path | str = ".") -> None:
        self.folder = Path(folder)
        self.config = config.load(self.folder / SETTINGS_FILE)
        self.store = ArtefactStore(self.folder / STORE_FOLDER)

    def ingest(self) -> Artefact:
        """Reads the sources into documents and examples."""
        from luthier.sources.ingest import ingest

        return ingest(self.config, self.folder, self.store)

    def curate(self) -> Artefact:
        """Makes the data fit to learn from, and splits them."""
        from luthier.curate.pipeline import curate

        return curate(self.config, self.store, self.folder)

    def decide(self, what: What, target: str, *, why: str = "", original: bool = False) -> Decision:
        """Writes down what somebody decided about a record, or about all that were found for a reason.

        `curate` carries it out. Raises `RequestError` where there is no such record and no such reason.
        """
        from luthier.curate.deciding import decide

        return decide(self.store, what, target, why=why, original=original)

    def readiness(self) -> Artefact | None:
        """Whether each task has enough curated examples to tune on; None where that is not asked."""
        from luthier.curate.readiness_stage import readiness

        return readiness(self.config, self.store)

    def diff(self, one: str = "previous", other: str = "current") -> Difference:
        """What changed from one version of the curated data to another."""
        from luthier.curate.difference import difference

        return difference(self.store, one, other)

    def explain(self, record_id: str) -> Life:
        """What became of one record, and why."""
        from luthier.curate.explain import explain

        return explain(self.store, record_id)

    def preflight(self, *, probe: bool = True) -> Artefact:
        """Checks the run that `tune` would start, and estimates what it would take."""
        from luthier.tune.preflight.stage import preflight

        return preflight(self.config, self.folder, self.store, probe=probe)

    def tune(self, *, resume: bool = True) -> Artefact:
        """Trains the specialist; a stopped run goes on unless `resume` is False."""
        from luthier.cycle.specialist import make_specialist

        return make_specialist(self.config, self.folder, self.store, resume=resume)

    def export_merged(self, folder: Path) -> SpecialistCard:
        """Writes the newest specialist to a new folder as a plain transformers model, its adapter merged in."""
        from luthier.inference.merging import write_merged

        return write_merged(self.store.require("tune", "luthier tune"), self.folder, folder)

    def sweep(self) -> Artefact:
        """Tries settings of `tune` within the budget of `sweep`; a stopped sweep goes on."""
        from luthier.tune.sweep import sweep
        from luthier.tune.tuned_trials import TunedTrials

        return sweep(self.config, self.folder, self.store, TunedTrials(self.folder, self.store).figure)

    def learning_curve(self) -> Artefact:
        """Tunes on less data than there is, and forecasts what more would bring."""
        from luthier.tune.learning_curve import learning_curve
        from luthier.tune.tuned_trials import TunedTrials

        return learning_curve(self.config, self.folder, self.store, TunedTrials(self.folder, self.store).tallies)

    def tuning_report(self) -> Path:
        """Writes `report/tuning.html`, on a run under way, sweeps and learning curves, and returns it."""
        from luthier.report.tuning_page import write_tuning_page

        return write_tuning_page(self.config, self.folder, self.store)

    def evaluate(self, *, open_test: bool = False) -> Artefact:
        """Measures every system on dev, or, with the seal opened and that recorded, on test."""
        from luthier.evaluate.run import evaluate

        split: Split = "test" if open_test else "dev"
        return evaluate(self.config, self.folder, self.store, split=split, open_test=open_test)

    def report(self) -> Path:
        """Writes `report/` from the newest artefacts and returns its page."""
        from luthier.report.page import write_report

        return write_report(self.config, self.folder, self.store)

    def data_report(self) -> Path:
        """Writes `report/data.html`, on what was curated, and returns it."""
        from luthier.curate.passes.quoting import masks_in
        from luthier.report.data_page import write_data_page

        settings = self.config.curate.privacy
        return write_data_page(self.config, self.folder, self.store, lambda text: masks_in(text, settings))

    def cycle(self, *, open_test: bool = False) -> Round:
        """One round through all stages, each only as far as something changed."""
        from luthier.cycle.loop import run_cycle

        return run_cycle(self.config, self.folder, self.store, open_test=open_test)

    def status(self) -> Status:
        """Where each stage stands."""
        current = {stage: self.store.current(stage) for stage in STAGES}
        stages = [self._stage_status(stage, current) for stage in STAGES]
        page = self.folder / "report" / "index.html"
        return Status(
            name=self.config.name,
            base_model=self.config.base_model,
            stages=tuple(status for status in stages if status.stage != AS_ASKED or self._pretrains(status)),
            report=page if page.exists() else None,
        )

    def _pretrains(self, status: StageStatus) -> bool:
        """Whether pre-training belongs to this project: it is asked for now, or was left half done."""
        asked = self.config.tune.pretrain is not None or self.config.base_model == config.FROM_SCRATCH
        return asked or status.unfinished

    def _stage_status(self, stage: str, current: dict[str, Artefact | None]) -> StageStatus:
        artefact = current[stage]
        unfinished = any((self.store.root / "work").glob(f"{stage}-*"))
        newest = next((_newest(lines) for lines in runs_under_way(self.store.root, stage)), None)
        if artefact is None:
            return StageStatus(stage=stage, key=None, created=None, unfinished=unfinished, newest=newest)
        manifest = artefact.manifest
        return StageStatus(
            stage=stage,
            key=artefact.key,
            created=manifest["created"],
            made_from_older=_older(manifest["made_from"], current),
            unfinished=unfinished,
            newest=newest,
        )


def _newest(lines: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The last line that says a loss; None where there is none yet."""
    return next((line for line in reversed(lines) if "loss" in line), None)


def _older(made_from: dict[str, Any], current: dict[str, Artefact | None]) -> tuple[str, ...]:
    """The stages of which `made_from` names another artefact than the current one.

    A stage may keep something else than a key under another stage's name, such as the settings it read.
    """
    named = {**made_from, **made_from.get("artefacts", {})}
    keys = {stage: key for stage, key in named.items() if isinstance(key, str)}
    return tuple(stage for stage, newest in current.items() if newest and keys.get(stage, newest.key) != newest.key)
