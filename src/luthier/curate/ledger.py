"""The evidence ledger: every finding, in the order it was made, and what the findings add up to.

Rules only put findings here. What is removed is decided from them, once, in `Ledger.removed`; what came in must be
what was kept, dropped and merged together, or nothing is written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Literal

from luthier.errors import LuthierError
from luthier.records import Action, Finding

Kind = Literal["document", "example"]


class Ledger:
    """Findings, in order."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def add(self, findings: Iterable[Finding]) -> None:
        """Appends what a rule found."""
        self.findings.extend(findings)

    def removed(self, kind: Kind) -> dict[str, Action]:
        """The records that do not go on, by id, and how: the first finding that drops or merges a record decides."""
        removed: dict[str, Action] = {}
        for finding in self.findings:
            if finding.record_kind == kind and finding.action in ("drop", "merge"):
                removed.setdefault(finding.record_id, finding.action)
        return removed

    def counts(self, kind: Kind, came_in: int, kept: int) -> dict[str, int]:
        """How many records came in, were kept, dropped and merged, and how many of those kept were edited.

        Raises `LuthierError` where these do not add up.
        """
        removed = self.removed(kind)
        edited = {f.record_id for f in self.findings if f.record_kind == kind and f.action == "edit"} - removed.keys()
        dropped = sum(action == "drop" for action in removed.values())
        merged = len(removed) - dropped
        if came_in != kept + dropped + merged:
            raise LuthierError(
                f"{came_in} {kind}s came in, but {kept} kept, {dropped} dropped and {merged} merged make "
                f"{kept + dropped + merged}",
                fix=f"Make sure that every {kind} has an id of its own",
            )
        return {"in": came_in, "kept": kept, "dropped": dropped, "merged": merged, "edited": len(edited)}

    def by_rule(self) -> list[dict[str, Any]]:
        """How many examples and documents each rule's each reason touched, sorted."""
        touched: dict[tuple[str, int, str, str], dict[str, set[str]]] = defaultdict(
            lambda: {"example": set(), "document": set()}
        )
        for f in self.findings:
            touched[f.rule, f.rule_version, f.code, f.action][f.record_kind].add(f.record_id)
        return [
            {
                "rule": rule,
                "version": version,
                "code": code,
                "action": action,
                "examples": len(ids["example"]),
                "documents": len(ids["document"]),
            }
            for (rule, version, code, action), ids in sorted(touched.items())
        ]
