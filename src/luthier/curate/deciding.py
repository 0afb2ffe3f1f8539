"""Taking a person's decision down: what it is about must be there, and a record may be named by its place."""

from __future__ import annotations

from luthier.curate import decisions
from luthier.curate.decisions import Decision, What
from luthier.curate.explain import explain
from luthier.curate.reasons import DECIDABLE
from luthier.errors import RequestError
from luthier.store.artefacts import ArtefactStore
from luthier.store.journal import this_user, utc_now


def decide(store: ArtefactStore, what: What, target: str, *, why: str, original: bool) -> Decision:
    """Appends a decision and returns it.

    Args:
        target: a record's id or place, a rule (`expiry`) or one of its reasons (`expiry.expired`).
        original: of a restored record: its text too becomes the one that it came in with.

    Raises `RequestError` where `target` is nothing of these.
    """
    reasons = {*DECIDABLE, *(code for codes in DECIDABLE.values() for code in codes)}
    if target in reasons:
        if original:
            raise RequestError(
                f"'{target}' is a reason, and texts are restored one by one", fix="Name a record with --original"
            )
        about: decisions.Target = "reason"
    else:
        life = explain(store, target)
        if life.kind == "refusal":
            raise RequestError(f"'{target}' was refused when it was read", fix="Correct the file and ingest it again")
        about, target = "record", life.record_id
    decision = Decision(
        what=what, target=target, about=about, original=original, who=this_user(), when=utc_now(), why=why
    )
    decisions.append(store.root, decision)
    return decision
