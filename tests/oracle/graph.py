"""The Turtle files as they stand, seen through some of the sources, and the classes of states evaluated in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from itertools import product
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Store

from support import ROOT

RRMM = "https://w3id.org/rrmm/ontology#"
ID = "https://w3id.org/rrmm/id/"
OWL = "http://www.w3.org/2002/07/owl#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
XSD = "http://www.w3.org/2001/XMLSchema#"
FACETS = {
    "minInclusive": float.__ge__,
    "minExclusive": float.__gt__,
    "maxInclusive": float.__le__,
    "maxExclusive": float.__lt__,
}
BOTH = (False, True)
FEW = 8
MANY = 60
"""More lines of therapy than any threshold tells apart."""

Truth = bool | None
Facts = Mapping[str, Any]
"""Property → what is certain and what is possible of it; a missing property is unknown."""


def every(truths: Iterable[Truth]) -> Truth:
    """Return whether all hold: no, if one does not."""
    known = list(truths)
    return False if False in known else None if None in known else True


def some(truths: Iterable[Truth]) -> Truth:
    """Return whether one holds at least."""
    known = list(truths)
    return True if True in known else None if None in known else False


class Graph:
    """All triples, and which nodes some sources state."""

    store = Store()

    def __init__(self, sources: Iterable[str]) -> None:
        self.sources = tuple(sources)
        if not len(self.store):
            for folder in ("ontology", "data"):
                for path in sorted((ROOT / folder).rglob("*.ttl")):
                    self.store.bulk_load(path=str(path))
        self._classes: dict[str, frozenset[str]] = {}
        self._parsed: dict[str, Any] = {}

    def objects(self, subject: str, name: str) -> list[str]:
        """Return the values of a property in the ontology, as text."""
        return list(_objects(subject, name))

    def subjects(self, name: str, value: str | None = None) -> list[str]:
        """Return what has a property, or a value of it."""
        return list(_subjects(name, value))

    def says(self, node: str) -> set[str]:
        """Return the sources of the passages that state a node."""
        return {one.removeprefix(ID + "source/").partition(".")[0] for one in self.objects(node, "statedIn")}

    def in_view(self, node: str) -> bool:
        """Return whether a source in view states a node."""
        return not self.says(node).isdisjoint(self.sources)

    @cached_property
    def guidance(self) -> dict[str, str]:
        """Return guidance in view → its effect."""
        found = {iri: self.objects(iri, "effect")[0] for iri in self.subjects("effect")}
        return {iri: effect.removeprefix(RRMM) for iri, effect in found.items() if self.in_view(iri)}

    @cached_property
    def options(self) -> list[str]:
        """Return the options that a source in view names."""
        kind = self.store.quads_for_pattern(None, NamedNode(RDF + "type"), NamedNode(RRMM + "TreatmentOption"))
        return sorted(quad.subject.value for quad in kind if self.in_view(quad.subject.value))

    def label(self, iri: str) -> str:
        """Return the first label of a thing."""
        return next(self.store.quads_for_pattern(NamedNode(iri), NamedNode(RDFS + "label"), None)).object.value

    def classes(self, iri: str) -> frozenset[str]:
        """Return the classes of a thing, and those above them."""
        if iri.startswith(ID + "other/"):
            return frozenset({RRMM + "Drug"})
        if iri not in self._classes:
            kind = iri.startswith(RRMM)  # a class stands for a drug of it that no source knows
            up, todo = ({iri}, [(iri, "subClassOf")]) if kind else (set(), [(iri, "type")])
            while todo:
                node, how = todo.pop()
                name = NamedNode((RDF if how == "type" else RDFS) + how)
                for quad in self.store.quads_for_pattern(NamedNode(node), name, None):
                    above = quad.object
                    if isinstance(above, NamedNode) and above.value not in up:
                        up.add(above.value)
                        todo.append((above.value, "subClassOf"))
            self._classes[iri] = frozenset(up)
        return self._classes[iri]

    def members(self, kind: str) -> list[str]:
        """Return the drugs of a class."""
        return [drug for drug in self.drugs if kind in self.classes(drug)]

    @cached_property
    def drugs(self) -> list[str]:
        """Return all drugs."""
        typed = self.store.quads_for_pattern(None, NamedNode(RDF + "type"), None)
        nodes = {quad.subject.value for quad in typed if isinstance(quad.subject, NamedNode)}
        return sorted(node for node in nodes if node.startswith(ID + "drug/") and RRMM + "Drug" in self.classes(node))

    # States, by their definitions.

    def holds(self, state: str, facts: Facts) -> Truth:
        """Return whether a state of a patient or prior treatment holds, read from its definition.

        Where it is open, each open condition is taken to be met and not to be met.
        """
        parsed = self._definition(state)
        truth = self._holds(parsed, facts, {})
        if truth is None:
            unknown = [one for one in self._conditions(parsed) if self._holds(one, facts, {}) is None]
            if len(unknown) <= FEW:
                cases = (dict(zip(map(id, unknown), case, strict=True)) for case in product(BOTH, repeat=len(unknown)))
                seen = {self._holds(parsed, facts, case) for case in cases}
                truth = seen.pop() if len(seen) == 1 else None
        return truth

    def _conditions(self, parsed: Any) -> list[Any]:
        head, *rest = parsed
        if head == "some":
            return [parsed]
        return [*{id(one): one for inner in rest for one in self._conditions(inner)}.values()]

    def properties(self, state: str) -> set[str]:
        """Return the properties that a definition rests on."""
        return set(self._properties(self._definition(state)))

    def _properties(self, parsed: Any) -> Iterator[str]:
        head, *rest = parsed
        if head in {"all", "any", "not"}:
            for one in rest:
                yield from self._properties(one)
        elif head == "some":
            yield rest[0]

    def _definition(self, state: str) -> Any:
        if state not in self._parsed:
            node = self._one(NamedNode(state), OWL + "equivalentClass")
            self._parsed[state] = self._parse(node) if node is not None else ("all",)
        return self._parsed[state]

    def _one(self, node: Any, name: str) -> Any:
        return next((q.object for q in self.store.quads_for_pattern(node, NamedNode(name), None)), None)

    def _list(self, node: Any) -> list[Any]:
        items = []
        while node != NamedNode(RDF + "nil"):
            items.append(self._one(node, RDF + "first"))
            node = self._one(node, RDF + "rest")
        return items

    def _parse(self, node: Any) -> Any:
        if isinstance(node, NamedNode):
            return self._definition(node.value)
        for name, word in (("intersectionOf", "all"), ("unionOf", "any")):
            if (listed := self._one(node, OWL + name)) is not None:
                return (word, *map(self._parse, self._list(listed)))
        if (inner := self._one(node, OWL + "complementOf")) is not None:
            return ("not", self._parse(inner))
        prop = self._one(node, OWL + "onProperty").value
        if (value := self._one(node, OWL + "hasValue")) is not None:
            wanted = python_value(value)
            return ("some", prop, lambda one: one == wanted)
        filler = self._one(node, OWL + "someValuesFrom")
        if isinstance(filler, BlankNode):
            tests = []
            for facet in self._list(self._one(filler, OWL + "withRestrictions")):
                for quad in self.store.quads_for_pattern(facet, None, None):
                    tests.append((FACETS[quad.predicate.value.removeprefix(XSD)], float(quad.object.value)))
            return ("some", prop, lambda one: all(test(float(one), bound) for test, bound in tests))
        return ("some", prop, lambda one: filler.value in self.classes(str(one)))

    def _holds(self, parsed: Any, facts: Facts, case: Mapping[int, bool]) -> Truth:
        if id(parsed) in case:
            return case[id(parsed)]
        head, *rest = parsed
        if head == "all":
            return every(self._holds(one, facts, case) for one in rest)
        if head == "any":
            return some(self._holds(one, facts, case) for one in rest)
        if head == "not":
            inner = self._holds(rest[0], facts, case)
            return None if inner is None else not inner
        prop, test = rest
        if prop not in facts:
            return None
        if isinstance(facts[prop], AtLeast):
            met = [test(float(number)) for number in range(facts[prop].least, MANY)]
            return True if all(met) else None if any(met) else False
        if any(map(test, facts[prop].certain)):
            return True
        return None if any(map(test, facts[prop].possible)) else False


class AtLeast:
    """A count of which only the least is known."""

    def __init__(self, least: int) -> None:
        self.least = least


def python_value(node: Any) -> str | float | bool:
    """Return a value of Turtle as the facts of a patient have it."""
    if isinstance(node, Literal):
        kind = node.datatype.value.removeprefix(XSD)
        if kind == "boolean":
            return node.value == "true"
        if kind in {"integer", "decimal", "double"}:
            return float(node.value)
    return str(node.value)


@cache
def _objects(subject: str, name: str) -> list[str]:
    found = Graph.store.quads_for_pattern(NamedNode(subject), NamedNode(RRMM + name), None)
    return sorted(quad.object.value for quad in found)


@cache
def _subjects(name: str, value: str | None) -> list[str]:
    node = NamedNode(value) if value else None
    return sorted({quad.subject.value for quad in Graph.store.quads_for_pattern(None, NamedNode(RRMM + name), node)})
