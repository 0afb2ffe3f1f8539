"""Keeps transformers' own notices and bars out of logs: they speak of files a user never sees."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def hushed_transformers(*, bars: bool) -> Iterator[None]:
    """Without transformers' notices, and without its bars unless wanted: in a log they are a line each step."""
    from transformers.utils import logging as untyped

    logging: Any = untyped
    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        with contextlib.nullcontext() if bars else contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        logging.set_verbosity(verbosity)
