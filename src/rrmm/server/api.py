"""The API: catalogued questions, names, things by name; patients stand in `rrmm.server.patients`."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rrmm.errors import LONGEST_NAME, QueryError, nearest
from rrmm.records import JsonObject
from rrmm.server import openapi, parameters
from rrmm.server.answers import Sliced
from rrmm.server.kept import Question
from rrmm.server.lanes import compute
from rrmm.server.negotiate import JSON, TABLES, best, charset
from rrmm.server.protocol import answer
from rrmm.server.service import Service
from rrmm.server.shorten import write
from rrmm.site.places import place
from rrmm.version import __version__
from rrmm.web.entities import Hit, curie

MOST_HITS, MOST_WORDS = 100, 50
SOURCE, AS_OF = VIEW = ("source", "as_of")


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


async def questions(request: Request) -> Response:
    """Return the catalogued questions."""
    parameters.check(request, ())
    return JSONResponse({"questions": list(list_questions(_service(request)))})


def list_questions(service: Service) -> Iterator[JsonObject]:
    """Yield the description of each catalogued question."""
    for query in service.index.questions.values():
        described = [
            {"name": name, "required": not variable.startswith("__"), "thing": variable.endswith("_iri")}
            for name, variable in query.parameters.items()
        ]
        yield {
            "name": query.name,
            "summary": query.summary,
            "description": query.description,
            "parameters": described,
            "answer": f"/api/queries/{query.name}",
        }


async def question(request: Request) -> Response:
    """Return the answer of a catalogued question; parameters by label, alias, CURIE or IRI, or as text.

    `source`, repeatable, and `as_of` choose the sources in view, as in Python.
    """
    service = _service(request)
    name = request.path_params["name"]
    if name not in service.index.questions:
        raise HTTPException(404, f"No query {name!r}.{nearest(name, service.index.questions)} See /api/queries.")
    query = service.index.questions[name]
    own = query.parameters.keys()
    parameters.refuse_repeats(request, {SOURCE} - own)
    given = request.query_params
    values = {key: value for key, value in given.items() if key in own or key not in VIEW}
    if len(values) == len(given.keys()):
        question = Question(await service.pages.work(request, service.bind, query, values))
        return await answer(request, question, request.headers.get("accept", ""))
    sources = given.getlist(SOURCE) if SOURCE in given and SOURCE not in values else None
    table = best(request.headers.get("accept", ""), TABLES)
    if table is None:
        raise HTTPException(406, f"Ask for one of: {', '.join(TABLES)}.")
    content = await compute(
        request,
        lambda: service.answer(service.graph.view(sources, given.get(AS_OF)), query, values, table),
    )
    return Response(content, media_type=charset(table), headers={"Vary": "Accept"})


async def names(request: Request) -> Response:
    """Return what words mean, or could mean, in the graph."""
    service = _service(request)
    parameters.check(request, ("word", "where"))
    words, where = request.query_params.getlist("word"), request.query_params.get("where")
    if not 1 <= len(words) <= MOST_WORDS or not all(0 < len(word) <= LONGEST_NAME for word in words):
        raise HTTPException(400, f"Give word 1 to {MOST_WORDS} times, each with 1 to {LONGEST_NAME} characters.")
    answers = await compute(request, lambda: [service.graph.lexicon.find(word, where).to_dict() for word in words])
    return JSONResponse({"names": answers})


async def show(request: Request) -> Response:
    """Return everything known of the thing that a name, alias, CURIE or IRI stands for."""
    service = _service(request)
    parameters.check(request, ("name",))
    name = _short(request, "name")
    try:
        iri = await service.pages.work(request, service.index.names.find, name)
    except QueryError as error:
        raise HTTPException(404, str(error)) from None
    kept = await service.write(request, service.pages, JSON, lambda: write(service.show(iri)).encode(), f"show {iri}")
    return Sliced(kept, JSON, vary="")


async def search(request: Request) -> Response:
    """Return the things that have a name with every word of a text."""
    service = _service(request)
    parameters.check(request, ("q", "limit"))
    limit = request.query_params.get("limit", "20")
    if not (limit.isascii() and limit.isdigit() and len(limit) < 4 and 1 <= int(limit) <= MOST_HITS):
        raise HTTPException(400, f"limit is a number from 1 to {MOST_HITS}.")
    hits = await service.pages.work(request, service.entities.search, _short(request, "q"), int(limit))
    return JSONResponse({"results": [_hit(service, hit) for hit in hits]})


def _hit(service: Service, hit: Hit) -> JsonObject:
    return hit._asdict() | {"curie": curie(hit.iri, service.entities.prefixes), "page": f"/{place(hit.iri)}"}


def _short(request: Request, name: str) -> str:
    values = request.query_params.getlist(name)
    if len(values) != 1 or not 0 < len(values[0]) <= LONGEST_NAME:
        raise HTTPException(400, f"Give {name} once, with 1 to {LONGEST_NAME} characters.")
    return values[0]


async def version(request: Request) -> Response:
    """Return the versions of the code and of the knowledge."""
    parameters.check(request, ())
    service = _service(request)
    versions = {"name": "rrmm", "version": __version__, "triples": service.entities.size}
    return JSONResponse(versions | {"knowledge": service.knowledge})


async def health(request: Request) -> Response:
    """Return whether queries can be answered: 503 while no process lives."""
    parameters.check(request, ())
    alive = sum(worker.alive for worker in _service(request).pool.workers)
    return JSONResponse({"status": "ok" if alive else "starting", "workers": alive}, 200 if alive else 503)


async def description(request: Request) -> Response:
    """Return the OpenAPI description of this service."""
    parameters.check(request, ())
    return JSONResponse(request.app.state.openapi)


ROUTES = [
    Route("/api/queries", questions),
    Route("/api/queries/{name}", question),
    Route("/api/names", names),
    Route("/api/show", show),
    Route("/api/search", search),
    Route("/api/version", version),
    Route("/api/health", health),
    Route("/openapi.json", description),
]


def describe(service: Service) -> JsonObject:
    """Return the OpenAPI description of what `service` answers."""
    return openapi.description(service.graph.rule_base, service.bounds)
