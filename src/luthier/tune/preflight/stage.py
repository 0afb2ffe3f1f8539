"""`luthier preflight`: every check, and the estimate, of a run that is not started."""

from __future__ import annotations

import dataclasses
import math
import tempfile
from pathlib import Path

from transformers import set_seed

from luthier import base_models
from luthier.base_models import ResolvedModel
from luthier.chat_template import ChatTemplate
from luthier.config import Config
from luthier.records import Example
from luthier.store.artefacts import Artefact, ArtefactStore, content_key
from luthier.tasks import build, labels_of
from luthier.tune.adapters import adapted
from luthier.tune.batching import plan
from luthier.tune.early_stopping import plan_scoring
from luthier.tune.encode import encode
from luthier.tune.estimate.estimate import Estimate
from luthier.tune.preflight.check import Material
from luthier.tune.preflight.checks import data_checks
from luthier.tune.preflight.forecast import found, probed
from luthier.tune.preflight.memory import memory_check
from luthier.tune.pretrain import base_so_far
from luthier.tune.settings import Resolved, resolve
from luthier.tune.steps import Steps

STAGE = "preflight"


def preflight(config: Config, root: Path, store: ArtefactStore, *, probe: bool = True) -> Artefact:
    """Checks the run that `tune` would start, and estimates what it would take. Trains nothing and refuses nothing.

    Args:
        probe: whether a model is loaded and some rows of the plan are timed, where no check refuses the run.

    Returns an artefact with `preflight.json`: `{"base_model", "checks", "previews", "estimate"}`.
    """
    curated = store.require("curate", "luthier curate")
    base = base_so_far(config, root, store)
    settings, _ = resolve(config, base)
    material = _material(config, base, settings, list(curated.records("examples", Example)))
    checks = data_checks(material)
    estimate = None
    if probe and all(check.state != "refuse" for check in checks):
        estimate = _estimate(config, material, store)
        checks.append(memory_check(estimate, material.limits.max_memory_share))
    content = found(material, checks, estimate)
    made_from = {"curate": curated.key, "base_model": base.fingerprint, "settings": dataclasses.asdict(settings)}
    key = content_key(made_from, content)
    return store.find_or_write(STAGE, key, made_from, lambda writer: writer.json(STAGE, content))


def _material(config: Config, base: ResolvedModel, settings: Resolved, examples: list[Example]) -> Material:
    train = [example for example in examples if example.split == "train"]
    tasks = build(config, labels_of(config, train))
    template = ChatTemplate(base_models.load_tokenizer(base))
    return Material.of(config, base, settings, tasks, template, examples, encode(train, tasks, template, settings))


def _estimate(config: Config, material: Material, store: ArtefactStore) -> Estimate:
    items, settings = material.encoded.items, material.settings
    numbers = plan(items, settings.epochs, settings.batch_size, settings.seed)
    per_epoch = max(1, math.ceil(len(items) / settings.batch_size))
    every = max(1, per_epoch // config.tune.checkpoints_per_epoch)
    at = [*range(every, len(numbers), every), len(numbers)]
    dev = material.measured.get("dev", ())
    scoring = plan_scoring(dev, material.tasks, material.template, settings, items, numbers, at)
    set_seed(settings.seed)
    module = adapted(material.base, material.tasks, settings)
    store.root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=store.root) as folder:
        return probed(
            config,
            material,
            module,
            Steps(items, numbers, settings.row_tokens),
            Path(folder),
            store.root,
            checkpoints=len(at),
            scoring_share=scoring.share if scoring else 0.0,
        )
