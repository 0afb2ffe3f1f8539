"""YAML read with the line of every setting.

Plain words are read as YAML 1.2's core schema reads them: only `true` and `false` are booleans, so a label `no` stays
a label, and `1e-4` is a number. Keys are always text. Neither tags nor code are understood.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

import yaml

Path = tuple[str | int, ...]

_PREFIX = "tag:yaml.org,2002:"
_PLAIN_NAMES = ("str", "int", "float", "bool", "null", "timestamp", "merge", "value", "map", "seq")
# The tags that PyYAML gives to what carries none; which type a word has is decided here, not there.
_PLAIN_TAGS = {_PREFIX + name for name in _PLAIN_NAMES}
_NULL = re.compile(r"~|null|Null|NULL|")
_BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong in a settings file. Lines count from 1."""

    line: int
    what: str


@dataclass(slots=True)
class SettingsText:
    """A settings file as values and lines. `values` is None where the text is no YAML at all."""

    values: Any = None
    mistakes: list[Mistake] = field(default_factory=list)
    _root: yaml.Node | None = None

    def line(self, path: Path) -> int:
        """The line that `path` begins on: its key's, or its item's; for what is not there, its nearest parent's."""
        node, line = self._root, _line(self._root) if self._root else 1
        for part in path:
            step = _step(node, part)
            if step is None:
                break
            node, line = step
        return line


def read_settings_text(path: FilePath) -> SettingsText:
    """Reads a file; what is wrong with it as YAML is in the result's `mistakes`."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return SettingsText(mistakes=[Mistake(line, "the file is not UTF-8 text")])
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        return SettingsText(mistakes=[_syntax_mistake(error, text)])
    if root is None:
        return SettingsText(mistakes=[Mistake(1, "the file is empty")])
    result = SettingsText(_root=root)
    result.values = _build(root, result.mistakes, ())
    return result


def _build(node: yaml.Node, mistakes: list[Mistake], parents: tuple[yaml.Node, ...]) -> Any:
    if node in parents:
        mistakes.append(Mistake(_line(node), "an alias refers to what contains it"))
        return None
    if node.tag not in _PLAIN_TAGS:
        mistakes.append(Mistake(_line(node), f"the tag {node.tag.replace(_PREFIX, '!!')} is not understood"))
    inside = (*parents, node)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, mistakes, inside)
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, mistakes, inside) for item in node.value]
    return _scalar(node)


def _mapping(node: yaml.MappingNode, mistakes: list[Mistake], inside: tuple[yaml.Node, ...]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            mistakes.append(Mistake(_line(key), "a setting's name must be one word, not a list or mapping"))
            continue
        if key.value in lines:
            what = f"{key.value} is given twice; line {lines[key.value]} has it already"
            mistakes.append(Mistake(_line(key), what))
        lines[key.value] = _line(key)
        values[key.value] = _build(value, mistakes, inside)
    return values


def _scalar(node: yaml.Node) -> str | int | float | bool | None:
    """A word as text, number, truth or nothing. `style` is None for words without quotes."""
    text: str = node.value
    if getattr(node, "style", None) is not None:
        return text
    if _NULL.fullmatch(text):
        return None
    if _BOOLEAN.fullmatch(text):
        return text.lower() == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _step(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node, int] | None:
    """The node one step down, and its line. Of a key given twice, the last."""
    if isinstance(node, yaml.MappingNode):
        for key, value in reversed(node.value):
            if key.value == part:
                return value, _line(key)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], _line(node.value[part])
    return None


def _syntax_mistake(error: yaml.YAMLError, text: str) -> Mistake:
    """PyYAML's complaint in words about the text rather than about its scanner."""
    if isinstance(error, yaml.reader.ReaderError):
        line = text[: error.position].count("\n") + 1
        return Mistake(line, "there is a control character in the file, which YAML forbids")
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line + 1 if mark else 1
    problem = str(getattr(error, "problem", None) or error)
    if "'\\t'" in problem:
        return Mistake(line, "there is a tab where YAML wants spaces; indent with spaces")
    if "expected a single document" in str(error):
        return Mistake(line, "a second document begins here (---); a settings file has one")
    return Mistake(line, f"this is not valid YAML: {problem}")


def _line(node: yaml.Node) -> int:
    line: int = node.start_mark.line + 1
    return line
