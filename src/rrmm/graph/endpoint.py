"""A graph at a SPARQL 1.1 endpoint, queried through SPARQLWrapper.

It retries a connection that is refused or breaks off, and nothing else. An answer that the server cut short
is an error, never a shorter table.
"""

from __future__ import annotations

import re
import time
from functools import cached_property
from http.client import HTTPException
from pathlib import Path
from typing import Any

from rrmm.errors import EndpointError, MissingExtra
from rrmm.graph import endpoint_errors, queries
from rrmm.graph.files import GraphFiles
from rrmm.graph.sandbox.guard import guard_for_endpoint
from rrmm.graph.store import Row, Solutions
from rrmm.graph.syntax import parse
from rrmm.graph.table import Table
from rrmm.graph.terms import iri_term, read_cell
from rrmm.graph.transport import Reply, authorize_basic, exchange
from rrmm.records import JsonObject
from rrmm.texts import parse_json, show_line

TIME_LIMIT = 60.0
RETRIES = 2
PAUSE = 0.2

# SPARQLWrapper would take words of a query's header for its form
_HEADER = re.compile(r"\A(?:\s*#[^\n]*\n)+")
_LIMIT = re.compile("[0-9]{1,18}")  # more rows than this has no answer


class Endpoint:
    """A graph at a URL: the endpoint's default graph, or the named one; it can be queried, not changed.

    The constructor raises EndpointError for an invalid address, each query for anything else that goes wrong.
    """

    def __init__(self, url: str, graph: str | None = None, time_limit: float = TIME_LIMIT) -> None:
        self.url, self.time_limit = endpoint_errors.address(url), time_limit
        self.graph = iri_term(graph).value if graph else None

    def select(self, text: str) -> Solutions:
        """Return the answer of a SELECT."""
        return Solutions(*self._solutions(self._ask(text, "SELECT", self.time_limit)))

    def rows(self, text: str) -> list[Row]:
        """Return the rows of a SELECT."""
        return self.select(text).rows

    def answer(self, text: str, time_limit: float | None = None) -> Table | str:
        """Return a table for SELECT and ASK, or Turtle for CONSTRUCT and DESCRIBE.

        Raises QueryRefused for a text that reaches outside the graph or changes it; it is not sent.
        """
        form = guard_for_endpoint(text)
        reply = self._ask(text, form, time_limit or self.time_limit)
        if form in {"CONSTRUCT", "DESCRIBE"}:
            return self._turtle(reply)
        if form == "ASK" and isinstance(truth := self._json(reply.body).get("boolean"), bool):
            return Table(("answer",), ((truth,),))
        columns, rows = self._solutions(reply)
        if form == "ASK":
            # Virtuoso answers with a row of one number
            return Table(("answer",), ((any(value for row in rows for value in row.values()),),))
        return Table.of(columns, rows)

    def _ask(self, text: str, form: str, seconds: float) -> Reply:
        wrapper = _wrapper(self.url)
        wrapper.setMethod("POST")
        wrapper.setOnlyConneg(True)
        wrapper.setQuery(_HEADER.sub("", text))
        wrapper.queryType = form
        wrapper.setReturnFormat("turtle" if form in {"CONSTRUCT", "DESCRIBE"} else "json")
        if self.graph:
            wrapper.addDefaultGraph(self.graph)
        if known := endpoint_errors.credentials():
            wrapper.addCustomHttpHeader("Authorization", authorize_basic(known))
        for attempt in range(RETRIES + 1):
            try:
                reply = exchange(wrapper._createRequest(), seconds)
                break
            except (OSError, HTTPException, ValueError) as error:
                if attempt == RETRIES or not endpoint_errors.is_connection_fault(error):
                    raise endpoint_errors.fault(self.url, error, seconds) from None
                time.sleep(PAUSE * 2**attempt)
        if reply.is_refusal:
            raise endpoint_errors.refusal(self.url, reply)
        self._refuse_part(reply)
        return reply

    def _refuse_part(self, reply: Reply) -> None:
        """Raise for an answer that a time-out cut: Virtuoso then reports success and sends a part."""
        if reply.status == 206 or reply.headers.get("X-SQL-State"):
            reason = show_line(reply.headers.get("X-SQL-Message", "").partition("Activity:")[0].strip())
            raise EndpointError(
                f"{self.url}: the server's time ran out and it answered in part, which is not used"
                f" ({reason or reply.status}). Ask for less, or raise the server's limit.",
                url=self.url,
            )

    def _json(self, body: bytes) -> JsonObject:
        try:
            results = parse_json(body)
        except ValueError:
            results = None
        if not isinstance(results, dict):
            raise self._refuse("SPARQL results in JSON", _begin(body))
        return results

    def _refuse(self, wanted: str, why: str) -> EndpointError:
        problem = f"the answer is not {wanted}; {why}. Give the address of the query endpoint."
        return EndpointError(f"{self.url}: {problem}", url=self.url)

    def _solutions(self, reply: Reply) -> tuple[tuple[str, ...], list[Row]]:
        results = self._json(reply.body)
        try:
            columns = tuple(map(str, results["head"]["vars"]))
            rows = [{name: read_cell(cell) for name, cell in row.items()} for row in results["results"]["bindings"]]
        except (KeyError, TypeError, AttributeError, ValueError):
            raise self._refuse("SPARQL results in JSON", "head, vars or bindings are missing or malformed") from None
        self._refuse_full(reply, len(rows))
        return columns, rows

    def _turtle(self, reply: Reply) -> str:
        """Return the graph in an answer, whole and as it came."""
        try:
            count = sum(1 for _ in parse(reply.body, "turtle"))
        except SyntaxError:
            raise self._refuse("Turtle, or not all of it", _begin(reply.body)) from None
        self._refuse_full(reply, count)
        return reply.body.decode("utf-8")

    def _refuse_full(self, reply: Reply, count: int) -> None:
        """Raise for as many rows, or triples, as a server gives at most."""
        limit = _LIMIT.fullmatch(reply.headers.get("X-SPARQL-MaxRows", "").strip())
        if limit and count >= int(limit[0]):
            raise EndpointError(
                f"{self.url}: the server gives at most {limit[0]} rows, so the answer is cut and not used."
                " Raise its limit (Virtuoso: ResultSetMaxRows).",
                url=self.url,
            )


class RemoteGraphFiles(GraphFiles):
    """The query files of this package, for a graph at an endpoint."""

    def __init__(self, root: Path | None, endpoint: Endpoint) -> None:
        super().__init__(root)
        self.endpoint = endpoint

    @cached_property
    def snapshot(self) -> bytes:
        """Refuse: the graph of an endpoint is not copied."""
        raise EndpointError(
            f"{self.endpoint.url}: a graph at an endpoint is asked, not copied. Use KnowledgeGraph.load() for this."
        )


def connect(url: str, graph: str | None, here: GraphFiles, own: str, time_limit: float) -> RemoteGraphFiles:
    """Return the graph at an endpoint; raises EndpointError when it is not version `own` of the graph `here`."""
    endpoint = Endpoint(url, graph, time_limit)
    where = f"{url}: {f'the graph <{graph}>' if graph else 'the default graph'}"
    rows = endpoint.rows(queries.find(here.root, "derive", "sources").text)
    versions = {str(row["version"]) for row in rows if "version" in row}
    remedy = "Load this version into it: rrmm load --to URL [--graph IRI]"
    if not versions:
        raise EndpointError(f"{where} is empty or holds no rrmm graph. {remedy}, or name another graph.")
    if versions != {own}:
        raise EndpointError(
            f"{where} holds rrmm {' and '.join(sorted(versions))}; the queries here are {own}. {remedy}."
        )
    return RemoteGraphFiles(here.root, endpoint)


def _wrapper(url: str) -> Any:
    try:
        from SPARQLWrapper import SPARQLWrapper
    except ImportError:
        raise MissingExtra("Asking an endpoint", "remote") from None
    from rrmm.version import __version__

    return SPARQLWrapper(url, agent=f"rrmm/{__version__}")


def _begin(body: bytes) -> str:
    begin = " ".join(body[:60].decode("utf-8", errors="replace").split())
    return f"it begins with {begin!r}" if begin else "it is empty"
