"""The SHACL guard: ``ontology/shapes.ttl`` held against the graph.

It knows the core constraints that the shapes use and refuses any other, so that it never passes over one
in silence. It infers nothing but subclasses, and looks at no OWL axiom. Tests compare it with pySHACL,
whose report is `rrmm.check.standard_report`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from rrmm.check.constraints import EACH, TOGETHER, Constraint, Test, for_each
from rrmm.check.finding import Finding
from rrmm.errors import KnowledgeError
from rrmm.graph.statements import Statements
from rrmm.graph.terms import NamedNode, Term, to_text
from rrmm.iris import OWL, SH, local_name

PLACE = "ontology/shapes.ttl"
STRUCTURE = {"path", "message", "targetClass", "targetSubjectsOf", "property", "closed", "ignoredProperties"}


def findings(content: bytes, root: Path) -> tuple[list[Finding], int]:
    """Return the findings of the shapes over N-Triples, sorted, and the number of things they looked at.

    Raises KnowledgeError when a shape uses an unknown constraint.
    """
    guard = Guard(read_shapes(root), Statements.parse(select_facts(content)))
    return guard.findings(), guard.checked


def read_shapes(root: Path) -> Statements:
    """Return the shapes of a graph."""
    return Statements.parse((root / PLACE).read_bytes(), "turtle")


def select_facts(content: bytes) -> bytes:
    """Return the triples that shapes are about: without OWL axioms and the shapes themselves."""
    foreign = (f"<{OWL}".encode(), f"<{SH}".encode())
    return b"".join(line for line in content.splitlines(True) if not line.split(b" ", 2)[1].startswith(foreign))


@dataclass(frozen=True)
class Shape:
    """A compiled shape: how to reach its values, their constraints, and the shapes of its properties."""

    node: Term
    path: str | None
    values: Callable[[Term], AbstractSet[Term]]
    constraints: list[Constraint]
    properties: list[Shape]
    allowed: frozenset[str] | None


@dataclass(frozen=True)
class Result:
    """One violation: the shape, the focus, the path and the value."""

    shape: Term
    focus: Term
    path: str = ""
    value: Term | None = None


class Guard:
    """Shapes, and the facts that they constrain."""

    def __init__(self, shapes: Statements, facts: Statements) -> None:
        self.shapes: Statements = shapes
        self.facts: Statements = facts
        self.compiled = cache(self._compile)

    @cached_property
    def focuses(self) -> dict[Term, set[Term]]:
        """Shape → the things that it targets, for each shape with a target."""
        focuses: dict[Term, set[Term]] = defaultdict(set)
        for node in self.shapes.find_subjects(SH + "targetClass") | self.shapes.find_subjects(SH + "targetSubjectsOf"):
            for kind in self.shapes.objects(node, SH + "targetClass"):
                focuses[node] |= self.facts.instances.get(kind, set())
            for predicate in self.shapes.objects(node, SH + "targetSubjectsOf"):
                focuses[node] |= self.facts.find_subjects(to_text(predicate))
        return dict(focuses)

    @property
    def checked(self) -> int:
        """The number of things that any shape targets."""
        return len(set().union(*self.focuses.values()))

    def findings(self) -> list[Finding]:
        """Return every violation, sorted."""
        findings = set()
        for node, focuses in self.focuses.items():
            shape = self.compiled(node)
            findings |= {
                self._finding(node, result) for focus in focuses for result in results(shape, focus, self.facts)
            }
        return sorted(findings)

    def read_report(self, report: Statements) -> list[Finding]:
        """Return the results of a validation report as findings, each under the shape with the target."""
        findings = set()
        for node in set().union(*(report.objects(start, SH + "result") for start in report.subjects)):
            shape, focus, path, value = (
                report.value(node, SH + key) for key in ("sourceShape", "focusNode", "resultPath", "value")
            )
            if shape is None or focus is None:
                continue
            result = Result(shape, focus, to_text(path), value if path else None)
            for owner, focuses in self.focuses.items():
                is_part = shape == owner or shape in self.shapes.objects(owner, SH + "property")
                if is_part and to_text(focus) in map(to_text, focuses):
                    findings.add(self._finding(owner, result))
        return sorted(findings)

    def _finding(self, node: Term, result: Result) -> Finding:
        message = to_text(self.shapes.value(result.shape, SH + "message"))
        guard = f"shape:{local_name(to_text(node))}"
        return Finding(guard, to_text(result.focus), result.path, to_text(result.value), message)

    def test(self, node: Term) -> Test:
        """Return a test of whether a thing conforms to a shape."""
        shape = self.compiled(node)
        return lambda focus: next(results(shape, focus, self.facts), None) is None

    def tests(self, head: Term) -> list[Test]:
        """Return the tests of a list of shapes."""
        return [self.test(node) for node in self.shapes.members(head)]

    def _compile(self, node: Term) -> Shape:
        if node not in self.shapes.subjects:
            raise KnowledgeError(f"{PLACE}: {local_name(to_text(node))} is used, but not defined. Define it there.")
        properties = [self.compiled(each) for each in self.shapes.objects(node, SH + "property")]
        path, values = self._path(node)
        allowed = None
        if to_text(self.shapes.value(node, SH + "closed")) == "true":
            ignored = self.shapes.members(self.shapes.value(node, SH + "ignoredProperties"))
            allowed = frozenset({to_text(each) for each in ignored} | {each.path or "" for each in properties})
        return Shape(node, path, values, list(self._constraints(node)), properties, allowed)

    def _path(self, node: Term) -> tuple[str | None, Callable[[Term], AbstractSet[Term]]]:
        path = self.shapes.value(node, SH + "path")
        if path is None:
            return None, lambda focus: {focus}
        if isinstance(path, NamedNode):
            return path.value, lambda focus: self.facts.objects(focus, path.value)
        if step := to_text(self.shapes.value(path, SH + "oneOrMorePath")):
            return "", lambda focus: self.facts.reach(focus, step)
        raise KnowledgeError(f"{PLACE}: a path is neither a property nor sh:oneOrMorePath. Say it with one of these.")

    def _constraints(self, node: Term) -> Iterator[Constraint]:
        for predicate, arguments in self.shapes.subjects[node].items():
            name = predicate.removeprefix(SH)
            if name == predicate or name in STRUCTURE:
                continue
            if name not in EACH and name not in TOGETHER:
                raise KnowledgeError(
                    f"{PLACE}: {local_name(to_text(node)) or 'a shape'} uses sh:{name}, which the guard does not know. "
                    f"Say it with one of: {', '.join(sorted({*EACH, *TOGETHER}))}."
                )
            for argument in arguments:
                yield for_each(EACH[name](self, argument)) if name in EACH else TOGETHER[name](self, argument)


def results(shape: Shape, focus: Term, facts: Statements) -> Iterator[Result]:
    """Yield the violations of a shape at a focus."""
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
