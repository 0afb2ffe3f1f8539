"""The evidence ledger: every finding, in the order it was made, and what the findings add up to.

Rules only propose. What is removed is decided from the findings, once, before they are written here; what came in must
be what was kept, dropped and merged together, or nothing is written. The findings themselves are on disk: in memory is
who was removed, and for each reason whom it touched, as hashes.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
import xxhash
from numpy.typing import NDArray

from luthier.errors import LuthierError
from luthier.records import Action, Finding

Kind = Literal["document", "example"]
Reason = tuple[str, int, str, str]  # rule, version, code, action
KINDS: tuple[Kind, ...] = ("document", "example")
REMOVING: tuple[Action, ...] = ("drop", "merge")  # of a record


class Ledger:
    """Counts findings as they pass, in order."""

    def __init__(self) -> None:
        self._removed: dict[Kind, dict[str, Action]] = {kind: {} for kind in KINDS}
        # whom each reason touched: 64 bits of each id, of which a million collide with a probability of 3e-8
        self._touched: dict[Reason, dict[Kind, array[int]]] = defaultdict(lambda: {kind: array("Q") for kind in KINDS})

    def add(self, findings: Iterable[Finding]) -> None:
        """Counts what a rule found."""
        for f in findings:
            self.see(f.record_id, f.record_kind, f.rule, f.rule_version, f.code, f.action)

    def see(self, record_id: str, kind: Kind, rule: str, version: int, code: str, action: Action) -> None:
        """Counts one finding."""
        if action in REMOVING:
            self._removed[kind].setdefault(record_id, action)
        touched, name = self._touched[rule, version, code, action][kind], _hash(record_id)
        if not touched or touched[-1] != name:
            touched.append(name)

    def removed(self, kind: Kind) -> dict[str, Action]:
        """The records that do not go on, by id, and how: the first finding that drops or merges a record decides."""
        return self._removed[kind]

    def counts(self, kind: Kind, came_in: int, kept: int) -> dict[str, int]:
        """How many records came in, were kept, dropped and merged, and how many of those kept were edited.

        Raises `LuthierError` where these do not add up.
        """
        removed = self.removed(kind)
        dropped = sum(action == "drop" for action in removed.values())
        merged = len(removed) - dropped
        if came_in != kept + dropped + merged:
            raise LuthierError(
                f"{came_in} {kind}s came in, but {kept} kept, {dropped} dropped and {merged} merged make "
                f"{kept + dropped + merged}",
                fix=f"Make sure that every {kind} has an id of its own",
            )
        edits = [_distinct(of[kind]) for (_, _, _, action), of in self._touched.items() if action == "edit"]
        edited = np.unique(np.concatenate([np.zeros(0, dtype=np.uint64), *edits]))
        gone = np.array([_hash(record_id) for record_id in removed], dtype=np.uint64)
        return {
            "in": came_in,
            "kept": kept,
            "dropped": dropped,
            "merged": merged,
            "edited": int(np.setdiff1d(edited, gone).size),
        }

    def by_rule(self) -> list[dict[str, Any]]:
        """How many examples and documents each rule's each reason touched, sorted."""
        return [
            {
                "rule": rule,
                "version": version,
                "code": code,
                "action": action,
                "examples": int(_distinct(of["example"]).size),
                "documents": int(_distinct(of["document"]).size),
            }
            for (rule, version, code, action), of in sorted(self._touched.items())
        ]


def _hash(record_id: str) -> int:
    return xxhash.xxh3_64_intdigest(record_id.encode(errors="surrogatepass"))


def _distinct(names: array[int]) -> NDArray[np.uint64]:
    return np.unique(np.frombuffer(names, dtype=np.uint64)) if names else np.zeros(0, dtype=np.uint64)
