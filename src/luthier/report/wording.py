"""How figures and names are said to a reader: one way of writing each, on the page and in the model card."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from luthier.report.shapes import Interval

NONE = "–"
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as the reader meets it. Every one lies between 0 and 1."""

    name: str
    meaning: str
    lower_is_better: bool = False


METRICS = {
    "rouge1": Metric("ROUGE-1", "how far the words of an answer are those of the reference"),
    "rouge2": Metric("ROUGE-2", "how far the pairs of neighbouring words are those of the reference"),
    "rougeL": Metric("ROUGE-L", "how far an answer says the reference's words in the reference's order"),
    "exact_match": Metric("Exact match", "the share of answers that equal the reference entirely"),
    "accuracy": Metric("Accuracy", "the share of items that got the right label"),
    "precision_micro": Metric("Precision, micro", "of all labels given, the share that was right"),
    "precision_macro": Metric("Precision, macro", "precision of each label, averaged so that rare labels count fully"),
    "recall_micro": Metric("Recall, micro", "of all labels that apply, the share that was found"),
    "recall_macro": Metric("Recall, macro", "recall of each label, averaged so that rare labels count fully"),
    "f1_micro": Metric("F1, micro", "the balance of precision and recall over all labels together"),
    "f1_macro": Metric("F1, macro", "the balance of precision and recall of each label, averaged over the labels"),
    "unsupported_rate": Metric(
        "Unsupported statements", "the share of answers that state what the source does not", lower_is_better=True
    ),
    "judged_correct": Metric("Judged correct", "the share of answers that experts called correct"),
}

SYSTEMS = {
    "zero_shot": ("Zero-shot", "the generic model, given only the instruction"),
    "few_shot": ("Few-shot", "the generic model, given worked examples in its prompt, as many as did best on dev"),
    "retrieval": ("Retrieval", "the generic model, given passages looked up for the item"),
    "classical": ("Classical", "the strongest cheap method, without a language model"),
    "human": ("Human", "a person of the trade, working without the model"),
    "previous": ("Previous", "the model of the cycle before"),
    "tuned": ("Tuned", "the model trained in this cycle"),
}

NEED = {
    True: "A tuned language model earns its place here",
    False: "No tuned language model needed here",
    None: "Whether a tuned language model is needed here is not decided",
}
STATES = {"met": "Met", "missed": "Missed", "undecided": "Undecided"}
DIRECTIONS = {"at_least": "at least", "at_most": "at most"}
SPLITS = {
    "test": "sealed test set",
    "dev": "development set",
    "calibration": "calibration set",
    "pool": "pool",
    "train": "training set",
}


def metric_name(metric: str) -> str:
    return METRICS[metric].name if metric in METRICS else words(metric)


def metric_meaning(metric: str) -> str:
    """What a metric says, or nothing where it is not one of the house's."""
    return METRICS[metric].meaning if metric in METRICS else ""


def lower_is_better(metric: str) -> bool:
    return metric in METRICS and METRICS[metric].lower_is_better


def system_name(system: str) -> str:
    return SYSTEMS[system][0] if system in SYSTEMS else system


def system_meaning(system: str) -> str:
    return SYSTEMS[system][1] if system in SYSTEMS else "a model behind an endpoint"


def words(name: str) -> str:
    """A name from the settings as words: `portfolio_summary` is `Portfolio summary`."""
    spoken = name.replace("_", " ").strip()
    return spoken[:1].upper() + spoken[1:]


def score(value: float) -> str:
    """`0.431`; a figure below zero with a true minus sign."""
    return f"{_rounded(value):.3f}".replace("-", MINUS)


def signed(value: float) -> str:
    """`+0.031`: a difference always shows its sign."""
    return f"{_rounded(value):+.3f}".replace("-", MINUS)


def _rounded(value: float) -> float:
    return round(value, 3) + 0.0  # adding nothing takes the sign off a zero


def between(low: float, high: float, *, sign: bool = False) -> str:
    """`0.402 to 0.460`."""
    say = signed if sign else score
    return f"{say(low)} to {say(high)}"


def measured(figure: Interval) -> str:
    """`0.431 (0.402 to 0.460)`, as far as it is defined."""
    if figure.value is None:
        return f"{NONE} (undefined)"
    if figure.low is None or figure.high is None:
        return score(figure.value)
    return f"{score(figure.value)} ({between(figure.low, figure.high)})"


def p_value(p: float) -> str:
    return "below 0.001" if p < 0.001 else f"{p:.3f}"


def count(number: float) -> str:
    """`3,080`; a number that is not whole keeps two decimals."""
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,.2f}"


def share(part: int, whole: int) -> str:
    """`12.5%`, or a dash where there is no whole."""
    return f"{100 * part / whole:.1f}%" if whole else NONE


def plural(number: int, noun: str) -> str:
    """`1 item`, `3,080 items`, `2 families`."""
    if number == 1:
        return f"1 {noun}"
    return f"{count(number)} {noun[:-1] + 'ies' if noun.endswith('y') else noun + 's'}"


def confidence(level: float) -> str:
    """`95%`; `99.9%`."""
    return f"{100 * level:.6g}%"


def gigabytes(size: int) -> str:
    return f"{size / 1e9:.2f} GB"


def day(moment: dt.datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def day_and_time(moment: dt.datetime) -> str:
    """`24 November 2026, 09:05 UTC`; a moment without a zone names none."""
    return f"{day(moment)}, {moment:%H:%M}{' ' + zone if (zone := moment.tzname()) else ''}"


def plain(value: Any) -> str:
    """A setting's value, or a choice with parts, on one line."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{words(str(key)).lower()} {plain(part)}" for key, part in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(plain(part) for part in value)
    return str(value)
