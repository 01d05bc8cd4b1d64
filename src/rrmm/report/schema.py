"""Schemas of the patient file, the table of patients and the report, made from the vocabulary in the graph."""

from __future__ import annotations

from typing import Any

from rrmm.patient.flags import LIST_FLAGS
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import ACTIONS, CAUTIONS, REMARKS, STATUSES
from rrmm.rules.model import Key

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TABLE = "https://datapackage.org/profiles/2.0/tableschema.json"
DRUGS = "prior_drugs"
FIELD_TYPES = {"text": "string", "code": "string", "choice": "string", "object": "list"}
LIST = {"delimiter": "|", "itemType": "string"}

Schema = dict[str, Any]


def patient(rule_base: RuleBase) -> Schema:
    """Return the schema of a patient file: its keys, their kinds, ranges and known words."""
    root: Schema = {"$schema": DIALECT, "title": "rrmm patient", **_object({})}
    treatment = _object({})
    for path, key in rule_base.keys.items():
        if path.startswith("prior_drugs."):
            treatment["properties"][path.removeprefix("prior_drugs.")] = _key(rule_base, key)
        elif path == "prior_drugs":
            root["properties"][path] = _nullable({"type": "array", "items": treatment}, key)
        else:
            _place(root, path.split("."), _key(rule_base, key))
    treatment["required"] = ["drug"]
    return root


def _object(properties: Schema) -> Schema:
    return {"type": ["object", "null"], "additionalProperties": False, "properties": properties}


def _place(schema: Schema, path: list[str], entry: Schema) -> None:
    head, *rest = path
    if rest:
        _place(schema["properties"].setdefault(head, _object({})), rest, entry)
    else:
        schema["properties"][head] = entry


def _nullable(schema: Schema, key: Key) -> Schema:
    return {
        "description": key.definition + (f" Unit: {key.unit}." if key.unit else ""),
        "anyOf": [schema, {"type": "null"}],
    }


def _key(rule_base: RuleBase, key: Key) -> Schema:
    if key.kind in {"integer", "number"}:
        bounds = {"minimum": key.minimum, "maximum": key.maximum}
        return _nullable({"type": key.kind, **{k: v for k, v in bounds.items() if v is not None}}, key)
    if key.kind == "boolean":
        return _nullable({"type": "boolean"}, key)
    if key.kind == "code":
        return _nullable({"type": "string", "pattern": "^[A-Za-z]{2}$"}, key)
    if key.kind == "text":
        return _nullable({"type": ["string", "number"]}, key)
    word = {"type": ["string", "integer"], "examples": _words(rule_base, key)}
    if key.kind == "choice":
        return _nullable(word, key)
    graded = {
        "type": "object",
        "additionalProperties": False,
        "required": ["name"],
        "properties": {"name": word, "grade": {"type": ["integer", "null"], "minimum": 1, "maximum": 5}},
    }
    forms = [word, graded]
    if key.other:
        forms.append(
            {
                "type": "object",
                "additionalProperties": False,
                "required": ["other"],
                "properties": {"other": {"type": "string"}},
            }
        )
    entry = {"anyOf": forms}
    return _nullable({"anyOf": [{"type": "array", "items": entry}, *forms]}, key)


def _words(rule_base: RuleBase, key: Key) -> list[str]:
    return sorted({rule_base.label(thing) for thing in rule_base.names(str(key.values_from)).values()})


def cohort(rule_base: RuleBase) -> Schema:
    """Return the schema of a table of patients, as a Table Schema of Frictionless Data."""
    fields = []
    for path, key in rule_base.keys.items():
        _, _, name = path.rpartition(f"{DRUGS}.")
        said = f" (Of the first prior drug; {DRUGS}.2.{name} of the second, and so on.)" if name != path else ""
        fields.append(_field(rule_base, key, f"{DRUGS}.1.{name}" if name != path else path, said))
    fields += [_listed(rule_base, status) for status, key in LIST_FLAGS.items() if key == DRUGS]
    return {
        "$schema": TABLE,
        "title": "rrmm cohort",
        "description": "One row a patient. A column that is left out, or an empty cell, means not known. The names of"
        " a list are apart by |, and [] is an empty list: assessed, none; an entry other:WORD is a true word that the"
        " source does not know. In Parquet and Arrow a list can be a list of text, prior_drugs a list of structs, and"
        " what stands below another key, such as relapse.type, the field of a struct.",
        "fields": fields,
        "missingValues": [""],
        "primaryKey": ["id"],
    }


def _field(rule_base: RuleBase, key: Key, name: str, said: str = "") -> Schema:
    """Return a column: `names` are what it can hold, or their aliases, CURIEs and IRIs."""
    found: Schema = {"name": name, "type": FIELD_TYPES.get(key.kind, key.kind), "title": key.label}
    found |= {"description": key.definition + said, "rdfType": key.property}
    if key.unit:
        found["unit"] = key.unit
    bounds = {"minimum": key.minimum, "maximum": key.maximum, "pattern": "[A-Za-z]{2}" if key.kind == "code" else None}
    if constraints := {bound: value for bound, value in bounds.items() if value is not None}:
        found["constraints"] = constraints
    if key.kind == "boolean":
        found |= {"trueValues": ["true"], "falseValues": ["false"]}
    if found["type"] == "list":
        found |= LIST
    if key.kind in {"choice", "list"}:
        found["names"] = _words(rule_base, key)
    return found


def _listed(rule_base: RuleBase, status: str) -> Schema:
    """Return the column of the drugs of one status."""
    said = f"The prior drugs that are {status}, in place of a drug and its status in columns of their own."
    drugs = _words(rule_base, rule_base.keys[f"{DRUGS}.drug"])
    return {"name": status, "type": "list", "title": status, "description": said, **LIST, "names": drugs}


def report() -> Schema:
    """Return the schema of a report."""
    text, texts = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
    source = _closed(
        section=text,
        citations={"type": "array", "items": {"type": "integer"}},
        spans={"type": "array", "items": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}},
    )
    modality = {"enum": ["mandatory", "required", "should", "preferable", "can", "acceptable", "may", "could", "none"]}
    reason = _closed(
        rule=text,
        label=text,
        modality=modality,
        reading={"type": ["string", "null"]},
        facts=texts,
        source={"$ref": "#/$defs/source"},
    )
    because = {"type": "array", "items": {"$ref": "#/$defs/reason"}}
    one = {"$ref": "#/$defs/reason"}
    maybe = {"type": ["string", "null"]}
    caution = _closed(kind={"enum": list(CAUTIONS)}, agent=text, concern=maybe, trigger=maybe, text=text, because=one)
    evidence = _closed(
        result=text,
        trial=text,
        endpoint=text,
        statistic=text,
        population=text,
        as_printed=text,
        unit=maybe,
        comparator=maybe,
        comparability=text,
        prior_lines=maybe,
        within_prior_lines={"enum": ["yes", "no", "unknown"]},
        discrepancies=texts,
        source={"$ref": "#/$defs/source"},
    )
    change = _closed(patch={"type": "object"}, status={"enum": list(STATUSES)}, facts=texts)
    option = _closed(
        option=text,
        kind={"enum": ["regimen", "procedure", "retreatment"]},
        components=texts,
        status={"enum": list(STATUSES)},
        because=because,
        needs=texts,
        cautions={"type": "array", "items": caution},
        high_risk_evidence={"enum": ["significant", "improved_not_significant", "controversial", "none", None]},
        evidence={"type": "array", "items": evidence},
    )
    option["properties"]["would_change_if"] = {"type": "array", "items": change}
    course = _closed(
        drug=text, status={"enum": ["refractory", "relapsed_not_refractory", "intolerant", "exposed"]}, because=because
    )
    state = _closed(state=text, holds={"enum": ["yes", "no", "unknown"]}, because=because, needs=texts)
    timing = _closed(
        action={"enum": list(ACTIONS)},
        interval_months={"type": "array", "items": {"type": "number"}},
        because=because,
        needs=texts,
    )
    pattern = _closed(
        value={"enum": ["relapsed", "relapsed and refractory", "primary refractory", "unknown"]}, because=because
    )
    preference = _closed(preferred=texts, over=texts, modality=modality, because=one)
    conflict = _closed(between={**because, "minItems": 2, "maxItems": 2}, text=text)
    remark = _closed(kind={"enum": list(REMARKS)}, about=texts, text=text, because=one)
    reading = _closed(reading=text, label=text, text=text)
    whole = _closed(
        patient=text,
        knowledge=_closed(
            version=text, sources=texts, knowledge_ends=text, disclaimer=text, added=texts, silenced=texts
        ),
        history={"type": "array", "items": course},
        disease_pattern=pattern,
        states={"type": "array", "items": state},
        timing=timing,
        options={"type": "array", "items": option},
        preferences={"type": "array", "items": preference},
        conflicts={"type": "array", "items": conflict},
        discrepancies=texts,
        not_covered=texts,
        remarks={"type": "array", "items": remark},
        readings={"type": "array", "items": reading},
    )
    turned = _closed(option=text, status={"enum": [*STATUSES, None]})
    influence = _closed(
        rule=text,
        label=text,
        timing={"enum": [*ACTIONS, None]},
        options={"type": "array", "items": turned},
    )
    whole["properties"]["sensitivity"] = {"type": "array", "items": influence}
    return {"$schema": DIALECT, "title": "rrmm report", **whole, "$defs": {"reason": reason, "source": source}}


def comparison() -> Schema:
    """Return the schema of a comparison of two reports; what one side lacks is null there."""
    whole = report()
    properties = whole["properties"]

    def differing(part: str, name: str, shown: tuple[str, ...]) -> Schema:
        entry = properties[part]["items"]["properties"]
        side = {"anyOf": [_closed(**{key: entry[key] for key in shown}), {"type": "null"}]}
        sides = {"type": "array", "items": side, "minItems": 2, "maxItems": 2}
        return {"type": "array", "items": _closed(**{name: entry[name], "sides": sides})}

    def both(part: str) -> Schema:
        return {"type": "array", "items": properties[part], "maxItems": 2}

    found = _closed(
        patients=both("patient"),
        knowledge=both("knowledge"),
        states=differing("states", "state", ("holds",)),
        timing=both("timing"),
        options=differing("options", "option", ("status", "because")),
    )
    return {"$schema": DIALECT, "title": "rrmm comparison", **found, "$defs": whole["$defs"]}


def _closed(**properties: Any) -> Schema:
    return {"type": "object", "additionalProperties": False, "required": list(properties), "properties": properties}
