"""What the service holds: the graph, its site, the processes that answer queries, and the limits of requests."""

from __future__ import annotations

from functools import cached_property, lru_cache
from gzip import compress
from typing import NamedTuple, cast

from starlette.concurrency import run_in_threadpool

from rrmm.api import KnowledgeGraph
from rrmm.catalogue import answers, describe
from rrmm.errors import QueryStopped
from rrmm.graph import queries
from rrmm.graph.sandbox.pool import MIB, Limits, Pool
from rrmm.graph.store import Store
from rrmm.iris import BASE
from rrmm.publish.metadata import Metadata
from rrmm.records import JsonObject
from rrmm.server.compression import COMPRESSED_FROM, COMPRESSION
from rrmm.server.conditional import tag
from rrmm.server.kept import Cache, Kept
from rrmm.site.content import VOID, Content
from rrmm.web.entities import Entities

ENDPOINT = "sparql"
KEPT_FILES = 1024


class Bounds(NamedTuple):
    """The limits of a request.

    `seconds`, `memory` and `answer` (bytes) bound a query, `request` the seconds of a whole request, `body` its bytes
    (`record` where it brings the record of a patient). `cache` bounds the bytes of answers that are kept, 0 keeps none.
    `at_once` is the number of queries that may run or wait, `connections` the number of open connections.
    """

    seconds: float = 10
    request: float = 30
    memory: int = 1024 * MIB
    answer: int = 16 * MIB
    body: int = 256 * 1024
    record: int = 4 * MIB
    at_once: int = 64
    connections: int = 512
    cache: int = 64 * MIB


class Service:
    """The graph and everything that answers from it; close it when done."""

    def __init__(self, graph: KnowledgeGraph, workers: int, bounds: Bounds) -> None:
        self.graph, self.bounds = graph, bounds
        self.content = Content(graph.files, list(graph.gallery.pictures()), ENDPOINT)
        self.index = self.content.index
        self.find = lru_cache(KEPT_FILES)(self._find)
        limits = Limits(bounds.seconds, bounds.memory, bounds.answer)
        self.cache = Cache(bounds.cache)
        self.pool = Pool(graph.files.snapshot, workers, limits, self.entities.prefixes)
        self.knowledge: JsonObject = graph.regimens_for({}).data["knowledge"]
        self._running = 0

    @property
    def entities(self) -> Entities:
        """The entities of the graph."""
        return self.index.entities

    @property
    def release(self) -> str:
        """The IRI of the version of the dataset that is served."""
        return f"{BASE}release/{self.knowledge['version']}"

    @cached_property
    def description(self) -> bytes:
        """The description of the dataset as Turtle, without the files of its release."""
        metadata = Metadata(self.graph.files)
        return metadata.turtle(metadata.description({}))

    def _find(self, path: str) -> bytes | None:
        return self.description if path in VOID else self.content.find(path)

    async def ask(self, text: str, table: str | None, graph: str | None) -> Kept:
        """Return the answer of a query, as `Worker.ask` does; raises QueryStopped when too many queries wait.

        The caller calls `done` once it has sent the answer, which is kept for `recall`.
        """
        if self._running >= self.bounds.at_once:
            raise QueryStopped("Too many queries at once. Ask again in a moment.")
        self._running += 1
        try:
            form, body = await run_in_threadpool(self.pool.ask, text, table, graph)
            kept = Kept(form, body, tag(body))
            self.cache.keep(text, kept)
            return kept
        except BaseException:
            self.done()
            raise

    async def recall(self, text: str, table: str | None, graph: str | None, encoding: str) -> Kept | None:
        """Return the answer that is kept of a query, or None; with the `encoding` gzip compressed if it is long."""
        kept = self.cache.find(text, (table, graph))
        if kept is None or not encoding or len(kept.body) < COMPRESSED_FROM:
            return kept
        compressed = self.cache.find(text, (kept.form,), encoding)
        if compressed is None:
            body = await run_in_threadpool(compress, kept.body, COMPRESSION, mtime=0)
            compressed = kept._replace(body=body, encoding=encoding)
            self.cache.keep(text, compressed)
        return compressed

    def done(self) -> None:
        """Count one query less."""
        self._running -= 1

    def bind(self, query: queries.Query, values: dict[str, str]) -> str:
        """Return the text of a question with its values bound. Raises QueryError."""
        query.refuse(values)
        return answers.bound(self.index.store, self.index.root, self.index.names, query, values)

    def answer(self, view: KnowledgeGraph, query: queries.Query, values: dict[str, str], form: str) -> bytes:
        """Return the answer of a question by some of the sources, as a media type of tables.

        A question of the catalogue needs no process of its own. Raises QueryError.
        """
        return cast(Store, view.store).serialize(self.bind(query, values), form)

    def show(self, iri: str) -> JsonObject:
        """Return everything known of a thing."""
        return describe.describe(self.index.store, self.index.root, iri).to_dict()

    def close(self) -> None:
        """End the processes."""
        self.pool.close()
