"""Linked data: from the IRI of a thing, by 303, to its page or its statements as RDF."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from rrmm.errors import nearest
from rrmm.iris import BASE, local_name
from rrmm.server.negotiate import ENDINGS, GRAPHS, HTML, best, charset
from rrmm.server.paths import path
from rrmm.server.service import Service
from rrmm.web.entities import iris

LICENCE = "https://creativecommons.org/publicdomain/zero/1.0/"


def found(request: Request) -> str:
    """Return the IRI that the path of a request stands for; 404 with the nearest names when there is none."""
    things = request.app.state.service.things
    kind, slug = request.path_params["kind"], request.path_params["slug"]
    for iri in iris(kind, slug):
        try:
            if iri in things:
                return iri
        except ValueError:
            continue
    if kind not in things.kinds:
        raise HTTPException(404, f"No kind of thing is called {kind!r}.{nearest(kind, things.kinds)}")
    known = [local_name(iri) for iri in things.kinds[kind]]
    raise HTTPException(404, f"No {kind} is called {slug!r}.{nearest(slug, known)}")


def links(iri: str) -> str:
    """Return the Link header of what describes a thing: its other forms, the thing, the licence."""
    others = [(f"{path(iri, 'data')}.{ending}", "alternate", kind) for ending, kind in ENDINGS.items()]
    parts = [
        f'<{target}>; rel="{rel}"; type="{kind}"' for target, rel, kind in [(path(iri), "alternate", HTML), *others]
    ]
    return ", ".join([*parts, f'<{iri}>; rel="describes"', f'<{LICENCE}>; rel="license"'])


async def identified(request: Request) -> Response:
    """Send whoever dereferences a thing to a document about it."""
    iri = found(request)
    form = best(request.headers.get("accept", ""), [HTML, *GRAPHS])
    if form is None:
        raise HTTPException(406, f"Ask for one of: {', '.join([HTML, *GRAPHS])}.")
    ending = next((ending for ending, kind in ENDINGS.items() if kind == form), None)
    target = path(iri) if ending is None else f"{path(iri, 'data')}.{ending}"
    return RedirectResponse(target, 303, {"Vary": "Accept", "Link": links(iri)})


async def data(request: Request) -> Response:
    """Return the statements of a thing as RDF, in the form of the ending or else of the Accept header."""
    slug, _, ending = request.path_params["slug"].rpartition(".")
    if ending in ENDINGS:
        request.path_params["slug"] = slug
    iri = found(request)
    service: Service = request.app.state.service
    return _document(request, service.things.document([iri], _form(request, ending)), ending, links(iri))


async def ontology(request: Request) -> Response:
    """Return all terms of the ontology as RDF."""
    service: Service = request.app.state.service
    ending = request.path_params.get("ending", "")
    if ending and ending not in ENDINGS:
        raise HTTPException(404, f"The ontology ends with one of: {', '.join(ENDINGS)}.")
    terms = [BASE + "ontology", *service.things.kinds["ontology"]]
    return _document(request, service.things.document(terms, _form(request, ending)), ending, "")


def _form(request: Request, ending: str) -> str:
    form = ENDINGS.get(ending) or best(request.headers.get("accept", ""), GRAPHS)
    if form is None:
        raise HTTPException(406, f"Ask for one of: {', '.join(GRAPHS)}.")
    return GRAPHS[form]


def _document(request: Request, content: bytes, ending: str, link: str) -> Response:
    kind = ENDINGS.get(ending) or best(request.headers.get("accept", ""), GRAPHS) or ""
    headers = {"Link": link} if link else {}
    return Response(content, media_type=charset(kind), headers=headers | {"Vary": "Accept"})


async def term(request: Request) -> Response:
    """Send a document IRI of the ontology to its page."""
    request.path_params["kind"] = "ontology"
    return RedirectResponse(path(found(request)), 303)


ROUTES = [
    Route("/id/{kind}/{slug}", identified),
    Route("/data/{kind}/{slug}", data),
    Route("/data/ontology.{ending}", ontology),
    Route("/ontology/{slug}", term),
]
