"""A project as the earlier stages would have left it, small enough to read, with figures that occur nowhere else."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from luthier.config import Config
from luthier.records import Example, Prediction, Provenance, Target
from luthier.store.artefacts import ArtefactStore

SYSTEMS = ("zero_shot", "few_shot", "classical", "tuned")
FLAGS = ("concentration", "stale_profile", "missing_disclosure")


def interval(value: float | None, half: float = 0.021) -> dict[str, float | None]:
    if value is None:
        return {"value": None, "low": None, "high": None}
    return {"value": value, "low": round(value - half, 6), "high": round(value + half, 6)}


def paired(b: str, metric: str, difference: float, half: float, n: int, p: float | None) -> dict[str, Any]:
    ends = {"low": round(difference - half, 6), "high": round(difference + half, 6)}
    return {"a": "tuned", "b": b, "metric": metric, "difference": difference, **ends, "p": p, "n": n}


def summary_card() -> dict[str, Any]:
    """The scorecard of a task whose answers are texts."""
    figures = {
        "zero_shot": {"rougeL": interval(0.1713), "rouge1": interval(0.2311)},
        "few_shot": {"rougeL": interval(0.2917), "rouge1": interval(0.3719)},
        "classical": {"rougeL": interval(0.3323), "rouge1": interval(0.4129)},
        "tuned": {"rougeL": interval(0.5431), "rouge1": interval(0.6137)},
    }
    return {
        "kind": "generate",
        "multi_label": False,
        "n": 6,
        "groups": 3,
        "families": 2,
        "independent": False,
        "headline": "rougeL",
        "systems": figures,
        "n_by_system": dict.fromkeys(SYSTEMS, 6) | {"zero_shot": 4},
        "choices": {
            "few_shot": {"k": 4, "tried": {"2": 0.2741, "4": 0.2843}},
            "classical": {"method": "lead sentences", "sentences": 3},
        },
        "paired": [
            paired("zero_shot", "rougeL", 0.3718, 0.0307, 4, None),
            paired("few_shot", "rougeL", 0.2514, 0.0303, 6, None),
            paired("classical", "rougeL", 0.2108, 0.0301, 6, None),
        ],
        "targets": [
            {
                "system": "tuned",
                "metric": "rougeL",
                "target": 0.4547,
                "direction": "at_least",
                **interval(0.5431),
                "state": "met",
                "needed": None,
            }
        ],
        "slices": {
            "segment": {
                "private": {system: {**figures[system]["rougeL"], "n": 4} for system in SYSTEMS},
                "retail": {system: {**interval(None), "n": 2} for system in SYSTEMS},
            }
        },
        "labels": None,
        "confusion": None,
        "ceiling": {"rougeL": interval(0.7151)},
        "truncated": dict.fromkeys(SYSTEMS, 0) | {"few_shot": 1},
        "unfinished": dict.fromkeys(SYSTEMS, 0) | {"zero_shot": 3},
        "verdict": "The tuned model is ahead of every other system.",
        "needs_tuned_model": True,
    }


def flags_card() -> dict[str, Any]:
    """The scorecard of a task with several labels an item, on which the cheap system is as good."""
    figures = {
        "zero_shot": {"f1_macro": interval(0.2153)},
        "few_shot": {"f1_macro": interval(0.3257)},
        "classical": {"f1_macro": interval(0.8363)},
        "tuned": {"f1_macro": interval(0.8269)},
    }
    label = {"precision": 0.8171, "recall": 0.8273, "f1": 0.8377, "support": 3, "predicted": 3}
    never = {"precision": None, "recall": 0.0, "f1": None, "support": 1, "predicted": 0}
    return {
        "kind": "classify",
        "multi_label": True,
        "n": 6,
        "groups": 6,
        "families": 2,
        "independent": True,
        "headline": "f1_macro",
        "systems": figures,
        "n_by_system": dict.fromkeys(SYSTEMS, 6),
        "choices": {"classical": {"method": "word and character n-grams"}, "few_shot": {"k": 8}},
        "paired": [
            paired("zero_shot", "f1_macro", 0.6116, 0.0411, 6, 0.000004),
            paired("few_shot", "f1_macro", 0.5012, 0.0413, 6, 0.0007),
            paired("classical", "f1_macro", -0.0094, 0.0419, 6, 0.6891),
        ],
        "targets": [
            {
                "system": "tuned",
                "metric": "f1_macro",
                "target": 0.8297,
                "direction": "at_least",
                **interval(0.8269),
                "state": "undecided",
                "needed": 131,
            },
            {
                "system": "tuned",
                "metric": "f1_macro",
                "target": 0.9349,
                "direction": "at_least",
                **interval(0.8269),
                "state": "missed",
                "needed": None,
            },
        ],
        "slices": {},
        "labels": {system: {FLAGS[0]: label, FLAGS[1]: label, FLAGS[2]: never} for system in SYSTEMS},
        "confusion": None,
        "ceiling": None,
        "truncated": dict.fromkeys(SYSTEMS, 0),
        "unfinished": dict.fromkeys(SYSTEMS, 0),
        "verdict": "no tuned language model needed here",
        "needs_tuned_model": False,
    }


def intent_card(labels: int = 77) -> dict[str, Any]:
    """The scorecard of a task with one of many labels an item."""
    names = [f"intent_{i:02d}" for i in range(labels)]
    counts = [[37 if i == j else 2 if j == (i + 1) % labels else 0 for j in range(labels)] for i in range(labels)]
    figure = {"precision": 0.9473, "recall": 0.9479, "f1": 0.9487, "support": 39, "predicted": 39}
    card = flags_card()
    return card | {
        "multi_label": False,
        "headline": "accuracy",
        "systems": {"classical": {"accuracy": interval(0.9133)}, "tuned": {"accuracy": interval(0.9277)}},
        "n_by_system": {"classical": 6, "tuned": 6},
        "paired": [paired("classical", "accuracy", 0.0144, 0.0081, 6, 0.0011)],
        "targets": [],
        "labels": {system: dict.fromkeys(names, figure) for system in ("classical", "tuned")},
        "confusion": {system: {"labels": names, "counts": counts} for system in ("classical", "tuned")},
        "truncated": {"classical": 0, "tuned": 0},
        "unfinished": {"classical": 0, "tuned": 0},
        "verdict": "The tuned model is a little ahead.",
    }


def curation() -> dict[str, Any]:
    return {
        "examples": {"in": 131, "kept": 120, "dropped": 4, "merged": 7, "edited": 23},
        "documents": {"in": 61, "kept": 59, "dropped": 0, "merged": 2, "edited": 17},
        "rules": [
            {
                "rule": "duplicates",
                "version": 3,
                "code": "duplicate.near",
                "action": "merge",
                "examples": 7,
                "documents": 2,
            }
        ],
        "splits": {
            "summary": {"train": 84, "dev": 12, "test": 24},
            "flags": {"train": 83, "dev": 13, "test": 24},
        },
        "groups": {"train": 41, "dev": 6, "test": 12},
        "families": {"train": 5, "dev": 2, "test": 2},
        "seen_families": {"dev": 0, "test": 3},
        "removed_by_profile": {"segment": {"private": {"in": 71, "kept": 67}, "retail": {"in": 60, "kept": 53}}},
        "seconds": 1.25,
    }


def ingest() -> dict[str, Any]:
    notes = {"files": 3, "documents": 61, "examples": 0, "refused": 2, "reasons": {"pdf.scanned": 2}}
    rows = {"files": 1, "documents": 0, "examples": 131, "refused": 0, "reasons": {}}
    totals = {"files": 4, "documents": 61, "examples": 131, "refused": 2, "reasons": {"pdf.scanned": 2}}
    return {"sources": [{"name": "notes", **notes}, {"name": "labelled", **rows}], "totals": totals}


def training_log() -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = [
        {
            "step": 10 * i,
            "epoch": i / 5,
            "loss": round(3.1 / i, 4),
            "learning_rate": 0.0005,
            "seconds": 12.5 * i,
            "tokens_per_second": 810.0,
        }
        for i in range(1, 16)
    ]
    lines[4]["dev"] = {"summary": {"rougeL": 0.4463}}
    lines[14]["dev"] = {"summary": {"rougeL": 0.5381}, "flags": {"f1_macro": None}}
    return lines


def tune_summary() -> dict[str, Any]:
    return {
        "seconds": 187.0,
        "steps": 150,
        "examples": 167,
        "tokens": 151_234,
        "trained_parameters": 4_884_480,
        "total_parameters": 139_400_000,
        "truncated_inputs": 1,
        "truncated_targets": 0,
        "peak_memory_bytes": None,
        "precision": "bfloat16",
        "device": "cpu",
        "base_model": "smollm2-135m",
        "licence": "Apache-2.0",
        "method": "lora",
        "dev": {"flags": {"label_head": 0.8117, "generated": 0.7219}},
    }


def specialist() -> dict[str, Any]:
    return {"tasks": {"summary": {"answered_by": "generated"}, "flags": {"answered_by": "label_head"}}}


def settings() -> list[dict[str, Any]]:
    return [
        {"name": "learning_rate", "value": 0.0005, "from": "default for smollm2-135m"},
        {"name": "batch_size", "value": 16, "from": "luthier.yaml"},
        {"name": "epochs", "value": {"summary": 3.0, "flags": 2.0}, "from": "luthier.yaml"},
    ]


TASKS: dict[str, dict[str, Any]] = {
    "summary": {
        "kind": "generate",
        "instruction": "Summarise the client's portfolio.",
        "inputs": {"note": "Adviser's note"},
    },
    "flags": {
        "kind": "classify",
        "instruction": "Name the risks.",
        "inputs": {"note": ""},
        "labels": dict.fromkeys(FLAGS, "a risk"),
        "multi_label": True,
    },
    "intent": {"kind": "classify", "instruction": "Name the intent.", "inputs": {"message": "Message"}},
}


@dataclass
class Project:
    """Everything the artefacts will hold; a test changes what it is about and then calls `save`."""

    tasks: dict[str, dict[str, Any]] = field(default_factory=lambda: {"summary": summary_card(), "flags": flags_card()})
    split: str = "test"
    opened: list[dict[str, Any]] = field(
        default_factory=lambda: [{"when": "2026-11-24T09:05:00+00:00", "who": "M. Varga", "cycle": 1}]
    )
    cost: dict[str, Any] = field(
        default_factory=lambda: {
            "train_seconds": 187.0,
            "evaluate_seconds": {"zero_shot": 41.0, "few_shot": 77.0, "classical": 2.0, "tuned": 38.0},
            "hourly_rate": 1.5,
            "currency": "EUR",
            "money": 0.14,
        }
    )
    report: dict[str, Any] = field(default_factory=lambda: {"notice": "Generated sample data"})
    curation: dict[str, Any] = field(default_factory=curation)
    ingest: dict[str, Any] = field(default_factory=ingest)
    tune_summary: dict[str, Any] = field(default_factory=tune_summary)
    training_log: list[dict[str, Any]] = field(default_factory=training_log)
    settings: list[dict[str, Any]] = field(default_factory=settings)
    specialist: dict[str, Any] = field(default_factory=specialist)
    examples: list[Example] = field(default_factory=list)
    predictions: list[Prediction] = field(default_factory=list)
    tuned: bool = True
    name: str = "Aldergate Wealth"

    def scorecard(self) -> dict[str, Any]:
        return {
            "cycle": 1,
            "split": self.split,
            "created": "2026-11-24T09:20:00+00:00",
            "luthier": "0.1.0",
            "name": self.name,
            "confidence": 0.95,
            "draws": 2000,
            "seal": {"opened": self.opened},
            "tasks": self.tasks,
            "cost": self.cost,
            "data": copy.deepcopy(self.curation),
        }

    def config(self) -> Config:
        source = {"name": "labelled", "path": "labelled.csv", "task": next(iter(self.tasks))}
        tasks = {name: TASKS[name] for name in self.tasks}
        content = {"name": self.name, "tasks": tasks, "sources": [source], "report": self.report}
        return Config.model_validate(content)

    def save(self, root: Path) -> ArtefactStore:
        """Writes the four artefacts below `root`, as their stages would."""
        store = ArtefactStore(root / ".luthier")
        with store.write("ingest", "i1", {}) as writer:
            writer.json("summary", self.ingest)
        with store.write("curate", "c1", {"ingest": "i1"}) as writer:
            writer.records("examples", Example, self.examples)
            writer.json("summary", self.curation)
        if self.tuned:
            with store.write("tune", "t1", {"curate": "c1"}) as writer:
                writer.json("summary", self.tune_summary)
                writer.json("training_log", self.training_log)
                writer.json("settings", self.settings)
                writer.json("specialist", self.specialist)
        with store.write("evaluate", "e1", {"curate": "c1", "tune": "t1"}) as writer:
            writer.records("predictions", Prediction, self.predictions)
            writer.json("scorecard", self.scorecard())
        return store

    def without_tuned(self) -> Project:
        """The same project before anything was tuned."""
        for card in self.tasks.values():
            for part in ("systems", "n_by_system", "choices", "truncated", "unfinished", "labels", "confusion"):
                if card[part]:
                    card[part].pop("tuned", None)
            for by_value in card["slices"].values():
                for by_system in by_value.values():
                    by_system.pop("tuned")
            card.update(paired=[], targets=[], needs_tuned_model=None)
        self.predictions = [prediction for prediction in self.predictions if prediction.system != "tuned"]
        self.cost = self.cost | {"train_seconds": None, "hourly_rate": None, "money": None}
        self.cost["evaluate_seconds"].pop("tuned")
        self.tuned = False
        return self


def example(task: str, number: int, target: Target, **inputs: str) -> Example:
    return Example(
        id=f"{task}-{number}",
        task=task,
        inputs=inputs,
        target=target,
        source=Provenance(source="labelled", file="labelled.csv", row=number + 1),
        group=f"client-{number // 2}",
        profile={"segment": "private"},
        split="test",
    )


def small_project() -> Project:
    """Six items a task: summaries of falling quality, and flags of which every second answer is wrong."""
    project = Project()
    for i in range(6):
        right = f"The portfolio of client {i} is worth {i}50 thousand, mostly in shares."
        summary = example("summary", i, Target(text=right), note=f"Client {i} holds shares and bonds.")
        flags = example("flags", i, Target(labels=(FLAGS[0],)), note=f"Review of client {i} is three years old.")
        project.examples += [summary, flags]
        for system in SYSTEMS:
            said = right if system == "tuned" and i < 3 else f"Client {i} holds shares and has {i} wishes."
            given = (FLAGS[0],) if system in ("tuned", "classical") and i % 2 else (FLAGS[1],)
            project.predictions += [
                Prediction(example_id=summary.id, task="summary", system=system, text=said),
                Prediction(example_id=flags.id, task="flags", system=system, labels=given, confidence=0.5),
            ]
    return project


def intent_project(labels: int = 77) -> Project:
    """One task with many single labels."""
    project = Project(tasks={"intent": intent_card(labels)})
    for i in range(6):
        asked = example("intent", i, Target(labels=(f"intent_{i:02d}",)), message=f"Where is card {i}?")
        project.examples.append(asked)
        for system in ("classical", "tuned"):
            given = (f"intent_{i + (i % 2):02d}",)
            project.predictions.append(Prediction(example_id=asked.id, task="intent", system=system, labels=given))
    return project
