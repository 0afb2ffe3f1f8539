"""Which curated data a project has had: `.luthier/curations.jsonl`, a line whenever another became current."""

from __future__ import annotations

from dataclasses import dataclass

from luthier.errors import RequestError
from luthier.store import journal
from luthier.store.artefacts import Artefact, ArtefactStore

FILE = "curations.jsonl"


@dataclass(frozen=True, slots=True)
class Current:
    """A curation that became current, and when: ISO 8601, UTC."""

    key: str
    when: str


def remember(store: ArtefactStore, key: str) -> None:
    """Notes that `key` is the current curation, unless it was already."""
    known = keys(store)
    if not known or known[-1] != key:
        journal.append(store.root / FILE, Current(key, journal.utc_now()))


def keys(store: ArtefactStore) -> list[str]:
    """The keys that were current, the newest last. Raises `LuthierError` for a line that is no curation."""
    noted = journal.entries(store.root / FILE, Current, what="the line is not a curation", fix="Take the line out")
    return [current.key for current in noted]


def find(store: ArtefactStore, name: str) -> Artefact:
    """The curation of that key, or of the beginning of one; `current` is the newest, `previous` the one before it.

    Raises `RequestError` where there is none, or several.
    """
    made = store.keys("curate")
    past = [key for key in keys(store) if key in made]
    if name == "current" and past:
        name = past[-1]
    elif name == "previous":
        earlier = [key for key in past if key != past[-1]]
        if not earlier:
            raise RequestError("there is only one version of the data", fix="Run `luthier curate` after a change first")
        name = earlier[-1]
    matching = sorted(key for key in made if key.startswith(name))
    if len(matching) != 1:
        what = f"there are {len(matching)}" if matching else "there is no"
        listed = ", ".join(reversed(list(dict.fromkeys(past)))) or "none yet"
        raise RequestError(f"{what} version of the data '{name}'", fix=f"Versions, the newest first: {listed}")
    found = store.find("curate", matching[0])
    assert found is not None
    return found
