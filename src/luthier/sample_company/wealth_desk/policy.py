"""The firm's compliance policy: its limits, the flags that follow from them, and its text.

`flags` is the only place where a flag is decided, from facts alone.
"""

from __future__ import annotations

import datetime as dt

from luthier.sample_company.wealth_desk.catalogue import BY_NAME, FIRM, NOTICE
from luthier.sample_company.wealth_desk.facts import Profile, RiskFacts

HOLDING_LIMIT: dict[Profile, int] = {"cautious": 20, "balanced": 30, "growth": 40}
"""Profile -> the largest weight, in per cent, that one holding may have."""
CLASS_LIMIT: dict[Profile, int] = {"cautious": 2, "balanced": 3, "growth": 4}
"""Profile -> the highest product risk class that may be recommended."""
PROFILE_MONTHS = 24
SOURCE_LIMIT = 50
"""Thousands of euros of new money above which its source must be evidenced."""

LABELS = {
    "concentration": "the largest holding is above 20% (cautious), 30% (balanced) or 40% (growth)",
    "unsuitable_product": "a recommended product's risk class is above 2 (cautious), 3 (balanced) or 4 (growth)",
    "missing_disclosure": "an Alder product was recommended and the disclosure for that very product is not delivered",
    "stale_risk_profile": "the risk profile was more than 24 months old at the meeting",
    "liquidity_shortfall": "the client needs more money within 12 months than there is cash",
    "vulnerable_client": "the client shows signs of vulnerability and no support was in place",
    "missing_consent": "someone other than the client gave the instruction and no power of attorney is on file",
    "source_of_funds": "more than EUR 50k of new money came in and its source is not evidenced",
}


def months_between(earlier: dt.date, later: dt.date) -> int:
    """Whole calendar months from one month to another."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def flags(facts: RiskFacts) -> tuple[str, ...]:
    """The flags that the policy gives to these facts, in the order of `LABELS`."""
    product = BY_NAME[facts.product] if facts.product and facts.recommended else None
    delivered = {disclosure.product for disclosure in facts.disclosures if disclosure.delivered}
    raised = {
        "concentration": facts.largest.weight > HOLDING_LIMIT[facts.profile],
        "unsuitable_product": product is not None and product.risk_class > CLASS_LIMIT[facts.profile],
        "missing_disclosure": product is not None and product.in_house and product.name not in delivered,
        "stale_risk_profile": months_between(facts.profiled, facts.meeting) > PROFILE_MONTHS,
        "liquidity_shortfall": bool(facts.need_within_year) and (facts.need or 0) > facts.cash.value,
        "vulnerable_client": facts.vulnerable == "client" and not facts.supported,
        "missing_consent": bool(facts.instructed_by_third_party) and not facts.mandate_on_file,
        "source_of_funds": (facts.paid_in or 0) > SOURCE_LIMIT and not facts.source_evidenced,
    }
    return tuple(label for label in LABELS if raised[label])


def text() -> str:
    """The policy as the firm wrote it, in Markdown."""
    return f"""# Compliance policy for client files

> {NOTICE}

{FIRM} checks every client file after every meeting. A flag is raised when, and only when, one of these rules says so.
Where a file is silent on a matter, no flag is raised for it, except for rule 3.

1. **Concentration** (`concentration`). The largest single holding, cash not counted, may weigh at most
   {HOLDING_LIMIT["cautious"]}% for a cautious client, {HOLDING_LIMIT["balanced"]}% for a balanced and
   {HOLDING_LIMIT["growth"]}% for a growth client. At the limit is within it.
2. **Unsuitable product** (`unsuitable_product`). A recommended product's risk class may be at most
   {CLASS_LIMIT["cautious"]} for a cautious client, {CLASS_LIMIT["balanced"]} for a balanced and {CLASS_LIMIT["growth"]}
   for a growth client. A product that was discussed and not recommended does not count.
3. **Missing disclosure** (`missing_disclosure`). Whoever recommends one of our own products, those that carry the name
   Alder, must have delivered the conflict-of-interest disclosure for that very product. A disclosure for another
   product does not do. Products of other houses need none. What counts is that the client has it; offices call it by
   different names.
4. **Stale risk profile** (`stale_risk_profile`). The risk profile may be at most {PROFILE_MONTHS} months old at the
   meeting, counted from month to month.
5. **Liquidity shortfall** (`liquidity_shortfall`). What the client needs to take out within twelve months must not
   exceed the cash on the file. Later needs do not count.
6. **Vulnerable client** (`vulnerable_client`). Where the client shows signs of vulnerability (bereavement, illness,
   failing memory or senses, distress, addiction, trouble in following), a person the client trusts takes part or extra
   support is set up. Somebody else's troubles do not count.
7. **Missing consent** (`missing_consent`). An instruction from anyone but the client needs a valid power of attorney on
   file. The client's own instruction needs none.
8. **Source of funds** (`source_of_funds`). Above EUR {SOURCE_LIMIT}k of new money the evidence of its source must be on
   file. Payments out need none.
"""
