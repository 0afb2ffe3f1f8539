"""The embedded model as it really comes: whole, with its own tokenizer and chat template, and able to speak."""

import json

import pytest
import torch

from luthier.base_models import get, load_model, load_tokenizer, resolve
from luthier.base_models.model_folder import MANIFEST, describe

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def model():
    return resolve("smollm2-135m")


def test_it_is_whole_byte_for_byte_and_not_fetched_again(model):
    manifest = json.loads((model.folder / MANIFEST).read_text())
    assert describe(model.folder)["files"] == manifest["files"]
    before = (model.folder / MANIFEST).stat().st_mtime_ns
    assert get("smollm2-135m") == model.folder
    assert (model.folder / MANIFEST).stat().st_mtime_ns == before


def test_the_catalogue_counts_its_parameters_right(model):
    assert model.parameters == model.entry.parameters


def test_its_tokenizer_keeps_the_chat_markers_and_the_template(model):
    tokenizer = load_tokenizer(model)
    assert (tokenizer.bos_token, tokenizer.eos_token, tokenizer.unk_token) == (
        "<|im_start|>",
        "<|im_end|>",
        "<|endoftext|>",
    )
    messages = [{"role": "system", "content": "S"}, {"role": "user", "content": "U"}]
    prompt = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert prompt == "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\n"


def test_it_speaks(model):
    tokenizer, network = load_tokenizer(model), load_model(model, torch.float32)
    prompt = "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n"
    ids = tokenizer(prompt, add_special_tokens=False, return_tensors="pt").input_ids
    answer = network.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=12, do_sample=False)
    assert "Paris" in tokenizer.decode(answer[0, ids.shape[1] :])
