"""Private data, scored on presidio-research's synthetic sentences, beside plain Presidio.

    python benchmarks/privacy.py --data FILE.json                         the structured kinds, without any model
    python benchmarks/privacy.py --data FILE.json --spacy-model NAME      and all kinds, beside Presidio with that model

FILE.json is `synth_dataset_v2.json` of https://github.com/microsoft/presidio-research (MIT): sentences with private
entities as character spans. Luthier's patterns were written from the standards, not from this file.

A prediction is right if it is of the label's kind and the characters the two share are at least half of those that
either covers (overlap .5), one prediction a label; `exact` asks for the same characters. Every label counts, also one
that our definition rightly rejects, such as a phone number that no numbering plan has: a miss. Sentences made from one
template resemble each other, so intervals are bootstrapped by template. "All kinds" takes streets and towns as one
kind, place, since Presidio has no other, and leaves titles, ages and postcodes alone, which Presidio has no kind for:
such a label does not count, as in presidio-research, and nor does a prediction on it, which is a false alarm there. A
second row counts both.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from luthier.config.curation.privacy import Privacy
from luthier.curate.clean.privacy import KINDS, Presidio, find_private, find_structured
from luthier.curate.clean.privacy.presidio import analyzer_engine
from luthier.statistics.bootstrap import cluster_bootstrap, paired_cluster_bootstrap

Mention = tuple[int, int, str]  # start, end, kind
Finder = Callable[[str], list[Mention]]
STRUCTURED = ("email", "phone", "card", "iban", "ip_address", "national_number")
OF_THE_FILE = {
    "EMAIL_ADDRESS": "email", "PHONE_NUMBER": "phone", "CREDIT_CARD": "card", "IBAN_CODE": "iban",
    "IP_ADDRESS": "ip_address", "US_SSN": "national_number", "US_DRIVER_LICENSE": "national_number",
    "PERSON": "name", "STREET_ADDRESS": "place", "GPE": "place", "ORGANIZATION": "organisation", "NRP": "nationality",
    "DATE_TIME": "date", "DOMAIN_NAME": "web_address", "TITLE": "title", "AGE": "age", "ZIP_CODE": "postcode",
}  # fmt: skip
UNCOUNTED = frozenset({"title", "age", "postcode"})
OURS = {"address": "place", "location": "place", "birth_date": "date", "url": "web_address"}
OF_PRESIDIO = {
    "EMAIL_ADDRESS": "email", "PHONE_NUMBER": "phone", "CREDIT_CARD": "card", "IBAN_CODE": "iban",
    "IP_ADDRESS": "ip_address", "PERSON": "name", "LOCATION": "place", "ORGANIZATION": "organisation",
    "NRP": "nationality", "DATE_TIME": "date", "URL": "web_address", "US_SSN": "national_number",
    "US_ITIN": "national_number",
    "US_DRIVER_LICENSE": "national_number", "US_PASSPORT": "national_number", "US_BANK_NUMBER": "account",
    "CRYPTO": "account",
}  # fmt: skip


@dataclass(frozen=True)
class Sentence:
    """A text, its labels, and the template that it was made from."""

    text: str
    labels: list[Mention]
    template: int


def read(path: Path) -> list[Sentence]:
    """The sentences of the file."""
    return [
        Sentence(
            row["full_text"],
            [(s["start_position"], s["end_position"], OF_THE_FILE[s["entity_type"]]) for s in row["spans"]],
            row["template_id"],
        )
        for row in json.loads(path.read_text(encoding="utf-8"))
    ]


def tally(
    labels: Sequence[Mention], found: Sequence[Mention], kinds: Iterable[str], least: float, uncounted: frozenset[str]
) -> dict[str, tuple[int, int, int]]:
    """Hits, false alarms and misses by kind; the best overlaps are paired first, and none below `least`."""
    open_labels = [m for m in labels if m[2] not in uncounted]
    ignored = [m for m in labels if m[2] in uncounted]
    pairs = sorted(
        ((_overlap(a, b), i, j) for i, a in enumerate(open_labels) for j, b in enumerate(found) if a[2] == b[2]),
        reverse=True,
    )
    hit_labels: set[int] = set()
    hits: set[int] = set()
    for share, i, j in pairs:
        if share >= least and i not in hit_labels and j not in hits:
            hit_labels.add(i)
            hits.add(j)
    wrong = [m for j, m in enumerate(found) if j not in hits and not any(_overlap(m, other) > 0 for other in ignored)]
    missed = [m for i, m in enumerate(open_labels) if i not in hit_labels]
    return {
        kind: (
            sum(found[j][2] == kind for j in hits),
            sum(m[2] == kind for m in wrong),
            sum(m[2] == kind for m in missed),
        )
        for kind in kinds
    }


def _overlap(a: Mention, b: Mention) -> float:
    shared = min(a[1], b[1]) - max(a[0], b[0])
    return shared / (max(a[1], b[1]) - min(a[0], b[0])) if shared > 0 else 0.0


def f1(sums: np.ndarray) -> np.ndarray:
    """F1 of (hits, false alarms, misses), shape (..., 3); NaN where nothing was there and nothing found."""
    with np.errstate(invalid="ignore"):
        return 2 * sums[..., 0] / (2 * sums[..., 0] + sums[..., 1] + sums[..., 2])


def precision(sums: np.ndarray) -> np.ndarray:
    """The share of what was found that is right."""
    with np.errstate(invalid="ignore"):
        return sums[..., 0] / (sums[..., 0] + sums[..., 1])


def recall(sums: np.ndarray) -> np.ndarray:
    """The share of the labels that was found."""
    with np.errstate(invalid="ignore"):
        return sums[..., 0] / (sums[..., 0] + sums[..., 2])


class Scored:
    """What a system found, scored: counts by sentence and kind, and figures with their intervals."""

    def __init__(
        self, name: str, sentences: Sequence[Sentence], found: Sequence[list[Mention]], options: argparse.Namespace
    ) -> None:
        self.name, self._sentences, self._found, self._options = name, sentences, found, options
        self.templates = [sentence.template for sentence in sentences]

    def sums(self, kinds: Sequence[str], least: float, uncounted: frozenset[str] = frozenset()) -> np.ndarray:
        """Hits, false alarms and misses of the kinds together, shape (sentences, 3)."""
        rows = (tally(s.labels, f, kinds, least, uncounted) for s, f in zip(self._sentences, self._found, strict=True))
        return np.array([np.sum(list(row.values()), axis=0) for row in rows], dtype=np.float64)

    def line(
        self, what: str, kinds: Sequence[str], least: float, uncounted: frozenset[str] = frozenset()
    ) -> dict[str, Any]:
        """One row of the table, printed, and as what the JSON line holds."""
        sums = self.sums(kinds, least, uncounted)
        row: dict[str, Any] = {"system": self.name, "kinds": what, "overlap": least}
        row |= dict(zip(("hits", "false_alarms", "misses"), map(int, sums.sum(axis=0)), strict=True))
        for name, figure in (("precision", precision), ("recall", recall), ("f1", f1)):
            interval = cluster_bootstrap(
                sums, figure, self.templates, draws=self._options.draws, confidence=0.95, seed=self._options.seed
            )
            row[name] = {end: _number(getattr(interval, end)) for end in ("value", "low", "high")}
        shown = (
            f"{_text(row[n]['value'])} [{_text(row[n]['low'])}, {_text(row[n]['high'])}]"
            for n in ("precision", "recall", "f1")
        )
        counts = f"{row['hits']:>5}{row['false_alarms']:>6}{row['misses']:>6}"
        print(f"{self.name:<26}{what:<22}{'exact' if least == 1 else f'{least:g}':>6}{counts}   " + "  ".join(shown))
        return row


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)


def _text(value: float | None) -> str:
    return "  -  " if value is None else f"{value:.3f}"


def ours(settings: Privacy, presidio: Presidio | None) -> Finder:
    """Luthier's finder, in the kinds that are scored."""

    def find(text: str) -> list[Mention]:
        return [(s.start, s.end, OURS.get(s.kind, s.kind)) for s in find_private(text, settings, presidio)]

    return find


def theirs(engine: Any, score: float) -> Finder:
    """Plain Presidio: every recogniser it comes with, in the kinds that are scored."""

    def find(text: str) -> list[Mention]:
        results = engine.analyze(text, language="en", score_threshold=score)
        return sorted({(r.start, r.end, OF_PRESIDIO.get(r.entity_type, r.entity_type)) for r in results})

    return find


def find_all(find: Finder, sentences: Sequence[Sentence]) -> tuple[list[list[Mention]], float]:
    """What a system finds in each sentence, and its processor seconds."""
    started = time.process_time()
    return [find(sentence.text) for sentence in sentences], time.process_time() - started


def speed(sentences: Sequence[Sentence], settings: Privacy) -> Mapping[str, float]:
    """Processor microseconds for 200 words, of the file's sentences strung together: far denser than a firm's text."""
    words = " ".join(s.text for s in sentences).split(" ")
    documents = [" ".join(words[i : i + 200]) for i in range(0, len(words) - 200, 200)]
    plain = [" ".join(w for w in text.split() if not any(c.isdigit() or c == "@" for c in w)) for text in documents]
    figures = {}
    for name, texts in (("dense", documents), ("without_numbers", plain)):
        started = time.process_time()
        for text in texts:
            find_structured(text, settings)
        figures[name] = round((time.process_time() - started) / len(texts) * 1e6, 1)
    return figures


def main() -> None:
    """Prints the table for people, then a JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="synth_dataset_v2.json")
    parser.add_argument("--spacy-model", help="a spaCy model's name or folder; needs luthier[privacy]")
    parser.add_argument("--draws", type=int, default=2000, help="bootstrap draws")
    parser.add_argument("--seed", type=int, default=17)
    options = parser.parse_args()
    sentences, settings = read(options.data), Privacy()
    kinds = sorted(set(OF_THE_FILE.values()) | {"account"})
    rows = []
    print(f"{len(sentences)} sentences, {len({s.template for s in sentences})} templates; intervals 95%, by template")
    print(
        f"{'system':<26}{'kinds':<22}{'match':>6}{'hit':>5}{'false':>6}{'miss':>6}   "
        "precision            recall               F1"
    )

    found, seconds = find_all(ours(settings, None), sentences)
    without = Scored("luthier", sentences, found, options)
    for least in (0.5, 1.0):
        rows.append(without.line("structured, pooled", STRUCTURED, least))
        rows += [without.line(kind, [kind], least) for kind in STRUCTURED]
    result: dict[str, Any] = {
        "benchmark": "privacy",
        "sentences": len(sentences),
        "seconds": {"luthier": round(seconds, 2)},
    }
    result["structured_microseconds_per_200_words"] = speed(sentences, settings)
    if options.spacy_model:
        result |= beside_presidio(sentences, settings, kinds, options, without, rows, result["seconds"])
    result |= {
        "rows": rows,
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }
    print(json.dumps(result))


def beside_presidio(
    sentences: Sequence[Sentence], settings: Privacy, kinds: Sequence[str], options: argparse.Namespace,
    without: Scored,
    rows: list[dict[str, Any]], seconds: dict[str, float],
) -> dict[str, Any]:  # fmt: skip
    """All kinds, with the extra and by Presidio alone, each with and without organisations, which Presidio leaves out
    as it comes; the difference is taken from Presidio as it comes and from the best of its variants."""
    model = options.spacy_model
    of_all = set(KINDS)
    systems = [
        (name, ours(settings, Presidio(model, settings.presidio_score, asked)))
        for name, asked in (("luthier[privacy]", of_all - {"organisation"}), ("luthier[privacy]+org", of_all))
    ]
    plain = analyzer_engine(model, with_organisations=False)
    systems += [("presidio, score>=0", theirs(plain, 0.0)), ("presidio, score>=0.4", theirs(plain, 0.4))]
    with_organisations = analyzer_engine(model, with_organisations=True)
    systems.append(("presidio+org, score>=0.4", theirs(with_organisations, 0.4)))
    scored = []
    for name, find in systems:
        found, seconds[name] = find_all(find, sentences)
        seconds[name] = round(seconds[name], 2)
        scored.append(Scored(name, sentences, found, options))
        rows += [scored[-1].line("structured, pooled", STRUCTURED, least) for least in (0.5, 1.0)]
    differences = {}
    for what, uncounted in (("all kinds", UNCOUNTED), ("all kinds, all labels", frozenset[str]())):
        for least in (0.5, 1.0):
            rows += [system.line(what, kinds, least, uncounted) for system in (without, *scored)]
            best = max(scored[2:], key=lambda system: f1(system.sums(kinds, least, uncounted).sum(axis=0)))
            for other in dict.fromkeys((scored[2], best)):  # Presidio as it comes, and the best of its variants
                difference = paired_cluster_bootstrap(
                    scored[0].sums(kinds, least, uncounted), other.sums(kinds, least, uncounted), f1, best.templates,
                    draws=options.draws, confidence=0.95, seed=options.seed,
                )  # fmt: skip
                ends = {end: _number(getattr(difference, end)) for end in ("value", "low", "high")}
                differences[f"{what}, overlap {least:g}, over {other.name}"] = ends
                print(
                    f"{what}, overlap {least:g}: F1 of {scored[0].name} less that of {other.name}: "
                    f"{difference.value:+.3f} [{difference.low:+.3f}, {difference.high:+.3f}]"
                )
    rows += [
        system.line(kind, [kind], 0.5, UNCOUNTED) for kind in kinds if kind not in UNCOUNTED for system in scored[:3]
    ]
    return {"spacy_model": Path(model).name, "f1_difference": differences}


if __name__ == "__main__":
    sys.exit(main())
