"""Invented names of people and streets: given names with surnames that are made up.

Given names are such as women and men can both have. Surnames are put together from syllables, 65,536 of them; one that
somebody has may be among them, and then says nothing of who stood there.
"""

from __future__ import annotations

from luthier.curate.clean.privacy.cues import listed

GIVEN_NAMES: tuple[str, ...] = tuple(
    listed(
        "Adrian Alex Andy Arden Ariel Ash Aubrey Avery Bailey Bellamy Blair Blake Briar Brook Cameron Carey"
        " Casey Charlie Chris Corey Dakota Dale Dana Darcy Devon Drew Eden Eli Ellis Ember Emery Evan Fenn"
        " Finley Florian Fran Frankie Frey Gale Gerry Glenn Grey Gwyn Gael Hadley Harley Harper Haven Hollis"
        " Hunter Ira Indigo Ivory Izzy Isa Ilan Jackie Jaden Jamie Jesse Jordan Jules Kai Kelly Kelsey"
        " Kendall Kerry Kim Lane Lee Leslie Lindsay Logan Lou Marley Marlow Max Mel Micah Morgan Nat Nico Noa"
        " Noel Nova Nikita Oakley Ocean Odell Ollie Onyx Orly Page Parker Pat Perry Phoenix Pip Quentin"
        " Quincy Quinn Quill Quest Quade Reese Remy Riley River Robin Rowan Sage Sam Sandy Sasha Shay Sky"
        " Tate Taylor Teddy Terry Tony Tracy Uli Umber Unity Uri Usha Udo Val Vesper Vic Vivian Valentine"
        " Vale Wallis Wesley Whitney Willow Winter Wynn Xan Xen Xenon Xiao Xo Xylo Yael Yan Yarrow Yves Yule"
        " Yoshi Zan Zephyr Ziggy Zion Zola Zuri"
    )
)
_FIRST = listed(
    "Al Ar Bal Bel Bor Bran Bren Cal Car Cel Cor Cral Dal Del Dor Dra El Er Fal Fen Fir Gal Gar Gel Gor"
    " Gra Hal Har Hel Hor Il Jar Jel Jor Kal Kel Kor Kra Lan Lar Lor Mal Mar Mel Mor Nar Nel Nor Or Pal"
    " Pel Por Quel Ral Rel Ror Sal Sel Tal Tor Ul Val Wel Zal"
)
_MIDDLE = listed("ba be bi bo da de di do la le li lo ma me mi mo")
_LAST = listed(
    "bard beck berg bourne bridge brook bury by combe croft dale den dine don dor fell field fold ford"
    " gard garth gate grave grove hart haven holm holt hurst kirk land lane leigh ley lin lock lund mark"
    " mond more mouth nell ness net pole quist rand rick ridge rose row sen shaw stead stell thorne"
    " thwaite tire vale vane vick wall well wick"
)  # fmt: skip
SURNAMES = len(_FIRST) * len(_MIDDLE) * len(_LAST)


def surname(number: int) -> str:
    """The surname with this number, 0 to `SURNAMES` - 1; each number has its own."""
    number, last = divmod(number, len(_LAST))
    first, middle = divmod(number, len(_MIDDLE))
    return _FIRST[first] + _MIDDLE[middle] + _LAST[last]
