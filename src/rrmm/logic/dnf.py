"""The finite patterns that the values of a key can show to a definition, and sets of them, minimised.

A key that takes one value shows one of a few patterns: the conditions that its value meets, numbers
cut at the thresholds. A key that takes many is cut into disjoint conditions, each met or not. A cube
says which patterns each key may show; it is an integer with a field of bits for each key.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import NamedTuple

Literal = tuple[str, bool]
Conjunction = frozenset[Literal]
DNF = frozenset[Conjunction]
Pattern = frozenset[str]
Cubes = frozenset[int]


class Variable(NamedTuple):
    """The patterns of one key, each the conditions that it meets, and the conditions that tell them apart."""

    patterns: Sequence[Pattern]
    conditions: frozenset[str]


class Space:
    """The keys of one definition, each with the patterns that it can show."""

    def __init__(self, keys: Iterable[Variable]) -> None:
        self.keys = list(keys)
        self.fields: list[int] = []
        self._shifts: list[int] = []
        shift = 0
        for patterns, _ in self.keys:
            self._shifts.append(shift)
            self.fields.append(((1 << len(patterns)) - 1) << shift)
            shift += len(patterns)
        self.full = (1 << shift) - 1
        self.true: Cubes = frozenset({self.full})

    def literal(self, condition: str, sign: bool) -> Cubes:
        """Return the cubes in which a condition is met, or not, in the keys that know it."""
        cubes = []
        for field, shift, (patterns, _) in zip(self.fields, self._shifts, self.keys, strict=True):
            if any(condition in pattern for pattern in patterns):
                bits = sum(1 << number for number, pattern in enumerate(patterns) if (condition in pattern) is sign)
                cubes.append(frozenset({self.full & ~field | bits << shift} if bits else ()))
        return self.union(cubes) if sign else self.intersection(cubes)

    def union(self, parts: Iterable[Cubes]) -> Cubes:
        """Return the minimal cubes of a logical *or*."""
        groups = self._groups(parts, conjunctive=False)
        return self.true if self.true in groups else frozenset[int]().union(*groups)

    def intersection(self, parts: Iterable[Cubes]) -> Cubes:
        """Return the minimal cubes of a logical *and*."""
        result = self.true
        for group in self._groups(parts, conjunctive=True):
            result = frozenset(one & other for one in result for other in group)
        return result

    def _groups(self, parts: Iterable[Cubes], conjunctive: bool) -> list[Cubes]:
        """Return the parts, those that share a key combined and minimised; the others need no minimising."""
        groups: list[tuple[int, Cubes]] = []
        for part in parts:
            support, cubes = self._support(part), part
            apart = []
            for other, others in groups:
                if other & support:
                    support |= other
                    cubes = self._product(cubes, others) if conjunctive else self.primes(cubes | others)
                else:
                    apart.append((other, others))
            groups = [*apart, (support, cubes)]
        return [cubes for _, cubes in groups]

    def _product(self, one: Cubes, other: Cubes) -> Cubes:
        return self.primes(cube for left in one for right in other if self._possible(cube := left & right))

    def _support(self, cubes: Cubes) -> int:
        """Return the fields that a cube restricts."""
        return sum(field for field in self.fields if any(cube & field != field for cube in cubes))

    def _possible(self, cube: int) -> bool:
        return all(cube & field for field in self.fields)

    def primes(self, cubes: Iterable[int]) -> Cubes:
        """Return the largest cubes that lie within the union of some: what suffices, and nothing beside it."""
        found, before = absorb(cubes), None
        while found != before:
            before = found
            for field in self.fields:
                restricted = [cube for cube in found if cube & field != field]
                while more := self._consensus(restricted, field) - found:
                    found = absorb(found | more)
                    restricted = [cube for cube in found if cube & field != field]
                    if not more & found:
                        break
        return found

    def _consensus(self, cubes: Sequence[int], field: int) -> Cubes:
        """Return the cubes in which two differ by one key, whose patterns they join."""
        found = set()
        for place, one in enumerate(cubes):
            for other in cubes[:place]:
                joined = (one | other) & field
                if joined not in (one & field, other & field):
                    found.add(one & other & ~field | joined)
        return frozenset(cube for cube in found if self._possible(cube))

    def sets(self, cubes: Cubes) -> DNF:
        """Return cubes as sets of signed conditions."""
        found: set[Conjunction] = set()
        for cube in cubes:
            choices = [
                _pieces(key, {number for number in range(len(key.patterns)) if cube >> shift + number & 1})
                for field, shift, key in zip(self.fields, self._shifts, self.keys, strict=True)
                if cube & field != field
            ]
            found.update(Conjunction().union(*choice) for choice in product(*choices))
        return frozenset(one for one in found if not any(other < one for other in found))


def absorb(cubes: Iterable[int]) -> Cubes:
    """Return the cubes that lie within no other."""
    every = set(cubes)
    return frozenset(one for one in every if not any(one & other == one and one != other for other in every))


def _pieces(key: Variable, allowed: set[int]) -> list[Conjunction]:
    """Return conjunctions of signed conditions that together are met by the allowed patterns and by no other."""

    def met(piece: Conjunction) -> set[int]:
        shown = enumerate(key.patterns)
        return {number for number, pattern in shown if all((name in pattern) is sign for name, sign in piece)}

    found: list[Conjunction] = []
    for number in sorted(allowed):
        piece = frozenset((name, name in key.patterns[number]) for name in key.conditions)
        while smaller := [piece - {literal} for literal in sorted(piece) if met(piece - {literal}) <= allowed]:
            piece = max(smaller, key=lambda one: len(met(one)))
        found.append(piece)
    chosen: list[Conjunction] = []
    for piece in sorted(set(found), key=lambda one: (-len(met(one)), len(one), sorted(one))):
        if not met(piece) <= set().union(*map(met, chosen)):
            chosen.append(piece)
    return chosen
