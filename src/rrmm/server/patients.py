"""Patients over HTTP: their options, and records of other standards as patient files. Nothing is logged or kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rrmm.records import JsonObject
from rrmm.report.report import Report
from rrmm.server import parameters
from rrmm.server.answers import AT_ONCE, body, by_post, read_json
from rrmm.server.lanes import compute, convert
from rrmm.server.negotiate import HTML, JSON, best, charset
from rrmm.server.page import READERS, Desk
from rrmm.server.service import Service
from rrmm.server.shorten import write

FORMS: dict[str, Callable[[Report], str]] = {
    JSON: Report.to_json,
    HTML: Report.to_html,
    "text/markdown": Report.to_markdown,
    "text/turtle": Report.to_turtle,
    "text/plain": Report.to_text,
}
TRUTHS = {"true": True, "false": False}
SWITCHES = ("brief", "what_if")
VIEW = ("source", "as_of")
WITHOUT, MOST_WITHOUT = "without", 20
YAML = "application/yaml"
RECORD_TYPES = (JSON, "application/fhir+json")
PAGE = {name: Path(__file__).with_name(name).read_bytes() for name in ("report.html", "report.js")}


async def regimens(request: Request) -> Response:
    """Return the report for the patient in the body: in full or in short, by the sources that the query chooses."""
    service, patient, view = await _ask(request, *SWITCHES, *VIEW)
    brief, what_if = (_switch(request.query_params, name) for name in SWITCHES)
    form = best(request.headers.get("accept", ""), [JSON] if brief else FORMS)
    if form is None:
        raise HTTPException(406, f"Ask for one of: {', '.join([JSON] if brief else FORMS)}.")

    def answer() -> str:
        report = service.graph.view(*view).report(patient, "patient", evidence=not brief, what_if=what_if)
        return write(report.brief()) if brief else FORMS[form](report)

    content = await compute(request, answer)
    return Response(content, media_type=charset(form), headers={"Vary": "Accept"})


async def glance(request: Request) -> Response:
    """Return the answer for the patient in the body at a glance, by the sources that the query chooses."""
    service, patient, view = await _ask(request, *VIEW, WITHOUT)
    answer = await compute(request, Desk(service.graph).glance, patient, *view, _without(request))
    return Response(write(answer), media_type=JSON)


async def option(request: Request) -> Response:
    """Return one option in full for the patient in the body, with what would change it, as a piece of HTML."""
    service, patient, view = await _ask(request, "name", *VIEW, WITHOUT)
    name = request.query_params.get("name")
    if not name:
        raise HTTPException(400, "Give name, an option.")
    answer = await compute(request, Desk(service.graph).option, patient, name, *view, _without(request))
    return Response(answer, media_type=charset(HTML))


def _without(request: Request) -> list[str]:
    """Return the guidance to leave out."""
    names = request.query_params.getlist(WITHOUT)
    if len(names) > MOST_WITHOUT:
        raise HTTPException(400, f"Leave out at most {MOST_WITHOUT} statements.")
    return names


async def _ask(request: Request, *known: str) -> tuple[Service, JsonObject, tuple[list[str] | None, str | None]]:
    """Return the service, the patient in the body, and the view of the sources that the query chooses."""
    service: Service = request.app.state.service
    parameters.check(request, known)
    patient = await read_json(request, service.bounds.body)
    view = request.query_params.getlist("source") or None, request.query_params.get("as_of")
    return service, patient, view


async def read_file(request: Request) -> Response:
    """Return the patient file in the body, YAML or JSON, as JSON."""
    service: Service = request.app.state.service
    parameters.check(request, ())
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != YAML:
        raise HTTPException(415, f"Send {YAML}.")
    try:
        text = (await body(request, service.bounds.body)).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise HTTPException(400, "The body is not UTF-8 text.") from None
    work = compute if len(text) <= AT_ONCE else convert
    return Response(await work(request, lambda: write(Desk(service.graph).read(text))), media_type=JSON)


async def intake(request: Request) -> Response:
    """Return the patient files of a record in a standard of the field, with what was not understood."""
    service: Service = request.app.state.service
    parameters.check(request, ("from", "index_date"))
    form = request.query_params.get("from", "")
    if form not in READERS:
        raise HTTPException(400, f"from is {' or '.join(READERS)}.")
    content = await read_json(request, service.bounds.record, RECORD_TYPES, convert)
    index_date = request.query_params.get("index_date")
    intakes = await convert(request, lambda: write(Desk(service.graph).intake(form, content, index_date)))
    return Response(intakes, media_type=JSON)


def _switch(given: Mapping[str, str], name: str) -> bool:
    value = given.get(name, "false")
    if value not in TRUTHS:
        raise HTTPException(400, f"{name} is true or false.")
    return TRUTHS[value]


async def page(request: Request) -> Response:
    """Return the page that shows the report of the patient behind the # of its address, or its script."""
    name = request.url.path.rpartition("/")[2]
    return Response(PAGE[name], media_type=charset(HTML if name.endswith("html") else "text/javascript"))


ROUTES = [
    *by_post("/api/regimens", regimens),
    *by_post("/api/glance", glance),
    *by_post("/api/option", option),
    *by_post("/api/read", read_file),
    *by_post("/api/intake", intake),
    *(Route(f"/{name}", page) for name in PAGE),
]
