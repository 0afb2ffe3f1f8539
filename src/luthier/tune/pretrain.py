"""The pretrain stage: the project's own documents in, a model that has read them out.

It comes before `tune` where `tune.pretrain` asks for it, and always for a model from scratch. What it leaves is a plain
folder of safetensors, which `tune` then takes as its base model, and whose content is part of what names a specialist.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from luthier import base_models
from luthier.base_models import ResolvedModel
from luthier.base_models.pretrained import MODEL, SCRATCH_DEFAULTS
from luthier.chat_template import ChatTemplate
from luthier.config import FROM_SCRATCH, Config
from luthier.errors import RefusedError
from luthier.progress import say
from luthier.records import Example
from luthier.store.artefacts import Artefact, ArtefactStore, content_key
from luthier.tasks import build, labels_of
from luthier.tune.checkpoints import newest_checkpoint
from luthier.tune.encode import encode
from luthier.tune.preflight import Material, allowed_to_start
from luthier.tune.pretrain_blocks import BlockSteps, Texts
from luthier.tune.pretrain_corpus import WHY, Chosen, choose_documents, documents_in, text_of
from luthier.tune.pretrain_settings import PretrainSettings, resolve_pretrain
from luthier.tune.pretrain_training import Perplexity, PretrainTrainer, new_module, perplexity, save_pretrained
from luthier.tune.scratch import write_untrained
from luthier.tune.settings import resolve

VERSION = 1
STAGE = "pretrain"
UNTRAINED, BEFORE = "untrained", "before.json"
DEV_TOKENS = 200_000  # perplexity is measured on no more than about so many


def pretrain(config: Config, root: Path, store: ArtefactStore, *, resume: bool = True) -> Artefact | None:
    """Lets the base model read the curated documents, and returns the `pretrain` artefact; None where none is asked.

    Leaves the folder `model` and the JSON `summary`, `documents`, `training_log` and `settings`. Finished work is not
    repeated; a killed run goes on from its newest checkpoint unless `resume` is False. Raises `RefusedError` where
    there is nothing that may be learnt.
    """
    if not is_asked(config):
        return None
    curated = store.require("curate", "luthier curate")
    origin = _origin(config, root)
    settings, lines = resolve_pretrain(config, origin)
    made_from = _made_from(config, origin, settings, curated)
    key = content_key(made_from)
    done = store.find(STAGE, key)
    if done is not None:
        store.point_to(done)
        return done
    folder = store.work_folder(STAGE, key, fresh=not resume)
    run = _Run(config, settings, curated, origin, folder)
    run.refuse_what_tuning_would()
    run.say_settings(lines)
    trainer = run.train()
    with store.write(STAGE, key, made_from) as writer:
        save_pretrained(trainer, run.base, settings, writer.folder / MODEL)
        writer.json("documents", run.documents())
        writer.json("training_log", run.log(trainer))
        writer.json("settings", lines)
        writer.json("summary", run.summary(trainer, writer.folder / MODEL))
    shutil.rmtree(folder)
    return store.require(STAGE, "luthier tune")


def base_to_tune(
    config: Config, root: Path, store: ArtefactStore, *, resume: bool = True
) -> tuple[ResolvedModel, dict[str, str]]:
    """The model that tuning begins with, pre-trained first where that is asked, and the key of that stage by its name.

    Raises what `pretrain` raises.
    """
    read = pretrain(config, root, store, resume=resume)
    if read is None:
        return base_models.resolve(config.base_model, root=root), {}
    return base_models.pretrained_model(read), {STAGE: read.key}


def base_so_far(config: Config, root: Path, store: ArtefactStore) -> ResolvedModel:
    """The model that tuning would begin with, as far as it is there: pre-trained, or else the one that would be.

    Trains nothing. Raises `RefusedError` where it would be one from scratch, which has no words yet.
    """
    if not is_asked(config):
        return base_models.resolve(config.base_model, root=root)
    origin = _origin(config, root)
    settings, _ = resolve_pretrain(config, origin)
    made_from = _made_from(config, origin, settings, store.require("curate", "luthier curate"))
    done = store.find(STAGE, content_key(made_from))
    if done is not None:
        return base_models.pretrained_model(done)
    if origin is None:
        raise RefusedError("the model from scratch is not made yet", fix="Run `luthier tune`, which makes it first")
    return origin


def is_asked(config: Config) -> bool:
    """Whether the base model is pre-trained before it is tuned."""
    return config.tune.pretrain is not None or config.base_model == FROM_SCRATCH


def _origin(config: Config, root: Path) -> ResolvedModel | None:
    """The model that goes on reading; None where one is made from scratch."""
    return None if config.base_model == FROM_SCRATCH else base_models.resolve(config.base_model, root=root)


def _made_from(
    config: Config, origin: ResolvedModel | None, settings: PretrainSettings, curated: Artefact
) -> dict[str, Any]:
    made_from: dict[str, Any] = {
        "version": VERSION,
        "settings": settings.plain(),
        "curate": curated.key,
    }
    if origin is not None:
        return made_from | {"base_model": origin.fingerprint}
    instructions = {name: task.instruction for name, task in config.tasks.items()}
    return made_from | {"base_model": FROM_SCRATCH, "instructions": instructions}


class _Run:
    """One run, from the choice of documents to what it did to perplexity.

    Args:
        origin: the model that goes on reading; None for one from scratch, which is made in `folder` first.
        folder: what a killed run must find again.
    """

    def __init__(
        self,
        config: Config,
        settings: PretrainSettings,
        curated: Artefact,
        origin: ResolvedModel | None,
        folder: Path,
    ) -> None:
        self.config, self.settings, self.curated, self.folder = config, settings, curated, folder
        self.chosen: Chosen = choose_documents(curated, dev_share=settings.dev_share, seed=settings.seed)
        self.base = origin or self._from_nothing()
        self.template = ChatTemplate(base_models.load_tokenizer(self.base))
        self.learnt = Texts.encode(self._texts(), self.template)
        held = documents_in(curated, self.chosen.dev)
        self.dev = Texts.encode(((document.id, text_of(document)) for document in held), self.template)
        if not len(self.learnt):
            raise RefusedError(
                "there is nothing to pre-train on: curation kept no document that belongs to nobody who is measured"
                + (f" ({self._excluded()})" if self.chosen.excluded else ""),
                fix="Add sources of documents, or take `pretrain` out of luthier.yaml",
            )

    def refuse_what_tuning_would(self) -> None:
        """Raises `RefusedError` where the examples could not be tuned on afterwards, hours before `tune` would."""
        examples = list(self.curated.records("examples", Example))
        train = [example for example in examples if example.split == "train"]
        settings, _ = resolve(self.config, self.base)
        tasks = build(self.config, labels_of(self.config, train))
        encoded = encode(train, tasks, self.template, settings)
        allowed_to_start(Material.of(self.config, self.base, settings, tasks, self.template, examples, encoded))

    def train(self) -> PretrainTrainer:
        """Runs what is left of the planned steps."""
        before = self.folder / BEFORE
        if not before.exists():
            found = perplexity(self.base, self.dev, self.settings, DEV_TOKENS)
            before.write_text(json.dumps(found and dataclasses.asdict(found)), encoding="utf-8")
        steps = BlockSteps(
            self.learnt,
            block_tokens=self.settings.block_tokens,
            batch_blocks=self.settings.batch_blocks,
            epochs=self.settings.epochs,
            seed=self.settings.seed,
        )
        checkpoint = newest_checkpoint(self.folder)
        if checkpoint is not None:
            say(f"Going on from step {checkpoint.name.rsplit('-', 1)[1]} of {len(steps)}")
        every = max(1, steps.per_epoch // self.config.tune.checkpoints_per_epoch)
        trainer = PretrainTrainer(new_module(self.base, self.settings), steps, self.settings, self.folder, every)
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        return trainer

    def documents(self) -> list[dict[str, str]]:
        """The documents that were left out, and why."""
        return [
            {"id": name, "code": found.code, "why": WHY[found.code], "split": found.split, "for": found.counterpart}
            for name, found in sorted(self.chosen.excluded.items())
        ]

    def log(self, trainer: PretrainTrainer) -> list[dict[str, Any]]:
        """The training curve, a line every few steps; losses are nats a token."""
        per_epoch = trainer.steps.per_epoch  # type: ignore[attr-defined]
        return [
            {**{name: line[name] for name in ("step", "loss", "learning_rate")}, "epoch": line["step"] / per_epoch}
            for line in trainer.state.log_history
            if "loss" in line
        ]

    def summary(self, trainer: PretrainTrainer, folder: Path) -> dict[str, Any]:
        """What the run was, cost and did."""
        after = perplexity(base_models.resolve(str(folder)), self.dev, self.settings, DEV_TOKENS)
        before = json.loads((self.folder / BEFORE).read_text(encoding="utf-8"))
        self._say_outcome(before and Perplexity(**before), after)
        return {
            "base_model": self.config.base_model,
            "method": self.settings.method,
            "seconds": trainer.seconds,
            "steps": trainer.state.global_step,
            "documents": self.chosen.counts(),
            "leaks_looked_for": self.config.curate.leakage is not None,
            "example_texts": len(self.learnt) - len(self.chosen.learn),
            "tokens": self.learnt.tokens,
            "bytes": self.learnt.bytes,
            "dev_tokens": self.dev.tokens,
            "vocabulary": len(base_models.load_tokenizer(self.base)),
            "parameters": self.base.parameters,
            "trained_parameters": sum(weight.numel() for weight in trainer.module.trainable().values()),
            "precision": self.settings.precision,
            "device": self.settings.device,
            "before": before and Perplexity(**before).plain(),
            "after": after and after.plain(),
        }

    def say_settings(self, lines: Sequence[Mapping[str, Any]]) -> None:
        """What is about to be learnt, and what is not."""
        counts = self.chosen.counts()
        say(
            f"Pre-training {self.base.name} on {counts['learnt']} documents and {len(self.learnt) - counts['learnt']} "
            f"inputs of examples: {self.learnt.tokens:,} tokens"
        )
        if self.chosen.excluded:
            say(f"  left out: {self._excluded()}")
        if self.config.curate.leakage is None:
            say("  curate.leakage is off: nobody looked for texts of measured examples in these documents")
        width = max(len(line["name"]) for line in lines)
        for line in lines:
            say(f"  {line['name']:<{width}}  {line['value']!s:<24} {line['from']}")

    def _excluded(self) -> str:
        return ", ".join(f"{n} ({WHY[code]})" for code, n in self.chosen.counts()["excluded"].items())

    def _say_outcome(self, before: Perplexity | None, after: Perplexity | None) -> None:
        if before is None or after is None:
            say("No document was left to measure perplexity on")
            return
        say(
            f"Perplexity on {after.texts} documents kept aside: {before.per_token:.2f} a token before, "
            f"{after.per_token:.2f} after ({before.per_byte:.3f} and {after.per_byte:.3f} a byte)"
        )

    def _texts(self) -> Iterator[tuple[str, str]]:
        """What is learnt, each with its name: documents and, where that is asked, inputs of training examples."""
        for document in documents_in(self.curated, self.chosen.learn):
            yield document.id, text_of(document)
        if self.settings.examples:
            for example in self._examples():
                yield example.id, "\n\n".join(text.strip() for text in example.inputs.values() if text.strip())

    def _examples(self) -> Iterator[Example]:
        return (example for example in self.curated.records("examples", Example) if example.split == "train")

    def _from_nothing(self) -> ResolvedModel:
        """The model from scratch as it begins, which a killed run finds again."""
        final = self.folder / UNTRAINED
        if not final.exists():
            scratch = self.settings.scratch
            assert scratch is not None
            say("Making a tokenizer and a model from nothing")
            making = self.folder / f".{UNTRAINED}"
            shutil.rmtree(making, ignore_errors=True)
            write_untrained(making, self._words(), scratch, self.settings.seed)
            making.rename(final)
        found = base_models.resolve(str(final))
        return dataclasses.replace(found, name=FROM_SCRATCH, defaults=SCRATCH_DEFAULTS)

    def _words(self) -> Iterator[str]:
        """What the tokenizer is made from: the documents that are learnt, training examples, and the instructions."""
        yield from (text_of(document) for document in documents_in(self.curated, self.chosen.learn))
        for example in self._examples():
            yield from example.inputs.values()
            yield example.target.text or "; ".join(example.target.labels or ())
        yield from (task.instruction for task in self.config.tasks.values())
