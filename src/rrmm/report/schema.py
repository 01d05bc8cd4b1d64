"""The JSON Schemas of a report and of a comparison, as ``make schemas`` wrote them from the types."""

from __future__ import annotations

import json
from pathlib import Path

from rrmm.records import JsonObject

FOLDER = Path(__file__).parent


def report() -> JsonObject:
    """Return the schema of a report."""
    return _read("report")


def comparison() -> JsonObject:
    """Return the schema of a comparison of two reports."""
    return _read("comparison")


def _read(name: str) -> JsonObject:
    schema: JsonObject = json.loads((FOLDER / f"{name}.schema.json").read_bytes())
    return schema
