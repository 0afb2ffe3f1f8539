"""Which pairs of better and worse answers may teach, and as which ids.

Whoever is measured teaches nothing: a pair is refused where its group is one of dev, calibration or test, where its
inputs are those of an example there, or where its inputs name such a group. Where nobody says whose a pair is, it must
at least ask what a curated example of training or pool asks. Each refusal is counted, with its reason.

A pair that asks what a curated example asks is asked in that example's words, as curation left them, so that its prompt
is byte for byte the one that supervised tuning saw; all prompts and answers come from `chat_template`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from luthier.chat_template import ChatTemplate
from luthier.records import Example, Pair, Split
from luthier.store.artefacts import content_key
from luthier.tasks import Task
from luthier.tune.pretrain_corpus import SEALED_FIRST, Names

REFUSED: Mapping[str, str] = {
    "pair.measured_group": "their group is measured",
    "pair.measured_inputs": "their inputs are a measured example's",
    "pair.names_measured": "their inputs name a measured group",
    "pair.removed": "curation removed the example they correct",
    "pair.nobodys": "nobody says whose they are, and no curated example asks the same",
    "pair.long": "an answer is longer than the task's max_target_tokens",
    "pair.cut": "their inputs do not fit tune.max_tokens",
}


@dataclass(frozen=True, slots=True)
class EncodedPair:
    """One pair as ids: what is asked, and two answers, each with its end of turn."""

    id: str
    task: str
    prompt: tuple[int, ...]
    chosen: tuple[int, ...]
    rejected: tuple[int, ...]


@dataclass(slots=True)
class Admitted:
    """The pairs that may teach, and of the others how many were refused for which reason."""

    pairs: list[Pair] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)


class Admission:
    """Decides about pairs, from the examples as they came in and as curation left them."""

    def __init__(self, ingested: Iterable[Example], curated: Sequence[Example]) -> None:
        self._kept = {example.id: example for example in curated}
        self._groups: dict[str, Split] = {
            e.group: e.split for e in curated if e.split in SEALED_FIRST and e.split is not None
        }
        self._names = Names(self._groups)
        self._same: dict[str, list[str]] = {}  # what is asked -> ids of the examples that ask it
        for example in ingested:
            self._same.setdefault(_asked(example.task, example.inputs), []).append(example.id)
        for example in curated:
            same = self._same.setdefault(_asked(example.task, example.inputs), [])
            if example.id not in same:
                same.append(example.id)

    def admit(self, pairs: Iterable[Pair]) -> Admitted:
        """The pairs that may teach, each in the words of the curated example that asks the same, if one does."""
        found = Admitted()
        for pair in pairs:
            same = [self._kept.get(name) for name in self._same.get(_asked(pair.task, pair.inputs), ())]
            code = self._refusal(pair, same)
            if code is not None:
                found.refused[code] += 1
                continue
            example = next((example for example in same if example is not None), None)
            found.pairs.append(pair if example is None else replace(pair, inputs=example.inputs))
        return found

    def _refusal(self, pair: Pair, same: Sequence[Example | None]) -> str | None:
        if pair.group in self._groups:
            return "pair.measured_group"
        if any(example is not None and example.split in SEALED_FIRST for example in same):
            return "pair.measured_inputs"
        if same and all(example is None for example in same):
            return "pair.removed"
        if self._names.in_text("\n".join(pair.inputs.values())) is not None:
            return "pair.names_measured"
        if pair.group is None and not same:
            return "pair.nobodys"
        return None


def encode_pairs(
    admitted: Admitted, tasks: Mapping[str, Task], template: ChatTemplate, max_tokens: int
) -> tuple[list[EncodedPair], Counter[str]]:
    """Admitted pairs as ids, whole ones, and how many were refused because they do not fit, by reason."""
    encoded: list[EncodedPair] = []
    refused: Counter[str] = Counter()
    for pair in admitted.pairs:
        task = tasks[pair.task]
        prompt = template.prompt(task, pair.inputs, max_tokens=max_tokens)
        chosen, rejected = (template.target(task.write(answer)) for answer in (pair.chosen, pair.rejected))
        if prompt.truncated:
            refused["pair.cut"] += 1
        elif max(len(chosen), len(rejected)) > task.max_target_tokens + 1:  # the end of turn comes on top
            refused["pair.long"] += 1
        else:
            encoded.append(EncodedPair(pair.id, pair.task, prompt.ids, chosen, rejected))
    return encoded, refused


def _asked(task: str, inputs: Mapping[str, str]) -> str:
    return content_key(task, dict(inputs))
