"""`python -m luthier.cli` is `luthier`."""

from luthier.cli import main

main()
