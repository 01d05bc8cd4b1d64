"""What the page of a patient needs of the graph: the keys of a patient file as fields, names to choose, examples."""

from __future__ import annotations

import json

from rrmm.graph.files import GraphFiles
from rrmm.patient.naming import REST_UNKNOWN
from rrmm.records import JsonObject
from rrmm.report.phrases import name_unit
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Key
from rrmm.site.index import EXAMPLES
from rrmm.site.renderer import PATIENT

PACK = PATIENT.replace("index.html", "rrmm.zip")
FORM = PATIENT.replace("index.html", "form.json")


def references(*, service: bool, inside: int) -> dict[str, object]:
    """Return what answers the page, ``service``, Python ``inside`` the browser or nothing, and what it loads."""
    answering = "service" if service else "inside" if inside else ""
    return {"engine": answering, "weight": inside, "form": FORM, "pack": PACK}


def form(files: GraphFiles) -> str:
    """Return the form of a patient as JSON: fields and names by key, sources, regions, countries, examples."""
    rule_base = RuleBase.of(files)
    keys = [_field(rule_base, key) for key in rule_base.keys.values() if key.kind != "object"]
    content = {
        "fields": keys,
        "sources": [{"name": one.brief, "published": one.published} for one in rule_base.sources],
        "regions": _regions(rule_base),
        "countries": dict(rule_base.regions),
        "rest": REST_UNKNOWN,
        "examples": json.loads(EXAMPLES.read_text(encoding="utf-8")),
    }
    return json.dumps(content, ensure_ascii=False, indent=0) + "\n"


def _regions(rule_base: RuleBase) -> list[str]:
    """Return the countries that some statement tells apart."""
    region = rule_base.keys["region"].property
    conditions = (one for one in rule_base.conditions.values() if one.property == region)
    return sorted({str(value) for one in conditions for value in one.values})


def _field(rule_base: RuleBase, key: Key) -> JsonObject:
    field: JsonObject = {"path": key.path, "kind": key.kind, "label": key.label, "help": key.definition}
    field |= {name: getattr(key, name) for name in ("question", "minimum", "maximum") if getattr(key, name) is not None}
    if key.unit and (unit := name_unit(key.unit)):
        field["unit"] = unit
    if key.values_from:
        field["choices"] = _choices(rule_base, key)
    return field


def _choices(rule_base: RuleBase, key: Key) -> list[str]:
    """Return the labels of what a key can hold; what says nothing is no choice."""
    things = dict.fromkeys(rule_base.names(str(key.values_from)).values())
    return sorted((rule_base.label(thing) for thing in things if thing != key.default), key=str.casefold)
