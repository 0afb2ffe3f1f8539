"""The pieces of a text that may recur in others, and what of them is compared.

A piece is a paragraph, a line of one, or, where a paragraph has the usual words of boilerplate in it, a sentence. Two
pieces are the same when their words are, whatever the spacing, punctuation and letter case; or when they differ in
numbers and names only, these being few, and no amounts. So "Page 3 of 9" is "Page 4 of 9" and one adviser's signature
another's, but a fee of EUR 12 is not a fee of EUR 15.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import xxhash

from luthier.text.sentences import sentence_spans

# The usual words of disclaimers, signatures, contact lines and running heads, as they stand in lower-case text.
_CUES = re.compile(
    r"confidential|disclaimer|intended (?:solely|only|recipient)|investment advice|past performance|"
    r"(?:does|shall|should|is|are|do) not (?:constitute|to be (?:relied|construed|regarded))|"
    r"reliable indicator|authori[sz]ed and regulated|"
    r"regulated by|registered (?:in|office|number|no)|registration (?:number|no)|all rights reserved|copyright|©|"
    r"without (?:prior )?(?:written )?(?:consent|permission)|no (?:liability|responsibility|warranty)|"
    r"liab(?:le|ility) for|"
    r"for information(?:al)? purposes|general information|unsubscribe|do not reply|"
    r"received this (?:e-?mail|message|letter)|"
    r"think before you print|consider the environment|terms and conditions|privacy (?:notice|policy)|unauthori[sz]ed|"
    r"yours (?:sincerely|faithfully|truly)|(?:kind|best|warm) regards|sincerely|sent from my|"
    r"(?:^|\s)(?<!on )(?<!see )page \d+\W*$|\d+ of \d+$|page \d+ of \d+|"
    r"(?:^|\s)(?:tel|phone|fax|e-?mail|web)[.:]|www\.|https?://|vat (?:no|number|reg)|"
    r"capital (?:is )?at risk|value of (?:your )?investments? (?:can|may)|may (?:go down|fall) as well as|"
    r"mit freundlichen grüßen|vertraulich|haftungsausschluss|alle rechte vorbehalten",
    re.MULTILINE,
)
# Where none of these stands, and no figure at the end, the pattern does not match; looking for them is faster.
_CUE_STEMS = (
    "confidential", "disclaimer", "intended ", "investment advice", "past performance", "not constitute", "not to be ",
    "reliable indicator", "and regulated", "regulated by", "registered ", "registration n", "all rights", "copyright",
    "©", "consent", "permission", "no liability", "no responsibility", "no warranty", "liable for", "liability for",
    "for information", "general information", "unsubscribe", "do not reply", "received this ", "think before",
    "consider the env", "terms and cond", "privacy ", "unauthori", "yours ", "regards", "sincerely", "sent from",
    "page ", *(f"{what}{mark}" for what in ("tel", "phone", "fax", "mail", "web") for mark in ".:"), "www.", "http",
    "vat ", "capital ", "value of ", "may go down", "may fall as", "mit freundl", "vertraulich", "haftungs",
    "alle rechte",
)  # fmt: skip
_CLOSING = re.compile(
    r"\s*(?:yours (?:sincerely|faithfully|truly)|(?:with )?(?:kind|best|warm)(?:est)? (?:regards|wishes)|regards|"
    r"sincerely|many thanks|mit freundlichen grüßen)\b.{0,12}$",
    re.IGNORECASE,
)
# A letter's voice: of the one who writes, and of the one who is written to.
_SPEAKING = re.compile(r"\b(?:i|we|us|our|my|ich|wir|uns|unser\w*|je|nous|notre|nos)\b", re.IGNORECASE)
_ADDRESSING = re.compile(r"\b(?:[Yy]ou|[Yy]ours?|dir|dein\w*|Ihnen|Ihr\w*|vous|votre|vos)\b")
_AMOUNT = re.compile(r"[€$£¥%]|\b(?:EUR|USD|GBP|CHF|percent|mg|ml)\b")
_TOKEN = re.compile(r"[^\W_]+")
_PARAGRAPH = re.compile(r"\S(?:[^\n]|\n(?![ \t]*(?:\n|\Z)))*")
_LINE = re.compile(r"\S[^\n]*")
# The fewest words left when numbers and names are masked, and the largest share of words that may be.
_MASKED = (3, 0.34)
_MASKED_IF_CUED = (2, 0.6)
_LONGEST_SLOT = 6  # words of a line that may be a name, a date or a place within a header or signature
_GREETING = re.compile(r"\s*(?:dear|hello|hi|sehr geehrte)\b", re.IGNORECASE)


def hash_of(text: str) -> int:
    """64 bits of a text."""
    return xxhash.xxh3_64_intdigest(text.encode(errors="surrogatepass"))


@dataclass(frozen=True, eq=False)
class Piece:
    """A piece of a text: where it stands, and its keys; equal keys mean the same words."""

    text: str
    start: int
    end: int

    @cached_property
    def words(self) -> list[str]:
        return _TOKEN.findall(self.text)

    @cached_property
    def exact(self) -> int:
        """The key of its words as they are."""
        return hash_of(" ".join(self.words).lower())

    @cached_property
    def masked(self) -> int | None:
        """The key of its words without numbers and names; None where too little would be left, or it has amounts."""
        words = self.words
        other = [place for place, word in enumerate(words) if not word[0].islower()]
        titled = sum(words[place][0].isupper() for place in other) > len(words) / 2
        masked = {place for place in other if _is_masked(words[place], opens=place == 0, titled=titled)}
        if not masked or _AMOUNT.search(self.text):
            return None
        if not self._leaves(len(masked), _MASKED) and not (self._leaves(len(masked), _MASKED_IF_CUED) and self.cued):
            return None
        return hash_of("\0" + " ".join(word for place, word in enumerate(words) if place not in masked).lower())

    def _leaves(self, masked: int, least: tuple[int, float]) -> bool:
        """Whether enough words are left without these."""
        fewest, most = least
        return len(self.words) - masked >= fewest and masked <= most * len(self.words)

    @cached_property
    def cued(self) -> bool:
        """Whether it has the usual words of boilerplate."""
        text = self.text.lower()
        may = text[-1:].isdigit() or any(stem in text for stem in _CUE_STEMS)
        return may and _CUES.search(text) is not None

    @property
    def closes(self) -> bool:
        """Whether it is the formula that a signature follows."""
        return _CLOSING.match(self.text) is not None

    @property
    def speaks(self) -> bool:
        """Whether it is said by somebody, as in a letter."""
        return _SPEAKING.search(self.text) is not None

    @property
    def addresses(self) -> bool:
        """Whether it is said by or to somebody."""
        return self.speaks or _ADDRESSING.search(self.text) is not None

    @property
    def is_sentence(self) -> bool:
        """Whether it ends as a sentence does, which heads and feet of pages do not."""
        return self.text[-1:] in (".", "!", "?", "…", ":", ",", ";")

    @property
    def is_slot(self) -> bool:
        """Whether it may be what a form leaves open: a name, a date, a greeting, a reference. Never a sentence."""
        if _GREETING.match(self.text):
            return len(self.words) <= _LONGEST_SLOT
        return len(self.words) <= _LONGEST_SLOT and all(
            word[0].isupper() or word[0].isdigit() or len(word) <= 3 for word in self.words
        )


def _is_masked(word: str, *, opens: bool, titled: bool) -> bool:
    """Whether a word is a number, or a name: with a capital inside a sentence, and not all in capitals."""
    return word[0].isdigit() or (not opens and not titled and word[0].isupper() and not word.isupper())


def paragraphs(text: str) -> list[Piece]:
    """The paragraphs of a text: runs of lines that are not blank."""
    return [_piece(text, *match.span()) for match in _PARAGRAPH.finditer(text)]


def parts(text: str, paragraph: Piece) -> list[Piece]:
    """The lines of a paragraph, if there are several, and its sentences, if it has the usual words of boilerplate."""
    found = lines(text, paragraph) if "\n" in paragraph.text else []
    if paragraph.cued:
        found += sentences(text, paragraph)
    return found


def lines(text: str, paragraph: Piece) -> list[Piece]:
    """The lines of a paragraph; the paragraph itself, where it is one line."""
    if "\n" not in paragraph.text:
        return [paragraph]
    return [_piece(text, *match.span()) for match in _LINE.finditer(text, paragraph.start, paragraph.end)]


def sentences(text: str, paragraph: Piece) -> list[Piece]:
    """The sentences of a paragraph, if there are several."""
    spans = sentence_spans(paragraph.text)
    if len(spans) < 2:
        return []
    return [_piece(text, paragraph.start + start, paragraph.start + end) for start, end in spans]


def _piece(text: str, start: int, end: int) -> Piece:
    inside = text[start:end].rstrip()
    return Piece(inside, start, start + len(inside))
