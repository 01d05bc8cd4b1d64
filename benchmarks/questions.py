"""Time every catalogued question in the embedded engine and in rdflib, in turn, and print the ratios as Markdown.

python -m benchmarks.questions [RUNS]
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from typing import Protocol

from benchmarks.peers import RdflibStore
from rrmm.catalogue import queries
from rrmm.knowledge import KnowledgeGraph
from rrmm.store import Row

WANTED = "at least 20"


class Engine(Protocol):
    """What answers a question."""

    def rows(self, text: str) -> list[Row]:
        """Return the solutions."""
        ...


def timed(engine: Engine, text: str) -> float:
    """Return the seconds an answer takes, rows as plain values included."""
    start = time.perf_counter()
    engine.rows(text)
    return time.perf_counter() - start


def main(runs: int) -> None:
    """Ask every question `runs` times in turn of both engines, after one round that is not counted."""
    kg = KnowledgeGraph.load()
    engines: list[Engine] = [kg.store, RdflibStore(kg.files.snapshot)]
    medians: dict[str, list[float]] = {}
    for name, query in queries(kg.files.root, "questions").items():
        rounds = [[timed(engine, query.text) for engine in engines] for _ in range(runs + 1)][1:]
        medians[name] = [statistics.median(column) for column in zip(*rounds, strict=True)]
    print(f"Medians of {runs} interleaved runs, CPython {platform.python_version()}, {os.cpu_count()} cores\n")
    print("| question | embedded, ms | rdflib, ms | ratio |\n|---|---|---|---|")
    for name, (ours, theirs) in medians.items():
        print(f"| {name} | {ours * 1000:.1f} | {theirs * 1000:.0f} | {theirs / ours:.0f} |")
    ratios = [theirs / ours for ours, theirs in medians.values()]
    print("\n| ratio | measured | wanted |\n|---|---|---|")
    print(f"| rdflib : embedded, median question | {statistics.median(ratios):.0f} | {WANTED} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
