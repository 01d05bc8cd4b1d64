"""Patient states and their three-valued evaluation by condition sets.

The definitions stand in ``ontology/states.ttl``, their condition sets are derived by the build. This
module never knows a drug, a threshold or a state.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from rrmm.iris import local_name
from rrmm.logic.dnf import DNF, Conjunction, Literal

FACETS = {"minInclusive": "AtLeast", "minExclusive": "MoreThan", "maxInclusive": "AtMost", "maxExclusive": "LessThan"}
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "AtLeast": operator.ge,
    "MoreThan": operator.gt,
    "AtMost": operator.le,
    "LessThan": operator.lt,
}


class Condition(NamedTuple):
    """One test of one property: whether it has one of some values, or a number beyond a threshold."""

    key: str
    property: str
    values: frozenset[str | float] = frozenset()
    operator: str | None = None
    threshold: float = 0.0

    def met_by(self, values: frozenset[str | float]) -> frozenset[str | float]:
        """Return those of the values that meet the condition."""
        if self.operator is None:
            return values & self.values
        return frozenset(value for value in values if beyond(self.operator, float(value), self.threshold))


def beyond(comparison: str, value: float, threshold: float) -> bool:
    """Return whether a number compares with a threshold as said."""
    return _COMPARISONS[comparison](value, threshold)


class State(NamedTuple):
    """A state's condition sets: it holds by any set of `yes`, fails by any set of `no`."""

    iri: str
    label: str
    bearer: str
    yields: str | None
    yes: DNF
    no: DNF
    readings: tuple[str, ...] = ()
    based_on: tuple[str, ...] = ()
    course: str | None = None
    pattern: str | None = None
    contradiction: str | None = None
    of_last_line: bool = False


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


Masked = tuple[int, Conjunction]


def _size(one: Conjunction) -> tuple[int, list[Literal]]:
    return len(one), sorted(one)


class Conditions:
    """All conditions of a graph with a bit for each sign of each, so that a set of them is one number.

    `paths` gives for each property the path of its key in the patient file.
    """

    def __init__(self, conditions: Mapping[str, Condition], paths: Mapping[str, str]) -> None:
        self.of, self.paths = conditions, paths
        self.bits: dict[Literal, int] = {}
        self.by_property: dict[str, list[Condition]] = {}
        self.of_property: dict[str, int] = {}
        self._met_by: dict[tuple[str, str | float], int] = {}
        for number, (key, condition) in enumerate(conditions.items()):
            yes, no = 1 << 2 * number, 2 << 2 * number
            self.bits |= {(key, True): yes, (key, False): no}
            self.by_property.setdefault(condition.property, []).append(condition)
            self.of_property[condition.property] = self.of_property.get(condition.property, 0) | yes | no
            for value in condition.values:
                of = (condition.property, value)
                self._met_by[of] = self._met_by.get(of, 0) | yes
        self._comparing = {
            name: [condition for condition in several if condition.operator]
            for name, several in self.by_property.items()
        }
        self._positive = sum(bit for (_, sign), bit in self.bits.items() if sign)
        self._masks: dict[Conjunction, int] = {}
        self._properties: dict[str, frozenset[str]] = {}
        self._masked: dict[str, tuple[list[Masked], list[Masked]]] = {}
        self._untold: dict[str, Verdict] = {}
        self._asking: dict[tuple[str, int], tuple[tuple[str, ...], Verdict]] = {}

    def met(self, name: str, values: frozenset[str | float]) -> int:
        """Return the bits of the conditions on a property that one of some values meets."""
        met = 0
        for value in values:
            met |= self._met_by.get((name, value), 0)
        for condition in self._comparing[name]:
            if condition.met_by(values):
                met |= self.bits[condition.key, True]
        return met

    def settled(self, name: str, values: Values) -> tuple[int, int]:
        """Return the bits of the conditions on a property that are met for certain, and that are not met."""
        if name not in self.by_property:
            return 0, 0
        met = self.met(name, values.certain)
        possible = self.met(name, values.possible) if values.possible else 0
        return met, self.of_property[name] & self._positive & ~(met | possible)

    def properties(self, state: State) -> frozenset[str]:
        """Return the properties on which a state rests."""
        if state.iri not in self._properties:
            named = (self.of[key].property for one in state.yes | state.no for key, _ in one)
            self._properties[state.iri] = frozenset(named)
        return self._properties[state.iri]

    def mask(self, one: Conjunction) -> int:
        """Return the bits of a set."""
        if one not in self._masks:
            self._masks[one] = sum(map(self.bits.__getitem__, one))
        return self._masks[one]

    def masked(self, state: State) -> tuple[list[Masked], list[Masked]]:
        """Return the sets by which a state holds and those by which it fails, with their bits, the simplest first."""
        if state.iri not in self._masked:
            yes, no = ([(self.mask(one), one) for one in sorted(sets, key=_size)] for sets in (state.yes, state.no))
            self._masked[state.iri] = yes, no
        return self._masked[state.iri]

    def untold(self, state: State) -> Verdict:
        """Return the verdict of a state where nothing is known of what it rests on."""
        if state.iri not in self._untold:
            self._untold[state.iri] = Evaluator({}, self).judged(state)
        return self._untold[state.iri]

    def asking(self, state: State, waiting: int) -> tuple[tuple[str, ...], Verdict]:
        """Return the properties of a state that these bits are about, and the verdict for want of all of them."""
        if (state.iri, waiting) not in self._asking:
            asked = (name for name in self.properties(state) if self.of_property[name] & waiting)
            names = tuple(sorted(asked, key=self.paths.__getitem__))
            self._asking[state.iri, waiting] = names, Verdict(None, needs=tuple(map(self.paths.__getitem__, names)))
        return self._asking[state.iri, waiting]


class Evaluator:
    """Judges states of one subject; each condition is tested once."""

    def __init__(self, facts: Facts, conditions: Conditions) -> None:
        self.facts, self.conditions = facts, conditions
        self._said: dict[Literal, list[str]] = {}
        self._certain = self._refuted = 0
        for name, values in facts.items():
            met, unmet = conditions.settled(name, values)
            self._certain |= met | unmet << 1
            self._refuted |= met << 1 | unmet

    def verdict(self, state: State) -> Verdict:
        """Return whether a state holds, with the facts that decide it or the keys it waits for."""
        if self.conditions.properties(state).isdisjoint(self.facts):
            return self.conditions.untold(state)
        return self.judged(state)

    def judged(self, state: State) -> Verdict:
        """Return the same from its condition sets, whatever is known."""
        certain, refuted, waiting = self._certain, self._refuted, 0
        yes, no = self.conditions.masked(state)
        for masked, holds in ((yes, True), (no, False)):
            for bits, one in masked:
                if bits & certain == bits:
                    return self._decided(holds, one)
                if not bits & refuted:
                    waiting |= bits
        return self._undecided(state, waiting)

    def decided(self, holds: bool, sets: Iterable[Conjunction]) -> Verdict:
        """Return the verdict of sets that are certain: the facts of the simplest of them."""
        return self._decided(holds, min(sets, key=_size))

    def _decided(self, holds: bool, one: Conjunction) -> Verdict:
        if len(one) == 1:
            return Verdict(holds, tuple(*map(self._facts, one)))
        return Verdict(holds, tuple(dict.fromkeys(fact for literal in sorted(one) for fact in self._facts(literal))))

    def undecided(self, state: State, sets: Iterable[Conjunction]) -> Verdict:
        """Return the verdict of sets that are possible and not certain: the keys they wait for."""
        waiting = 0
        for one in sets:
            waiting |= self.conditions.mask(one)
        return self._undecided(state, waiting)

    def _undecided(self, state: State, waiting: int) -> Verdict:
        waiting &= ~self._certain
        asked, wanting = self.conditions.asking(state, waiting)
        if self.facts.keys().isdisjoint(asked):
            return wanting
        return Verdict(None, needs=tuple(sorted({need for name in asked for need in self._needs(name, waiting)})))

    def _facts(self, literal: Literal) -> list[str]:
        if literal not in self._said:
            condition = self.conditions.of[literal[0]]
            values = self.facts[condition.property]
            wanted = condition.met_by(values.certain) or values.certain
            told = dict.fromkeys(values.facts[value] for value in sorted(wanted, key=str) if value in values.facts)
            self._said[literal] = [*told] or [f"{self.conditions.paths[condition.property]}: none"]
        return self._said[literal]

    def _needs(self, name: str, waiting: int) -> Iterator[str]:
        """Yield the key of a property, or, where some values of it are known, the values that are not."""
        key, values = self.conditions.paths[name], self.facts.get(name)
        if values is None:
            yield key
            return
        for condition in self.conditions.by_property[name]:
            if (self.conditions.bits[condition.key, True] | self.conditions.bits[condition.key, False]) & waiting:
                yield from (f"{key}[{local_name(str(value))}]" for value in condition.met_by(values.possible))
