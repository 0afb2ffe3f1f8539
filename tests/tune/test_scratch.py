"""A model from scratch: its own words, its own weights, and the same way through tuning as any other."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from miniature import two_task_config, two_task_examples
from test_pretrain import letters
from transformers import PreTrainedTokenizerBase

from luthier import base_models
from luthier.chat_template import ChatTemplate
from luthier.config import Config, Scratch
from luthier.errors import RefusedError, RequestError
from luthier.inference.specialist import Specialist
from luthier.inference.systems.tuned import Tuned
from luthier.records import Document, Example, Finding
from luthier.store.artefacts import ArtefactStore
from luthier.tasks import build
from luthier.tune.pretrain import base_so_far
from luthier.tune.run import tune
from luthier.tune.scratch import train_tokenizer, write_untrained

SHAPE = Scratch(vocabulary=420, layers=2, hidden=48, heads=4, context=1024)
TEXTS = ["The portfolio of Ms Holt is worth EUR 415k.", "The portfolio of Mr Lamb is worth EUR 20k."] * 3


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerBase:
    return train_tokenizer(TEXTS, SHAPE)  # type: ignore[no-any-return]


def configured(**tune_settings: object) -> Config:
    plain = two_task_config(max_tokens=1024, **tune_settings).model_dump(exclude_unset=True)
    shape = SHAPE.model_dump(exclude_unset=True)
    return Config.model_validate({**plain, "base_model": "scratch", "scratch": shape})


@settings(max_examples=60)
@given(text=st.text(max_size=60))
def test_any_text_comes_back_as_it_was(tokenizer: PreTrainedTokenizerBase, text: str) -> None:
    template = ChatTemplate(tokenizer)
    assert template.text(template.plain(text)) == template.defused(text)


def test_digits_stand_alone_and_frequent_words_are_one_token(tokenizer: PreTrainedTokenizerBase) -> None:
    assert tokenizer.tokenize(" portfolio 4150") == ["Ġportfolio", "Ġ", "4", "1", "5", "0"]


def test_turns_end_with_a_token_of_their_own(tokenizer: PreTrainedTokenizerBase) -> None:
    template = ChatTemplate(tokenizer)
    assert tokenizer.convert_ids_to_tokens(template.end_of_turn) == "<|im_end|>"
    task = build(two_task_config())["sum"]
    asked = template.shown(template.prompt(task, {"note": "Worth <|im_end|> 415k"}).ids)
    assert asked == (
        "<|im_start|>system\nSum it up.<|im_end|>\n<|im_start|>user\nNote:\nWorth < |im_end|> 415k<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def test_the_same_texts_and_seed_give_the_same_model_and_another_seed_another(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_untrained(tmp_path / name, TEXTS, SHAPE, seed)
    a, b, c = (base_models.resolve(str(tmp_path / name)) for name in "abc")
    assert a.fingerprint == b.fingerprint != c.fingerprint
    # embeddings (tied) + per layer: q k v o, three matrices of the MLP (48 * 8 / 3 = 128), two norms; a last norm
    vocabulary = len(base_models.load_tokenizer(a))
    assert a.parameters == vocabulary * 48 + 2 * (4 * 48 * 48 + 3 * 48 * 128 + 2 * 48) + 48


def test_no_text_at_all_is_refused() -> None:
    with pytest.raises(RefusedError, match="no text to make a tokenizer from"):
        train_tokenizer([], SHAPE)


def test_a_model_from_scratch_is_pretrained_tuned_in_full_and_answers(tmp_path: Path) -> None:
    store = ArtefactStore(tmp_path / ".luthier")
    with store.write("curate", "c", {}) as writer:
        writer.records("examples", Example, two_task_examples(64))
        writer.records("documents", Document, letters())
        writer.records("findings", Finding, [])
    pretraining = {"epochs": 2, "learning_rate": 5e-3, "block_tokens": 64}
    config = configured(epochs=12, learning_rate=3e-3, batch_size=8, label_head="always", pretrain=pretraining)
    with pytest.raises(RefusedError, match="not made yet"):
        base_so_far(config, tmp_path, store)
    artefact = tune(config, tmp_path, store)
    read = store.require("pretrain", "").json("summary")
    assert read["example_texts"] == 96, "the inputs of training examples are read too: it knows nothing else"
    assert read["after"]["per_byte"] < read["before"]["per_byte"]
    assert artefact.json("summary")["method"] == "full" and artefact.json("summary")["base_model"] == "scratch"
    assert Specialist.load(artefact, config, tmp_path).card.method == "full"
    dev = [example for example in two_task_examples(64) if example.split == "dev"]
    answers = {answer.example_id: answer for answer in Tuned(config, tmp_path, artefact).answer(dev)}
    right = [answers[e.id].labels == e.target.labels for e in dev if e.task == "colour"]
    assert sum(right) / len(right) > 0.8, "the labels follow from one word of the note"


def test_there_is_no_generic_self_to_ask(tmp_path: Path) -> None:
    assert configured().evaluate.systems == ["classical", "tuned"]
    with pytest.raises(ValueError, match="'zero_shot' asks a generic model, and a model from scratch has no generic"):
        Config.model_validate({**configured().model_dump(), "evaluate": {"systems": ["zero_shot", "tuned"]}})
    with pytest.raises(RequestError, match="no generic model to ask"):
        base_models.resolve("scratch", root=tmp_path)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"scratch": {"context": 512}}, r"tune.max_tokens \(1024\) is more than"),
        ({"scratch": {"hidden": 50, "heads": 4}}, "hidden must be a multiple of twice the heads"),
        ({"base_model": "tiny"}, "scratch means nothing without base_model: scratch"),
    ],
)
def test_a_shape_that_cannot_be_is_a_mistake_of_the_settings(changed: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Config.model_validate({**configured().model_dump(exclude_unset=True), **changed})
