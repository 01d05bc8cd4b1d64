"""The JSON Schemas of the report, of the comparison and of short answers, made from their types.

A record becomes an object that allows no other key; the text below a field becomes its description.

python docs/reference/schemas.py
"""

from __future__ import annotations

import ast
import inspect
import json
import sys
import textwrap
import types
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from rrmm.catalogue.naming.model import AnswerData
from rrmm.records import Missing
from rrmm.report import schema
from rrmm.report.brief import Brief
from rrmm.report.comparison import ComparisonRecord
from rrmm.report.glance import Glance
from rrmm.report.model import ReportRecord
from rrmm.server import answer_schemas
from rrmm.server.cards import Card

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ROOTS = {"report": ReportRecord, "comparison": ComparisonRecord}
ANSWERS: tuple[type, ...] = (AnswerData, Brief, Card, Glance)
SCALARS: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}

Schema = dict[str, Any]


def build(name: str) -> Schema:
    """Return the schema of ``report`` or ``comparison``."""
    builder = _Builder()
    root = builder.record(ROOTS[name])
    return {"$schema": DIALECT, "title": f"rrmm {name}", **root, "$defs": dict(sorted(builder.definitions.items()))}


def build_answers() -> Schema:
    """Return the schemas of the short answers of the service."""
    builder = _Builder()
    for record in ANSWERS:
        builder.of(record)
    return {"$schema": DIALECT, "title": "rrmm answers", "$defs": dict(sorted(builder.definitions.items()))}


def to_text(content: Schema) -> str:
    """Return a schema as the text of its file."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


class _Builder:
    """Turns types into schemas; each record below the root becomes one definition."""

    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}

    def of(self, kind: Any) -> Schema:
        """Return the schema of a type."""
        origin, arguments = get_origin(kind), get_args(kind)
        if kind in SCALARS:
            return {"type": SCALARS[kind]}
        if origin is Literal:
            return {"enum": list(arguments)}
        if origin in {Union, types.UnionType}:
            return self._union([argument for argument in arguments if argument is not Missing])
        if kind == tuple[()]:
            return {"type": "array", "maxItems": 0}
        if origin is list or (origin is tuple and arguments[1:] == (...,)):
            return {"type": "array", "items": self.of(arguments[0])}
        if origin is tuple:
            return self._fixed(arguments)
        if origin is dict:
            values = {} if arguments[1] is Any else {"additionalProperties": self.of(arguments[1])}
            return {"type": "object"} | values
        return self._reference(kind)

    def _union(self, arguments: list[Any]) -> Schema:
        parts = [self.of(argument) for argument in arguments]
        if len(parts) == 1:
            return parts[0]
        if all(part.keys() == {"type"} for part in parts):
            return {"type": [part["type"] for part in parts]}
        if all(part.keys() == {"enum"} or part == {"type": "null"} for part in parts):
            return {"enum": [value for part in parts for value in part.get("enum", [None])]}
        return {"anyOf": parts}

    def _fixed(self, arguments: tuple[Any, ...]) -> Schema:
        (entry,) = {json.dumps(self.of(argument)) for argument in arguments}
        count = len(arguments)
        return {"type": "array", "items": json.loads(entry), "minItems": count, "maxItems": count}

    def _reference(self, record: type) -> Schema:
        """Return a reference to the definition of a record."""
        name = record.__name__
        if name not in self.definitions:
            self.definitions[name] = {}
            self.definitions[name] = self.record(record)
        return {"$ref": f"#/$defs/{name}"}

    def record(self, record: type) -> Schema:
        """Return the schema of a record as an object that allows no other key."""
        hints, texts = get_type_hints(record), describe(record)
        if own := getattr(record, "to_dict", None):  # its JSON leaves fields out
            hints = {name: hints[name] for name in get_type_hints(get_type_hints(own)["return"])}
        needed = getattr(record, "__required_keys__", hints)
        properties = {name: self.of(hint) | texts.get(name, {}) for name, hint in hints.items()}
        return {
            "description": str(inspect.getdoc(record)).partition("\n")[0],
            "type": "object",
            "additionalProperties": False,
            "required": [name for name, hint in hints.items() if name in needed and Missing not in get_args(hint)],
            "properties": properties,
        }


def describe(record: type) -> dict[str, Schema]:
    """Return field → its description: the text below it in the source of the record."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(record))).body
    assert isinstance(body, ast.ClassDef)
    texts: dict[str, Schema] = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            match below:
                case ast.Expr(ast.Constant(str(text))):
                    texts[field.target.id] = {"description": text}
    return texts


def main() -> int:
    """Write both schemas beside the types."""
    for name in ROOTS:
        Path(schema.FOLDER, f"{name}.schema.json").write_text(to_text(build(name)), encoding="utf-8")
    answer_schemas.FILE.write_text(to_text(build_answers()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
