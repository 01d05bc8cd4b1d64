"""The SHACL guard: ``ontology/shapes.ttl`` held against the graph.

It knows the core constraints that the shapes use and refuses any other, so that none is passed over
in silence. It infers nothing but subclasses, and looks at no OWL axiom. `standard_report` gives
the report of pySHACL, with which tests compare it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pyoxigraph as ox

from rrmm.check.constraints import EACH, TOGETHER, Constraint, Term, Test, for_each, text
from rrmm.check.finding import Finding
from rrmm.errors import KnowledgeError
from rrmm.iris import OWL, RDF, RDFS, SH, local_name

PLACE = "ontology/shapes.ttl"
NIL = ox.NamedNode(RDF + "nil")
STRUCTURE = {"path", "message", "targetClass", "targetSubjectsOf", "property", "closed", "ignoredProperties"}


def findings(content: bytes, root: Path) -> tuple[list[Finding], int]:
    """Return the findings of the shapes over N-Triples, sorted, and how many things they looked at.

    Raises KnowledgeError when a shape uses a constraint that is not known here.
    """
    guard = Guard(read_shapes(root), Graph(select_facts(content), ox.RdfFormat.N_TRIPLES))
    return guard.findings(), guard.checked


def read_shapes(root: Path) -> Graph:
    """Return the shapes of a graph."""
    return Graph((root / PLACE).read_bytes(), ox.RdfFormat.TURTLE)


def select_facts(content: bytes) -> bytes:
    """Return the triples that shapes are about: OWL axioms and the shapes themselves left out."""
    foreign = (f"<{OWL}".encode(), f"<{SH}".encode())
    return b"".join(line for line in content.splitlines(True) if not line.split(b" ", 2)[1].startswith(foreign))


class Graph:
    """Triples by subject and predicate."""

    def __init__(self, content: bytes, syntax: ox.RdfFormat) -> None:
        self.content = content
        self.subjects: dict[Term, dict[str, set[Term]]] = defaultdict(lambda: defaultdict(set))
        for quad in ox.parse(content, format=syntax):
            self.subjects[quad.subject][quad.predicate.value].add(quad.object)

    def objects(self, subject: Term, predicate: str) -> set[Term]:
        """Return the objects of a subject and predicate."""
        properties = self.subjects.get(subject)
        return properties.get(predicate, set()) if properties else set()

    def one(self, subject: Term, predicate: str) -> Term | None:
        """Return the only object of a subject and predicate, or None."""
        return next(iter(self.objects(subject, predicate)), None)

    def beyond(self, start: Term, predicate: str) -> set[Term]:
        """Return what one or more steps along a predicate reach."""
        found: set[Term] = set()
        new = {start}
        while new := {end for node in new for end in self.objects(node, predicate)} - found:
            found |= new
        return found

    def members(self, head: Term) -> list[Term]:
        """Return the members of an RDF list, in no particular order."""
        return [self.one(node, RDF + "first") for node in {head} | self.beyond(head, RDF + "rest") if node != NIL]

    def having(self, predicate: str) -> set[Term]:
        """Return the subjects of a predicate."""
        return {subject for subject, properties in self.subjects.items() if predicate in properties}

    @cached_property
    def instances(self) -> dict[Term, set[Term]]:
        """Each class and its instances, those of its subclasses included."""
        found: dict[Term, set[Term]] = defaultdict(set)
        upwards = cache(lambda kind: {kind} | self.beyond(kind, RDFS + "subClassOf"))
        for subject in self.having(RDF + "type"):
            for kind in set().union(*map(upwards, self.objects(subject, RDF + "type"))):
                found[kind].add(subject)
        return dict(found)


@dataclass(frozen=True)
class Shape:
    """A shape ready for use: where its values are, what they must be, and the shapes of its properties."""

    node: Term
    path: str | None
    values: Callable[[Term], set[Term]]
    constraints: list[Constraint]
    properties: list[Shape]
    allowed: frozenset[str] | None


@dataclass(frozen=True)
class Result:
    """One violation: of which shape, at which focus, along which path, by which value."""

    shape: Term
    focus: Term
    path: str = ""
    value: Term | None = None


class Guard:
    """Shapes, and the facts they are held against."""

    def __init__(self, shapes: Graph, facts: Graph) -> None:
        self.shapes: Graph = shapes
        self.facts: Graph = facts
        self.compiled = cache(self._compile)

    @cached_property
    def focuses(self) -> dict[Term, set[Term]]:
        """Each shape that has a target, and the things it is held against."""
        found: dict[Term, set[Term]] = defaultdict(set)
        for node in self.shapes.having(SH + "targetClass") | self.shapes.having(SH + "targetSubjectsOf"):
            for kind in self.shapes.objects(node, SH + "targetClass"):
                found[node] |= self.facts.instances.get(kind, set())
            for predicate in self.shapes.objects(node, SH + "targetSubjectsOf"):
                found[node] |= self.facts.having(predicate.value)
        return dict(found)

    @property
    def checked(self) -> int:
        """The number of things that any shape is held against."""
        return len(set().union(*self.focuses.values()))

    def findings(self) -> list[Finding]:
        """Return every violation, sorted."""
        found = set()
        for node, focuses in self.focuses.items():
            shape = self.compiled(node)
            found |= {self._finding(node, result) for focus in focuses for result in results(shape, focus, self.facts)}
        return sorted(found)

    def named(self, report: Graph) -> list[Finding]:
        """Return the results of a validation report, each under the targeted shapes that it belongs to."""
        found = set()
        for node in set().union(*(report.objects(start, SH + "result") for start in report.subjects)):
            shape, focus, path, value = (
                report.one(node, SH + key) for key in ("sourceShape", "focusNode", "resultPath", "value")
            )
            result = Result(shape, focus, text(path), value if path else None)
            for owner, focuses in self.focuses.items():
                mine = shape == owner or shape in self.shapes.objects(owner, SH + "property")
                if mine and text(focus) in map(text, focuses):
                    found.add(self._finding(owner, result))
        return sorted(found)

    def _finding(self, node: Term, result: Result) -> Finding:
        message = text(self.shapes.one(result.shape, SH + "message"))
        guard = f"shape:{local_name(text(node))}"
        return Finding(guard, text(result.focus), result.path, text(result.value), message)

    def test(self, node: Term) -> Test:
        """Return the test whether a thing conforms to a shape."""
        shape = self.compiled(node)
        return lambda focus: next(results(shape, focus, self.facts), None) is None

    def tests(self, head: Term) -> list[Test]:
        """Return the tests of a list of shapes."""
        return [self.test(node) for node in self.shapes.members(head)]

    def _compile(self, node: Term) -> Shape:
        if node not in self.shapes.subjects:
            raise KnowledgeError(f"{PLACE}: {local_name(text(node))} is used, but not defined. Define it there.")
        properties = [self.compiled(each) for each in self.shapes.objects(node, SH + "property")]
        path, values = self._path(node)
        allowed = None
        if text(self.shapes.one(node, SH + "closed")) == "true":
            ignored = self.shapes.members(self.shapes.one(node, SH + "ignoredProperties"))
            allowed = frozenset({text(each) for each in ignored} | {each.path or "" for each in properties})
        return Shape(node, path, values, list(self._constraints(node)), properties, allowed)

    def _path(self, node: Term) -> tuple[str | None, Callable[[Term], set[Term]]]:
        path = self.shapes.one(node, SH + "path")
        if path is None:
            return None, lambda focus: {focus}
        if isinstance(path, ox.NamedNode):
            return path.value, lambda focus: self.facts.objects(focus, path.value)
        if step := text(self.shapes.one(path, SH + "oneOrMorePath")):
            return "", lambda focus: self.facts.beyond(focus, step)
        raise KnowledgeError(f"{PLACE}: a path is neither a property nor sh:oneOrMorePath. Say it with one of these.")

    def _constraints(self, node: Term) -> Iterator[Constraint]:
        for predicate, arguments in self.shapes.subjects[node].items():
            name = predicate.removeprefix(SH)
            if name == predicate or name in STRUCTURE:
                continue
            if name not in EACH and name not in TOGETHER:
                raise KnowledgeError(
                    f"{PLACE}: {local_name(text(node)) or 'a shape'} uses sh:{name}, which the guard does not know. "
                    f"Say it with one of: {', '.join(sorted({*EACH, *TOGETHER}))}."
                )
            for argument in arguments:
                yield for_each(EACH[name](self, argument)) if name in EACH else TOGETHER[name](self, argument)


def results(shape: Shape, focus: Term, facts: Graph) -> Iterator[Result]:
    """Yield what violates a shape at a focus."""
    values = shape.values(focus)
    for constraint in shape.constraints:
        for value in constraint(focus, values):
            yield Result(shape.node, focus) if shape.path is None else Result(shape.node, focus, shape.path, value)
    for value in values:
        for part in shape.properties:
            yield from results(part, value, facts)
        if shape.allowed is not None:
            for predicate in facts.subjects.get(value, {}).keys() - shape.allowed:
                yield from (Result(shape.node, value, predicate, stray) for stray in facts.objects(value, predicate))
