"""States of a patient or a prior treatment, and which facts an unknown state waits for, over any Boolean values.

One formulation serves bools, integers, planes and symbols; it reads no facts itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Generic, NamedTuple

from rrmm.logic.circuit import Algebra, B
from rrmm.logic.conditions import State
from rrmm.logic.dnf import Conjunction, Literal


class Verdicts(NamedTuple, Generic[B]):
    """Whether something certainly holds or certainly fails; if neither, it waits for `needs`."""

    yes: B
    no: B
    needs: Mapping[str, B]


class States(Generic[B]):
    """The states of one bearer by their condition sets; `literal` says whether a condition is met (or unmet)."""

    def __init__(self, algebra: Algebra[B], states: Iterable[State], literal: Callable[[str, bool], B]) -> None:
        self.algebra, self.states = algebra, list(states)
        self._literal = literal
        self.yes = {state.iri: self._holds(state.yes) for state in self.states}
        self.no = {state.iri: self._holds(state.no) for state in self.states}
        self._waiting: dict[str, dict[str, B]] = {}

    def _holds(self, sets: Iterable[Conjunction]) -> B:
        return self.algebra.any(self._certain(conjunction) for conjunction in sorted(sets, key=size))

    def _certain(self, conjunction: Conjunction) -> B:
        return self.algebra.every(self._met(literal) for literal in sorted(conjunction))

    def _met(self, literal: Literal) -> B:
        return self._literal(*literal)

    def unknown(self, state: State) -> B:
        """Return whether a state is neither certain nor refuted."""
        return ~(self.yes[state.iri] | self.no[state.iri])

    def waiting(self, state: State) -> Mapping[str, B]:
        """Return condition → whether the undecided state waits for it: in a set that is not refuted it is open."""
        if state.iri not in self._waiting:
            alive: dict[str, list[B]] = {}
            for conjunction in sorted(state.yes | state.no, key=size):
                possible = ~self.algebra.any(self._met((name, not sign)) for name, sign in sorted(conjunction))
                for name, _ in sorted(conjunction):
                    alive.setdefault(name, []).append(possible)
            unknown = self.unknown(state)
            self._waiting[state.iri] = {
                name: unknown & self.algebra.any(sets) & ~(self._met((name, True)) | self._met((name, False)))
                for name, sets in alive.items()
            }
        return self._waiting[state.iri]

    def chosen(self, state: State) -> list[tuple[Conjunction, B]]:
        """Return the condition sets of a state, simplest first, each with whether the state holds because of it."""
        left, sets = self.yes[state.iri], []
        for conjunction in sorted(state.yes, key=size):
            certain = self._certain(conjunction)
            sets.append((conjunction, left & certain))
            left = left & ~certain
        return sets


def size(conjunction: Conjunction) -> tuple[int, list[Literal]]:
    """Return the sort key of condition sets: the simplest first."""
    return len(conjunction), sorted(conjunction)


def merge(algebra: Algebra[B], needs: Iterable[Mapping[str, B]], within: B | None = None) -> dict[str, B]:
    """Return the union of several needs, restricted to `within`; impossible needs are omitted."""
    merged: dict[str, B] = {}
    for some in needs:
        for name, bit in some.items():
            narrowed = bit if within is None else bit & within
            if narrowed is not algebra.none:
                merged[name] = merged[name] | narrowed if name in merged else narrowed
    return merged
