"""Requests of a CDS Hooks client, and cards held against the rules."""

from __future__ import annotations

import json
from uuid import UUID

import jsonschema

from support.chart import ordered, prefetch

JSON = "application/json"
OPTIONS, ORDER = "/cds-services/rrmm-options", "/cds-services/rrmm-order"
TEXT = {"type": "string", "minLength": 1}
URL = {"type": "string", "pattern": "^https?://[^/]+/"}
LINK = {
    "type": "object",
    "required": ["label", "url", "type"],
    "properties": {"label": TEXT, "url": URL, "type": {"const": "absolute"}},
    "additionalProperties": False,
}
CARDS = {
    "type": "object",
    "required": ["cards"],
    "additionalProperties": False,
    "properties": {
        "cards": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["summary", "indicator", "source"],
                "additionalProperties": False,
                "properties": {
                    "uuid": TEXT,
                    "summary": TEXT | {"maxLength": 139},
                    "indicator": {"enum": ["info", "warning", "critical"]},
                    "detail": TEXT,
                    "source": {
                        "type": "object",
                        "required": ["label"],
                        "properties": {"label": TEXT, "url": URL},
                        "additionalProperties": False,
                    },
                    "links": {"type": "array", "minItems": 1, "items": LINK},
                },
            },
        }
    },
}


def send(served, path, request, **headers):
    """Return the reply to a request of a client."""
    return served.ask(path, "POST", json.dumps(request).encode(), Content_Type=JSON, **headers)


def cards(served, path, request):
    """Return the cards, after they were held against the rules."""
    reply = send(served, path, request)
    assert reply.status == 200, reply.body
    assert reply.headers["cache-control"] == "no-store"
    answer = json.loads(reply.body)
    jsonschema.validate(answer, CARDS)
    for card in answer["cards"]:
        UUID(card["uuid"])
        assert "Research use only" in card["summary"]
        assert "Research use only" in card["source"]["label"]
        assert "Blood Res 2020;55:S43–S53 (2020)" in card["source"]["label"]
        assert "not a medical device" in card["detail"]
    return answer["cards"]


def unread(**changed):
    """Return the request of an order of carfilzomib with changes of its draft."""
    request = ordered(prefetch(), "carfilzomib")
    request["context"]["draftOrders"]["entry"][0]["resource"] |= changed
    return request
