"""The process that runs queries of users: no sockets, limited memory, killed when a query takes too long.

It reads a header line and the graph, says that it is ready, then answers one request a line until
its standard input ends. Each answer is a header line and a body.
"""

from __future__ import annotations

import io
import json
import signal
import sys
import time
from collections.abc import Callable
from typing import Any, BinaryIO

import pyoxigraph as ox

from rrmm.errors import FormError, QueryError, QueryRefused, QueryStopped
from rrmm.graph.sandbox import confine, guard
from rrmm.graph.sandbox.messages import Dataset, Names, Reply, Request, Setup
from rrmm.graph.sandbox.mistakes import explain
from rrmm.graph.syntax import SYNTAXES
from rrmm.graph.xml import check_xml

TABLES = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
GRAPHS = {name: SYNTAXES[name] for name in ("turtle", "ntriples", "jsonld", "rdfxml")}
XML = ("xml", "rdfxml")
KINDS = {QueryRefused: "refused", QueryStopped: "stopped", FormError: "form", QueryError: "query"}


class Bounded(io.BytesIO):
    """A buffer that refuses to grow beyond a limit."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit, self.full = limit, False

    def write(self, chunk: Any) -> int:
        """Add a chunk; raises OSError at the limit."""
        self.full = self.tell() + len(chunk) > self.limit
        if self.full:
            raise OSError("full")
        return super().write(chunk)


def main() -> int:
    """Load the graph, drop the rights that a query must not have, and answer until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    setup: Setup = json.loads(requests.readline())
    names, store = Names(*setup["names"]), ox.Store()
    store.bulk_load(requests.read(setup["bytes"]), format=ox.RdfFormat.N_TRIPLES, to_graph=ox.NamedNode(names.graph))
    judge = guard.guard if confine.confine(setup["memory"]) else guard.guard_strictly
    _send(answers, {"ready": len(store)})
    while line := requests.readline():
        request: Request = json.loads(line)
        _allow(request["seconds"])
        try:
            form, body = answer(store, request, names, setup["answer"], judge)
        except QueryError as error:
            _send(answers, {"error": KINDS[type(error)], "message": str(error)})
        else:
            _send(answers, {"form": form, "bytes": len(body)}, body)
    return 0


def answer(
    store: ox.Store, request: Request, names: Names, limit: int, judge: Callable[[str], None] = guard.guard
) -> tuple[str, bytes]:
    """Return the form and the body of an answer; the request names the form of a `table` and of a `graph`.

    `judge` raises QueryRefused for a text that reaches outside.
    """
    dataset, graphs = Dataset(*request["dataset"]), list[Any]([ox.NamedNode(names.graph)])
    try:
        judge(request["query"])
        results = store.query(
            request["query"],
            prefixes=names.prefixes,
            base_iri=names.base,
            default_graph=graphs if dataset.default else [],
            named_graphs=graphs if dataset.named else [],
        )
    except QueryRefused:
        guard.find_form(request["query"])
        raise
    except SyntaxError as error:
        raise QueryError(guard.report_malformed(explain(request["query"], str(error), names.prefixes))) from None
    except (OSError, RuntimeError, ValueError, MemoryError) as error:
        raise QueryError(f"The query failed: {error}.") from None
    is_graph = isinstance(results, ox.QueryTriples)
    kind, form = ("graph", request["graph"]) if is_graph else ("table", request["table"])
    if form is None:
        raise FormError(f"This query answers with a {kind}; ask for one of its forms.")
    out, too_large = Bounded(limit), f"The answer is larger than {limit // 2**20} MiB. Narrow it, or add LIMIT."
    try:
        if isinstance(results, ox.QueryTriples):
            ox.serialize(results, out, GRAPHS[form], prefixes=names.prefixes)
        else:
            results.serialize(out, TABLES[form])
    except (OSError, RuntimeError, ValueError, MemoryError) as error:
        if out.full:
            raise QueryStopped(too_large) from None
        raise QueryError(f"The query failed: {error}.") from None
    body = check_xml(out.getvalue()) if form in XML else out.getvalue()
    if len(body) > limit:
        raise QueryStopped(too_large)
    return form, body


def _send(answers: BinaryIO, reply: Reply, body: bytes = b"") -> None:
    answers.write(json.dumps(reply).encode() + b"\n")
    answers.write(body)
    answers.flush()


def _allow(seconds: float) -> None:
    """Bound the processor time of one query, in case the parent that would stop it has died."""
    try:
        import resource
    except ImportError:
        return
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + seconds) + 2, hard))


if __name__ == "__main__":
    sys.exit(main())
