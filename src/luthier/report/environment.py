"""How the pages and the model card are filled in: one environment, in which a name that is missing is a mistake."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from luthier.report import wording


def page_environment() -> Environment:
    """Of HTML pages, where every text is escaped."""
    environment = _environment(autoescape=True)
    environment.filters.update(signed=wording.signed, breakable=_breakable)
    return environment


def card_environment() -> Environment:
    """Of Markdown, where the template itself escapes what could be read as markup."""
    return _environment(autoescape=False)


def source(environment: Environment, name: str) -> str:
    """A file of the templates folder as it is; styles and scripts are no templates."""
    loader = environment.loader
    assert loader is not None
    return loader.get_source(environment, name)[0]


def as_json(content: Any) -> Markup:
    """JSON that can stand inside a script element: nothing in it can close the element or open a comment."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def security_policy(scripts: Iterable[str]) -> str:
    """A content security policy that lets these very scripts run, and nothing be fetched.

    Plotly writes style attributes and draws heat maps as embedded images, so these two are let in.
    """
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{digest}'" for digest in hashes)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _environment(*, autoescape: bool) -> Environment:
    environment = Environment(
        loader=PackageLoader("luthier.report"),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(count=wording.count, words=wording.words)
    return environment


def _breakable(text: str) -> Markup:
    """A text that may go on in a new line behind each underscore, as long labels must on a narrow page."""
    return Markup("_<wbr>").join(text.split("_"))
