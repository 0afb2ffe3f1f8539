"""Words, one way everywhere: for ROUGE, for shingles, for counting.

On ASCII text a word is a lower-cased run of letters and digits, exactly as in the `rouge-score` package, which follows
Lin's ROUGE-1.5.5 (Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries"). That rule finds nothing in
Greek, Arabic or Chinese and breaks "café" in two, so beyond ASCII:

- text is brought to one Unicode form first: composed (NFC), and ligatures, Arabic presentation forms and full-width or
  half-width characters become the ordinary ones they stand for;
- letters, digits and the marks that belong to them form words, in any script;
- scripts that put no spaces between words (Han, kana, Thai, Lao, Khmer, Burmese) count by character, each with its
  marks. That is the usual choice for ROUGE in these scripts and needs no dictionary;
- joiners and soft hyphens, which are invisible inside a word, are left out.
"""

from __future__ import annotations

import functools
import re
import unicodedata

_ASCII_WORD = re.compile(r"[a-z0-9]+")
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200c\u200d\u2060\ufeff"))
_COMPATIBILITY_FORMS = re.compile("[\uf900-\uffef]+")
# The blocks of the scripts above; the Han iteration mark and the zero and Hangzhou numerals belong to them.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai and Lao, Burmese, Khmer
    "\u3005-\u3007\u3021-\u3029\u3041-\u30ff\u31f0-\u31ff"  # Han signs, hiragana, katakana and its extensions
    "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"  # Han and its extensions
)


def listed(line: str) -> frozenset[str]:
    """The entries of a list that is written as one line, with spaces between."""
    return frozenset(line.split())


def words(text: str) -> list[str]:
    """The words of `text` in order, lower-cased; the module says what a word is."""
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    plain = _COMPATIBILITY_FORMS.sub(lambda run: unicodedata.normalize("NFKC", run[0]), text.translate(_INVISIBLE))
    # Composed twice: lower-casing can leave a letter and its mark apart.
    lowered = unicodedata.normalize("NFC", plain).lower()
    return _word_of_any_script().findall(unicodedata.normalize("NFC", lowered))


@functools.cache
def _word_of_any_script() -> re.Pattern[str]:
    """One character of an unspaced script with its marks, or a run of other letters and digits with theirs."""
    marks = _mark_ranges()
    return re.compile(rf"(?![\W\d])[{_UNSPACED}][{marks}]*|(?:(?:[^\W_{_UNSPACED}]|\d)[{marks}]*)+")


def _mark_ranges() -> str:
    """Every combining mark, as the inside of a character class: the `re` module has no name for them."""
    ranges: list[tuple[int, int]] = []
    for code in (*range(0x300, 0x1F000), *range(0xE0100, 0xE01F0)):  # no other plane holds any
        if unicodedata.category(chr(code)).startswith("M"):
            first = ranges.pop()[0] if ranges and ranges[-1][1] == code - 1 else code
            ranges.append((first, code))
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
