"""The command line: `luthier COMMAND`, one file a stage, thin over `luthier.project`.

Exit codes: 0 done, 1 the work failed or was refused, 2 the request was wrong, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import errno
import os
import sys
import warnings
from collections.abc import Sequence

STOPPED = 130
# A disk that is full or may not be written to is the user's to put right; any other OSError is ours.
DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS)


def main() -> None:
    """The entry point of the `luthier` command."""
    if not sys.warnoptions:  # libraries' notes to programmers; `python -W default -m luthier.cli` shows them
        warnings.simplefilter("ignore")
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Runs one command line and returns its exit code. What is wrong goes to standard error, one line a mistake."""
    import typer

    from luthier.cli.app import app
    from luthier.errors import LuthierError

    command = typer.main.get_command(app)
    try:
        code = command.main(args=list(arguments), prog_name="luthier", standalone_mode=False)
    except LuthierError as error:
        return _complain(str(error), error.exit_code)
    except typer.TyperException as error:  # an unknown flag, a missing argument, no such command
        return _complain(_in_one_line(error), error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        code = STOPPED
    except BrokenPipeError:  # `luthier models list | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise
        return _complain(f"{error.filename or 'the disk'}: {str(error.strerror).lower()}", 1)
    if code == STOPPED:
        _complain("stopped; run the same command again: it goes on from the last checkpoint or finished stage", STOPPED)
    return code if isinstance(code, int) else 0


def _complain(what: str, code: int) -> int:
    print(what, file=sys.stderr)
    return code


def _in_one_line(error: Exception) -> str:
    """A usage error with the command it is about: `luthier tune: no such option '--fsh'`."""
    message = " ".join(str(getattr(error, "format_message", error.__str__)()).split()).rstrip(".")
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "luthier"
    return f"{command}: {message[:1].lower()}{message[1:]} (see {command} --help)"
