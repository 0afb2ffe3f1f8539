"""`luthier cycle`: one whole round."""

from __future__ import annotations

from pathlib import Path

from luthier.cli.evaluate import OpenTest
from luthier.cli.options import AsJson, ProjectFolder


def cycle(project: ProjectFolder = Path(), open_test: OpenTest = False, as_json: AsJson = False) -> None:
    """Goes one round: ingest, curate, tune, evaluate, report.

    Each stage does only what is new to it, and a stopped round goes on where it was, so this is also the command to
    run after any change. The last line is the report's path.

    \b
      luthier cycle --project mybank
      luthier cycle --project mybank --open-test    measure on the sealed test split
    """
    from luthier.cli.output import show
    from luthier.project import Project

    done = Project(project).cycle(open_test=open_test)
    result = {"cycle": done.cycle, "reused": done.reused, "report": done.report}
    lines = [f"Round {done.cycle.number}: {done.cycle.decision}", *(f"  {reason}" for reason in done.cycle.reasons)]
    show(result, [*lines, str(done.report)], as_json=as_json)
