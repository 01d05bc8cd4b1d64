"""What files laid over a graph change in it: what they add, link, relabel and redefine.

Curated is what the graph without the files mentions in any place of a statement, be it of another vocabulary. Every
statement about such a thing redefines it, an addition too: one component more is another regimen. Blank nodes need no
look of their own, for what hangs at a curated thing hangs there by a statement about it. A new thing that takes a name
which leads elsewhere (a written form, a code, a key of the patient file) redefines what that name is of; a rule that
rewrites names redefines them all. A new thing that takes a curated one out of answers redefines it, whether a file says
so or it follows from what it says.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from rrmm.errors import shorten
from rrmm.iris import RDF, RDFS, RRMM, SKOS, local_name, short
from rrmm.records import NamedTuple
from rrmm.spelling import key

if TYPE_CHECKING:
    from rrmm.graph.files import GraphFiles
    from rrmm.graph.syntax import TextTriple

ChangeSort = Literal["added", "linked", "relabelled", "redefined"]
VERBS: dict[ChangeSort, str] = {
    "added": "adds",
    "linked": "links",
    "relabelled": "relabels",
    "redefined": "redefines",
}
ALTERING = ("relabelled", "redefined")

_CACHE = "overlays.json"
_LABEL = f"<{RDFS}label>"
_OF_SOURCE, _SECTION, _STATED_IN = (f"<{RRMM}{name}>" for name in ("ofSource", "section", "statedIn"))
_RENAMING = (f"<{RDF}type>", f"<{RRMM}NameRule>")
_LABELS = {_LABEL, f"<{RDFS}comment>", *(f"<{SKOS}{name}Label>" for name in ("pref", "alt", "hidden"))}
_LINKS = {f"<{SKOS}{name}Match>" for name in ("exact", "close", "broad", "narrow", "related")}
_UNIQUE = {f"<{SKOS}exactMatch>", f"<{RRMM}key>"}
_WORDS = {f"<{RRMM}{name}>" for name in ("intakeCode", "unit", "spelling")}
_PLACES = {f"<{RRMM}{name}>" for name in ("intakePlace", "convertsTo")}
_SILENCES = f"<{RRMM}silencesObject>"


class OverlayChange(NamedTuple):
    """What a file changes of one thing."""

    file: str
    """The name of the file; the path as it was given where another file has the same name."""
    change: ChangeSort
    """Whether the thing is new, linked to a code that the graph lacks, named otherwise, or changed in any other way."""
    thing: str
    """The IRI of the thing."""
    label: str
    """Its label, of a curated thing the curated one."""
    statements: tuple[str, ...]
    """What is said of a curated thing, each as property and value; empty for a new one."""
    own: bool
    """Whether the thing is new and rests on no source that a file adds: the file itself is its source."""


def name_files(paths: Iterable[Path]) -> dict[Path, str]:
    """Return path → what a file is called: its name, or the path as it was given where another has this name too.

    >>> list(name_files([Path("a/x.ttl"), Path("b/x.ttl"), Path("b/y.ttl")]).values())
    ['a/x.ttl', 'b/x.ttl', 'y.ttl']
    """
    files = dict.fromkeys(paths)
    counts = Counter(path.name for path in files)
    return {path: path.name if counts[path.name] == 1 else str(path) for path in files}


def compare(knowledge: GraphFiles) -> tuple[OverlayChange, ...]:
    """Return what the overlays of a graph change, file by file.

    Raises KnowledgeError for an invalid file. The cache keeps the place of a file among the overlays, for one file may
    be given by several paths.
    """
    if not knowledge.overlays:
        return ()
    names = name_files(knowledge.overlays)
    if cached := knowledge.artefact(_CACHE):
        called = list(names.values())
        return tuple(
            OverlayChange(called[number], sort, thing, label, tuple(said), own)
            for number, sort, thing, label, said, own in json.loads(cached)
        )
    changes = tuple(_Comparison(knowledge, names).changes())
    places = {name: number for number, name in enumerate(names.values())}
    knowledge.keep(_CACHE, json.dumps([(places[file], *rest) for file, *rest in changes]).encode())
    return changes


class _Comparison:
    """A graph with and without the files laid over it; `names` is path → what a file is called."""

    def __init__(self, knowledge: GraphFiles, names: Mapping[Path, str]) -> None:
        from rrmm.graph import queries
        from rrmm.graph.claims import keep_claims, read_claims
        from rrmm.graph.store import Store
        from rrmm.graph.syntax import read_lines, write_lines
        from rrmm.graph.turtle import parse_file

        curated = knowledge.shipped
        shipped = curated.snapshot
        self.curated = read_lines(shipped)
        self.stated = set(self.curated)
        written = {name: write_lines(parse_file(path)) for path, name in names.items()}
        self.laid = {name: read_lines(content) for name, content in written.items()}
        self.every = [triple for triples in self.laid.values() for triple in triples]
        self.known = {term for triple in self.curated for term in triple if term.startswith("<")}
        self.folded = {term.casefold() for term in self.known}
        self.labels = {subject: value for subject, name, value in self.curated if name == _LABEL}
        together = Store(b"".join([shipped, *written.values()]))
        self.silencing = {name for name, silences, _ in self.curated if silences == _SILENCES}
        self.claims = keep_claims(curated), read_claims(knowledge.root, together)
        building = queries.read(knowledge.root, "build").values()
        self.derived = read_lines(b"".join(write_lines(together.construct(query.text)) for query in building))

    def changes(self) -> Iterator[OverlayChange]:
        """Yield what each file changes: of the things that it describes, then of those whose names it takes."""
        new = {subject for subject, *_ in self.every} - self.known
        sourced = _find_sourced(self.every, new)
        taken: defaultdict[str, list[OverlayChange]] = defaultdict(list)
        for change in dict.fromkeys([*self._taken_words(), *self._taken_names(), *self._silenced()]):
            taken[change.file].append(change)
        for file, triples in self.laid.items():
            about: defaultdict[str, list[TextTriple]] = defaultdict(list)
            for triple in triples:
                if triple[0].startswith("<") and triple not in self.stated:
                    about[triple[0]].append(triple)
            for subject, said in about.items():
                altered = subject in self.known or (subject, *_RENAMING) in said
                sort = _sort(said, self.folded) if altered else "added"
                own_label = next((value for _, name, value in said if name == _LABEL), "")
                label = self.labels.get(subject, own_label)
                yield OverlayChange(
                    file,
                    sort,
                    subject[1:-1],
                    _text(label) if label else local_name(subject[1:-1]),
                    tuple(_say(name, value) for _, name, value in said) if sort != "added" else (),
                    sort == "added" and subject not in sourced,
                )
            yield from taken[file]

    def _taken_words(self) -> Iterator[OverlayChange]:
        """Yield the taking of each key, match, code of intake and spelling of a unit, which lead to one thing alone."""
        taken = {name: subject for subject, name, _ in _words(self.curated)}
        for subject, word, triple in _words([*self.curated, *self.every]):
            holder = taken.get(word, subject)
            if holder != subject and triple not in self.stated:
                yield self._taking(triple, holder, _say(*triple[1:]))

    def _taken_names(self) -> Iterator[OverlayChange]:
        """Yield the taking of each name of the lexicon."""
        from rrmm.graph.claims import find_holders

        before, after = map(dict.fromkeys, self.claims)
        held: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for claim in before:
            held[claim.name].add(claim.thing)
        for claim in (claim for claim in after if claim not in before):
            for holder in sorted(find_holders(claim.name, held) - {claim.thing}):
                triple = self._find(f"<{claim.thing}>", claim.value)
                yield self._taking(triple, f"<{holder}>", f"{claim.property} {short(claim.value)}")

    def _find(self, subject: str, value: str) -> TextTriple:
        """Return the statement of a file that gives a thing a name, or any on the thing."""
        about = [triple for triple in self.every if triple[0] == subject and triple not in self.stated]
        named = (triple for triple in about if value in (_text(triple[2]), triple[2][1:-1]))
        return next(named, about[0] if about else self.every[0])

    def _taking(self, triple: TextTriple, holder: str, said: str) -> OverlayChange:
        file = next(file for file, triples in self.laid.items() if triple in triples)
        return self._redefining(file, holder, [f"{said}, said of {_text(triple[0])} too"])

    def _silenced(self) -> Iterator[OverlayChange]:
        """Yield each curated thing that something else takes out of answers, by what a file says or what follows."""
        silencing: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for subject, name, value in dict.fromkeys([*self.every, *self.derived]):
            if name in self.silencing and value in self.known and (subject, name, value) not in self.stated:
                by_file = (file for file, triples in self.laid.items() if any(subject == one[0] for one in triples))
                file = next(by_file, next(iter(self.laid)))
                silencing[file, value].append(f"{_text(subject)} {local_name(name[1:-1])} it")
        for (file, value), said in silencing.items():
            yield self._redefining(file, value, said)

    def _redefining(self, file: str, thing: str, said: Iterable[str]) -> OverlayChange:
        label = _text(self.labels[thing]) if thing in self.labels else local_name(thing[1:-1])
        return OverlayChange(file, "redefined", thing[1:-1], label, tuple(said), own=False)


def _find_sourced(triples: Iterable[TextTriple], new: set[str]) -> set[str]:
    """Return what is stated in passages of new sources alone, their sections too."""
    of: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for subject, name, value in triples:
        of[name][subject].add(value)
    parts = {part for part, sources in of[_OF_SOURCE].items() if sources <= new}
    passages = {part for part in parts if of[_SECTION][part] <= parts}
    return {subject for subject, stated_in in of[_STATED_IN].items() if stated_in <= passages}


def _words(triples: Iterable[TextTriple]) -> Iterator[tuple[str, tuple[str, str], TextTriple]]:
    """Yield each word that leads to one thing alone: its subject, the word with its place, and the statement."""
    triples = list(triples)
    places: defaultdict[str, set[str]] = defaultdict(set)
    for subject, name, value in triples:
        if name in _PLACES:
            places[subject].add(_text(value))
    for triple in triples:
        subject, name, value = triple
        if name in _UNIQUE:
            yield subject, (name, value.casefold()), triple
        elif name in _WORDS:
            yield from ((subject, (place, key(_text(value))), triple) for place in sorted(places[subject]))


def _say(name: str, value: str) -> str:
    return f"{local_name(name[1:-1])} {_text(value)}"


def _sort(said: Iterable[TextTriple], known: set[str]) -> ChangeSort:
    """Return what statements about a curated thing do to it; a code that the graph has is another thing's already.

    `known` holds the terms of the graph in small letters, as codes are looked up.
    """
    if all(name in _LINKS and value.casefold() not in known for _, name, value in said):
        return "linked"
    return "relabelled" if all(name in _LABELS for _, name, _ in said) else "redefined"


def _text(term: str) -> str:
    """Return a term as people read it."""
    if term.startswith("<"):
        return short(term[1:-1])
    quoted = re.match(r'"(?:[^"\\]|\\.)*"', term)
    return cast(str, json.loads(quoted[0], strict=False)) if quoted else "[…]"


def find_line(path: Path, iri: str) -> int | None:
    """Return the line of a Turtle file where a thing is described; None where it is written in another way."""
    from rrmm.graph.syntax import read_prefixes

    lines = path.read_text(encoding="utf-8").splitlines()
    prefixes = read_prefixes(path.read_bytes())
    forms = [f"<{iri}>", *(f"{name}:{iri.removeprefix(space)}" for name, space in prefixes if iri.startswith(space))]
    named = rf"({'|'.join(map(re.escape, forms))})(\s|$)"
    found = (number for number, line in enumerate(lines, 1) if re.match(named, line))
    return next(found, None)


def describe_change(change: OverlayChange) -> str:
    """Return what a change does to a curated thing.

    >>> describe_change(OverlayChange("a.ttl", "relabelled", "urn:x", "x", ("label y",), False))
    'relabels x (urn:x) by: label y'
    """
    said = "; ".join(map(shorten, change.statements))
    return f"{VERBS[change.change]} {change.label} ({short(change.thing)}) by: {said}"


def summarise(changes: Iterable[OverlayChange], most: int = 6) -> str:
    """Return in one line what a file does: the things that it changes, the first `most` of each sort by name.

    >>> summarise([OverlayChange("a.ttl", "added", "urn:a", "A", (), True)])
    'adds A'
    """
    by_sort: dict[str, list[str]] = {sort: [] for sort in VERBS}
    for change in changes:
        by_sort[change.change].append(shorten(change.label))
    return "; ".join(
        f"{VERBS[cast(ChangeSort, sort)]} {', '.join(names[:most])}"
        + (f" and {len(names) - most:,} more" if len(names) > most else "")
        for sort, names in by_sort.items()
        if names
    )
