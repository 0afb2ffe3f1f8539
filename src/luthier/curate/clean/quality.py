"""Whether a text is fit to learn from: length, repetition, symbols, language, misread characters.

The heuristics follow published ones, with thresholds for a firm's files where those of the web do not fit (the
settings say where and why): from Gopher (Rae et al. 2021, "Scaling Language Models") repetition, with its table A1's
shares of repeated lines, of their characters, of the commonest runs of two to four words and of repeated runs of five
(its paragraphs, and its runs of six to ten, are not counted), and from its text on quality the words, their mean
length, those with a letter, and the symbols; from C4 (Raffel et al. 2020) the "lorem ipsum" page. Shares are of a
text's words, or of its lines that are not blank. C4's rule that lines without end punctuation go, and FineWeb's
(Penedo et al. 2024) that a share of lines must have it, are left out: lists and tables are a firm's daily bread.
How OCR is told from rare words stands in `ocr`. Nothing here needs a model but the language guess (py3langid), and
that is made only where the settings name the languages expected.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from luthier.config.curation.quality import Quality
from luthier.curate.clean.edits import texts_of
from luthier.curate.clean.ocr import Dictionary
from luthier.records import Action, Document, Example, Finding

RULE = "quality"
VERSION = 2
CODES: Mapping[str, str] = {
    "quality.empty": "there is no text",
    "quality.short": "the text has too few words to say anything",
    "quality.long": "the text is too long to be one document",
    "quality.repetition": "much of the text repeats itself",
    "quality.symbols": "the text is made of symbols or figures more than of words",
    "quality.placeholder": "the text is a placeholder",
    "quality.language": "the text is not in a language that is expected",
    "quality.ocr_noise": "many words look misread, as a scanner misreads them",
}

_FEWEST_LINES = 6
_TOP_NGRAMS = {2: 1.0, 3: 0.9, 4: 0.8}  # as Gopher's .20, .18 and .16 are to one another
_DUPLICATE_NGRAM = 5
_OFTEN = 3  # occurrences of a run before it is counted: said twice in a short note is no repetition

Judgement = tuple[str, float, float]  # code, score, threshold


def find_document(document: Document, settings: Quality, dictionary: Dictionary | None = None) -> list[Finding]:
    """Why a document is unfit, if it is; `dictionary`, filled from the corpus, is what OCR noise is judged by."""
    return [
        _finding(document, "text", judgement, settings.action)
        for judgement in judge(document.text, settings, dictionary)
    ]


def find_example(example: Example, settings: Quality, dictionary: Dictionary | None = None) -> list[Finding]:
    """What is odd about an example's texts, as flags. Inputs may be as short as people type them."""
    return [
        _finding(example, field, judgement, "flag")
        for field, text in texts_of(example)
        for judgement in judge(text, settings, dictionary)
        if judgement[0] != "quality.short"
    ]


def judge(text: str, settings: Quality, dictionary: Dictionary | None = None) -> list[Judgement]:
    """What is wrong with a text, as (code, score, threshold); nothing else is said of an empty or short one."""
    words = text.split()
    if not words:
        return [("quality.empty", 0.0, 1.0)]
    if len(words) < settings.min_words:
        return [("quality.short", float(len(words)), float(settings.min_words))]
    found: list[Judgement] = []
    if len(words) > settings.max_words:
        found.append(("quality.long", float(len(words)), float(settings.max_words)))
    for check in _CHECKS:
        judgement = check(text, words, settings)
        if judgement is not None:
            found.append(judgement)
    if dictionary is not None and len(words) >= settings.min_ocr_words:
        noise = dictionary.noise(text)
        if noise > settings.max_ocr_noise:
            found.append(("quality.ocr_noise", noise, settings.max_ocr_noise))
    return found


def _lines(text: str, words: list[str], settings: Quality) -> Judgement | None:
    if text.count("\n") < _FEWEST_LINES - 1:
        return None
    lines = [line for line in map(str.strip, text.split("\n")) if line]
    if len(lines) < _FEWEST_LINES or len(set(lines)) == len(lines):
        return None
    seen: set[str] = set()
    repeated = [line for line in lines if line in seen or seen.add(line)]  # type: ignore[func-returns-value]
    by_line = len(repeated) / len(lines)
    by_character = sum(map(len, repeated)) / sum(map(len, lines))
    if by_line > settings.max_duplicate_lines:
        return ("quality.repetition", by_line, settings.max_duplicate_lines)
    if by_character > settings.max_duplicate_line_characters:
        return ("quality.repetition", by_character, settings.max_duplicate_line_characters)
    return None


def _ngrams(text: str, words: list[str], settings: Quality) -> Judgement | None:
    if len(words) < settings.min_ngram_words:
        return None
    characters, longest = sum(map(len, words)), max(map(len, words))
    most = len(words)  # how often a run can occur: never more often than the commonest shorter one
    for length, proportion in _TOP_NGRAMS.items():
        if most < _OFTEN or most * length * longest <= settings.max_top_ngram * proportion * characters:
            continue
        ngram, often = Counter(zip(*(words[n:] for n in range(length)), strict=False)).most_common(1)[0]
        share, limit = often * sum(map(len, ngram)) / characters, settings.max_top_ngram * proportion
        if often >= _OFTEN and share > limit:
            return ("quality.repetition", min(share, 1.0), limit)
        most = often
    share = _repeated_characters(words) / characters
    if share > settings.max_duplicate_ngrams:
        return ("quality.repetition", share, settings.max_duplicate_ngrams)
    return None


def _repeated_characters(words: list[str]) -> int:
    """The characters of the words that lie in a run of five that occurred before."""
    runs = list(zip(*(words[n:] for n in range(_DUPLICATE_NGRAM)), strict=False))
    if len(set(runs)) == len(runs):
        return 0
    seen: set[tuple[str, ...]] = set()
    total, counted = 0, 0
    for place, run in enumerate(runs):
        if run in seen:
            total += sum(map(len, words[max(place, counted) : place + _DUPLICATE_NGRAM]))
            counted = place + _DUPLICATE_NGRAM
        seen.add(run)
    return total


def _symbols(text: str, words: list[str], settings: Quality) -> Judgement | None:
    symbols = (text.count("#") + text.count("…") + text.count("...")) / len(words)
    if symbols > settings.max_symbols:
        return ("quality.symbols", min(symbols, 1.0), settings.max_symbols)
    alphabetic = sum(word.isalpha() or any(map(str.isalpha, word)) for word in words) / len(words)
    if alphabetic < settings.min_alphabetic_words:
        return ("quality.symbols", alphabetic, settings.min_alphabetic_words)
    mean_length = sum(map(len, words)) / len(words)
    if mean_length > settings.max_mean_word_length and any(map(str.isascii, words)):
        return ("quality.symbols", mean_length, float(settings.max_mean_word_length))
    return None


def _placeholder(text: str, words: list[str], settings: Quality) -> Judgement | None:
    return ("quality.placeholder", 1.0, 1.0) if "lorem ipsum" in text.lower() else None


def _language(text: str, words: list[str], settings: Quality) -> Judgement | None:
    if not settings.languages or len(words) < settings.min_language_words:
        return None
    language, _ = _classify()(text)
    return None if language in settings.languages else ("quality.language", 0.0, 1.0)


@functools.cache
def _classify() -> Callable[[str], tuple[str, float]]:
    import py3langid

    classify: Any = py3langid.classify
    return classify  # type: ignore[no-any-return]


_CHECKS = (_lines, _ngrams, _symbols, _placeholder, _language)


def _finding(record: Document | Example, field: str, judgement: Judgement, action: Action) -> Finding:
    code, score, threshold = judgement
    return Finding(
        record_id=record.id,
        record_kind="document" if isinstance(record, Document) else "example",
        rule=RULE,
        rule_version=VERSION,
        code=code,
        action=action,
        reason=CODES[code],
        field=field,
        score=score,
        threshold=threshold,
    )
