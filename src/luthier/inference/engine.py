"""One model asked many prompts at once: hidden states, label scores and greedy answers, the shared prefix encoded once.

Prompts are packed into rows (see `luthier.packing`); nothing is padded until answers are generated token by token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import PreTrainedModel

from luthier.inference.generated import Generated, answered_in_padded_rows
from luthier.inference.hidden_states import backbone, last_states, states_after
from luthier.inference.prefix_cache import GrowingCache, PrefixCache, keys_and_values
from luthier.inference.row_inputs import row_inputs, takes_packed_rows
from luthier.packed_attention import SharedPrefix
from luthier.packing import Packed, Row, pack, shared_prefix

Ids = Sequence[int]
Done = Callable[[int], None]  # told how many prompts have just been finished


def ignore(count: int) -> None:
    """The `Done` of a caller that shows no progress."""


class Engine:
    """Answers prompts given as token ids.

    Args:
        model: a causal language model, with or without adapters, in evaluation mode.
        row_tokens: tokens in one packed row; bounds memory, does not change answers.
        batch_size: prompts generated side by side.
    """

    def __init__(self, model: PreTrainedModel, *, row_tokens: int = 1024, batch_size: int = 64) -> None:
        self.model, self.row_tokens, self.batch_size = model, row_tokens, batch_size
        self._prefix = PrefixCache(model, ())

    @torch.inference_mode()
    def states(
        self, prompts: Sequence[Ids], own_from: Sequence[int], layers: int, done: Done = ignore
    ) -> Iterator[tuple[list[int], list[Tensor]]]:
        """Each prompt's states after the first `layers` layers, a packed row at a time.

        Args:
            own_from: where each prompt's own ids begin; what comes before is not returned.

        Yields the prompts' numbers and, for each, its states of shape (own ids, hidden).
        """
        prefix = self._shared(prompts, longest=min(own_from, default=0))
        for row, placed in pack(prompts, prefix.ids, self.row_tokens, cached=True):
            found = states_after(self.model, self._inputs(row, prefix), layers)
            yield (
                [p.index for p in placed],
                [found[p.last + 1 - len(prompts[p.index]) + own_from[p.index] : p.last + 1] for p in placed],
            )
            done(len(placed))

    def continuation_log_probs(
        self, prompts: Sequence[Ids], continuations: Sequence[Ids], done: Done = ignore
    ) -> Tensor:
        """The log-probability of every continuation after every prompt, of shape (prompts, continuations).

        The continuations hang behind each prompt as a tree in which common beginnings stand once.
        """
        tree = _Tree(continuations)
        prefix = self._shared(prompts, room=max(map(len, continuations), default=0))
        scores = torch.empty(len(prompts), len(continuations))
        at: dict[int, dict[int, int]] = {}  # prompt -> tree node -> row index
        rows = pack(
            prompts,
            prefix.ids,
            self.row_tokens,
            cached=True,
            extra=len(tree),
            attach=lambda row, p: at.update({p.index: tree.hang(row, p)}),
        )
        for row, placed in rows:
            hidden = self._hidden(self._inputs(row, prefix))
            for p in placed:
                scores[p.index] = tree.score(hidden, at[p.index], p.last, self._log_probs)
            done(len(placed))
        return scores

    def generate(
        self,
        prompts: Sequence[Ids],
        *,
        max_new_tokens: int,
        end_of_turn: int,
        done: Done = ignore,
    ) -> list[Generated]:
        """Greedy answers, in the prompts' order. Prompts of like length run side by side."""
        prefix = self._shared(prompts, room=max_new_tokens)
        packs = takes_packed_rows(self.model, max(map(len, prompts), default=0) + max_new_tokens)
        order = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
        answers: list[Generated | None] = [None] * len(prompts)
        for start in range(0, len(order), self.batch_size):
            chosen = order[start : start + self.batch_size]
            found: Iterable[Generated]
            if packs:
                batch = _Batch(self, prefix, [prompts[index][len(prefix) :] for index in chosen], max_new_tokens)
                found = batch.run(end_of_turn)
            else:
                found = answered_in_padded_rows(
                    self.model, [prompts[index] for index in chosen], max_new_tokens, end_of_turn
                )
            for index, answer in zip(chosen, found, strict=True):
                answers[index] = answer
            done(len(chosen))
        return [answer for answer in answers if answer is not None]

    def _shared(self, prompts: Sequence[Ids], longest: int | None = None, room: int = 0) -> PrefixCache:
        """The prompts' shared prefix, encoded; kept until other prompts share another.

        It is empty where the model takes no packed rows of these prompts with `room` tokens behind them.
        """
        packs = takes_packed_rows(self.model, max(map(len, prompts), default=0) + room)
        ids = shared_prefix(prompts)[:longest] if packs else ()
        if ids != self._prefix.ids:
            self._prefix = PrefixCache(self.model, ids)
        return self._prefix

    def _inputs(self, row: Row, prefix: PrefixCache) -> dict[str, Any]:
        """What the model is given to read a row that continues the prefix."""
        return row_inputs(self.model, row) | (prefix.inputs() if len(prefix) else {"use_cache": False})

    @torch.inference_mode()
    def _hidden(self, inputs: Mapping[str, Any]) -> Tensor:
        """Hidden states of a row's tokens, of shape (tokens, hidden)."""
        return last_states(self.model, inputs)

    @torch.inference_mode()
    def _log_probs(self, hidden: Tensor) -> Tensor:
        """Log-probabilities over the vocabulary, of shape (positions, vocabulary), in float32."""
        logits: Tensor = self.model.get_output_embeddings()(hidden)
        return F.log_softmax(logits.float(), dim=-1)


class _Tree:
    """Continuations with common beginnings merged: each node is one token, its parent the token before it."""

    def __init__(self, continuations: Sequence[Ids]) -> None:
        self.tokens: list[int] = []
        self.parents: list[int | None] = []
        self.paths: list[list[int]] = []
        known: dict[tuple[int | None, int], int] = {}
        for continuation in continuations:
            parent: int | None = None
            path = []
            for token in continuation:
                if (parent, token) not in known:
                    known[parent, token] = len(self.tokens)
                    self.tokens.append(token)
                    self.parents.append(parent)
                parent = known[parent, token]
                path.append(parent)
            self.paths.append(path)
        inner = {parent for parent in self.parents if parent is not None}
        self.inner = sorted(inner)  # a leaf predicts nothing, so it need not be in the row

    def __len__(self) -> int:
        return len(self.inner)

    def hang(self, row: Row, prompt: Packed) -> dict[int, int]:
        """Adds the inner nodes behind a prompt and returns node -> row index."""
        segments: dict[int | None, int] = {None: prompt.segment}
        at = {}
        for node in self.inner:
            segments[node], at[node] = row.add([self.tokens[node]], segments[self.parents[node]])
        return at

    def score(
        self, hidden: Tensor, at: dict[int, int], prompt_end: int, log_probs: Callable[[Tensor], Tensor]
    ) -> Tensor:
        """The continuations' log-probabilities, of shape (continuations,)."""
        predicting = log_probs(hidden[[prompt_end, *(at[node] for node in self.inner)]])
        line = {None: 0} | {node: number for number, node in enumerate(self.inner, start=1)}
        lines = torch.tensor([line[parent] for parent in self.parents], device=predicting.device)
        each = predicting[lines, torch.tensor(self.tokens, device=predicting.device)].cpu()
        return torch.stack([each[path].sum() for path in self.paths])


class _Batch:
    """Prompts of like length answered side by side.

        seen by each row:  prefix, once for all | own tokens … gap | answer tokens →

    Own tokens lie left-aligned in a buffer, so that one packed forward pass can fill all rows; the gap behind shorter
    prompts is masked, and positions count along each row's real tokens.
    """

    def __init__(self, engine: Engine, prefix: PrefixCache, owns: Sequence[Ids], max_new_tokens: int) -> None:
        self.engine, self.prefix, self.owns, self.max_new_tokens = engine, prefix, owns, max_new_tokens
        self.device = engine.model.device
        self.lengths = torch.tensor([len(own) for own in owns], device=self.device)
        self.base = int(self.lengths.max())

    @torch.inference_mode()
    def run(self, end_of_turn: int) -> Iterator[Generated]:
        hidden, cache = self._read_prompts()
        answers: list[list[int]] = [[] for _ in self.owns]
        sums, stopped = [0.0] * len(self.owns), [False] * len(self.owns)
        alive = torch.arange(len(self.owns), device=self.device)
        positions = len(self.prefix) + self.lengths
        for step in range(self.max_new_tokens):
            best, tokens = self.engine._log_probs(hidden).max(dim=-1)
            for row, token, score in zip(alive.tolist(), tokens.tolist(), best.tolist(), strict=True):
                sums[row] += score
                stopped[row] = token == end_of_turn
                if not stopped[row]:
                    answers[row].append(token)
            going = (tokens != end_of_turn).nonzero()[:, 0]
            if len(going) == 0 or step + 1 == self.max_new_tokens:
                break
            if len(going) < len(alive):
                alive, positions, tokens = alive[going], positions[going], tokens[going]
                cache.keep(going)
            hidden = self._step(tokens, positions, alive, step, cache)
            positions = positions + 1
        for ids, end, total in zip(answers, stopped, sums, strict=True):
            yield Generated(tuple(ids), end, total)

    def _read_prompts(self) -> tuple[Tensor, GrowingCache]:
        """Last hidden states (prompts, hidden) and a cache whose buffers hold the prompts' own tokens."""
        capacity = self.base + self.max_new_tokens
        buffers: list[tuple[Tensor, Tensor]] = []
        hidden = torch.empty(0)
        prefix_length = len(self.prefix)
        whole = [(*self.prefix.ids, *own) for own in self.owns]
        for row, placed in pack(whole, self.prefix.ids, self.engine.row_tokens, cached=True):
            cache = self.prefix.for_rows()
            output = backbone(self.engine.model)(
                **row.packed(self.device), past_key_values=cache, use_cache=True
            ).last_hidden_state[0]
            held = keys_and_values(cache)
            if not buffers:
                hidden = output.new_empty(len(self.owns), output.shape[-1])
                buffers = [self._buffer(keys, values, capacity) for keys, values in held]
            for p in placed:
                hidden[p.index] = output[p.last]
                first = prefix_length + p.last + 1 - p.own
                for (to_keys, to_values), (keys, values) in zip(buffers, held, strict=True):
                    to_keys[p.index, :, : p.own] = keys[0, :, first : first + p.own]
                    to_values[p.index, :, : p.own] = values[0, :, first : first + p.own]
        return hidden, GrowingCache(buffers, self.base)

    def _buffer(self, keys: Tensor, values: Tensor, capacity: int) -> tuple[Tensor, Tensor]:
        """Room for this batch in one layer: keys and values, each (prompts, key-value heads, capacity, head size)."""
        shape = (len(self.owns), keys.shape[1], capacity, keys.shape[3])
        return keys.new_zeros(shape), values.new_zeros(shape)

    def _step(self, tokens: Tensor, positions: Tensor, alive: Tensor, step: int, cache: GrowingCache) -> Tensor:
        """Hidden states (rows, hidden) after one more token a row."""
        columns = torch.arange(self.base + step + 1, device=self.device)
        own = (columns[None] < self.lengths[alive, None]) | (columns[None] >= self.base)
        mask = F.pad(own, (len(self.prefix), 0), value=True)
        output = backbone(self.engine.model)(
            input_ids=tokens[:, None],
            position_ids=positions[:, None],
            attention_mask=mask[:, None, None],
            past_key_values=cache,
            use_cache=True,
            packed=SharedPrefix(self.prefix.layers) if len(self.prefix) else None,
        )
        hidden: Tensor = output.last_hidden_state[:, -1]
        return hidden
