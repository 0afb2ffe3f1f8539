"""A run's estimate from its start to its end: made or found again, said, held against the limits, and reconciled."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from luthier.config import Config
from luthier.inference.specialist import SpecialistModel
from luthier.progress import say
from luthier.store.artefacts import write_whole
from luthier.tune.estimate.energy import EnergyMeter
from luthier.tune.estimate.estimate import Estimate, estimate_run
from luthier.tune.estimate.history import FILE, user_file
from luthier.tune.estimate.machine import peak_memory
from luthier.tune.estimate.reconcile import reconcile
from luthier.tune.memory_fallback import with_less_memory
from luthier.tune.preflight.check import Check, Material, refuse
from luthier.tune.preflight.checks import say_findings
from luthier.tune.preflight.memory import memory_check
from luthier.tune.preflight.preview import shown
from luthier.tune.steps import Steps

HELD = "estimate.json"


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run was predicted to take, and the checks that let it start.

    `resumed` says that part of the run was before this process, so that nobody counted all of its energy.
    """

    material: Material
    checks: tuple[Check, ...]
    estimate: Estimate
    resumed: bool
    project_file: Path
    energy: EnergyMeter

    def content(self) -> dict[str, Any]:
        """What preflight found, as `preflight.json` in the run's artefact."""
        return found(self.material, self.checks, self.estimate)

    def reconciled(self, *, seconds: float, steps: int) -> dict[str, Any]:
        """Predicted, actual and error of time, memory, energy and money; the error is kept for the next estimate."""
        joules = None if self.resumed else self.energy.joules()
        self.energy.close()
        return reconcile(
            self.estimate,
            seconds=seconds,
            memory_bytes=peak_memory(self.material.settings.device),
            steps=steps,
            joules=joules,
            project_file=self.project_file,
        )


def forecast(
    config: Config,
    material: Material,
    checks: Sequence[Check],
    module: SpecialistModel,
    steps: Steps,
    folder: Path,
    store_root: Path,
    *,
    checkpoints: int,
    scoring_share: float,
) -> Forecast:
    """Estimates a run, or finds what was estimated when it first began, and says it.

    Args:
        checks: those that let the run come so far.
        folder: the run's own; its estimate is kept there for a resumed run.
        store_root: the project's `.luthier`.

    Raises `RefusedError` where the machine cannot hold the run.
    """
    held = folder / HELD
    resumed = held.exists()
    if resumed:
        estimate = Estimate.read(json.loads(held.read_text(encoding="utf-8")))
    else:
        estimate = probed(
            config, material, module, steps, folder, store_root, checkpoints=checkpoints, scoring_share=scoring_share
        )
        for line in estimate.lines():
            say(line)
        fits = memory_check(estimate, material.limits.max_memory_share)
        checks = [*checks, fits]
        if fits.state != "ok":
            say_findings([fits])
        refuse([fits])
        write_whole(held, json.dumps(estimate.plain()))
    meter = EnergyMeter(material.settings.device)
    return Forecast(material, tuple(checks), estimate, resumed, store_root / FILE, meter)


def probed(
    config: Config,
    material: Material,
    module: SpecialistModel,
    steps: Steps,
    folder: Path,
    store_root: Path,
    *,
    checkpoints: int,
    scoring_share: float,
) -> Estimate:
    """The estimate of a run by a probe, in shorter rows where the machine cannot hold those asked for."""
    return with_less_memory(
        "probing the run",
        lambda share: estimate_run(
            config,
            material.base,
            module,
            Steps(steps.items, steps.plan, max(1, math.floor(share * steps.row_tokens))),
            material.settings,
            material.tasks,
            material.measured.get("dev", ()),
            material.template,
            checkpoints=checkpoints,
            folder=folder,
            histories=(user_file(), store_root / FILE),
            scoring_share=scoring_share,
        ),
    )


def found(material: Material, checks: Sequence[Check], estimate: Estimate | None) -> dict[str, Any]:
    """What preflight found, as JSON stores it: `{"base_model", "checks", "previews", "estimate"}`."""
    return {
        "base_model": material.base.name,
        "checks": [check.plain() for check in checks],
        "previews": [preview.plain() for preview in shown(material)],
        "estimate": estimate.plain() if estimate else None,
    }
