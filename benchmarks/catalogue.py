"""All questions of the catalogue, one after the other, in embedded engines and in servers on loopback.

Each engine is asked for all rows of every question as plain values. A question that asks for a parameter is left out.
Of a graph with more evidence, that question counts which takes the most times as long as today.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from benchmarks.growth import grown
from benchmarks.race import Contender, Race, Ratio, processor
from rrmm.api import KnowledgeGraph
from rrmm.errors import QueryError
from rrmm.graph import queries, upload
from rrmm.graph.endpoint import Endpoint
from rrmm.graph.files import GraphFiles
from rrmm.graph.rdflib_store import RdflibStore
from rrmm.graph.store import Asked, Store

GRAPH = "https://w3id.org/rrmm"
EMBEDDED, BARE, RDFLIB = "embedded", "pyoxigraph alone", "rdflib"
OXIGRAPH, VIRTUOSO = "Oxigraph server", "Virtuoso"

Counts = dict[str, int]

MORE = 30


def races() -> list[Race]:
    """Return the race through all questions; servers take part where they are installed."""
    here = f"{__name__}:"
    servers = {
        OXIGRAPH: (f"{here}oxigraph", which("oxigraph", path=str(Path(sys.executable).parent))),
        VIRTUOSO: (f"{here}virtuoso", which("virtuoso-t")),
    }
    there = [Contender(name, work) for name, (work, program) in servers.items() if program]
    asked, every = questions(GraphFiles().root), queries.read(GraphFiles().root, "questions")
    return [
        Race(
            f"{len(asked)} questions of the catalogue",
            [
                Contender(EMBEDDED, f"{here}embedded"),
                Contender(BARE, f"{here}bare"),
                Contender(RDFLIB, f"{here}rdflib", rounds=1),
                *there,
            ],
            [
                Ratio(RDFLIB, EMBEDDED, at_least=20),
                Ratio(EMBEDDED, BARE),
                *(Ratio(server.name, EMBEDDED) for server in there),
            ],
            same=True,
            clock="wall",
            left_out=(
                *(f"{name} is not installed" for name, (_, program) in servers.items() if not program),
                *(f"question {name}: it asks for a parameter" for name in every if name not in asked),
            ),
        ),
        Race(
            "each question, by the evidence",
            [
                Contender(f"×{times}", f"{here}scaled", (str(times), str(repeats)))
                for times, repeats in ((1, 5), (MORE, 1))
            ],
            [Ratio(f"×{MORE}", "×1", at_most=40)],
            rounds=3,
            parts=True,
        ),
    ]


def questions(root: Path) -> dict[str, str]:
    """Return the text of each question that can be asked as it is."""
    found = {}
    for name, query in queries.read(root, "questions").items():
        try:
            found[name] = query.bind({})
        except QueryError:
            continue
    return found


def embedded() -> Callable[[], Counts]:
    """Return all questions in the embedded store; this and the others give the number of rows of each."""
    return _ask(KnowledgeGraph.load().store)


def bare() -> Callable[[], Counts]:
    """Return all questions in pyoxigraph, solutions read and not made plain values."""
    import pyoxigraph as ox

    knowledge = GraphFiles()
    store, texts = ox.Store(), questions(knowledge.root)
    store.bulk_load(knowledge.snapshot, format=ox.RdfFormat.N_TRIPLES)
    return lambda: {name: len(list(store.query(text))) for name, text in texts.items()}


def scaled(times: str, repeats: str) -> Callable[[], dict[str, float]]:
    """Return all questions to a graph in which the evidence has grown; it gives the seconds of each."""
    texts, store = questions(GraphFiles().root), Store(grown("evidence", int(times)))

    def seconds(text: str) -> float:
        start = processor()
        for _ in range(int(repeats)):
            store.rows(text)
        return (processor() - start) / int(repeats)

    return lambda: {name: seconds(text) for name, text in texts.items()}


def rdflib() -> Callable[[], Counts]:
    """Return all questions in rdflib."""
    return _ask(RdflibStore(GraphFiles().snapshot))


def oxigraph() -> Callable[[], Counts]:
    """Return all questions to an Oxigraph server that holds the graph."""
    servers, folder, stack = _servers()
    address = stack.enter_context(servers.oxigraph(folder))
    upload.put(GraphFiles().snapshot, f"{address}/store")
    return _ask(Endpoint(f"{address}/query"))


def virtuoso() -> Callable[[], Counts]:
    """Return all questions to a Virtuoso that holds the graph."""
    servers, folder, stack = _servers()
    address = stack.enter_context(servers.virtuoso(folder))
    from rrmm.graph.endpoint_errors import PASSWORD, USER

    os.environ |= {USER: servers.USER, PASSWORD: servers.PASSWORD}
    upload.put(GraphFiles().snapshot, f"{address}/sparql-graph-crud-auth", GRAPH, f"{address}/sparql")
    del os.environ[USER], os.environ[PASSWORD]
    return _ask(Endpoint(f"{address}/sparql", GRAPH))


def _ask(store: Asked) -> Callable[[], Counts]:
    texts = questions(GraphFiles().root)
    return lambda: {name: len(store.rows(text)) for name, text in texts.items()}


def _servers():
    """Return the servers of the tests, a folder for one, and a stack that ends it with this process."""
    sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
    from support import servers

    stack = ExitStack()
    atexit.register(stack.close)
    return servers, Path(stack.enter_context(TemporaryDirectory())), stack
