"""One patient, warm: compiled, by SPARQL in the embedded store, and the same queries through rdflib."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

from benchmarks.peers import PATIENT
from rrmm.knowledge import KnowledgeGraph
from rrmm.options import Derivation
from rrmm.patient import resolve
from rrmm.rdflib_store import RdflibStore
from rrmm.sparql_engine import SparqlEngine

COMPILED, EMBEDDED, RDFLIB = "one patient, compiled, with reasons", "the same by SPARQL", "the same by SPARQL in rdflib"
REPEATS = {COMPILED: 30, EMBEDDED: 5, RDFLIB: 1}
RATIOS = [(EMBEDDED, COMPILED, "at least 10"), (RDFLIB, EMBEDDED, "at least 20")]


def work() -> dict[str, Callable[[], object]]:
    """Return what is timed: from the facts of one patient to the status of every option."""
    graph = KnowledgeGraph.load()
    compiled = graph.compiled
    patient = resolve(PATIENT, compiled)

    def asked(engine: SparqlEngine) -> Callable[[], object]:
        return lambda: engine.statuses(Derivation(compiled, patient, engine))

    return {
        COMPILED: lambda: Derivation(compiled, patient).answers(),
        EMBEDDED: asked(SparqlEngine(graph.store, compiled)),
        RDFLIB: asked(SparqlEngine(RdflibStore(graph.files.snapshot), compiled)),
    }


def times(runs: int) -> dict[str, list[float]]:
    """Return the seconds of one call in interleaved runs, each after one call that is not counted."""
    calls = work()
    gc.freeze()  # the collector need not walk through the heap of a peer in another's time
    found: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(runs):
        for name, call in calls.items():
            call()
            start = time.perf_counter()
            for _ in range(REPEATS[name]):
                call()
            found[name].append((time.perf_counter() - start) / REPEATS[name])
    return found
