"""The SPARQL 1.1 Protocol, its query half, and the service description: https://www.w3.org/TR/sparql11-protocol/."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from rrmm.errors import QueryRefused
from rrmm.graph.syntax import parse, serialize
from rrmm.graph.terms import Triple
from rrmm.iris import ID
from rrmm.server.answers import Sliced, body
from rrmm.server.compression import accepted
from rrmm.server.negotiate import GRAPHS, HTML, TABLES, best, charset
from rrmm.server.service import Service
from rrmm.site.renderer import EDITOR

DATASETS = ("default-graph-uri", "named-graph-uri")
UPDATES = ("update", "using-graph-uri", "using-named-graph-uri")
FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
NOT_UPDATED = "This service is read-only: updates are refused."


async def sparql(request: Request) -> Response:
    """Answer a query, or describe the service when there is no query."""
    service: Service = request.app.state.service
    text = await _query(request, service.bounds.body)
    return _description(request, service) if text is None else await answer(request, text)


async def answer(request: Request, text: str) -> Response:
    """Return the answer of a query in the form that the client prefers."""
    service: Service = request.app.state.service
    accept = request.headers.get("accept", "")
    table, graph = best(accept, TABLES), best(accept, GRAPHS)
    if table is None and graph is None:
        raise HTTPException(406, f"Ask for one of: {', '.join([*TABLES, *GRAPHS])}.")
    forms = TABLES.get(table or ""), GRAPHS.get(graph or "")
    kept, after = await service.recall(text, *forms, accepted(request.headers.get("accept-encoding", ""))), None
    if kept is None:
        kept, after = await service.ask(text, *forms), service.done
    return Sliced(kept, charset((graph if kept.form in GRAPHS.values() else table) or ""), after)


async def _query(request: Request, limit: int) -> str | None:
    """Return the text of the query; None where a GET has none."""
    parameters = _parameters(request.url.query)
    if request.method == "POST":
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind not in (FORM, QUERY):
            reason = NOT_UPDATED if kind == "application/sparql-update" else f"Send {FORM} or {QUERY}."
            raise HTTPException(415, reason)
        content = _text(await body(request, limit))
        if kind == QUERY:
            parameters["query"] = [content]
        else:
            parameters |= _parameters(content)
    if any(name in parameters for name in UPDATES):
        raise QueryRefused(NOT_UPDATED)
    if any(name in parameters for name in DATASETS):
        raise QueryRefused("A query reads this graph alone. Remove default-graph-uri and named-graph-uri.")
    texts = parameters.get("query", [])
    if len(texts) > 1 or (not texts and request.method == "POST"):
        raise HTTPException(400, "Give the parameter query once.")
    return texts[0] if texts else None


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise HTTPException(400, "The query is not UTF-8.") from None


def _parameters(text: str) -> dict[str, list[str]]:
    try:
        return parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise HTTPException(400, "The parameters are not UTF-8, or more than 100.") from None


def _description(request: Request, service: Service) -> Response:
    """Return the service description; redirect a browser to the editor."""
    form = best(request.headers.get("accept", ""), [*GRAPHS, HTML])
    if form is None:
        raise HTTPException(406, f"Ask for one of: {', '.join(GRAPHS)}.")
    if form == HTML:
        return RedirectResponse(f"/{EDITOR}", 303, {"Vary": "Accept"})
    turtle = DESCRIPTION.format(
        results="".join(f"<http://www.w3.org/ns/formats/{name}>, " for name in RESULTS).removesuffix(", "),
        triples=service.entities.size,
        source=ID,
        release=service.release,
    )
    try:
        triples = list(parse(turtle.encode(), "turtle", str(request.url.replace(query=""))))
    except (SyntaxError, ValueError):
        raise HTTPException(400, "The Host header gives no valid IRI. Send the host of this service.") from None
    return _document(triples, form)


async def void(request: Request) -> Response:
    """Return the VoID description of the dataset."""
    form = best(request.headers.get("accept", ""), GRAPHS)
    if form is None:
        raise HTTPException(406, f"Ask for one of: {', '.join(GRAPHS)}.")
    service: Service = request.app.state.service
    turtle = await run_in_threadpool(lambda: service.description)
    return _document(parse(turtle, "turtle"), form)


def _document(triples: Iterable[Triple], form: str) -> Response:
    content = serialize(triples, GRAPHS[form], {"dcat": DCAT, "sd": SD, "void": VOID})
    return Response(content, media_type=charset(form), headers={"Vary": "Accept"})


DCAT = "http://www.w3.org/ns/dcat#"
SD = "http://www.w3.org/ns/sparql-service-description#"
VOID = "http://rdfs.org/ns/void#"
RESULTS = [
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "N-Triples",
    "JSON-LD",
    "RDF_XML",
]
DESCRIPTION = """
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sd: <http://www.w3.org/ns/sparql-service-description#> .
@prefix void: <http://rdfs.org/ns/void#> .
<> a sd:Service, dcat:DataService ;
    sd:endpoint <> ;
    dcat:endpointURL <> ;
    dcat:servesDataset <{release}> ;
    sd:supportedLanguage sd:SPARQL11Query ;
    sd:resultFormat {results} ;
    sd:defaultDataset [ a sd:Dataset ; sd:defaultGraph <{release}> ] .
<{release}> a sd:Graph, void:Dataset ;
    void:sparqlEndpoint <> ;
    void:triples {triples} ;
    void:uriSpace "{source}" ;
    rdfs:seeAlso </.well-known/void> .
"""
