"""People's names where the text itself shows that they are names, and dates of birth.

Without a model, only what stands around a name can tell it from a product, a place or the start of a sentence: a title
("Mrs Okafor"), a greeting, a label ("Client: Jane Doe"), a signature, an introduction. A name so found is then known
wherever else it stands in the same record; `register` has what a full name so found means for other records.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from luthier.curate.clean.privacy.cues import listed, mentions
from luthier.curate.clean.privacy.spans import Span

_UPPER = "".join(chr(c) for c in range(0x41, 0x530) if chr(c).isupper())
WORD = rf"(?:[{_UPPER}](?:[^\W\d_]|['’\-](?=[^\W\d_]))+|[{_UPPER}]\.)"
PARTICLE = (
    r"(?:van der|van den|van de|von der|de la|de los|de las|van|von|zu|den|der|de|del|della|di|da|dos|das|du|la|le|"
    r"el|al|bin|ibn|bint|af|av|ter|ten)"
)
NAME = rf"{WORD}(?:[ \u00a0](?:{PARTICLE}[ \u00a0])?{WORD}){{0,3}}"
_TITLE = (
    r"(?:Mr|Mrs|Ms|Miss|Mx|Messrs|Dr|Prof|Professor|Sir|Dame|Rev|Herrn?|Frau|Mme|Mlle|Monsieur|Madame|Se[ñn]ora?|Sra?|"
    r"Signora?|Sig|Dott|Mevr|Dhr)"
)
_TITLED = re.compile(rf"(?<!\w){_TITLE}\.?[ \u00a0](?:(?:Dr|Prof|med)\.?[ \u00a0])*(?P<name>(?:{PARTICLE}[ ])?{NAME})")
_LABELLED = re.compile(
    rf"(?:\b[Nn]ame(?: and surname)?|\b(?:First|Last|Full|Given|Family|Sur|Middle|Maiden)[ -]?[Nn]ame|^NAME)"
    rf"[ \t]*[:=][ \t]*(?P<name>{NAME})"
    rf"|(?:^|(?<=[\n;|]))[ \t]*(?:Client|Customer|Patient|Advis[eo]r|Attn|Attention|Attention of|FAO|From|To|Cc|"
    rf"Contact(?: person)?|Prepared (?:by|for)|Signed(?: by)?|Beneficiary|Account holder|Policyholder|Cardholder|"
    rf"Applicant|Insured|Employee|Kunde|Kundin|Sachbearbeiter(?:in)?|Ansprechpartner(?:in)?)"
    rf"[ \t]*:[ \t]*(?P<party>{WORD}[ ](?:{PARTICLE}[ ])?{NAME})",
    re.MULTILINE,
)  # fmt: skip
_GREETED = re.compile(
    rf"(?:^|(?<=[\n.!?] ))(?:Dear|Hi|Hello|Hey|Hallo|Lieber?|Bonjour|Ch[eè]re?|Estimad[oa]|Hola|Caro|Cara|Gentile)"
    rf"[ ,]+(?!{_TITLE}\b)(?P<name>{NAME})(?=[ ]?[,!:.–-]|\s*$)",
    re.MULTILINE,
)
_SIGNED = re.compile(
    rf"^[ \t]*(?:(?:With )?(?:[Kk]ind(?:est)?|[Bb]est|[Ww]arm(?:est)?) [Rr]egards|[Rr]egards|"
    rf"(?:Yours )?[Ss]incerely(?: yours)?|Yours (?:faithfully|truly)|[Bb]est [Ww]ishes|[Bb]est|[Cc]heers|"
    rf"[Mm]any [Tt]hanks|[Tt]hanks|[Tt]hank you|"
    rf"Mit freundlichen Gr[uü](?:ß|ss)en|Viele Gr[uü](?:ß|ss)e|Cordialement|Saludos|Cordiali saluti|"
    rf"Met vriendelijke groet)"
    rf"[,.!]?[ \t]*\n\s*(?!{_TITLE}\b)(?P<name>{NAME})[ \t]*,?[ \t]*$",
    re.MULTILINE,
)  # fmt: skip
_INTRODUCED = re.compile(
    rf"\b(?:[Mm]y name is|[Mm]y name[’']s|[Tt]he name is|[Hh](?:is|er) name is|ich hei(?:ß|ss)e|je m[’']appelle|"
    rf"me llamo|[Tt]his is)[ ](?!{_TITLE}\b)(?P<name>{NAME})"
    rf"(?=[ ]?(?:[,.!;]|and\b|from\b|speaking\b|calling\b|here\b|$))"
)
# Each pattern with words, in lower case, of which one is in every text that it can find something in.
_PATTERNS: dict[re.Pattern[str], tuple[str, ...]] = {
    _TITLED: tuple(
        listed(
            "mr ms miss mx messrs dr prof sir dame rev herr frau mme mlle monsieur madame señor senor sr signor"
            " sig dott mevr dhr"
        )
    ),
    _LABELLED: ("name", ": ", ":\t"),
    _GREETED: tuple(listed("dear hi hello hey hallo liebe bonjour ch estimad hola car gentile")),
    _SIGNED: tuple(listed("regards incerely yours wishes best cheers thank grü gru cordial saludos groet")),
    _INTRODUCED: ("name is", "name's", "name’s", "ich hei", "appelle", "me llamo", "this is"),
}
# Words that are capitalised beside a title, a label or a greeting without being anyone's name.
_NOT_NAMES = frozenset(
    listed(
        "sir madam sirs team all everyone colleague colleagues customer customers client clients investor"
        " investors shareholder shareholders member members committee board support service services desk"
        " department office sales friend friends there again both ltd limited inc llc llp gmbh ag plc corp"
        " corporation company group bank banking fund funds trust holdings partners capital insurance the a"
        " an i we you he she it they this that these our your please thank thanks re subject date page chair"
        " chairman president minister valued damen herren herr frau unknown none confidential private"
        " portfolio management n/a tbd"
    )
)

_NOT_FIRMS = listed("the i we you he she it they this our your please")  # of these, what goes on after a name

_BORN_WORDS = listed("born|birth|dob|d.o.b|geb|née|ne le|né le|naissance|naci|nasc|nato il|nata il|*", "|")
MONTH = (
    r"(?:jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|m[äa]rz|apr(?:il)?|may|mai|june?|juni|july?|juli|aug(?:ust)?|"
    r"sep(?:t(?:ember)?)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?)"
)
DATE = re.compile(
    rf"(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}(?P<sep>[-/.]) ?\d{{1,2}}(?P=sep) ?(?:\d{{4}}|\d\d)"
    rf"|\d{{1,2}}(?:st|nd|rd|th|\.)?(?: of)?[ -]{MONTH}\.?,?[ -](?:\d{{4}}|\d\d)"
    rf"|{MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}})(?!\d)",
    re.IGNORECASE,
)
_BORN = re.compile(
    r"(?:\b(?:date of birth|birth ?date|d\.?o\.?b\b\.?|birthday|born|geb(?:oren|\.)|geburtsdatum|n[ée]e? le|"
    r"date de naissance|fecha de nacimiento|nacid[oa] el|data di nascita|nat[oa] il|geboortedatum|geboren op)"
    r"|(?<!\w)\*)"
    r"(?:[ \t]*(?:\([^)\n]{1,20}\)|is|was|on|in|the|am|the client|:|=|-|–|,)){0,4}[ \t]*",
    re.IGNORECASE,
)


def find_names(text: str) -> Iterator[Span]:
    """Names that a title, label, greeting, signature or introduction shows; the title is no part of the name."""
    for start, end, _ in _introductions(text):
        yield Span(start, end, "name", "a person's name")


def find_introduced(text: str) -> Iterator[tuple[str, bool]]:
    """The names that `find_names` finds, each with whether what shows it stands beside people alone: not so "This is …"
    and the labels of parties, which may be firms."""
    for start, end, strong in _introductions(text):
        yield text[start:end], strong


def _introductions(text: str) -> Iterator[tuple[int, int, bool]]:
    """Where names begin and end, and whether the evidence is strong."""
    lowered = text.lower()
    for pattern, words in _PATTERNS.items():
        for found in pattern.finditer(text) if mentions(lowered, words) else ():
            group = "party" if found.groupdict().get("party") else "name"
            start, end = found.span(group)
            end = _without_other_words(text, start, end)
            if end > start:
                yield start, end, group == "name" and not found[0].lower().startswith("this is")


def is_no_name(word: str) -> bool:
    """Whether a word is nobody's name, although it is capitalised beside a title, a label or a greeting."""
    return word.strip(".,").lower() in _NOT_NAMES


def find_known_names(text: str, names: Iterable[str]) -> Iterator[Span]:
    """Further mentions of names that were found in the record: whole, or by one of their words alone.

    A word alone is passed over where the text has it in lower case too ("Bond" the client, bonds the product).
    """
    known = {name for name in names if len(name) > 2}
    lowered = {part for name in known for part in re.split(r"[ \u00a0]", name) if len(part) > 2 and part[0].isupper()}
    known |= {part for part in lowered if part.lower() not in _NOT_NAMES and not _is_a_word(part, text)}
    if not known:
        return
    longest_first = sorted(known, key=lambda name: (-len(name), name))
    for found in re.finditer(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", text):
        yield Span(*found.span(), "name", "a person's name")


def _is_a_word(name: str, text: str) -> bool:
    """Whether the text has the name in lower case, or its plural, outside an e-mail address or a link."""
    return re.search(rf"(?<![\w.@/_-]){re.escape(name.lower())}(?:s|es)?(?![\w@]|[._/-]\w)", text) is not None


def find_birth_dates(text: str) -> Iterator[Span]:
    """Dates that the text says are someone's birth."""
    for cue in _BORN.finditer(text) if mentions(text.lower(), _BORN_WORDS) else ():
        date = DATE.match(text, cue.end())
        if date:
            yield Span(*date.span(), "birth_date", "a date of birth")


def _without_other_words(text: str, start: int, end: int) -> int:
    """Where the name ends before the first word that is none; at its start where nothing is left or it is a firm."""
    place = start
    last = start
    for word in text[start:end].split(" "):
        if word.strip(".").lower() in _NOT_NAMES:
            return last if word.lower() in _NOT_FIRMS else start
        place += len(word)
        last = place
        place += 1
    return last
