"""The OpenAPI description: every path for programs, and every answer that it may give."""

from __future__ import annotations

import json

from rrmm.iris import RESEARCH_USE
from rrmm.patient import schema as patient_schema
from rrmm.records import JsonObject
from rrmm.report import schema as report_schema
from rrmm.rules.base import RuleBase
from rrmm.server.negotiate import GRAPHS, HTML, TABLES
from rrmm.server.service import Bounds
from rrmm.version import __version__

Schema = JsonObject
TEXT: Schema = {"type": "string"}
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}}
WHY = {
    400: "The request is not well formed; the detail says where",
    403: "An update, or a query that reaches outside the graph",
    404: "Unknown name; the detail offers the nearest",
    406: "None of the accepted forms is on offer",
    413: "The body is too long",
    415: "The body has another media type",
    422: "The patient is invalid; the detail names the key",
    503: "Stopped at a limit of time, memory or size, or too many requests at once",
}


def description(rule_base: RuleBase, bounds: Bounds) -> Schema:
    """Return the description as an OpenAPI 3.1 document."""
    report, patient = report_schema.report(), patient_schema.patient(rule_base)
    defs = report.pop("$defs")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "rrmm",
            "version": __version__,
            "description": f"Evidence on relapsed/refractory multiple myeloma, read-only. {RESEARCH_USE} "
            f"A query runs at most {bounds.seconds:g} s.",
            "license": {"name": "CC0 1.0", "identifier": "CC0-1.0"},
        },
        "paths": _paths(),
        "components": {
            "schemas": {
                "patient": _component(patient) | {"type": "object"},
                "report": _component(report),
                **{name: _component(part) for name, part in defs.items()},
                "problem": _object(title=TEXT, status={"type": "integer"}, detail=TEXT),
            }
        },
    }


def _component(part: Schema) -> Schema:
    """Return a schema whose references point into the components."""
    moved: Schema = json.loads(json.dumps(part).replace("#/$defs/", "#/components/schemas/"))
    moved.pop("$schema", None)
    return moved


def _paths() -> Schema:
    tables: Schema = {kind: {} for kind in TABLES}
    graphs: Schema = {kind: {} for kind in GRAPHS}
    bodies = {
        "application/sparql-query": {"schema": TEXT, "example": "ASK {}"},
        "application/x-www-form-urlencoded": {
            "schema": _object(query=TEXT) | {"additionalProperties": True},
            "example": {"query": "ASK {}"},
        },
    }
    term = [_in_path("kind", "drug"), _in_path("slug", "bortezomib")]
    listed = _object(questions={"type": "array", "items": _QUESTION})
    knowledge = _object(
        version=TEXT,
        sources={"type": "array", "items": _object(source=TEXT, title=TEXT, published=TEXT)},
        knowledge_ends=TEXT,
        disclaimer=TEXT,
        added=_TEXTS,
        silenced=_TEXTS,
    )
    return {
        "/sparql": {
            "get": _operation(
                "Answer a SPARQL query, or describe the service where there is none",
                [_in_query("query", "ASK {}", required=False)],
                {200: tables | graphs, 303: None},
                [400, 403, 406, 503],
            ),
            "post": _operation(
                "Answer a SPARQL query", [], {200: tables | graphs}, [400, 403, 406, 413, 415, 503], bodies
            ),
        },
        "/api/regimens": {
            "post": _operation(
                "Return which options are open for a patient, which are closed, and why. Nothing is logged or kept",
                [_SOURCE, _AS_OF],
                {200: _json({"$ref": "#/components/schemas/report"})},
                [400, 413, 415, 422],
                _json({"$ref": "#/components/schemas/patient"}),
            )
        },
        "/api/queries": {"get": _operation("List the catalogued questions", [], {200: _json(listed)}, [])},
        "/api/queries/{name}": {
            "get": _operation(
                "Answer a catalogued question; its parameters are those of the list",
                [_in_path("name", "hazard-ratios")],
                {200: tables},
                [400, 404, 406, 503],
            )
        },
        "/api/show": {
            "get": _operation(
                "Return everything known of a thing, by label, alias, CURIE or IRI",
                [_in_query("name", "bortezomib")],
                {200: _json({"type": "object", "required": ["iri", "label", "statements", "addresses", "related"]})},
                [400, 404],
            )
        },
        "/api/search": {
            "get": _operation(
                "Find things by the words of a label or alias",
                [_in_query("q", "velcade"), _LIMIT],
                {200: _json(_object(results={"type": "array", "items": _HIT}))},
                [400],
            )
        },
        "/api/version": {
            "get": _operation(
                "Return the versions of code and knowledge",
                [],
                {200: _json(_object(name=TEXT, version=TEXT, triples={"type": "integer"}, knowledge=knowledge))},
                [],
            )
        },
        "/api/health": {
            "get": _operation("Say whether queries can be answered", [], {200: _json(_HEALTH), 503: _json(_HEALTH)}, [])
        },
        "/id/{kind}/{slug}": {
            "get": _operation(
                "Redirect a thing to its page or its statements by content negotiation; "
                "return them where the slug ends in .html, .ttl, .nt, .jsonld or .rdf",
                term,
                {200: graphs | {HTML: {}}, 303: None},
                [404, 406],
            )
        },
        "/openapi.json": {"get": _operation("Return this description", [], {200: _json({"type": "object"})}, [])},
    }


def _operation(
    summary: str,
    parameters: list[Schema],
    answers: dict[int, Schema | None],
    problems: list[int],
    body: Schema | None = None,
) -> Schema:
    """Return an operation with every answer it may give: content by status, then problems."""
    responses = {
        str(status): {"description": "See Location" if content is None else "OK"}
        | ({} if content is None else {"content": content})
        for status, content in answers.items()
    }
    responses |= {str(status): {"description": WHY[status], "content": PROBLEM} for status in problems}
    operation: Schema = {"summary": summary, "parameters": parameters, "responses": responses}
    return operation if body is None else operation | {"requestBody": {"required": True, "content": body}}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "additionalProperties": False, "properties": properties}


def _json(shape: Schema) -> Schema:
    return {"application/json": {"schema": shape}}


def _in_query(name: str, example: str, *, required: bool = True) -> Schema:
    bounds = {"minLength": 1, "maxLength": 200} if required else {}
    return {"name": name, "in": "query", "required": required, "schema": TEXT | bounds, "example": example}


def _in_path(name: str, example: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": TEXT, "example": example}


_TEXTS = {"type": "array", "items": TEXT}
_LIMIT = {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}}
_SOURCE = {
    "name": "source",
    "in": "query",
    "description": "Answer by these sources alone",
    "schema": {"type": "array", "items": TEXT},
}
_AS_OF = {
    "name": "as_of",
    "in": "query",
    "description": "Answer by the sources published by this day",
    "schema": TEXT | {"pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$"},
    "example": "2025-12-31",
}
_PARAMETER = _object(name=TEXT, required={"type": "boolean"}, thing={"type": "boolean"})
_QUESTION = _object(
    name=TEXT, summary=TEXT, description=TEXT, parameters={"type": "array", "items": _PARAMETER}, answer=TEXT
)
_HIT = _object(iri=TEXT, label=TEXT, kind=TEXT, matched=TEXT, curie=TEXT, page=TEXT)
_HEALTH = _object(status={"enum": ["ok", "starting"]}, workers={"type": "integer"})
