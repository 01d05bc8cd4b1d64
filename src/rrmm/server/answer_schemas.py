"""The JSON Schemas of short answers, as ``make schemas`` wrote them from the types."""

from __future__ import annotations

import json
from pathlib import Path

from rrmm.records import JsonObject

FILE = Path(__file__).with_name("answers.schema.json")


def answer_schemas() -> JsonObject:
    """Return the schema of each record by its name; references are to ``#/$defs``."""
    schemas: JsonObject = json.loads(FILE.read_bytes())["$defs"]
    return schemas
