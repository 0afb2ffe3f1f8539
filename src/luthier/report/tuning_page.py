"""`report/tuning.html`: how far a run is, which settings were tried, and what more data would bring. One file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from luthier import __version__
from luthier.config import Config
from luthier.config.sweeping import merged, nested
from luthier.errors import LuthierError
from luthier.progress import duration
from luthier.report import tuning_plots, wording
from luthier.report.environment import as_json, page_environment, security_policy, source
from luthier.report.tuning_shapes import CurveOfTask, SweepFound
from luthier.report.under_way import under_way
from luthier.store.artefacts import Artefact, ArtefactStore, write_whole
from luthier.store.live_log import runs_under_way


def write_tuning_page(config: Config, root: Path, store: ArtefactStore) -> Path:
    """Writes `report/tuning.html` below `root` and returns its path.

    Raises `LuthierError` where there is neither a sweep nor a learning curve nor a run under way.
    """
    swept, learnt = store.current("sweep"), store.current("learning_curve")
    live = next(iter(runs_under_way(store.root, "tune")), [])
    if swept is None and learnt is None and not live:
        raise LuthierError(
            "there is neither a sweep nor a learning curve to show, and no tuning under way",
            fix="Run `luthier sweep`, `luthier learning-curve` or `luthier tune`",
        )
    folder = root / "report"
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "tuning.html", render_tuning_page(config, swept, learnt, live))
    return folder / "tuning.html"


def render_tuning_page(
    config: Config, swept: Artefact | None, learnt: Artefact | None, live: Sequence[Mapping[str, Any]] = ()
) -> str:
    """The page as one self-contained HTML document.

    Args:
        live: what a run under way has written of itself.
    """
    environment = page_environment()
    scripts = {"plotly": get_plotlyjs(), "report": source(environment, "report.js")}
    found = SweepFound.model_validate(swept.json("sweep")) if swept else None
    curves = {
        task: CurveOfTask.model_validate(curve)
        for task, curve in (learnt.json("learning_curve") if learnt else {}).items()
    }
    return environment.get_template("tuning.html.j2").render(
        config=config,
        version=__version__,
        live=under_way(live),
        found=found,
        settings=as_yaml(found.best_trial.settings) if found else "",
        plots=[tuning_plots.progress(found), *(tuning_plots.setting(found, name) for name in found.space)]
        if found
        else [],
        trials=tuning_plots.trials(found) if found else None,
        curves=[(task, curve, tuning_plots.learning(task, curve)) for task, curve in curves.items()],
        wording=wording,
        duration=duration,
        as_json=as_json,
        style=Markup(source(environment, "style.css")),
        scripts={name: Markup(script) for name, script in scripts.items()},
        policy=security_policy(scripts.values()),
    )


def as_yaml(settings: dict[str, Any]) -> str:
    """Dotted settings of `tune` as they stand in luthier.yaml; nothing where none was changed."""
    if not settings:
        return ""
    section: dict[str, Any] = {}
    for name, value in settings.items():
        section = merged(section, nested(name, float(f"{value:.3g}") if isinstance(value, float) else value))
    return yaml.safe_dump({"tune": section}, sort_keys=False)
