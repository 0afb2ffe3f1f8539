"""Presidio's named entities as spans of ours: names, places, organisations and the like, which no pattern can find.

Microsoft Presidio (https://microsoft.github.io/presidio) runs a spaCy model; both come with `luthier[privacy]`, the
model does not. Only what a model is needed for is taken from it: where we have patterns and checksums, ours decide. A
date must name a day, a month or a year: spaCy also takes "weekly" and "30 days" for dates, which point at nobody.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Any

from luthier.curate.clean.privacy.people import MONTH
from luthier.curate.clean.privacy.spans import Kind, Span
from luthier.errors import RequestError
from luthier.text.dates import find_dates

_KINDS: dict[str, tuple[Kind, str]] = {
    "PERSON": ("name", "a person's name"),
    "LOCATION": ("location", "a place"),
    "ORGANIZATION": ("organisation", "an organisation"),
    "NRP": ("nationality", "a nationality, religion or political group"),
    "DATE_TIME": ("date", "a date or time"),
    "URL": ("web_address", "a web address"),
}
_SPACY_ENTITIES = {
    "PERSON": "PERSON", "PER": "PERSON", "NORP": "NRP", "FAC": "LOCATION", "LOC": "LOCATION", "GPE": "LOCATION",
    "ORG": "ORGANIZATION", "DATE": "DATE_TIME", "TIME": "DATE_TIME",
}  # fmt: skip
_LEADING = re.compile(
    r"[\s.,;:!?\"'“”‘’()\[\]-]*(?:(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Dame|Herr|Frau|Mme|Mlle)\b\.?\s+)*"
)
_MONTH_OR_YEAR = re.compile(rf"\b(?:{MONTH}\b|(?:19|20)\d\d\b)", re.IGNORECASE)
_TRAILING = re.compile(r"(?:['’]s)?[\s.,;:!?\"'“”‘’()\[\]-]*\Z")


class Presidio:
    """Presidio's analyzer with one spaCy model, for English text.

    Args:
        model: the spaCy model's name, or the folder it lies in.
        score: the least confidence that counts, 0 to 1.
        kinds: what to look for; of others than these six kinds nothing is found.

    Raises `RequestError` where Presidio or the model is not installed.
    """

    def __init__(self, model: str, score: float, kinds: Container[Kind]) -> None:
        self._analyzer, self._score = analyzer_engine(model, with_organisations=True), score
        self._entities = [entity for entity, (kind, _) in _KINDS.items() if kind in kinds]

    def spans(self, text: str) -> list[Span]:
        """The entities of a text that are ours to take, trimmed of titles, quotes and possessives."""
        results = self._analyzer.analyze(text, language="en", entities=self._entities, score_threshold=self._score)
        found = (_trimmed(text, result) for result in results)
        return sorted((span for span in found if span is not None), key=lambda span: (span.start, span.end, span.kind))


def analyzer_engine(model: str, *, with_organisations: bool) -> Any:
    """Presidio's `AnalyzerEngine` with a spaCy model and its own recognisers, as it comes but for organisations.

    Presidio leaves organisations out by default, since spaCy takes much for one that is none.
    """
    try:
        from presidio_analyzer import AnalyzerEngine
        from presidio_analyzer.nlp_engine import NlpEngineProvider
    except ImportError:
        raise RequestError(
            "Presidio is not installed", where="curate.privacy.presidio_model", fix="Run pip install 'luthier[privacy]'"
        ) from None
    configuration: dict[str, Any] = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": model}]}
    if with_organisations:
        configuration["ner_model_configuration"] = {
            "model_to_presidio_entity_mapping": _SPACY_ENTITIES,
            "labels_to_ignore": ["CARDINAL", "EVENT", "LANGUAGE", "LAW", "MONEY",
                "ORDINAL", "PERCENT", "PRODUCT", "QUANTITY", "WORK_OF_ART"],
            "low_score_entity_names": [],
        }  # fmt: skip
    try:
        engine = NlpEngineProvider(nlp_configuration=configuration).create_engine()
    except (OSError, SystemExit):  # Presidio tries to download what it lacks, and leaves the process when it cannot
        raise RequestError(
            f"there is no spaCy model '{model}'",
            where="curate.privacy.presidio_model",
            fix="Give an installed model's name, or its folder",
        ) from None
    return AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])


def _trimmed(text: str, result: Any) -> Span | None:
    kind, what = _KINDS[result.entity_type]
    start, end = result.start, result.end
    if kind != "date":
        start = _LEADING.match(text, start, end).end()  # type: ignore[union-attr]
        trailing = _TRAILING.search(text, start, end)
        end = trailing.start() if trailing else end
    if kind == "name":
        line = text.find("\n", start, end)
        end = line if line != -1 else end
    piece = text[start:end]
    if kind == "date" and not (_MONTH_OR_YEAR.search(piece) or find_dates(piece)):
        return None
    if not piece.strip() or (kind == "name" and any(c.isdigit() or c == "@" for c in piece)):
        return None
    return Span(start, end, kind, what, result.score)
