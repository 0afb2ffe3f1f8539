"""Papers with a time to live: replaced, expired, about a retired product; and those that only look so."""

from __future__ import annotations

import dataclasses
import datetime as dt

from luthier.sample_company.defects.desk import AS_OF, Desk, Draft, Plan
from luthier.sample_company.defects.phrasings import Genre
from luthier.sample_company.grammar import opened

LONG_AGO = (dt.date(1996, 1, 1), dt.date(2011, 12, 31))
OLD = (dt.date(2018, 1, 1), dt.date(2022, 12, 31))
ENDED = (dt.date(2023, 6, 1), AS_OF - dt.timedelta(days=60))
FUTURE = (dt.date(2032, 1, 1), dt.date(2041, 12, 31))


def replaced(desk: Desk, variant: str) -> list[Draft]:
    """An old paper and the one that took its place, which says so (`phrase`), is its sibling in a family (`family`),
    or bears a higher version number (`version`)."""
    olddate, newdate = desk.moment(*OLD), desk.moment(*ENDED)
    title = opened(desk.grammar.draw(desk.rng, "rulebook_title", {}))
    first = titled(desk, title + (", version 1" if variant == "version" else ""), olddate)
    second = titled(desk, title + (f", version {desk.rng.randint(2, 5)}" if variant == "version" else ""), newdate)
    if desk.rng.random() < 0.5:  # not written anew: the old text with a few sentences added
        genre = dataclasses.replace(first.genre, title=second.genre.title)
        second = dataclasses.replace(second, seed=first.seed, genre=genre)
    extra = []
    if variant == "phrase":
        number = first.bound["ref"]
        old = desk.rng.choice((f'"{title}" ({number})', number, f'{number}, "{title}"'))
        dates = {"olddate": first.bound["when"], "newdate": second.bound["when"]}
        extra = [desk.one_of("supersedes", old=old, **dates)]
    added = [desk.say(pattern, **second.bound) for pattern in desk.rng.sample(second.genre.sentences, 2)]
    old_paper, new_paper = desk.paper(0, first), desk.paper(1, second, [*extra, *added])
    if variant == "family" or desk.rng.random() < 0.5:
        old_paper.effective_date, new_paper.effective_date = olddate, newdate
    if variant == "family":
        old_paper.family = new_paper.family = f"family-{desk.number}"
    old_paper.plant("outdated", variant=variant, other=new_paper.id)
    new_paper.plant("replacement", trap=True, variant=variant, other=old_paper.id)
    return [old_paper, new_paper]


def titled(desk: Desk, title: str, day: dt.date) -> Plan:
    """The plan of a paper with this title and day, of a kind that shows its title."""
    genre = desk.rng.choice([genre for genre in desk.phrases.genres if "{title}" in genre.layout])
    return desk.plan(dataclasses.replace(genre, title=title), when=desk.stamp(day))


def expired(desk: Desk, variant: str) -> list[Draft]:
    """A paper that ran out: by its expiry date (`field`), or by a sentence alone (`text`)."""
    start, end = desk.moment(*OLD), desk.moment(*ENDED)
    if variant == "field":
        draft = desk.paper(0, titled(desk, desk.grammar.draw(desk.rng, "rulebook_title", {}), start))
        draft.effective_date, draft.expiry_date = start, end
        draft.plant("outdated", variant="expiry_field")
        return [draft]
    sentence = desk.one_of("expired_text", start=desk.stamp(start), end=desk.stamp(end))
    draft = desk.paper(0, titled(desk, desk.grammar.draw(desk.rng, "rulebook_title", {}), start), [sentence])
    draft.plant("outdated", variant="expiry_text", piece=sentence)
    return [draft]


def retired(desk: Desk, variant: str) -> list[Draft]:
    """The notice that a product is gone, and two older papers that still tell how to get it."""
    product, end = desk.subject(), desk.moment(*ENDED)
    notice = desk.paper(0, desk.plan(), [desk.one_of("retired", product=product, end=desk.stamp(end))])
    notice.effective_date = end
    notice.plant("replacement", trap=True, variant="retirement_notice")
    papers = []
    for member in (1, 2):
        sentence = desk.one_of("about_product", product=product)
        plan = titled(desk, f"{product}: {desk.one_of('rulebook_title')}", desk.moment(*OLD))
        draft = desk.paper(member, plan, [sentence])
        draft.plant("outdated", variant="retired_product", other=notice.id, piece=sentence)
        papers.append(draft)
    return [notice, *papers]


def in_force(desk: Desk, variant: str) -> list[Draft]:
    """Traps of one paper: its sentence on dates leaves it in force."""
    rule = {"old_but_valid": "still_valid", "ambiguous_date": "ambiguous_future"}.get(variant, variant)
    start, future = desk.moment(*OLD), desk.moment(*FUTURE)
    longago = desk.moment(*LONG_AGO)
    low, high = sorted(desk.rng.sample(range(1, 13), 2))
    values = {
        "start": desk.stamp(start),
        "end": desk.stamp(desk.moment(*ENDED)),
        "future": desk.stamp(future),
        "longago": desk.stamp(longago),
        "slashed": f"{low:02d}/{high:02d}/{future.year}",
    }
    day = longago if variant == "old_but_valid" else start
    sentence = desk.one_of(rule, **values)
    draft = desk.paper(0, titled(desk, desk.one_of("rulebook_title"), day), [sentence])
    if variant != "ambiguous_date":
        draft.effective_date = day
    draft.plant(variant, trap=True, piece=sentence)
    return [draft]


def not_replaced(desk: Desk, variant: str) -> list[Draft]:
    """A paper, and a later one that says of it that it stays in force."""
    first = titled(desk, desk.one_of("rulebook_title"), desk.moment(*OLD))
    sentence = desk.one_of("supersedes_nothing", old=first.bound["ref"])
    second = desk.paper(1, titled(desk, desk.one_of("rulebook_title"), desk.moment(*ENDED)), [sentence])
    paper = desk.paper(0, first)
    paper.plant("supersedes_nothing", trap=True, other=second.id)
    return [paper, second]


def yearly(desk: Desk, variant: str) -> list[Draft]:
    """Reports on two years in a row."""
    title = opened(desk.grammar.draw(desk.rng, "yearly_title", {"year": "{year}"}))
    genre = Genre("yearly", "paragraphs", title, "{title}\n\n{body}", desk.grammar.rules["yearly"])
    year, owner = desk.rng.randint(2018, 2023), f"C{desk.number:09d}"
    drafts = []
    for member in range(2):
        draft = desk.paper(member, desk.plan(genre, year=str(year + member)), group=owner)
        draft.effective_date = dt.date(year + member + 1, 2, 15)
        drafts.append(draft)
    drafts[0].plant("yearly_report", trap=True, other=drafts[1].id)
    return drafts
