"""The pages: home, search, kinds, things, the ontology, the editor and the description of the API."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from rrmm.iris import RRMM
from rrmm.server import answers, linked
from rrmm.server.api import LONGEST, listed
from rrmm.server.negotiate import GRAPHS, HTML, best
from rrmm.server.paths import path
from rrmm.server.service import Service
from rrmm.web.entities import curie
from rrmm.web.templates import templates
from rrmm.web.view import backlinks, view

MACHINES = ("/api/", "/sparql", "/data/", "/openapi.json")
NAVIGATION = [("editor", "Query"), ("ontology", "Ontology"), ("api", "API")]
TEMPLATES = templates("rrmm.server")
TEMPLATES.globals.update(path=path, to=lambda target: f"/{target}", navigation=NAVIGATION, finder="search")


def _page(request: Request, name: str, status: int = 200, **given: Any) -> HTMLResponse:
    service: Service = request.app.state.service
    given = {"q": "", "things": service.things, "knowledge": service.knowledge, "here": request.url.path[1:]} | given
    return HTMLResponse(TEMPLATES.get_template(f"{name}.html").render(given), status)


async def home(request: Request) -> Response:
    """Return the first page."""
    return _page(request, "home", questions=list(listed(request.app.state.service)))


async def search(request: Request) -> Response:
    """Return the things with a name that holds the words asked for."""
    service: Service = request.app.state.service
    text = request.query_params.get("q", "")[:LONGEST]
    hits = service.things.search(text, 100)
    return _page(request, "search", q=text, hits=hits, types={hit.iri: service.things.type(hit.iri) for hit in hits})


async def kind(request: Request) -> Response:
    """Return the list of all things of a kind."""
    service: Service = request.app.state.service
    name = request.path_params["kind"]
    if name not in service.things.kinds:
        raise HTTPException(404, f"No kind of thing is called {name!r}.")
    members = sorted(service.things.kinds[name], key=lambda iri: service.things.label(iri).casefold())
    return _page(request, "kind", kind=name, members=members)


async def thing(request: Request) -> Response:
    """Return the page of a thing: its statements, their sources, and what points at it."""
    service: Service = request.app.state.service
    iri = linked.found(request)
    shown = await run_in_threadpool(service.show, iri)
    things = service.things
    response = _page(
        request,
        "thing",
        iri=iri,
        curie=curie(iri, things.prefixes),
        type=things.type(iri),
        view=view(things, iri, path),
        shown=shown,
        caveats=[things.value(reading, RRMM + "text") for reading in things.members(RRMM + "Caveat")],
        backlinks=backlinks(things, iri, path),
        turtle=things.document([iri], "turtle").decode(),
    )
    response.headers["Link"] = linked.links(iri)
    return response


async def ontology(request: Request) -> Response:
    """Return the terms of the ontology, as a page or as RDF."""
    if best(request.headers.get("accept", ""), [HTML, *GRAPHS]) != HTML:
        return await linked.ontology(request)
    service: Service = request.app.state.service
    terms = sorted(service.things.kinds["ontology"], key=lambda iri: service.things.label(iri).casefold())
    groups: dict[str, list[str]] = {}
    for iri in terms:
        groups.setdefault(service.things.type(iri) or "other", []).append(iri)
    response = _page(request, "ontology", groups=sorted(groups.items(), key=lambda group: -len(group[1])))
    response.headers["Vary"] = "Accept"
    return response


async def editor(request: Request) -> Response:
    """Return the editor, the catalogued questions beside it."""
    return _page(request, "editor", questions=list(listed(request.app.state.service)))


async def editor_texts(request: Request) -> Response:
    """Return the text of every catalogued question, and the prefixes of the graph."""
    service: Service = request.app.state.service
    texts = {query.name: query.text for query in service.questions.values()}
    return JSONResponse({"questions": texts, "prefixes": service.things.prefixes})


async def api(request: Request) -> Response:
    """Return the description of the API for people."""
    return _page(request, "api", description=request.app.state.openapi)


async def refused(request: Request, error: HTTPException) -> Response:
    """Return an error of HTTP: a page for people, a problem document for machines."""
    people = best(request.headers.get("accept", ""), ["application/problem+json", HTML]) == HTML
    if not people or request.url.path.startswith(MACHINES):
        return await answers.refused(request, error)
    return _page(request, "refused", error.status_code, detail=error.detail)


ROUTES = [
    Route("/", home),
    Route("/search", search),
    Route("/ontology", ontology),
    Route("/page/{kind}", kind),
    Route("/page/{kind}/{slug}", thing),
    Route("/editor", editor),
    Route("/editor/texts.json", editor_texts),
    Route("/api", api),
]
