"""The statements of a thing as a page lists them: by property, each value with the page that it leads to."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from rrmm.graph.terms import BlankNode, NamedNode, Term
from rrmm.iris import RDF, RDFS, RRMM, SKOS
from rrmm.web.entities import Entities, curie

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
    """A property with its values; `more` is the number of values beyond `MOST`."""

    label: str
    href: str
    values: list[Value]
    more: int = 0


def is_listed(name: str) -> bool:
    """Return whether a page lists the statements of a property; name, class and address stand elsewhere on it."""
    return name not in ELSEWHERE


def view(entities: Entities, iri: str, path: Path, listed: Callable[[str], bool] = is_listed) -> list[Line]:
    """Return the statements of a thing by property: first what defines it, then in the order of labels.

    `path` returns the reference to the page of a thing, empty for a thing of another graph. `listed` selects
    properties.
    """
    values: dict[str, list[Value]] = {}
    for name, term in entities.statements(iri):
        if listed(name):
            values.setdefault(name, []).append(_value(entities, term, path))
    lines = [(name, _line(entities, name, listed_values, path)) for name, listed_values in values.items()]
    return [line for name, line in sorted(lines, key=lambda pair: (_rank(pair[0]), pair[1].label.casefold()))]


def backlinks(entities: Entities, iri: str, path: Path) -> list[Line]:
    """Return the things that point at a thing, by property."""
    subjects: dict[str, list[Value]] = {}
    for name, subject in entities.backlinks(iri):
        subjects.setdefault(name, []).append(Value(entities.label(subject), path(subject) or subject))
    return [_line(entities, name, values, path) for name, values in subjects.items()]


def _line(entities: Entities, name: str, values: list[Value], path: Path) -> Line:
    label = entities.labels.get(name) or PLAIN.get(name) or curie(name, entities.prefixes)
    return Line(label, path(name) or name, values[:MOST], max(len(values) - MOST, 0))


def _rank(name: str) -> int:
    return FIRST.index(name) if name in FIRST else len(FIRST)


def _value(entities: Entities, term: Term, path: Path) -> Value:
    if isinstance(term, NamedNode):
        label = entities.labels.get(term.value) or curie(term.value, entities.prefixes)
        return Value(label, path(term.value) or term.value)
    if isinstance(term, BlankNode):
        return Value("an expression: see the Turtle")
    return Value(term.value, note=term.language or "")
