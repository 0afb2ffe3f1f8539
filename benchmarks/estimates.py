"""What tuning was estimated to take against what it took, over lengths and batch sizes that span four times each.

Every setting is a whole run of the tune stage in a process of its own, on generated notes: one task that names a topic
and one that writes a line. The estimate is the probe's own; nothing that earlier runs taught corrects it.

    python benchmarks/estimates.py            smollm2-135m; runs of some minutes each
    python benchmarks/estimates.py --quick    a random model of 4 million parameters; under 3 minutes in all
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from luthier.base_models import models_home
from luthier.config import Config
from luthier.records import Example, Provenance, Target
from luthier.store.artefacts import ArtefactStore

TIME_BOUND, MEMORY_BOUND, PROBE_BOUND = 0.15, 0.10, 0.05
SETTINGS = tuple((words, batch) for words, batch in ((16, 4), (16, 16), (32, 8), (64, 4), (64, 8), (64, 16)))
WORDS = (
    *("card", "account", "branch", "letter", "client", "fund", "rate", "note", "report", "order", "limit", "term"),
    *("check", "value", "share", "house", "river", "paper", "stone", "garden", "winter", "summer", "market", "street"),
    *("window", "engine", "bottle", "silver", "copper", "timber", "harbour", "valley", "meadow", "forest"),
)
TOPICS = ("transfer", "deposit", "mortgage", "pension", "insurance", "advice")
FEWEST_NOTES = 22  # an example of a step: 40 steps at least, with two tasks and a tenth for dev
SEED = 5


def config(base_model: str, batch_size: int) -> Config:
    return Config.model_validate(
        {
            "name": "Estimates",
            "base_model": base_model,
            "tasks": {
                "topic": {
                    "kind": "classify",
                    "instruction": "Name the topic of this note.",
                    "inputs": {"note": ""},
                    "labels": dict.fromkeys(TOPICS, ""),
                },
                "line": {"kind": "generate", "instruction": "Write this note as one line.", "inputs": {"note": "Note"}},
            },
            "sources": [],
            "tune": {"epochs": 1, "batch_size": batch_size},
        }
    )


def examples(count: int, words: int) -> list[Example]:
    """Notes of about so many words, a fifth of them for dev, in two tasks."""
    rng = random.Random(f"{SEED}:{words}")
    found = []
    for number in range(count):
        topic = rng.choice(TOPICS)
        note = " ".join([topic, *rng.choices(WORDS, k=rng.randint(words // 2, words + words // 2))])
        line = " ".join(rng.choices(WORDS, k=max(3, words // 4)))
        for task, target in (("topic", Target(labels=(topic,))), ("line", Target(text=line))):
            found.append(
                Example(
                    id=f"{task}:{number}",
                    task=task,
                    inputs={"note": note},
                    target=target,
                    source=Provenance(source="generated", file="notes", row=number + 1),
                    group=str(number),
                    split="dev" if number % 10 == 0 else "train",
                )
            )
    return found


def make_model(folder: Path) -> None:
    """A random Llama-shaped model of 4 million parameters, and a tokenizer of these words."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=4096, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator([" ".join(WORDS), " ".join(TOPICS)], trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    fast.chat_template = (
        "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}"
        "{{ message['content'] + '<|im_end|>\n' }}"
        "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
    )
    fast.save_pretrained(folder)
    torch.manual_seed(SEED)
    shape = LlamaConfig(
        vocab_size=4096,
        hidden_size=192,
        intermediate_size=576,
        num_hidden_layers=6,
        num_attention_heads=6,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        eos_token_id=fast.eos_token_id,
        tie_word_embeddings=True,
    )
    LlamaForCausalLM(shape).save_pretrained(folder)


def run_one(root: Path, base_model: str, words: int, batch_size: int, count: int) -> dict[str, Any]:
    """One run's estimate, uncorrected, and what it took."""
    from luthier.tune.run import tune

    store = ArtefactStore(root / ".luthier")
    with store.write("curate", "generated", {}) as writer:
        writer.records("examples", Example, examples(count, words))
    summary = tune(config(base_model, batch_size), root, store).json("summary")
    estimate = summary["estimate"]["estimate"]
    return {
        "words": words,
        "batch_size": batch_size,
        "steps": summary["steps"],
        "estimated_seconds": sum(estimate["phases"].values()),
        "seconds": summary["seconds"],
        "estimated_bytes": estimate["raw_memory_bytes"],
        "bytes": summary["peak_memory_bytes"],
        "probe_seconds": estimate["probe_seconds"],
        "rows": estimate["rows_measured"],
    }


def in_a_process(place: Path, base_model: str, words: int, batch_size: int, count: int) -> dict[str, Any]:
    """`run_one` in a fresh process, so that its memory is its own, and without a history."""
    root = place / f"{words}-{batch_size}"
    root.mkdir()
    asked = json.dumps([str(root), base_model, words, batch_size, count])
    environment = os.environ | {"LUTHIER_HOME": str(place / "home")}
    command = [sys.executable, __file__, "--one", asked]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def error(estimated: float, actual: float) -> float:
    return (estimated - actual) / actual


def main() -> None:
    parser = argparse.ArgumentParser(description="Estimated against actual time and memory of tuning.")
    parser.add_argument("--quick", action="store_true", help="a small random model and short runs")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        root, *rest = json.loads(options.one)
        print(json.dumps(run_one(Path(root), *rest)))
        return
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "home").mkdir()
        if models_home().exists():
            (place / "home" / "models").symlink_to(models_home().resolve())
        model = str(place / "model") if options.quick else "smollm2-135m"
        if options.quick:
            make_model(place / "model")
        tokens = 40_000 if options.quick else 300_000  # of a run, about
        print(
            f"{'words':>6}{'batch':>6}{'steps':>6}{'probe':>8}{'rows':>5}{'estimated':>11}{'took':>9}{'error':>8}",
            end="",
        )
        print(f"{'estimated':>12}{'held':>9}{'error':>8}")
        found = []
        for words, batch_size in SETTINGS:
            count = max(tokens // (4 * words + 60), FEWEST_NOTES * batch_size)
            one = in_a_process(place, model, words, batch_size, count)
            found.append(one)
            _show(one)
    print(json.dumps(claims(found, "random, 4 million parameters" if options.quick else model)))


def _show(one: dict[str, Any]) -> None:
    seconds, held = (one["estimated_seconds"], one["seconds"]), (one["estimated_bytes"], one["bytes"])
    print(
        f"{one['words']:6}{one['batch_size']:6}{one['steps']:6}"
        f"{one['probe_seconds'] / one['seconds']:8.1%}{one['rows']:5}"
        f"{seconds[0]:9.1f} s{seconds[1]:7.1f} s{error(*seconds):+8.1%}"
        f"{held[0] / 1e6:9.0f} MB{held[1] / 1e6:6.0f} MB{error(*held):+8.1%}",
        flush=True,
    )


def claims(found: list[dict[str, Any]], model: str) -> list[dict[str, Any]]:
    """The worst of each, against its bound."""
    worst = {
        "time of tuning is estimated within 15%": (
            max(abs(error(one["estimated_seconds"], one["seconds"])) for one in found),
            TIME_BOUND,
        ),
        "memory of tuning is estimated within 10%": (
            max(abs(error(one["estimated_bytes"], one["bytes"])) for one in found),
            MEMORY_BOUND,
        ),
        "the probe takes under 5% of the run": (
            max(one["probe_seconds"] / one["seconds"] for one in found),
            PROBE_BOUND,
        ),
    }
    return [
        {
            "claim": claim,
            "value": round(value, 4),
            "bound": bound,
            "holds": value <= bound,
            "settings": len(found),
            "model": model,
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        }
        for claim, (value, bound) in worst.items()
    ]


if __name__ == "__main__":
    sys.exit(main())
