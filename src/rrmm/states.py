"""Patient states: OWL definitions unfolded into condition sets, and their three-valued evaluation.

The definitions stand in ``ontology/states.ttl``. This module knows OWL constructors, never a drug,
a threshold or a state. It refuses constructors that ``docs/decisions`` does not list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any, NamedTuple

from rrmm.errors import KnowledgeError
from rrmm.terms import OWL, RDF, XSD, local_name

Literal = tuple[str, bool]
Sets = frozenset[frozenset[Literal]]

TRUE: Sets = frozenset({frozenset()})
FALSE: Sets = frozenset()

FACETS = {"minInclusive", "minExclusive", "maxInclusive", "maxExclusive"}


class Condition(NamedTuple):
    """One test of one property: a value, a class of values, or a number beyond a threshold."""

    key: str
    property: str
    kind: str
    operand: str | float


class State(NamedTuple):
    """A state's condition sets: it holds by any set of `yes`, fails by any set of `no`."""

    iri: str
    label: str
    bearer: str
    yields: str | None
    yes: Sets
    no: Sets
    readings: tuple[str, ...] = ()
    based_on: tuple[str, ...] = ()
    course: str | None = None


class Values(NamedTuple):
    """What is known of one property: values held for certain, values possible, how each is known."""

    certain: frozenset[str | float]
    possible: frozenset[str | float] = frozenset()
    facts: Mapping[str | float, str] = {}


Facts = Mapping[str, Values]


class Verdict(NamedTuple):
    """Whether a state holds (True, False or None for unknown), by which facts, or for want of which."""

    holds: bool | None
    facts: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


def conjunction(parts: Iterable[Sets]) -> Sets:
    """Return the sets of a logical *and*, contradictions dropped."""
    merged = (frozenset[Literal]().union(*combination) for combination in product(*parts))
    return absorb(one for one in merged if not any((key, not sign) in one for key, sign in one))


def absorb(sets: Iterable[frozenset[Literal]]) -> Sets:
    """Return the sets without those that contain another: the smaller already suffices."""
    every = set(sets)
    return frozenset(one for one in every if not any(other < one for other in every))


class Unfolder:
    """Turns the OWL axioms of all states into condition sets."""

    def __init__(self, triples: Iterable[tuple[str, str, str | float]]) -> None:
        self.graph: dict[str, dict[str, list[str | float]]] = {}
        for subject, predicate, value in triples:
            self.graph.setdefault(subject, {}).setdefault(predicate, []).append(value)
        self.conditions: dict[str, Condition] = {}
        self._open: list[str] = []

    def state(self, iri: str, sign: bool) -> Sets:
        """Return the condition sets of a state, or of its complement."""
        definition = self._one(iri, OWL + "equivalentClass")
        if iri in self._open:
            raise KnowledgeError(f"State {local_name(iri)} is defined by itself: {' → '.join(self._open)}.")
        self._open.append(iri)
        result = self._expression(str(definition), sign)
        self._open.pop()
        return result

    def _one(self, node: str, predicate: str) -> str | float:
        values = self.graph.get(node, {}).get(predicate, [])
        if len(values) != 1:
            raise KnowledgeError(f"{local_name(node)} needs exactly one {local_name(predicate)}; it has {len(values)}.")
        return values[0]

    def _list(self, node: str) -> list[str]:
        items: list[str] = []
        while node != RDF + "nil":
            items.append(str(self._one(node, RDF + "first")))
            node = str(self._one(node, RDF + "rest"))
        return items

    def _expression(self, node: str, sign: bool) -> Sets:
        about = self.graph.get(node, {})
        if OWL + "equivalentClass" in about:
            return self.state(node, sign)
        if OWL + "complementOf" in about:
            return self._expression(str(self._one(node, OWL + "complementOf")), not sign)
        for constructor, is_and in ((OWL + "intersectionOf", True), (OWL + "unionOf", False)):
            if constructor in about:
                parts = [self._expression(part, sign) for part in self._list(str(self._one(node, constructor)))]
                return conjunction(parts) if is_and is sign else absorb(one for part in parts for one in part)
        if OWL + "onProperty" in about:
            return frozenset({frozenset({(self._condition(node), sign)})})
        raise KnowledgeError(f"A state uses an OWL construct that is not supported, near {node}.")

    def _condition(self, node: str) -> str:
        on = str(self._one(node, OWL + "onProperty"))
        about = self.graph[node]
        if OWL + "hasValue" in about:
            kind, operand = "value", self._one(node, OWL + "hasValue")
        else:
            filler = str(self._one(node, OWL + "someValuesFrom"))
            if OWL + "onDatatype" in self.graph.get(filler, {}):
                (facet,) = self._list(str(self._one(filler, OWL + "withRestrictions")))
                (name,) = (local_name(p) for p in self.graph[facet] if local_name(p) in FACETS)
                kind, operand = name, float(self._one(facet, XSD + name))
            else:
                kind, operand = "class", filler
        key = f"{local_name(on)} {kind} {local_name(operand) if isinstance(operand, str) else operand}"
        self.conditions[key] = Condition(key, on, kind, operand)
        return key


def test(condition: Condition, facts: Facts, members: Mapping[str, frozenset[str]]) -> bool | None:
    """Return whether the facts meet a condition; None when they do not settle it.

    `members` gives the instances of each class that a condition refers to.
    """
    values = facts.get(condition.property)
    if values is None:
        return None
    if condition.kind in FACETS:
        return any(_beyond(condition.kind, float(value), float(condition.operand)) for value in values.certain)
    wanted = members[str(condition.operand)] if condition.kind == "class" else {condition.operand}
    if values.certain & wanted:
        return True
    return None if values.possible & wanted else False


def _beyond(facet: str, value: float, threshold: float) -> bool:
    if facet.startswith("min"):
        return value > threshold or (value == threshold and facet == "minInclusive")
    return value < threshold or (value == threshold and facet == "maxInclusive")


class Evaluator:
    """Judges states of one subject; each condition is tested once."""

    def __init__(
        self,
        facts: Facts,
        conditions: Mapping[str, Condition],
        members: Mapping[str, frozenset[str]],
        keys: Mapping[str, str],
        path: str = "",
    ) -> None:
        self.facts, self.conditions, self.members, self.keys, self.path = facts, conditions, members, keys, path
        self._tested: dict[str, bool | None] = {}

    def verdict(self, state: State) -> Verdict:
        """Return whether a state holds, with the facts that decide it or the keys it waits for."""
        for sets, holds in ((state.yes, True), (state.no, False)):
            for one in sorted(sets, key=lambda one: (len(one), sorted(one))):
                if all(self._literal(literal) for literal in one):
                    return Verdict(holds, tuple(dict.fromkeys(f for lit in sorted(one) for f in self._facts(lit))))
        waiting = {
            need
            for one in state.yes | state.no
            if not any(self._literal(literal) is False for literal in one)
            for literal in one
            if self._literal(literal) is None
            for need in self._needs(literal)
        }
        return Verdict(None, needs=tuple(sorted(waiting)))

    def _literal(self, literal: Literal) -> bool | None:
        key, sign = literal
        if key not in self._tested:
            self._tested[key] = test(self.conditions[key], self.facts, self.members)
        value = self._tested[key]
        return None if value is None else value is sign

    def _facts(self, literal: Literal) -> list[str]:
        condition = self.conditions[literal[0]]
        values = self.facts[condition.property]
        wanted: Any = values.certain
        if condition.kind == "class":
            wanted = values.certain & self.members[str(condition.operand)] or values.certain
        elif condition.kind == "value":
            wanted = values.certain & {condition.operand} or values.certain
        found = [values.facts[value] for value in sorted(wanted, key=str) if value in values.facts]
        return found or [f"{self.path}{self.keys[condition.property]}: none"]

    def _needs(self, literal: Literal) -> list[str]:
        condition = self.conditions[literal[0]]
        values = self.facts.get(condition.property)
        if values is None:
            return [f"{self.path}{self.keys[condition.property]}"]
        wanted = self.members[str(condition.operand)] if condition.kind == "class" else {condition.operand}
        return [f"{self.keys[condition.property]}[{local_name(str(value))}]" for value in values.possible & wanted]
