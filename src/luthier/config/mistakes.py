"""What pydantic found wrong in the settings, in one sentence each, with the path of the setting it is about."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from luthier.config.cross_checks import CROSS_CHECK
from luthier.config.nearest import any_of, did_you_mean, nearest

Path = tuple[str | int, ...]

# What a value must be, by pydantic's name for the error; `{gt}` and the like come from the error's own context.
EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping of names to values",
    "model_type": "a mapping of settings",
    "model_attributes_type": "a mapping of settings",
    "greater_than": "above {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than": "below {lt:g}",
    "less_than_equal": "at most {le:g}",
    "date_type": "a day, written as 2025-06-30",
    "string_too_short": "text of length {min_length} or more",
}
# What a text must look like, by the pattern that it does not match.
FORMS = {
    r"^[a-z][a-z0-9_]*$": "lower-case letters, digits and underscores, a letter first",
    r"^[a-z]{2}$": "two lower-case letters",
    r"^[A-Z]{2}$": "two capital letters",
    r"^[A-Z]{3}$": "three capital letters",
}


def sentences(error: ValidationError, model: type[BaseModel], values: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """The path and the sentence of each mistake. Checks between sections are left out: they are made elsewhere.

    Args:
        model: the model that `values` failed to be.
    """
    details = [(_real_path(detail, values), detail) for detail in error.errors()]
    unknown = [path for path, detail in details if detail["type"] == "extra_forbidden"]
    for path, group in itertools.groupby(details, key=lambda pair: pair[0]):
        alternatives = [detail for _, detail in group]
        first = alternatives[0]
        if first["type"] == CROSS_CHECK:
            continue
        if first["type"] == "missing":
            # a name that is missing beside one nobody knows is most likely that one, misspelt
            if not any(path[:-1] == other[:-1] and nearest(str(other[-1]), [str(path[-1])]) for other in unknown):
                yield path, f"{_dotted(path)} is missing"
        elif first["type"] == "extra_forbidden":
            yield path, f"{_dotted(path)} is not a setting{_suggestion(path, model, values)}"
        else:
            yield path, _wrong_value(path, alternatives)


def _wrong_value(path: Path, alternatives: list[ErrorDetails]) -> str:
    """One sentence on a value, however many of a union's members refused it."""
    first = alternatives[0]
    context, name = first.get("ctx", {}), _dotted(path)
    if first["type"] == "value_error":
        return f"{name}: {context['error']}"
    if first["type"] == "union_tag_not_found":
        return f"{name} has no kind; there is generate or classify"
    if first["type"] == "union_tag_invalid":
        choices = _quoted(context["expected_tags"])
        return f"{name}.kind is {_shown(context['tag'])}; it must be {any_of(choices)}{_near(context['tag'], choices)}"
    if first["loc"][-1] == "[key]":
        name = f"the name {path[-1]} in {_dotted(path[:-1])}"
        return f"{name} must be {_expected(first)}"
    expected = " or ".join(dict.fromkeys(_expected(detail) for detail in alternatives))
    return f"{name} is {_shown(first['input'])}; it must be {expected}"


def _expected(detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    if detail["type"] == "literal_error":
        choices = _quoted(context["expected"])
        return any_of(choices) + _near(detail["input"], choices)
    if detail["type"] == "string_pattern_mismatch":
        return FORMS.get(context["pattern"], f"text that matches {context['pattern']}")
    if detail["type"] in EXPECTED:
        return EXPECTED[detail["type"]].format(**context)
    return detail["msg"][:1].lower() + detail["msg"][1:]


def _near(given: Any, choices: list[str]) -> str:
    found = nearest(given, choices) if isinstance(given, str) and len(choices) > 1 else None
    return f"; did you mean {found}?" if found else ""


def _suggestion(path: Path, model: type[BaseModel], values: Mapping[str, Any]) -> str:
    """The setting that was meant: one of the same section, or one of that very name in another."""
    here = _model_at(model, path[:-1], values)
    name = str(path[-1])
    found = nearest(name, here.model_fields) if here else None
    if found:
        return f"; did you mean {found}?"
    elsewhere = next((where for where in _sections(model) if name in where[1].model_fields), None)
    if elsewhere:
        return f"; it belongs under {elsewhere[0]}" if elsewhere[0] else "; it belongs at the top"
    return did_you_mean(name, here.model_fields) if here else ""


def _sections(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """The sections that stand once in a file, with their dotted paths."""
    yield path, model
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _sections(inner, f"{path}.{name}" if path else name)


def _model_at(model: type[BaseModel], path: Path, values: Any) -> type[BaseModel] | None:
    """The model that holds the settings under `path`."""
    kind: Any = model
    for part in path:
        values = values[part]
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = kind.model_fields[str(part)].annotation
        else:
            kind = get_args(kind)[-1]  # of `dict[Name, Task]` and of `list[Source]` alike
        kind = _one_model(kind, values)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _one_model(kind: Any, values: Any) -> Any:
    """The member of a union that `values` are meant to be: the model, or of several the one of that `kind`."""
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in (dict, list):
        return kind
    members = [member for member in get_args(kind) if isinstance(member, type) and issubclass(member, BaseModel)]
    named = [member for member in members if values.get("kind") in get_args(_kind_of(member))] if members else []
    return (named or members or [kind])[0]


def _kind_of(model: type[BaseModel]) -> Any:
    return model.model_fields["kind"].annotation if "kind" in model.model_fields else None


def _real_path(detail: ErrorDetails, values: Any) -> Path:
    """The error's location without what pydantic puts between: a union member's name, `[key]`."""
    path: list[str | int] = []
    last = len(detail["loc"]) - 1
    for number, part in enumerate(detail["loc"]):
        if part in values if isinstance(values, Mapping) else isinstance(values, list) and isinstance(part, int):
            values = values[part]
            path.append(part)
        elif number == last and detail["type"] == "missing":
            path.append(part)
    return tuple(path)


def _dotted(path: Path) -> str:
    return ".".join(str(part) for part in path) or "the file"


def _quoted(expected: str) -> list[str]:
    """The names between quotes in pydantic's `'a', 'b' or 'c'`."""
    return re.findall(r"'([^']*)'", expected)


def _shown(value: Any) -> str:
    """A value as its writer would recognise it."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value) if len(str(value)) <= 40 else f"{str(value)[:37]}..."
    return f"'{text}'" if isinstance(value, str) else text
