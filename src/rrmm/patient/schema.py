"""Schemas of the patient file and of the table of patients, from the keys and names in the graph."""

from __future__ import annotations

from rrmm.patient.flags import ABSENT_FLAGS, LIST_FLAGS
from rrmm.records import JsonObject
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Key

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TABLE = "https://datapackage.org/profiles/2.0/tableschema.json"
DRUGS = "prior_drugs"
BELOW = f"{DRUGS}."
FIELD_TYPES = {"text": "string", "code": "string", "choice": "string", "object": "list"}
LIST: JsonObject = {"delimiter": "|", "itemType": "string"}
UNNAMED = ("class", "other")
GRADE: JsonObject = {"type": ["integer", "null"], "minimum": 1, "maximum": 5}


def patient(rule_base: RuleBase) -> JsonObject:
    """Return the JSON Schema of a patient file: its keys, their kinds, ranges and known words."""
    root: JsonObject = {"$schema": DIALECT, "title": "rrmm patient", **_object()}
    treatment = _object()
    for path, key in rule_base.keys.items():
        if path.startswith(BELOW):
            treatment["properties"][path.removeprefix(BELOW)] = _key(rule_base, key)
        elif path == DRUGS:
            entry: JsonObject = {"anyOf": [treatment, {"type": "string"}]}
            root["properties"][path] = _nullable({"type": "array", "items": entry}, key)
        else:
            _place(root, path.split("."), _key(rule_base, key))
    name: JsonObject = {"type": "string"}
    drug = treatment["properties"]["drug"]
    drug["anyOf"] += [_closed_object({form: name}, required=form) for form in UNNAMED]
    treatment["properties"] |= dict.fromkeys(UNNAMED, name)
    treatment["anyOf"] = [{"required": [form]} for form in ("drug", "regimen", *UNNAMED)]
    return root


def _object() -> JsonObject:
    return {"type": ["object", "null"], "additionalProperties": False, "properties": {}}


def _place(schema: JsonObject, path: list[str], entry: JsonObject) -> None:
    head, *rest = path
    if rest:
        _place(schema["properties"].setdefault(head, _object()), rest, entry)
    else:
        schema["properties"][head] = entry


def _nullable(schema: JsonObject, key: Key) -> JsonObject:
    description = key.definition + (f" Unit: {key.unit}." if key.unit else "")
    return {"description": description, "anyOf": [schema, {"type": "null"}]}


def _key(rule_base: RuleBase, key: Key) -> JsonObject:
    if key.kind in {"integer", "number"}:
        return _nullable({"type": key.kind, **_bounds(key)}, key)
    if key.kind == "boolean":
        return _nullable({"type": "boolean"}, key)
    if key.kind == "code":
        return _nullable({"type": "string", "minLength": 1, "examples": ["KR", "South Korea"]}, key)
    if key.kind == "text":
        return _nullable({"type": ["string", "number"]}, key)
    word: JsonObject = {"type": ["string", "integer"], "examples": _words(rule_base, key)}
    return _nullable(word if key.kind == "choice" else _list(word, other=key.other), key)


def _list(word: JsonObject, *, other: bool) -> JsonObject:
    """Return the schema of a list of names, each perhaps with a grade; one entry may stand without a list."""
    forms: list[JsonObject] = [
        word,
        _closed_object({"name": word, "grade": GRADE, "present": {"type": "boolean"}}, required="name"),
    ]
    if other:
        forms.append(_closed_object({"other": {"type": "string"}}, required="other"))
    return {"anyOf": [{"type": "array", "items": {"anyOf": forms}}, *forms]}


def _closed_object(properties: JsonObject, required: str) -> JsonObject:
    return {"type": "object", "additionalProperties": False, "required": [required], "properties": properties}


def _bounds(key: Key) -> JsonObject:
    return {name: value for name, value in (("minimum", key.minimum), ("maximum", key.maximum)) if value is not None}


def _words(rule_base: RuleBase, key: Key) -> list[str]:
    return sorted({rule_base.label(thing) for thing in rule_base.names(str(key.values_from)).values()})


def cohort(rule_base: RuleBase) -> JsonObject:
    """Return the schema of a table of patients, as a Table Schema of Frictionless Data."""
    fields = [_column(rule_base, path, key) for path, key in rule_base.keys.items()]
    fields += [_unnamed_column(form) for form in UNNAMED]
    fields += [_status_column(rule_base, status) for status, key in LIST_FLAGS.items() if key == DRUGS]
    fields += [_absent_column(rule_base, name, key) for name, key in ABSENT_FLAGS.items()]
    return {
        "$schema": TABLE,
        "title": "rrmm cohort",
        "description": "One row a patient. A column that is left out, or an empty cell, means not known. The names of"
        " a list are apart by |, and [] is an empty list: assessed, none; an entry other:WORD is a true word that no"
        " source knows, no NAME what was looked for and is absent, and rest unknown says that a list is not complete,"
        " of prior drugs too; a prior drug can be a regimen, which stands for its drugs, or a class, of which it is"
        " one. In Parquet and Arrow a list can be a list of text or of structs (name, grade, present, other),"
        " prior_drugs a list of structs, and what stands below another key, such as relapse.type, a field of a struct.",
        "fields": fields,
        "missingValues": [""],
        "primaryKey": ["id"],
    }


def _column(rule_base: RuleBase, path: str, key: Key) -> JsonObject:
    """Return the column of a key; `names` are what it can hold, or their aliases, CURIEs and IRIs."""
    name, note = path, ""
    if path.startswith(BELOW):
        below = path.removeprefix(BELOW)
        name = f"{DRUGS}.1.{below}"
        note = f" (Of the first prior drug; {DRUGS}.2.{below} of the second, and so on.)"
    kind = FIELD_TYPES.get(key.kind, key.kind)
    column: JsonObject = {"name": name, "type": kind, "title": key.label}
    column |= {"description": key.definition + note, "rdfType": key.property}
    if key.unit:
        column["unit"] = key.unit
    if constraints := _bounds(key):
        column["constraints"] = constraints
    if key.kind == "boolean":
        column |= {"trueValues": ["true"], "falseValues": ["false"]}
    if kind == "list":
        column |= LIST
    if key.kind in {"choice", "list"}:
        column["names"] = _words(rule_base, key)
    return column


def _unnamed_column(form: str) -> JsonObject:
    """Return the column of a prior drug that has no name in the graph."""
    known = {
        "class": "a class, where it is not known which of its drugs it was",
        "other": "a drug that no source knows",
    }
    description = f"In place of a prior drug: {known[form]}. (Of the first, and so on.)"
    return {"name": f"{BELOW}1.{form}", "type": "string", "title": form, "description": description}


def _absent_column(rule_base: RuleBase, name: str, path: str) -> JsonObject:
    """Return the column of what was looked for and is absent."""
    description = f"What was looked for and is absent, in place of entries no NAME of {path}."
    names = _words(rule_base, rule_base.keys[path])
    return {"name": name, "type": "list", "title": name, "description": description, **LIST, "names": names}


def _status_column(rule_base: RuleBase, status: str) -> JsonObject:
    """Return the column of the drugs of one status."""
    description = f"The prior drugs that are {status}, in place of a drug and its status in columns of their own."
    drugs = _words(rule_base, rule_base.keys[f"{BELOW}drug"])
    return {"name": status, "type": "list", "title": status, "description": description, **LIST, "names": drugs}
