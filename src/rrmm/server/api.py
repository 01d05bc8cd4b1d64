"""The API: options for a patient, catalogued questions, things by name. Nothing of a patient is logged or kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NoReturn

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rrmm.errors import PatientError, QueryError, nearest
from rrmm.records import JsonObject
from rrmm.server import openapi
from rrmm.server.answers import body
from rrmm.server.protocol import answer
from rrmm.server.service import Service
from rrmm.site.places import place
from rrmm.version import __version__
from rrmm.web.entities import Hit, curie

MOST_HITS = 100
LONGEST = 200


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


async def regimens(request: Request) -> Response:
    """Return the report for the patient in the body, by the sources that the query string chooses."""
    service = _service(request)
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, "Send a patient as application/json.")
    patient = _patient(await body(request, service.bounds.body))
    names, as_of = request.query_params.getlist("source") or None, request.query_params.get("as_of")
    return JSONResponse(await run_in_threadpool(_report, service, patient, names, as_of))


def _report(service: Service, patient: JsonObject, sources: list[str] | None, as_of: str | None) -> JsonObject:
    return service.graph.view(sources, as_of).report(patient, "patient", evidence=True).data


def _patient(content: bytes) -> JsonObject:
    try:
        document = json.loads(content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise HTTPException(400, "The body is not JSON.") from None
    if not isinstance(document, dict):
        raise PatientError("A patient is a mapping of keys to values. See /openapi.json.")
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


async def questions(request: Request) -> Response:
    """Return the catalogued questions."""
    return JSONResponse({"questions": list(list_questions(_service(request)))})


def list_questions(service: Service) -> Iterator[JsonObject]:
    """Yield the description of each catalogued question."""
    for query in service.index.questions.values():
        parameters = [
            {"name": name, "required": not variable.startswith("__"), "thing": variable.endswith("_iri")}
            for name, variable in query.parameters.items()
        ]
        yield {
            "name": query.name,
            "summary": query.summary,
            "description": query.description,
            "parameters": parameters,
            "answer": f"/api/queries/{query.name}",
        }


async def question(request: Request) -> Response:
    """Return the answer of a catalogued question; parameters by label, alias, CURIE or IRI, or as text."""
    service = _service(request)
    name = request.path_params["name"]
    if name not in service.index.questions:
        raise HTTPException(404, f"No query {name!r}.{nearest(name, service.index.questions)} See /api/queries.")
    query = service.index.questions[name]
    return await answer(request, await run_in_threadpool(service.bind, query, dict(request.query_params)))


async def show(request: Request) -> Response:
    """Return everything known of the thing that a name, alias, CURIE or IRI stands for."""
    service = _service(request)
    name = _short(request, "name")
    try:
        iri = service.index.names.find(name)
    except QueryError as error:
        raise HTTPException(404, str(error)) from None
    return JSONResponse(await run_in_threadpool(service.show, iri))


async def search(request: Request) -> Response:
    """Return the things that have a name with every word of a text."""
    service = _service(request)
    limit = request.query_params.get("limit", "20")
    if not (limit.isascii() and limit.isdigit() and len(limit) < 4 and 1 <= int(limit) <= MOST_HITS):
        raise HTTPException(400, f"limit is a number from 1 to {MOST_HITS}.")
    hits = service.entities.search(_short(request, "q"), int(limit))
    return JSONResponse({"results": [_hit(service, hit) for hit in hits]})


def _hit(service: Service, hit: Hit) -> JsonObject:
    return hit._asdict() | {"curie": curie(hit.iri, service.entities.prefixes), "page": f"/{place(hit.iri)}"}


def _short(request: Request, name: str) -> str:
    values = request.query_params.getlist(name)
    if len(values) != 1 or not 0 < len(values[0]) <= LONGEST:
        raise HTTPException(400, f"Give {name} once, with 1 to {LONGEST} characters.")
    return values[0]


async def version(request: Request) -> Response:
    """Return the versions of the code and of the knowledge."""
    service = _service(request)
    versions = {"name": "rrmm", "version": __version__, "triples": service.entities.size}
    return JSONResponse(versions | {"knowledge": service.knowledge})


async def health(request: Request) -> Response:
    """Return whether queries can be answered: 503 while no process lives."""
    alive = sum(worker.alive for worker in _service(request).pool.workers)
    return JSONResponse({"status": "ok" if alive else "starting", "workers": alive}, 200 if alive else 503)


async def description(request: Request) -> Response:
    """Return the OpenAPI description of this service."""
    return JSONResponse(request.app.state.openapi)


ROUTES = [
    Route("/api/regimens", regimens, methods=["POST"]),
    Route("/api/queries", questions),
    Route("/api/queries/{name}", question),
    Route("/api/show", show),
    Route("/api/search", search),
    Route("/api/version", version),
    Route("/api/health", health),
    Route("/openapi.json", description),
]


def describe(service: Service) -> JsonObject:
    """Return the OpenAPI description of what `service` answers."""
    return openapi.description(service.graph.rule_base, service.bounds)
