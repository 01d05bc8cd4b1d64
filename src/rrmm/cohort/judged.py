"""Patient states over many subjects: the condition sets of the graph, as logic on sets of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rrmm.cohort.facts import Facts
from rrmm.cohort.planes import Plane, Rows, Truths
from rrmm.patterns import Literal, Set
from rrmm.states import State

Needs = Mapping[str, Plane]


class Verdicts(NamedTuple):
    """The rows for which something holds, and those for which it does not; the others wait for `needs`."""

    yes: Plane
    no: Plane
    needs: Needs = {}


class Judged:
    """The states of many subjects of one bearer."""

    def __init__(self, facts: Facts, states: Iterable[State]) -> None:
        self.facts, self.rows = facts, facts.rows
        self.states = list(states)
        self.of = {state.iri: self._verdicts(state) for state in self.states}
        self._waiting: dict[str, dict[str, Plane]] = {}

    def _verdicts(self, state: State) -> Verdicts:
        yes, no = (self.rows.any(map(self._certain, sets)) for sets in (state.yes, state.no))
        return Verdicts(yes, no)

    def _certain(self, one: Set) -> Plane:
        return self.rows.every(self._sign(literal) for literal in one)

    def _sign(self, literal: Literal) -> Plane:
        condition, sign = literal
        return self.facts.met[condition] if sign else self.facts.unmet[condition]

    def contradicted(self) -> Truths:
        """Return the rows in which a state holds that no consistent patient file has."""
        wrong = (self.of[state.iri].yes for state in self.states if state.contradiction)
        return self.rows.truths(self.rows.any(wrong))

    def unknown(self, state: State) -> Plane:
        """Return the rows for which a state is not decided."""
        yes, no, _ = self.of[state.iri]
        return self.rows.all ^ (yes | no)

    def waiting(self, state: State) -> Mapping[str, Plane]:
        """Return for each condition the rows whose undecided state waits for it: it is in a set not refuted."""
        if state.iri not in self._waiting:
            self._waiting[state.iri] = self._waits(state)
        return self._waiting[state.iri]

    def _waits(self, state: State) -> dict[str, Plane]:
        found: dict[str, Plane] = {}
        unknown = self.unknown(state)
        if not unknown.any():
            return found
        for one in state.yes | state.no:
            alive = unknown & self.rows.but(self.rows.any(self._sign((name, not sign)) for name, sign in one))
            for name, _ in one:
                found[name] = found[name] | alive if name in found else alive
        return {
            name: plane & self.rows.but(self.facts.met[name] | self.facts.unmet[name]) for name, plane in found.items()
        }

    def waiting_for(self, state: State, name: str) -> Plane:
        """Return the rows whose undecided state waits for a property."""
        of = self.facts.compiled.conditions
        return self.rows.any(plane for key, plane in self.waiting(state).items() if of[key].property == name)

    def chosen(self, state: State) -> list[tuple[Set, Plane]]:
        """Return the sets by which a state holds, simplest first, each with the rows whose verdict rests on it."""
        left, found = self.of[state.iri].yes, []
        for one in sorted(state.yes, key=lambda one: (len(one), sorted(one))):
            found.append((one, left & self._certain(one)))
            left = left & self.rows.but(found[-1][1])
        return found


def merged(rows: Rows, needs: Iterable[Needs], within: Plane | None = None) -> dict[str, Plane]:
    """Return needs of several kinds as one, for the rows within a set; what no row needs is left out."""
    found: dict[str, Plane] = {}
    for some in needs:
        for name, plane in some.items():
            narrowed = plane if within is None else plane & within
            if narrowed.any():
                found[name] = found[name] | narrowed if name in found else narrowed
    return found
