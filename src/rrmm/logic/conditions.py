"""Patient states and their three-valued evaluation by condition sets.

The definitions stand in ``ontology/states.ttl``, their condition sets are derived by the build. This
module never knows a drug, a threshold or a state.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping

from rrmm.iris import local_name
from rrmm.logic.dnf import DNF, Conjunction, Literal
from rrmm.records import NamedTuple

FACETS = {"minInclusive": "AtLeast", "minExclusive": "MoreThan", "maxInclusive": "AtMost", "maxExclusive": "LessThan"}
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "AtLeast": operator.ge,
    "MoreThan": operator.gt,
    "AtMost": operator.le,
    "LessThan": operator.lt,
}
_UPWARDS = frozenset({"AtLeast", "MoreThan"})
NOTHING_KNOWN = ""
"""In the place of a value: the fact of a list in which the graph knows nothing, and which is not empty."""


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

    def settle(self, values: Values) -> bool | None:
        """Return whether what is known of the property meets the condition, fails it, or leaves it open."""
        met = bool(self.met_by(values.certain))
        if not values.least:
            return True if met else None if self.met_by(values.possible) else False
        return met if met is (self.operator in _UPWARDS) else None


def beyond(comparison: str, value: float, threshold: float) -> bool:
    """Return whether a number lies beyond a threshold, by the name of a comparison."""
    return _COMPARISONS[comparison](value, threshold)


class State(NamedTuple):
    """A state's condition sets: it holds by any set of `yes`, fails by any set of `no`.

    A state of prior treatments may be lifted from the last line alone, where all of that line agree, or from the
    latest use of its drug.
    """

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
    warning: str | None = None
    of_last_line: bool = False
    alike_in_line: bool = False
    of_latest_use: bool = False


class Values(NamedTuple):
    """What is known of one property: its certain values, its possible values, and the fact behind each.

    The fact of NOTHING_KNOWN stands where there is no certain value. With `least`, the certain value is a number that
    the property has at least.
    """

    certain: frozenset[str | float]
    possible: frozenset[str | float] = frozenset()
    facts: Mapping[str | float, str] = {}
    least: bool = False


Facts = Mapping[str, Values]


class Verdict(NamedTuple):
    """Whether a state holds (True, False, or None for unknown), the facts that decide it, or the keys it waits for."""

    holds: bool | None
    facts: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


Masked = tuple[int, Conjunction]


def _size(literals: Conjunction) -> tuple[int, list[Literal]]:
    return len(literals), sorted(literals)


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
        self._without_facts: dict[str, Verdict] = {}
        self._open: dict[tuple[str, int], tuple[tuple[str, ...], Verdict]] = {}

    def met(self, name: str, values: frozenset[str | float]) -> int:
        """Return the bits of the conditions on a property that one of some values meets."""
        met = 0
        for value in values:
            met |= self._met_by.get((name, value), 0)
        for condition in self._comparing[name]:
            if condition.met_by(values):
                met |= self.bits[condition.key, True]
        return met

    def settle(self, name: str, values: Values) -> tuple[int, int]:
        """Return the bits of the conditions on a property that are met for certain, and that are not met."""
        if name not in self.by_property:
            return 0, 0
        if values.least:
            settled = [(self.bits[one.key, True], one.settle(values)) for one in self.by_property[name]]
            return sum(bit for bit, holds in settled if holds), sum(bit for bit, holds in settled if holds is False)
        met = self.met(name, values.certain)
        possible = self.met(name, values.possible) if values.possible else 0
        return met, self.of_property[name] & self._positive & ~(met | possible)

    def properties(self, state: State) -> frozenset[str]:
        """Return the properties on which a state rests."""
        if state.iri not in self._properties:
            named = (self.of[key].property for literals in state.yes | state.no for key, _ in literals)
            self._properties[state.iri] = frozenset(named)
        return self._properties[state.iri]

    def mask(self, literals: Conjunction) -> int:
        """Return the bits of a set."""
        if literals not in self._masks:
            self._masks[literals] = sum(map(self.bits.__getitem__, literals))
        return self._masks[literals]

    def masks(self, state: State) -> tuple[list[Masked], list[Masked]]:
        """Return the sets by which a state holds and those by which it fails, with their bits, the simplest first."""
        if state.iri not in self._masked:
            ordered = (sorted(sets, key=_size) for sets in (state.yes, state.no))
            yes, no = ([(self.mask(literals), literals) for literals in sets] for sets in ordered)
            self._masked[state.iri] = yes, no
        return self._masked[state.iri]

    def verdict_without_facts(self, state: State) -> Verdict:
        """Return the verdict of a state when nothing that it rests on is known."""
        if state.iri not in self._without_facts:
            self._without_facts[state.iri] = Evaluator({}, self).judge(state)
        return self._without_facts[state.iri]

    def open_properties(self, state: State, waiting: int) -> tuple[tuple[str, ...], Verdict]:
        """Return the properties of a state that these bits are about, and the verdict while all of them are unknown."""
        if (state.iri, waiting) not in self._open:
            names_of_bits = (name for name in self.properties(state) if self.of_property[name] & waiting)
            names = tuple(sorted(names_of_bits, key=self.paths.__getitem__))
            self._open[state.iri, waiting] = names, Verdict(None, needs=tuple(map(self.paths.__getitem__, names)))
        return self._open[state.iri, waiting]


class Evaluator:
    """Judges states of one subject; each condition is tested once."""

    def __init__(self, facts: Facts, conditions: Conditions) -> None:
        self.facts, self.conditions = facts, conditions
        self._texts: dict[Literal, list[str]] = {}
        self._certain = self._refuted = 0
        for name, values in facts.items():
            met, unmet = conditions.settle(name, values)
            self._certain |= met | unmet << 1
            self._refuted |= met << 1 | unmet

    def verdict(self, state: State) -> Verdict:
        """Return whether a state holds, with the facts that decide it or the keys it waits for."""
        if self.conditions.properties(state).isdisjoint(self.facts):
            return self.conditions.verdict_without_facts(state)
        return self.judge(state)

    def judge(self, state: State) -> Verdict:
        """Return the same, by its condition sets even where nothing is known."""
        certain, refuted, waiting = self._certain, self._refuted, 0
        yes, no = self.conditions.masks(state)
        for masked, holds in ((yes, True), (no, False)):
            for bits, literals in masked:
                if bits & certain == bits:
                    return self._decide(holds, literals)
                if not bits & refuted:
                    waiting |= bits
        return self._wait(state, waiting)

    def decide(self, holds: bool, sets: Iterable[Conjunction]) -> Verdict:
        """Return the verdict of sets that are certain: the facts of the simplest of them."""
        return self._decide(holds, min(sets, key=_size))

    def _decide(self, holds: bool, literals: Conjunction) -> Verdict:
        if len(literals) == 1:
            return Verdict(holds, tuple(*map(self._facts, literals)))
        facts = (fact for literal in sorted(literals) for fact in self._facts(literal))
        return Verdict(holds, tuple(dict.fromkeys(facts)))

    def wait(self, state: State, sets: Iterable[Conjunction]) -> Verdict:
        """Return the verdict of sets that are possible and not certain: the keys they wait for."""
        waiting = 0
        for literals in sets:
            waiting |= self.conditions.mask(literals)
        return self._wait(state, waiting)

    def _wait(self, state: State, waiting: int) -> Verdict:
        waiting &= ~self._certain
        names, verdict = self.conditions.open_properties(state, waiting)
        if self.facts.keys().isdisjoint(names):
            return verdict
        return Verdict(None, needs=tuple(sorted({need for name in names for need in self._needs(name, waiting)})))

    def _facts(self, literal: Literal) -> list[str]:
        if literal not in self._texts:
            condition = self.conditions.of[literal[0]]
            values = self.facts[condition.property]
            relevant = condition.met_by(values.certain) or values.certain
            texts = dict.fromkeys(values.facts[value] for value in sorted(relevant, key=str) if value in values.facts)
            nothing = values.facts.get(NOTHING_KNOWN, f"{self.conditions.paths[condition.property]}: none")
            self._texts[literal] = [*texts] or [nothing]
        return self._texts[literal]

    def _needs(self, name: str, waiting: int) -> Iterator[str]:
        """Yield the key of a property, or, where some values of it are known, the values that are not."""
        key, values = self.conditions.paths[name], self.facts.get(name)
        if values is None or values.least:
            yield key
            return
        for condition in self.conditions.by_property[name]:
            if (self.conditions.bits[condition.key, True] | self.conditions.bits[condition.key, False]) & waiting:
                yield from (f"{key}[{local_name(str(value))}]" for value in condition.met_by(values.possible))
