"""The one place where a record becomes tokens.

Training, evaluation, review and serving all call it, so the ids a model learns from are the ids it is asked with. A
prompt's ids are those of the whole rendered conversation, exactly as any server that applies the model's own chat
template would have them; a target's ids continue it and end with the end-of-turn token, so that the model learns to
stop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from jinja2 import TemplateError
from transformers import PreTrainedTokenizerBase

from luthier.errors import RefusedError
from luthier.packing import shared_length
from luthier.records import Example
from luthier.tasks import Task

Message = dict[str, str]
OMITTED = "\n[…]\n"  # stands where the middle of a field was cut

# For models that come without a template, such as one trained from scratch.
PLAIN_TEMPLATE = (
    "{% for message in messages %}{{ message['role'] + ':\n' + message['content'] + eos_token + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'assistant:\n' }}{% endif %}"
)


@dataclass(frozen=True, slots=True)
class Prompt:
    """One request as token ids. `truncated`: the longest field lost its middle to fit."""

    ids: tuple[int, ...]
    truncated: bool = False


def prompt_room(task: Task, max_tokens: int) -> int:
    """The most ids a prompt may have where `max_tokens` hold it and the task's longest answer with its end of turn.

    It does not depend on how long an example's own answer is, nor on whether words or a label head give it: so
    training, the choice on dev, evaluation and serving cut the same input at the same place.
    """
    return max_tokens - task.max_target_tokens - 1


class ChatTemplate:
    """Renders tasks for one tokenizer."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.tokenizer = tokenizer
        self._template = tokenizer.chat_template or PLAIN_TEMPLATE
        self._openings: dict[str, tuple[int, ...]] = {}  # task -> what its prompts open with

    def prompt(
        self,
        task: Task,
        inputs: Mapping[str, str],
        *,
        shots: Sequence[Example] = (),
        explain_labels: bool = False,
        max_tokens: int | None = None,
    ) -> Prompt:
        """The ids that ask for an answer to `inputs`.

        Args:
            shots: worked examples, shown as earlier turns in this order.
            explain_labels: whether the instruction lists what the answers mean.
            max_tokens: the most ids of prompt and answer together; `prompt_room` says what that leaves. A longer
                prompt loses the middle of its longest field.

        Raises `RefusedError` where the prompt does not fit even without its fields' text.
        """
        ids = self._ids(self._messages(task, inputs, shots, explain_labels))
        room = len(ids) if max_tokens is None else prompt_room(task, max_tokens)
        fields, truncated = dict(inputs), len(ids) > room
        while len(ids) > room:
            by_length = sorted(fields, key=lambda name: len(fields[name]), reverse=True)
            cuts = ((name, self._without_middle(fields[name], len(ids) - room)) for name in by_length)
            cut = next(((name, shorter) for name, shorter in cuts if shorter is not None), None)
            if cut is None:
                raise _too_small(task, len(ids), room)
            fields[cut[0]] = cut[1]
            ids = self._ids(self._messages(task, fields, shots, explain_labels))
        return Prompt(tuple(ids), truncated)

    def own_from(self, task: Task, ids: Sequence[int]) -> int:
        """Where a prompt without shots leaves what all prompts of its task open with: the example's own ids begin."""
        if task.name not in self._openings:
            one, other = (self.prompt(task, dict.fromkeys(task.fields, text)).ids for text in ("A", "7"))
            self._openings[task.name] = one[: shared_length(one, other)]
        return shared_length(ids, self._openings[task.name])

    def target(self, text: str) -> tuple[int, ...]:
        """The ids of an answer, end of turn included."""
        ids = self.tokenizer.encode(self._defused(text), add_special_tokens=False)
        return (*ids, self.end_of_turn)

    def conversation(self, task: Task, inputs: Mapping[str, str], answer: str | None) -> tuple[int, ...]:
        """The ids of a whole conversation as the model's own template renders it; without `answer`, up to it.

        What `prompt` and `target` give is held against this before training (`luthier.tune.preflight`).
        """
        messages = self._messages(task, inputs, (), False)
        if answer is None:
            return tuple(self._ids(messages))
        turns = [*messages, {"role": "assistant", "content": self._defused(answer)}]
        text = self._render(turns, add_generation_prompt=False)
        return tuple(self.tokenizer.encode(text, add_special_tokens=False))

    def defused(self, text: str) -> str:
        """`text` as the model is shown it: what would be a control token is taken apart."""
        return self._defused(text)

    def plain(self, text: str) -> list[int]:
        """The ids of a text that is no turn of anybody's, such as a document. Nothing in it is a control token."""
        return list(self.tokenizer.encode(self._defused(text), add_special_tokens=False))

    def text(self, ids: Sequence[int]) -> str:
        """An answer's ids as text, without special tokens."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True))

    def shown(self, ids: Sequence[int]) -> str:
        """Ids as text, special tokens too, as a person checks them."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=False))

    @cached_property
    def end_of_turn(self) -> int:
        """The token with which the model's own template ends the assistant's turn."""
        mark = "LUTHIER"
        turns = [{"role": "user", "content": mark}, {"role": "assistant", "content": mark}]
        after = self._render(turns, add_generation_prompt=False).rsplit(mark, 1)[1]
        for token in self.tokenizer.encode(after, add_special_tokens=False):
            if token in self.tokenizer.all_special_ids:
                return int(token)
        if self.tokenizer.eos_token_id is None:
            raise RefusedError(
                "no token ends a turn: neither the model's chat template nor its tokenizer names one",
                fix="Set eos_token in the model's tokenizer_config.json",
            )
        return int(self.tokenizer.eos_token_id)

    @cached_property
    def _control_tokens(self) -> list[str]:
        added = self.tokenizer.added_tokens_decoder.values()
        return sorted({token.content for token in added if token.special and len(token.content) > 1}, key=len)[::-1]

    def _messages(
        self, task: Task, inputs: Mapping[str, str], shots: Sequence[Example], explain_labels: bool
    ) -> list[Message]:
        turns = [("system", task.instruction(explain_labels=explain_labels))]
        for shot in shots:
            turns += [("user", task.request(shot.inputs)), ("assistant", task.write(shot.target))]
        turns.append(("user", task.request(inputs)))
        return [{"role": role, "content": self._defused(text)} for role, text in turns]

    def _defused(self, text: str) -> str:
        """`text` in which nothing is a control token: a document must not be able to end its own turn."""
        for token in self._control_tokens:
            if token in text:
                text = text.replace(token, f"{token[0]} {token[1:]}")
        return text

    def _ids(self, messages: list[Message]) -> list[int]:
        text = self._render(messages, add_generation_prompt=True)
        return list(self.tokenizer.encode(text, add_special_tokens=False))

    def _render(self, messages: list[Message], *, add_generation_prompt: bool) -> str:
        try:
            return self._apply(messages, add_generation_prompt)
        except TemplateError:  # a template without a system turn: the instruction opens the first user turn
            system, first, *rest = messages
            opening = {"role": "user", "content": f"{system['content']}\n\n{first['content']}"}
            return self._apply([opening, *rest], add_generation_prompt)

    def _apply(self, messages: list[Message], add_generation_prompt: bool) -> str:
        return str(
            self.tokenizer.apply_chat_template(
                messages,
                chat_template=self._template,
                tokenize=False,
                add_generation_prompt=add_generation_prompt,
                enable_thinking=False,  # templates of models that reason aloud: short answers are asked for
            )
        )

    def _without_middle(self, text: str, excess: int) -> str | None:
        """`text` less about `excess` tokens from its middle; None where nothing is left that could be cut."""
        ids, omitted = (self.tokenizer.encode(part, add_special_tokens=False) for part in (text, OMITTED))
        keep = len(ids) - excess - len(omitted) - 1
        shorter = [OMITTED.strip()]
        if keep >= 2:
            head, tail = ids[: (keep + 1) // 2], ids[len(ids) - keep // 2 :]
            shorter.insert(0, f"{self.tokenizer.decode(head)}{OMITTED}{self.tokenizer.decode(tail)}")
        fewer = (cut for cut in shorter if len(self.tokenizer.encode(cut, add_special_tokens=False)) < len(ids))
        return next(fewer, None)


def _too_small(task: Task, smallest: int, room: int) -> RefusedError:
    return RefusedError(
        f"a prompt takes {smallest} tokens before any text of its fields, and has {max(0, room)}: "
        f"{task.max_target_tokens} are kept for the answer",
        where=f"task '{task.name}'",
        fix="Raise tune.max_tokens, or shorten the task's instruction",
    )
