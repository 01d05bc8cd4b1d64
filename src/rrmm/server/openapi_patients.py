"""The paths that take a patient, in the OpenAPI description."""

from __future__ import annotations

from rrmm.server.negotiate import HTML, JSON
from rrmm.server.operations import TEXT, Schema, as_json, in_path, in_query, mapping, operation, refer
from rrmm.server.page import READERS
from rrmm.server.patients import FORMS, RECORD_TYPES, SWITCHES, YAML

TEXTS = {"type": "array", "items": TEXT}
SOURCE = {"name": "source", "in": "query", "description": "Answer by these sources alone", "schema": TEXTS}
WITHOUT = {
    "name": "without",
    "in": "query",
    "description": "Answer without this guidance, by IRI or CURIE",
    "schema": TEXTS | {"maxItems": 20},
    "example": ["guidance:start-clinical-relapse"],
}
DAY = TEXT | {"pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$"}
AS_OF = {
    "name": "as_of",
    "in": "query",
    "description": "Answer by the sources published by this day",
    "schema": DAY,
    "example": "2025-12-31",
}
SERVICE = in_path("name", "rrmm-options")
RECORD = {"type": "object", "required": ["resourceType"], "properties": {"resourceType": TEXT}}
CALL = {
    "type": "object",
    "required": ["hook", "hookInstance", "context"],
    "properties": {
        "hook": TEXT,
        "hookInstance": TEXT,
        "context": {"type": "object", "required": ["userId", "patientId"]},
        "prefetch": {"type": "object"},
    },
}
FEEDBACK = {
    "type": "object",
    "required": ["card", "outcome", "outcomeTimestamp"],
    "properties": {"card": TEXT, "outcome": {"enum": ["accepted", "overridden"]}, "outcomeTimestamp": TEXT},
}
FEEDBACKS = {
    "type": "object",
    "required": ["feedback"],
    "properties": {"feedback": {"type": "array", "items": FEEDBACK}},
}


def paths() -> Schema:
    """Return the operations by path."""
    whole = {form: {} if form != JSON else {"schema": {"oneOf": [refer("report"), refer("Brief")]}} for form in FORMS}
    counts = {"type": "object", "additionalProperties": {"type": "integer"}}
    lists = {"type": "object", "additionalProperties": TEXTS}
    intake = {
        "patient": {"type": "object"},
        "index_date": TEXT,
        "from": lists,
        "rules": {"type": "object", "additionalProperties": TEXT},
        "not_understood": {"type": "array", "items": mapping(what=TEXT, why=TEXT)},
        "ignored": counts,
        "ignored_items": lists,
        "assumed": TEXTS,
    }
    return {
        "/api/regimens": {
            "post": operation(
                "Return which options are open for a patient, which are closed, and why; with brief=true in short. "
                "Nothing is logged or kept",
                [*map(_switch, SWITCHES), SOURCE, AS_OF],
                {200: whole},
                [400, 406, 413, 415, 422, 429],
                as_json(refer("patient")),
            )
        },
        "/api/glance": {
            "post": operation(
                "Return the answer for a patient at a glance, as the page of a patient draws it. "
                "Nothing is logged or kept",
                [SOURCE, AS_OF, WITHOUT],
                {200: as_json(refer("Glance"))},
                [400, 413, 415, 422, 429],
                as_json(refer("patient")),
            )
        },
        "/api/option": {
            "post": operation(
                "Return one option in full for a patient, as a piece of HTML. Nothing is logged or kept",
                [in_query("name", "Kd"), SOURCE, AS_OF, WITHOUT],
                {200: {HTML: {}}},
                [400, 413, 415, 422, 429],
                as_json(refer("patient")),
            )
        },
        "/api/read": {
            "post": operation(
                "Return a patient file in YAML as JSON, unchecked. Nothing is logged or kept",
                [],
                {200: as_json({"type": "object"})},
                [400, 413, 415, 422, 429],
                {YAML: {"schema": {"type": "object"}, "example": {"age": 72}}},
            )
        },
        "/api/intake": {
            "post": operation(
                "Return the patient files of a FHIR Bundle or a Phenopacket, and what was not understood. "
                "Nothing is logged or kept",
                [_choice("from", list(READERS)), _day("index_date")],
                {200: as_json({"type": "array", "items": mapping(**intake)})},
                [400, 413, 415, 422, 429],
                {kind: {"schema": RECORD} for kind in RECORD_TYPES},
            )
        },
        "/cds-services": {
            "get": operation(
                "List the services of CDS Hooks 2.0",
                [],
                {200: as_json(mapping(services={"type": "array", "items": {"type": "object"}}))},
                [],
            )
        },
        "/cds-services/{name}": {
            "post": operation(
                "Return cards for a hook, from its context and prefetch alone. Nothing is logged or kept",
                [SERVICE],
                {200: as_json(mapping(cards={"type": "array", "items": refer("Card")}))},
                [400, 404, 412, 413, 415, 422, 429],
                as_json(CALL),
            )
        },
        "/cds-services/{name}/feedback": {
            "post": operation(
                "Take what became of cards, and keep nothing of it",
                [SERVICE],
                {200: {}},
                [400, 404, 413, 415, 422],
                as_json(FEEDBACKS),
            )
        },
    }


def _switch(name: str) -> Schema:
    return {"name": name, "in": "query", "schema": {"type": "boolean", "default": False}}


def _choice(name: str, values: list[str]) -> Schema:
    return {"name": name, "in": "query", "required": True, "schema": {"enum": values}, "example": values[0]}


def _day(name: str) -> Schema:
    return {"name": name, "in": "query", "schema": TEXT | {"format": "date"}, "example": "2026-02-16"}
