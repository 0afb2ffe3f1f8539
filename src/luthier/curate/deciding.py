"""Taking a person's decision down: what it is about must be there, and a record may be named by its place."""

from __future__ import annotations

from luthier.curate import decisions
from luthier.curate.decisions import Decision, What
from luthier.curate.explain import explain
from luthier.curate.reasons import DECIDABLE, UNDOABLE
from luthier.errors import RequestError
from luthier.store.artefacts import ArtefactStore
from luthier.store.journal import this_user, utc_now


def decide(store: ArtefactStore, what: What, target: str, *, why: str, original: bool) -> Decision:
    """Appends a decision and returns it.

    Args:
        target: a record's id or place, a rule (`expiry`) or one of its reasons (`expiry.expired`).
        original: of a restored record, or of all that were found for a reason: their texts too become the ones that
            they came in with.

    Raises `RequestError` where `target` is nothing of these.
    """
    # an undone decision may be about any reason that a decision could have been about
    named = UNDOABLE if original or what == "undo" else DECIDABLE
    if target in {*named, *(code for codes in named.values() for code in codes)}:
        about: decisions.Target = "reason"
    elif what == "restore" and target in {*UNDOABLE, *(code for codes in UNDOABLE.values() for code in codes)}:
        raise RequestError(
            f"'{target}' takes no record away, and changes texts", fix="Add --original to get the original texts back"
        )
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
