"""The terms of the ontology for its page, by the modules that the graph declares.

A class lies in the module that gathers it or the nearest class above it; a property in that of its domain, else of
its range; a value in that of its class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import NamedTuple

from rrmm.graph.terms import NamedNode
from rrmm.iris import DCTERMS, ID, OWL, RDF, RDFS, RRMM, SKOS, local_name
from rrmm.site.places import PARAMETERS
from rrmm.web.entities import Entities, curie
from rrmm.web.view import Line, Value, is_listed, view

IRI = RRMM[:-1]
VARIABLES = f"{IRI}/variable#"
DEFINITION = SKOS + "definition"
APART = {DEFINITION, OWL + "equivalentClass", RDFS + "comment", RDFS + "subClassOf", RDFS + "domain", RDFS + "range"}
NEAR = ((RDFS + "subClassOf", "below"), (RDFS + "domain", "of"), (RDFS + "range", "gives"))
HEADER = {"title": "title", "creator": "creator", "license": "licence", "bibliographicCitation": "cite as"}
NAMES = {
    OWL + "ObjectProperty": "relation",
    OWL + "DatatypeProperty": "attribute",
    OWL + "AnnotationProperty": "annotation",
    OWL + "Class": "class",
}


class Example(NamedTuple):
    """A thing of a class, or a statement with a property: its subject and, of a property, its value."""

    iri: str
    label: str
    value: Value | None = None


class Term(NamedTuple):
    """A term as the page lists it; `lines` are its other statements, `uses` how many things or statements it has."""

    iri: str
    anchor: str
    label: str
    curie: str
    kind: str
    definition: str
    lines: list[Line]
    uses: int
    example: Example | None


class Module(NamedTuple):
    """A module: its anchor, name and definition, and its terms: classes, properties, values."""

    anchor: str
    label: str
    definition: str
    parts: list[tuple[str, list[Term]]]

    @property
    def size(self) -> int:
        """The number of its terms."""
        return sum(len(terms) for _, terms in self.parts)


def terms(entities: Entities) -> list[str]:
    """Return the ontology and the things that it defines."""
    return [IRI, *entities.kinds["ontology"]]


def header(entities: Entities) -> list[tuple[str, str]]:
    """Return what the ontology says of itself: name and value."""
    names = [("IRI", IRI), ("version IRI", entities.value(IRI, OWL + "versionIRI"))]
    names.append(("version", entities.value(IRI, OWL + "versionInfo")))
    return [*names, *((name, entities.value(IRI, DCTERMS + term)) for term, name in HEADER.items())]


def name_kind(entities: Entities, iri: str) -> str:
    """Return what a term is, as people read it: a class, a relation, or the class of a value."""
    types = {term.value for name, term in entities.statements(iri) if name == RDF + "type"}
    return next((word for name, word in NAMES.items() if name in types), "") or entities.type(iri)


class Modules:
    """The modules of a graph; `path` returns the reference to the page of a thing."""

    def __init__(self, entities: Entities, path: Callable[[str], str]) -> None:
        self.entities, self.path = entities, path
        self.gathered: dict[str, str] = {}
        self.below: dict[str, str] = {}
        self.names = sorted(entities.members(RRMM + "Module"), key=lambda iri: int(entities.value(iri, RRMM + "order")))
        for module in self.names:
            self.gathered |= dict.fromkeys(self._values(module, RRMM + "gathers"), module)
            self.below |= dict.fromkeys(self._values(module, RRMM + "gathersBelow"), module)

    def list_modules(self) -> list[Module]:
        """Return the modules in their order, then what none of them gathers."""
        groups: dict[str, list[str]] = {}
        for iri in sorted(self.entities.kinds["ontology"], key=lambda iri: (self.entities.label(iri).casefold(), iri)):
            if not iri.startswith(PARAMETERS) and iri not in self.names:
                groups.setdefault(self.find(iri), []).append(iri)
        modules = [self._module(module, groups.get(module, ())) for module in self.names]
        others = [("terms", [self._term(iri) for iri in groups.get("", ())])]
        variables = [
            Term(iri, local_name(iri), f"?{local_name(iri)}", "", "", "", [], 0, None) for iri in self._variables
        ]
        rest = [*others, ("variables of questions", variables)]
        return [*modules, Module("further-terms", "Further terms", "", [part for part in rest if part[1]])]

    def find(self, iri: str) -> str:
        """Return the module of a term, or an empty string."""
        if module := self.gathered.get(iri):
            return module
        above = self._values(iri, RDFS + "subClassOf")
        if module := next((self.below[name] for name in above if name in self.below), ""):
            return module
        near = [above, *(self._values(iri, name) for name in (RDF + "type", RDFS + "domain", RDFS + "range"))]
        return next((module for names in near for name in names if (module := self.find(name))), "")

    def _values(self, iri: str, name: str) -> list[str]:
        return sorted(
            term.value for term in self.entities.graph.objects(NamedNode(iri), name) if isinstance(term, NamedNode)
        )

    def _module(self, iri: str, names: Iterable[str]) -> Module:
        parts: dict[str, list[Term]] = {"classes": [], "properties": [], "values": []}
        for name in names:
            term = self._term(name)
            part = "classes" if term.kind == "class" else "properties" if term.kind in NAMES.values() else "values"
            parts[part].append(term)
        entities = self.entities
        listed = [(name, terms) for name, terms in parts.items() if terms]
        return Module(local_name(iri), entities.label(iri), entities.value(iri, DEFINITION), listed)

    def _term(self, iri: str) -> Term:
        entities = self.entities
        kind = name_kind(entities, iri)
        lines = [*self._near(iri), *view(entities, iri, self.path, lambda name: is_listed(name) and name not in APART)]
        definition = entities.value(iri, DEFINITION) or entities.value(iri, RDFS + "comment")
        uses, example = self._example(iri, kind)
        return Term(
            iri,
            local_name(iri),
            entities.label(iri),
            curie(iri, entities.prefixes),
            kind,
            definition,
            lines,
            uses,
            example,
        )

    def _near(self, iri: str) -> list[Line]:
        """Return what a term lies below, what it is said of and what it gives, and for a class what lies below it."""
        found = [(label, self._values(iri, name), name) for name, label in NEAR]
        below = [name for link, name in self.entities.backlinks(iri) if link == RDFS + "subClassOf"]
        found.insert(1, ("above", below, RDFS + "subClassOf"))
        inverse = [*self._values(iri, OWL + "inverseOf")]
        inverse += [name for link, name in self.entities.backlinks(iri) if link == OWL + "inverseOf"]
        found.append(("the other way round", inverse, OWL + "inverseOf"))
        return [Line(label, name, [self._link(one) for one in values]) for label, values, name in found if values]

    def _link(self, iri: str) -> Value:
        label = self.entities.labels.get(iri) or curie(iri, self.entities.prefixes)
        return Value(label, self.path(iri) or iri)

    def _example(self, iri: str, kind: str) -> tuple[int, Example | None]:
        """Return how many things a class or statements a property has, and the first that has a page of its own."""
        entities = self.entities
        if kind == "class":
            members = entities.graph.instances.get(NamedNode(iri), ())
            first = min((name.value for name in members if name.value.startswith(ID)), default="")
            return len(members), Example(first, entities.label(first)) if first else None
        count, pair = self._uses.get(iri, (0, None))
        return count, Example(pair[0], entities.label(pair[0]), pair[1]) if pair else None

    @cached_property
    def _uses(self) -> dict[str, tuple[int, tuple[str, Value] | None]]:
        """Property → the number of its statements, and subject and value of the first about a thing with a page."""
        uses: dict[str, tuple[int, tuple[str, Value] | None]] = {}
        for subject, properties in self.entities.graph.subjects.items():
            for name, values in properties.items():
                if not name.startswith(RRMM):
                    continue
                count, pair = uses.get(name, (0, None))
                if pair is None and isinstance(subject, NamedNode) and subject.value.startswith(ID):
                    value = next(iter(values))
                    shown = (
                        self._link(value.value) if isinstance(value, NamedNode) else Value(getattr(value, "value", ""))
                    )
                    pair = (subject.value, shown)
                uses[name] = (count + len(values), pair)
        return uses

    @cached_property
    def _variables(self) -> list[str]:
        """The variables that parameters of questions fill; the graph states nothing but their IRIs."""
        values = {term.value for term in self.entities.graph.references}
        return sorted(value for value in values if value.startswith(VARIABLES))
