"""Who the clients are, and which example belongs to whom.

Blocks of six examples belong to three clients with one, two and three visits. Offices (the phrasing families) are dealt
out to clients in shuffled rounds, so that every family has its equal share of examples.
"""

from __future__ import annotations

import functools
import random

from luthier.sample_company.wealth_desk.facts import Client
from luthier.sample_company.wealth_desk.phrasings import FAMILIES

VISITS = (0, 1, 1, 2, 2, 2)  # an example's place in its block of six -> the client's place in the block
SURNAMES = tuple(
    """
    Abbott Adair Archer Barlow Bauer Becker Bishop Blake Bowen Braun Brooks Burke Carr Castle Chase Cole Cook
    Cross Dale Davis Dean Doyle Drake Dunn Ellis Engel Evans Field Finch Fischer Flynn Ford Fox Frank Frost Gale
    Gibson Grant Gray Hahn Hale Hall Hardy Hart Hayes Hill Holt Horn Howe Hunt Jacobs James Jensen Jordan Keller
    King Klein Knight Koch Lamb Lane Lang Larsen Lewis Long Lowe Lucas Mann Marsh Martin Mason May Meyer Miles
    Moore Morgan Nash Neumann Noble Olsen Owen Page Palmer Park Perry Porter Price Quinn Reed Rice Richter Roberts
    Rose Roth Rowe Russell Sanders Schmidt Scott Sharp Shaw Simon Snow Stone Swift Taylor Terry Turner Vogel
    Wagner Walsh Ward Watts Weber Webb West White Wolf Wood Young
    """.split()  # noqa: SIM905
)
SEGMENTS = {  # segment: share, wealth in thousands of euros, age bands
    "mass affluent": (0.35, (110, 380), ("30-44", "45-59", "60-74")),
    "high net worth": (0.25, (800, 980), ("45-59", "60-74")),
    "retired": (0.22, (150, 720), ("60-74", "75+")),
    "business owner": (0.18, (260, 940), ("30-44", "45-59")),
}
REGIONS = ("north", "south", "coast", "city", "lakes")


def client_number(example: int) -> int:
    """Which client example number `example` (from 0) belongs to."""
    block, place = divmod(example, len(VISITS))
    return block * 3 + VISITS[place]


def family_of(seed: int, number: int) -> str:
    """The office of a client: shuffled rounds of all offices, one series for each number of visits."""
    block, place = divmod(number, 3)
    turn, position = divmod(block, len(FAMILIES))
    return _dealt(seed, place, turn)[position]


@functools.lru_cache(maxsize=64)
def _dealt(seed: int, place: int, turn: int) -> tuple[str, ...]:
    order = list(FAMILIES)
    random.Random(f"{seed}:offices:{place}:{turn}").shuffle(order)
    return tuple(order)


@functools.lru_cache(maxsize=64)  # a client's visits follow one another
def make_client(seed: int, number: int) -> Client:
    """Client number `number`, from 0: the same whatever else is generated."""
    rng = random.Random(f"{seed}:client:{number}")
    segment = rng.choices(list(SEGMENTS), [share for share, _, _ in SEGMENTS.values()])[0]
    _, wealth, ages = SEGMENTS[segment]
    return Client(
        id=f"C{number + 1:05d}",
        number=number,
        title=rng.choice(("Mr", "Ms")),
        surname=rng.choice(SURNAMES),
        segment=segment,
        region=rng.choice(REGIONS),
        age_band=rng.choice(ages),
        family=family_of(seed, number),
        wealth=rng.randint(*wealth),
    )
