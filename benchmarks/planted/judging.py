"""Holds a curated firm's findings against the truth of what was planted in it.

Every measure is four counts: `planted` and, of those, `found`; `claimed` and, of those, `right`. Recall is found over
planted, precision right over claimed. A trap's measure is how many there are and how many were taken for a defect.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from luthier.records import Document, Example, Finding
from luthier.store.artefacts import Artefact
from planted.spans import Span, covered, placed

Counts = dict[str, int]
Pair = frozenset[str]
CONTRADICTION = ("contradiction.", "label.conflict")
"""Of examples, the one where the same is asked in other words, the other where the very same is asked."""
WRONG_LABEL = ("label.wrong", "label.surplus", "label.missing")
VARIANT_CODES = {
    "duplicate.exact": ("duplicate.",),
    "duplicate.near": ("duplicate.",),
    "outdated": ("expiry.",),
    "contradiction": CONTRADICTION,
    "leakage": ("leakage.",),
    "ocr_noise": ("quality.",),
}
TRAP_CODES = {
    "template_twin": "duplicate.",
    "legitimate_repeat": "duplicate.",
    "old_but_valid": "expiry.",
    "yearly_report": "expiry.",
    "valid_for_long": "expiry.",
    "ambiguous_date": "expiry.",
    "other_thing_ends": "expiry.",
    "supersedes_nothing": "expiry.",
    "replacement": "expiry.",
    "scope_differs": "contradiction.",
    "price_change": "contradiction.",
    "same_value": "contradiction.",
    "other_subject": "contradiction.",
    "one_off": "boilerplate.",
    "dense": "quality.",
    "not_private": "privacy.",
    "near_miss": "contradiction.",
}
UNSTRUCTURED = ("privacy.name", "privacy.address", "privacy.location")
REPAIRED = "normalise.encoding"
VETOED = "duplicate.vetoed"
"""The rule decided against: no claim is made."""
MAY_GO = frozenset({"outdated", "ocr_noise", "wrong_label", "leakage"})
"""Records with these defects may be taken away, and one of each duplicate or contradicting pair."""


@dataclass(frozen=True, slots=True)
class Firm:
    """What was planted, what came in, what was found, what was kept."""

    truth: list[dict[str, Any]]
    texts: dict[str, str]
    examples: set[str]
    findings: list[Finding]
    kept: dict[str, str]
    cells: dict[str, str]
    """Profile cell of the papers, named as the truth does -> what coverage says of it: under, over, fits."""

    @classmethod
    def read(cls, folder: Path, ingested: Artefact, curated: Artefact) -> Firm:
        """The firm in `folder`, with what its project's stages left."""
        truth = [json.loads(line) for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
        kept = {document.id: document.text for document in curated.records("documents", Document)}
        kept |= {example.id: "" for example in curated.records("examples", Example)}
        return cls(
            truth=truth,
            texts={document.id: document.text for document in ingested.records("documents", Document)},
            examples={example.id for example in ingested.records("examples", Example)},
            findings=list(curated.records("findings", Finding)),
            kept=kept,
            cells={_cell(row["cell"]): row["state"] for row in curated.json("coverage")["documents"]["cells"]},
        )

    def planted(self, kind: str, record_kind: str = "document") -> list[dict[str, Any]]:
        return [row for row in self.truth if row["kind"] == kind and row["record_kind"] == record_kind]

    def found(self, prefixes: str | tuple[str, ...], record_kind: str = "document") -> list[Finding]:
        return [
            finding
            for finding in self.findings
            if finding.code.startswith(prefixes) and finding.record_kind == record_kind and finding.code != VETOED
        ]


def judge(firm: Firm) -> dict[str, Counts]:
    """Measure -> counts."""
    return {
        "duplicate.exact": _pairs(firm, ("duplicate.exact",), "duplicate.exact", ("duplicate.exact",)),
        "duplicate.near": _pairs(firm, ("duplicate.near",), "duplicate.near", ("duplicate.near", "duplicate.exact")),
        "outdated": _outdated(firm),
        "contradiction, documents": _contradictions(firm, "document"),
        "contradiction, examples": _contradictions(firm, "example"),
        "boilerplate": _boilerplate(firm),
        "mojibake": _mojibake(firm),
        "ocr_noise": _noise(firm),
        "private, structured": _private(firm, structured=True),
        "private, names and addresses": _private(firm, structured=False),
        "wrong_label": _wrong_labels(firm),
        "leakage": _leakage(firm),
        "skewed_profile": _skewed(firm),
        **{f"trap {kind}": _trap(firm, kind, prefix) for kind, prefix in TRAP_CODES.items()},
        "trap accents": _accents(firm),
        "merged twins": _merged_twins(firm),
        "lost documents": _lost(firm, set(firm.texts)),
        "lost examples": _lost(firm, firm.examples),
        **_recall_by_variant(firm),
    }


def pair_of(finding: Finding) -> Pair:
    return frozenset({finding.record_id, finding.counterpart_id or ""})


def _true_pairs(rows: Iterable[dict[str, Any]]) -> set[Pair]:
    return {frozenset({row["record_id"], row["counterpart_id"]}) for row in rows}


def _claims(firm: Firm, prefixes: tuple[str, ...], record_kind: str = "document") -> set[Pair]:
    return {pair_of(finding) for finding in firm.found(prefixes, record_kind)}


def _pairs(firm: Firm, claiming: tuple[str, ...], kind: str, accepted: tuple[str, ...]) -> Counts:
    """Duplicates. A near one that another rule's normalising made exact is found; either kind of pair is right."""
    planted = _true_pairs(firm.planted(kind))
    either = planted | _true_pairs(firm.planted("duplicate.exact")) | _true_pairs(firm.planted("duplicate.near"))
    claimed = _claims(firm, claiming)
    return _counts(planted, planted & _claims(firm, accepted), claimed, claimed & either)


def _counts(planted: set[Any], found: set[Any], claimed: set[Any], right: set[Any]) -> Counts:
    return {"planted": len(planted), "found": len(found), "claimed": len(claimed), "right": len(right)}


def _outdated(firm: Firm) -> Counts:
    """A paper with a sentence that holds for a period in the past may be called outdated or not."""
    planted = {row["record_id"] for row in firm.planted("outdated")}
    neutral = {identity for pair in _true_pairs(firm.planted("price_change")) for identity in pair}
    claimed = {finding.record_id for finding in firm.found("expiry.")} - neutral
    return _counts(planted, planted & claimed, claimed, planted & claimed)


def _contradictions(firm: Firm, record_kind: str) -> Counts:
    planted = _true_pairs(firm.planted("contradiction", record_kind))
    claimed = _claims(firm, CONTRADICTION, record_kind)
    return _counts(planted, planted & claimed, claimed, planted & claimed)


def _spans(firm: Firm, findings: Iterable[Finding]) -> dict[str, list[Span]]:
    """Where the findings' pieces stand in the texts as they came in; a finding without a piece covers the whole."""
    spans: defaultdict[str, list[Span]] = defaultdict(list)
    for finding in findings:
        spans[finding.record_id].append(placed(firm.texts[finding.record_id], finding))
    return spans


def _of_truth(rows: Iterable[dict[str, Any]]) -> dict[str, list[Span]]:
    spans: defaultdict[str, list[Span]] = defaultdict(list)
    for row in rows:
        spans[row["record_id"]].append((row["start"], row["end"]))
    return spans


def _by_spans(
    firm: Firm, planted: dict[str, list[Span]], claimed: dict[str, list[Span]], of: dict[str, list[Span]]
) -> Counts:
    """`of` is what a claim may rightly cover; it may be more than what is counted as planted."""
    texts = firm.texts
    found = sum(covered(texts[key], span, claimed.get(key, ())) for key, spans in planted.items() for span in spans)
    right = sum(covered(texts[key], span, of.get(key, ())) for key, spans in claimed.items() for span in spans)
    return {
        "planted": sum(map(len, planted.values())),
        "found": found,
        "claimed": sum(map(len, claimed.values())),
        "right": right,
    }


def _boilerplate(firm: Firm) -> Counts:
    """A form's own lines, a letter's closing among them, may go or stay."""
    planted, frames = _of_truth(firm.planted("boilerplate")), _of_truth(firm.planted("frame"))
    claimed = {
        key: [span for span in spans if not covered(firm.texts[key], span, frames.get(key, ()))]
        for key, spans in _spans(firm, firm.found("boilerplate.")).items()
    }
    either = {key: [*planted.get(key, ()), *frames.get(key, ())] for key in claimed}
    return _by_spans(firm, planted, claimed, either)


def _private(firm: Firm, *, structured: bool) -> Counts:
    """Names and addresses stand in every paper, planted or not, so of them only recall is measured."""
    everything = firm.planted("private")
    open_kinds = {"name", "address"}
    rows = [row for row in everything if (row["variant"] in open_kinds) != structured]
    findings = firm.found("privacy.")
    if not structured:
        counts = _by_spans(firm, _of_truth(rows), _spans(firm, findings), {})
        return counts | {"claimed": 0, "right": 0}
    claims = [finding for finding in findings if not finding.code.startswith(UNSTRUCTURED)]
    return _by_spans(firm, _of_truth(rows), _spans(firm, claims), _of_truth(everything))


def _words(text: str) -> set[str]:
    """The words with a letter beyond ASCII."""
    return {word for word in re.findall(r"[^\W\d_]+", text) if not word.isascii()}


def _restored(firm: Firm, row: dict[str, Any]) -> bool:
    """Whether every accented word of the right text is in the kept one."""
    return _words(row["before"]) <= _words(firm.kept.get(row["record_id"], ""))


def _mojibake(firm: Firm) -> Counts:
    rows = firm.planted("mojibake")
    planted = {row["record_id"] for row in rows}
    restored = {row["record_id"] for row in rows if _restored(firm, row)}
    said = {finding.record_id for finding in firm.findings if finding.code == REPAIRED}
    spoilt = {row["record_id"] for row in firm.planted("accents") if not _as_it_was(firm, row)}
    return _counts(planted, restored, (said - planted) | spoilt | restored, restored)


def _as_it_was(firm: Firm, row: dict[str, Any]) -> bool:
    return _words(row["after"]) <= _words(firm.kept.get(row["record_id"], row["after"]))


def _accents(firm: Firm) -> Counts:
    rows = firm.planted("accents")
    return {"traps": len(rows), "caught": sum(not _as_it_was(firm, row) for row in rows)}


def _noise(firm: Firm) -> Counts:
    planted = {row["record_id"] for row in firm.planted("ocr_noise")}
    neutral = {row["record_id"] for row in firm.planted("mojibake")}
    claimed = {finding.record_id for finding in firm.found("quality.")} - neutral
    return _counts(planted, planted & claimed, claimed, planted & claimed)


def _wrong_labels(firm: Firm) -> Counts:
    """Of one input with two labels either may be suspected: such pairs count among the contradictions only."""
    pairs = {identity for pair in _true_pairs(firm.planted("contradiction", "example")) for identity in pair}
    planted = {row["record_id"] for row in firm.planted("wrong_label", "example")} - pairs
    claimed = {finding.record_id for finding in firm.found(WRONG_LABEL, "example")} - pairs
    return _counts(planted, planted & claimed, claimed, planted & claimed)


def _leakage(firm: Firm) -> Counts:
    planted, claimed = _true_pairs(firm.planted("leakage", "example")), _leak_claims(firm)
    return _counts(planted, planted & claimed, claimed, planted & claimed)


def _leak_claims(firm: Firm) -> set[Pair]:
    """A duplicate that stands in both files is a leak that was found, whichever rule says so."""
    same = _claims(firm, ("duplicate.",), "example")
    across = {pair for pair in same if len({identity.partition(":")[0] for identity in pair}) == 2}
    return _claims(firm, ("leakage.",), "example") | across


def _cell(words: str) -> str:
    """A cell as the truth names it: its fields in the order in which the firm declares them."""
    pairs = dict(pair.split("=", 1) for pair in words.split(", "))
    return "|".join(f"{field}={pairs[field]}" for field in ("segment", "region") if field in pairs)


def _skewed(firm: Firm) -> Counts:
    """Cells of both fields: said to be over or under their declared share, and rightly so where it is that way."""
    drawn = {row["record_id"]: (float(row["before"]), float(row["after"].split()[0])) for row in firm.truth
             if row["kind"] == "skewed_profile"}  # fmt: skip
    planted = {(cell, "over" if share > declared else "under") for cell, (declared, share) in drawn.items()}
    claimed = {(cell, state) for cell, state in firm.cells.items() if "|" in cell and state in {"over", "under"}}
    return _counts(planted, planted & claimed, claimed, planted & claimed)


def _trap(firm: Firm, kind: str, prefix: str) -> Counts:
    rows = [row for row in firm.truth if row["kind"] == kind]
    findings = [*firm.found(prefix), *firm.found(prefix, "example")]
    if kind == "not_private":
        findings = [finding for finding in findings if not finding.code.startswith(UNSTRUCTURED)]
    if prefix in {"boilerplate.", "privacy."}:
        spans = _spans(firm, (finding for finding in findings if finding.record_kind == "document"))
        caught = sum(any(_meets(row, span) for span in spans.get(row["record_id"], ())) for row in rows)
    elif prefix in {"duplicate.", "contradiction."}:
        claimed = {pair_of(finding) for finding in findings}
        caught = sum(frozenset({row["record_id"], row["counterpart_id"]}) in claimed for row in rows)
    else:
        named = {finding.record_id for finding in findings}
        caught = sum(row["record_id"] in named for row in rows)
    return {"traps": len(rows), "caught": caught}


def _meets(row: dict[str, Any], span: Span) -> bool:
    return bool(span[0] < row["end"] and row["start"] < span[1])


def _merged_twins(firm: Firm) -> Counts:
    """Twins that a rule would take away as duplicates, of anything."""
    twins = {identity for pair in _true_pairs(firm.planted("template_twin")) for identity in pair}
    gone = {f.record_id for f in firm.found("duplicate.") if f.action in {"drop", "merge"}} & twins
    return {"traps": len(twins), "caught": len(gone)}


def _lost(firm: Firm, among: set[str]) -> Counts:
    """Records that are gone and should not be: those without a defect that asks for it, and the last of a pair."""
    may_go = {row["record_id"] for row in firm.truth if row["kind"] in MAY_GO}
    gone = among - set(firm.kept)
    pairs = [row for row in firm.truth if row["kind"] in {"duplicate.exact", "duplicate.near", "contradiction"}]
    for row in pairs:
        members = {row["record_id"], row["counterpart_id"]}
        if len(members & gone) == 1:
            may_go |= members
    return {"traps": len(among - may_go), "caught": len(gone - may_go)}


def _recall_by_variant(firm: Firm) -> dict[str, Counts]:
    """For looking into: how much of each variant was found."""
    rows: defaultdict[str, Counts] = defaultdict(lambda: {"variants": 0, "found": 0})
    for kind, prefixes in VARIANT_CODES.items():
        findings = [*firm.found(prefixes), *firm.found(prefixes, "example")]
        pairs = _leak_claims(firm) if kind == "leakage" else map(pair_of, findings)
        named = {identity for pair in pairs for identity in pair}
        own = {finding.record_id for finding in findings}
        for row in firm.truth:
            if row["kind"] == kind:
                counts = rows[f"variant {kind} {row['variant']}"]
                counts["variants"] += 1
                counts["found"] += row["record_id"] in (own if kind == "outdated" else named)
    claims = _spans(firm, firm.found("boilerplate.") + firm.found("privacy."))
    for row in firm.truth:
        if row["kind"] in {"boilerplate", "private"}:
            counts = rows[f"variant {row['kind']} {row['variant']}"]
            counts["variants"] += 1
            spans = claims.get(row["record_id"], ())
            counts["found"] += covered(firm.texts[row["record_id"]], (row["start"], row["end"]), spans)
    return dict(rows)
