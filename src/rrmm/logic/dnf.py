"""Disjunctive normal form over keys whose values can show a few patterns each, minimised.

A key that takes one value shows one of a few patterns: the conditions that its value meets, numbers
cut at the thresholds. A key that takes many values is cut into disjoint conditions, each met or not. A cube
says which patterns each key may show; it is an integer with a field of bits for each key.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

from rrmm.records import NamedTuple

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
            result = frozenset(left & right for left in result for right in group)
        return result

    def _groups(self, parts: Iterable[Cubes], conjunctive: bool) -> list[Cubes]:
        """Return the parts, those that share a key combined and minimised; the others need no minimising."""
        groups: list[tuple[int, Cubes]] = []
        for part in parts:
            support, cubes = self._support(part), part
            disjoint = []
            for group_support, group in groups:
                if group_support & support:
                    support |= group_support
                    cubes = self._product(cubes, group) if conjunctive else self.primes(cubes | group)
                else:
                    disjoint.append((group_support, group))
            groups = [*disjoint, (support, cubes)]
        return [cubes for _, cubes in groups]

    def _product(self, first: Cubes, second: Cubes) -> Cubes:
        return self.primes(cube for left in first for right in second if self._possible(cube := left & right))

    def _support(self, cubes: Cubes) -> int:
        """Return the fields that a cube restricts."""
        return sum(field for field in self.fields if any(cube & field != field for cube in cubes))

    def _possible(self, cube: int) -> bool:
        return all(cube & field for field in self.fields)

    def primes(self, cubes: Iterable[int]) -> Cubes:
        """Return the prime implicants of a union of cubes: the largest cubes that lie within it."""
        primes, before = absorb(cubes), None
        while primes != before:
            before = primes
            for field in self.fields:
                restricted = [cube for cube in primes if cube & field != field]
                while more := self._consensus(restricted, field) - primes:
                    primes = absorb(primes | more)
                    restricted = [cube for cube in primes if cube & field != field]
                    if not more & primes:
                        break
        return primes

    def _consensus(self, cubes: Sequence[int], field: int) -> Cubes:
        """Return the consensus of each pair of cubes on one key: the patterns of both there, of either elsewhere."""
        joint = set()
        for place, left in enumerate(cubes):
            for right in cubes[:place]:
                union = (left | right) & field
                if union not in (left & field, right & field):
                    joint.add(left & right & ~field | union)
        return frozenset(cube for cube in joint if self._possible(cube))

    def sets(self, cubes: Cubes) -> DNF:
        """Return cubes as sets of signed conditions."""
        sets: set[Conjunction] = set()
        for cube in cubes:
            choices = [
                _pieces(key, {number for number in range(len(key.patterns)) if cube >> shift + number & 1})
                for field, shift, key in zip(self.fields, self._shifts, self.keys, strict=True)
                if cube & field != field
            ]
            sets.update(Conjunction().union(*choice) for choice in product(*choices))
        return frozenset(larger for larger in sets if not any(smaller < larger for smaller in sets))


def absorb(cubes: Iterable[int]) -> Cubes:
    """Return the cubes that lie within no other."""
    every = set(cubes)
    return frozenset(cube for cube in every if not any(cube & other == cube != other for other in every))


def _pieces(key: Variable, allowed: set[int]) -> list[Conjunction]:
    """Return conjunctions of signed conditions that the allowed patterns meet together, and no other pattern does."""

    def met(piece: Conjunction) -> set[int]:
        shown = enumerate(key.patterns)
        return {number for number, pattern in shown if all((name in pattern) is sign for name, sign in piece)}

    pieces: list[Conjunction] = []
    for number in sorted(allowed):
        piece = frozenset((name, name in key.patterns[number]) for name in key.conditions)
        while smaller := [piece - {literal} for literal in sorted(piece) if met(piece - {literal}) <= allowed]:
            piece = max(smaller, key=lambda candidate: len(met(candidate)))
        pieces.append(piece)
    chosen: list[Conjunction] = []
    for piece in sorted(set(pieces), key=lambda piece: (-len(met(piece)), len(piece), sorted(piece))):
        if not met(piece) <= set().union(*map(met, chosen)):
            chosen.append(piece)
    return chosen
