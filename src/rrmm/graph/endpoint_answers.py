"""The answers of a SPARQL endpoint: one that the server cut short is an error, never a shorter table.

Members and headers that neither standard nor server explains are let through, unless their name means trouble.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

from rrmm.errors import EndpointError
from rrmm.graph.endpoint_errors import LONGEST
from rrmm.graph.store import Row, Solutions
from rrmm.graph.syntax import parse
from rrmm.graph.terms import read_cell
from rrmm.graph.transport import Reply
from rrmm.records import JsonObject
from rrmm.texts import parse_json, show_line

T = TypeVar("T")

RESULTS = "SPARQL results in JSON"
TURTLE_TYPES = {
    "application/n-triples",
    "application/turtle",
    "application/x-turtle",
    "text/n3",
    "text/rdf+n3",
    "text/turtle",
}
PAGE_TYPES = {"application/xhtml+xml", "text/html"}
TROUBLE = {"error", "exception", "incomplete", "message", "partial", "timedout", "truncated", "warning"}
ASK_COLUMN = "__ask_retval"  # Virtuoso's: a row of one number for yes, no row for no

_LIMIT = re.compile(r"(?<!-)\b[0-9]{1,18}(?![0-9])")  # more rows than this has no answer
_WHOLE = re.compile(r"\S+\s+0-([0-9]{1,18})/([0-9]{1,18})")


def read_solutions(url: str, reply: Reply, projection: tuple[str, ...] | None) -> Solutions:
    """Return the answer of a SELECT; `projection` are the variables that it names, if they are known."""
    _refuse_part(url, reply)
    results = _read_results(url, reply)
    try:
        columns = _read_columns(results["head"]["vars"])
        rows = [_read_row(row) for row in _check(results["results"]["bindings"], list)]
    except (KeyError, TypeError, AttributeError, ValueError):
        raise _fault(url, RESULTS, "head, vars or bindings are missing or malformed") from None
    _refuse_full(url, reply, len(rows))
    if (columns or rows) and projection is not None and set(columns) != set(projection):
        raise EndpointError(
            f"{url}: the answer has the columns {_list(columns)}; the query asks for {_list(projection)}."
            " Give the address of the query endpoint.",
            url=url,
        )
    if other := {name for row in rows for name in row} - set(columns):
        raise _fault(url, RESULTS, f"rows hold {_list(sorted(other))}, which head does not name")
    return Solutions(columns or projection or (), rows)


def read_truth(url: str, reply: Reply) -> bool:
    """Return the answer of an ASK."""
    _refuse_part(url, reply)
    if isinstance(truth := _read_results(url, reply).get("boolean"), bool):
        return truth
    columns, rows = read_solutions(url, reply, None)
    if [name.lower() for name in columns] != [ASK_COLUMN] or len(rows) > 1:
        raise _fault(url, "that of an ASK", "it is a table")
    return any(value for row in rows for value in row.values())


def read_graph(url: str, reply: Reply) -> str:
    """Return the Turtle in an answer, whole and as it came."""
    _refuse_part(url, reply)
    if (kind := _media_type(reply)) and kind not in TURTLE_TYPES:
        raise _fault(url, "Turtle", f"it is {show_line(kind)[:LONGEST]}, and {_begin(reply.body)}")
    try:
        count = sum(1 for _ in parse(reply.body, "turtle"))
    except SyntaxError:
        raise _fault(url, "Turtle, or not all of it", _begin(reply.body)) from None
    _refuse_full(url, reply, count)
    return reply.body.decode("utf-8")


def _read_results(url: str, reply: Reply) -> JsonObject:
    """Return the JSON of an answer; raises EndpointError for another type, or where it says that something failed."""
    try:
        results = parse_json(reply.body)
    except ValueError:
        results = None
    if not isinstance(results, dict):
        raise _fault(url, RESULTS, _begin(reply.body))
    if (kind := _media_type(reply)) in PAGE_TYPES:
        raise _fault(url, RESULTS, f"it is {kind}, and {_begin(reply.body)}")
    for part in (results, results.get("head"), results.get("results")):
        for name, value in part.items() if isinstance(part, dict) else ():
            if value and re.sub("[^a-z]", "", name.lower()).removesuffix("s") in TROUBLE:
                reason = show_line(f"{name}: {value if isinstance(value, str) else repr(value)}")[:LONGEST]
                raise EndpointError(
                    f"{url}: the answer says that something went wrong, so it is not used ({reason}).", url=url
                )
    if results.get("boolean") is not None and "results" in results:
        raise _fault(url, RESULTS, "it holds boolean beside results")
    return results


def _read_columns(names: object) -> tuple[str, ...]:
    columns = tuple(_check(name, str) for name in _check(names, list))
    if len(set(columns)) < len(columns) or "" in columns:
        raise ValueError
    return columns


def _read_row(row: dict[str, dict[str, Any]]) -> Row:
    for cell in row.values():
        if cell.get("type") != "triple":
            _check(cell["value"], str)
    return {name: read_cell(cell) for name, cell in row.items()}


def _check(value: object, kind: type[T]) -> T:
    if not isinstance(value, kind):
        raise TypeError
    return value


def _media_type(reply: Reply) -> str:
    """Return the media type of an answer in lower case, without parameters; empty if it has none."""
    return str(reply.headers.get("Content-Type", "")).partition(";")[0].strip().lower()


def _refuse_part(url: str, reply: Reply) -> None:
    """Raise for an answer that a time-out cut (Virtuoso then reports success), and for a range of a whole."""
    ranges = [str(value).strip() for value in reply.headers.get_all("Content-Range", [])]
    part = next((value for value in ranges if value and not _is_whole(value)), None)
    if reply.status == 206 or reply.headers.get("X-SQL-State"):
        said = str(reply.headers.get("X-SQL-Message", "")).partition("Activity:")[0].strip() or str(reply.status)
        raise EndpointError(
            f"{url}: the server's time ran out and it answered in part, which is not used"
            f" ({show_line(said)}). Ask for less, or raise the server's limit.",
            url=url,
        )
    if part:
        raise EndpointError(
            f"{url}: the server answered in part, which is not used ({show_line(part)[:LONGEST]})."
            " Ask for less, or raise the server's limit.",
            url=url,
        )


def _is_whole(content_range: str) -> bool:
    match = _WHOLE.fullmatch(content_range)
    return bool(match and int(match[1]) + 1 == int(match[2]))


def _refuse_full(url: str, reply: Reply, count: int) -> None:
    """Raise for as many rows, or triples, as a server gives at most; of several limits the least counts."""
    stated = " ".join(map(str, reply.headers.get_all("X-SPARQL-MaxRows", [])))
    limit = min(map(int, _LIMIT.findall(stated)), default=None)
    if limit is not None and count >= limit:
        raise EndpointError(
            f"{url}: the server gives at most {limit} rows, so the answer is cut and not used."
            " Raise its limit (Virtuoso: ResultSetMaxRows).",
            url=url,
        )


def _fault(url: str, wanted: str, why: str) -> EndpointError:
    problem = f"the answer is not {wanted}; {why}. Give the address of the query endpoint."
    return EndpointError(f"{url}: {problem}", url=url)


def _list(names: tuple[str, ...] | list[str]) -> str:
    return show_line(", ".join(map(repr, names)) or "none")[:LONGEST]


def _begin(body: bytes) -> str:
    begin = " ".join(body[:60].decode("utf-8", errors="replace").split())
    return f"it begins with {begin!r}" if begin else "it is empty"
