"""The tables of a derivation, made from the graph: queries in ``queries/derive/``, plain JSON out.

The narrow queries are joined here and not in SPARQL, so that compiling grows with the number of rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from rrmm.errors import KnowledgeError
from rrmm.graph import queries
from rrmm.graph.store import Asked, Row
from rrmm.iris import local_name


def tables(root: Path, store: Asked) -> dict[str, Any]:
    """Return the tables of a graph as plain JSON, by the queries in `root`."""
    rows = {
        name: store.rows(query.text)
        for name, query in queries.read(root, "derive").items()
        if name not in {"evidence", "patient-states", "patient-statuses"}
    }
    members, names = _names(rows["names"])
    drugs = _grouped(rows["drugs"], "drug", "class")
    conditions = _conditions(rows["conditions"])
    options = _options(rows, drugs | _grouped(rows["drug-classes"], "class", "above"))
    targeted = Targeted(options)
    return {
        "sources": rows["sources"],
        "effects": rows["effects"],
        "statuses": [row["word"] for row in rows["statuses"]],
        "keys": rows["keys"],
        "members": {name: sorted(things) for name, things in members.items()},
        "names": names,
        "labels": {row["thing"]: row["label"] for row in [*rows["labels"], *rows["names"]]},
        "conditions": conditions,
        "states": _states(rows["states"], _sets(rows["condition-sets"], conditions)),
        "options": options,
        "guidance": _guidance(rows["guidance"], targeted),
        "targeted": targeted.several,
        "passages": _passages(rows["passages"]),
        "drugs": drugs,
        "criteria": _grouped(rows["criteria"], "criterion", "passage"),
        "readings": {row["reading"]: {"label": row["label"], "text": row["text"]} for row in rows["readings"]},
    }


def _names(rows: list[Row]) -> tuple[dict[str, set[str]], dict[str, dict[str, str]]]:
    members: dict[str, set[str]] = defaultdict(set)
    names: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        thing = row["thing"]
        members[row["class"]].add(thing)
        curie = ":".join(thing.rsplit("/", 2)[-2:])
        for name in (row["label"], row.get("alias"), curie, thing):
            if name and names[row["class"]].setdefault(name.casefold(), thing) != thing:
                other = names[row["class"]][name.casefold()]
                raise KnowledgeError(f"{name!r} names two things: {thing} and {other}. Rename one.")
    return members, names


def _conditions(rows: list[Row]) -> list[list[Any]]:
    """Return key, property, values, and comparison with a threshold, of each condition."""
    found: dict[str, list[Any]] = {}
    for row in rows:
        key = local_name(row["condition"])
        comparison = [local_name(row["operator"]), row["threshold"]] if "operator" in row else []
        entry = found.setdefault(key, [key, row["property"], [], *comparison])
        if "value" in row:
            entry[2].append(row["value"])
    return list(found.values())


def _sets(rows: list[Row], conditions: list[list[Any]]) -> dict[tuple[str, str], list[list[int]]]:
    """Return the condition sets of each state and link: twice the place of a condition, one more where it must fail."""
    places = {condition[0]: 2 * place for place, condition in enumerate(conditions)}
    sets: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(dict)
    for row in rows:
        one = sets[row["state"], local_name(row["link"])].setdefault(row["set"], [])
        if "condition" in row:
            one.append(places[local_name(row["condition"])] + (local_name(row["sign"]) != "ifAll"))
    return {of: list(named.values()) for of, named in sets.items()}


def _states(rows: list[Row], sets: dict[tuple[str, str], list[list[int]]]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        entry = found.setdefault(
            row["state"],
            {
                "iri": row["state"],
                "label": row["label"],
                "bearer": local_name(row["bearer"]),
                "yields": row.get("yields"),
                "yes": sets.get((row["state"], "holdsWhen"), []),
                "no": sets.get((row["state"], "failsWhen"), []),
                "readings": [],
                "based_on": [],
                "course": row.get("course"),
                "pattern": row.get("pattern"),
                "contradiction": row.get("contradiction"),
                "of_last_line": bool(row.get("last_line")),
            },
        )
        for key, column in (("readings", "reading"), ("based_on", "basedOn")):
            if column in row and row[column] not in entry[key]:
                entry[key].append(row[column])
    return list(found.values())


def _options(rows: Mapping[str, list[Row]], classes: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Return the options in the order of the graph; `classes` gives those of each component."""
    passages = _grouped(rows["option-passages"], "option", "passage")
    found: dict[str, dict[str, Any]] = {}
    for row in rows["options"]:
        entry = found.setdefault(
            row["option"],
            {
                "iri": row["option"],
                "label": row["label"],
                "passages": passages.get(row["option"], []),
                "kinds": [],
                "components": {},
                "classes": {},
            },
        )
        if row["kind"] not in entry["kinds"]:
            entry["kinds"].append(row["kind"])
    for row in rows["components"]:
        if row["option"] in found:
            found[row["option"]]["components"][row["component"]] = row["label"]
            found[row["option"]]["classes"][row["component"]] = classes.get(row["component"], [])
    for entry in found.values():
        entry["kinds"].sort()
    return list(found.values())


_MANY = {
    "appliesTo": "applies_to",
    "onlyIf": "only_if",
    "target": "targets",
    "over": "over",
    "supersedes": "supersedes",
    "conflictsWith": "conflicts_with",
    "exceptFor": "except_for",
    "statedIn": "passages",
    "concern": "concerns",
    "intervalMonths": "interval",
}
_ONE = {
    "effect": "effect",
    "modality": "modality",
    "text": "text",
    "label": "label",
    "closedBy": "closed_by",
    "forDrugsOf": "for_drugs_of",
    "asks": "asks",
    "readAs": "reading",
    "trigger": "trigger",
    "jurisdiction": "jurisdiction",
    "evidenceInHighRisk": "high_risk",
}


def _guidance(rows: list[Row], targeted: Targeted) -> list[dict[str, Any]]:
    """Return what each guidance says; of which it says nothing is left out, but for what it must say."""
    found: dict[str, dict[str, Any]] = {}
    names = {row["property"]: local_name(row["property"]) for row in rows}
    for row in rows:
        iri, name, value = row["guidance"], names[row["property"]], row["value"]
        if iri not in found:
            found[iri] = {"iri": iri, "label": "", "effect": None, "modality": None, "text": None}
        if name in _MANY:
            found[iri].setdefault(_MANY[name], []).append(value)
        elif name in _ONE:
            found[iri][_ONE[name]] = local_name(value) if name in {"effect", "modality"} else value
    for entry in found.values():
        entry["options"] = targeted.place(entry.get("targets", []))
        entry["over_options"] = targeted.place(entry.get("over", []))
    return list(found.values())


class Targeted:
    """The options that targets mean: each different list of them once, in the order of the graph."""

    def __init__(self, options: list[dict[str, Any]]) -> None:
        self.several: list[list[str]] = []
        self._iris = [option["iri"] for option in options]
        self._meant: dict[str, set[int]] = defaultdict(set)
        for number, option in enumerate(options):
            classes = chain.from_iterable(option["classes"].values())
            for target in (option["iri"], *option["kinds"], *option["components"], *classes):
                self._meant[target].add(number)
        self._places: dict[tuple[int, ...], int] = {}

    def place(self, targets: list[str]) -> int:
        """Return the place of the options that are a target or of its kind, or contain its drug or one of its class."""
        meant = tuple(sorted(set().union(*(self._meant.get(target, ()) for target in targets))))
        if meant not in self._places:
            self._places[meant] = len(self.several)
            self.several.append([self._iris[number] for number in meant])
        return self._places[meant]


def _grouped(rows: list[Row], key: str, value: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row[key], []).append(row[value])
    return found


def _passages(rows: list[Row]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        entry = found.setdefault(row["passage"], {"section": row["section"], "citations": [], "spans": []})
        if "citation" in row and row["citation"] not in entry["citations"]:
            entry["citations"].append(row["citation"])
        if (span := [row["start"], row["end"]]) not in entry["spans"]:
            entry["spans"].append(span)
    return found
