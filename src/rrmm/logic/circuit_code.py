"""A circuit as code without branches: a Python function over integers or planes of bits."""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType

from rrmm.logic.circuit import NOT, Circuit
from rrmm.logic.function import FUNCTION

DEPTH = 12  # of an expression that is not given a name


def python(circuit: Circuit) -> CodeType:
    """Return the code of a function of a list of inputs, none and all, to the list of the outputs.

    What is used once is written where it is used; names are used again, so that values do not outlive their use.
    """
    return compile("\n".join(_lines(circuit)), f"<{FUNCTION}>", "exec", dont_inherit=True, optimize=2)


def _lines(circuit: Circuit) -> Iterator[str]:
    first = 2 + len(circuit.inputs)
    uses, last = count_uses(circuit)
    texts = ["n", "a", *(f"i[{place}]" for place in range(len(circuit.inputs)))]
    depths = [0] * first
    free: list[str] = []
    ends: dict[int, list[str]] = {}
    count = 0
    yield f"def {FUNCTION}(i, n, a):"
    for node, (operator, left, right) in enumerate(circuit.gates, first):
        depth = 1 + max(depths[left], depths[right])
        text = f"({texts[left]}^a)" if operator == NOT else f"({texts[left]}{operator}{texts[right]})"
        if uses[node] > 1 or depth > DEPTH:
            if free:
                name = free.pop()
            else:
                name, count = f"v{count}", count + 1
            yield f" {name}={text[1:-1]}"
            text, depth = name, 0
            ends.setdefault(last[node], []).append(name)
        texts.append(text)
        depths.append(depth)
        free += ends.pop(node, ())
    yield f" return [{','.join(texts[node] for node in circuit.outputs.values())}]"


def count_uses(circuit: Circuit) -> tuple[list[int], list[int]]:
    """Return how often each node is used, and the last gate up to which its value must be kept.

    A value that is written into the expression of another is kept as long as that one.
    """
    first = 2 + len(circuit.inputs)
    end = first + len(circuit.gates)
    uses, last = [0] * end, [0] * end
    for node in circuit.outputs.values():
        uses[node] += 1
        last[node] = end
    for place in range(len(circuit.gates) - 1, -1, -1):
        node, (operator, left, right) = first + place, circuit.gates[place]
        until = last[node] if uses[node] == 1 else node
        for below in {left} if operator == NOT else {left, right}:
            uses[below] += 1
            last[below] = max(last[below], until)
    return uses, last
