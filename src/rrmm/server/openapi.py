"""The OpenAPI description: every path for programs, and every answer that it may give."""

from __future__ import annotations

import json

from rrmm.catalogue.naming.model import PLACES
from rrmm.iris import RESEARCH_USE
from rrmm.patient import schema as patient_schema
from rrmm.report import schema as report_schema
from rrmm.rules.base import RuleBase
from rrmm.server import openapi_patients
from rrmm.server.answer_schemas import answer_schemas
from rrmm.server.negotiate import GRAPHS, HTML, TABLES
from rrmm.server.operations import TEXT, Schema, as_json, in_path, in_query, mapping, operation, refer
from rrmm.server.service import Bounds
from rrmm.version import __version__


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
                **{name: _component(part) for name, part in answer_schemas().items()},
                "problem": _PROBLEM,
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
            "schema": mapping(query=TEXT) | {"additionalProperties": True},
            "example": {"query": "ASK {}"},
        },
    }
    term = [in_path("kind", "drug"), in_path("slug", "bortezomib")]
    listed = mapping(questions={"type": "array", "items": _QUESTION})
    knowledge = mapping(
        version=TEXT,
        sources={"type": "array", "items": mapping(source=TEXT, title=TEXT, published=TEXT)},
        knowledge_ends=TEXT,
        disclaimer=TEXT,
        added=_TEXTS,
        silenced=_TEXTS,
        changes={"type": "array", "maxItems": 0},  # the service takes no files of others
    )
    return {
        "/sparql": {
            "get": operation(
                "Answer a SPARQL query, or describe the service where there is none",
                [in_query("query", "ASK {}", required=False)],
                {200: tables | graphs, 303: None},
                [400, 403, 406, 429],
            ),
            "post": operation(
                "Answer a SPARQL query", [], {200: tables | graphs}, [400, 403, 406, 413, 415, 429], bodies
            ),
        },
        "/store": {
            "get": operation(
                "Return the whole graph, by the Graph Store Protocol: the default graph, or that of its release",
                [in_query("default", "", required=False), in_query("graph", "", required=False)],
                {200: graphs},
                [400, 404, 406, 429],
            )
        },
        **openapi_patients.paths(),
        "/api/queries": {"get": operation("List the catalogued questions", [], {200: as_json(listed)}, [])},
        "/api/queries/{name}": {
            "get": operation(
                "Answer a catalogued question; its parameters are those of the list",
                [in_path("name", "hazard-ratios"), openapi_patients.SOURCE, openapi_patients.AS_OF],
                {200: tables},
                [400, 404, 406, 429],
            )
        },
        "/api/names": {
            "get": operation(
                "Say what words mean in the graph, or could mean",
                [
                    in_query("word", "Velcade") | {"schema": {"type": "array", "items": _WORD, "minItems": 1}},
                    in_query("where", "drug", required=False) | {"schema": {"enum": list(PLACES)}},
                ],
                {200: as_json(mapping(names={"type": "array", "items": refer("AnswerData")}))},
                [400, 429],
            )
        },
        "/api/show": {
            "get": operation(
                "Return everything known of a thing, by label, alias, CURIE or IRI",
                [in_query("name", "bortezomib")],
                {200: as_json({"type": "object", "required": ["iri", "label", "statements", "addresses", "related"]})},
                [400, 404],
            )
        },
        "/api/search": {
            "get": operation(
                "Find things by the words of a label or alias",
                [in_query("q", "velcade"), _LIMIT],
                {200: as_json(mapping(results={"type": "array", "items": _HIT}))},
                [400],
            )
        },
        "/api/version": {
            "get": operation(
                "Return the versions of code and knowledge",
                [],
                {200: as_json(mapping(name=TEXT, version=TEXT, triples={"type": "integer"}, knowledge=knowledge))},
                [],
            )
        },
        "/api/health": {
            "get": operation(
                "Say whether queries can be answered", [], {200: as_json(_HEALTH), 503: as_json(_HEALTH)}, []
            )
        },
        "/id/{kind}/{slug}": {
            "get": operation(
                "Redirect a thing to its page or its statements by content negotiation; "
                "return them where the slug ends in .html, .ttl, .nt, .jsonld or .rdf",
                term,
                {200: graphs | {HTML: {}}, 303: None},
                [404, 406],
            )
        },
        "/openapi.json": {"get": operation("Return this description", [], {200: as_json({"type": "object"})}, [])},
    }


_WORD = TEXT | {"minLength": 1, "maxLength": 200}
_TEXTS = {"type": "array", "items": TEXT}
_LIMIT = {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}}
_PROBLEM: Schema = {
    "type": "object",
    "required": ["title", "status", "detail"],
    "additionalProperties": False,
    "properties": {"title": TEXT, "status": {"type": "integer"}, "detail": TEXT, "key": TEXT, "offers": _TEXTS},
}
_PARAMETER = mapping(name=TEXT, required={"type": "boolean"}, thing={"type": "boolean"})
_QUESTION = mapping(
    name=TEXT, summary=TEXT, description=TEXT, parameters={"type": "array", "items": _PARAMETER}, answer=TEXT
)
_HIT = mapping(iri=TEXT, label=TEXT, kind=TEXT, matched=TEXT, curie=TEXT, page=TEXT)
_HEALTH = mapping(status={"enum": ["ok", "starting"]}, workers={"type": "integer"})
