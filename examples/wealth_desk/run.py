"""The wealth desk from nothing to a report: the commands you would type, one after another, each shown before it runs.

    python examples/wealth_desk/run.py --size demo --out build/demo

Stopped, it goes on when run again: a project that is there is not begun anew, and no finished stage is repeated.
"""

from __future__ import annotations

import argparse
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

from luthier.progress import duration

HERE = Path(__file__).parent
SIZES = {  # size: settings, examples of each task
    "demo": ("luthier.yaml", 975),
    "full": ("full.yaml", 6000),
}
SEED = 17


def main() -> int:
    """Runs the commands; the exit code is that of the first that fails, else 0."""
    parser = argparse.ArgumentParser(description="Takes the sample wealth desk through one whole round.")
    parser.add_argument("--size", choices=SIZES, default="demo", help="demo: minutes; full: hours")
    parser.add_argument("--out", type=Path, default=Path("build/demo"), metavar="DIR", help="where the project goes")
    asked = parser.parse_args()
    started = time.monotonic()
    for command in commands(asked.size, asked.out):
        print(f"$ luthier {shlex.join(command)}", flush=True)
        code = subprocess.run([sys.executable, "-m", "luthier.cli", *command], check=False).returncode
        if code:
            return code
    print(f"{duration(time.monotonic() - started)} in all")
    print(f"Report: {asked.out / 'report' / 'index.html'}")
    return 0


def commands(size: str, out: Path) -> list[list[str]]:
    """What is left to run: beginning the project, unless it is there, and one round with the test split opened."""
    settings, examples = SIZES[size]
    init = ["init", str(out), "--template", str(HERE / settings), "--sample", "wealth_desk"]
    init += ["--examples", str(examples), "--seed", str(SEED)]
    cycle = ["cycle", "--project", str(out), "--open-test"]
    if not (out / "luthier.yaml").exists():
        return [init, cycle]
    print(f"{out} is there already and goes on with its own settings and files; remove it to begin anew", flush=True)
    return [cycle]


if __name__ == "__main__":
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is answered by the command that runs
    sys.exit(main())
