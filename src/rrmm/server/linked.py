"""Linked data: the IRI of a thing redirects with 303 to its page or to its statements as RDF.

The site holds pages and Turtle; the other forms of RDF are written here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from rrmm.errors import nearest, quote
from rrmm.iris import local_name
from rrmm.server import files
from rrmm.server.answers import Sliced
from rrmm.server.negotiate import ENDINGS, GRAPHS, HTML, JSON, best, charset
from rrmm.server.service import Service
from rrmm.site import entity_pages, front_pages
from rrmm.site.places import document, place
from rrmm.web.entities import iris

LICENCE = "https://creativecommons.org/publicdomain/zero/1.0/"
OFFERS = [HTML, *GRAPHS, JSON]


async def resolve(request: Request, kind: str, slug: str) -> str:
    """Return the IRI of a kind and a slug; raises 404 with the nearest names."""
    service: Service = request.app.state.service
    known = _members(service, kind)
    for iri in iris(kind, slug):
        with contextlib.suppress(ValueError):
            if iri in service.entities and place(iri):
                return iri
    near = await service.pages.work(request, lambda: nearest(slug, map(local_name, known)))
    raise HTTPException(404, f"There is no {kind} {quote(slug)}.{near}")


def _members(service: Service, kind: str) -> list[str]:
    """Return the things of a kind; raises 404 with the nearest names of kinds."""
    kinds = service.entities.kinds
    if kind not in kinds:
        raise HTTPException(404, f"There is no kind of thing {kind!r}.{nearest(kind, kinds)}")
    return kinds[kind]


def links(iri: str) -> str:
    """Return the Link header of a document on a thing: its other forms, the thing, the licence."""
    stem = document(iri).removesuffix(".ttl")
    forms = [(f"{stem}.html", HTML), *((f"{stem}.{ending}", form) for ending, form in ENDINGS.items())]
    parts = [f'</{path}>; rel="alternate"; type="{form}"' for path, form in forms]
    return ", ".join([*parts, f'<{iri}>; rel="describes"', f'<{LICENCE}>; rel="license"'])


async def thing(request: Request) -> Response:
    """Redirect an IRI to a document about it; return the document where the path names its form."""
    return await _answer(request, request.path_params["kind"], request.path_params["slug"])


async def parameter(request: Request) -> Response:
    """Do the same for a parameter of a question."""
    return await _answer(request, "ontology", f"parameter/{request.path_params['slug']}")


async def kind(request: Request) -> Response:
    """Return the page that lists a kind."""
    _members(request.app.state.service, request.path_params["kind"])
    return await files.file(request)


async def _answer(request: Request, kind_name: str, slug: str) -> Response:
    stem, _, ending = slug.rpartition(".")
    if ending in ("html", *ENDINGS):
        return await _document(request, await resolve(request, kind_name, stem), ending)
    return _redirect(request, await resolve(request, kind_name, slug))


def _redirect(request: Request, iri: str) -> Response:
    ending = _ending(request)
    target = place(iri) if ending == "html" else f"{document(iri).removesuffix('ttl')}{ending}"
    return RedirectResponse(f"/{target}", 303, {"Vary": "Accept", "Link": links(iri)})


def _ending(request: Request) -> str:
    """Return the ending of the document that the client prefers; plain JSON is JSON-LD."""
    form = best(request.headers.get("accept", ""), OFFERS)
    if form is None:
        raise HTTPException(406, f"Ask for one of: {', '.join(OFFERS)}.")
    wanted = "application/ld+json" if form == JSON else form
    return next((ending for ending, kind in ENDINGS.items() if kind == wanted), "html")


async def _document(request: Request, iri: str, ending: str) -> Response:
    service: Service = request.app.state.service
    if ending in ("html", "ttl"):
        response = await files.file(request)
    else:
        response = await _write(request, ending, partial(entity_pages.document, service.index, iri), iri)
    response.headers["Link"] = links(iri)
    return response


async def ontology(request: Request) -> Response:
    """Redirect the IRI of the ontology to its page or to its terms as RDF."""
    return RedirectResponse(f"/ontology.{_ending(request)}", 303, {"Vary": "Accept"})


async def ontology_document(request: Request) -> Response:
    """Return all terms of the ontology, as a page or as RDF."""
    ending = request.path_params["ending"]
    if ending not in ENDINGS or ending == "ttl":
        return await files.file(request)
    service: Service = request.app.state.service
    return await _write(request, ending, partial(front_pages.ontology_document, service.index), "ontology")


async def _write(request: Request, ending: str, write: Callable[[str], bytes], name: str) -> Response:
    """Return a document in the form of RDF that an ending names."""
    service: Service = request.app.state.service
    form = ENDINGS[ending]
    kept = await service.write(request, service.pages, form, partial(write, GRAPHS[form]), name)
    return Sliced(kept, charset(form), vary="")


ROUTES = [
    Route("/id/{kind}/index.html", kind),
    Route("/id/{kind}/", kind),
    Route("/id/{kind}/{slug}", thing),
    Route("/ontology", ontology),
    Route("/ontology.{ending}", ontology_document),
    Route("/ontology/parameter/{slug}", parameter),
]
