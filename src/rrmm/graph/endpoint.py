"""A graph at a SPARQL 1.1 endpoint, queried through SPARQLWrapper.

It retries a connection that is refused or breaks off, and nothing else.
"""

from __future__ import annotations

import re
import time
from functools import cached_property
from http.client import HTTPException
from pathlib import Path
from typing import Any

from rrmm.errors import EndpointError, MissingExtra
from rrmm.graph import endpoint_answers, endpoint_errors, queries
from rrmm.graph.files import GraphFiles
from rrmm.graph.projection import find_projection
from rrmm.graph.sandbox.guard import guard_for_endpoint
from rrmm.graph.store import Row, Solutions
from rrmm.graph.table import Table
from rrmm.graph.terms import iri_term
from rrmm.graph.transport import Reply, authorize_basic, exchange

TIME_LIMIT = 60.0
RETRIES = 2
PAUSE = 0.2

# SPARQLWrapper would take words of a query's header for its form
_HEADER = re.compile(r"\A(?:\s*#[^\n]*\n)+")


class Endpoint:
    """A graph at a URL: the endpoint's default graph, or the named one; it can be queried, not changed.

    The constructor raises EndpointError for an invalid address, each query for anything else that goes wrong.
    """

    def __init__(self, url: str, graph: str | None = None, time_limit: float = TIME_LIMIT) -> None:
        self.url, self.time_limit = endpoint_errors.address(url), time_limit
        self.graph = iri_term(graph).value if graph else None

    def select(self, text: str) -> Solutions:
        """Return the answer of a SELECT."""
        reply = self._ask(text, "SELECT", self.time_limit)
        return endpoint_answers.read_solutions(self.url, reply, find_projection(text))

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
            return endpoint_answers.read_graph(self.url, reply)
        if form == "ASK":
            return Table(("answer",), ((endpoint_answers.read_truth(self.url, reply),),))
        return Table.of(*endpoint_answers.read_solutions(self.url, reply, find_projection(text)))

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
        return reply


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
