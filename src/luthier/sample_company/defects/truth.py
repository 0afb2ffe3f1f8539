"""What was planted where: one row a planted defect, one row a trap, as `truth.jsonl` holds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DEFECTS = {
    "duplicate.exact": "the same text again, but for white space, Unicode form or the kind of file",
    "duplicate.near": "the same text again with a small edit that changes nothing of its matter",
    "outdated": "a paper that another one replaced, that ran out, or whose product is gone",
    "contradiction": "two papers, or two labelled examples, of which one must be wrong",
    "boilerplate": "a text that recurs on many papers and says nothing of their matter",
    "mojibake": "text decoded with the wrong table",
    "ocr_noise": "text as a poor scan is read",
    "private": "a person's data",
    "wrong_label": "an example with another label than the right one",
    "leakage": "a training example that gives away one of the test",
    "skewed_profile": "a profile cell with another share than in the declared population",
}
TRAPS = {
    "frame": "a form's own lines above and below its matter, a letter's closing among them: they may go or stay",
    "template_twin": "the same template and wording for another client",
    "legitimate_repeat": "the same client's paper for another month",
    "old_but_valid": "old, in force, and saying so",
    "yearly_report": "reports on different years, none of which replaces another",
    "valid_for_long": "an expiry date that is far ahead",
    "ambiguous_date": "an expiry date that can be read two ways, both of them ahead",
    "other_thing_ends": "an expiry date, but not the paper's own",
    "supersedes_nothing": "speaks of replacing, and replaces nothing",
    "replacement": "the paper that took another one's place: it is the current one",
    "scope_differs": "another value for another scope",
    "price_change": "another value for another period",
    "same_value": "the same value in other words",
    "other_subject": "another value for a subject with a similar name",
    "one_off": "reads like a disclaimer and occurs once",
    "accents": "accents that look like wrong decoding",
    "dense": "codes and abbreviations that look like noise",
    "not_private": "a number that looks like a person's data",
    "near_miss": "two examples that differ in few words, and rightly in their label",
}
Kind = Literal["document", "example"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One planted defect, or one trap.

    `start` and `end` are character offsets of the planted text in `field` as the file holds it. `before` and `after`
    are that piece without the defect and with it. Of a pair, `record_id` is the copy, the outdated one, the training
    example; a pair without a direction has the later one.
    """

    kind: str
    trap: bool
    record_id: str
    record_kind: Kind = "document"
    variant: str | None = None
    counterpart_id: str | None = None
    field: str | None = None
    start: int | None = None
    end: int | None = None
    before: str | None = None
    after: str | None = None
