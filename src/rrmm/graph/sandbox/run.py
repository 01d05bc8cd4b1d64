"""Any SPARQL query of a user, without risk: read-only, without network, within a time limit.

The query runs in a process of its own that refuses what reaches outside, can be killed and may open no socket.
"""

from __future__ import annotations

import json

from rrmm.graph.sandbox.pool import Limits, Worker
from rrmm.graph.table import Table, Value

TIME_LIMIT = 60.0


def run(snapshot: bytes, text: str, time_limit: float = TIME_LIMIT) -> Table | str:
    """Return a table for SELECT and ASK, or Turtle for CONSTRUCT and DESCRIBE.

    Raises QueryError when the query is refused, fails, or takes longer than `time_limit` seconds.
    """
    with Worker(snapshot, Limits(time_limit)) as worker:
        answer = worker.ask(text)
    return answer.body.decode() if answer.form == "turtle" else table(answer.body)


def table(body: bytes) -> Table:
    """Return an answer in the SPARQL 1.1 JSON format as a table; ASK gives one cell."""
    results = json.loads(body)
    if "boolean" in results:
        return Table(("answer",), ((results["boolean"],),))
    columns = tuple(results["head"]["vars"])
    rows = (tuple(_value(binding.get(name)) for name in columns) for binding in results["results"]["bindings"])
    return Table(columns, tuple(rows))


_NUMBERS: dict[str, type[int] | type[float]] = {
    "integer": int,
    "int": int,
    "long": int,
    "nonNegativeInteger": int,
    "decimal": float,
    "double": float,
    "float": float,
}


def _value(cell: dict[str, str] | None) -> Value:
    if cell is None:
        return None
    kind = cell.get("datatype", "").rsplit("#", 1)[-1]
    if kind in _NUMBERS:
        return _NUMBERS[kind](cell["value"])
    return cell["value"] == "true" if kind == "boolean" else cell["value"]
