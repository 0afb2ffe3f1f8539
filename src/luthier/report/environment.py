"""How the pages and the model card are filled in: one environment, in which a name that is missing is a mistake."""

from __future__ import annotations

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
