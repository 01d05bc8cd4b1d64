"""The site, served: each path gives what `rrmm site` would write there, rendered on demand and kept."""

from __future__ import annotations

import mimetypes

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from rrmm.server import answers
from rrmm.server.answers import Sliced
from rrmm.server.negotiate import ENDINGS, HTML, best, charset
from rrmm.server.service import Service
from rrmm.site.renderer import SEARCH

INDEX = "index.html"
MACHINES = ("/api/", "/cds-services", "/sparql", "/openapi.json")
TYPES = {**ENDINGS, "js": "text/javascript", "nq": "application/n-quads", "trig": "application/trig"}
TYPES |= {"tsv": "text/tab-separated-values"}


async def file(request: Request) -> Response:
    """Return what the site holds at a path, of a folder its index; 404 where it holds nothing.

    A folder without its slash redirects to the folder, as a static host would.
    """
    path = request.url.path[1:]
    folder = not path or path.endswith("/")
    response = await find(request, path + INDEX if folder else path)
    if response is None and not folder and await find(request, f"{path}/{INDEX}"):
        query = request.url.query
        return RedirectResponse(f"/{path}/" + (f"?{query}" if query else ""), 308)
    if response is None:
        raise HTTPException(404, "Nothing has this address.")
    return response


async def find(request: Request, path: str) -> Response | None:
    """Return what the site holds at a path, or None."""
    service: Service = request.app.state.service
    if path not in service.content:
        return None
    lane = service.making if path in service.made else service.pages
    kind = media_type(path)
    return Sliced(await service.write(request, lane, kind, lambda: service.find(path), path), kind, vary="")


def media_type(path: str) -> str:
    """Return the media type of a file of the site.

    >>> media_type("id/drug/bortezomib.ttl"), media_type("index.html")
    ('text/turtle; charset=utf-8', 'text/html; charset=utf-8')
    """
    ending = path.rpartition(".")[2]
    return charset(TYPES.get(ending) or mimetypes.guess_type(path)[0] or "application/octet-stream")


async def search(request: Request) -> Response:
    """Redirect to the page that searches in the browser."""
    query = request.url.query
    return RedirectResponse(f"/{SEARCH}" + (f"?{query}" if query else ""), 307)


async def icon(request: Request) -> Response:
    """Redirect the address that browsers try first to the icon."""
    return RedirectResponse("/static/icon.svg", 308)


async def api(request: Request) -> Response:
    """Return the description of the API for people."""
    service: Service = request.app.state.service
    render, described = service.content.pages.renderer.page, request.app.state.openapi
    page = await service.write(
        request, service.pages, HTML, lambda: render("api", "api", description=described).encode(), "api"
    )
    return Sliced(page, charset(HTML), vary="")


async def refuse(request: Request, error: HTTPException) -> Response:
    """Return an error of HTTP: a page for people, a problem document for machines."""
    answer = await answers.refuse(request, error)
    if request.url.path.startswith(MACHINES):
        return answer
    answer.headers.add_vary_header("Accept")
    if best(request.headers.get("accept", ""), ["application/problem+json", HTML]) != HTML:
        return answer
    service: Service = request.app.state.service
    here = request.scope.get("raw_path", b"/").decode("ascii", "replace")[1:]
    title = "Not found" if error.status_code == 404 else answers.phrase(error.status_code)
    page = service.content.pages.renderer.page(here, "refused", title=title, detail=error.detail)
    return HTMLResponse(page, error.status_code, {"Vary": "Accept"})
