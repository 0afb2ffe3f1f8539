"""Postal addresses: a street with its house number, or a post box, and the place that follows it.

The order of the parts follows the Universal Postal Union's templates (S42): number before the street in English and
French, after it in German, Dutch, Nordic, Spanish, Italian and Portuguese. A street alone ("the office in Baker
Street") is no address; one with a number is. What follows is taken in while it reads like the rest of an address: a
flat or floor, a town, a region's letters, a postcode, a country.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from luthier.curate.clean.privacy.cues import listed, mentions
from luthier.curate.clean.privacy.spans import Span

_CAP = r"[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĘĚĢĪĶĻŁŃŅŇŌŐŘŚŞŠŢŤŪŮŰŹŻŽ]"
_PROPER = rf"(?:(?:St|Ste|Mt|Ft|Dr|Gen|Col)\.|{_CAP}[^\W\d_]*(?:['’-][^\W\d_]+)*(?!\w))"
_NUMBER = r"\d{1,6}(?:[ ]?[A-Za-z](?![A-Za-z]))?(?:[-/–]\d{1,5}[A-Za-z]?)?"
_TYPE = (
    r"(?:Street|St|Road|Rd|Avenue|Ave|Av|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Square|Sq|Boulevard|Blvd|Way|Terrace|Ter|"
    r"Close|Crescent|Cres|Parade|Highway|Hwy|Parkway|Pkwy|Circle|Cir|Trail|Trl|Row|Mews|Gardens|Gdns|Grove|Hill|Walk|"
    r"Quay|Wharf|Embankment|Alley|Loop|Turnpike|Pike|Plaza|Esplanade|Broadway|Green|Park|Rise|View|Vale|Bypass|Path|Run)"
)
_ENGLISH = (
    rf"{_NUMBER},?[ ](?:(?:[NSEW]|North|South|East|West)\.?[ ])?(?:(?:{_PROPER}|\d{{1,3}}(?:st|nd|rd|th))[ ]){{1,4}}"
    rf"{_TYPE}\b\.?(?:[ ](?:[NSEW]{{1,2}}|North|South|East|West)\b)?"
)
_SUFFIXED = (
    rf"(?:{_CAP}[^\W\d_]*-)*(?:{_CAP}[^\W\d_]*)?(?:stra(?:ß|ss)e|str\.|gasse|weg|platz|allee|ring|damm|ufer|chaussee|"
    rf"straat|laan|plein|gracht|kade|dijk|singel|"
    rf"gatan|v[äa]gen|gata|veien|vegen|gate|vej|gade|all[ée]|katu|tie|kuja|polku)"
)
_GERMANIC = (
    rf"(?:{_SUFFIXED}|{_PROPER}[ ](?:Stra(?:ß|ss)e|Str\.|Weg|Platz|Allee|Ring|Damm|Ufer|Gasse|Straat|Laan|Plein)|"
    rf"(?:Am|An der|An den|Auf der|Auf dem|Im|In der|Zum|Zur|Unter den|Hinter der)[ ]{_PROPER})"
    rf"[ ]{_NUMBER}(?!\d|[.,]\d)"
)
_ROMANCE_TYPE = (
    r"(?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Bb]d|[Pp]lace|[Cc]hemin|[Ii]mpasse|[Aa]llée|[Rr]oute|[Qq]uai|[Cc]ours|"
    r"[Ff]aubourg|[Cc]alle|C/|[Aa]venida|[Aa]vda\.?|[Pp]aseo|[Pp]laza|[Cc]arretera|[Cc]amino|[Rr]onda|"
    r"[Vv]ia|[Vv]iale|[Pp]iazza|[Cc]orso|[Ll]argo|[Ss]trada|[Vv]icolo|[Rr]ua|[Tt]ravessa|[Pp]raça|[Rr]odovia|[Uu]lica|ul\.)"
)
_LINK = (
    r"(?:(?:de la|de l[’']|de los|de las|des|del|della|delle|dei|degli|du|dos|das|do|da|de|di|la|le|les|el|los|al|"
    r"d[’']|l[’'])[ ]?)"
)
_ROMANCE_NAME = rf"(?:{_LINK}?{_PROPER}[ ]?){{1,5}}"
_FRENCH = rf"{_NUMBER}(?:[ ](?:bis|ter))?,?[ ]{_ROMANCE_TYPE}[ ]{_ROMANCE_NAME}"
_SOUTHERN = rf"{_ROMANCE_TYPE}[ ]?{_ROMANCE_NAME},?[ ](?:n[.º°]?[ ]?)?{_NUMBER}(?!\d|[.,]\d)"
_BOX = (
    r"(?:P\.?[ ]?O\.?[ ]?Box|Post Office Box|Postfach|Casilla|Apartado(?: Postal)?|Bo[iî]te [Pp]ostale|BP|PSC)"
    r"[ ](?:No\.?[ ])?\d[\d ]{0,7}\d?"
)
_STREET = re.compile(rf"(?<![\w/.-])(?<!\d,)(?:{_BOX}|{_ENGLISH}|{_FRENCH}|{_GERMANIC}|{_SOUTHERN})")
# One of these is in every address that the pattern finds; each in lower case.
_HINTS = tuple(
    listed(
        "street| st|road| rd|avenue| av|lane| ln|drive| dr|court| ct|place| pl|square| sq|boulevard|blvd| way"
        "|terrace| ter|close|crescent| cres|parade|highway| hwy|parkway| pkwy|circle| cir|trail| trl| row"
        "| mews|gardens| gdns|grove| hill| walk| quay| wharf|embankment| alley| loop|turnpike| pike|plaza"
        "|esplanade|broadway| green| park| rise| view| vale|bypass| path| run|stra|str.|gass|weg|platz|allee"
        "|ring|damm|ufer|chauss|plein|laan|gracht|kade|dijk|singel|gata|väg|veien|vegen|gate|vej|gade|allé"
        "|katu|tie|kuja|polku|am |an d|auf d|im |in der|zum |zur |unter den|hinter den|rue |bd |chemin"
        "|impasse|route|quai|cours|faubourg|calle|c/|avenida|avda|paseo|carretera|camino|ronda|via|piazza"
        "|corso|largo|strada|vicolo|rua |travessa|praça|rodovia|ulica|ul.|box|postfach|casilla|apartado|boite"
        "|boîte|bp |psc ",
        "|",
    )
)

_UNIT = (
    r"(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Fl|Room|Rm|Bldg|Building|Block|Level|Piso|Étage|Etage|App|Top|Wohnung)"
    r"\.?[ ]?(?:#|No\.?[ ])?[\dA-Z][\w-]{0,6}|#[ ]?\d{1,5}[A-Za-z]?|\d{1,3}(?:st|nd|rd|th) [Ff]loor"
)
_POSTCODE = (
    r"[A-Z]{1,2}\d[A-Z\d]?[ ]?\d[A-Z]{2}"  # GB
    r"|[A-Z]\d[A-Z][ ]?\d[A-Z]\d"  # CA
    r"|\d{4}[ ]?[A-Z]{2}(?![A-Za-z])"  # NL
    r"|(?:[A-Z]{1,2}-)?\d{3}[ ]\d{2}(?!\d)"  # SE, CZ, SK, GR
    r"|\d{2}-\d{3}(?!\d)|\d{5}-\d{3}(?!\d)|\d{4}-\d{3}(?!\d)|\d{3}-\d{4}(?!\d)"  # PL, BR, PT, JP
    r"|(?:[A-Z]{1,2}-)?\d{5}(?:-\d{4})?(?!\d)|(?:[A-Z]{1,2}-)?\d{4}(?!\d)|\d{6}(?!\d)"
)
_TOWN = (
    rf"{_PROPER}(?:[ ](?:(?:am|an der|im|in|ob der|sur|sous|upon|on|of|le|la|les|de|del|do|da|di|den|y)[ ])?"
    rf"{_PROPER}){{0,3}}"
)
_SEPARATOR = r"(?:[ ]?,[ ]?\n?[ ]?|[ ]?\n[ ]?,?[ ]?|[ ]+|[ ]-[ ])"
_PART = re.compile(rf"{_SEPARATOR}(?:(?P<unit>{_UNIT})|(?P<code>{_POSTCODE})|(?P<town>{_TOWN}))")
# "Section 12 Green Park", "in 2024 Wall Street fell": numbers that are no house's
_NOT_A_HOUSE = re.compile(
    r"\b(?:section|chapter|page|item|table|figure|article|clause|note|step|no\.?)\s\Z", re.IGNORECASE
)
_YEAR = re.compile(r"(?:19|20)\d\d ")
_WHEN = re.compile(r"\b(?:in|since|by|from|until|of|during|for|late|early|mid)[ -]\Z", re.IGNORECASE)
MOST_PARTS = 7


def find_addresses(text: str) -> Iterator[Span]:
    """Postal addresses, from the house number or street to the last part that certainly belongs to it."""
    if not any(digit in text for digit in "123456789") or not mentions(text.lower(), _HINTS):
        return
    for street in _STREET.finditer(text):
        if _NOT_A_HOUSE.search(text, max(0, street.start() - 16), street.start()):
            continue
        if _YEAR.match(street[0]) and _WHEN.search(text, max(0, street.start() - 12), street.start()):
            continue
        end = _end_of_address(text, street.end())
        while text[end - 1] in " ,\n":
            end -= 1
        yield Span(street.start(), end, "address", "a postal address")


def _end_of_address(text: str, end: int) -> int:
    """Where the address that has its street before `end` ends: a town counts only with the postcode beside it."""
    sure, place, coded = end, end, False
    for _ in range(MOST_PARTS):
        part = _PART.match(text, place)
        if part is None or "\n\n" in part[0]:
            break
        place = part.end()
        if part["unit"] or part["code"]:
            sure, coded = place, coded or part["code"] is not None
        elif coded or _follows_comma(part[0]):
            # after a postcode its town; after a comma a town, which without a postcode is one part and no more
            sure = place if coded or sure == end else sure
            if coded and not _more(text, place):
                break
    return sure


def _follows_comma(part: str) -> bool:
    return part.lstrip(" ").startswith((",", "\n"))


def _more(text: str, place: int) -> bool:
    """Whether another part is set off by a comma or a line break, as a region or a country is."""
    return re.match(r"[ ]?[,\n]", text[place : place + 2]) is not None
