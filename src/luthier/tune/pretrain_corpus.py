"""Which curated documents a model reads before it is tuned, and which it must not.

Whoever is measured must not be known by heart: a document that belongs to a client of dev, calibration or test is not
learnt. It belongs to one where its group says so, where only examples of such clients rest on it, where it names the
client (in its text, its title or its file's name), where it is another version of such a document, or where curation
found a measured example's text in it. Each is counted, with the reason.

Perplexity is measured on documents that are kept aside: those of dev's clients, and a share of the others, drawn by a
hash of their names. Documents of test's and calibration's clients are not even read.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import ahocorasick

from luthier.records import Document, Example, Finding, Split
from luthier.store.artefacts import Artefact

SEALED_FIRST: tuple[Split, ...] = ("test", "calibration", "dev")  # where several claim a document, the first has it
LEAST_NAME = 4  # characters, of a group that is looked for by name
FEWEST = 5  # documents, for one of them to be kept aside

WHY: Mapping[str, str] = {
    "held_out.group": "its group is measured",
    "held_out.linked": "only examples of measured groups rest on it",
    "held_out.named": "it names a measured group",
    "held_out.text": "it holds a measured example's text",
    "held_out.family": "another version of it is left out",
}


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Why a document is not learnt. `split` is that of whom it belongs to, `counterpart` who that is."""

    code: str
    split: Split
    counterpart: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """Document ids to learn, to measure on, and to leave out; each document is in exactly one of `learn` and the rest.

    `dev` holds documents of dev's clients, which are among `excluded` too, and documents kept aside.
    """

    learn: frozenset[str]
    dev: frozenset[str]
    excluded: Mapping[str, Exclusion] = field(default_factory=dict)
    shared: int = 0  # documents on which measured and learnt examples rest alike: learnt

    def counts(self) -> dict[str, Any]:
        """The numbers of documents, by what became of them."""
        return {
            "learnt": len(self.learn),
            "dev": len(self.dev),
            "kept_aside": len(self.dev - self.excluded.keys()),
            "shared": self.shared,
            "excluded": dict(sorted(Counter(found.code for found in self.excluded.values()).items())),
            "excluded_by_split": dict(sorted(Counter(found.split for found in self.excluded.values()).items())),
        }


def choose_documents(curated: Artefact, *, dev_share: float, seed: int) -> Chosen:
    """What of the documents in a `curate` artefact is learnt, measured on and left out."""
    groups, links = _measured(curated.records("examples", Example))
    leaks = _leaks(curated.records("findings", Finding), curated)
    names = Names(groups)
    excluded: dict[str, Exclusion] = {}
    families: dict[str, list[str]] = defaultdict(list)
    others: dict[str, str] = {}  # id -> the unit it is drawn with
    shared = 0
    for document in curated.records("documents", Document):
        linked = _together(links.get(name) for name in (document.id, document.title, document.source.file) if name)
        shared += linked is not None and linked.shared
        found = _exclusion(document, groups, linked, names, leaks)
        if found is not None:
            excluded[document.id] = found
        else:
            others[document.id] = document.family or document.id
        if document.family is not None:
            families[document.family].append(document.id)
    for family, members in families.items():
        out = [excluded[member] for member in members if member in excluded]
        if out:
            first = min(out, key=lambda found: SEALED_FIRST.index(found.split))
            for member in members:
                if others.pop(member, None) is not None:
                    excluded[member] = Exclusion("held_out.family", first.split, family)
    of_dev = {name for name, found in excluded.items() if found.split == "dev" and found.code != "held_out.text"}
    aside = _kept_aside(others, dev_share, seed, needed=not of_dev)
    return Chosen(frozenset(others.keys() - aside), frozenset(of_dev | aside), excluded, shared)


def text_of(document: Document) -> str:
    """What is read of a document: its title, where the text does not open with it, and its text."""
    title, text = (document.title or "").strip(), document.text.strip()
    return text if not title or text.startswith(title) else f"{title}\n\n{text}"


def documents_in(curated: Artefact, ids: Iterable[str]) -> Iterator[Document]:
    """The documents of these ids, in the artefact's order."""
    wanted = frozenset(ids)
    return (document for document in curated.records("documents", Document) if document.id in wanted)


@dataclass(slots=True)
class _Link:
    """Which examples rest on a document."""

    measured: dict[Split, str] = field(default_factory=dict)  # split -> a group
    learnt: bool = False

    @property
    def shared(self) -> bool:
        return self.learnt and bool(self.measured)


def _together(links: Iterable[_Link | None]) -> _Link | None:
    """What examples say of one document, whether they name it by id, title or file."""
    found = [link for link in links if link is not None]
    if not found:
        return None
    measured = {split: group for link in found for split, group in link.measured.items()}
    return _Link(measured, any(link.learnt for link in found))


def _measured(examples: Iterable[Example]) -> tuple[dict[str, Split], dict[str, _Link]]:
    """The groups that are measured, each with its split; and the documents that examples rest on."""
    groups: dict[str, Split] = {}
    links: dict[str, _Link] = defaultdict(_Link)
    for example in examples:
        measured = example.split in SEALED_FIRST
        if measured and example.split is not None:
            groups[example.group] = example.split
        for name in example.document_ids:
            if measured and example.split is not None:
                links[name].measured[example.split] = example.group
            else:
                links[name].learnt = True
    return groups, links


def _leaks(findings: Iterable[Finding], curated: Artefact) -> dict[str, Exclusion]:
    """Documents in which curation found a measured example's text, also where it was told to leave them."""
    held = {f.record_id: f.counterpart_id for f in findings if f.rule == "leakage" and f.record_kind == "document"}
    splits = {e.id: e.split for e in curated.records("examples", Example)} if held else {}
    return {
        name: Exclusion("held_out.text", splits.get(example or "") or "test", example or "")
        for name, example in held.items()
    }


def _exclusion(
    document: Document,
    groups: Mapping[str, Split],
    link: _Link | None,
    names: Names,
    leaks: Mapping[str, Exclusion],
) -> Exclusion | None:
    if document.group in groups and document.group is not None:
        return Exclusion("held_out.group", groups[document.group], document.group)
    if link is not None and link.measured and not link.learnt:
        split = next(split for split in SEALED_FIRST if split in link.measured)
        return Exclusion("held_out.linked", split, link.measured[split])
    if document.id in leaks:
        return leaks[document.id]
    return names.in_document(document)


class Names:
    """Finds measured groups by their names: those that no ordinary word could be, for they hold a digit or a space."""

    def __init__(self, groups: Mapping[str, Split]) -> None:
        self._groups = groups
        self._found = ahocorasick.Automaton()
        for name in groups:
            if len(name) >= LEAST_NAME and any(c.isdigit() or c.isspace() for c in name):
                self._found.add_word(name, name)
        self._found.make_automaton()

    def in_document(self, document: Document) -> Exclusion | None:
        """The exclusion of a document whose text, title or file name a measured group."""
        return self.in_text("\n".join([document.source.file, document.title or "", document.text]))

    def in_text(self, text: str) -> Exclusion | None:
        """The exclusion of a text that names a measured group: of the most sealed split among those it names."""
        if not len(self._found):
            return None
        named = {name for end, name in self._found.iter(text) if _stands_alone(text, end + 1 - len(name), end + 1)}
        by_split = {self._groups[name]: name for name in sorted(named, reverse=True)}
        split = next((split for split in SEALED_FIRST if split in by_split), None)
        return Exclusion("held_out.named", split, by_split[split]) if split is not None else None


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether no letter or digit goes on before or after: C1004 does not name C100."""
    return not (text[max(0, start - 1) : start].isalnum() or text[end : end + 1].isalnum())


def _kept_aside(units: Mapping[str, str], share: float, seed: int, *, needed: bool) -> frozenset[str]:
    """A share of the documents, drawn by whole units; at least one where nothing else measures and there are a few."""
    wanted = round(share * len(units))
    if share and needed and len(units) >= FEWEST:
        wanted = max(1, wanted)
    drawn = sorted(units, key=lambda name: (hashlib.sha256(f"{seed}:{units[name]}".encode()).digest(), name))
    last = units[drawn[wanted - 1]] if wanted else None
    aside = frozenset(drawn[:wanted]) | {name for name in drawn[wanted:] if units[name] == last}
    return aside if len(aside) < len(units) else frozenset()
