"""What one section of `luthier.yaml` says of another: tasks, inputs and systems that are named must exist.

The checks read plain values rather than validated models, so that they speak even where something else is wrong;
whatever has not the expected shape is left to the validation of that section.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from luthier.config.nearest import did_you_mean
from luthier.config.pretraining import FROM_SCRATCH

PROMPTED = ("zero_shot", "few_shot")
LONGEST_BY_DEFAULT = 2048  # of tune.max_tokens and of scratch.context
CROSS_CHECK = "cross_check"  # the type of the validation error that reports one
Path = tuple[str | int, ...]
WITH_SHEETS = ("auto", "xlsx", "zip", "eml", "mbox")  # an archive or a message can hold a workbook
WRITTEN_PASSWORD = re.compile(r"[^:/]+://[^:/@]*:(.+)@")
VARIABLE = re.compile(r"\$\{\w+\}")


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One mistake: the path of the setting that has it, and the sentence that says what it is."""

    path: Path
    what: str


def cross_checks(settings: Mapping[str, Any]) -> Iterator[Disagreement]:
    """Every disagreement between sections, in no particular order."""
    tasks = _mapping(settings.get("tasks"))
    sources = [_mapping(source) for source in _list(settings.get("sources"))]
    evaluate = _mapping(settings.get("evaluate"))
    yield from _source_names(sources)
    for number, source in enumerate(sources):
        yield from _source(("sources", number), source, tasks)
    for name, task in tasks.items():
        yield from _lead(("tasks", name), _mapping(task))
    for name in _mapping(_mapping(settings.get("tune")).get("task_epochs")):
        yield from _known("task", name, tasks, ("tune", "task_epochs", name))
    yield from _from_scratch(settings, evaluate)
    pairs = _list(_mapping(_mapping(settings.get("tune")).get("preference")).get("pairs"))
    for number, source in enumerate(map(_mapping, pairs)):
        yield from _known("task", source.get("task"), tasks, ("tune", "preference", "pairs", number, "task"))
    yield from _mixing(_mapping(_mapping(settings.get("tune")).get("mixing")), tasks)
    for number, target in enumerate(_list(evaluate.get("targets"))):
        yield from _target(("evaluate", "targets", number), _mapping(target), tasks, evaluate)


def _source_names(sources: list[Mapping[str, Any]]) -> Iterator[Disagreement]:
    counts = Counter(str(source.get("name")) for source in sources)
    for number, source in enumerate(sources):
        name = str(source.get("name"))
        earlier = any(str(other.get("name")) == name for other in sources[:number])
        if counts[name] > 1 and earlier and source.get("name") is not None:
            yield Disagreement(("sources", number, "name"), f"another source is called '{name}' already")


def _source(path: Path, source: Mapping[str, Any], tasks: Mapping[str, Any]) -> Iterator[Disagreement]:
    name = source.get("task")
    yield from _known("task", name, tasks, (*path, "task"))
    yield from _address(path, source)
    wanted = _inputs_wanted(source, tasks)
    for given in _mapping(_mapping(source.get("fields")).get("inputs")):
        yield from _known(f"input of task '{name}'", given, wanted, (*path, "fields", "inputs", given))


def _address(path: Path, source: Mapping[str, Any]) -> Iterator[Disagreement]:
    """Where a source's data lie: in files, which need `path`, or in a database, which needs `url` and `query`."""
    form = source.get("format", "auto")
    needed, foreign = (("url", "query"), ("path",)) if form == "sql" else (("path",), ("url", "query"))
    for name in needed:
        if source.get(name) is None:
            yield Disagreement(path, f"{_dotted((*path, name))} is missing: format '{form}' needs it")
    for name in foreign:
        if source.get(name) is not None:
            yield Disagreement((*path, name), f"{_dotted((*path, name))} means nothing with format '{form}'")
    for name in ("sheet", "header_row"):
        if source.get(name) is not None and form not in WITH_SHEETS:
            yield Disagreement((*path, name), f"{_dotted((*path, name))} means nothing with format '{form}'")
    password = WRITTEN_PASSWORD.match(str(source.get("url")))
    if password and not VARIABLE.fullmatch(password[1]):
        where = (*path, "url")
        what = f"{_dotted(where)} holds a password; write ${{NAME}} in its place and set that environment variable"
        yield Disagreement(where, what)


def gaps(settings: Mapping[str, Any]) -> Iterator[Disagreement]:
    """What sources of examples leave unsaid: the column of an input, or of the right answer.

    Apart from `cross_checks`, since settings made in Python may go with examples that came in another way.
    """
    tasks = _mapping(settings.get("tasks"))
    for number, source in enumerate(_list(settings.get("sources"))):
        fields = _mapping(_mapping(source).get("fields"))
        given, wanted = _mapping(fields.get("inputs")), _inputs_wanted(_mapping(source), tasks)
        path: Path = ("sources", number, "fields")
        if wanted and fields.get("target") is None:
            yield Disagreement(
                (*path, "target"), f"{_dotted(path)}.target is missing: the column with the right answer"
            )
        if any(name not in wanted for name in given):
            continue  # a name nobody knows is reported, and most likely it is the one that is missing, misspelt
        for name in wanted.keys() - given.keys():
            what = f"{_dotted(path)}.inputs has no column for '{name}', an input of task '{source['task']}'"
            yield Disagreement((*path, "inputs"), what)


def _inputs_wanted(source: Mapping[str, Any], tasks: Mapping[str, Any]) -> Mapping[str, Any]:
    """The inputs of the task that a source's rows are examples of; none where it has no task, or one that is not."""
    return _mapping(_mapping(tasks.get(str(source.get("task")))).get("inputs"))


def _lead(path: Path, task: Mapping[str, Any]) -> Iterator[Disagreement]:
    inputs = _mapping(task.get("inputs"))
    if inputs:
        yield from _known(f"input of task '{path[-1]}'", task.get("lead_from"), inputs, (*path, "lead_from"))


def _from_scratch(settings: Mapping[str, Any], evaluate: Mapping[str, Any]) -> Iterator[Disagreement]:
    """What a model that is made here cannot do: be asked before it was made, or read more than it was made for."""
    if settings.get("base_model") != FROM_SCRATCH:
        if settings.get("scratch") is not None:
            yield Disagreement(("scratch",), f"scratch means nothing without base_model: {FROM_SCRATCH}")
        return
    for number, system in enumerate(_list(evaluate.get("systems"))):
        if system in PROMPTED:
            what = f"'{system}' asks a generic model, and a model from scratch has no generic self; leave it out"
            yield Disagreement(("evaluate", "systems", number), f"evaluate.systems: {what}")
    longest = _mapping(settings.get("tune")).get("max_tokens", LONGEST_BY_DEFAULT)
    context = _mapping(settings.get("scratch")).get("context", LONGEST_BY_DEFAULT)
    if isinstance(longest, int) and isinstance(context, int) and longest > context:
        what = f"tune.max_tokens ({longest}) is more than a model reads whose scratch.context is {context}"
        yield Disagreement(("tune", "max_tokens"), what)


def _target(
    path: Path, target: Mapping[str, Any], tasks: Mapping[str, Any], evaluate: Mapping[str, Any]
) -> Iterator[Disagreement]:
    yield from _known("task", target.get("task"), tasks, (*path, "task"))
    systems, system = _list(evaluate.get("systems")), target.get("system", "tuned")
    if systems and system not in systems:
        where = (*path, "system") if "system" in target else path
        yield Disagreement(where, f"{_dotted(where)} sets a bar for '{system}', which evaluate.systems leaves out")


def _mixing(weights: Mapping[str, Any], tasks: Mapping[str, Any]) -> Iterator[Disagreement]:
    """Weights are of all tasks or of none: what a task without one would count for is anybody's guess."""
    for name in weights:
        yield from _known("task", name, tasks, ("tune", "mixing", name))
    for name in tasks if weights and all(name in tasks for name in weights) else ():
        if name not in weights:
            yield Disagreement(("tune", "mixing"), f"tune.mixing has no weight for task '{name}'; give every task one")


def _known(kind: str, name: Any, names: Collection[str], path: Path) -> Iterator[Disagreement]:
    if isinstance(name, str) and names and name not in names:
        yield Disagreement(path, f"{_dotted(path)} names no {kind}: '{name}'{did_you_mean(name, names)}")


def _dotted(path: Path) -> str:
    return ".".join(str(part) for part in path)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
