"""`report/index.html`: the whole evaluation as one file that an owner can read, print and sign.

The file loads nothing: styles, script and plotly are inside it, and a content security policy names their hashes, so
that neither a text from the data nor anything else can run or fetch. Every text is escaped. Without JavaScript the
plots are missing and the tables below them say the same.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path

from markupsafe import Markup
from plotly.offline import get_plotlyjs

from luthier.config import Config
from luthier.report import plots, preflight_tables, pretraining_tables, record_tables, result_tables, verdicts, wording
from luthier.report.drawing import Plot
from luthier.report.environment import as_json, page_environment, security_policy, source
from luthier.report.evidence import Evidence, read_evidence
from luthier.report.limits import limits
from luthier.report.model_card import render_card
from luthier.report.task_view import task_view
from luthier.store.artefacts import ArtefactStore, write_whole


def write_report(config: Config, root: Path, store: ArtefactStore) -> Path:
    """Writes `report/index.html`, `report/scorecard.json` and `report/model_card.md` below `root`.

    All three are made before the first is written, and each replaces its predecessor in one step, the page last.

    Returns:
        The path of the page.

    Raises:
        LuthierError: a stage has not run, an artefact lacks a key, or artefacts do not belong together.
    """
    evidence = read_evidence(config, store)
    page, card = render_page(config, evidence), render_card(config, evidence)
    folder = root / "report"
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "scorecard.json", evidence.scorecard_text)
    write_whole(folder / "model_card.md", card)
    write_whole(folder / "index.html", page)
    return folder / "index.html"


def render_page(config: Config, evidence: Evidence) -> str:
    """The page as one self-contained HTML document."""
    environment = page_environment()
    cards = evidence.scorecard.tasks.values()
    scripts = {"plotly": get_plotlyjs(), "report": source(environment, "report.js")}
    return environment.get_template("index.html.j2").render(
        config=config,
        evidence=evidence,
        scorecard=evidence.scorecard,
        tasks=[task_view(config, evidence, name) for name in evidence.scorecard.tasks],
        training=_training_plot(evidence),
        limits=limits(config, evidence),
        systems=_all(card.systems for card in cards),
        has_ceiling=any(card.ceiling for card in cards),
        metrics=_all(figures for card in cards for figures in card.systems.values()),
        wording=wording,
        verdicts=verdicts,
        result_tables=result_tables,
        record_tables=record_tables,
        pretraining_tables=pretraining_tables,
        preflight_tables=preflight_tables,
        as_json=as_json,
        style=Markup(source(environment, "style.css")),
        scripts={name: Markup(script) for name, script in scripts.items()},
        policy=security_policy(scripts.values()),
    )


def _all(names: Iterable[Iterable[str]]) -> list[str]:
    """Each name once, in order of appearance."""
    return list(dict.fromkeys(itertools.chain.from_iterable(names)))


def _training_plot(evidence: Evidence) -> Plot | None:
    if evidence.tuning is None:
        return None
    return plots.training(evidence.tuning.log, {name: card.headline for name, card in evidence.scorecard.tasks.items()})
