"""A small model that begins from nothing: a tokenizer of the project's own texts, and random weights in Llama's shape.

The tokenizer is byte-level byte-pair encoding (Sennrich et al. 2016; bytes as in GPT-2), so no text is unknown to it;
digits stand alone, so that a number it has never seen reads like any other. Its conversations are ChatML's.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from luthier.base_models.hushed import hushed_transformers
from luthier.base_models.model_folder import MANIFEST, describe
from luthier.config import FROM_SCRATCH, Scratch
from luthier.errors import RefusedError
from luthier.store.artefacts import ArtefactWriter

TEXT_ENDS, TURN_BEGINS, TURN_ENDS = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
CHAT_TEMPLATE = (
    f"{{% for turn in messages %}}{TURN_BEGINS}{{{{ turn['role'] + '\\n' + turn['content'] }}}}{TURN_ENDS}\n"
    "{% endfor %}"
    f"{{% if add_generation_prompt %}}{TURN_BEGINS}assistant\n{{% endif %}}"
)
LEAST_OFTEN = 2  # a pair of tokens that stands together once is no word
MULTIPLE = 64  # the inner width of the layers is rounded up to it


def write_untrained(folder: Path, texts: Iterable[str], shape: Scratch, seed: int) -> None:
    """Writes a model folder: tokenizer, configuration and random weights, the same from the same texts and seed.

    Raises `RefusedError` where there is no text to learn words from.
    """
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = train_tokenizer(texts, shape)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=shape.hidden,
        intermediate_size=-(-shape.hidden * 8 // 3 // MULTIPLE) * MULTIPLE,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        max_position_embeddings=shape.context,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.convert_tokens_to_ids(TEXT_ENDS),
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlamaForCausalLM(config)
    with hushed_transformers(bars=False):
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    ArtefactWriter(folder).json(Path(MANIFEST).stem, describe(folder, name=FROM_SCRATCH, source="random weights"))


def train_tokenizer(texts: Iterable[str], shape: Scratch) -> Any:
    """A tokenizer of at most `shape.vocabulary` tokens, as transformers loads it.

    Raises `RefusedError` where there is no text.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=shape.vocabulary,
        min_frequency=LEAST_OFTEN,
        special_tokens=[TEXT_ENDS, TURN_BEGINS, TURN_ENDS],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    counted = _Counted(texts)
    tokenizer.train_from_iterator(counted, trainer)
    if not counted.count:
        raise RefusedError(
            "there is no text to make a tokenizer from",
            fix="Add sources of documents, or examples that may be learnt from",
        )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=TURN_ENDS,
        pad_token=TEXT_ENDS,
        unk_token=TEXT_ENDS,
        additional_special_tokens=[TURN_BEGINS],
        model_max_length=shape.context,
        clean_up_tokenization_spaces=False,
    )
    fast.chat_template = CHAT_TEMPLATE
    return fast


class _Counted:
    """Texts that are counted as they pass."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts, self.count = iter(texts), 0

    def __iter__(self) -> _Counted:
        return self

    def __next__(self) -> str:
        text = next(self._texts)
        self.count += 1
        return text
