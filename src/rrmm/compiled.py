"""The knowledge that a derivation needs, as tables: read from the graph by SPARQL, kept as JSON.

The queries stand in ``queries/derive/``. Evidence is not read here, so the tables grow with the
rules and never with the number of results.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rrmm import catalogue
from rrmm.errors import KnowledgeError
from rrmm.states import Condition, State, Unfolder
from rrmm.store import Knowledge, Row, Store
from rrmm.terms import RDF, RRMM, local_name


@dataclass(frozen=True)
class Key:
    """One key of the patient file and the property its value becomes."""

    property: str
    path: str
    kind: str
    bearer: str
    label: str
    definition: str
    values_from: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    unit: str | None = None
    other: bool = False
    default: str | None = None


@dataclass(frozen=True)
class Guidance:
    """One statement of guidance; `options` are those among the treatment options that it targets."""

    iri: str
    label: str
    effect: str
    modality: str
    text: str
    applies_to: tuple[str, ...]
    only_if: tuple[str, ...]
    targets: tuple[str, ...]
    over: tuple[str, ...]
    options: tuple[str, ...]
    over_options: tuple[str, ...]
    supersedes: tuple[str, ...]
    conflicts_with: tuple[str, ...]
    closed_by: str | None
    except_for: tuple[str, ...]
    reading: str | None
    concern: str | None
    trigger: str | None
    jurisdiction: str | None
    passages: tuple[str, ...]


@dataclass(frozen=True)
class Option:
    """One treatment option: a regimen with its components, or a procedure."""

    iri: str
    label: str
    kind: str
    components: Mapping[str, str]
    classes: Mapping[str, frozenset[str]]


class Compiled:
    """The tables of one graph."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw

    @classmethod
    def of(cls, knowledge: Knowledge) -> Compiled:
        """Return the tables of a graph, from the cache where it has them."""
        if cached := knowledge.artefact("tables.json"):
            return cls(json.loads(cached.read_bytes()))
        raw = tables(knowledge, Store(knowledge.snapshot))
        knowledge.keep("tables.json", json.dumps(raw, ensure_ascii=False).encode())
        return cls(raw)

    @cached_property
    def keys(self) -> dict[str, Key]:
        """Key path → key, prior treatments' keys below ``prior_drugs.``, in the schema's order."""
        found = {}
        for row in self.raw["keys"]:
            nested = local_name(row["bearer"]) == "PriorTreatment"
            path = f"prior_drugs.{row['key']}" if nested else row["key"]
            found[path] = Key(
                row["property"], path, row["kind"], local_name(row["bearer"]), row["label"], row["definition"],
                row.get("class"), row.get("minimum"), row.get("maximum"), row.get("unit"),
                bool(row.get("other")), row.get("default"),
            )  # fmt: skip
        return found

    @cached_property
    def members(self) -> dict[str, frozenset[str]]:
        """Class → its instances."""
        return {name: frozenset(things) for name, things in self.raw["members"].items()}

    def names(self, class_iri: str) -> dict[str, str]:
        """Return folded label, alias, CURIE or IRI → thing, for the instances of a class."""
        return dict(self.raw["names"][class_iri])

    def label(self, iri: str) -> str:
        """Return the label of a thing, or its local name."""
        return str(self.raw["labels"].get(iri) or local_name(iri))

    @cached_property
    def conditions(self) -> dict[str, Condition]:
        """Key → condition."""
        return {row[0]: Condition(*row) for row in self.raw["conditions"]}

    @cached_property
    def states(self) -> dict[str, State]:
        """IRI → state, the states of prior treatments included."""
        unpack = lambda sets: frozenset(frozenset((key, sign) for key, sign in one) for one in sets)  # noqa: E731
        return {
            row["iri"]: State(
                row["iri"], row["label"], row["bearer"], row["yields"], unpack(row["yes"]), unpack(row["no"]),
                tuple(row["readings"]), tuple(row["based_on"]),
            )  # fmt: skip
            for row in self.raw["states"]
        }

    @cached_property
    def guidance(self) -> list[Guidance]:
        """All guidance, ordered by IRI."""
        return [Guidance(**{k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}) for row in self.raw["guidance"]]

    @cached_property
    def options(self) -> list[Option]:
        """The treatment options, in the order of the graph."""
        return [
            Option(row["iri"], row["label"], row["kind"], row["components"],
                   {component: frozenset(classes) for component, classes in row["classes"].items()})
            for row in self.raw["options"]
        ]  # fmt: skip

    def source(self, passages: tuple[str, ...]) -> dict[str, Any]:
        """Return section, citations and spans of passages, as a report's SOURCE."""
        found = [self.raw["passages"][passage] for passage in passages if passage in self.raw["passages"]]
        return {
            "section": "; ".join(dict.fromkeys(entry["section"] for entry in found)),
            "citations": sorted({number for entry in found for number in entry["citations"]}),
            "spans": [span for entry in found for span in entry["spans"]],
        }


def tables(knowledge: Knowledge, store: Store) -> dict[str, Any]:
    """Return the tables of a graph as plain JSON."""
    rows = {
        name: store.rows(query.text)
        for name, query in catalogue.queries(knowledge.root, "derive").items()
        if name != "axioms"
    }
    axioms = _axioms(store, catalogue.find(knowledge.root, "derive", "axioms").text)
    members, names = _names(rows["names"])
    options = _options(rows["options"])
    states, conditions = _states(rows["states"], axioms)
    return {
        "sources": rows["sources"],
        "keys": rows["keys"],
        "members": {name: sorted(things) for name, things in members.items()},
        "names": names,
        "labels": {row["thing"]: row["label"] for row in [*rows["labels"], *rows["names"]]},
        "conditions": [[c.key, c.property, c.kind, c.operand] for c in conditions.values()],
        "states": states,
        "options": options,
        "guidance": _guidance(rows["guidance"], options),
        "passages": _passages(rows["passages"]),
        "readings": {row["reading"]: {"label": row["label"], "text": row["text"]} for row in rows["readings"]},
    }


def _axioms(store: Store, text: str) -> list[tuple[str, str, str | float]]:
    return [(row["subject"], row["predicate"], row["object"]) for row in store.rows(text)]


def _names(rows: list[Row]) -> tuple[dict[str, set[str]], dict[str, dict[str, str]]]:
    members: dict[str, set[str]] = defaultdict(set)
    names: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        thing = row["thing"]
        members[row["class"]].add(thing)
        curie = ":".join(thing.rsplit("/", 2)[-2:])
        for name in (row["label"], row.get("alias"), curie, thing):
            if name and names[row["class"]].setdefault(name.casefold(), thing) != thing:
                raise KnowledgeError(f"{name!r} names two things: {thing} and {names[row['class']][name.casefold()]}.")
    return members, names


def _states(rows: list[Row], axioms: list[tuple[str, str, str | float]]) -> tuple[list[dict[str, Any]], dict[str, Condition]]:
    unfolder = Unfolder(axioms)
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        entry = found.setdefault(row["state"], {
            "iri": row["state"], "label": row["label"], "bearer": local_name(row["bearer"]), "yields": row.get("yields"),
            "yes": _packed(unfolder, row["state"], True), "no": _packed(unfolder, row["state"], False),
            "readings": [], "based_on": [],
        })  # fmt: skip
        for key, column in (("readings", "reading"), ("based_on", "basedOn")):
            if column in row and row[column] not in entry[key]:
                entry[key].append(row[column])
    return list(found.values()), unfolder.conditions


def _packed(unfolder: Unfolder, state: str, sign: bool) -> list[list[list[Any]]]:
    return sorted([[*map(list, sorted(one))] for one in unfolder.state(state, sign)], key=lambda one: (len(one), one))


def _options(rows: list[Row]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        entry = found.setdefault(row["option"], {
            "iri": row["option"], "label": row["label"], "kind": "procedure" if row["procedure"] else "regimen",
            "components": {}, "classes": {},
        })  # fmt: skip
        if "component" in row:
            entry["components"][row["component"]] = row["componentLabel"]
            entry["classes"].setdefault(row["component"], []).append(row["drugClass"])
    return list(found.values())


_MANY = {"appliesTo": "applies_to", "onlyIf": "only_if", "target": "targets", "over": "over", "supersedes": "supersedes",
         "conflictsWith": "conflicts_with", "exceptFor": "except_for", "statedIn": "passages"}  # fmt: skip
_ONE = {"effect": "effect", "modality": "modality", "text": "text", "closedBy": "closed_by", "readAs": "reading",
        "concern": "concern", "trigger": "trigger", "jurisdiction": "jurisdiction"}  # fmt: skip


def _guidance(rows: list[Row], options: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        entry = found.setdefault(row["guidance"], {
            "iri": row["guidance"], "label": "", **{key: [] for key in _MANY.values()}, **dict.fromkeys(_ONE.values()),
        })  # fmt: skip
        name = local_name(row["property"])
        if name in _MANY:
            entry[_MANY[name]].append(row["value"])
        elif name in _ONE:
            value = row["value"]
            entry[_ONE[name]] = local_name(value) if name in {"effect", "modality"} else value
        elif name == "label":
            entry["label"] = row["value"]
    for entry in found.values():
        entry["options"] = _targeted(entry["targets"], options)
        entry["over_options"] = _targeted(entry["over"], options)
    return list(found.values())


def _targeted(targets: list[str], options: list[dict[str, Any]]) -> list[str]:
    """Return the options that are a target, contain a target drug, or contain a drug of a target class."""
    wanted = set(targets)
    return [
        option["iri"]
        for option in options
        if option["iri"] in wanted
        or wanted & set(option["components"])
        or any(wanted & set(classes) for classes in option["classes"].values())
    ]


def _passages(rows: list[Row]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        entry = found.setdefault(row["passage"], {"section": row["section"], "citations": [], "spans": []})
        if "citation" in row and row["citation"] not in entry["citations"]:
            entry["citations"].append(row["citation"])
        if (span := [row["start"], row["end"]]) not in entry["spans"]:
            entry["spans"].append(span)
    return found


__all__ = ["RDF", "RRMM", "Compiled", "Guidance", "Key", "Option", "tables"]
