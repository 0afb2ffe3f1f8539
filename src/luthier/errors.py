"""Everything that can go wrong and that a person can put right.

An error says what was wrong, where (file, row, field) and what to do about it. The command line prints it in one
line, without a traceback, and exits with the class's `exit_code`.
"""

from __future__ import annotations

from collections.abc import Sequence


class LuthierError(Exception):
    """The base of every error that is addressed to a user.

    Args:
        what: what was wrong, as a sentence without its full stop.
        where: the place, such as `statements.csv, row 12, field "amount"`.
        fix: what to do, as an imperative sentence without its full stop.
    """

    exit_code = 1  # the work failed, or was refused

    def __init__(self, what: str, *, where: str | None = None, fix: str | None = None) -> None:
        self.what, self.where, self.fix = what, where, fix
        super().__init__(what)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what}" + (f". {self.fix}" if self.fix else "")


class RequestError(LuthierError):
    """The request itself was wrong: an unknown name, a missing file, a setting out of range."""

    exit_code = 2


class ConfigError(RequestError):
    """`luthier.yaml` has mistakes; each is one line that names the line number and, where there is one, the fix."""

    def __init__(self, path: str, mistakes: Sequence[str]) -> None:
        self.path, self.mistakes = path, tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


class SourceError(LuthierError):
    """One file, or one row of it, could not be read. Ingestion records it and goes on."""


class RefusedError(LuthierError):
    """A check before the work found that it should not start."""
