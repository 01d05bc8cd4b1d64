"""The entities of a graph by IRI: statements, backlinks, names, and documents of RDF."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from rrmm.graph.statements import Statements
from rrmm.graph.syntax import serialize
from rrmm.graph.terms import NamedNode, Term, to_text
from rrmm.iris import BASE, ID, OWL, RDF, RDFS, RRMM, SH, SKOS, local_name, short

Rank = tuple[int, bool, int, str]
NAMED = (RDFS + "label", SKOS + "altLabel")


class Hit(NamedTuple):
    """A search result; the name that matched may be an alias."""

    iri: str
    label: str
    kind: str
    matched: str


class Name(NamedTuple):
    """A name as the search compares it, as it is written, and the thing that bears it."""

    folded: str
    text: str
    iri: str


class Entities:
    """The things of a graph: an index over its statements."""

    def __init__(self, snapshot: bytes) -> None:
        self.graph = Statements.parse(snapshot)
        self.labels: dict[str, str] = {}
        self.names: list[Name] = []
        withdrawn = self.graph.find_subjects(OWL + "deprecated")
        for property_iri in NAMED:
            for subject in self.graph.subjects:
                for name in self.graph.objects(subject, property_iri):
                    self.labels.setdefault(subject.value, name.value)
                    if own(subject.value) and subject not in withdrawn:
                        self.names.append(Name(name.value.casefold(), name.value, subject.value))
        declared = self.graph.find_subjects(SH + "namespace")
        self.prefixes = dict(sorted(self._declaration(subject) for subject in declared))
        self.kinds: dict[str, list[str]] = {}
        for iri in sorted(subject.value for subject in self.graph.subjects if isinstance(subject, NamedNode)):
            if own(iri):
                self.kinds.setdefault(kind(iri), []).append(iri)

    def _declaration(self, subject: Term) -> tuple[str, str]:
        return to_text(self.graph.value(subject, SH + "prefix")), to_text(self.graph.value(subject, SH + "namespace"))

    @cached_property
    def size(self) -> int:
        """The number of statements."""
        return sum(len(values) for properties in self.graph.subjects.values() for values in properties.values())

    def value(self, iri: str, property_iri: str) -> str:
        """Return the first value of a property, or an empty string."""
        return next((value.value for name, value in self.statements(iri) if name == property_iri), "")

    def __contains__(self, iri: str) -> bool:
        """Return whether the graph states anything of a thing; raises ValueError for an invalid IRI."""
        return NamedNode(iri) in self.graph.subjects

    def label(self, iri: str) -> str:
        """Return a thing's label, or the last part of its IRI."""
        return self.labels.get(iri) or local_name(iri)

    def type(self, iri: str) -> str:
        """Return the label of a thing's last class in the order of IRIs, or an empty string."""
        types = sorted(value.value for name, value in self.statements(iri) if name == RDF + "type")
        return self.label(types[-1]) if types else ""

    def statements(self, iri: str) -> list[tuple[str, Term]]:
        """Return property IRI and value of each statement, in a fixed order."""
        return sorted(self.graph.pairs(NamedNode(iri)), key=lambda pair: (pair[0], str(pair[1])))

    def backlinks(self, iri: str) -> list[tuple[str, str]]:
        """Return property IRI and subject IRI of each statement about another thing that points here."""
        references = self.graph.references.get(NamedNode(iri), [])
        return sorted((name, subject.value) for name, subject in references if isinstance(subject, NamedNode))

    def members(self, class_iri: str) -> list[str]:
        """Return the things of a class."""
        return [subject for name, subject in self.backlinks(class_iri) if name == RDF + "type"]

    def document(self, iris: Iterable[str], syntax: str) -> bytes:
        """Return the statements of things and of the blank nodes that they lead to, in a syntax (``turtle`` …)."""
        triples = {triple for iri in iris for triple in self.graph.closure(NamedNode(iri))}
        return serialize(sorted(triples, key=str), syntax, self.prefixes)

    def search(self, text: str, limit: int) -> list[Hit]:
        """Return the things that have a name with every word of a text, the closest names first."""
        words = text.casefold().split()
        best: dict[str, tuple[Rank, Hit]] = {}
        for folded, name, iri in self.names if words else []:
            if all(word in folded for word in words):
                rank = (_distance(" ".join(words), folded), not iri.startswith(ID), len(name), iri)
                if iri not in best or rank < best[iri][0]:
                    best[iri] = (rank, Hit(iri, self.label(iri), kind(iri), name))
        return [hit for _, hit in sorted(best.values())[:limit]]


def _distance(text: str, name: str) -> int:
    """Return 0 where a name is the text, 1 where it begins with it, 2 where a word of it does, else 3."""
    if name == text:
        return 0
    return 1 if name.startswith(text) else 2 if f" {text}" in name else 3


def kind(iri: str) -> str:
    """Return the kind that an IRI names.

    >>> kind("https://w3id.org/rrmm/id/drug/bortezomib"), kind("https://w3id.org/rrmm/ontology#Drug")
    ('drug', 'ontology')
    """
    return iri.removeprefix(ID).split("/")[0] if iri.startswith(ID) else "ontology"


def own(iri: str) -> bool:
    """Return whether an IRI names a thing of this graph.

    >>> own("https://w3id.org/rrmm/ontology#Drug"), own("http://example.org/x")
    (True, False)
    """
    if iri.startswith(ID):
        return iri.removeprefix(ID).count("/") == 1
    return iri.startswith((RRMM, BASE + "ontology/"))


def iris(kind_name: str, slug: str) -> tuple[str, ...]:
    """Return the IRIs that a kind and a slug may stand for.

    >>> iris("drug", "bortezomib")
    ('https://w3id.org/rrmm/id/drug/bortezomib',)
    """
    if kind_name == "ontology":
        return (RRMM + slug, f"{BASE}ontology/{slug}")
    return (f"{ID}{kind_name}/{slug}",)


def curie(iri: str, prefixes: dict[str, str]) -> str:
    """Return an IRI in the short form of the prefixes, or whole."""
    if (own := short(iri)) != iri:
        return own
    for prefix, namespace in prefixes.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri
