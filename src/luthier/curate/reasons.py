"""Every reason that a rule can give, and what it means in one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from luthier.curate import decisions, links
from luthier.curate.compare import contradictions, duplicates, expiry, leakage, wrong_labels
from luthier.curate.passes.cleaning import RULES

BY_RULE: Mapping[str, Mapping[str, str]] = {
    rule.RULE: rule.CODES
    for rule in (*RULES.values(), duplicates, leakage, expiry, contradictions, wrong_labels, links, decisions)
}
DECIDABLE: Mapping[str, Mapping[str, str]] = {
    rule: codes for rule, codes in BY_RULE.items() if rule not in ("normalise", "boilerplate", "decisions")
}
"""Rules and reasons that records can be restored or removed by. What other rules do is switched in luthier.yaml."""
UNDOABLE: Mapping[str, Mapping[str, str]] = {rule: codes for rule, codes in BY_RULE.items() if rule != "decisions"}
"""Rules and reasons whose records can get back the text that they came in with."""


def meanings(reasons: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What each of these reasons, given as (rule, code), says; one that explains itself, as a split's, is left out."""
    said = ((code, BY_RULE[rule][code]) for rule, code in reasons if rule in BY_RULE)
    return {code: f"{sentence[0].upper()}{sentence[1:].rstrip('.')}." for code, sentence in said}
