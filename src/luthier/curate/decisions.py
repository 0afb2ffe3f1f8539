"""What people decided about records, beside what rules propose: appended, never changed, and always the last word.

`.luthier/decisions.jsonl` has a line a decision: what (a record, or every record found for a reason), restored, removed
or no longer decided, by whom, when and why. The newest decision about a record holds; one about a record outweighs one
about a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from luthier.config import Remove
from luthier.curate.ledger import REMOVING, Kind
from luthier.records import Finding
from luthier.store import journal

FILE = "decisions.jsonl"
RULE = "decisions"
VERSION = 2
CODES = {
    "decision.restored": "A person decided that the record stays, whatever rules propose.",
    "decision.removed": "A person decided that the record goes.",
    "decision.original": "A person decided that the record keeps the text that it came in with.",
}
What = Literal["restore", "remove", "undo"]
Target = Literal["record", "reason"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One line. `target` is a record's id, or a reason code or rule; `original` restores the ingested text too:
    of the record, or of every record that was found for the reason."""

    what: What
    target: str
    about: Target
    original: bool = False
    who: str
    when: str  # ISO 8601, UTC
    why: str = ""

    def __post_init__(self) -> None:
        if self.what not in get_args(What) or self.about not in get_args(Target):
            raise ValueError(f"no decision: {self.what} {self.about}")


def append(folder: Path, decision: Decision) -> None:
    """Adds a decision to the file in `folder`; it is on the disk when this returns."""
    journal.append(folder / FILE, decision)


def read(folder: Path) -> list[Decision]:
    """All decisions, in order. Raises `LuthierError` for a line that is none."""
    return journal.entries(folder / FILE, Decision, what="the line is not a decision", fix="Take the line out")


class Decided:
    """The decisions in force, and with them which proposals are carried out."""

    def __init__(self, decisions: Iterable[Decision], remove: Remove) -> None:
        self.records: dict[str, Decision] = {}
        self.reasons: dict[str, Decision] = {}
        self.originals: set[str] = set()
        """Records that keep the text they came in with; those of a reason are known when their findings are seen."""
        self._remove = remove
        for decision in decisions:
            decided = self.records if decision.about == "record" else self.reasons
            decided.pop(decision.target, None)
            if decision.what != "undo":
                decided[decision.target] = decision
        self.originals |= {target for target, decision in self.records.items() if decision.original}

    def in_force(self) -> list[Decision]:
        """The decisions in force, by target."""
        return [decided[target] for decided in (self.records, self.reasons) for target in sorted(decided)]

    def see(self, record_id: str, rule: str, code: str) -> None:
        """Takes a finding, for the reasons whose records keep the text that they came in with."""
        decision = self.reasons.get(code) or self.reasons.get(rule)
        if decision is not None and decision.original and record_id not in self.records:
            self.originals.add(record_id)

    def removes(self, record_id: str, rule: str, code: str, action: str) -> bool:
        """Whether a finding takes its record away."""
        own = self.records.get(record_id)
        if own is not None and own.what == "restore":
            return False
        by_reason = self.reasons.get(code) or self.reasons.get(rule)
        if by_reason is not None:
            return by_reason.what == "remove"
        return action in REMOVING and bool(getattr(self._remove, rule, False))

    def action(self, record_id: str, rule: str, code: str, action: str) -> str:
        """What becomes of a finding's proposal: a removal that is not carried out is a flag."""
        if self.removes(record_id, rule, code, action):
            return action if action in REMOVING else "drop"
        if action in REMOVING:
            return "flag"
        return "flag" if action == "edit" and record_id in self.originals else action

    def findings(self, kinds: dict[str, Kind]) -> Iterator[Finding]:
        """The decisions about records as findings, by id; `kinds` holds the records that are there."""
        for record_id in sorted(self.records.keys() & kinds.keys()):
            decision = self.records[record_id]
            if decision.what == "remove":
                yield _finding(record_id, kinds[record_id], "decision.removed", decision)
                continue
            yield _finding(record_id, kinds[record_id], "decision.restored", decision)
            if decision.original:
                yield _finding(record_id, kinds[record_id], "decision.original", decision)


def _finding(record_id: str, kind: Kind, code: str, decision: Decision) -> Finding:
    why = f": {decision.why}" if decision.why else ""
    return Finding(
        record_id=record_id,
        record_kind=kind,
        rule=RULE,
        rule_version=VERSION,
        code=code,
        action="drop" if decision.what == "remove" else "assign",
        reason=f"{CODES[code].rstrip('.')} ({decision.who}, {decision.when}){why}",
    )
