"""Disclaimers, headers, footers and signatures that recur across documents, cut as spans.

Two readings. The first counts in how many documents, of how many groups, each piece stands, and how many different
texts stand beside it. The second cuts the pieces that recur:

- from the top and from the bottom of a document, up to the first piece that does not recur; a line that a form leaves
  open (a name under "Yours sincerely", a date) does not end that, and goes only where a signature encloses it;
- elsewhere only what has the usual words of boilerplate, as a whole paragraph, line or sentence.

What recurs because one letter was sent to many clients is not boilerplate: its sentences always have the same
neighbours, whereas a footer stands beside everything. A whole sentence without the usual words is taken for a head or
foot of a page only where it stands word for word, nearly always at the same end of the document, and not in the voice
of a letter ("we would like to see you"). A document of which hardly anything would remain is left whole.

Memory grows with the pieces that recur, not with the corpus: a piece is only counted in full once a fixed table of
32 MiB has seen its hash twice; the first two documents of a piece are then in its count, but not among its groups and
neighbours, which are estimated by linear counting on 64 bits (Whang, Vander-Zanden and Taylor 1990).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from luthier.config.curation.boilerplate import Boilerplate
from luthier.curate.clean.edits import Edit, apply, finding_of, with_texts
from luthier.curate.clean.recurring import Piece, hash_of, lines, paragraphs, parts, sentences
from luthier.records import Document, Finding

RULE = "boilerplate"
VERSION = 2
CODES: Mapping[str, str] = {
    "boilerplate.recurring": "a passage that stands in many documents of many clients was cut",
    "boilerplate.only": "the document is hardly more than passages that recur elsewhere; it was left whole",
}

_TABLE_BITS = 25
_SEEN_FIRST = 2  # sightings that the fixed table takes
_BITS = 64
_SHORTEST_CUED_SENTENCE = 5  # words of a sentence that is cut from the middle of a paragraph
_AT_TOP, _AT_BOTTOM = 2, 3  # paragraphs at either end of a document: a footer may stand above a disclaimer
_NEARLY_ALWAYS = 0.9

Counts = list[int]  # documents; groups and neighbours as bits; documents in which it is at the top, and at the bottom


class Recurring:
    """What recurs in a corpus: `add` every document, then `clean_document` each."""

    def __init__(self, settings: Boilerplate) -> None:
        self._settings = settings
        self._seen = bytearray(1 << _TABLE_BITS)
        self._counts: dict[int, Counts] = {}
        self._documents = 0

    def add(self, document: Document) -> None:
        """Counts the pieces of a document, each once."""
        self._documents += 1
        group = hash_of(document.group or document.id) % _BITS
        text, counted = document.text, set[int]()
        found = paragraphs(text)
        for place, paragraph in enumerate(found):
            left = found[place - 1] if place else None
            right = found[place + 1] if place + 1 < len(found) else None
            beside = _mark(left) | _mark(right)
            ends = place < _AT_TOP, len(found) - place <= _AT_BOTTOM
            for piece in (paragraph, *parts(text, paragraph)):
                for key in (piece.exact, piece.masked):
                    if key is not None and key not in counted:
                        counted.add(key)
                        self._count(key, group, beside, ends)

    def _count(self, key: int, group: int, beside: int, ends: tuple[bool, bool]) -> None:
        counts = self._counts.get(key)
        if counts is None:
            cell = key & ((1 << _TABLE_BITS) - 1)
            if self._seen[cell] < _SEEN_FIRST:
                self._seen[cell] += 1
                return
            counts = self._counts[key] = [_SEEN_FIRST, 0, 0, 0, 0]
        counts[0] += 1
        counts[1] |= 1 << group
        counts[2] |= beside
        counts[3] += ends[0]
        counts[4] += ends[1]

    def clean_document(self, document: Document) -> tuple[Document, list[Finding]]:
        """The document without what recurs; or whole, with a flag, where hardly anything else is in it."""
        text = document.text
        spans = self._spans(text)
        if not spans:
            return document, []
        left = len("".join(_outside(text, spans)).split())
        if left < self._settings.min_remaining_words:
            reason = f"{CODES['boilerplate.only']}: {left} words would remain"
            whole = Edit("boilerplate.only", reason, 0, len(text), "", "")
            return document, [finding_of(document, RULE, VERSION, "text", whole, "flag")]
        edits = [_cut(text, start, end) for start, end in spans]
        cleaned = with_texts(document, {"text": apply(text, edits)})
        return cleaned, [finding_of(document, RULE, VERSION, "text", edit) for edit in edits]

    def _spans(self, text: str) -> list[tuple[int, int]]:
        """The spans to cut, in order, those that touch joined."""
        units: list[Piece] = []
        found = paragraphs(text)
        for paragraph in found:
            units += [paragraph] if self._recurs(paragraph) else lines(text, paragraph)
        cut = [False] * len(units)
        self._from_edge(units, cut, range(len(units)))
        self._from_edge(units, cut, range(len(units) - 1, -1, -1))
        spans = []
        for place, unit in enumerate(units):
            if cut[place] or (unit.cued and len(unit.words) >= _SHORTEST_CUED_SENTENCE and self._recurs(unit)):
                spans.append((unit.start, unit.end))
        for paragraph in found:
            if paragraph.cued:
                spans += self._cued_sentences(sentences(text, paragraph))
        return _joined(text, spans)

    def _from_edge(self, units: list[Piece], cut: list[bool], order: range) -> None:
        """Marks what recurs from one end of a document inward, and the open lines that a signature encloses."""
        run: list[int] = []
        signature = 0  # places in `run` up to where the last piece that decides stands
        for place in order:
            unit = units[place]
            if self._recurs(unit):
                run.append(place)
                if unit.cued or unit.closes or self._is_among_many(unit):
                    signature = len(run)
            elif unit.is_slot:
                run.append(place)
            else:
                break
        decided = sorted(run[:signature])
        closing = next((place for place in decided if units[place].closes), None)
        for place in decided:
            enclosed = closing is not None and place > closing
            cut[place] = cut[place] or enclosed or self._recurs(units[place])

    def _cued_sentences(self, found: list[Piece]) -> Iterator[tuple[int, int]]:
        """Runs of sentences that recur and of which one has the usual words."""
        run: list[Piece] = []
        for sentence in [*found, None]:
            if sentence is not None and len(sentence.words) >= _SHORTEST_CUED_SENTENCE and self._recurs(sentence):
                run.append(sentence)
                continue
            if any(one.cued for one in run):
                yield run[0].start, run[-1].end
            run = []

    def _recurs(self, piece: Piece) -> bool:
        if self._key_recurs(piece.exact):
            return True
        by_form = piece.cued or not piece.is_sentence  # else it tells of another matter in the same words
        return by_form and piece.masked is not None and self._key_recurs(piece.masked)

    def _key_recurs(self, key: int) -> bool:
        counts = self._counts.get(key)
        if counts is None:
            return False
        settings = self._settings
        enough = max(settings.min_documents, settings.min_share * self._documents)
        return counts[0] >= enough and _distinct(counts[1]) >= settings.min_groups

    def _is_among_many(self, piece: Piece) -> bool:
        """Whether it stands beside many different texts, and, if it is a sentence, nearly always at one end of them:
        others may be content."""
        counts = self._counts.get(piece.exact)
        if counts is None or _distinct(counts[2]) < self._settings.min_neighbours:
            return False
        if not piece.is_sentence:
            return True
        often = _NEARLY_ALWAYS * (counts[0] - _SEEN_FIRST)
        at_top, at_bottom = counts[3] >= often and not piece.addresses, counts[4] >= often and not piece.speaks
        return at_top or at_bottom


def _mark(neighbour: Piece | None) -> int:
    return 0 if neighbour is None else 1 << ((neighbour.masked or neighbour.exact) % _BITS)


def _distinct(bits: int) -> float:
    """How many different things set these bits, by linear counting."""
    empty = _BITS - bits.bit_count()
    return math.inf if empty == 0 else -_BITS * math.log(empty / _BITS)


def _joined(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and not text[joined[-1][1] : start].strip():
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _outside(text: str, spans: list[tuple[int, int]]) -> Iterator[str]:
    done = 0
    for start, end in spans:
        yield text[done:start] + " "
        done = end
    yield text[done:]


def _cut(text: str, start: int, end: int) -> Edit:
    """The edit that takes out a span, and the white space that would be left over on one side of it."""
    before = text[:start]
    stripped = len(before.rstrip())
    if not text[end:].strip():
        start, end = stripped, len(text)
    elif stripped == 0:
        end += len(text[end:]) - len(text[end:].lstrip("\n "))
        start = 0
    else:
        start = stripped
    return Edit("boilerplate.recurring", CODES["boilerplate.recurring"], start, end, text[start:end], "")
