"""Mutants of the real graph: in each one thing is wrong, and a guard is named that must say so.

A rule is one mistake of a curator: which things it befalls, what becomes of one property, and which
guards report it, at the thing or at the value that was lost. Each rule is applied to several things,
always the same ones. Nothing here reads the shapes or checks that are on trial.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from itertools import islice

from rrmm.iris import DCTERMS, OWL, RDF, RDFS, RRMM, SKOS, local_name

Triple = tuple[str, str, str]
Reports = frozenset[tuple[str, str, str]]

NAMES = {
    **dict.fromkeys(["type"], RDF),
    **dict.fromkeys(["label", "subClassOf"], RDFS),
    **dict.fromkeys(["altLabel", "definition", "exactMatch", "closeMatch"], SKOS),
    **dict.fromkeys(
        ["Class", "DatatypeProperty", "ObjectProperty", "complementOf", "equivalentClass", "deprecated"], OWL
    ),
    **dict.fromkeys(["title", "creator", "publisher", "license", "isReplacedBy"], DCTERMS),
    **dict.fromkeys(["Dataset", "theme"], "http://www.w3.org/ns/dcat#"),
    **dict.fromkeys(["Agent", "name"], "http://xmlns.com/foaf/0.1/"),
}
EACH = 6


def iri(name: str) -> str:
    """Return a term of the ontology, or of the vocabulary that has it, as it stands in N-Triples."""
    return f"<{NAMES.get(name, RRMM)}{name}>"


class Graph:
    """The triples of a snapshot, by subject and by object."""

    def __init__(self, content: bytes) -> None:
        lines = content.decode().splitlines()
        self.triples = frozenset(tuple(line.removesuffix(" .").split(" ", 2)) for line in lines)
        self.about: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        self.named: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for subject, predicate, value in sorted(self.triples):
            self.about[subject][predicate].append(value)
            self.named[value][predicate].append(subject)
        self.instances = cache(self._instances)

    def values(self, thing: str, name: str) -> list[str]:
        """Return the values of a property of a thing."""
        return self.about.get(thing, {}).get(iri(name), [])

    def users(self, thing: str, name: str) -> list[str]:
        """Return the things that have a thing as value of a property."""
        return self.named.get(thing, {}).get(iri(name), [])

    def things(self, select: str) -> list[str]:
        """Return the instances of a class that have a property, lack it (``!name``) or have it with a value."""
        kind, *conditions = select.split()
        return [thing for thing in self.instances(iri(kind)) if all(self._meets(thing, each) for each in conditions)]

    def sources(self, thing: str) -> set[str]:
        """Return the sources that state a thing."""
        return {source for passage in self.values(thing, "statedIn") for source in self.values(passage, "ofSource")}

    def published(self, thing: str) -> bool:
        """Return whether a publication prints a thing."""
        return any(self.values(passage, "line") for passage in self.values(thing, "statedIn"))

    def near(self, things: Iterable[str]) -> set[str]:
        """Return some things and whatever names them or is named by them."""
        found = set(things)
        for thing in list(found):
            for links in (self.about.get(thing, {}), self.named.get(thing, {})):
                found.update(other for others in links.values() for other in others if other.startswith("<"))
        return found

    def _instances(self, kind: str) -> list[str]:
        below = [each for part in self.users(kind, "subClassOf") for each in self.instances(part)]
        return sorted({*self.users(kind, "type"), *below} - {kind})

    def _meets(self, thing: str, condition: str) -> bool:
        name, _, wanted = condition.removeprefix("!").partition("=")
        found = [
            value.strip('"') if value.startswith('"') else local_name(value[1:-1]) for value in self.values(thing, name)
        ]
        return (wanted in found if wanted else bool(found)) != condition.startswith("!")


@dataclass(frozen=True)
class Mutant:
    """Triples lost and gained, and what the guards must report: guard, focus and property."""

    operator: str
    rule: str
    removed: frozenset[Triple]
    added: frozenset[Triple]
    reports: Reports

    @property
    def touched(self) -> set[str]:
        """The things that it changes or is about."""
        return {triple[0] for triple in self.removed | self.added} | {f"<{focus}>" for _, focus, _ in self.reports}


@dataclass(frozen=True)
class Case:
    """One thing that a rule befalls: the values of the property here and elsewhere."""

    graph: Graph
    thing: str
    old: list[str]
    others: list[str]
    peers: list[str]


Change = Callable[[Case], list[str]]


@dataclass(frozen=True)
class Rule:
    """One mistake: operator, things, property, what its values become, and who reports it where.

    A guard is written ``guard`` or ``guard@property``; the property is the changed one if left out
    and none if empty; ``shape`` is the shape of the class. Guards of `values` report the values lost or gained.
    """

    operator: str
    select: str
    name: str
    change: Change
    guards: str = "shape"
    values: str = ""
    each: int = EACH

    @property
    def key(self) -> str:
        """What tells the rule from the others."""
        return f"{self.operator}: {self.select}, {self.name}, {self.guards}{self.values}"

    def mutants(self, graph: Graph) -> list[Mutant]:
        """Return the mutants of a few things."""
        things = varied(graph.things(self.select), self.key)
        elsewhere = varied({value for thing in things for value in graph.values(thing, self.name)}, self.key)
        made = (self._mutant(graph, thing, things, elsewhere) for thing in things)
        return list(islice((mutant for mutant in made if mutant), self.each))

    def _mutant(self, graph: Graph, thing: str, things: list[str], elsewhere: list[str]) -> Mutant | None:
        old = graph.values(thing, self.name)
        others = [value for value in elsewhere if value not in old]
        peers = [peer for peer in things if peer != thing][:1]
        new = self.change(Case(graph, thing, old, others, peers))
        lost = [value for value in old if value not in new and graph.users(value, self.name) == [thing]]
        gained = [value for value in new if value not in old]
        reports = {report for guard in self.guards.split() for report in self._reports(guard, [thing])}
        reports |= {report for guard in self.values.split() for report in self._reports(guard, lost + gained)}
        if sorted(new) == sorted(old) or not reports:
            return None
        removed = frozenset((thing, iri(self.name), value) for value in old if value not in new)
        added = frozenset((thing, iri(self.name), value) for value in gained)
        return Mutant(self.operator, self.key, removed, added, frozenset(reports))

    def _reports(self, guard: str, foci: list[str]) -> Iterator[tuple[str, str, str]]:
        name, at, place = guard.partition("@")
        named = f"shape:{self.select.split()[0]}Shape" if name == "shape" else name
        prop = iri(place if at else self.name)[1:-1] if place or not at else ""
        yield from ((named, focus[1:-1], prop) for focus in foci)


def varied(things: Iterable[str], seed: str) -> list[str]:
    """Return things in an order that looks random and is always the same."""
    return sorted(things, key=lambda thing: sha256(f"{seed} {thing}".encode()).digest())


def batches(mutants: Iterable[Mutant], graph: Graph) -> list[list[Mutant]]:
    """Return the mutants in groups: no two of one rule, and none in the neighbourhood of another."""
    groups: list[Batch] = []
    for mutant in sorted(mutants, key=lambda each: sha256(f"{each.rule}{sorted(each.reports)}".encode()).digest()):
        gained = {value for _, _, value in mutant.added}
        near = gained | graph.near(mutant.touched | {value for value in gained if value.startswith('"')})
        home = next((group for group in groups if group.takes(mutant, near)), None)
        if home is None:
            groups.append(home := Batch())
        home.add(mutant, near)
    return [group.mutants for group in groups]


@dataclass
class Batch:
    """Mutants that do not meet."""

    mutants: list[Mutant] = field(default_factory=list)
    rules: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    near: set[str] = field(default_factory=set)

    def takes(self, mutant: Mutant, near: set[str]) -> bool:
        """Return whether a mutant meets none of these."""
        return mutant.rule not in self.rules and self.touched.isdisjoint(near) and self.near.isdisjoint(mutant.touched)

    def add(self, mutant: Mutant, near: set[str]) -> None:
        """Take a mutant in."""
        self.mutants.append(mutant)
        self.rules.add(mutant.rule)
        self.touched |= mutant.touched
        self.near |= near
