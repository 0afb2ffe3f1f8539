"""A local folder and a hub id become the same kind of resolved model; what cannot be had says why and what to do."""

import shutil

import huggingface_hub
import pytest
import torch
from huggingface_hub.errors import LocalEntryNotFoundError, RevisionNotFoundError
from transformers import LlamaConfig, LlamaForCausalLM

from luthier.base_models import load_model, resolve
from luthier.errors import LuthierError, RequestError


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A Llama with a few thousand parameters, as safetensors."""
    torch.manual_seed(0)
    config = LlamaConfig(
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        vocab_size=50,
        tie_word_embeddings=True,
    )
    folder = tmp_path_factory.mktemp("model")
    model = LlamaForCausalLM(config)
    model.save_pretrained(folder)
    return folder, model


@pytest.fixture
def hub(monkeypatch):
    """A hub that has one answer; `asked` keeps the questions. Nothing is on this machine."""

    def answer_with(result):
        asked = []

        def snapshot_download(hub_id, *, revision, allow_patterns, local_files_only=False):
            if local_files_only:
                raise LocalEntryNotFoundError("not here")
            asked.append((hub_id, revision))
            if isinstance(result, Exception):
                raise result
            return str(result)

        monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
        return asked

    return answer_with


def test_a_local_folder_resolves_with_its_size_and_borrowed_defaults(saved):
    folder, model = saved
    resolved = resolve(str(folder))
    assert resolved.parameters == sum(parameter.numel() for parameter in model.parameters())
    assert resolved.defaults.reason == "as for smollm2-135m, the nearest in size; not measured here"
    assert (resolved.entry, resolved.revision) == (None, None)


def test_a_relative_folder_is_relative_to_the_project(saved):
    folder, _ = saved
    assert resolve(folder.name, root=folder.parent).fingerprint == resolve(str(folder)).fingerprint


def test_the_fingerprint_follows_the_content_and_nothing_else(saved, tmp_path):
    folder, model = saved
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    assert resolve(str(copy)).fingerprint == resolve(str(folder)).fingerprint
    with torch.no_grad():
        model.model.norm.weight[0] += 1
    model.save_pretrained(copy)
    with torch.no_grad():
        model.model.norm.weight[0] -= 1
    assert resolve(str(copy)).fingerprint != resolve(str(folder)).fingerprint


def test_a_model_loads_in_the_asked_type_with_the_saved_numbers(saved):
    folder, model = saved
    loaded = load_model(resolve(str(folder)), torch.float32)
    assert not loaded.training
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(loaded.get_parameter(name), parameter, rtol=0, atol=0)
    assert load_model(resolve(str(folder)), torch.bfloat16).dtype == torch.bfloat16


def test_pickled_weights_are_refused(saved, tmp_path):
    folder, model = saved
    shutil.copy(folder / "config.json", tmp_path)
    torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(LuthierError, match="must be safetensors files, and there are none"):
        resolve(str(tmp_path))


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 64, b"\x02\x00\x00\x00\x00\x00\x00\x00[]"])
def test_a_broken_weights_file_is_named(saved, tmp_path, content):
    shutil.copy(saved[0] / "config.json", tmp_path)
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(LuthierError, match=r"model\.safetensors: the file is not whole, or no safetensors file"):
        resolve(str(tmp_path))


def test_a_folder_without_a_model_says_so(tmp_path):
    with pytest.raises(LuthierError, match=r"it has no config\.json"):
        resolve(str(tmp_path))


@pytest.mark.parametrize("name", ["./nowhere", "/no/where", "../a/b"])
def test_a_path_that_is_not_there_is_never_looked_for_on_the_hub(hub, name):
    asked = hub(AssertionError("asked"))
    with pytest.raises(RequestError, match="there is no folder"):
        resolve(name)
    assert asked == []


def test_a_hub_model_is_fingerprinted_by_its_commit(hub, saved, tmp_path):
    commit = tmp_path / "c0ffee"
    shutil.copytree(saved[0], commit)
    asked = hub(commit)
    resolved = resolve("nobody/tiny@v1", quiet=True)
    assert asked == [("nobody/tiny", "v1")]
    assert resolved.revision == "c0ffee"
    assert resolved.name == "nobody/tiny"
    other = tmp_path / "decade"
    shutil.copytree(saved[0], other)
    hub(other)
    assert resolve("nobody/tiny", quiet=True).fingerprint != resolved.fingerprint


def test_a_catalogue_name_asks_the_hub_for_its_id_and_pinned_commit(hub, saved):
    asked = hub(saved[0])
    resolved = resolve("qwen3-0.6b", quiet=True)
    assert asked == [("Qwen/Qwen3-0.6B", resolved.entry.revision)] and len(resolved.entry.revision) == 40
    assert resolved.entry.name == resolved.name == "qwen3-0.6b"


def test_a_hub_out_of_reach_says_what_else_can_be_done(hub, capsys):
    hub(LocalEntryNotFoundError("no connection"))
    with pytest.raises(LuthierError, match=r"the hub cannot be reached, and Qwen/Qwen3-0\.6B is not on this machine"):
        resolve("qwen3-0.6b", quiet=True)
    assert capsys.readouterr().err == ""


def test_an_unknown_revision_is_a_wrong_request(hub):
    hub(RevisionNotFoundError.__new__(RevisionNotFoundError))  # made without the server's answer it would carry
    with pytest.raises(RequestError, match="nobody/tiny has no revision 'v9' on the hub"):
        resolve("nobody/tiny@v9", quiet=True)
