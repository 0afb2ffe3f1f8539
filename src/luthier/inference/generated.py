"""An answer that was generated; and answers of a model that can only be given one prompt a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import PreTrainedModel


@dataclass(frozen=True, slots=True)
class Generated:
    """An answer's ids without the end-of-turn token, and how it came about."""

    ids: tuple[int, ...]
    stopped: bool  # ended by itself, before the limit
    log_probability: float  # natural log, summed over the ids and, if it stopped, the end of turn


@torch.inference_mode()
def answered_in_padded_rows(
    model: PreTrainedModel, prompts: Sequence[Sequence[int]], max_new_tokens: int, end_of_turn: int
) -> Iterator[Generated]:
    """Greedy answers by transformers' own loop, for models whose attention takes no packed rows, in the prompts' order.

    Prompts are padded on the left, so that all answers begin in one column.
    """
    longest = max(map(len, prompts))
    rows = [[end_of_turn] * (longest - len(prompt)) + list(prompt) for prompt in prompts]
    mask = [[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts]
    generate: Any = model.generate
    output = generate(
        input_ids=torch.tensor(rows, device=model.device),
        attention_mask=torch.tensor(mask, device=model.device),
        do_sample=False,
        num_beams=1,
        max_new_tokens=max_new_tokens,
        eos_token_id=end_of_turn,
        pad_token_id=end_of_turn,
        return_dict_in_generate=True,
        output_logits=True,
    )
    written = output.sequences[:, longest:]
    scores = torch.stack(output.logits, dim=1).float().log_softmax(dim=-1)
    scores = scores.gather(2, written[..., None])[..., 0]
    for ids, each in zip(written.tolist(), scores.tolist(), strict=True):
        stopped = end_of_turn in ids
        length = ids.index(end_of_turn) if stopped else len(ids)
        yield Generated(tuple(ids[:length]), stopped, sum(each[: length + stopped]))
