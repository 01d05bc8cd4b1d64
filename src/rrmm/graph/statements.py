"""The statements of a graph by subject and property, and the RDF lists in them.

Literals stay as they are written, which the query engine does not grant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, KeysView
from functools import cache, cached_property

from rrmm.graph.syntax import parse
from rrmm.graph.terms import BlankNode, NamedNode, Term, Triple
from rrmm.iris import RDF, RDFS

TYPE = RDF + "type"
NIL = NamedNode(RDF + "nil")
_NOTHING: dict[Term, None] = {}


class Statements:
    """Subject → property IRI → values; every level keeps the order of the triples and repeats nothing.

    >>> statements = Statements.parse(b'<urn:a> <urn:b> "c" .')
    >>> statements.value(NamedNode("urn:a"), "urn:b").value
    'c'
    """

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.subjects: dict[Term, dict[str, dict[Term, None]]] = {}
        for subject, predicate, value in triples:
            self.subjects.setdefault(subject, {}).setdefault(predicate.value, {})[value] = None

    @classmethod
    def parse(cls, content: bytes, syntax: str = "ntriples") -> Statements:
        """Return the statements of a document."""
        return cls(parse(content, syntax))

    def objects(self, subject: Term, property_iri: str) -> KeysView[Term]:
        """Return the values of a property, as a set in order."""
        properties = self.subjects.get(subject)
        return (properties.get(property_iri, _NOTHING) if properties else _NOTHING).keys()

    def value(self, subject: Term, property_iri: str) -> Term | None:
        """Return the first value of a property, or None."""
        return next(iter(self.objects(subject, property_iri)), None)

    def pairs(self, subject: Term) -> list[tuple[str, Term]]:
        """Return property IRI and value of each statement of a subject."""
        return [(name, value) for name, values in self.subjects.get(subject, {}).items() for value in values]

    @cached_property
    def references(self) -> dict[Term, list[tuple[str, Term]]]:
        """Value → property IRI and subject of each statement with that value."""
        references: dict[Term, list[tuple[str, Term]]] = defaultdict(list)
        for subject in self.subjects:
            for name, value in self.pairs(subject):
                references[value].append((name, subject))
        return references

    def closure(self, subject: NamedNode | BlankNode) -> Iterator[Triple]:
        """Yield the triples of a subject, and those of the blank nodes that it leads to."""
        pending, seen = [subject], {subject}
        while pending:
            node = pending.pop()
            for name, value in self.pairs(node):
                yield Triple(node, NamedNode(name), value)
                if isinstance(value, BlankNode) and value not in seen:
                    seen.add(value)
                    pending.append(value)

    def find_subjects(self, property_iri: str) -> set[Term]:
        """Return the subjects that have a property."""
        return {subject for subject, properties in self.subjects.items() if property_iri in properties}

    def reach(self, start: Term, property_iri: str) -> set[Term]:
        """Return the nodes that one or more steps along a property reach."""
        reached: set[Term] = set()
        new = {start}
        while new := {end for node in new for end in self.objects(node, property_iri)} - reached:
            reached |= new
        return reached

    @cached_property
    def instances(self) -> dict[Term, set[Term]]:
        """Class → its instances, those of its subclasses included."""
        instances: dict[Term, set[Term]] = defaultdict(set)
        upwards = cache(lambda kind: {kind} | self.reach(kind, RDFS + "subClassOf"))
        for subject in self.find_subjects(TYPE):
            for kind in set().union(*map(upwards, self.objects(subject, TYPE))):
                instances[kind].add(subject)
        return dict(instances)

    def list_nodes(self, head: Term | None) -> dict[Term, Term]:
        """Return the nodes of an RDF list with their members, in order.

        Empty for the empty list, and for what is not a list from its first node to its last.
        """
        nodes: dict[Term, Term] = {}
        while head is not None and head != NIL:
            properties = self.subjects.get(head, {})
            firsts, rests = properties.get(RDF + "first", _NOTHING), properties.get(RDF + "rest", _NOTHING)
            if head in nodes or len(properties) != 2 or len(firsts) != 1 or len(rests) != 1:
                return {}
            (nodes[head],), (head,) = firsts, rests
        return nodes

    def members(self, head: Term | None) -> list[Term]:
        """Return the members of an RDF list, in order."""
        return list(self.list_nodes(head).values())
