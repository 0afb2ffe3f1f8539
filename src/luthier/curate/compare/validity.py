"""What a document says of its own validity, and of the documents it replaces.

Read are statements such as "This price list is valid until 31 March 2024", "Effective from: 1 July 2023", "This policy
supersedes version 2 of the travel policy", "Superseded by POL-014", "This guideline has been withdrawn". A statement
counts only where the document, or a document, is its subject: a passport that is valid until March says nothing of the
letter that mentions it. Conditions and denials ("until it is replaced", "has not been withdrawn") say nothing either.
English, in the spellings that dates have in `luthier.text.dates`; what is read in other languages is in
`validity_languages`.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from luthier.curate.compare.validity_languages import SIGNS, dated_elsewhere, replaced_elsewhere
from luthier.text.dates import DateMention, find_dates
from luthier.text.sentences import sentence_spans

What = Literal["effective", "expires", "as_of", "replaces", "replaced", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; `start` and `end` are its sentence's, in the document's text.

    `replaces` and `replaced` have a `reference`: the words that name the other document, which may be empty.
    `withdrawn` with a reference withdraws that other document, without one this document itself.
    """

    what: What
    start: int
    end: int
    date: dt.date | None = None
    reference: str = ""


_NOUN = (
    r"(?:documents?|papers?|polic(?:y|ies)|versions?|editions?|issues?|guidelines?|guidance|procedures?"
    r"|instructions?|manual"
    r"|handbook|leaflets?|circular|notices?|schedules?|lists?|tariffs?|terms|conditions|brochure|fact ?sheets?|sheets?"
    r"|memo(?:randum)?|bulletin|directives?|standards?|protocols?|plan|rules?|regulations?|offers?|quotations?|quotes?"
    r"|rate cards?|pages?|catalogue|tables?|charter|recommendations?|SOPs?|formulary|monographs?|pric(?:es|ing)|fees"
    r"|rates|checklists?|article|limits|information|texts?|wording|permission|arrangement"
    r"|authori[sz]ation|approval|exception|advice|booklet|template|form|release|revision|rulebook|code)"
)
_WORDS_BETWEEN = r"(?:[\w’'&/().-]+\s+){0,6}?"
_A_NOUN = re.compile(rf"\b{_NOUN}\b", re.I)
_OWN = re.compile(rf"\b(?:this|these|the present|the above)\s+{_WORDS_BETWEEN}{_NOUN}\b", re.I)
_OWN_OR_NEW = re.compile(rf"\b(?:this|these|the present|present|the new|new|our new)\s+{_WORDS_BETWEEN}{_NOUN}\b", re.I)
_PRONOUN_FIRST = re.compile(r"^\W*(?:it|they|which|and|this)\b", re.I)
_PRONOUN_LAST = re.compile(r"\b(?:and|it|which) (?:\w+ )?$")
_ANY_SELF = re.compile(
    r"\b(?:this|these|the present)\s+(?!\w*\s*(?:card|passport|ticket|lease|account|certificate|contract|membership"
    r"|visa|medicine|product|batch|pack|test|licen[cs]e|subscription|voucher)\b)"
    r"[\w-]+(?:\s+(?:is|are|will|shall|only|remains?)){0,2}\s*$",
    re.I,
)
# "This price list for private members is", "The offer"; but not "The offer of the bakery".
_SUBJECT = re.compile(
    rf"\b(?:(?:this|these|the present|the above|present)\s+{_WORDS_BETWEEN}{_NOUN}(?:\s+[\w’'-]+){{0,7}}"
    rf"|(?:our|the|all)\s+(?:[\w-]+\s+){{0,3}}?(?:{_NOUN}|campaigns?|promotions?)"
    rf"(?:\s+(?:is|are|was|were|will|shall|be|only|remains?|itself|below|above|here))*)\s*$",
    re.I,
)
_LABEL = re.compile(rf"^[\W\d_]*(?:{_WORDS_BETWEEN}(?:{_NOUN}|campaign|promotion)\s+(?:is|are)?)?[\W_]*$", re.I)
# A sentence without any of these says nothing of validity; looking for plain text is many times faster than a pattern.
_TRIGGERS = (
    "valid", "effect", "expir", "force", "applicable", "appl", "supersed", "supplant", "replac", "withdr", "obsolete",
    "outdated", "out of date", "no longer", "repeal", "rescind", "revok", "retired", "lapse", "ceas", "archived",
    "cancel", "discontinued", "in place of", "lieu of", "instead of", "takes ", "take over", "took the", "as of ",
    "as at ", "dated", "last revised", "issued", "status", "void", "up to date", "succe",
    "be used", "do not use", "runs ", "ends ", "end on", "ended ", "closes ", "close on", "used ", "destroy",
    "discard", "annul", "abolish", "scrap", "shred", "predecessor", "gives way", "give way", "set aside", "bin ",
    "the old ", "the former ", "the earlier ", "the previous ", "until", "shelf",
)  # fmt: skip
_GAP = (
    r"(?:\s|[:,(*_|–—-]|\b(?:and|including|incl\.?|is|was|the|end|of|on|by|at|date|no later than"
    r"|inclusive|close|day)\b)*$"
)
_EXPIRES_CUE = re.compile(
    r"(?:\b(?:valid|validity|in force|in effect|effective|applicable|appl(?:y|ies)|binding|stands?|holds?|good|used"
    r"|remains?|remain|current|period|runs?)\b[\w ,:]{0,25}?\b(?:until|till|through|up to|to)"
    r"|\b(?:expir(?:es?|y|ed|ation)|lapses?d?|ceased?s?\b[\w ]{0,25}|ends?|ended|closes?|runs? out|ran out|(?:loses?"
    r"|lost) (?:its |their )?(?:validity|force|effect))"
    r"(?: date)?(?: on| in| after| with effect from| from| as of)?"
    r"|\bnot (?:be |to be )?(?:valid|used?|applied|in force|applicable)\b[\w ]{0,20}?\bafter"
    r"|\bno longer (?:valid|in force|applicable|applies|apply|in effect|to be used"
    r"|current)\b[\w ]{0,20}?(?:from|after|as of|since)"
    r"|\b(?:used?|valid|applied) (?:only )?(?:until|before|up to|no later than))" + _GAP,
    re.I,
)
_EFFECTIVE_CUE = re.compile(
    r"\b(?:effective|valid|in force|into force|into effect|in effect|applicable|appl(?:y|ies)|with effect"
    r"|takes? effect|took effect"
    r"|binding|current)\b(?: (?:only|again|as|date|period))*(?: ?(?:from|as of|as from|since|starting"
    r"|beginning|on|and after))?" + _GAP,
    re.I,
)
_AS_OF_CUE = re.compile(
    r"\b(?:as (?:of|at)|dated|last (?:updated|revised|changed|reviewed)|updated|revised|issued|issue date|published"
    r"|publication date|version of|edition of|approved)(?: on)?" + _GAP,
    re.I,
)
_RANGE = re.compile(
    r"^[\s,]*(?:to|until|till|through|up to|and ends?(?: on)?|–|—|-|and (?:until"
    r"|expires(?: on)?))(?: and including)?(?: the)?\s*$",
    re.I,
)
_NOT_REALLY = re.compile(
    r"\b(?:until|unless|if|when|once|should|may|might|could|can|before|whenever|in case"
    r"|not(?! (?:be )?(?:valid|used|use|applied|in force|applicable))|never|neither|cannot|"
    r"hasn.t|isn.t|aren.t|without)\b[^.;:]*$",
    re.I,
)
_REPLACES = re.compile(
    r"\b(?P<verb>supersedes?|superseding|replaces?|replacing|supplants?|cancels and replaces|repeals?"
    r"|rescinds?|revokes?|overrides?"
    r"|takes? (?:over from|the place of)|took the place of|has (?:replaced|superseded)|have (?:replaced|superseded)"
    r"|(?:issued |published |is |applies )*(?:in (?:place|lieu) of|instead of)"
    r"|is (?:the|a) (?:replacement|successor) (?:for|to|of)|replacement for|succeeds|successor (?:to"
    r"|of))\b[:\s]*(?P<what>.*)",
    re.I | re.S,
)
_ENDED = (
    r"(?:superseded|replaced|supplanted|withdrawn|revoked|rescinded|repealed|retired|cancelled|canceled"
    r"|archived|obsolete|outdated"
    r"|out of date|void|discontinued|expired|lapsed|no longer (?:valid|in force|applicable|current|in use"
    r"|in effect|to be used"
    r"|appl(?:y|ies)|relevant|binding|maintained|up to date|to be followed|hold|holds)|cease[sd]? to (?:apply"
    r"|be valid|have effect)"
    r"|not (?:valid|in force) any ?(?:more|longer))"
)
_PASSIVE = re.compile(
    rf"\b(?:(?:has|have|had|is|are|was|were|will)\s+(?:(?!(?:until|unless|till|if|when|once|before)\b)\w+\s+){{0,3}}?"
    r"|(?=no longer"
    rf"|cease[sd]? to))(?P<ended>{_ENDED})\b",
    re.I,
)
_STATUS_ENDED = (
    "superseded|replaced|withdrawn|revoked|rescinded|repealed|retired|archived|obsolete|outdated|out of date|expired"
    "|no longer (?:valid|in force|current)"
)
_STATUS = re.compile(
    rf"^[\W_]*(?:document\s+)?status\s*[:–-]?\s*(?P<ended>{_STATUS_ENDED})\b(?P<rest>.*)$", re.I | re.S
)
_BANNER = re.compile(
    r"^[\W_]*(?P<ended>SUPERSEDED|REPLACED|WITHDRAWN|OBSOLETE|OUTDATED|REVOKED|ARCHIVED"
    r"|NO LONGER VALID)\b(?P<rest>.*)$",
    re.S,
)
_REPLACED_BY = re.compile(r"^[\W_]*(?P<ended>superseded|replaced|succeeded)(?= by\b|:)(?P<rest>.*)$", re.I | re.S)
# A sentence that ends something, to be believed only where it names another document outright.
_ENDS_SOMETHING = re.compile(
    r"\b(?:supersed|supplant|replac|withdr[ae]w|obsolete|outdated|out of date|no longer|repeal|rescind|revok|retire"
    r"|lapse|cease|cancel|annul|abolish|void|discard|destroy|bin\b|scrap|shred|predecessor|successor|succeed"
    r"|in (?:place|lieu) of|instead of|takes? (?:the place|over)|took the place|gives? way|set aside|done away|expired"
    r"|the (?:old|former|earlier|previous))",
    re.I,
)
# No sentence without one of these ends or replaces anything, by any of the patterns here.
_ENDING_STEMS = (
    "supersed", "replac", "supplant", "withdr", "revok", "rescind", "repeal", "retire", "cancel", "archived",
    "obsolete", "outdated", "out of date", "void", "discontinued", "expired", "lapse", "no longer", "cease",
    "not valid", "not in force", "overrid", "take", "took", "place of", "lieu of", "instead of", "succe",
    "annul", "abolish", "discard", "destroy", "bin", "scrap", "shred", "predecessor", "way", "set aside", "done away",
    "the old", "the former", "the earlier", "the previous",
)  # fmt: skip
_DENIES = re.compile(
    r"\b(?:not|nothing|never|nor|neither|without|beside|alongside|unless|until|if|whether|should|would|could|may|might"
    r"|asked|alone|(?:stays?|remains?|still|continues?)\b.{0,20}\b(?:force|valid|apply|effect))\b|n.t\b",
    re.I,
)
_BY = re.compile(r"\b(?:by|with|in favou?r of|see|use)\s+(?P<other>.*)", re.I | re.S)
_BY_THIS = re.compile(r"\b(?:by|with) (?:this|the present)\b|\b(?:hereby|herewith|upon publication of this)\b", re.I)
_DENIED = re.compile(r"\b(?:not(?! (?:valid|in force))|never|yet to be)\b", re.I)
_OTHER = re.compile(
    rf"\b(?:all\s+(?:\w+\s+)?|any\s+|the\s+|our\s+|its\s+)?(?:previous|earlier|prior|former|older|old|preceding"
    rf"|superseded)\b"
    rf"[\w\s,’'-]*?(?:{_NOUN}|ones?)\b|\bversions?\s+\d|\b{_NOUN}\s+(?:dated|of|from)\s+\d|\bpredecessors?\b",
    re.I,
)


def statements(text: str) -> list[Statement]:
    """What `text` says of validity and replacement, in order."""
    lowered = text.lower()
    said = [trigger for trigger in (*_TRIGGERS, *SIGNS) if trigger in lowered]
    triggers = sorted(place for trigger in said for place in _places(lowered, trigger))
    if not triggers:
        return []
    found: list[Statement] = []
    place = 0
    for start, end in _pieces(text):
        while place < len(triggers) and triggers[place] < start:
            place += 1
        if place < len(triggers) and triggers[place] < end and end - start < 600:
            found += _read(text[start:end], start)
    return found


def _places(lowered: str, trigger: str) -> Iterator[int]:
    place = lowered.find(trigger)
    while place >= 0:
        yield place
        place = lowered.find(trigger, place + 1)


def last_day(mention: DateMention) -> dt.date | None:
    """The last day of the day, month, quarter, half or year that is meant."""
    if mention.date is None:
        return max(mention.candidates, default=None)
    months = {"day": 0, "month": 1, "quarter": 3, "half": 6, "year": 12}[mention.precision]
    if not months:
        return mention.date
    month = mention.date.month + months - 1
    return dt.date(mention.date.year, month, calendar.monthrange(mention.date.year, month)[1])


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Sentences, cut at line breaks where the lines read as headers: short, or `Label: value`."""
    for start, end in sentence_spans(text):
        if "\n" not in text[start:end]:
            yield start, end
            continue
        lines = text[start:end].split("\n")
        joined = start
        offset = start
        for line in lines:
            header = len(line) < 60 or re.match(r"[\w /]{2,30}:\s", line) or line.lstrip().startswith(("|", "#"))
            if header:
                if joined < offset:
                    yield joined, offset - 1
                yield offset, offset + len(line)
                joined = offset + len(line) + 1
            offset += len(line) + 1
        if joined < end:
            yield joined, end


def _read(sentence: str, start: int) -> Iterator[Statement]:
    end = start + len(sentence)
    endings = list(_endings(sentence))
    if not endings and (reference := replaced_elsewhere(sentence)) is not None:
        endings = [("replaces", None, reference)]
    for what, date in _dated(sentence):
        if what != "as_of" or not endings:  # a date beside another document's name is that document's
            yield Statement(what, start, end, date)
    for what, said, reference in endings:
        yield Statement(what, start, end, said, reference)


def _endings(sentence: str) -> Iterator[tuple[What, dt.date | None, str]]:
    """What the sentence ends or replaces: the clearest reading only."""
    lowered = sentence.lower()
    if not any(stem in lowered for stem in _ENDING_STEMS):
        return
    ending = _ending(sentence)
    if ending is not None:
        yield ending
        return
    replaced = False
    for found in _REPLACES.finditer(sentence):
        before, what = sentence[: found.start()], found["what"].strip()
        if _NOT_REALLY.search(before) or re.match(r"(?:nothing|no|none)\b", what, re.I):
            continue
        if _speaks_of_a_document(before, found["verb"], what):
            replaced = True
            yield "replaces", _first_date(before), what
    if not replaced and _ENDS_SOMETHING.search(sentence) and not _DENIES.search(sentence):
        yield "withdrawn", None, sentence


def _dated(sentence: str) -> Iterator[tuple[What, dt.date]]:
    """Dates with the cue that stands right before each."""
    mentions = find_dates(sentence)
    elsewhere = list(dated_elsewhere(sentence, mentions))
    for what, mention in elsewhere:
        day = last_day(mention) if what == "expires" else mention.date
        if day is not None:
            yield what, day
    if elsewhere:
        return
    for number, mention in enumerate(mentions):
        before = sentence[: mention.start]
        earlier = mentions[number - 1] if number else None
        if earlier is not None and _RANGE.match(sentence[earlier.end : mention.start]):
            head = sentence[: earlier.start]
            if _is_subject(head, _EFFECTIVE_CUE) or _is_subject(head, _EXPIRES_CUE) or _VALIDITY.search(head):
                if (day := last_day(mention)) is not None:
                    yield "expires", day
                if earlier.date is not None and not _is_subject(head, _EFFECTIVE_CUE):
                    yield "effective", earlier.date
            continue
        if _is_subject(before, _EXPIRES_CUE):
            day = last_day(mention)
            if day is not None:
                yield "expires", day
        elif mention.date is not None and _is_subject(before, _EFFECTIVE_CUE):
            yield "effective", mention.date
        elif mention.date is not None and _AS_OF_CUE.search(before) and len(before) < 80:
            yield "as_of", mention.date


_VALIDITY = re.compile(
    r"^[\W_]*(?:validity|valid|period of validity|validity period|term|in force)(?: from)?\W*$", re.I
)


def _is_subject(before: str, cue: re.Pattern[str]) -> bool:
    """Whether `before` ends in the cue, and what stands before the cue is a document, or nothing (a header line)."""
    found = cue.search(before)
    if found is None:
        return False
    head = before[: found.start()]
    if re.search(r"\b(?:not|never|unless|if)\s*$", head, re.I):
        return False
    clause = re.split(r"[;.:]\s|\n", head)[-1]
    if re.match(r"\W*(?:if|unless|should)\b", clause, re.I):
        return False
    return bool(_LABEL.match(clause) or _ANY_SELF.search(clause) or _SUBJECT.search(clause))


def _speaks_of_a_document(before: str, verb: str, what: str) -> bool:
    """Whether "X replaces Y" is about documents: this one, a header line, or a document's name after the verb."""
    clause = re.split(r"[;.]\s|\n", before)[-1]
    if _LABEL.match(clause) and not verb.lower().startswith(("instead", "in place", "in lieu")):
        return verb[:1].isupper() or bool(clause.strip())
    own = _OWN_OR_NEW.search(clause)
    pronoun = _PRONOUN_FIRST.match(clause) or _PRONOUN_LAST.search(clause)
    named = _A_NOUN.search(what) or _OTHER.search(what) or re.search(r"\b[A-Z]{2,}-?\d", what)
    return bool((own or pronoun) and named) or bool(own and not named and len(what) < 80)


def _ending(sentence: str) -> tuple[What, dt.date | None, str] | None:
    """This document's own end ("has been withdrawn", "Superseded by X"), or another's ("Version 2 is withdrawn")."""
    header = _STATUS.match(sentence) or _BANNER.match(sentence) or _REPLACED_BY.match(sentence)
    if header is not None:
        return _own_end(header["rest"])
    found = _PASSIVE.search(sentence)
    if found is None:
        return None
    before = sentence[: found.start()]
    if _NOT_REALLY.search(before) or _DENIED.search(found[0]):
        return None
    if _OTHER.search(before) or _BY_THIS.search(sentence):
        return "withdrawn", _day_after(sentence[found.end() :]), before.strip() or sentence
    if not (_SUBJECT.search(before) and _OWN.search(before)):
        return ("withdrawn", _day_after(sentence[found.end() :]), sentence) if before.strip() else None
    return _own_end(sentence[found.end() :])


def _own_end(after: str) -> tuple[What, dt.date | None, str]:
    by = _BY.search(after)
    if by is not None:
        return "replaced", _day_after(after), by["other"].strip()
    return "withdrawn", _day_after(after), ""


def _day_after(after: str) -> dt.date | None:
    """The date that follows within a few words: "withdrawn on 3 May 2024"."""
    return next((mention.date for mention in find_dates(after)[:1] if mention.start < 30), None)


def _first_date(before: str) -> dt.date | None:
    mentions = find_dates(before)
    return mentions[0].date if mentions else None
