"""The circuit: what is traced is what is meant, whatever it is written as."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest
from benchmarks.duck_circuit import sql
from hypothesis import given, settings
from hypothesis import strategies as st

from rrmm.logic.circuit import Algebra, Trace
from rrmm.logic.circuit_code import python
from rrmm.logic.function import function

NAMES = "abcde"
EXPRESSIONS = st.recursive(
    st.sampled_from([*NAMES, "none", "all"]),
    lambda below: st.one_of(
        st.tuples(st.just("~"), below), st.tuples(st.sampled_from("&|"), below, below), st.tuples(st.just("any"), below)
    ),
    max_leaves=60,
)


def value(expression, algebra, inputs):
    """Return the value of an expression over any algebra."""
    if isinstance(expression, str):
        return inputs[expression] if expression in inputs else getattr(algebra, expression)
    operator, *parts = expression
    values = [value(part, algebra, inputs) for part in parts]
    if operator == "any":
        return algebra.any(values)
    return ~values[0] if operator == "~" else values[0] & values[1] if operator == "&" else values[0] | values[1]


def traced(expressions):
    """Return the circuit of expressions."""
    trace = Trace()
    inputs = {name: trace.input(name) for name in NAMES}
    return trace.circuit({(str(place),): value(one, trace, inputs) for place, one in enumerate(expressions)})


@given(st.lists(EXPRESSIONS, min_size=1, max_size=4))
@settings(deadline=None)
def test_a_circuit_says_what_was_traced(expressions):
    """Over integers with a bit for each row of the truth table, code and direct evaluation agree."""
    rows, full = 1 << len(NAMES), (1 << (1 << len(NAMES))) - 1
    inputs = {name: sum((row >> place & 1) << row for row in range(rows)) for place, name in enumerate(NAMES)}
    circuit = traced(expressions)
    run = function(python(circuit))
    found = run([inputs[name] for (name,) in circuit.inputs], 0, full)
    assert found == [value(one, Algebra(0, full), inputs) & full for one in expressions]
    planes = {name: np.frombuffer(bits.to_bytes(rows // 8, "little"), np.uint8) for name, bits in inputs.items()}
    none, every = np.zeros(rows // 8, np.uint8), np.full(rows // 8, 255, np.uint8)
    several = run([planes[name] for (name,) in circuit.inputs], none, every)
    assert [int.from_bytes(plane.tobytes(), "little") for plane in several] == found


@given(st.lists(EXPRESSIONS, min_size=1, max_size=3))
@settings(deadline=None, max_examples=20)
def test_sql_says_the_same(expressions):
    """A table with the truth table's rows gets the outputs as columns."""
    circuit, rows = traced(expressions), range(1 << len(NAMES))
    table = ", ".join(
        "(" + ", ".join([str(row), *(str(bool(row >> place & 1)) for place in range(len(NAMES)))]) + ")" for row in rows
    )
    source = f"(VALUES {table}) AS t(row, {', '.join(NAMES)})"
    query = sql(circuit, {(name,): name for name in NAMES}, source, ["row"])
    found = duckdb.sql(f"{query} ORDER BY row").fetchall()
    run = function(python(circuit))
    for row, *outputs in found:
        inputs = {name: row >> place & 1 for place, name in enumerate(NAMES)}
        assert outputs == [bool(bit) for bit in run([inputs[name] for (name,) in circuit.inputs], 0, 1)]


FOLDED = [
    (lambda a, b, trace: a & b, lambda a, b, trace: b & a),
    (lambda a, b, trace: ~~a, lambda a, b, trace: a),
    (lambda a, b, trace: a & ~a, lambda a, b, trace: trace.none),
    (lambda a, b, trace: a | ~a, lambda a, b, trace: trace.all),
    (lambda a, b, trace: a | trace.all, lambda a, b, trace: trace.all),
    (lambda a, b, trace: a & a, lambda a, b, trace: a | a),
]


@pytest.mark.parametrize(("one", "other"), FOLDED)
def test_equal_gates_are_one_and_constants_fold(one, other):
    """What is the same by a law of two steps is the same symbol; what differs is not."""
    trace = Trace()
    a, b = trace.input("a"), trace.input("b")
    assert one(a, b, trace) is other(a, b, trace)
    assert a & b is not a | b


def test_gates_that_no_output_needs_are_dropped():
    """A circuit holds the inputs and gates of its outputs alone, and a known input folds away."""
    trace = Trace()
    a, b, c = (trace.input(name) for name in "abc")
    _ = (a & c) | b
    circuit = trace.circuit({("x",): a & ~b, ("y",): a | c})
    assert (len(circuit.inputs), len(circuit.gates)) == (3, 3)
    restricted = circuit.restricted([("x",)])
    assert (restricted.inputs, len(restricted.gates)) == ([("a",), ("b",)], 2)
    known = circuit.restricted([("x",)], lambda name: name == ("b",))
    assert (known.inputs, len(known.gates)) == ([("a",)], 0)
