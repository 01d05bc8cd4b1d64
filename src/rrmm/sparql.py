"""Any SPARQL query of a user, without risk: read-only, without network, within a time limit.

The query is parsed first and refused when it reaches outside; then it runs in a process of its own
that can be killed and that may open no socket.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from rrmm.errors import QueryError
from rrmm.table import Table, Value

TIME_LIMIT = 60.0


def guard(text: str) -> None:
    """Raise QueryError when `text` is no SPARQL 1.1 query or reaches outside (SERVICE, FROM)."""
    from pyparsing.exceptions import ParseBaseException
    from rdflib.plugins.sparql.algebra import translateQuery
    from rdflib.plugins.sparql.parser import parseQuery

    try:
        algebra = translateQuery(parseQuery(text)).algebra
    except ParseBaseException as error:
        raise QueryError(
            f"Not a SPARQL 1.1 query, line {error.lineno}, column {error.column}: {error.msg}. Updates are refused."
        ) from None
    except Exception as error:
        raise QueryError(f"Not a SPARQL 1.1 query: {error}.") from None
    for name in _names(algebra):
        if name in {"ServiceGraphPattern", "DatasetClause"}:
            word = "SERVICE" if name == "ServiceGraphPattern" else "FROM"
            raise QueryError(f"{word} is refused: a query reads this graph alone. Remove it.")


def _names(node: Any) -> set[str]:
    """Return the names of all parts of an algebra tree, EXISTS patterns and subqueries included."""
    found: set[str] = set()
    pending, seen = [node], set()
    while pending:
        part = pending.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if name := getattr(part, "name", None):
            found.add(str(name))
        if isinstance(part, dict):
            pending.extend(part.values())
        elif isinstance(part, (list, tuple, set)):
            pending.extend(part)
    return found


def run(snapshot: bytes, text: str, time_limit: float = TIME_LIMIT) -> Table | str:
    """Return a table for SELECT and ASK, or Turtle for CONSTRUCT and DESCRIBE.

    Raises QueryError when the query is refused, fails, or takes longer than `time_limit` seconds.
    """
    guard(text)
    header = json.dumps({"query": text, "seconds": time_limit}).encode() + b"\n"
    try:
        done = subprocess.run(
            [sys.executable, "-m", "rrmm.worker"],
            input=header + snapshot,
            capture_output=True,
            timeout=time_limit,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise QueryError(
            f"The query took longer than {time_limit:g} s and was stopped. Narrow it, or raise --time-limit."
        ) from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise QueryError(f"The query failed: {said[-1] if said else 'it used too much memory'}.")
    kind, _, body = done.stdout.partition(b"\n")
    return body.decode() if kind == b"turtle" else _table(json.loads(body))


def _table(results: dict[str, Any]) -> Table:
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
