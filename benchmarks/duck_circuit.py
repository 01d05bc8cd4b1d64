"""A circuit as SQL: each gate an expression, in as many steps as gates stand above each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rrmm.logic.circuit import AND, NOT, Circuit, Name
from rrmm.logic.circuit_code import DEPTH, count_uses


def sql(circuit: Circuit, inputs: Mapping[Name, str], table: str, keep: Sequence[str]) -> str:
    """Return a query that adds the outputs to a table as columns ``o0``, ``o1`` …, in steps of one level of gates.

    `inputs` gives the expression of each input over the table, which is not null; `keep` names columns to pass on.
    """
    first = 2 + len(circuit.inputs)
    uses, _ = count_uses(circuit)
    texts = ["false", "true", *(f"i{place}" for place in range(len(circuit.inputs)))]
    levels, depths = [0] * first, [0] * first
    steps: list[list[str]] = []
    for node, (operator, left, right) in enumerate(circuit.gates, first):
        level, depth = max(levels[left], levels[right]), 1 + max(depths[left], depths[right])
        word = "AND" if operator == AND else "OR"
        text = f"(NOT {texts[left]})" if operator == NOT else f"({texts[left]} {word} {texts[right]})"
        if uses[node] > 1 or depth > DEPTH:
            steps.extend([] for _ in range(level + 1 - len(steps)))
            steps[level].append(f"{text} AS g{node}")
            text, level, depth = f"g{node}", level + 1, 0
        texts.append(text)
        levels.append(level)
        depths.append(depth)
    names = [*keep, *(f"{inputs[name]} AS i{place}" for place, name in enumerate(circuit.inputs))]
    query = f"SELECT {', '.join(names)} FROM {table}"
    for step in steps:
        query = f"SELECT *, {', '.join(step)} FROM ({query})"
    outputs = (f"{texts[node]} AS o{place}" for place, node in enumerate(circuit.outputs.values()))
    return f"SELECT {', '.join([*keep, *outputs])} FROM ({query})"
