"""What files laid over a graph change in it: what they add, link, relabel and redefine.

Curated is what the graph without the files mentions in any place of a statement, be it of another vocabulary. Every
statement about such a thing redefines it, an addition too: one component more is another regimen. Blank nodes need no
look of their own, for what hangs at a curated thing hangs there by a statement about it. A new thing that takes a name
which leads elsewhere (a written form, a code, a key of the patient file) redefines what that name is of; a rule that
rewrites names redefines them all.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from rrmm.errors import shorten
from rrmm.iris import RDF, RDFS, RRMM, SKOS, local_name, short
from rrmm.records import NamedTuple

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
_MEANS, _OF_SOURCE, _SECTION, _STATED_IN = (f"<{RRMM}{name}>" for name in ("means", "ofSource", "section", "statedIn"))
_RENAMING = (f"<{RDF}type>", f"<{RRMM}NameRule>")
_LABELS = {_LABEL, f"<{RDFS}comment>", *(f"<{SKOS}{name}Label>" for name in ("pref", "alt", "hidden"))}
_LINKS = {f"<{SKOS}{name}Match>" for name in ("exact", "close", "broad", "narrow", "related")}
_UNIQUE = {f"<{SKOS}exactMatch>", f"<{RRMM}key>"}
_WORDS = {f"<{RRMM}{name}>" for name in ("writtenForm", "codeBeginning", "intakeCode", "spelling")}
_PLACES = {f"<{RRMM}{name}>" for name in ("place", "intakePlace", "convertsTo")}


class OverlayChange(NamedTuple):
    """What a file changes of one thing."""

    file: str
    """The name of the file."""
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


def compare(knowledge: GraphFiles) -> tuple[OverlayChange, ...]:
    """Return what the overlays of a graph change, file by file; raises KnowledgeError for an unreadable file."""
    if not knowledge.overlays:
        return ()
    if cached := knowledge.artefact(_CACHE):
        return tuple(
            OverlayChange(file, sort, thing, label, tuple(said), own)
            for file, sort, thing, label, said, own in json.loads(cached)
        )
    from rrmm.graph.syntax import read_lines, write_lines
    from rrmm.graph.turtle import parse_file

    laid = {path: read_lines(write_lines(parse_file(path))) for path in knowledge.overlays}
    changes = tuple(_compare(read_lines(knowledge.shipped.snapshot), laid))
    knowledge.keep(_CACHE, json.dumps(changes).encode())
    return changes


def _compare(curated: list[TextTriple], laid: Mapping[Path, list[TextTriple]]) -> Iterator[OverlayChange]:
    stated = set(curated)
    known = {term for triple in curated for term in triple if term.startswith("<")}
    labels = {subject: value for subject, name, value in curated if name == _LABEL}
    new = {subject for triples in laid.values() for subject, *_ in triples} - known
    sourced = _find_sourced([triple for triples in laid.values() for triple in triples], new)
    taken = {name: subject for subject, name, _ in _names(curated)}
    meant = {value for _, name, value in curated if name == _MEANS}
    labelled = {_fold(value): subject for subject, name, value in curated if name in _LABELS and subject in meant}
    for path, triples in laid.items():
        about: defaultdict[str, list[TextTriple]] = defaultdict(list)
        for triple in triples:
            if triple[0].startswith("<") and triple not in stated:
                about[triple[0]].append(triple)
        for subject, said in about.items():
            own_label = next((value for _, name, value in said if name == _LABEL), "")
            label = labels.get(subject, own_label)
            sort = _sort(said, known) if subject in known or (subject, *_RENAMING) in said else "added"
            yield OverlayChange(
                path.name,
                sort,
                subject[1:-1],
                _text(label) if label else local_name(subject[1:-1]),
                tuple(_say(name, value) for _, name, value in said) if sort != "added" else (),
                sort == "added" and subject not in sourced,
            )
        for subject, name, statement in _names([triple for triple in triples if triple not in stated]):
            holder = taken.get(name) or labelled.get(name[1], subject)
            if holder != subject:
                label = _text(labels[holder]) if holder in labels else local_name(holder[1:-1])
                said_too = f"{statement}, said of {short(subject[1:-1])} too"
                yield OverlayChange(path.name, "redefined", holder[1:-1], label, (said_too,), own=False)


def _find_sourced(triples: Iterable[TextTriple], new: set[str]) -> set[str]:
    """Return what is stated in passages of new sources alone, their sections too."""
    of: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for subject, name, value in triples:
        of[name][subject].add(value)
    parts = {part for part, sources in of[_OF_SOURCE].items() if sources <= new}
    passages = {part for part in parts if of[_SECTION][part] <= parts}
    return {subject for subject, stated_in in of[_STATED_IN].items() if stated_in <= passages}


def _names(triples: Iterable[TextTriple]) -> Iterator[tuple[str, tuple[str, str], str]]:
    """Yield each name that leads to one thing alone: its subject, the name with its place, and the statement."""
    triples = list(triples)
    places: defaultdict[str, set[str]] = defaultdict(set)
    for subject, name, value in triples:
        if name in _PLACES:
            places[subject].add(value)
    for subject, name, value in triples:
        if name in _UNIQUE:
            yield subject, (name, value), _say(name, value)
        elif name in _WORDS:
            yield from ((subject, (place, _fold(value)), _say(name, value)) for place in sorted(places[subject]))


def _fold(value: str) -> str:
    return re.sub(r"[\W_]+", "", _text(value).casefold())


def _say(name: str, value: str) -> str:
    return f"{local_name(name[1:-1])} {_text(value)}"


def _sort(said: Iterable[TextTriple], known: set[str]) -> ChangeSort:
    """Return what statements about a curated thing do to it; a code that the graph has is another thing's already."""
    if all(name in _LINKS and value not in known for _, name, value in said):
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
    lines = path.read_text(encoding="utf-8").splitlines()
    prefixes = [match for line in lines if (match := re.match(r"@prefix\s+([\w-]*):\s+<([^>]*)>", line))]
    forms = [f"<{iri}>", *(f"{m[1]}:{iri.removeprefix(m[2])}" for m in prefixes if iri.startswith(m[2]))]
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
