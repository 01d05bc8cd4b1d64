"""The comparisons of the graph as Evidence of FHIR R5 (http://hl7.org/fhir/R5/evidence.html), in one Bundle.

One resource for each printed comparison of two arms. It holds what is printed, digits included, and refuses to compute:
a comparison without an interval has none, and a level of evidence is a certainty only where a source prints it.
`docs/decisions/0025-fhir-evidence.md` has the mapping.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from rrmm.graph import queries
from rrmm.graph.files import GraphFiles
from rrmm.graph.store import Row, Store
from rrmm.iris import ID, RESEARCH_USE, local_name
from rrmm.records import JsonObject

TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
ROLES = {
    "population": "population",
    "group": "exposure",
    "comparator": "referenceExposure",
    "endpoint": "measuredVariable",
}
INTERVAL = {"system": f"{TERMINOLOGY}/attribute-estimate-type", "code": "C53324", "display": "Confidence interval"}
NCIT = re.compile(r"^http://purl\.obolibrary\.org/obo/NCIT_(\w+)$")
OBO = re.compile(r"^(http://purl\.obolibrary\.org/obo/)(\w+)$")
NUMBER = re.compile(r"([<>≤≥]?)\s*(\d*\.?\d+)")
COMPARATORS = {"<": "<", ">": ">", "≤": "<=", "≥": ">="}
LONGEST_ID = 64


def write_bundle(files: GraphFiles) -> bytes:
    """Return a Bundle of the type ``collection`` with an Evidence for each comparison, in the order of their IRIs."""
    rows = Store(files.snapshot).rows(queries.find(files.root, "export", "fhir-evidence").text)
    entries = [
        {"fullUrl": iri, "resource": build_evidence(list(group))}
        for iri, group in groupby(rows, key=lambda row: row["result"])
    ]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return (_numbers(json.dumps(bundle, ensure_ascii=False, indent=1)) + "\n").encode()


def build_evidence(rows: list[Row]) -> JsonObject:
    """Return the Evidence of one comparison from its rows; numbers are marked, so that their digits stay as printed."""
    row = rows[0]
    evidence: JsonObject = {
        "resourceType": "Evidence",
        "id": _identifier(row["result"]),
        "url": row["result"],
        "title": row["label"],
        "citeAsMarkdown": f"{row['source']}, {row['section']}, {_place(row)}",
        "status": "active",
        "date": row.get("published", []),
        "copyright": RESEARCH_USE,
        "description": _describe(row),
        "relatedArtifact": list(_artifacts(rows)),
        "note": [{"text": text} for text in (row["comparability"], *_doubts(row))],
        "variableDefinition": [_variable(row[name], role) for name, role in ROLES.items()],
        "studyDesign": [{"text": row["design"]}] if "design" in row else [],
        "statistic": [_statistic(rows)],
        "certainty": _certainty(row),
    }
    return {name: value for name, value in evidence.items() if value != []}


def _identifier(iri: str) -> str:
    """Return an id of FHIR: letters, digits, hyphens and points, at most 64 of them."""
    name = re.sub(r"[^A-Za-z0-9.-]", "-", iri.removeprefix(ID))
    if len(name) <= LONGEST_ID:
        return name
    return f"{name[: LONGEST_ID - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _place(row: Row) -> str:
    """Return where in its section a comparison is printed; of a publication, the figure itself."""
    return f"characters {row['start']}–{row['end']}" if "start" in row else f"figure {row['as_printed']}"


def _describe(row: Row) -> str:
    look = f"; {row['look']}" if "look" in row else ""
    follow_up = f"; follow-up {row['follow_up']:g} months" if "follow_up" in row else ""
    population = "" if row["population"] == "all" else f" in {row['population']}"
    versus = f"{row['group']} against {row['comparator']}"
    return f"{row['study']}: {row['endpoint']}, {versus}{population}: {_words(row)}{look}{follow_up}"


def _words(row: Row) -> str:
    """Return the comparison as printed."""
    interval = f" ({row['level']:g}% CI {row['lower']}–{row['upper']})" if "lower" in row and "level" in row else ""
    test = f", P {row['p_printed']}" if "p_printed" in row and row["statistic_label"] != "P value" else ""
    return f"{row['statistic_label']} {row['as_printed']}{interval}{test}"


def _artifacts(rows: Iterable[Row]) -> Iterator[JsonObject]:
    """Yield the source with its records, the publications of the look, and the comparison that this one updates."""
    rows = list(rows)
    records = dict.fromkeys(row["record"] for row in rows if "record" in row)
    for document in [{"document": {"url": record}} for record in records] or [{}]:
        yield {"type": "derived-from", "citation": rows[0]["source"], **document}
    for publication in dict.fromkeys(row["publication"] for row in rows if "publication" in row):
        yield {"type": "citation", "document": {"url": publication}}
    for earlier in dict.fromkeys(row["updates"] for row in rows if "updates" in row):
        yield {"type": "replaces", "resourceReference": {"reference": f"Evidence/{_identifier(earlier)}"}}


def _doubts(row: Row) -> list[str]:
    return [f"In doubt: {text}" for text in row["doubts"].split(" | ")] if "doubts" in row else []


def _variable(words: str, role: str) -> JsonObject:
    return {
        "description": words,
        "variableRole": {"coding": [{"system": f"{TERMINOLOGY}/variable-role", "code": role}]},
        "observed": {"display": words},
    }


def _statistic(rows: list[Row]) -> JsonObject:
    row = rows[0]
    codes = dict.fromkeys(one["statistic_code"] for one in rows if "statistic_code" in one)
    statistic: JsonObject = {
        "description": _words(row),
        "statisticType": {"coding": list(map(_coding, codes)), "text": row["statistic_label"]},
    }
    if not statistic["statisticType"]["coding"]:
        del statistic["statisticType"]["coding"]
    if quantity := _quantity(row["as_printed"]):
        statistic["quantity"] = quantity
    estimates = [*_interval(row), *_test(row)]
    return statistic | ({"attributeEstimate": estimates} if estimates else {})


def _coding(iri: str) -> JsonObject:
    """Return the coding of a linked term; HL7's own system takes its codes from NCIt."""
    if ncit := NCIT.match(iri):
        return {"system": f"{TERMINOLOGY}/statistic-type", "code": ncit[1]}
    if obo := OBO.match(iri):
        return {"system": obo[1], "code": obo[2]}
    return {"system": iri.removesuffix(local_name(iri)), "code": local_name(iri)}


def _interval(row: Row) -> Iterator[JsonObject]:
    """Yield the confidence interval; an end that was not evaluable is left out, and stands in the description."""
    if "lower" not in row:
        return
    ends = {"low": _quantity(row["lower"]), "high": _quantity(row["upper"]) if "upper" in row else None}
    level = {"level": _mark(f"{row['level'] / 100:g}")} if "level" in row else {}
    yield {
        "description": f"{row['level']:g}% CI {row['lower']}–{row.get('upper', '')}" if "level" in row else "CI",
        "type": {"coding": [INTERVAL]},
        **level,
        "range": {end: quantity for end, quantity in ends.items() if quantity},
    }


def _test(row: Row) -> Iterator[JsonObject]:
    """Yield the P value beside a ratio; in a comparison that is a test alone it is the statistic itself."""
    if "p_printed" in row and row["statistic_label"] != "P value":
        sides = {1: ", one-sided", 2: ", two-sided"}.get(row.get("p_sides", 0), "")
        quantity = _quantity(row["p_printed"])
        yield {
            "description": f"P {row['p_printed']}{sides}",
            "type": {"text": "P value"},
            **({"quantity": quantity} if quantity else {}),
        }


def _certainty(row: Row) -> list[JsonObject]:
    """Return the level of evidence where a source prints one: its own scale, rated by nobody else."""
    grade = row.get("level_of_evidence")
    if not grade:
        return []
    words = f"Level of evidence {grade}, as printed in {row['source']}"
    return [{"description": words, "rating": {"text": grade}, "rater": row["source"]}]


def _quantity(printed: str) -> JsonObject | None:
    """Return a quantity with its digits as printed, or None where no number is.

    >>> _quantity("< .001")
    {'value': '@0.001@', 'comparator': '<'}
    """
    found = NUMBER.fullmatch(printed.strip().replace("＜", "<"))
    if not found:
        return None
    value = f"0{found[2]}" if found[2].startswith(".") else found[2]
    return {"value": _mark(value), **({"comparator": COMPARATORS[found[1]]} if found[1] else {})}


def _mark(number: str) -> str:
    """Return a number as a text that `_numbers` turns into a number with the same digits."""
    return f"@{number}@"


def _numbers(text: str) -> str:
    return re.sub(r'"@(\d+(?:\.\d+)?)@"', r"\1", text)
