"""`generate`: the answer is a text."""

from __future__ import annotations

from collections.abc import Mapping

from luthier.config import GenerateTask
from luthier.records import Target
from luthier.tasks.task import render_fields


class Generate:
    """Writes a text from named fields."""

    def __init__(self, name: str, settings: GenerateTask) -> None:
        self.name, self.settings = name, settings
        self.max_target_tokens = settings.max_target_tokens
        self.fields = tuple(settings.inputs)

    @property
    def lead_from(self) -> str:
        """The input whose opening sentences are the cheap summary."""
        return self.settings.lead_from or next(iter(self.settings.inputs))

    def instruction(self, *, explain_labels: bool) -> str:
        return self.settings.instruction

    def request(self, inputs: Mapping[str, str]) -> str:
        return render_fields(self.settings.inputs, inputs)

    def write(self, target: Target) -> str:
        if target.text is None:
            raise ValueError(f"a target of '{self.name}' has no text")
        return target.text.strip()

    def read(self, text: str) -> Target:
        return Target(text=text.strip())
