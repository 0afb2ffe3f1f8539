"""Preference tuning: a supervised specialist in, one that has learnt from pairs of better and worse answers out.

What comes out is a `tune` artefact like any other, beside the supervised one, which stays as it was. Label heads are
not trained, and nothing below them changes: their answers stay the same.
"""

from __future__ import annotations

import dataclasses
import random
import shutil
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from luthier.chat_template import ChatTemplate
from luthier.config import Config
from luthier.errors import RefusedError
from luthier.inference.specialist import Specialist, SpecialistCard, SpecialistModel, base_of, load_module
from luthier.progress import say
from luthier.records import Example, Pair
from luthier.store.artefacts import Artefact, ArtefactStore, content_key
from luthier.tune.checkpoints import newest_checkpoint, silent_about_file_times
from luthier.tune.choose import choose
from luthier.tune.preference_pairs import REFUSED, Admission, encode_pairs
from luthier.tune.preference_settings import PreferenceSettings, resolve_preference
from luthier.tune.preference_training import forget_reference, margins, new_trainer, refuse_without_trl
from luthier.tune.settings import resolve

VERSION = 1
STAGE = "tune"


def prefer(config: Config, root: Path, store: ArtefactStore, supervised: Artefact, *, resume: bool = True) -> Artefact:
    """Lets the specialist of a `tune` artefact learn from the current `pairs`, and returns the new `tune` artefact.

    Finished work is not repeated; a killed run goes on from its newest checkpoint unless `resume` is False. Raises
    `RequestError` where TRL is not installed, `RefusedError` where no pair may teach.
    """
    refuse_without_trl()
    curated, pairs = store.require("curate", "luthier curate"), store.require("pairs", "luthier tune")
    _refuse_unmasked(config)
    card = SpecialistCard.read(supervised.json("specialist"))
    base = base_of(supervised, card, root)
    resolved, _ = resolve(config, base)
    settings = resolve_preference(config, resolved)
    made_from = {
        **supervised.manifest["made_from"],
        "supervised": supervised.key,
        "preference": {"version": VERSION, **settings.plain()},
        "pairs": pairs.key,
    }
    key = content_key(made_from)
    done = store.find(STAGE, key)
    if done is not None:
        store.point_to(done)
        return done
    folder = store.work_folder(STAGE, key, fresh=not resume)
    run = _Run(config, root, settings, supervised, curated, pairs)
    outcome = run.train(folder)
    answers, shown = choose(run.module, run.specialist.tasks, run.dev, run.template, resolved)
    with store.write(STAGE, key, made_from) as writer:
        run.module.save(writer.folder)
        writer.json("specialist", dataclasses.replace(card, tasks=answers).plain())
        _keep_evidence(supervised, writer.folder)
        writer.json("preference", outcome)
        summary = supervised.json("summary")
        seconds = summary["seconds"] + outcome["seconds"]
        writer.json(
            "summary", {**summary, "seconds": seconds, "dev": {**summary["dev"], **shown}, "preference": outcome}
        )
    shutil.rmtree(folder)
    return store.require(STAGE, "luthier tune")


class _Run:
    """One preference run, from admitted pairs to what became of their margin."""

    def __init__(
        self,
        config: Config,
        root: Path,
        settings: PreferenceSettings,
        supervised: Artefact,
        curated: Artefact,
        pairs: Artefact,
    ) -> None:
        self.settings, self.supervised, self.root = settings, supervised, root
        self.specialist = Specialist.load(supervised, config, root)
        self.module: SpecialistModel = self.specialist.module
        self.template = ChatTemplate(self.specialist.tokenizer)
        examples = list(curated.records("examples", Example))
        self.dev = [example for example in examples if example.split == "dev"]
        admitted = Admission(_as_they_came_in(curated), examples).admit(pairs.records("pairs", Pair))
        self.unreadable = pairs.json("summary")["refused"]
        self.pairs, unfit = encode_pairs(admitted, self.specialist.tasks, self.template, settings.max_tokens)
        self.refused: Counter[str] = admitted.refused + unfit
        if not self.pairs:
            raise RefusedError(
                "no pair may teach" + (f": {self._why()}" if self.refused else ""),
                where="luthier.yaml, tune.preference.pairs",
                fix="Add pairs on work of train and pool clients, and say whose they are (fields.group)",
            )
        random.Random(f"{settings.seed}:preference").shuffle(self.pairs)

    def train(self, folder: Path) -> dict[str, Any]:
        """Runs what is left, and says what it did."""
        started = time.monotonic()
        self._say()
        before = list(margins(self.module, self.pairs, self.settings.row_tokens))
        trainer = new_trainer(
            self.module, self._reference(), self.specialist.tokenizer, self.pairs, self.settings, folder
        )
        checkpoint = newest_checkpoint(folder)
        if checkpoint is not None:
            say(f"Going on from step {checkpoint.name.rsplit('-', 1)[1]} of {self.settings.steps(len(self.pairs))}")
        with silent_about_file_times():
            trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        forget_reference(self.module)
        after = list(margins(self.module, self.pairs, self.settings.row_tokens))
        say(
            f"The better answer is likelier by {fmean(after):.2f} nats (before: {fmean(before):.2f}), and the likelier "
            f"of the two in {_share(after):.0%} of pairs ({_share(before):.0%})"
        )
        return {
            **self.settings.plain(),
            "pairs": len(self.pairs),
            "refused": dict(sorted(self.refused.items())),
            "unreadable": self.unreadable,
            "steps": trainer.state.global_step,
            "seconds": time.monotonic() - started,
            "margin": {"before": fmean(before), "after": fmean(after)},
            "better_is_likelier": {"before": _share(before), "after": _share(after)},
            "log": _log(trainer.state.log_history),
        }

    def _reference(self) -> Any:
        """The supervised model once more, where all of it was tuned; with adapters TRL keeps a copy of those."""
        if self.specialist.card.method != "full":
            return None
        base = base_of(self.supervised, self.specialist.card, self.root)
        reference = load_module(self.supervised.folder, self.specialist.card, base).model
        return reference.eval().requires_grad_(False).to(self.settings.device)

    def _say(self) -> None:
        say(f"Learning from {len(self.pairs)} pairs by {self.settings.method}")
        if self.refused:
            say(f"  refused: {self._why()}")
        if self.unreadable:
            say(f"  {self.unreadable} rows could not be read")
        for name, value in self.settings.plain().items():
            say(f"  {name:<18} {value}")

    def _why(self) -> str:
        return ", ".join(f"{count} ({REFUSED[code]})" for code, count in sorted(self.refused.items()))


def _keep_evidence(supervised: Artefact, folder: Path) -> None:
    """What the supervised run said of itself: its curve, settings and checks. They are the new specialist's too."""
    for path in supervised.folder.glob("*.json"):
        if path.stem not in ("manifest", "specialist", "summary"):
            shutil.copyfile(path, folder / path.name)


def _as_they_came_in(curated: Artefact) -> list[Example]:
    """The examples before curation, by whose inputs a pair is recognised."""
    ingested = curated.beside("ingest", str(curated.manifest["made_from"].get("ingest")))
    return list(ingested.records("examples", Example)) if ingested is not None else []


def _refuse_unmasked(config: Config) -> None:
    """Raises `RefusedError` where private data are masked in examples: in pairs nobody would mask them."""
    rules = config.curate.privacy.model_dump().values() if config.curate.privacy is not None else ()
    if any(rule in ("mask", "pseudonym") for rule in rules if isinstance(rule, str)):
        raise RefusedError(
            "curation masks private data, and pairs are not curated: they would teach what was masked",
            where="luthier.yaml, tune.preference",
            fix="Mask the pairs' texts yourself and set curate.privacy to flag, or take tune.preference out",
        )


def _share(margin: Sequence[float]) -> float:
    return fmean(one > 0 for one in margin)


def _log(history: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The curve: loss, and how far rewards of better and worse answers stand apart."""
    names = ("step", "loss", "learning_rate", "rewards/margins", "rewards/chosen", "rewards/rejected")
    return [{name: line[name] for name in names if name in line} for line in history if "loss" in line]
