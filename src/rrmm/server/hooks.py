"""CDS Hooks 2.0 (https://cds-hooks.hl7.org/2.0/): discovery, two services, and feedback that is not kept.

A request is answered from its context and prefetch alone. `fhirServer`, its token and the header Authorization are
not read: no server of a client is called, and nothing is logged or kept.
"""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rrmm.iris import RESEARCH_USE
from rrmm.records import JsonObject
from rrmm.server import parameters
from rrmm.server.answers import by_post, read_json
from rrmm.server.cards import Card, Place, options_card, order_cards
from rrmm.server.lanes import convert
from rrmm.server.prefetch import TEMPLATES, read_chart, selected_drugs
from rrmm.server.service import Service

USAGE = (
    "Research use only. Needs patient, conditions and a key of medications in the prefetch (412 without them); calls "
    "no FHIR server. Keeps and logs nothing."
)
SERVICES: dict[str, JsonObject] = {
    "rrmm-options": {
        "hook": "patient-view",
        "title": "Regimens for relapsed/refractory myeloma",
        "description": "Tells which regimens the sources name for a patient with treated myeloma, which are closed, "
        f"and what to find out next. {RESEARCH_USE}",
    },
    "rrmm-order": {
        "hook": "order-select",
        "title": "Myeloma drug against the patient's history",
        "description": "Tells what the sources say against a myeloma drug that is ordered: no regimen with it is open, "
        f"or cautions that the record calls up. {RESEARCH_USE}",
    },
}
OUTCOMES = ("accepted", "overridden")


async def discover(request: Request) -> Response:
    """Return the services."""
    parameters.check(request, ())
    return JSONResponse(discovery())


def discovery() -> JsonObject:
    """Return the answer of discovery."""
    services = [
        {"id": name, **service, "prefetch": TEMPLATES, "usageRequirements": USAGE} for name, service in SERVICES.items()
    ]
    return {"services": services}


async def call(request: Request) -> Response:
    """Return the cards of a service."""
    service: Service = request.app.state.service
    name = _known(request)
    parameters.check(request, ())
    content = await read_json(request, service.bounds.record, work=convert)
    context = _context(content, SERVICES[name]["hook"])
    place = Place(service.address)
    answer = _order if name == "rrmm-order" else _options
    cards = await convert(request, answer, service, context, content.get("prefetch"), place)
    return JSONResponse({"cards": cards})


def _options(service: Service, context: JsonObject, prefetch: object, place: Place) -> list[Card]:
    chart = read_chart(prefetch, context["patientId"], service.graph.files)
    if not chart.has_myeloma or not chart.intake.patient.get("prior_drugs"):
        return []
    report = service.graph.report(chart.intake.patient, "record", evidence=False)
    return [options_card(report, chart, place)]


def _order(service: Service, context: JsonObject, prefetch: object, place: Place) -> list[Card]:
    ordered = selected_drugs(context, service.graph.files)
    if not any(ordered):
        return []
    chart = read_chart(prefetch, context["patientId"], service.graph.files)
    if not chart.has_myeloma or not chart.intake.patient.get("prior_drugs"):
        return []
    report = service.graph.report(chart.intake.patient, "record", evidence=False)
    return order_cards(report, chart, ordered, place)


async def feedback(request: Request) -> Response:
    """Take what became of a card, and keep nothing of it."""
    service: Service = request.app.state.service
    _known(request)
    parameters.check(request, ())
    content = await read_json(request, service.bounds.body)
    entries = content.get("feedback")
    if not isinstance(entries, list) or not all(map(_is_feedback, entries)):
        raise HTTPException(
            400, f"Send feedback: a list of card, outcome ({' or '.join(OUTCOMES)}) and outcomeTimestamp."
        )
    return Response(status_code=200)


def _is_feedback(entry: object) -> bool:
    return (
        isinstance(entry, dict)
        and all(isinstance(entry.get(name), str) for name in ("card", "outcomeTimestamp"))
        and entry.get("outcome") in OUTCOMES
        and (entry["outcome"] != "accepted" or isinstance(entry.get("acceptedSuggestions"), list))
    )


def _known(request: Request) -> str:
    name: str = request.path_params["name"]
    if name not in SERVICES:
        raise HTTPException(404, f"No service of this name; there are {' and '.join(SERVICES)}. See /cds-services.")
    return name


def _context(content: JsonObject, hook: str) -> JsonObject:
    """Return the context of a request; raises 400 for a request that lacks a required field of its hook."""
    faults = [name for name in ("hook", "hookInstance") if not _is_text(content.get(name))]
    context = content.get("context")
    if isinstance(context, dict):
        faults += [f"context.{name}" for name in ("userId", "patientId") if not _is_text(context.get(name))]
    else:
        faults.append("context")
        context = {}
    if hook == "order-select":
        selections, orders = context.get("selections"), context.get("draftOrders")
        faults += [] if isinstance(selections, list) and all(map(_is_text, selections)) else ["context.selections"]
        bundle = isinstance(orders, dict) and orders.get("resourceType") == "Bundle"
        faults += [] if bundle else ["context.draftOrders"]
    if faults:
        raise HTTPException(400, f"Missing or of another type: {', '.join(faults)}.")
    if content["hook"] != hook:
        raise HTTPException(400, f"This service answers the hook {hook}.")
    return context


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


ROUTES = [
    Route("/cds-services", discover),
    *by_post("/cds-services/{name}", call),
    *by_post("/cds-services/{name}/feedback", feedback),
]
