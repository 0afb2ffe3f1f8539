"""Texts as packed blocks in which every token but the first is learnt, and no text sees another.

A text is read between the token that begins texts and the one that ends them. It is cut into pieces of at most
`block_tokens`, each of which learns the token after its last as well, so that every token is predicted exactly once:

    text      ^ a b c d e $          ^ begins, $ ends
    reads     ^ a b | c d e          pieces of three
    predicts  a b c | d e $

Pieces of like length share a block (see `luthier.packing`), each a segment of its own, positions from 0.
"""

from __future__ import annotations

import bisect
import itertools
import math
import random
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch.utils.data import Dataset
from transformers import PreTrainedTokenizerBase

from luthier.chat_template import ChatTemplate
from luthier.packing import Row
from luthier.tune.batching import PackedRow, Step
from luthier.tune.mixing import Factor

TEXT_ENDS = ("<|endoftext|>", "<|end_of_text|>", "</s>")  # what ends a document in the models' own pre-training
Piece = tuple[int, int]  # where its tokens begin in `Texts.ids`, and how many it reads


@dataclass(slots=True)
class Texts:
    """Encoded texts, four bytes a token."""

    ids: array[int] = field(default_factory=lambda: array("i"))
    ends: list[int] = field(default_factory=list)  # where in `ids` each text ends
    names: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)  # of each text, in bytes of UTF-8

    @classmethod
    def encode(cls, texts: Iterable[tuple[str, str]], template: ChatTemplate) -> Texts:
        """Texts, given with their names, each between its marks. An empty one is left out."""
        found = cls()
        start, end = marks(template.tokenizer)
        for name, text in texts:
            ids = template.plain(text)
            if ids:
                found.ids.extend((start, *ids, end))
                found.ends.append(len(found.ids))
                found.names.append(name)
                found.sizes.append(len(text.encode()))
        return found

    def __len__(self) -> int:
        return len(self.ends)

    @property
    def tokens(self) -> int:
        """How many are predicted: all but the mark that each text begins with."""
        return len(self.ids) - len(self.ends)

    @property
    def bytes(self) -> int:
        """Of all texts, in UTF-8."""
        return sum(self.sizes)

    def first(self, tokens: int) -> Texts:
        """The first texts, whole ones, until they have so many tokens."""
        held = Texts()
        start = 0
        for end, name, size in zip(self.ends, self.names, self.sizes, strict=True):
            if held.tokens >= tokens:
                break
            held.ids.extend(self.ids[start:end])
            held.ends.append(len(held.ids))
            held.names.append(name)
            held.sizes.append(size)
            start = end
        return held

    def name_of(self, piece: Piece) -> str:
        """The name of the text that a piece is of."""
        return self.names[bisect.bisect_right(self.ends, piece[0])]

    def blocks(self, block_tokens: int) -> list[list[Piece]]:
        """All pieces in blocks, each once."""
        return in_blocks(self.pieces(block_tokens), block_tokens, random.Random(0))

    def pieces(self, block_tokens: int) -> list[Piece]:
        """What is read in one go, of at most `block_tokens`, in order."""
        found: list[Piece] = []
        start = 0
        for end in self.ends:
            found += [(at, min(block_tokens, end - 1 - at)) for at in range(start, end - 1, block_tokens)]
            start = end
        return found

    def row(self, pieces: Sequence[Piece]) -> PackedRow:
        """A block of pieces, each predicting every token after its first."""
        row, targets = Row(), array("i")
        for start, length in pieces:
            row.add(self.ids[start : start + length].tolist())
            targets.extend(self.ids[start + 1 : start + length + 1])
        return PackedRow(
            task="",
            multi_label=False,
            row=row,
            predicts_at=torch.arange(len(row)),
            target_ids=torch.tensor(targets, dtype=torch.long),
            heads_at=(),
            labels=torch.zeros(0, 0),
        )


def marks(tokenizer: PreTrainedTokenizerBase) -> tuple[int, int]:
    """The ids that a text begins and ends with: those of the model's own pre-training, as far as they show.

    Where the tokenizer begins no text by itself, texts begin with what ended the one before.
    """
    known = tokenizer.get_vocab()
    end = next((known[token] for token in TEXT_ENDS if token in known), tokenizer.eos_token_id)
    alone = tokenizer.encode("", add_special_tokens=True)
    start = alone[0] if alone and alone[0] == tokenizer.bos_token_id else end
    return int(start), int(end)


def in_blocks(pieces: Sequence[Piece], block_tokens: int, rng: random.Random) -> list[list[Piece]]:
    """All pieces in blocks of at most `block_tokens`, in random order; those of like length meet."""
    blocks = filled(sorted(rng.sample(pieces, len(pieces)), key=lambda piece: piece[1]), block_tokens)
    rng.shuffle(blocks)
    return blocks


def filled(pieces: Sequence[Piece], tokens: int) -> list[list[Piece]]:
    """The pieces in order, as many together as `tokens` hold; a longer piece stands alone."""
    blocks: list[list[Piece]] = []
    room = 0
    for piece in pieces:
        if piece[1] > room or not blocks:
            blocks.append([])
            room = tokens
        blocks[-1].append(piece)
        room -= piece[1]
    return blocks


class BlockSteps(Dataset[Step]):
    """The planned steps of a run over texts; the whole order follows from the seed, so that a resumed run keeps it.

    Of 1.5 epochs the second reads half of the blocks, drawn at random. The last step of an epoch may be smaller.
    `row_tokens` may be made smaller while a run goes on, where memory does not do: then a block is several rows, and
    the step's gradient the same.
    """

    def __init__(self, texts: Texts, *, block_tokens: int, batch_blocks: int, epochs: float, seed: int) -> None:
        self.texts, self.row_tokens = texts, block_tokens
        self.factors: Mapping[str, Factor] = {}  # no task is mixed with another
        self.share_prefix = False  # texts share no beginning
        self.plan: list[list[list[Piece]]] = []
        self.per_epoch = 1
        pieces = texts.pieces(block_tokens)
        for epoch in range(math.ceil(epochs)):
            blocks = in_blocks(pieces, block_tokens, random.Random(f"{seed}:{epoch}:pretrain"))
            chosen = blocks[: math.ceil(min(1.0, epochs - epoch) * len(blocks))]
            steps = [chosen[at : at + batch_blocks] for at in range(0, len(chosen), batch_blocks)]
            self.per_epoch = max(self.per_epoch, len(steps))
            self.plan += steps

    def __len__(self) -> int:
        return len(self.plan)

    @property
    def longest(self) -> int:
        """Tokens of the longest piece."""
        return max((piece[1] for step in self.plan for block in step for piece in block), default=0)

    def members(self, number: int) -> list[str]:
        """The names of a step's texts, one for each piece."""
        return [self.texts.name_of(piece) for piece in itertools.chain(*self.plan[number])]

    def __getitem__(self, number: int) -> Step:
        rows = tuple(self.texts.row(part) for block in self.plan[number] for part in filled(block, self.row_tokens))
        return Step(rows, target_tokens=sum(len(row.target_ids) for row in rows), head_items=0)
