"""`luthier.yaml`: every setting, typed, with its default and the reason for it.

`load` reads a file and reports every mistake in it at once, one line each, with the line number and the nearest valid
name. `json_schema` is what an editor completes from.
"""

from luthier.config.preference import PairFields, PairSource, Preference
from luthier.config.preflight import Preflight
from luthier.config.pretraining import FROM_SCRATCH, Pretrain, Scratch
from luthier.config.reading import json_schema, load
from luthier.config.section import Name, Settings, Share
from luthier.config.settings import (
    ClassifyTask,
    Config,
    Curate,
    Evaluate,
    FewShot,
    Fields,
    GenerateTask,
    Remove,
    Report,
    Source,
    Splits,
    SystemName,
    Target,
    Task,
)
from luthier.config.tuning import Lora, Tune

__all__ = [
    "FROM_SCRATCH",
    "ClassifyTask",
    "Config",
    "Curate",
    "Evaluate",
    "FewShot",
    "Fields",
    "GenerateTask",
    "Lora",
    "Name",
    "PairFields",
    "PairSource",
    "Preference",
    "Preflight",
    "Pretrain",
    "Remove",
    "Report",
    "Scratch",
    "Settings",
    "Share",
    "Source",
    "Splits",
    "SystemName",
    "Target",
    "Task",
    "Tune",
    "json_schema",
    "load",
]
