"""How much of a text was misread by a scanner, judged by the corpus's own words.

A word is suspect only where the corpus knows what it should have been: "c1ient" because "client" is a word of many
documents, "port folio" because "portfolio" is and "folio" is not, "cornpany" because "company" is. Names and rare
words are unknown too, but correct to nothing, and are not suspect. Letters that stand apart ("c l i e n t") are.
"""

from __future__ import annotations

import re
from collections import Counter

_WORD = re.compile(r"[^\W_]+(?:['’|¦!][^\W_]+)*")
# What scanners confuse, read -> meant.
_CONFUSED = (("1", "l"), ("1", "i"), ("0", "o"), ("5", "s"), ("8", "b"), ("6", "b"), ("9", "g"), ("|", "l"), ("¦", "l"),
             ("!", "l"), ("rn", "m"), ("vv", "w"), ("cl", "d"), ("ii", "u"), ("li", "h"), ("m", "rn"), ("l", "i"),
             ("i", "l"), ("c", "e"), ("e", "c"), ("o", "0"))  # fmt: skip
# Letters with nothing but spaces between them: three in a row, or two of which the first is no word and names no axis.
_APART = re.compile(r"(?<!\S)(?:[^\W\d_](?: [^\W\d_]){2,}|(?![aioxyà])[^\W\d_] [^\W\d_])(?![^\s.,;:!?])")
_PRUNED_AT = 2_000_000
_SHORTEST = 4  # letters of a word that a correction may lead to


class Dictionary:
    """The words of a corpus: `add` every text, then ask for the `noise` of each.

    A word is known when it stands in `min_texts` texts. At two million different words those seen once are forgotten,
    which bounds memory and can only lose rare words.
    """

    def __init__(self, min_texts: int = 5) -> None:
        self._min_texts = min_texts
        self._texts: Counter[str] = Counter()
        self._suspects: dict[str, bool] = {}

    def add(self, text: str) -> None:
        """Counts the words of a text, each once."""
        self._texts.update({word for word in text.lower().split() if word.isalpha()})
        if len(self._texts) > _PRUNED_AT:
            self._texts = Counter({word: count for word, count in self._texts.items() if count > 1})

    def knows(self, word: str) -> bool:
        return self._texts.get(word, 0) >= self._min_texts

    def noise(self, text: str) -> float:
        """The share of a text's words that look misread, in [0, 1]; 0 where there are no words."""
        words = _WORD.findall(text.lower())
        if not words:
            return 0.0
        unknown = [place for place, word in enumerate(words) if not self.knows(word)]
        suspect = {place for place in unknown if self._is_misread(words[place])}
        for place in unknown:
            for left in (place - 1, place):
                if 0 <= left < len(words) - 1 and self._is_broken(words[left], words[left + 1]):
                    suspect |= {left, left + 1}
        apart = sum(len(found[0].split()) for found in _APART.finditer(text.lower()))
        return min(1.0, (len(suspect) + apart) / len(words))

    def _is_misread(self, word: str) -> bool:
        if word.isdigit() or len(word) < _SHORTEST:
            return False
        known = self._suspects.get(word)
        if known is None:
            known = any(map(self.knows, _corrections(word)))
            if len(self._suspects) < _PRUNED_AT:
                self._suspects[word] = known
        return known

    def _is_broken(self, left: str, right: str) -> bool:
        joined = left + right
        return len(joined) > _SHORTEST and joined.isalpha() and self.knows(joined)


def _corrections(word: str) -> set[str]:
    """What the word may have been: every occurrence of one confusion put right, or two confusions, or one place."""
    once = {word.replace(read, meant) for read, meant in _CONFUSED if read in word}
    for read, meant in _CONFUSED:
        start = word.find(read)
        while start >= 0:
            once.add(word[:start] + meant + word[start + len(read) :])
            start = word.find(read, start + 1)
    if not any(map(str.isdigit, word)):
        return once
    twice = {one.replace(read, meant) for one in once for read, meant in _CONFUSED[:7] if read in one}
    return {one for one in once | twice if one.isalpha()}
