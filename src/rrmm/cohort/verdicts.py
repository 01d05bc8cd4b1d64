"""Verdicts on many subjects: the condition sets of states, as logic on sets of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from rrmm.cohort.facts import Facts
from rrmm.cohort.planes import Plane, Truths
from rrmm.logic.conditions import State
from rrmm.logic.dnf import Conjunction, Literal

Needs = Mapping[str, Plane]
NOTHING: Needs = MappingProxyType({})


class Verdicts(NamedTuple):
    """The rows for which something holds, and those for which it does not; the others wait for `needs`."""

    yes: Plane
    no: Plane
    needs: Needs = NOTHING


class States:
    """The states of many subjects of one bearer, as `rrmm.logic.conditions` evaluates those of one subject."""

    def __init__(self, facts: Facts, states: Iterable[State]) -> None:
        self.facts, self.rows, self.states = facts, facts.rows, list(states)
        self.of = {state.iri: Verdicts(self._holds(state.yes), self._holds(state.no)) for state in self.states}
        self._waiting: dict[str, Needs] = {}

    def _holds(self, sets: Iterable[Conjunction]) -> Plane:
        return self.rows.any(map(self._certain, sets))

    def _certain(self, one: Conjunction) -> Plane:
        return self.rows.every(map(self._met, one))

    def _met(self, literal: Literal) -> Plane:
        condition, sign = literal
        return self.facts.met[condition] if sign else self.facts.unmet[condition]

    def contradicted(self) -> Truths:
        """Return for each row whether a state holds that no consistent patient file has."""
        wrong = (self.of[state.iri].yes for state in self.states if state.contradiction)
        return self.rows.truths(self.rows.any(wrong))

    def unknown(self, state: State) -> Plane:
        """Return the rows for which a state is not decided."""
        yes, no, _ = self.of[state.iri]
        return self.rows.but(yes | no)

    def waiting(self, state: State) -> Needs:
        """Return for each condition the rows whose undecided state waits for it."""
        if state.iri not in self._waiting:
            unknown = self.unknown(state)
            self._waiting[state.iri] = self._waits(state, unknown) if unknown.any() else NOTHING
        return self._waiting[state.iri]

    def _waits(self, state: State, unknown: Plane) -> Needs:
        """Return the conditions that are open in sets that are not refuted, by their rows."""
        facts, found = self.facts, dict[str, Plane]()
        for one in state.yes | state.no:
            alive = unknown & self.rows.but(self.rows.any(self._met((name, not sign)) for name, sign in one))
            for name, _ in one:
                found[name] = found[name] | alive if name in found else alive
        return {name: plane & self.rows.but(facts.met[name] | facts.unmet[name]) for name, plane in found.items()}

    def waiting_for(self, state: State, name: str) -> Plane:
        """Return the rows whose undecided state waits for a property."""
        of = self.facts.rule_base.conditions
        return self.rows.any(plane for key, plane in self.waiting(state).items() if of[key].property == name)

    def chosen(self, state: State) -> list[tuple[Conjunction, Plane]]:
        """Return the sets by which a state holds, simplest first, each with the rows whose verdict rests on it."""
        left, found = self.of[state.iri].yes, []
        for one in sorted(state.yes, key=lambda one: (len(one), sorted(one))):
            here = left & self._certain(one)
            left = left ^ here
            found.append((one, here))
        return found


def merged(needs: Iterable[Needs], within: Plane | None = None) -> dict[str, Plane]:
    """Return needs of several kinds as one, for the rows within a set; what no row needs is left out."""
    found: dict[str, Plane] = {}
    for some in needs:
        for name, plane in some.items():
            narrowed = plane if within is None else plane & within
            if narrowed.any():
                found[name] = found[name] | narrowed if name in found else narrowed
    return found
