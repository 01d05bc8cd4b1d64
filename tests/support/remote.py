"""A query, and answers to it as servers send them."""

from __future__ import annotations

import json

TEXT = "SELECT ?a WHERE {}"
NUMBER = "http://www.w3.org/2001/XMLSchema#integer"
ONE = json.dumps(
    {"head": {"vars": ["a"]}, "results": {"bindings": [{"a": {"type": "literal", "value": "1", "datatype": NUMBER}}]}}
)
TWO = b'<a:a> <a:b> "1" .\n<a:a> <a:b> "2" .\n'
NONE = json.dumps({"head": {"vars": []}, "results": {"bindings": []}})


def table(names, *rows, **members):
    """Return an answer with plain literals in its rows, and with other members beside them."""
    cells = [{name: {"type": "literal", "value": value} for name, value in row.items()} for row in rows]
    return json.dumps({"head": {"vars": names}, "results": {"bindings": cells}} | members)
