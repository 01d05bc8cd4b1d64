"""Compiles the OWL definitions of patient states to condition sets that RDF can hold.

This module knows OWL constructors, never a drug, a threshold or a state. It refuses constructors that
``docs/decisions`` does not list. An unknown value may be one that the graph does not name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations, pairwise
from typing import NamedTuple
from urllib.parse import quote

from rrmm.errors import KnowledgeError
from rrmm.iris import OWL, RDF, RDFS, RRMM, XSD, local_name
from rrmm.logic.conditions import FACETS, Condition, beyond
from rrmm.logic.dnf import DNF, Cubes, Pattern, Space, Variable

Term = str | float

AXIOMS = {
    *(OWL + name for name in ("equivalentClass", "intersectionOf", "unionOf", "complementOf", "onProperty")),
    *(OWL + name for name in ("hasValue", "someValuesFrom", "onDatatype", "withRestrictions")),
    *(OWL + name for name in ("disjointWith", "members")),
    *(RDFS + name for name in ("subClassOf", "range")),
    *(RDF + name for name in ("type", "first", "rest")),
    *(XSD + name for name in FACETS),
}


class Restriction(NamedTuple):
    """One restriction as a definition has it: a value, a class of values, or a number beyond a threshold."""

    on: str
    kind: str
    operand: Term

    @property
    def key(self) -> str:
        """A name that no other restriction has, fit for an IRI."""
        operand = local_name(self.operand) if isinstance(self.operand, str) else str(self.operand)
        return f"{local_name(self.on)}-{self.kind}-{quote(operand, safe='')}"


class Combination(NamedTuple):
    """Class expressions under one constructor: ``intersectionOf``, ``unionOf`` or ``complementOf``."""

    constructor: str
    parts: tuple[Expression, ...]


Expression = Restriction | Combination
Met = dict[Restriction, frozenset[Term]]


class DefinitionCompiler:
    """Compiles the OWL axioms of all states to condition sets."""

    def __init__(self, triples: Iterable[tuple[str, str, Term]]) -> None:
        self.graph: dict[str, dict[str, list[Term]]] = {}
        self.instances: dict[str, set[str]] = {}
        for subject, predicate, value in triples:
            self.graph.setdefault(subject, {}).setdefault(predicate, []).append(value)
            if predicate == RDF + "type":
                self.instances.setdefault(str(value), set()).add(subject)
        self.conditions: dict[str, Condition] = {}
        self._disjoint = set(self._disjointness())
        self._above: dict[str, frozenset[str]] = {}
        self._below: dict[str, set[str]] = {}
        for name, about in self.graph.items():
            for above in about.get(RDFS + "subClassOf", []):
                self._below.setdefault(str(above), set()).add(name)

    def states(self, bearers: Iterable[str]) -> list[str]:
        """Return the defined classes of these bearers."""
        return sorted(
            name
            for name, about in self.graph.items()
            if OWL + "equivalentClass" in about and set(bearers) & set(map(str, about.get(RDFS + "subClassOf", [])))
        )

    def state(self, iri: str) -> tuple[DNF, DNF]:
        """Return the condition sets that make a state hold, and those that make it fail; any one suffices."""
        definition = self._definition(iri, ())
        restrictions = dict.fromkeys(_restrictions(definition))
        bearers = map(str, self.graph[iri].get(RDFS + "subClassOf", []))
        space = Space(self._keys(list(restrictions), set().union(*map(self._given, bearers))))
        yes, no = (space.sets(_cubes(definition, space, sign)) for sign in (True, False))
        return yes, no

    def _only(self, node: str, predicate: str) -> Term:
        values = self.graph.get(node, {}).get(predicate, [])
        if len(values) != 1:
            raise KnowledgeError(f"{local_name(node)} needs exactly one {local_name(predicate)}; it has {len(values)}.")
        return values[0]

    def _list(self, node: str) -> list[str]:
        items: list[str] = []
        while node != RDF + "nil":
            items.append(str(self._only(node, RDF + "first")))
            node = str(self._only(node, RDF + "rest"))
        return items

    def _definition(self, iri: str, within: tuple[str, ...]) -> Expression:
        if iri in within:
            raise KnowledgeError(f"State {local_name(iri)} is defined by itself: {' → '.join(within)}.")
        return self._expression(str(self._only(iri, OWL + "equivalentClass")), (*within, iri))

    def _expression(self, node: str, within: tuple[str, ...]) -> Expression:
        about = self.graph.get(node, {})
        if OWL + "equivalentClass" in about:
            return self._definition(node, within)
        if OWL + "complementOf" in about:
            complement = self._expression(str(self._only(node, OWL + "complementOf")), within)
            return Combination("complementOf", (complement,))
        for constructor in ("intersectionOf", "unionOf"):
            if OWL + constructor in about:
                parts = self._list(str(self._only(node, OWL + constructor)))
                return Combination(constructor, tuple(self._expression(part, within) for part in parts))
        if OWL + "onProperty" in about:
            return self._restriction(node)
        if node in self.graph[within[0]].get(RDFS + "subClassOf", []):
            return Combination("intersectionOf", ())
        raise KnowledgeError(f"A state uses an OWL construct that is not supported, near {node}.")

    def _restriction(self, node: str) -> Restriction:
        on = str(self._only(node, OWL + "onProperty"))
        if OWL + "hasValue" in self.graph[node]:
            return Restriction(on, "value", self._only(node, OWL + "hasValue"))
        filler = str(self._only(node, OWL + "someValuesFrom"))
        if OWL + "onDatatype" not in self.graph.get(filler, {}):
            return Restriction(on, "class", filler)
        facets = self._list(str(self._only(filler, OWL + "withRestrictions")))
        names = [(facet, local_name(p)) for facet in facets for p in self.graph[facet] if local_name(p) in FACETS]
        if len(names) != 1:
            raise KnowledgeError(f"A restriction of {local_name(on)} needs exactly one facet; it has {len(names)}.")
        facet, name = names[0]
        return Restriction(on, name, float(self._only(facet, XSD + name)))

    def _keys(self, restrictions: list[Restriction], given: set[str]) -> Iterator[Variable]:
        """Yield the variables of each key: one for a single value, for a list one for each disjoint region."""
        by_property: dict[str, list[Restriction]] = {}
        for restriction in restrictions:
            by_property.setdefault(restriction.on, []).append(restriction)
        for name, tests in by_property.items():
            values = {test: self._values(test) for test in tests}
            if OWL + "FunctionalProperty" in self.graph.get(name, {}).get(RDF + "type", []):
                for test in tests:
                    self._keep(test.key, test, values[test])
                none = set() if name in given else {Pattern()}
                patterns = none | self._profiles(name, tests, values)
                yield Variable(sorted(patterns, key=sorted), frozenset(test.key for test in tests))
            else:
                for profile in sorted(self._regions(name, tests, values), key=sorted):
                    region = self._region(profile, tests, values)
                    yield Variable([Pattern(), profile | {region}], frozenset({region}))

    def _values(self, test: Restriction) -> frozenset[Term]:
        """Return the things of the graph that meet a restriction."""
        if test.kind == "class":
            below = {str(test.operand)}
            while more := set().union(*(self._below.get(name, set()) for name in below)) - below:
                below |= more
            return frozenset[Term]().union(*(self.instances.get(name, ()) for name in below))
        return frozenset({test.operand} if test.kind == "value" else ())

    def _whole(self, test: Restriction, values: frozenset[Term]) -> frozenset[Term]:
        """Return the classes of drugs whose drugs are all among some values: whichever is meant, it is one of them."""
        ranges = self.graph.get(test.on, {}).get(RDFS + "range", [])
        if test.kind != "class" or RRMM + "Drug" not in ranges:
            return frozenset()
        below, todo = set[str](), {str(test.operand)}
        while todo:
            below |= todo
            todo = set().union(*(self._below.get(name, set()) for name in todo)) - below
        wanted = (test._replace(operand=name) for name in below)
        return frozenset(one.operand for one in wanted if self._values(one) <= values)

    def _profiles(self, name: str, tests: list[Restriction], values: Met) -> set[Pattern]:
        """Return the patterns that some single value shows."""
        operands = [test.operand for test in tests]
        if any(isinstance(operand, bool) for operand in operands):
            return {Pattern(test.key for test in tests if test.operand is value) for value in (True, False)}
        if any(isinstance(operand, (int, float)) for operand in operands):
            return {Pattern(test.key for test in tests if _meets(test, n)) for n in _samples(map(float, operands))}
        named = {_profile(value, values) for value in frozenset[Term]().union(*values.values())}
        return named | self._unnamed(name, tests, len(tests))

    def _unnamed(self, name: str, tests: list[Restriction], most: int) -> set[Pattern]:
        """Return the patterns of a value that the graph does not name, a direct member of at most `most` classes."""
        ranges = self.graph.get(name, {}).get(RDFS + "range", [])
        base = frozenset().union(*(self._superclasses(str(above)) for above in ranges))
        fillers = [test for test in tests if test.kind == "class"]
        patterns = set()
        for size in range(min(most, len(fillers)) + 1):
            for chosen in combinations(fillers, size):
                above = base.union(*(self._superclasses(str(test.operand)) for test in chosen))
                if not any(pair <= above for pair in self._disjoint):
                    patterns.add(Pattern(test.key for test in fillers if test.operand in above))
        return patterns

    def _regions(self, name: str, tests: list[Restriction], values: Met) -> set[Pattern]:
        """Return the patterns of single values in a list; what several unnamed ones show together is not needed."""
        named = {_profile(value, values) for value in frozenset[Term]().union(*values.values())}
        patterns = named | self._unnamed(name, tests, 1)

        def is_union(pattern: Pattern) -> bool:
            return pattern == Pattern().union(*(smaller for smaller in patterns if smaller < pattern))

        return {pattern for pattern in patterns if pattern in named or not is_union(pattern)}

    def _region(self, profile: Pattern, tests: list[Restriction], values: Met) -> str:
        """Return the name of the condition that a list has a value of this pattern."""
        within = min((t for t in tests if t.key in profile), key=lambda test: (test.kind == "class", len(values[test])))
        others = {value for value in values[within] if _profile(value, values) != profile}
        names = sorted(quote(local_name(str(value)), safe="") for value in others)
        key = "-".join([within.key, *(["except", *names] if names else [])])
        self._keep(key, within, values[within] - others)
        return key

    def _keep(self, key: str, test: Restriction, values: frozenset[Term]) -> None:
        if test.kind in FACETS:
            condition = Condition(key, test.on, operator=FACETS[test.kind], threshold=float(test.operand))
        else:
            condition = Condition(key, test.on, values | self._whole(test, values))
        if self.conditions.setdefault(key, condition) != condition:
            raise KnowledgeError(
                f"Two conditions of states are named {key!r}. Rename one of the things they are about."
            )

    def _superclasses(self, name: str) -> frozenset[str]:
        if name not in self._above:
            self._above[name] = frozenset({name})
            direct = map(str, self.graph.get(name, {}).get(RDFS + "subClassOf", []))
            self._above[name] = frozenset({name}).union(*map(self._superclasses, direct))
        return self._above[name]

    def _disjointness(self) -> Iterator[frozenset[str]]:
        for name, about in self.graph.items():
            yield from (frozenset({name, str(other)}) for other in about.get(OWL + "disjointWith", []))
            if OWL + "AllDisjointClasses" in about.get(RDF + "type", []):
                yield from map(frozenset, combinations(self._list(str(self._only(name, OWL + "members"))), 2))

    def _given(self, bearer: str) -> set[str]:
        """Return the properties that every bearer has a value of, as the ontology says."""
        above = map(str, self.graph.get(bearer, {}).get(RDFS + "subClassOf", []))
        restrictions = [node for node in above if OWL + "onProperty" in self.graph.get(node, {})]
        return {str(self._only(node, OWL + "onProperty")) for node in restrictions}


def _restrictions(expression: Expression) -> Iterator[Restriction]:
    if isinstance(expression, Restriction):
        yield expression
    else:
        for part in expression.parts:
            yield from _restrictions(part)


def _cubes(expression: Expression, space: Space, sign: bool) -> Cubes:
    """Return the cubes in which an expression holds, or with `sign` False fails."""
    if isinstance(expression, Restriction):
        return space.literal(expression.key, sign)
    if expression.constructor == "complementOf":
        return _cubes(expression.parts[0], space, not sign)
    parts = [_cubes(part, space, sign) for part in expression.parts]
    return space.intersection(parts) if (expression.constructor == "intersectionOf") is sign else space.union(parts)


def _profile(value: Term, values: Met) -> Pattern:
    return Pattern(test.key for test, met in values.items() if value in met)


def _samples(thresholds: Iterable[float]) -> list[float]:
    """Return numbers at, between, below and above the thresholds."""
    cuts = sorted(set(thresholds))
    return [cuts[0] - 1, *cuts, *((low + high) / 2 for low, high in pairwise(cuts)), cuts[-1] + 1]


def _meets(test: Restriction, number: float) -> bool:
    threshold = float(test.operand)
    return number == threshold if test.kind == "value" else beyond(FACETS[test.kind], number, threshold)
