"""The SPARQL 1.1 Protocol, its query half, and the service description: https://www.w3.org/TR/sparql11-protocol/."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from rrmm.errors import QueryRefused, quote
from rrmm.graph.sandbox.messages import Dataset
from rrmm.graph.syntax import parse, serialize
from rrmm.iris import ID
from rrmm.server.answers import AT_ONCE, Sliced, body
from rrmm.server.kept import Question
from rrmm.server.negotiate import GRAPHS, HTML, TABLES, best, charset
from rrmm.server.parameters import check_names
from rrmm.server.service import GRAPH_STORE, Service
from rrmm.site.renderer import EDITOR

DATASETS = ("default-graph-uri", "named-graph-uri")
OF_STORE = ("default", "graph")
UPDATES = ("update", "using-graph-uri", "using-named-graph-uri")
FORMATS = ("format", "output", "results")
"""What clients of other endpoints send to choose a form; SPARQLWrapper sends all three, beside Accept."""

FORMS = {
    "json": "application/sparql-results+json, application/ld+json",
    "xml": "application/sparql-results+xml, application/rdf+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "turtle": "text/turtle",
    "json-ld": "application/ld+json",
    "rdf+xml": "application/rdf+xml",
}
FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
NOT_UPDATED = "This service is read-only: updates are refused."


async def sparql(request: Request) -> Response:
    """Answer a query, or describe the service when there is no query."""
    service: Service = request.app.state.service
    given = await _parameters(request, service)
    texts = given.get("query", [])
    if len(texts) > 1 or (not texts and request.method == "POST"):
        raise HTTPException(400, "Give the parameter query once.")
    accept = request.headers.get("accept", "")
    if accept.strip() in {"", "*/*"}:
        accept = _form(given) or accept
    if not texts:
        return _description(service, accept)
    return await answer(request, Question(texts[0], _dataset(given, service.release)), accept)


async def answer(request: Request, question: Question, accept: str) -> Response:
    """Return the answer of a query in the form that the client prefers by an Accept header."""
    service: Service = request.app.state.service
    table, graph = best(accept, TABLES), best(accept, GRAPHS)
    if table is None and graph is None:
        raise HTTPException(406, f"Ask for one of: {', '.join([*TABLES, *GRAPHS])}.")
    forms = TABLES.get(table or ""), GRAPHS.get(graph or "")
    kept, after = await service.recall(question, *forms, request), None
    if kept is None:
        kept, after = await service.ask(question, *forms, request)
    return Sliced(kept, charset((graph if kept.form in GRAPHS.values() else table) or ""), after)


async def _parameters(request: Request, service: Service) -> dict[str, list[str]]:
    """Return the parameters of a request, in its address and its body, a long one read in a lane; refuse others."""
    given = _parse(request.url.query)
    if request.method == "POST":
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind not in (FORM, QUERY):
            reason = NOT_UPDATED if kind == "application/sparql-update" else f"Send {FORM} or {QUERY}."
            raise HTTPException(415, reason)
        content = await body(request, service.bounds.body)
        said = (
            _read(kind, content) if len(content) <= AT_ONCE else await service.pages.work(request, _read, kind, content)
        )
        for name, values in said.items():
            given.setdefault(name, []).extend(values)
    if any(name in given for name in UPDATES):
        raise QueryRefused(NOT_UPDATED)
    if any(name in given for name in OF_STORE):
        raise HTTPException(400, f"default and graph ask the Graph Store. It is at /{GRAPH_STORE}.")
    check_names(given, ("query", *DATASETS, *FORMATS))
    return given


def _read(kind: str, content: bytes) -> dict[str, list[str]]:
    """Return the parameters in a body of a media type."""
    text = _text(content)
    return {"query": [text]} if kind == QUERY else _parse(text)


def _form(given: dict[str, list[str]]) -> str:
    """Return the Accept header that the parameters of other endpoints stand for; raises 400 for a form we have not."""
    wanted = {form: name for name in FORMATS for form in given.get(name, ())}
    for form, name in wanted.items():
        if form not in FORMS and form not in {*TABLES, *GRAPHS}:
            raise HTTPException(400, f"{name}: no form {quote(form)}; there are: {', '.join(FORMS)}.")
    if len(wanted) > 1:
        raise HTTPException(400, f"{', '.join(FORMATS)} name different forms: {', '.join(wanted)}. Give one.")
    return "".join(FORMS.get(form, form) for form in wanted)


def _dataset(parameters: dict[str, list[str]], known: str) -> Dataset:
    """Return the dataset that the parameters name; raises QueryRefused for a graph that is not here."""
    for name in DATASETS:
        if unknown := [uri for uri in parameters.get(name, ()) if uri != known]:
            raise QueryRefused(f"{name}: {quote(unknown[0])} is not here, and nothing is fetched. Here is {known}.")
    if any(name in parameters for name in DATASETS):
        return Dataset(*(name in parameters for name in DATASETS))
    return Dataset()


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise HTTPException(400, "The query is not UTF-8.") from None


def _parse(text: str) -> dict[str, list[str]]:
    try:
        return parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise HTTPException(400, "The parameters are not UTF-8, or more than 100.") from None


def _description(service: Service, accept: str) -> Response:
    """Return the service description; redirect a browser to the editor."""
    form = best(accept, [*GRAPHS, HTML])
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
    content = _write(turtle.encode(), form, service.endpoint)
    return Response(content, media_type=charset(form), headers={"Vary": "Accept"})


async def void(request: Request) -> Response:
    """Return the VoID description of the dataset."""
    form = best(request.headers.get("accept", ""), GRAPHS)
    if form is None:
        raise HTTPException(406, f"Ask for one of: {', '.join(GRAPHS)}.")
    service: Service = request.app.state.service
    kept = await service.write(request, service.pages, form, lambda: _write(service.description, form), "void")
    return Sliced(kept, charset(form))


def _write(turtle: bytes, form: str, base: str | None = None) -> bytes:
    return serialize(parse(turtle, "turtle", base), GRAPHS[form], {"dcat": DCAT, "sd": SD, "void": VOID})


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
    sd:defaultDataset <#dataset> .
<#dataset> a sd:Dataset ;
    sd:defaultGraph <{release}> ;
    sd:namedGraph <#graph> .
<#graph> a sd:NamedGraph ;
    sd:name <{release}> ;
    sd:graph <{release}> .
<{release}> a sd:Graph, void:Dataset ;
    void:sparqlEndpoint <> ;
    void:triples {triples} ;
    void:uriSpace "{source}" ;
    rdfs:seeAlso </.well-known/void> .
"""
