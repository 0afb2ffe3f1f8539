"""From the file to the settings, or to all of its mistakes at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from luthier.config.cross_checks import cross_checks, gaps
from luthier.config.mistakes import sentences
from luthier.config.settings import Config
from luthier.config.yaml_lines import Mistake, SettingsText, read_settings_text
from luthier.errors import ConfigError, RequestError


def load(path: Path) -> Config:
    """The settings in a file.

    Raises `ConfigError` with every mistake in it, in the order of their lines, and `RequestError` where there is no
    such file.
    """
    if not path.is_file():
        what = "is a folder, not a file" if path.is_dir() else "there is no such file"
        raise RequestError(what, where=str(path), fix="Begin a project with `luthier init DIR`")
    text = read_settings_text(path)
    config, mistakes = _validate(text)
    if config is None or mistakes:
        ordered = sorted(set(mistakes), key=lambda mistake: (mistake.line, mistake.what))
        raise ConfigError(str(path), [f"{path}, line {mistake.line}: {mistake.what}" for mistake in ordered])
    return config


def json_schema() -> dict[str, Any]:
    """The JSON Schema of `luthier.yaml`, with every setting's docstring as its description."""
    schema = Config.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "luthier.yaml"}


def _validate(text: SettingsText) -> tuple[Config | None, list[Mistake]]:
    mistakes, values = list(text.mistakes), text.values
    if values is None:
        return None, mistakes or [Mistake(1, "the file holds no settings")]
    if not isinstance(values, dict):
        kind = "a list" if isinstance(values, list) else "a single value"
        return None, [*mistakes, Mistake(1, f"the file must be a mapping of settings (name: value), and is {kind}")]
    mistakes += [
        Mistake(text.line(found.path), found.what) for check in (cross_checks, gaps) for found in check(values)
    ]
    try:
        config = Config.model_validate(values, strict=True)
    except ValidationError as error:
        mistakes += [Mistake(text.line(path), what) for path, what in sentences(error, Config, values)]
        return None, mistakes
    return config, mistakes
