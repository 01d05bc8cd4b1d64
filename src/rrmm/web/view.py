"""What a page shows of a thing: its statements by property, each value with the place it leads to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pyoxigraph as ox

from rrmm.iris import RDF, RDFS, RRMM, SKOS
from rrmm.web.entities import Things, curie

ELSEWHERE = {RDFS + "label", RDF + "type", RRMM + "statedIn"}
FIRST = [RDFS + "comment", SKOS + "definition", SKOS + "altLabel", RRMM + "text", RRMM + "printedValue"]
PLAIN = {
    RDF + "type": "is a",
    SKOS + "altLabel": "also called",
    SKOS + "scopeNote": "note",
    RDFS + "comment": "comment",
}
MOST = 100
Path = Callable[[str], str]


class Value(NamedTuple):
    """A value: its text, where it leads (empty for a literal), and a note such as its language."""

    text: str
    href: str = ""
    note: str = ""


class Line(NamedTuple):
    """A property with its values; `more` values are not listed."""

    label: str
    href: str
    values: list[Value]
    more: int = 0


def told(name: str) -> bool:
    """Return whether the statements of a property are listed: name, class and address stand elsewhere on a page."""
    return name not in ELSEWHERE


def view(things: Things, iri: str, path: Path, listed: Callable[[str], bool] = told) -> list[Line]:
    """Return the statements of a thing for reading: what defines it first, then by the property's label.

    `path` leads to the page of a thing of this graph, and is empty for what is not; `listed` says of which
    properties the statements are wanted.
    """
    found: dict[str, list[Value]] = {}
    for name, term in things.statements(iri):
        if listed(name):
            found.setdefault(name, []).append(_value(things, term, path))
    lines = [(name, _line(things, name, values, path)) for name, values in found.items()]
    return [line for name, line in sorted(lines, key=lambda pair: (_rank(pair[0]), pair[1].label.casefold()))]


def backlinks(things: Things, iri: str, path: Path) -> list[Line]:
    """Return what points at a thing, by property."""
    found: dict[str, list[Value]] = {}
    for name, subject in things.backlinks(iri):
        found.setdefault(name, []).append(Value(things.label(subject), path(subject) or subject))
    return [_line(things, name, values, path) for name, values in found.items()]


def _line(things: Things, name: str, values: list[Value], path: Path) -> Line:
    label = things.labels.get(name) or PLAIN.get(name) or curie(name, things.prefixes)
    return Line(label, path(name) or name, values[:MOST], max(len(values) - MOST, 0))


def _rank(name: str) -> int:
    return FIRST.index(name) if name in FIRST else len(FIRST)


def _value(things: Things, term: Any, path: Path) -> Value:
    if isinstance(term, ox.NamedNode):
        label = things.labels.get(term.value) or curie(term.value, things.prefixes)
        return Value(label, path(term.value) or term.value)
    if isinstance(term, ox.BlankNode):
        return Value("an expression, in the Turtle below")
    return Value(term.value, note=term.language or "")
