"""A Boolean circuit: logic that was written for values, traced once with symbols and kept as gates.

Equal gates are one gate, constants fold away, and what no output needs is dropped. `circuit_code` writes
a circuit as Python.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Generic, NamedTuple, Protocol, Self, TypeVar

NOT, AND, OR = "~", "&", "|"
NONE, ALL = 0, 1

Name = tuple[str, ...]


class Boolean(Protocol):
    """Anything with ``& | ~``: a symbol, an integer, a plane of bits."""

    def __and__(self, other: Self, /) -> Self:
        """Return *and*."""
        ...

    def __or__(self, other: Self, /) -> Self:
        """Return *or*."""
        ...

    def __invert__(self) -> Self:
        """Return *not*."""
        ...


B = TypeVar("B", bound=Boolean)


class Algebra(Generic[B]):
    """The two constants of a kind of value, and *and* and *or* of any number of values."""

    def __init__(self, none: B, all_: B) -> None:
        self.none, self.all = none, all_

    def any(self, values: Iterable[B]) -> B:
        """Return the *or* of values; none of them is false.

        >>> Algebra(0, -1).any([0b01, 0b100])
        5
        """
        result = self.none
        for value in values:
            if value is not self.none:
                result = value if result is self.none else result | value
        return result

    def every(self, values: Iterable[B]) -> B:
        """Return the *and* of values; none of them is true.

        >>> Algebra(0, -1).every([0b11, 0b110])
        2
        """
        result = self.all
        for value in values:
            if value is not self.all:
                result = value if result is self.all else result & value
        return result


class Gate(NamedTuple):
    """One step: an operator and the nodes that it combines; `right` is unused in a *not*."""

    operator: str
    left: int
    right: int = 0


class Bit:
    """A node of a circuit that is being traced."""

    __slots__ = ("node", "trace")

    def __init__(self, trace: Trace, node: int) -> None:
        self.trace, self.node = trace, node

    def __and__(self, other: Bit) -> Bit:
        """Return *and*."""
        return self.trace.conjoin(self, other)

    def __or__(self, other: Bit) -> Bit:
        """Return *or*."""
        return self.trace.disjoin(self, other)

    def __invert__(self) -> Bit:
        """Return *not*."""
        return self.trace.negate(self)


class Trace(Algebra[Bit]):
    """Records what is done with symbols. Nodes 0 and 1 are the constants; the same step gives the same symbol.

    >>> trace = Trace()
    >>> a, b = trace.input("a"), trace.input("b")
    >>> (a & b) is (b & a), (a & ~a) is trace.none, (a | trace.none) is a
    (True, True, True)
    """

    def __init__(self) -> None:
        self.nodes: list[Gate | Name] = [("none",), ("all",)]
        self._bits = [Bit(self, NONE), Bit(self, ALL)]
        self._known: dict[Hashable, Bit] = {}
        super().__init__(*self._bits)

    def input(self, *name: str) -> Bit:
        """Return the symbol of an input."""
        return self._node(name)

    def _node(self, what: Gate | Name) -> Bit:
        if (bit := self._known.get(what)) is None:
            bit = self._known[what] = Bit(self, len(self.nodes))
            self.nodes.append(what)
            self._bits.append(bit)
        return bit

    def negate(self, one: Bit) -> Bit:
        """Return *not*."""
        if one.node in (NONE, ALL):
            return self._bits[1 - one.node]
        what = self.nodes[one.node]
        if isinstance(what, Gate) and what.operator == NOT:
            return self._bits[what.left]
        return self._node(Gate(NOT, one.node))

    def conjoin(self, one: Bit, other: Bit) -> Bit:
        """Return *and*."""
        if one is other or other is self.all or one is self.none:
            return one
        if one is self.all or other is self.none:
            return other
        if self.negate(one) is other:
            return self.none
        return self._node(Gate(AND, *sorted((one.node, other.node))))

    def disjoin(self, one: Bit, other: Bit) -> Bit:
        """Return *or*."""
        if one is other or other is self.none or one is self.all:
            return one
        if one is self.none or other is self.all:
            return other
        if self.negate(one) is other:
            return self.all
        return self._node(Gate(OR, *sorted((one.node, other.node))))

    def circuit(self, outputs: Mapping[Name, Bit]) -> Circuit:
        """Return the gates that the outputs need, in an order in which each stands behind what it combines."""
        needed = [False] * len(self.nodes)
        for bit in outputs.values():
            needed[bit.node] = True
        for node in range(len(self.nodes) - 1, ALL, -1):
            if needed[node] and isinstance(what := self.nodes[node], Gate):
                needed[what.left] = needed[what.right] = True
        names = [what for what, wanted in zip(self.nodes, needed, strict=True) if wanted and not isinstance(what, Gate)]
        inputs = [name for name in names if name not in self.nodes[:2]]
        places = {NONE: NONE, ALL: ALL}
        places |= {self._known[name].node: place for place, name in enumerate(inputs, 2)}
        gates: list[Gate] = []
        for node, what in enumerate(self.nodes):
            if needed[node] and isinstance(what, Gate):
                places[node] = 2 + len(inputs) + len(gates)
                gates.append(Gate(what.operator, places[what.left], places[what.right]))
        return Circuit(inputs, gates, {name: places[bit.node] for name, bit in outputs.items()})


class Circuit(NamedTuple):
    """Nodes in order: the constants none and all, the inputs, the gates; `outputs` gives the node of each name."""

    inputs: Sequence[Name]
    gates: Sequence[Gate]
    outputs: Mapping[Name, int]

    def restricted(self, outputs: Iterable[Name], false: Callable[[Name], bool] = lambda name: False) -> Circuit:
        """Return the circuit of some of the outputs, where the inputs of some names are known to be false."""
        trace = Trace()
        bits = [trace.none, trace.all]
        bits += [trace.none if false(name) else trace.input(*name) for name in self.inputs]
        for operator, left, right in self.gates:
            one, other = bits[left], bits[right]
            bits.append(~one if operator == NOT else one & other if operator == AND else one | other)
        return trace.circuit({name: bits[self.outputs[name]] for name in outputs})
