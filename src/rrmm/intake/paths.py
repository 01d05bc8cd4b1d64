"""Parts of a JSON record found by path, through lists, whatever else stands there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rrmm.errors import PatientError

MOST_VALUES = 1_000
DEEPEST = 60
ZERO = re.compile(r"0+(?:\.0+)?")


def walk(node: Any, path: str) -> Iterator[Any]:
    """Yield the values at a path, of every element of a list.

    >>> list(walk({"a": [{"b": 1}, {"b": 2}, {}]}, "a.b"))
    [1, 2]
    """
    nodes = [node]
    for name in path.split("."):
        nodes = [below for above in nodes for below in _below(above, name)][:MOST_VALUES]
    yield from (value for node in nodes for value in (node if isinstance(node, list) else [node]) if value is not None)


def _below(node: Any, name: str) -> Iterator[Any]:
    if isinstance(node, list):
        for element in node:
            yield from _below(element, name)
    elif isinstance(node, Mapping) and name in node:
        yield node[name]


def is_true(value: object) -> bool:
    """Return whether a value is true, as a text too, as which some systems write it.

    >>> is_true(True), is_true("true"), is_true("false"), is_true(None)
    (True, True, False, False)
    """
    return str(value).strip().casefold() == "true"


class Part:
    """A record with the paths of its parts."""

    def __init__(self, node: Any, paths: Mapping[str, Sequence[str]]) -> None:
        self.node, self.paths = node, paths

    def all(self, role: str) -> list[Any]:
        """Return the values of the first path of a part that has any."""
        return next((values for path in self.paths.get(role, ()) if (values := list(walk(self.node, path)))), [])

    def first(self, role: str) -> Any:
        """Return the first value of a part, or None."""
        return next(iter(self.all(role)), None)

    def word(self, role: str) -> str:
        """Return the first value of a part as text; empty where there is none."""
        value = self.first(role)
        return str(value).strip() if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""

    def is_zero(self, role: str) -> bool:
        """Return whether a part has values, and each is 0, as a number or as text."""
        values = [str(value).strip() for value in self.all(role)]
        return bool(values) and all(map(ZERO.fullmatch, values))

    def words(self, role: str) -> tuple[str, ...]:
        """Return the texts of a part."""
        return tuple(value.strip() for value in self.all(role) if isinstance(value, str) and value.strip())


def check_depth(node: Any, where: str) -> None:
    """Raise PatientError for JSON that is nested too deep."""
    level, depth = [node], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise PatientError(f"{where}: nested more than {DEEPEST} levels deep. Give a plain export.", file=where)
        level = [
            below
            for above in level
            if isinstance(above, (list, Mapping))
            for below in (above.values() if isinstance(above, Mapping) else above)
            if isinstance(below, (list, Mapping))
        ]
