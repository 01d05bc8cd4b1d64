"""The parts of an OpenAPI description: operations, parameters, schemas."""

from __future__ import annotations

from rrmm.records import JsonObject

Schema = JsonObject
TEXT: Schema = {"type": "string"}
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}}
WHY = {
    400: "The request is not well formed; the detail says where",
    403: "An update, or a query that reaches outside the graph",
    404: "Unknown name; the detail offers the nearest",
    406: "None of the accepted forms is on offer",
    412: "The prefetch lacks what the service needs; the detail names the keys",
    408: "The body takes too long to come",
    413: "The body is too long",
    415: "The body has another media type, or is compressed",
    422: "The patient is invalid; the detail names the key",
    429: "Too many requests of this client at once",
    503: "Stopped at a limit of time, memory or size, or too many requests at once",
}


def operation(
    summary: str,
    parameters: list[Schema],
    answers: dict[int, Schema | None],
    problems: list[int],
    body: Schema | None = None,
) -> Schema:
    """Return an operation with every answer it may give: content by status, then problems.

    Any may be stopped at a limit (503), one with a body may wait too long for it (408).
    """
    responses = {
        str(status): {"description": "See Location" if content is None else "OK"}
        | ({} if content is None else {"content": content})
        for status, content in answers.items()
    }
    problems = [*problems, *([] if body is None else [408]), *({503} - answers.keys())]
    responses |= {str(status): {"description": WHY[status], "content": PROBLEM} for status in problems}
    operation: Schema = {"summary": summary, "parameters": parameters, "responses": responses}
    return operation if body is None else operation | {"requestBody": {"required": True, "content": body}}


def mapping(**properties: Schema) -> Schema:
    """Return the schema of an object with these keys and no other."""
    return {"type": "object", "required": list(properties), "additionalProperties": False, "properties": properties}


def as_json(shape: Schema) -> Schema:
    """Return JSON of a schema as content."""
    return {"application/json": {"schema": shape}}


def in_query(name: str, example: str, *, required: bool = True) -> Schema:
    """Return a parameter of the query string."""
    bounds = {"minLength": 1, "maxLength": 200} if required else {}
    return {"name": name, "in": "query", "required": required, "schema": TEXT | bounds, "example": example}


def in_path(name: str, example: str) -> Schema:
    """Return a parameter of the path."""
    return {"name": name, "in": "path", "required": True, "schema": TEXT, "example": example}


def refer(name: str) -> Schema:
    """Return a reference to a schema among the components."""
    return {"$ref": f"#/components/schemas/{name}"}
