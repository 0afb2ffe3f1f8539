"""Where a run is written down beside the project: TensorBoard, MLflow, trackio, Weights & Biases, each by its name.

None is used that is not named in `tune.trackers`. The first and the third keep what they are told on this machine;
where the others send it is theirs to say (`MLFLOW_TRACKING_URI`, `WANDB_MODE`).
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from transformers import TrainingArguments

from luthier.errors import RequestError

PACKAGES = {"tensorboard": "tensorboard", "mlflow": "mlflow", "trackio": "trackio", "wandb": "wandb"}


@dataclass(frozen=True, slots=True)
class Trackers:
    """What is told of a run, and to whom.

    Attributes:
        folder: where TensorBoard's files go, a folder a run.
        run: the run's name with each of them; `project` what it belongs to there.
        settings: what the run works with, as they show it.
    """

    names: tuple[str, ...] = ()
    folder: Path = Path()
    project: str = ""
    run: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    def arguments(self) -> dict[str, Any]:
        """What `TrainingArguments` take of it."""
        if not self.names:
            return {"report_to": "none"}
        return {
            "report_to": list(self.names),
            "run_name": self.run,
            "project": self.project,
            "trackio_static_space_id": False,  # or trackio would publish the run when it ends
        }

    @contextmanager
    def environment(self) -> Iterator[None]:
        """The variables by which they are told the rest; those that a person has set stay.

        What they print while the block runs goes to standard error, since standard output is a command's result.
        """
        wanted = {
            "TENSORBOARD_LOGGING_DIR": str(self.folder / "tensorboard" / self.run),
            "MLFLOW_EXPERIMENT_NAME": self.project,
            "WANDB_PROJECT": self.project,
        }
        ours = {name: value for name, value in wanted.items() if self.names and name not in os.environ}
        os.environ.update(ours)
        try:
            with redirect_stdout(sys.stderr) if self.names else nullcontext():
                yield
        finally:
            for name in ours:
                os.environ.pop(name, None)


NO_TRACKERS = Trackers()


class RunArguments(TrainingArguments):
    """The Trainer's arguments, which show a tracker the run's own settings instead of a hundred unused ones."""

    shown: Mapping[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """What trackers and logs are shown."""
        return dict(super().to_dict() if self.shown is None else self.shown)  # type: ignore[no-untyped-call]


def refuse_missing(names: Sequence[str]) -> None:
    """Raises `RequestError` for the first tracker whose package is not installed."""
    for name in names:
        if importlib.util.find_spec(PACKAGES[name]) is None:
            raise RequestError(
                f"{name} is not installed",
                where="luthier.yaml, tune.trackers",
                fix=f"Run `pip install {PACKAGES[name]}`, or take it out of tune.trackers",
            )
