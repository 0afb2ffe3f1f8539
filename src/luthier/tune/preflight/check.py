"""One check before tuning: what was looked at, what was found, and what to do about it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from luthier.base_models import ResolvedModel
from luthier.chat_template import ChatTemplate
from luthier.config import Config, Preflight
from luthier.errors import RefusedError
from luthier.records import SPLITS, Example, Split
from luthier.tasks import Task
from luthier.tune.encode import Encoded
from luthier.tune.settings import Resolved

State = Literal["ok", "warn", "refuse"]
MEASURED: tuple[Split, ...] = ("dev", "calibration", "test")
NAMED = 3  # offending examples that a check names


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What one check came to.

    Attributes:
        figure: what was measured; None where nothing was there to measure.
        limit: the figure beyond which the run is refused, or where `setting` only warns, warned of.
        setting: the setting that holds the limit.
        what: the finding, as a sentence without its full stop.
        fix: what to do, as an imperative sentence without its full stop; None where nothing is to be done.
        examples: ids of the first examples concerned.
        detail: figures behind the figure.
    """

    name: str
    state: State
    what: str
    figure: float | None = None
    limit: float | None = None
    setting: str | None = None
    fix: str | None = None
    examples: tuple[str, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """The check as JSON stores it."""
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What the checks look at. `measured` is split -> its examples, of the splits that measure and never teach and have
    any."""

    base: ResolvedModel
    settings: Resolved
    limits: Preflight
    max_truncated: float
    tasks: Mapping[str, Task]
    template: ChatTemplate
    train: Sequence[Example]
    measured: Mapping[str, Sequence[Example]]
    encoded: Encoded

    @classmethod
    def of(
        cls,
        config: Config,
        base: ResolvedModel,
        settings: Resolved,
        tasks: Mapping[str, Task],
        template: ChatTemplate,
        examples: Sequence[Example],
        encoded: Encoded,
    ) -> Material:
        """What a run of `examples`, of all splits, would be made from."""
        by_split = {split: [e for e in examples if e.split == split and e.task in tasks] for split in SPLITS}
        return cls(
            base=base,
            settings=settings,
            limits=config.tune.preflight,
            max_truncated=config.tune.max_truncated,
            tasks=tasks,
            template=template,
            train=by_split["train"],
            measured={split: by_split[split] for split in MEASURED if by_split[split]},
            encoded=encoded,
        )


def by_share(
    name: str,
    offending: Sequence[str],
    total: int,
    limit: float,
    *,
    setting: str,
    found: str,
    fix: str,
    fine: str,
    detail: Mapping[str, Any] | None = None,
) -> Check:
    """A check that counts: fine at none, a warning up to the limit, refused above it.

    Args:
        offending: ids, in the order in which they are named.
        found: what is wrong with them, said behind `N of TOTAL `.
        fine: said where there is none.
    """
    share = len(offending) / max(1, total)
    state: State = "refuse" if share > limit else "warn" if offending else "ok"
    return Check(
        name=name,
        state=state,
        what=f"{len(offending)} of {total} {found.format(share=percent(share), limit=percent(limit))}"
        if offending
        else fine,
        figure=share,
        limit=limit,
        setting=setting,
        fix=fix if offending else None,
        examples=tuple(offending[:NAMED]),
        detail=detail or {},
    )


def percent(share: float) -> str:
    """A share as a person reads it: 0.5 is `50%`, 0.0012 is `0.12%`."""
    return f"{share * 100:.2g}%" if 0 < share < 0.1 else f"{share:.0%}"


def refuse(checks: Iterable[Check]) -> None:
    """Raises `RefusedError` with the first refusal among `checks`, its fix and the others' names; else does nothing."""
    refused = [check for check in checks if check.state == "refuse"]
    if not refused:
        return
    first, *others = refused
    named = f"; the first is {first.examples[0]}" if first.examples else ""
    also = f" (also refused: {', '.join(check.name for check in others)})" if others else ""
    raise RefusedError(f"{first.what}{named}{also}", where=f"preflight, {first.name}", fix=first.fix)
