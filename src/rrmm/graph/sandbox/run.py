"""Any SPARQL query of a user, without risk: read-only, without network, within a time limit.

The query runs in its own process, which refuses to reach outside, can be killed and may open no socket.
"""

from __future__ import annotations

import json

from rrmm.graph.sandbox.messages import Dataset, Names
from rrmm.graph.sandbox.pool import Limits, Worker
from rrmm.graph.table import Table
from rrmm.graph.terms import read_cell

TIME_LIMIT = 60.0


def run(
    snapshot: bytes, text: str, time_limit: float = TIME_LIMIT, prefixes: dict[str, str] | None = None
) -> Table | str:
    """Return a table for SELECT and ASK, or Turtle for CONSTRUCT and DESCRIBE; `prefixes` need no declaration.

    Raises QueryError when the query is refused, fails, or takes longer than `time_limit` seconds.
    """
    with Worker(snapshot, Limits(time_limit), Names(prefixes or {})) as worker:
        answer = worker.ask(text, dataset=Dataset(named=False))
    return answer.body.decode() if answer.form == "turtle" else read_table(answer.body)


def read_table(body: bytes) -> Table:
    """Return an answer in the SPARQL 1.1 JSON format as a table; ASK gives one cell."""
    results = json.loads(body)
    if "boolean" in results:
        return Table(("answer",), ((results["boolean"],),))
    columns = tuple(results["head"]["vars"])
    rows = (
        tuple(read_cell(row[name]) if name in row else None for name in columns)
        for row in results["results"]["bindings"]
    )
    return Table(columns, tuple(rows))
