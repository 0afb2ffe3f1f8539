"""Which items the page shows in full, and where each answer's words differ from the reference's.

The choice is a seeded rule that takes as many items where the lead system did well as where it did badly, so that a
reader sees both; it says nothing of how often either happens. An item's place in the draw is a hash of the seed and
its id, so neither order nor number of items changes it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import Indel, LCSseq

from luthier.records import Example, Prediction
from luthier.report import wording
from luthier.report.evidence import in_order
from luthier.text.tokens import words

PIECES = re.compile(r"(?:\d+(?:[.,]\d+)+|\w+)\s*|[^\w\s]\s*|\s+")  # a number, word or sign, with the space behind it
MARKED_FROM = 0.3  # below this share of common words, marks on every word would only be noise


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an answer: as in the reference, not in the reference, or in the reference only."""

    kind: Literal["same", "extra", "missing"]
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One system's answer beside the reference. `right` is None for texts, which are nearer or further, not right."""

    system: str
    pieces: tuple[Piece, ...] = ()  # a text's
    labels: tuple[tuple[str, str], ...] = ()  # label -> same, extra or missing
    right: bool | None = None
    remark: str = ""
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """An example with all its answers. `good` is whether the lead system did well on it, `tags` what filters ask."""

    example: Example
    fields: tuple[tuple[str, str], ...]
    answers: tuple[Answer, ...]
    good: bool
    tags: tuple[str, ...]

    @property
    def opening(self) -> str:
        """The first words of the source, for a list of items."""
        flat = " ".join(self.fields[0][1].split()) if self.fields else self.example.id
        return flat if len(flat) <= 110 else flat[:110].rsplit(" ", 1)[0] + " …"


def choose(
    answers: Mapping[str, Mapping[str, Prediction]], good: Mapping[str, bool], number: int, seed: int
) -> list[str]:
    """The ids of up to `number` items that every system answered, half of them done well (`good`), half badly.

    Where one half is too small the other fills up.
    """
    systems = set().union(*answers.values()) if answers else set()
    common = [example_id for example_id, by_system in answers.items() if set(by_system) == systems]
    drawn = sorted(common, key=lambda example_id: _place(seed, "drawn", example_id))
    well = [example_id for example_id in drawn if good[example_id]]
    badly = [example_id for example_id in drawn if not good[example_id]]
    wells = min(len(well), max(number - number // 2, number - len(badly)))
    chosen = well[:wells] + badly[: number - wells]
    return sorted(chosen, key=lambda example_id: _place(seed, "shown", example_id))


def well_done(
    examples: Mapping[str, Example], answers: Mapping[str, Mapping[str, Prediction]], system: str
) -> dict[str, bool]:
    """For each item whether `system` did well on it.

    A classification is done well if its labels are exactly right; a text if it is at least as near to its reference as
    the median item.
    """
    closeness = {example_id: _closeness(examples[example_id], by[system]) for example_id, by in answers.items()}
    if not closeness:
        return {}
    texts = any(examples[example_id].target.text is not None for example_id in answers)
    bar = sorted(closeness.values())[len(closeness) // 2] if texts else 1.0
    return {example_id: near >= bar for example_id, near in closeness.items()}


def item(
    example: Example, by_system: Mapping[str, Prediction], headings: Mapping[str, str], lead: str, good: bool
) -> Item:
    """An example and its answers, made ready to be read side by side."""
    fields = tuple((heading or wording.words(name), example.inputs[name]) for name, heading in headings.items())
    answers = tuple(_answer(example, by_system[system]) for system in in_order(dict(by_system)))
    tags = ["good" if good else "bad"]
    if lead != "classical" and "classical" in by_system:
        ours, theirs = (_closeness(example, by_system[system]) for system in (lead, "classical"))
        tags += ["ahead"] if ours > theirs else ["behind"] if ours < theirs else []
    return Item(example, fields, answers, good, tuple(tags))


def word_differences(answer: str, reference: str) -> tuple[Piece, ...]:
    """`answer` with the words that the reference lacks, and those it leaves out, found by longest common subsequence.

    Case does not count. The pieces that are not `missing` make up `answer` exactly.
    """
    ours, theirs = PIECES.findall(answer), PIECES.findall(reference)
    pieces: list[Piece] = []
    for operation in Indel.opcodes(_folded(theirs), _folded(ours)):
        if operation.tag == "delete":
            pieces.append(Piece("missing", "".join(theirs[operation.src_start : operation.src_end])))
        else:
            kind: Literal["same", "extra"] = "same" if operation.tag == "equal" else "extra"
            pieces.append(Piece(kind, "".join(ours[operation.dest_start : operation.dest_end])))
    return tuple(pieces)


def _answer(example: Example, prediction: Prediction) -> Answer:
    system, sure = prediction.system, prediction.confidence
    cut = "" if prediction.stopped else "cut at the length limit"
    if example.target.text is None:
        right, given = set(example.target.labels or ()), prediction.labels or ()
        labels = [(label, "same" if label in right else "extra") for label in given]
        labels += [(label, "missing") for label in example.target.labels or () if label not in given]
        return Answer(system, labels=tuple(labels), right=set(given) == right, remark=cut, confidence=sure)
    text = prediction.text or ""
    if not text.strip():
        return Answer(system, remark="an empty answer", confidence=sure)
    if _closeness(example, prediction) < MARKED_FROM:
        remark = "; ".join(filter(None, [cut, "too different to mark word by word"]))
        return Answer(system, pieces=(Piece("same", text),), remark=remark, confidence=sure)
    return Answer(system, pieces=word_differences(text, example.target.text), remark=cut, confidence=sure)


def _closeness(example: Example, prediction: Prediction) -> float:
    """1 for exactly the right labels, else 0; for texts twice the words in common over the words of both."""
    if example.target.text is None:
        return float(set(prediction.labels or ()) == set(example.target.labels or ()))
    ours, theirs = words(prediction.text or ""), words(example.target.text)
    return float(LCSseq.similarity(ours, theirs)) * 2 / (len(ours) + len(theirs)) if ours or theirs else 1.0


def _folded(pieces: Sequence[str]) -> list[str]:
    return [piece.strip().casefold() for piece in pieces]


def _place(seed: int, order: str, example_id: str) -> str:
    """Where an item stands in one of two orders, to draw by and to show by; one does not give the other away."""
    return hashlib.sha256(f"{seed}:{order}:{example_id}".encode()).hexdigest()
