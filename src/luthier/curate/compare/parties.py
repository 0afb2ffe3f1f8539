"""Who does, decides or answers for what: "Refunds are approved by the branch manager", "The head of Loans is Ms Roth".

Sentences that say so in one of the usual forms are taken apart into the matter and the party. Those in other forms are
left to be compared whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_DONE = (
    r"approved|authori[sz]ed|countersigned|signed(?: off)?|released|granted|decided(?: on| upon)?|handled|maintained"
    r"|supervised|managed|headed|led|chaired|owned|issued|answered|processed"
)
_DOES = (
    r"approves?|authori[sz]es?|countersigns?|signs?(?: off(?: on)?)?|releases?|grants?|decides?(?: on| upon)?|handles?"
    r"|maintains?|supervises?|manages?|heads|leads|chairs|owns|issues|processes"
)
_ROLE = (
    r"managers?|head|director|chair(?:man|woman|person)?|owner|contact(?: person)?|officer|leader|supervisor|approver"
    r"|deputy|secretary|administrator|custodian|sponsor"
)
_PARTY = r"(?P<who>[^,.;:()]{3,60}?)"
_END = (
    r"(?:\s+(?:if|when|where|unless|before|after|within|every|at|in writing|for|who|whose|since|until)\b.*|[,.;(].*|)$"
)
_FORMS = [
    re.compile(form, re.I | re.S)
    for form in (
        rf"(?P<what>.{{3,160}}?)\b(?:is|are|be)\s+(?:\w+ly\s+)?(?P<verb>{_DONE})\s+(?:\w+ly\s+)?by\s+{_PARTY}{_END}",
        rf"(?P<what>.{{3,160}}?)\s+(?:needs?|requires?|must have|must get|is subject to|are subject to)\s+(?:the\s+)?"
        rf"(?:\w+\s+)?(?P<verb>approval|authori[sz]ation|consent|signature|permission)\s+(?:of|by|from)\s+{_PARTY}{_END}",
        rf"(?P<verb>responsib)ility for (?P<what>.{{3,120}}?)\s+(?:lies|rests|is)\s+with\s+{_PARTY}{_END}",
        rf"{_PARTY}\s+(?:is|are)\s+(?P<verb>responsible|in charge)\s+(?:for|of)\s+(?P<what>.{{3,160}})",
        rf"(?:the\s+)?(?P<verb>{_ROLE})\s+(?:of|for|in)\s+(?P<what>.{{3,120}}?)\s+is\s+{_PARTY}{_END}",
        rf"{_PARTY}\s+is\s+(?:the\s+)?(?P<verb>{_ROLE})\s+(?:of|for|in)\s+(?P<what>.{{3,120}})",
        rf"(?P<verb>approv|responsib|authori[sz]|{_ROLE})\w*\s+(?:of|for|in)\s+(?P<what>[^:]{{3,100}}):\s+{_PARTY}{_END}",
        rf"(?P<what>[^:]{{3,100}}):\s+(?P<verb>{_DONE}|responsible)(?:\s+is|\s+by)?:?\s+{_PARTY}{_END}",
        rf"(?:only\s+)?{_PARTY}\s+(?:(?:may|must|can|shall|will|has to|have to)\s+)?(?:\w+ly\s+|also\s+)?"
        rf"(?P<verb>{_DOES})\s+(?P<what>.{{3,160}})",
    )
]
_GROUPS = {
    "auth": "approv", "coun": "approv", "sign": "approv", "rele": "approv", "gran": "approv", "deci": "approv",
    "perm": "approv", "cons": "approv", "appr": "approv", "mana": "head", "lead": "head", "led": "head", "dire": "head",
    "owns": "own", "owne": "own", "owned": "own", "in c": "respons", "resp": "respons", "chai": "chair",
}  # fmt: skip
_NO_PARTY = re.compile(
    r"\b(?:not|never|it|they|who|which|that|them|you|nobody|mail|post|phone|letter|e-mail|fax)\b", re.I
)


@dataclass(frozen=True, slots=True)
class Responsible:
    """Who, for what, and in which way, as one word for those that mean the same."""

    what: str
    who: str
    way: str


def responsible_in(sentence: str) -> Responsible | None:
    """What a sentence says on who does what; None where it says it in no form that is known."""
    for form in _FORMS:
        found = form.match(sentence)
        if found is None:
            continue
        if _NO_PARTY.search(found["who"]):
            return None
        verb = found["verb"].lower()[:4]
        return Responsible(found["what"], found["who"], _GROUPS.get(verb, verb))
    return None
