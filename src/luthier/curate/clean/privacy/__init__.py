"""Private data: found by standards and checksums, then left, flagged, masked or given consistent pseudonyms.

`rule` is what the pipeline calls. A file each: `contact` (e-mail, links, IP), `phones`, `payment` (cards, IBANs,
accounts), `national_numbers` with its table `national_schemes`, `people` (names, dates of birth), `register` (names
that other records introduce), `addresses`, and the optional `presidio`. `pseudonyms` makes what stands in a value's
place.
"""

from luthier.curate.clean.privacy.presidio import Presidio
from luthier.curate.clean.privacy.pseudonyms import Pseudonyms, key_fingerprint, project_key
from luthier.curate.clean.privacy.register import KnownNames, names_introduced
from luthier.curate.clean.privacy.rule import (
    CODES,
    RULE,
    VERSION,
    clean_document,
    clean_example,
    find_private,
    find_structured,
)
from luthier.curate.clean.privacy.spans import KINDS, Kind, Span

__all__ = [
    "CODES",
    "KINDS",
    "RULE",
    "VERSION",
    "Kind",
    "KnownNames",
    "Presidio",
    "Pseudonyms",
    "Span",
    "clean_document",
    "clean_example",
    "find_private",
    "find_structured",
    "key_fingerprint",
    "names_introduced",
    "project_key",
]
