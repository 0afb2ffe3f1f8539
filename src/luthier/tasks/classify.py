"""`classify`: the answer is one label, or a set of labels."""

from __future__ import annotations

from collections.abc import Mapping

from luthier.config import ClassifyTask
from luthier.records import Target
from luthier.tasks.task import render_fields

SEPARATOR = "; "
LONGEST_ANSWER_TOKENS = 96


class Classify:
    """Chooses from `labels`, in whose order several labels are always written."""

    def __init__(self, name: str, settings: ClassifyTask, labels: tuple[str, ...]) -> None:
        self.name, self.settings, self.labels = name, settings, labels
        self.multi_label = settings.multi_label
        self.fields = tuple(settings.inputs)
        self.max_target_tokens = LONGEST_ANSWER_TOKENS
        self._by_words = {in_words(label).lower(): label for label in labels}

    def instruction(self, *, explain_labels: bool) -> str:
        if not explain_labels:
            return self.settings.instruction
        if self.multi_label:
            none = self.settings.none_label
            how = f"Answer with the labels that apply, separated by '{SEPARATOR.strip()}', or '{none}'."
        else:
            how = "Answer with exactly one of these labels."
        lines = [f"- {in_words(label)}{self._meaning(label)}" for label in self.labels]
        return "\n".join([self.settings.instruction, how, *lines])

    def request(self, inputs: Mapping[str, str]) -> str:
        return render_fields(self.settings.inputs, inputs)

    def answers(self) -> list[str]:
        """Every single answer in words: the labels, and for label sets the word that means none of them, last."""
        return [in_words(label) for label in self.labels] + ([self.settings.none_label] if self.multi_label else [])

    def write(self, target: Target) -> str:
        if target.labels is None:
            raise ValueError(f"a target of '{self.name}' has no labels")
        chosen = [in_words(label) for label in self.labels if label in target.labels]
        return SEPARATOR.join(chosen) or self.settings.none_label

    def read(self, text: str) -> Target:
        parts = [part.strip().lower().rstrip(".") for part in text.split(SEPARATOR.strip())]
        found = {self._by_words[part] for part in parts if part in self._by_words}
        return Target(labels=tuple(label for label in self.labels if label in found))

    def _meaning(self, label: str) -> str:
        meaning = self.settings.labels.get(label, "")
        return f": {meaning}" if meaning else ""


def in_words(label: str) -> str:
    """A label as a model writes it: `card_arrival` is `card arrival`."""
    return label.replace("_", " ").strip()
