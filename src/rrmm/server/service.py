"""What the service holds: the graph, its things, the processes that answer queries, and the room for requests."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

from starlette.concurrency import run_in_threadpool

from rrmm.api import KnowledgeGraph
from rrmm.catalogue import answers, describe
from rrmm.errors import QueryStopped
from rrmm.graph import queries
from rrmm.graph.sandbox.pool import MIB, Answer, Limits, Pool
from rrmm.graph.sandbox.run import read_table
from rrmm.graph.store import Row, Solutions
from rrmm.iris import BASE
from rrmm.publish.metadata import Metadata
from rrmm.web.entities import Things


class Bounds(NamedTuple):
    """What a request may use: seconds and bytes of memory and answer of a query, seconds in all, bytes of a body.

    Then how many queries may run or wait at once, and how many connections.
    """

    seconds: float = 10
    request: float = 30
    memory: int = 1024 * MIB
    answer: int = 16 * MIB
    body: int = 256 * 1024
    at_once: int = 64
    connections: int = 512


class Service:
    """The graph and all that answers for it; close it when done."""

    def __init__(self, graph: KnowledgeGraph, workers: int, bounds: Bounds) -> None:
        self.graph, self.bounds, self.things = graph, bounds, Things(graph.files.snapshot)
        limits = Limits(bounds.seconds, bounds.memory, bounds.answer)
        self.pool = Pool(graph.files.snapshot, workers, limits, self.things.prefixes)
        self.names = describe.Names(self, graph.files.root)
        self.questions = queries.read(graph.files.root, "questions")
        self.knowledge: dict[str, Any] = graph.regimens_for({}).data["knowledge"]
        self._busy = 0

    @property
    def release(self) -> str:
        """The IRI of the version of the dataset that is served."""
        return f"{BASE}release/{self.knowledge['version']}"

    @cached_property
    def void(self) -> bytes:
        """The description of the dataset as N-Triples."""
        return Metadata(self.graph.files).description({})

    async def ask(self, text: str, table: str | None, graph: str | None) -> Answer:
        """Return the answer of a query, as `Worker.ask` does; raises QueryStopped when too many wait.

        Whoever is answered calls `done` when the answer is sent.
        """
        if self._busy >= self.bounds.at_once:
            raise QueryStopped("Too many queries at once. Ask again in a moment.")
        self._busy += 1
        try:
            return await run_in_threadpool(self.pool.ask, text, table, graph)
        except BaseException:
            self.done()
            raise

    def done(self) -> None:
        """Give back the room of one answer."""
        self._busy -= 1

    def select(self, text: str) -> Solutions:
        """Return the answer of a SELECT of ours, as the embedded store does; blocks its thread."""
        found = read_table(self.pool.ask(text).body)
        rows = [{name: value for name, value in row.items() if value is not None} for row in found.to_dicts()]
        return Solutions(found.columns, rows)

    def rows(self, text: str) -> list[Row]:
        """Return the rows of a SELECT of ours; blocks its thread."""
        return self.select(text).rows

    def bound(self, query: queries.Query, values: dict[str, str]) -> str:
        """Return the text of a question with its values bound; blocks its thread. Raises QueryError."""
        query.refuse(values)
        return answers.bound(self, self.graph.files.root, self.names, query, values)

    def show(self, iri: str) -> dict[str, Any]:
        """Return everything known of a thing; blocks its thread."""
        return describe.describe(self, self.graph.files.root, iri).to_dict()

    def close(self) -> None:
        """End the processes."""
        self.pool.close()
