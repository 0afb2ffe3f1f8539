"""The tune stage: curated examples in, a specialist out."""

from __future__ import annotations

import dataclasses
import json
import math
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import set_seed

from luthier import base_models
from luthier.base_models import ResolvedModel
from luthier.chat_template import ChatTemplate
from luthier.config import Config
from luthier.inference.specialist import SpecialistCard
from luthier.progress import say
from luthier.records import Example
from luthier.store.artefacts import Artefact, ArtefactStore, content_key
from luthier.tasks import build, labels_of
from luthier.tune.adapters import adapted, changed_weights, lora_pass
from luthier.tune.batching import plan
from luthier.tune.checkpoints import newest_checkpoint
from luthier.tune.choose import choose
from luthier.tune.disk_space import stops_when_full
from luthier.tune.early_stopping import DevScoring, plan_scoring
from luthier.tune.encode import Encoded, encode
from luthier.tune.estimate import peak_memory
from luthier.tune.head_start import start_heads
from luthier.tune.live_log import dev_figures
from luthier.tune.memory_fallback import with_less_memory
from luthier.tune.preflight import Material, allowed_to_start
from luthier.tune.preflight.forecast import Forecast, forecast
from luthier.tune.pretrain import base_to_tune
from luthier.tune.settings import Resolved, resolve
from luthier.tune.steps import Steps
from luthier.tune.trackers import Trackers, refuse_missing
from luthier.tune.trainer import SpecialistTrainer
from luthier.tune.trial import OnDev, StoppedEarly, Trial, share_of

VERSION = 3
STAGE = "tune"
HEAD_START = "head_start.json"


def tune(
    config: Config, root: Path, store: ArtefactStore, *, resume: bool = True, trial: Trial | None = None
) -> Artefact:
    """Tunes the base model on the training split and returns the `tune` artefact, which is then the current one.

    A `trial` is tuned on the share that it names, does not become current, and leaves nothing where it is stopped.
    Finished work is not repeated; a killed run goes on from its newest checkpoint unless `resume` is False. Raises
    `RefusedError` where the data would teach something else than they say.
    """
    curated = store.require("curate", "luthier curate")
    base, before = base_to_tune(config, root, store, resume=resume)
    settings, lines = resolve(config, base)
    made_from = {
        "version": VERSION,
        "settings": dataclasses.asdict(settings),
        "tasks": {name: task.model_dump() for name, task in config.tasks.items()},
        "base_model": base.fingerprint,
        "curate": curated.key,
        **before,
    }
    if trial is not None and trial.share < 1:
        made_from |= {"share": trial.share, "draw": trial.draw}
    key = content_key(made_from)
    done = store.find(STAGE, key)
    if done is not None:
        if trial is None:
            store.point_to(done)
        return done
    refuse_missing(config.tune.trackers)
    examples = list(curated.records("examples", Example))
    if trial is not None:
        examples = share_of(examples, trial.share, config.seed, trial.draw)
    folder = store.work_folder(STAGE, key, fresh=not resume)
    run = _Run(config, base, settings, examples)
    lines.append({"name": "lora_pass", "value": lora_pass(run.module), "from": "this model and machine"})
    run.say_settings(lines)
    trackers = Trackers(
        names=tuple(config.tune.trackers),
        folder=store.root / "trackers",
        project=config.name,
        run=f"{base.name} {key[:8]}",
        settings={line["name"]: line["value"] for line in lines},
    )
    try:
        trainer = run.train(folder, trackers, trial.on_dev if trial else None)
    except StoppedEarly:
        shutil.rmtree(folder)
        raise
    with (
        stops_when_full(store.root, trainer.bytes_of_result, "the last checkpoint is whole"),
        store.write(STAGE, key, made_from, current=trial is None) as writer,
    ):
        run.module.save(writer.folder)
        card, shown = run.finish(trainer)
        writer.json("specialist", card.plain())
        writer.json("training_log", run.log(trainer))
        writer.json("settings", lines)
        writer.json("summary", run.summary(trainer, shown))
        writer.json("preflight", run.forecast.content())
    shutil.rmtree(folder)
    made = store.find(STAGE, key)
    assert made is not None
    return made


class _Run:
    """One tuning run, from encoded examples to a chosen way of answering."""

    def __init__(self, config: Config, base: ResolvedModel, settings: Resolved, examples: Sequence[Example]) -> None:
        self.config, self.base, self.settings = config, base, settings
        self.train_examples = [example for example in examples if example.split == "train"]
        self.dev_examples = [example for example in examples if example.split == "dev"]
        self.tasks = build(config, labels_of(config, self.train_examples))
        self.template = ChatTemplate(base_models.load_tokenizer(base))
        self.encoded: Encoded = encode(self.train_examples, self.tasks, self.template, settings)
        self.material = Material.of(config, base, settings, self.tasks, self.template, examples, self.encoded)
        self.checks = allowed_to_start(self.material)
        self.forecast: Forecast
        self.head_start = {"seconds": 0.0}
        self.scoring: DevScoring | None = None
        set_seed(settings.seed)  # the adapter's and the heads' first weights
        self.module = adapted(base, self.tasks, settings)

    def train(self, folder: Path, trackers: Trackers, on_dev: OnDev | None = None) -> SpecialistTrainer:
        items = self.encoded.items
        planned = plan(items, self.settings.epochs, self.settings.batch_size, self.settings.seed)
        steps = Steps(items, planned, self.settings.row_tokens, self.settings.mixing)
        per_epoch = max(1, math.ceil(len(items) / self.settings.batch_size))
        every = max(1, per_epoch // self.config.tune.checkpoints_per_epoch)
        checkpoints = [*range(every, len(steps), every), len(steps)]
        self.scoring = plan_scoring(
            self.dev_examples, self.tasks, self.template, self.settings, items, planned, checkpoints
        )
        self._say_scoring()
        checkpoint = newest_checkpoint(folder)
        self.forecast = forecast(
            self.config,
            self.material,
            self.checks,
            self.module,
            steps,
            folder,
            folder.parent.parent,
            checkpoints=len(checkpoints),
            scoring_share=self.scoring.share if self.scoring else 0.0,
        )
        if checkpoint is None:
            self._start_heads(folder)
        else:
            say(f"Going on from step {checkpoint.name.rsplit('-', 1)[1]} of {len(steps)}")
        self.head_start = json.loads((folder / HEAD_START).read_text(encoding="utf-8"))
        trainer = SpecialistTrainer(
            self.module,
            steps,
            self.settings,
            folder,
            every,
            scoring=self.scoring,
            template=self.template,
            trackers=trackers,
            on_dev=on_dev,
        )
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        self.module.eval()
        return trainer

    def _start_heads(self, folder: Path) -> None:
        """Fits the label heads, and notes for a resumed run what it took."""
        started = time.monotonic()
        with_less_memory(
            "fitting the label heads",
            lambda share: start_heads(self.module, self.encoded.items, _with_shorter_rows(self.settings, share)),
        )
        cost = {"seconds": time.monotonic() - started}
        (folder / HEAD_START).write_text(json.dumps(cost), encoding="utf-8")

    def finish(self, trainer: SpecialistTrainer) -> tuple[SpecialistCard, dict[str, Any]]:
        """The specialist's card, and what dev showed: all of it while a way to answer was chosen, a part before."""
        settings = dataclasses.replace(self.settings, row_tokens=trainer.rows.row_tokens)
        answers, shown = with_less_memory(
            "choosing on dev",
            lambda share: choose(
                self.module, self.tasks, self.dev_examples, self.template, _with_shorter_rows(settings, share)
            ),
        )
        for name, figures in trainer.dev_figures_taken().items():
            shown.setdefault(name, {"generated": next(iter(figures.values()))})
        card = SpecialistCard(
            base_model=self.config.base_model,
            fingerprint=self.base.fingerprint,
            method=self.settings.method,
            precision=self.settings.precision,
            max_tokens=self.settings.max_tokens,
            head_layers=self.module.head_layers,
            tasks=answers,
        )
        return card, shown

    def log(self, trainer: SpecialistTrainer) -> list[dict[str, Any]]:
        """The training curve, a line every few steps, and one each time that dev was scored."""
        steps_per_epoch = len(self.encoded.items) / self.settings.batch_size
        return [
            {
                "step": line["step"],
                "epoch": line["step"] / steps_per_epoch,
                "loss": line.get("loss"),
                "learning_rate": line.get("learning_rate"),
                "seconds": line["seconds"],
                "tokens_per_second": line["tokens"] / line["seconds"],
                "target_tokens_per_second": line["target_tokens"] / line["seconds"],
                "dev": dev_figures(line),
            }
            for line in trainer.state.log_history
            if "loss" in line or dev_figures(line)
        ]

    def summary(self, trainer: SpecialistTrainer, dev: Mapping[str, Any]) -> dict[str, Any]:
        """What the run was and cost."""
        parameters = list(self.module.parameters())
        seconds = trainer.seconds + self.head_start["seconds"]
        return {
            "seconds": seconds,
            "estimate": self.forecast.reconciled(seconds=seconds, steps=trainer.state.global_step),
            "head_start_seconds": self.head_start["seconds"],
            "steps": trainer.state.global_step,
            "examples": len(self.encoded.items),
            "tokens": trainer.tokens_done,
            "trained_parameters": sum(p.numel() for p in changed_weights(self.module, self.encoded.items).values()),
            "total_parameters": sum(p.numel() for p in parameters),
            "truncated_inputs": len(self.encoded.truncated_inputs),
            "truncated_targets": len(self.encoded.truncated_targets),
            "peak_memory_bytes": peak_memory(self.settings.device),
            "precision": self.settings.precision,
            "device": torch.cuda.get_device_name() if self.settings.device == "cuda" else "cpu",
            "base_model": self.base.name,
            "licence": self.base.entry.licence if self.base.entry else None,
            "method": self.settings.method,
            "dev": dev,
            "target_tokens": trainer.target_tokens_done,
            "row_tokens": trainer.rows.row_tokens,
            "taken_from_step": trainer.taken_from,
            "dev_scoring": self.scoring and {"items": self.scoring.items, "seconds": trainer.dev_seconds},
            "memory_errors": trainer.rows.events,
            "rollbacks": trainer.rollbacks.events,
        }

    def _say_scoring(self) -> None:
        if self.scoring is not None:
            say(f"  {self.scoring.said[0].upper()}{self.scoring.said[1:]}")
        elif self.settings.dev_max_cost:
            say("  Dev is too small, or the run too short, to score it on the way: the last checkpoint will be taken")

    def say_settings(self, lines: Sequence[Mapping[str, Any]]) -> None:
        width = max(len(line["name"]) for line in lines)
        say(f"Tuning {self.base.name} on {len(self.encoded.items)} examples")
        for line in lines:
            say(f"  {line['name']:<{width}}  {line['value']!s:<24} {line['from']}")
        trained = sum(p.numel() for p in changed_weights(self.module, self.encoded.items).values())
        say(f"  {'trained parameters':<{width}}  {trained:,} of {sum(p.numel() for p in self.module.parameters()):,}")


def _with_shorter_rows(settings: Resolved, share: float) -> Resolved:
    return dataclasses.replace(settings, row_tokens=max(1, round(share * settings.row_tokens)))
