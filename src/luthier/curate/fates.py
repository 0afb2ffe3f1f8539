"""Which records go and which rule takes them: the first whose proposal is carried out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from luthier.curate.decisions import Decided
from luthier.curate.ledger import REMOVING, Kind
from luthier.records import Finding


class Fates:
    """Of each kind of record, by id: the rule that `removed` it, and the one that `proposed` to, both the first."""

    def __init__(self, decided: Decided) -> None:
        self.decided = decided
        self.removed: dict[Kind, dict[str, str]] = {"document": {}, "example": {}}
        self.proposed: dict[Kind, dict[str, str]] = {"document": {}, "example": {}}

    def see(self, record_id: str, kind: Kind, rule: str, code: str, action: str) -> None:
        """Takes one proposal."""
        self.decided.see(record_id, rule, code)
        if self.decided.removes(record_id, rule, code, action):
            self.removed[kind].setdefault(record_id, rule)
        elif action in REMOVING:
            self.proposed[kind].setdefault(record_id, rule)

    def carried_out(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Takes findings, and gives each back with the action that is carried out."""
        for finding in findings:
            self.see(finding.record_id, finding.record_kind, finding.rule, finding.code, finding.action)
            action = self.decided.action(finding.record_id, finding.rule, finding.code, finding.action)
            yield dataclasses.replace(finding, action=action)  # type: ignore[arg-type]

    def of(self, record_id: str, kind: Kind) -> tuple[str | None, str | None]:
        """The rule that removed a record, and, where none did, the one that would have."""
        gone = self.removed[kind].get(record_id)
        return gone, None if gone is not None else self.proposed[kind].get(record_id)
