"""The entities of a graph by IRI: statements, backlinks, names, and documents of RDF.

Literals keep the form in which they are written, which the query engine normalises.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pyoxigraph as ox

from rrmm.graph.sandbox.process import GRAPHS
from rrmm.iris import BASE, ID, OWL, RDF, RDFS, RRMM, SH, SKOS, local_name, short

NAMED = (RDFS + "label", SKOS + "altLabel")
Term = Any


class Hit(NamedTuple):
    """A search result; the name that matched may be an alias."""

    iri: str
    label: str
    kind: str
    matched: str


class Entities:
    """The statements of a graph, by subject and by object."""

    dataset: Any

    def __init__(self, snapshot: bytes) -> None:
        self.dataset = ox.Dataset(ox.parse(snapshot, format=ox.RdfFormat.N_TRIPLES))
        self.labels: dict[str, str] = {}
        self.names: list[tuple[str, str, str]] = []
        withdrawn = {quad.subject for quad in self.dataset.quads_for_predicate(ox.NamedNode(OWL + "deprecated"))}
        for predicate in NAMED:
            for quad in self.dataset.quads_for_predicate(ox.NamedNode(predicate)):
                self.labels.setdefault(quad.subject.value, quad.object.value)
                if own(quad.subject.value) and quad.subject not in withdrawn:
                    self.names.append((quad.object.value.casefold(), quad.object.value, quad.subject.value))
        declared = self.dataset.quads_for_predicate(ox.NamedNode(SH + "namespace"))
        self.prefixes = dict(
            sorted((self.value(quad.subject.value, SH + "prefix"), quad.object.value) for quad in declared)
        )
        self.kinds: dict[str, list[str]] = {}
        subjects = {quad.subject.value for quad in self.dataset if isinstance(quad.subject, ox.NamedNode)}
        for iri in sorted(subjects):
            if own(iri):
                self.kinds.setdefault(kind(iri), []).append(iri)

    def value(self, iri: str, property_iri: str) -> str:
        """Return the first value of a property, or an empty string."""
        return next((value.value for name, value in self.statements(iri) if name == property_iri), "")

    def __contains__(self, iri: str) -> bool:
        """Return whether the graph states anything of a thing."""
        return any(True for _ in self.dataset.quads_for_subject(ox.NamedNode(iri)))

    def label(self, iri: str) -> str:
        """Return a thing's label, or the last part of its IRI."""
        return self.labels.get(iri) or local_name(iri)

    def type(self, iri: str) -> str:
        """Return the label of a thing's first class, or an empty string."""
        types = sorted(value.value for name, value in self.statements(iri) if name == RDF + "type")
        return self.label(types[-1]) if types else ""

    def statements(self, iri: str) -> list[tuple[str, Term]]:
        """Return property IRI and value of each statement, in a fixed order."""
        quads = self.dataset.quads_for_subject(ox.NamedNode(iri))
        return sorted(((quad.predicate.value, quad.object) for quad in quads), key=lambda pair: (pair[0], str(pair[1])))

    def backlinks(self, iri: str) -> list[tuple[str, str]]:
        """Return property IRI and subject IRI of each statement about something else that points here."""
        quads = self.dataset.quads_for_object(ox.NamedNode(iri))
        return sorted((q.predicate.value, q.subject.value) for q in quads if isinstance(q.subject, ox.NamedNode))

    def members(self, class_iri: str) -> list[str]:
        """Return the things of a class."""
        return [subject for name, subject in self.backlinks(class_iri) if name == RDF + "type"]

    def document(self, iris: Iterable[str], form: str) -> bytes:
        """Return the statements of things, unnamed nodes followed, as RDF in a form (``turtle`` …)."""
        triples = {triple for iri in iris for triple in self._closure(ox.NamedNode(iri))}
        return ox.serialize(sorted(triples, key=str), format=GRAPHS[form], prefixes=self.prefixes) or b""

    def _closure(self, subject: Term) -> Iterator[ox.Triple]:
        pending, seen = [subject], {subject}
        while pending:
            for quad in self.dataset.quads_for_subject(pending.pop()):
                yield quad.triple
                if isinstance(quad.object, ox.BlankNode) and quad.object not in seen:
                    seen.add(quad.object)
                    pending.append(quad.object)

    def search(self, text: str, limit: int) -> list[Hit]:
        """Return the things with a name that holds all words of a text, the closest names first."""
        words = text.casefold().split()
        found: dict[str, tuple[Any, Hit]] = {}
        for folded, name, iri in self.names if words else []:
            if all(word in folded for word in words):
                rank = (_distance(" ".join(words), folded), not iri.startswith(ID), len(name), iri)
                if iri not in found or rank < found[iri][0]:
                    found[iri] = (rank, Hit(iri, self.label(iri), kind(iri), name))
        return [hit for _, hit in sorted(found.values())[:limit]]


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
