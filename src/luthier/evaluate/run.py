"""The evaluate stage: curated examples and a tuned model in, every system's answers and the scorecard out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from luthier.config import Config
from luthier.errors import RefusedError
from luthier.evaluate.answers import Bench, Build, answers_of, made_from
from luthier.evaluate.items import asked, items_of
from luthier.evaluate.scorecard import Circumstances, build_scorecard
from luthier.evaluate.targets import check_targets
from luthier.inference import systems
from luthier.progress import say
from luthier.records import Example, Prediction, Split
from luthier.store.artefacts import Artefact, ArtefactStore, content_key
from luthier.store.journal import this_user, utc_now
from luthier.store.seal import Opening, open_seal, openings

VERSION = 1
STAGE = "evaluate"


def evaluate(
    config: Config,
    root: Path,
    store: ArtefactStore,
    split: Split = "dev",
    *,
    open_test: bool = False,
    cycle: int = 1,
    build: Build = systems.build,
    now: Callable[[], str] = utc_now,
    who: Callable[[], str] = this_user,
) -> Artefact:
    """Asks every system of `evaluate.systems` for answers on `split` and returns the `evaluate` artefact.

    Each system's answers are an artefact of their own (`answers`), so that a killed evaluation goes on with the system
    it was at, and a changed target or interval asks nobody again.

    Args:
        open_test: opens the seal of the test split, which is written down; without it test stays shut.
        build: makes a system by name.
        now, who: the time and the user that an opening and the scorecard are signed with.

    Raises:
        RequestError: a target names a metric its task does not have.
        RefusedError: the test split is sealed, a task has no examples on the split, or the tuned model was made from
            other data than the current ones.
        LuthierError: curation or tuning has not been run, or a system's answers do not match its items.
    """
    check_targets(config)
    if split == "test" and not open_test:
        raise RefusedError(
            "the test split is sealed", fix="Use dev while choosing, and --open-test once you have chosen"
        )
    curate = store.require("curate", "luthier curate")
    examples = list(curate.records("examples", Example))
    items = items_of(config, examples, split)
    bench = _bench(config, root, store, curate, examples, build)
    made = _made_from(bench, items, split, cycle)
    key = content_key(made)
    done = store.find(STAGE, key)
    if done is not None:
        store.point_to(done)
        return done
    if split == "test":
        open_seal(store.root, Opening(when=now(), who=who(), cycle=cycle, evaluation=key))
    answers = [answers_of(bench, system, asked(config, system, items)) for system in config.evaluate.systems]
    say("Working out figures and their intervals")
    circumstances = Circumstances(
        cycle=cycle,
        split=split,
        created=now(),
        openings=openings(store.root),
        train_seconds=bench.tune.json("summary")["seconds"] if bench.tune else None,
        data=curate.json("summary"),
    )
    with store.write(STAGE, key, made) as writer:
        writer.records("predictions", Prediction, (prediction for own in answers for prediction in own.predictions))
        writer.json("scorecard", build_scorecard(config, items, bench.train, answers, circumstances))
    return store.require(STAGE, "luthier evaluate")


def _bench(
    config: Config, root: Path, store: ArtefactStore, curate: Artefact, examples: Sequence[Example], build: Build
) -> Bench:
    return Bench(
        config=config,
        root=root,
        store=store,
        curate=curate,
        tune=_tuned(config, store, curate),
        train=[example for example in examples if example.split == "train"],
        dev=[example for example in examples if example.split == "dev"],
        build=build,
    )


def _tuned(config: Config, store: ArtefactStore, curate: Artefact) -> Artefact | None:
    """The tuned model's artefact, where one is to be measured; it must not have learned from other splits."""
    if "tuned" not in config.evaluate.systems:
        return None
    tune = store.require("tune", "luthier tune")
    if tune.manifest["made_from"]["curate"] != curate.key:
        raise RefusedError(
            "the tuned model learned from other data than the current ones, and may have seen the items to be measured",
            fix="Run `luthier tune` again",
        )
    return tune


def _made_from(bench: Bench, items: Mapping[str, Sequence[Example]], split: Split, cycle: int) -> dict[str, Any]:
    config = bench.config
    return {
        "version": VERSION,
        "split": split,
        "cycle": cycle,
        "name": config.name,
        "seed": config.seed,
        "evaluate": config.evaluate.model_dump(),
        "tasks": {name: task.model_dump() for name, task in config.tasks.items()},
        "hourly_rate": config.report.hourly_rate,
        "currency": config.report.currency,
        "curate": bench.curate.key,
        **({"tune": bench.tune.key} if bench.tune else {}),
        "answers": {
            system: content_key(made_from(bench, system, asked(config, system, items)))
            for system in config.evaluate.systems
        },
    }
