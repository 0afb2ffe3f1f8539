"""The engine against the plain way of asking: one prompt a row, `generate`, no sharing."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch
from transformers import PreTrainedModel

from luthier import base_models
from luthier.inference import row_inputs
from luthier.inference.engine import Engine
from luthier.inference.prefix_cache import PrefixCache

END = 3
rng = random.Random(1)
PREFIXES = {"shared": [5, 6, 7, 8], "nothing shared": []}


def _prompts(prefix: list[int]) -> list[list[int]]:
    return [prefix + [rng.randrange(4, 300) for _ in range(rng.randrange(1, 12))] for _ in range(11)]


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> PreTrainedModel:
    model = base_models.load_model(base_models.resolve(str(tiny_model)), torch.float32).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(4)  # far from uniform, so that greedy choices are no near-ties
    return model


@pytest.fixture(params=PREFIXES, scope="module")
def prompts(request: pytest.FixtureRequest) -> list[list[int]]:
    return _prompts(PREFIXES[request.param])


@pytest.fixture(params=[True, False], ids=["packed rows", "rows of their own"])
def engine(model: PreTrainedModel, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Asking as it is, and as it is for a model whose attention takes no packed rows."""
    monkeypatch.setitem(row_inputs._takes_layouts, model.base_model, request.param)
    return Engine(model, row_tokens=40, batch_size=4)


def test_states_part_of_the_way_up_equal_those_of_single_rows(
    engine: Engine, model: PreTrainedModel, prompts: list[list[int]]
) -> None:
    own_from = [min(2, len(ids) - 1) for ids in prompts]
    found = {
        n: own
        for numbers, states in engine.states(prompts, own_from, 1)
        for n, own in zip(numbers, states, strict=True)
    }
    for number, ids in enumerate(prompts):
        with torch.no_grad():
            whole = model.base_model(torch.tensor([ids]), output_hidden_states=True).hidden_states[1][0]
        assert torch.allclose(found[number], whole[own_from[number] :], atol=1e-4)


def test_stopping_part_of_the_way_up_leaves_the_model_as_it_was(engine: Engine, model: PreTrainedModel) -> None:
    ids = torch.tensor([[1, 2, 3]])
    with torch.no_grad():
        before = model(ids).logits
        list(engine.states([[1, 2, 3]], [0], 1))
        assert torch.equal(model(ids).logits, before)


def test_continuations_score_what_reading_them_whole_scores(
    engine: Engine, model: PreTrainedModel, prompts: list[list[int]]
) -> None:
    continuations = [[1, 2, 3], [1, 2], [4], [1, 5, 9, 3], [4, 4]]
    expected = [[_log_probability(model, ids, more) for more in continuations] for ids in prompts]
    assert torch.allclose(engine.continuation_log_probs(prompts, continuations), torch.tensor(expected), atol=1e-3)


def test_greedy_answers_equal_generate(engine: Engine, model: PreTrainedModel, prompts: list[list[int]]) -> None:
    answers = engine.generate(prompts, max_new_tokens=12, end_of_turn=END)
    for ids, answer in zip(prompts, answers, strict=True):
        given = torch.tensor([ids])
        plain = model.generate(
            given,
            attention_mask=torch.ones_like(given),
            max_new_tokens=12,
            do_sample=False,
            eos_token_id=END,
            pad_token_id=0,
        )[0, len(ids) :].tolist()
        assert answer.stopped == (END in plain)
        assert list(answer.ids) == [token for token in plain if token != END]
        spoken = [*answer.ids, END] if answer.stopped else list(answer.ids)
        assert answer.log_probability == pytest.approx(_log_probability(model, ids, spoken), abs=1e-3)


def test_some_answers_stop_early_and_some_do_not(model: PreTrainedModel) -> None:
    """Rows leave the batch one by one: the end of turn is made likely, and the rest must not be disturbed."""
    prompts = _prompts([5, 6])
    first = [Engine(model).generate([ids], max_new_tokens=8, end_of_turn=END)[0].ids for ids in prompts]
    end = first[0][2]  # a token the first prompt's answer comes to, now taken for the end
    alone = [Engine(model).generate([ids], max_new_tokens=8, end_of_turn=end)[0] for ids in prompts]
    together = Engine(model, batch_size=11).generate(prompts, max_new_tokens=8, end_of_turn=end)
    assert [answer.ids for answer in together] == [answer.ids for answer in alone]
    assert any(answer.stopped for answer in together)


def _log_probability(model: PreTrainedModel, ids: list[int], more: list[int]) -> float:
    with torch.no_grad():
        logits = model(torch.tensor([ids + more])).logits[0].log_softmax(-1)
    return sum(float(logits[len(ids) - 1 + step, token]) for step, token in enumerate(more))


def test_the_shared_prefix_is_encoded_without_a_guess_at_each_of_its_tokens(model: PreTrainedModel) -> None:
    positions: list[int] = []
    head = model.get_output_embeddings()
    handle = head.register_forward_hook(lambda _, __, logits: positions.append(logits.shape[1]))
    cache = PrefixCache(model, [5, 6, 7, 8])
    handle.remove()
    assert positions == [1] and cache.layers[0][0].shape[2] == 4
