"""Settings of the search for better tuning settings, and of the learning curve of a tuned model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, Field, PositiveFloat, PositiveInt, ValidationError, model_validator

from luthier.config.nearest import did_you_mean
from luthier.config.section import Settings, Share
from luthier.config.tuning import Tune

Value = int | float | str


class Span(Settings):
    """Any value between two, both included."""

    low: float
    high: float
    scale: Literal["log", "linear"] = "log"
    """`log` tries as many values from 1e-4 to 1e-3 as from 1e-3 to 1e-2, which is how rates work."""
    whole: bool = False
    """Whole numbers only, as for ranks."""

    @model_validator(mode="after")
    def _has_an_inside(self) -> Span:
        if self.low >= self.high:
            raise ValueError(f"low {self.low:g} is not below high {self.high:g}")
        if self.scale == "log" and self.low <= 0:
            raise ValueError("a log scale has no 0: give a low above it, or scale: linear")
        return self

    @property
    def ends(self) -> tuple[Value, ...]:
        return (int(self.low), int(self.high)) if self.whole else (self.low, self.high)


class Among(Settings):
    """One of a few values."""

    among: Annotated[list[Value], Field(min_length=2)]

    @property
    def ends(self) -> tuple[Value, ...]:
        return tuple(self.among)


class Sweep(Settings):
    """Which settings of `tune` are tried, and how much may be spent on it."""

    search: dict[str, Span | Among] = {}
    """A setting of `tune`, dots between its parts (`lora.rank`), -> the values to try. Empty: learning rate within the
    range that suits the base model, rank 8, 16 or 32, and 2 to 4 epochs."""
    trials: PositiveInt = 20
    """Runs at most, those that were stopped early among them."""
    minutes: PositiveFloat | None = None
    """No run is begun that would go beyond this, all runs together; one that does is stopped."""
    money: PositiveFloat | None = None
    """As `minutes`, in `report.currency`, at `report.hourly_rate`."""
    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Of the training examples that a trial is tuned on. Less is quicker, but small data favour other settings."""
    prune: bool = True
    """Whether a run is stopped that stands below the median of the others at the same part of the way."""

    @model_validator(mode="after")
    def _names_are_settings(self) -> Sweep:
        for name, values in self.search.items():
            for value in values.ends:
                _refuse_unknown(name, value)
        return self


class LearningCurve(Settings):
    """What a tuned model's figures are with less data than there is, and so what more would bring."""

    shares: Annotated[list[Annotated[float, Field(gt=0, le=1)]], Field(min_length=3)] = [0.1, 0.25, 0.5, 1.0]
    repeats: PositiveInt = 1
    """Runs of each share but the whole, on other examples each time; one alone shows luck too."""
    forecast: list[Annotated[float, Field(gt=1)]] = [2.0, 4.0]
    """Multiples of today's data that a figure is forecast for."""
    confidence: Share = 0.9
    """Of the forecast's interval: it decides what to collect, not what is claimed."""


def nested(name: str, value: Any) -> dict[str, Any]:
    """`{"lora": {"rank": 8}}` of `lora.rank` and 8."""
    for part in reversed(name.split(".")):
        value = {part: value}
    result: dict[str, Any] = value
    return result


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """`one` with the values of `other` put in, section by section."""
    result = dict(one)
    for name, value in other.items():
        old = result.get(name)
        result[name] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return result


def with_settings(tune: Tune, chosen: Mapping[str, Value]) -> Tune:
    """`tune` with the settings of those dotted names changed."""
    settings: dict[str, Any] = tune.model_dump()
    for name, value in chosen.items():
        settings = merged(settings, nested(name, value))
    return Tune.model_validate(settings)


def _refuse_unknown(name: str, value: Value) -> None:
    """Raises `ValueError` where `tune` has no such setting, or the setting no such value."""
    known = set(_setting_names(Tune))
    if name not in known and name.rsplit(".", 1)[0] not in known:
        raise ValueError(f"'{name}' is not a setting of tune{did_you_mean(name, known)}")
    try:
        Tune.model_validate(nested(name, value))
    except ValidationError as error:
        raise ValueError(f"tune.{name} cannot be {value!r}: {error.errors()[0]['msg'].lower()}") from None


def _setting_names(model: type[BaseModel], before: str = "") -> Iterator[str]:
    """The dotted names of all settings in a section and the sections inside it."""
    for name, field in model.model_fields.items():
        sections = [kind for kind in (field.annotation, *get_args(field.annotation)) if _is_section(kind)]
        if not sections:
            yield before + name
        for section in sections:
            yield from _setting_names(section, f"{before}{name}.")


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Settings)
