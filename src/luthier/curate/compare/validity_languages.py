"""What a document says of its validity in German, French, Spanish, Italian and Dutch.

Read are "Gültig bis 31.03.2024", "Cette liste est valable jusqu'au 31 mars 2024", "Esta norma sustituye la versión del
1 de mayo de 2023" and their like: that a document is valid until or from a day, and that it replaces another. As in
English (`validity`), a document must be the subject, or the sentence begins with it, as a header does: an identity card
that is "gültig bis" some day says nothing of the letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from luthier.text.dates import DateMention


@dataclass(frozen=True, slots=True)
class Language:
    """How one language says it. Everything is part of a pattern, but for `signs`: words in lower case of which one is
    in every sentence that says anything of it."""

    signs: tuple[str, ...]
    nouns: str  # of documents and offers, as the end of a word where words are put together
    this: str
    be: str  # between the subject and what is said of it
    until: str
    since: str
    to: str  # between the two days of a stretch
    replaces: str
    versions: str  # what is replaced, besides the nouns


_LANGUAGES = (
    Language(
        signs=("gültig", "gilt", "gelten", "gültigkeit", "läuft", "endet", "kraft", "ersetz", "befristet"),
        nouns=r"\w*(?:dokument|liste|richtlinie|anweisung|fassung|version|merkblatt|rundschreiben|angebot|angebote|aktion"
        r"|kampagne|preise|konditionen|tarife?|regelung|leitfaden|verfahren|bedingungen|gebühren|information|mitteilung"
        r"|handbuch|broschüre|ordnung|vorschrift|konzept|satzung|formular|papier)",
        this=r"(?:diese[rsn]?|dies|vorliegende[rsn]?|das vorliegende)",
        be=r"(?:ist|sind|war|waren|bleibt|bleiben|nur|noch)",
        until=r"(?:gültig(?:keit)?|gilt|gelten|in kraft|läuft|befristet|endet|enden)(?: nur| noch)?(?: bis| am)?",
        since=r"(?:gültig|gilt|gelten|in kraft|tritt|treten)(?: ab| seit| vom| von| am)(?: dem)?",
        to=r"bis(?: zum| einschließlich)?",
        replaces=r"(?:ersetzt|ersetzen|löst|tritt an die stelle)",
        versions=r"ausgabe|vorgänger\w*",
    ),
    Language(
        signs=("valable", "valide", "vigueur", "applicable", "jusqu", "expire", "remplace", "prend fin", "termine"),
        nouns=r"(?:documents?|tarifs?|listes?|directives?|procédures?|notes?|circulaires?|versions?|éditions?|offres?"
        r"|promotions?|campagnes?|conditions|prix|barèmes?|guides?|notices?|règlements?|brochures?|politiques?"
        r"|instructions?|fiches?|consignes?)",
        this=r"(?:cette|cet|ces|ce|la présente|le présent|les présentes)",
        be=r"(?:est|sont|reste|restent|était|sera|seulement|encore)",
        until=r"(?:valables?|valides?|validité|en vigueur|applicables?|expire|expirent|prend fin|se termine(?:nt)?)"
        r"(?: jusqu['’](?:au|à|en)| le| au)?",
        since=r"(?:valables?|valides?|en vigueur|applicables?|entre en vigueur|s['’]applique(?:nt)?)"
        r"(?: à partir d[ue]| à compter d[ue]| depuis| dès| le| du)(?: le)?",
        to=r"(?:au|jusqu['’]au|à)",
        replaces=r"(?:remplace(?:nt)?|annule et remplace)",
        versions=r"précédent\w*",
    ),
    Language(
        signs=("válid", "vigente", "vigencia", "vigor", "valid", "hasta", "caduca", "vence", "termina", "sustituye",
               "reemplaza"),
        nouns=r"(?:documentos?|tarifas?|listas?|directri(?:z|ces)|políticas?|procedimientos?|circular(?:es)?"
        r"|versión|versiones|edición|ofertas?|promoci(?:ón|ones)|campañas?|condiciones|precios|guías?|folletos?|normas?"
        r"|instrucci(?:ón|ones)|avisos?|manual|reglamento)",
        this=r"(?:est[ea]s?|estos|la presente|el presente)",
        be=r"(?:es|son|está|están|será|sigue|solo|sólo)",
        until=r"(?:válid[oa]s?|vigentes?|vigencia|validez|en vigor|caducan?|vencen?|terminan?|finalizan?)"
        r"(?: hasta| el)?",
        since=r"(?:válid[oa]s?|vigentes?|en vigor|entran? en vigor|aplicables?)(?: a partir del?| desde| el)(?: el)?",
        to=r"(?:hasta|al|a)",
        replaces=r"(?:sustituyen?|reemplazan?)",
        versions=r"anterior\w*",
    ),
    Language(
        signs=("valid", "vigore", "fino al", "scad", "termina", "sostitui", "efficac"),
        nouns=r"(?:document[oi]|listin[oi]|list[ae]|direttiv[ae]|procedur[ae]|circolar[ei]|version[ei]|edizion[ei]"
        r"|offert[ae]|promozion[ei]|campagn[ae]|condizioni|prezzi|guid[ae]|tariff[ae]|regolament[oi]|istruzion[ei]"
        r"|politic[ae]|avvis[oi]|manuale|opuscol[oi])",
        this=r"(?:quest[oaie]|la presente|il presente|le presenti|i presenti)",
        be=r"(?:è|sono|resta|restano|sarà|solo|ancora)",
        until=r"(?:valid[oaie]|validità|in vigore|efficac[ei]|scad(?:e|ono)|termina(?:no)?)"
        r"(?: fino al?| il| al)?",
        since=r"(?:valid[oaie]|in vigore|entra(?:no)? in vigore|applicabil[ei])(?: a partire dal?| dal?| il)",
        to=r"(?:fino al?|al|a)",
        replaces=r"(?:sostituisc(?:e|ono))",
        versions=r"precedent\w*",
    ),
    Language(
        signs=("geldig", "geldt", "gelden", "van kracht", "vervalt", "vervallen", "loopt", "eindigt", "vervang"),
        nouns=r"\w*(?:document|lijst|richtlijn|procedure|circulaire|versie|uitgave|aanbieding|actie|campagne"
        r"|voorwaarden|prijzen|handleiding|tarie(?:f|ven)|beleid|instructie|folder|regeling|reglement|brochure|notitie)",
        this=r"(?:deze|dit|de onderhavige|het onderhavige)",
        be=r"(?:is|zijn|was|blijft|blijven|alleen|nog)",
        until=r"(?:geldig(?:heid)?|geldt|gelden|van kracht|vervalt|vervallen|loopt|lopen|eindigt|eindigen)"
        r"(?: alleen| nog)?(?: tot(?: en met| en| uiterlijk)?| t/m| op)?",
        since=r"(?:geldig|geldt|gelden|van kracht|gaat in)(?: vanaf| sinds| van| per| op)",
        to=r"(?:tot(?: en met)?|t/m)",
        replaces=r"(?:vervangt|vervangen)",
        versions=r"vorige|voorgaande|eerdere",
    ),
)  # fmt: skip
_GAP = (
    r"(?:[\s:|*_(–—-]|\b(?:zum|den|dem|einschließlich|inklusive|le|el|il|al|au|del?|het|du|und|et|y|e|inclu[sy]o?)\b)*$"
)
_DENIED = r"(?:nicht|keine?|pas|plus|ni|no|non|niet|geen|wenn|falls|sobald|solange)"
_CUED = 90  # characters before a date in which its cue stands, with the subject


@dataclass(frozen=True, slots=True)
class _Patterns:
    """A language's patterns: `head` matches what stands before a cue where a document is the subject, or nothing."""

    signs: tuple[str, ...]
    until: re.Pattern[str]
    since: re.Pattern[str]
    to: re.Pattern[str]
    replaces: re.Pattern[str]
    head: re.Pattern[str]
    document: re.Pattern[str]


def _compiled(language: Language) -> _Patterns:
    noun, be = language.nouns, language.be
    own = rf"{language.this}\s+(?:[\w’'-]+\s+){{0,3}}?{noun}(?:\s+(?!{_DENIED}\b)[\w’'-]+){{0,6}}?"
    named = rf"(?:[\w’'-]+\s+){{0,3}}?(?:[ld]['’])?{noun}(?:\s+[\d.]+)?"
    return _Patterns(
        signs=language.signs,
        until=re.compile(rf"(?<!\w)(?:{language.until}){_GAP}", re.I),
        since=re.compile(rf"(?<!\w)(?:{language.since}){_GAP}", re.I),
        to=re.compile(rf"^[\s,]*(?:{language.to}|[–-])(?:\s+(?:zum|den|le|el|al))?\s*$", re.I),
        replaces=re.compile(rf"(?<!\w){language.replaces}\b[:\s]*(?P<what>.*)", re.I | re.S),
        head=re.compile(rf"^[\W\d_]*(?:(?:{own}|{named})(?:\s+{be}){{0,2}})?[\W_]*$", re.I),
        document=re.compile(rf"(?<!\w)(?:{noun}|{language.versions})\b|\b[A-Z]{{2,}}-?\d", re.I),
    )


_PATTERNS = tuple(map(_compiled, _LANGUAGES))
SIGNS = tuple(sorted({sign for language in _LANGUAGES for sign in language.signs}))
"""Words in lower case without any of which a text says nothing here."""

Dated = tuple[Literal["effective", "expires"], DateMention]


def dated_elsewhere(sentence: str, mentions: Sequence[DateMention]) -> Iterator[Dated]:
    """The dates of a sentence from or until which its document is valid."""
    lowered = sentence.lower()
    for patterns in _PATTERNS:
        if not any(sign in lowered for sign in patterns.signs):
            continue
        found = list(_dated(sentence, mentions, patterns))
        if found:
            yield from found
            return


def replaced_elsewhere(sentence: str) -> str | None:
    """What the document says that it replaces, in its own words."""
    lowered = sentence.lower()
    for patterns in _PATTERNS:
        found = patterns.replaces.search(sentence) if any(sign in lowered for sign in patterns.signs) else None
        if (
            found
            and patterns.head.match(_clause(sentence[: found.start()]))
            and patterns.document.search(found["what"])
        ):
            return found["what"].strip()
    return None


def _dated(sentence: str, mentions: Sequence[DateMention], patterns: _Patterns) -> Iterator[Dated]:
    earlier: DateMention | None = None
    for mention in mentions:
        between = sentence[earlier.end : mention.start] if earlier is not None else ""
        if earlier is not None and patterns.to.match(between):
            head = sentence[: earlier.start]
            if _is_cued(head, patterns.since, patterns) or _is_cued(head, patterns.until, patterns):
                yield "expires", mention
        elif _is_cued(sentence[: mention.start], patterns.since, patterns):
            yield "effective", mention
        elif _is_cued(sentence[: mention.start], patterns.until, patterns):
            yield "expires", mention
        earlier = mention


def _is_cued(before: str, cue: re.Pattern[str], patterns: _Patterns) -> bool:
    """Whether a cue ends what stands before a date, with a document before it, or nothing."""
    found = cue.search(before, max(0, len(before) - _CUED))
    return found is not None and patterns.head.match(_clause(before[: found.start()])) is not None


def _clause(before: str) -> str:
    return re.split(r"[;.]\s|\n", before)[-1]
