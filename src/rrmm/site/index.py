"""What pages read of a graph, built once for all pages: things by kind, their names, facts, questions, counts."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from rrmm.catalogue import answers
from rrmm.catalogue.evidence import Evidence, with_unit
from rrmm.catalogue.names import Names
from rrmm.derivation.explain import Derivation
from rrmm.graph import queries
from rrmm.graph.files import GraphFiles
from rrmm.graph.queries import Query
from rrmm.graph.store import Row, Store
from rrmm.graph.table import Table
from rrmm.iris import ID, RDF, RRMM
from rrmm.patient.resolve import resolve
from rrmm.records import JsonObject
from rrmm.report.build import build, describe_knowledge
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Source
from rrmm.site.facts import Facts
from rrmm.site.places import place
from rrmm.web.entities import Entities, kind

EXAMPLES = Path(__file__).with_name("patients.json")


class Group(NamedTuple):
    """Things of one kind under one heading: its name, its members, and whether they are parts of other things."""

    name: str
    members: list[str]
    parts: bool = False


class Listing(NamedTuple):
    """What a list tells of things of one kind: names of columns, and thing → a cell for each, several values joined."""

    columns: list[str]
    cells: dict[str, list[str]]


class Index:
    """The things of a graph as pages list and count them."""

    def __init__(self, files: GraphFiles) -> None:
        self.files, self.root = files, files.root
        self.store, self.entities = Store(files.snapshot), Entities(files.snapshot)
        self.names = Names(self.store, self.root)
        self.facts = Facts(self.store, self.root)
        self.questions = queries.read(self.root, "questions")
        sources = self.store.rows(queries.find(self.root, "derive", "sources").text)
        self.knowledge = describe_knowledge([Source(**row) for row in sources])

    def whole(self, iri: str) -> str:
        """Return the thing that a thing is a part of by its IRI, or an empty string."""
        first = iri.partition(".")[0] if kind(iri) == "ontology" else ID + iri.removeprefix(ID).partition(".")[0]
        return first if first != iri and first in self.entities else ""

    @cached_property
    def sample(self) -> JsonObject:
        """The answer for the first example patient, at a glance."""
        rule_base = RuleBase.of(self.files)
        patient = json.loads(EXAMPLES.read_text(encoding="utf-8"))[0]
        derivation = Derivation(rule_base, resolve(patient, rule_base, "example"))
        return build(derivation, Evidence(self.files)).glance()

    @cached_property
    def parts(self) -> dict[str, list[str]]:
        """Thing → the things that are parts of it by their IRI."""
        parts: dict[str, list[str]] = {}
        for members in self.entities.kinds.values():
            for iri in members:
                if whole := self.whole(iri):
                    parts.setdefault(whole, []).append(iri)
        return parts

    @cached_property
    def counted(self) -> dict[str, list[Group]]:
        """Kind → the groups that the home page counts, in its order."""
        members: dict[tuple[str, str], list[str]] = {}
        for row in self.facts.rows("counts"):
            members.setdefault((row["kind"], row["what"]), []).append(row["thing"])
        counted: dict[str, list[Group]] = {}
        for (kind_name, what), things in members.items():
            parts = all(self.whole(iri) for iri in things)
            counted.setdefault(kind_name, []).append(Group(what, self.sorted(things), parts))
        return counted

    @cached_property
    def listings(self) -> dict[str, Listing]:
        """Kind → what its list tells of each thing: the queries of ``queries/lists/``, by kind."""
        return {name: self._listing(query) for name, query in queries.read(self.root, "lists").items()}

    def _listing(self, query: Query) -> Listing:
        (thing, *columns), rows = self.store.select(query.text)
        values: dict[str, list[dict[str, None]]] = {}
        for row in rows:
            cells = values.setdefault(row[thing], [{} for _ in columns])
            for cell, column in zip(cells, columns, strict=True):
                cell |= {str(row[column]): None} if row.get(column) is not None else {}
        return Listing(columns, {iri: [", ".join(cell) for cell in cells] for iri, cells in values.items()})

    def groups(self, kind_name: str) -> list[Group]:
        """Return everything of a kind: the main group first, parts of other things last."""
        groups = list(self.counted.get(kind_name, ()))
        seen = {iri for group in groups for iri in group.members}
        others: dict[tuple[bool, str], list[str]] = {}
        for iri in self.sorted(self.entities.kinds[kind_name]):
            if iri not in seen:
                parts = bool(self.whole(iri))
                main = not parts and all(group.parts for group in groups)
                name = kind_name.replace("-", " ") if main else self.entities.type(iri)
                others.setdefault((parts, name), []).append(iri)
        groups += [Group(name, members, parts) for (parts, name), members in sorted(others.items())]
        return sorted(groups, key=lambda group: group.parts)

    def sorted(self, iris: list[str]) -> list[str]:
        """Return things by label."""
        return sorted(iris, key=lambda iri: (self.entities.label(iri).casefold(), iri))

    def classes(self, iri: str) -> list[str]:
        """Return the classes of a thing that have a place in the site."""
        types = [term.value for name, term in self.entities.statements(iri) if name == RDF + "type"]
        return [name for name in types if place(name)]

    def values(self, iri: str, name: str) -> list[str]:
        """Return the values of a property of this ontology."""
        return [term.value for known, term in self.entities.statements(iri) if known == RRMM + name]

    def citation(self, result: Row) -> str:
        """Return the line by which a result can be cited: what it is, the number, its address, its IRI."""
        value = with_unit(result["printed"], result.get("unit"))
        titles = [source.title for source in self.knowledge.sources if source.source == result["source"]]
        source = result.get("cited_as") or "; ".join(titles)
        graph = f"rrmm {self.knowledge.version}, {result['result']}"
        return f"{result['label']}: {value}. {source}, {result['address']}. {graph}"

    def example(self, query: Query) -> dict[str, str]:
        """Return the value that a question proposes, by the name of its parameter."""
        return dict(list(query.defaults.items())[:1])

    def proposal(self, query: Query) -> str:
        """Return the text of a question with the value that it proposes, without its header."""
        text = answers.bound(self.store, self.root, self.names, query, self.example(query))
        return Query(query.name, text).body

    def answer(self, query: Query) -> Table:
        """Return the answer of a question with the value that it proposes."""
        return answers.answer(self.store, self.root, self.names, query, self.example(query))
