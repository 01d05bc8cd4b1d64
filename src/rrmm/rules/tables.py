"""The tables of the rule base, built from the graph by the queries in ``queries/derive/``.

The narrow queries are joined here and not in SPARQL, so that the time grows with the number of rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import cast

from rrmm.errors import KnowledgeError
from rrmm.graph import queries
from rrmm.graph.store import Asked, Row
from rrmm.iris import local_name
from rrmm.rules.address import by_passage
from rrmm.rules.rows import (
    AbnormalityEvidenceRow,
    ApprovalRow,
    ConditionRow,
    EffectRow,
    GapRow,
    GuidanceRow,
    KeyRow,
    OptionRow,
    PassageRow,
    SourceRow,
    StateRow,
    Tables,
    UnitRow,
)

ELSEWHERE = {"copies", "doubts", "evidence", "findings", "patient-states", "patient-statuses"}


def build_tables(root: Path, store: Asked) -> Tables:
    """Return the tables of a graph, by the queries in `root`.

    Raises KnowledgeError where one name means two things of a class.
    """
    rows = {
        name: store.rows(query.text) for name, query in queries.read(root, "derive").items() if name not in ELSEWHERE
    }
    members, names = _names(rows["names"])
    drugs = _group(rows["drugs"], "drug", "class")
    conditions = _conditions(rows["conditions"])
    options = _options(rows, drugs | _group(rows["drug-classes"], "class", "above"))
    targeted = Targeted(options)
    return {
        "sources": cast(list[SourceRow], rows["sources"]),
        "effects": cast(list[EffectRow], rows["effects"]),
        "statuses": [row["word"] for row in rows["statuses"]],
        "keys": cast(list[KeyRow], rows["keys"]),
        "members": {name: sorted(things) for name, things in members.items()},
        "names": dict(names),
        "labels": {row["thing"]: row["label"] for row in [*rows["labels"], *rows["names"]]},
        "conditions": conditions,
        "states": _states(rows["states"], _sets(rows["condition-sets"], conditions)),
        "options": options,
        "guidance": _guidance(
            rows["guidance"],
            targeted,
            _group(rows["population-settings"], "population", "state"),
            _group(rows["settings-in-words"], "thing", "words"),
        ),
        "abnormality_evidence": _abnormality_evidence(rows["abnormality-evidence"]),
        "gaps": _gaps(rows["coverage"]),
        "approvals": _approvals(rows["approvals"]),
        "targeted": targeted.lists,
        "passages": _passages(rows["passages"]),
        "drugs": drugs,
        "criteria": _group(rows["criteria"], "criterion", "passage"),
        "units": _units(rows["units"]),
        "one_of": {row["thing"]: row["one_of"] for row in rows["words"] if "one_of" in row},
        "backbone": [row["thing"] for row in rows["words"] if row.get("backbone")],
        "regions": _regions(rows["words"]),
        "readings": {row["reading"]: {"label": row["label"], "text": row["text"]} for row in rows["readings"]},
        "own": {},
    }


def _regions(rows: list[Row]) -> dict[str, str]:
    """Return code or name of a country → its code, the codes first."""
    codes = {code: code for row in rows if "codes" in row for code in row["codes"].split()}
    return codes | {row["name"]: row["country"] for row in rows if row.get("country") in codes}


def _names(rows: list[Row]) -> tuple[dict[str, set[str]], dict[str, dict[str, str]]]:
    """Return class → its members, and class → folded name → the member that it means."""
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


def _conditions(rows: list[Row]) -> list[ConditionRow]:
    conditions: dict[str, ConditionRow] = {}
    for row in rows:
        key = local_name(row["condition"])
        if key not in conditions:
            conditions[key] = {"key": key, "property": row["property"], "values": []}
            if "operator" in row:
                conditions[key]["operator"] = local_name(row["operator"])
                conditions[key]["threshold"] = row["threshold"]
        if "value" in row:
            conditions[key]["values"].append(row["value"])
    return list(conditions.values())


def _sets(rows: list[Row], conditions: list[ConditionRow]) -> dict[tuple[str, str], list[list[int]]]:
    """Return state and link → condition sets, each a list of literals as numbers."""
    places = {condition["key"]: 2 * place for place, condition in enumerate(conditions)}
    sets: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(dict)
    for row in rows:
        literals = sets[row["state"], local_name(row["link"])].setdefault(row["set"], [])
        if "condition" in row:
            literals.append(places[local_name(row["condition"])] + (local_name(row["sign"]) != "ifAll"))
    return {key: list(named.values()) for key, named in sets.items()}


def _states(rows: list[Row], sets: dict[tuple[str, str], list[list[int]]]) -> list[StateRow]:
    states: dict[str, StateRow] = {}
    for row in rows:
        iri = row["state"]
        if iri not in states:
            states[iri] = {
                "iri": iri,
                "label": row["label"],
                "bearer": local_name(row["bearer"]),
                "yields": row.get("yields"),
                "yes": sets.get((iri, "holdsWhen"), []),
                "no": sets.get((iri, "failsWhen"), []),
                "readings": [],
                "based_on": [],
                "course": row.get("course"),
                "pattern": row.get("pattern"),
                "contradiction": row.get("contradiction"),
                "warning": row.get("warning"),
                "of_last_line": bool(row.get("last_line")),
                "alike_in_line": bool(row.get("alike")),
                "of_latest_use": bool(row.get("latest")),
            }
        for values, column in ((states[iri]["readings"], "reading"), (states[iri]["based_on"], "basedOn")):
            if column in row and row[column] not in values:
                values.append(row[column])
    return list(states.values())


def _units(rows: list[Row]) -> list[UnitRow]:
    """Return the further units of each key, with their spellings."""
    units: dict[tuple[str, str], UnitRow] = {}
    for row in rows:
        unit = units.setdefault(
            (row["property"], row["conversion"]),
            {
                "property": row["property"],
                "unit": row["unit"],
                "spellings": [],
                "multiplier": row.get("multiplier", 1.0),
                "divisor": row.get("divisor", 1.0),
            },
        )
        if "spelling" in row:
            unit["spellings"].append(row["spelling"])
    return list(units.values())


def _options(rows: Mapping[str, list[Row]], classes: dict[str, list[str]]) -> list[OptionRow]:
    """Return the options in the order of the graph; `classes` gives those of each component."""
    passages = _group(rows["option-passages"], "option", "passage")
    options: dict[str, OptionRow] = {}
    for row in rows["options"]:
        iri = row["option"]
        if iri not in options:
            options[iri] = {
                "iri": iri,
                "label": row["label"],
                "passages": passages.get(iri, []),
                "kinds": [],
                "components": {},
                "classes": {},
            }
        if row["kind"] not in options[iri]["kinds"]:
            options[iri]["kinds"].append(row["kind"])
    for row in rows["components"]:
        if row["option"] in options:
            options[row["option"]]["components"][row["component"]] = row["label"]
            options[row["option"]]["classes"][row["component"]] = classes.get(row["component"], [])
    for option in options.values():
        option["kinds"].sort()
    return list(options.values())


_LISTS = {
    "appliesTo": "applies_to",
    "onlyIf": "only_if",
    "target": "targets",
    "over": "over",
    "supersedes": "supersedes",
    "lifts": "lifts",
    "conflictsWith": "conflicts_with",
    "exceptFor": "except_for",
    "statedIn": "passages",
    "concern": "concerns",
    "inFavourOf": "favours",
    "inSetting": "setting",
    "unquantifiedSetting": "setting_in_words",
    "intervalMonths": "interval",
}
_VALUES = {
    "effect": "effect",
    "modality": "modality",
    "text": "text",
    "label": "label",
    "closedBy": "closed_by",
    "forDrugsOf": "for_drugs_of",
    "settingOfDrug": "setting_of_drug",
    "undecidedSetting": "undecided",
    "asks": "asks",
    "readAs": "reading",
    "trigger": "trigger",
    "jurisdiction": "jurisdiction",
    "evidenceInHighRisk": "high_risk",
}


_APPROVAL_LISTS = {"inFavourOf": "favours", "inSetting": "setting", "statedIn": "passages"}
_APPROVAL_VALUES = {
    "label": "label",
    "ofDrug": "drug",
    "approved": "approved",
    "approvalWithdrawn": "withdrawn",
    "asOf": "as_of",
    "jurisdiction": "jurisdiction",
    "setting": "condition",
}


def _guidance(
    rows: list[Row], targeted: Targeted, settings: Mapping[str, list[str]], in_words: Mapping[str, list[str]]
) -> list[GuidanceRow]:
    """Return guidance records; optional fields are omitted, required ones are empty where the graph has none.

    The setting of a guidance includes the `settings` of the populations in which it was observed, also that `in_words`.
    """
    guidance: dict[str, Row] = {}
    names = {row["property"]: local_name(row["property"]) for row in rows}
    for row in rows:
        iri, name, value = row["guidance"], names[row["property"]], row["value"]
        if iri not in guidance:
            guidance[iri] = {"iri": iri, "label": "", "effect": "", "modality": "", "text": ""}
        if name == "inPopulation" and value in in_words:
            guidance[iri].setdefault("setting_in_words", []).extend(in_words[value])
        if name in _LISTS:
            guidance[iri].setdefault(_LISTS[name], []).append(value)
        elif name == "inPopulation" and value in settings:
            guidance[iri].setdefault("setting", []).extend(settings[value])
        elif name in _VALUES:
            guidance[iri][_VALUES[name]] = local_name(value) if name in {"effect", "modality"} else value
    for record in guidance.values():
        record["options"] = targeted.place(record.get("targets", []))
        record["over_options"] = targeted.place(record.get("over", []))
    return cast(list[GuidanceRow], list(guidance.values()))


def _gaps(rows: list[Row]) -> list[GapRow]:
    gaps: dict[str, GapRow] = {}
    for row in rows:
        gap: GapRow = {name: row[name] for name in ("topic", "subject", "source", "text")} | {"about": []}  # type: ignore[assignment]
        gaps.setdefault(row["gap"], gap)["about"].append(row["about"])
    return list(gaps.values())


def _abnormality_evidence(rows: list[Row]) -> list[AbnormalityEvidenceRow]:
    evidence: dict[str, AbnormalityEvidenceRow] = {}
    for row in rows:
        entry = evidence.setdefault(
            row["evidence"],
            {
                "iri": row["evidence"],
                "label": row["label"],
                "option": row["option"],
                "abnormality": row["abnormality"],
                "printed": row["printed"],
                "passages": [],
            },
        )
        entry["passages"].append(row["passage"])
    return list(evidence.values())


def _approvals(rows: list[Row]) -> list[ApprovalRow]:
    approvals: dict[str, ApprovalRow] = {}
    for row in rows:
        iri, name, value = row["approval"], local_name(row["property"]), row["value"]
        approval = approvals.setdefault(iri, {"iri": iri, "label": "", "drug": "", "approved": False})
        if name in _APPROVAL_LISTS:
            approval.setdefault(_APPROVAL_LISTS[name], []).append(value)  # type: ignore[misc]
        elif name in _APPROVAL_VALUES:
            approval[_APPROVAL_VALUES[name]] = value  # type: ignore[literal-required]
    return list(approvals.values())


class Targeted:
    """The options that targets mean: each different list of them once, in the order of the graph."""

    def __init__(self, options: list[OptionRow]) -> None:
        self.lists: list[list[str]] = []
        self._iris = [option["iri"] for option in options]
        self._meant: dict[str, set[int]] = defaultdict(set)
        for number, option in enumerate(options):
            classes = chain.from_iterable(option["classes"].values())
            for target in (option["iri"], *option["kinds"], *option["components"], *classes):
                self._meant[target].add(number)
        self._places: dict[tuple[int, ...], int] = {}

    def place(self, targets: list[str]) -> int:
        """Return the place of the list of options that are a target, are of its kind, or contain its drug or class."""
        numbers = tuple(sorted(set().union(*(self._meant.get(target, ()) for target in targets))))
        if numbers not in self._places:
            self._places[numbers] = len(self.lists)
            self.lists.append([self._iris[number] for number in numbers])
        return self._places[numbers]


def _group(rows: list[Row], key: str, value: str) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for row in rows:
        groups.setdefault(row[key], []).append(row[value])
    return groups


def _passages(rows: list[Row]) -> dict[str, PassageRow]:
    return {
        iri: {
            "source": address.source,
            "section": address.section,
            "citations": list(address.citations),
            "spans": [list(span) for span in address.spans],
        }
        for iri, address in by_passage(rows).items()
    }
