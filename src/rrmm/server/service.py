"""What the service holds: the graph, its site, the processes that answer queries, and the limits of requests."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import NamedTuple, cast

from starlette.requests import Request

from rrmm.api import KnowledgeGraph
from rrmm.catalogue import answers, describe
from rrmm.graph import queries
from rrmm.graph.sandbox.messages import Names
from rrmm.graph.sandbox.pool import MIB, Limits, Pool
from rrmm.graph.store import Store
from rrmm.graph.syntax import parse, serialize
from rrmm.iris import BASE
from rrmm.publish.metadata import Metadata
from rrmm.records import JsonObject
from rrmm.server.compression import accepted
from rrmm.server.kept import Cache, Kept, Question
from rrmm.server.lanes import Bodies, Lane
from rrmm.site.content import VOID, Content
from rrmm.web.entities import Entities

ENDPOINT, GRAPH_STORE = "sparql", "store"
REPORTS = RECORDS = PAGES = 2  # reports of patients, records, and pages, at once
WAITED = 0.8  # the part of the time left by a query that may be spent on waiting for it


class Bounds(NamedTuple):
    """The limits of a request.

    `seconds`, `memory` and `answer` (bytes) bound a query, `request` the seconds of a whole request, `body` its bytes
    (`record` where it brings the record of a patient), `bodies` those of all that are being sent, a quarter of one
    client. `cache` bounds the bytes of answers that are kept, 0 keeps none;
    `pages` those of pages and documents. `at_once` is the number of queries, of reports, of records, and of pages that
    may run or wait, a quarter of one client; `connections` is the number of open connections.
    """

    seconds: float = 10
    request: float = 30
    memory: int = 1024 * MIB
    answer: int = 16 * MIB
    body: int = 256 * 1024
    record: int = 4 * MIB
    bodies: int = 256 * MIB
    at_once: int = 64
    connections: int = 512
    cache: int = 64 * MIB
    pages: int = 64 * MIB


class Service:
    """The graph and everything that answers from it at a public `address`; close it when done."""

    def __init__(self, graph: KnowledgeGraph, workers: int, bounds: Bounds, address: str) -> None:
        self.graph, self.bounds, self.address = graph, bounds, address
        self.content = Content(graph.files, list(graph.gallery.pictures()), ENDPOINT)
        self.index, self.made = self.content.index, self.content.made
        limits = Limits(bounds.seconds, bounds.memory, bounds.answer)
        self.cache, self.documents = Cache(bounds.cache), Cache(bounds.pages)
        self.knowledge: JsonObject = graph.regimens_for({}).data["knowledge"]
        names = Names(self.entities.prefixes, self.endpoint, self.release)
        self.pool = Pool(graph.files.snapshot, workers, limits, names)
        patience = WAITED * (bounds.request - bounds.seconds)
        self.queries = Lane(workers, bounds.at_once, patience, max(1, workers - 1))
        self.reports = Lane(REPORTS, bounds.at_once, patience, 1)
        self.records = Lane(RECORDS, bounds.at_once, patience, 1)
        self.pages = Lane(PAGES, bounds.at_once, patience, 1)
        self.bodies = Bodies(bounds.bodies)
        self.making = Lane(1, bounds.at_once, patience, 1)
        self.graph_in = lru_cache(self._graph_in)
        self.texts = lru_cache(None)(self._texts)

    @property
    def entities(self) -> Entities:
        """The entities of the graph."""
        return self.index.entities

    @property
    def endpoint(self) -> str:
        """The address of the SPARQL endpoint."""
        return f"{self.address}/{ENDPOINT}"

    @property
    def release(self) -> str:
        """The IRI of the version of the dataset that is served, and of its one graph."""
        return f"{BASE}release/{self.knowledge['version']}"

    @cached_property
    def description(self) -> bytes:
        """The description of the dataset as Turtle, without the files of its release."""
        metadata = Metadata(self.graph.files)
        return metadata.turtle(metadata.description({}))

    def find(self, path: str) -> bytes:
        """Return what the site holds at a path; raises KeyError."""
        return self.description if path in VOID else self.content.find(path)

    def _graph_in(self, form: str, encoding: str = "") -> Kept:
        """Return the whole graph in a form of RDF, compressed with the `encoding` gzip."""
        if encoding:
            return self.graph_in(form).compress()
        return Kept.of(form, serialize(parse(self.graph.files.snapshot), form, self.entities.prefixes))

    def _texts(self, question: str) -> dict[str, list[str]]:
        return answers.texts(self.index.store, self.index.questions[question])

    async def ask(
        self, question: Question, table: str | None, graph: str | None, request: Request
    ) -> tuple[Kept, Callable[[], None]]:
        """Return the answer of a query, as `Worker.ask` does, and what to call once it is sent; `recall` keeps it.

        Raises HTTPException when too many queries wait, of all or of this client.
        """
        leave = await self.queries.enter(request)
        try:
            form, body = await self.queries.run(request, self.pool.ask, question.text, table, graph, question.dataset)
            kept = Kept.of(form, body)
            if not question.changes:
                self.cache.keep(question, kept)
            return kept, leave
        except BaseException:
            leave()
            raise

    async def recall(self, question: Question, table: str | None, graph: str | None, request: Request) -> Kept | None:
        """Return the answer that is kept of a query, or None; long ones are compressed for who accepts it."""
        kept = self.cache.find(question, (table, graph))
        return None if kept is None else await self._encode(self.cache, question, kept, request)

    async def write(self, request: Request, lane: Lane, form: str, write: Callable[[], bytes], name: str) -> Kept:
        """Return a document, by its name, as it is sent in a form: kept, or written in a lane and kept for the next."""
        question = Question(name)
        kept = self.documents.find(question, (form,))
        if kept is None:
            kept = await lane.work(request, lambda: Kept.of(form, write()))
            self.documents.keep(question, kept)
        return await self._encode(self.documents, question, kept, request)

    async def _encode(self, cache: Cache, question: Question, kept: Kept, request: Request) -> Kept:
        """Return an answer as its client accepts it, compressed in a lane and kept for the next."""
        encoding = accepted(request.headers.get("accept-encoding", ""))
        if not encoding or not kept.is_long:
            return kept
        compressed = cache.find(question, (kept.form,), encoding)
        if compressed is None:
            compressed = await self.pages.work(request, kept.compress)
            cache.keep(question, compressed)
        return compressed

    def bind(self, query: queries.Query, values: dict[str, str]) -> str:
        """Return the text of a question with its values bound. Raises QueryError, for a text that no row has too."""
        query.refuse(values)
        answers.refuse_texts(query, values, self.texts(query.name))
        return answers.bound(self.index.store, self.index.root, self.index.names, query, values)

    def answer(self, view: KnowledgeGraph, query: queries.Query, values: dict[str, str], form: str) -> bytes:
        """Return the answer of a question by some of the sources, as a media type of tables.

        A question of the catalogue needs no process of its own. Raises QueryError.
        """
        text = self.bind(query, values)
        if values.keys() & self.texts(query.name).keys():
            answers.refuse_texts(query, values, answers.texts(view.store, query))
        return cast(Store, view.store).serialize(text, form)

    def show(self, iri: str) -> JsonObject:
        """Return everything known of a thing."""
        return describe.describe(self.index.store, self.index.root, iri).to_dict()

    def close(self) -> None:
        """End the processes."""
        self.pool.close()
