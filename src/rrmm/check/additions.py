"""Files laid over the graph, held to the shapes as far as reading them needs it.

A user's own knowledge need not have all that a curator must say. What it says must have the kind that the shapes
demand, and no more values than they allow, for a reader would choose one in silence. What is looked up by its words
(names, codes, rules of intake, units) must be whole, for the tables of these are read without a further look; and so
must guidance, approvals and results, which would otherwise do nothing without a word. The language of a text, and
whether a number is written as a decimal, make no difference here.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import replace

from rrmm.check.shapes import Guard, Result, Shape, read_shapes, results, select_facts
from rrmm.errors import KnowledgeError, quote
from rrmm.graph.files import GraphFiles
from rrmm.graph.overlays import find_line
from rrmm.graph.statements import Statements
from rrmm.graph.terms import Literal, NamedNode, Term, to_text
from rrmm.graph.turtle import parse_file
from rrmm.iris import OWL, RDF, RDFS, RRMM, SH, XSD, local_name, short

WORDS = ("Name", "NameRule", "CodeSystem", "IntakeRule", "UnitConversion")
"""The classes of what is looked up by its words."""
WHOLE = {name: {"verified", "seenIn"} for name in WORDS} | {
    "Approval": {"knowledgeLevel", "statedIn"},
    "Guidance": {"knowledgeLevel", "statedIn"},
    "Result": {"knowledgeLevel"},
}
"""Class of what must be whole → what a curator says of it, and a user need not."""
PATTERNS = {RRMM + "namePattern": RRMM + "replacement", RRMM + "intakePattern": ""}
"""Property of a regular expression → property of what stands for its match."""
TEXTS = {XSD + "string", RDF + "langString"}


def check_additions(knowledge: GraphFiles) -> None:
    """Raise KnowledgeError for the first statement of an overlay, or the first gap in it, that no reader can take."""
    said = {path: Statements(parse_file(path)) for path in knowledge.overlays}
    additions = _Additions(knowledge)
    for path, statements in said.items():
        for subject in statements.subjects:
            if problem := next(additions.problems(subject, statements), None):
                name = to_text(subject)
                line = find_line(path, name)
                where = f"{path}:{line}" if line else str(path)
                raise KnowledgeError(f"{where}: {short(name)}: {problem}", file=path, line=line)


class _Additions:
    """A graph with its overlays, its shapes, and what these demand of each thing."""

    def __init__(self, knowledge: GraphFiles) -> None:
        self.facts = Statements.parse(select_facts(knowledge.snapshot))
        self.guard = Guard(read_shapes(knowledge.root), self.facts)
        self.focuses = dict(sorted(self.guard.focuses.items(), key=lambda item: to_text(item[0])))
        shapes = self.guard.shapes
        self.by_path: dict[str, list[Shape]] = {}
        self.owners: dict[str, set[str]] = {}
        for node in self.focuses:
            kinds = {to_text(kind) for kind in shapes.objects(node, SH + "targetClass")}
            for part in self.guard.compiled(node).properties:
                self.by_path.setdefault(part.path or "", []).append(part)
                self.owners.setdefault(part.path or "", set()).update(kinds or {""})
        self.messages = {node: to_text(shapes.value(node, SH + "message")) for node in shapes.subjects}

    def problems(self, subject: Term, statements: Statements) -> Iterator[str]:
        """Yield what is wrong with what one file says of a thing, and with what must be whole as a whole."""
        shapes = [self.guard.compiled(node) for node, focuses in self.focuses.items() if subject in focuses]
        parts = [part for shape in shapes for part in shape.properties]
        for name, value in statements.pairs(subject):
            own = [part for part in parts if part.path == name]
            wrong = [part for part in own or self.by_path.get(name, []) if not self._takes(part, subject, value)]
            if wrong and (own or len(wrong) == len(self.by_path[name])):
                yield f"{_call(name)} {_show(value)}. {self.messages[wrong[0].node]}"
            elif not own and (kind := self._misses_kind(name, value) or self._misses_class(name)):
                yield f"{_call(name)} {_show(value)}. {kind}"
        yield from self._repeats(subject, parts)
        kinds = {kind for kind in WHOLE if subject in self.facts.instances.get(NamedNode(RRMM + kind), ())}
        if kinds:
            yield from self._gaps(subject, shapes, {RRMM + name for kind in kinds for name in WHOLE[kind]})
        if kinds.intersection(WORDS):
            yield from self._patterns(subject)
            yield from self._meanings(subject)

    def _takes(self, part: Shape, subject: Term, value: Term) -> bool:
        """Return whether a property takes a value, written in one way or another."""
        return any(
            not any(result.value is not None for result in self._results(part, subject, form)) for form in _forms(value)
        )

    def _results(self, part: Shape, subject: Term, value: Term) -> Iterator[Result]:
        return results(replace(part, values=lambda focus: {value}), subject, self.facts)

    def _misses_kind(self, name: str, value: Term) -> str:
        """Return what kind of value the ontology says that a property takes, where this one is of another; else ""."""
        kinds = {kind.value for kind in self.facts.objects(NamedNode(name), RDF + "type")}
        if OWL + "ObjectProperty" in kinds and isinstance(value, Literal):
            return "The property leads to a thing: give its IRI."
        if OWL + "DatatypeProperty" in kinds and not isinstance(value, Literal):
            return "The property has a value: give a text, a number, true or false."
        return ""

    def _misses_class(self, name: str) -> str:
        """Return the class that a thing needs for a property that the shapes give to this class alone; else ""."""
        owner, *others = self.owners.get(name, {""})
        if not owner or others or not name.startswith(RRMM):
            return ""
        return f"Only things of the class {short(owner)} have this property. Add: a {short(owner)}."

    def _repeats(self, subject: Term, parts: Iterable[Shape]) -> Iterator[str]:
        """Yield each property of which a thing has more values, said by whichever file, than a shape allows."""
        for part in parts:
            most = self.guard.shapes.value(part.node, SH + "maxCount")
            values = part.values(subject)
            if most is not None and len(values) > int(to_text(most)):
                listed = ", ".join(sorted(map(_show, values)))
                yield f"{_call(part.path or '')} has {len(values)} values: {listed}. {self.messages[part.node]}"

    def _gaps(self, subject: Term, shapes: Iterable[Shape], spared: Container[str]) -> Iterator[str]:
        """Yield what a thing lacks, but for the properties that are spared."""
        for shape in shapes:
            whole = replace(shape, allowed=None)
            for result in results(whole, subject, self.facts):
                if result.value is None and result.path not in spared:
                    missing = f"{_call(result.path)} is missing. " if result.path else ""
                    yield missing + self.messages.get(result.shape, "")

    def _patterns(self, subject: Term) -> Iterator[str]:
        for name, stands in PATTERNS.items():
            for pattern in self.facts.objects(subject, name):
                replacement = to_text(self.facts.value(subject, stands)) if stands else ""
                try:
                    re.compile(to_text(pattern)).sub(replacement, "")
                except (re.error, IndexError) as error:
                    yield f"{_call(name)} {_show(pattern)}. Not a regular expression ({error}). Mend it."

    def _meanings(self, subject: Term) -> Iterator[str]:
        """Yield each thing that a name means and that has no label to be called by."""
        for name in ("means", "meansDrug"):
            for thing in self.facts.objects(subject, RRMM + name):
                if not self.facts.objects(thing, RDFS + "label"):
                    yield f"{_call(RRMM + name)} {_show(thing)}. The thing has no label. Describe it, or name another."


def _forms(value: Term) -> Iterator[Term]:
    """Yield a value, and the other forms in which it says the same to a reader."""
    yield value
    if isinstance(value, Literal):
        kind = value.datatype.value
        if kind in TEXTS:
            yield from (Literal(value.value), Literal(value.value, language="en"))
        elif kind == XSD + "integer":
            yield Literal(value.value, datatype=NamedNode(XSD + "decimal"))


def _call(name: str) -> str:
    """Return a property as a message names it."""
    return short(name) if name.startswith(RRMM) else local_name(name)


def _show(value: Term) -> str:
    """Return a value as a message shows it: what kind of value it is can be what is wrong."""
    if isinstance(value, NamedNode):
        return short(value.value)
    if not isinstance(value, Literal):
        return "[…]"
    kind = value.datatype.value
    return quote(value.value) + ("" if kind in TEXTS else f" ({local_name(kind)})")
