"""The constraints of SHACL that the guard knows, as tests of values.

Each table maps a name of the SHACL vocabulary to what makes a test of its argument: of every value
by itself (`EACH`), or of all values of a property together (`TOGETHER`).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from rrmm.errors import KnowledgeError
from rrmm.iris import XSD, local_name

if TYPE_CHECKING:
    from rrmm.check.shapes import Guard

Term = Any
Test = Callable[[Term], bool]
Constraint = Callable[[Term, set[Term]], Iterable[Term | None]]


def text(term: Term | None) -> str:
    """Return an IRI or a literal's text; nothing for a node without a name."""
    return "" if term is None or isinstance(term, ox.BlankNode) else str(term.value)


def for_each(test: Test) -> Constraint:
    """Return the constraint that every value passes a test."""
    return lambda focus, values: [value for value in values if not test(value)]


def _if(fails: Callable[[set[Term]], bool]) -> Constraint:
    return lambda focus, values: [None] if fails(values) else []


def _written(datatype: Term) -> Test:
    name = datatype.value.removeprefix(XSD)
    if name not in LEXICAL:
        known = ", ".join(LEXICAL)
        raise KnowledgeError(f"ontology/shapes.ttl: the datatype {name} is not known. Use one of: {known}.")
    pattern = LEXICAL[name]
    return lambda node: (
        isinstance(node, ox.Literal) and node.datatype == datatype and bool(pattern.fullmatch(node.value))
    )


def _number(term: Term) -> Decimal | None:
    typed = isinstance(term, ox.Literal) and term.datatype.value.removeprefix(XSD) in NUMERIC
    return Decimal(term.value) if typed and NUMBER.fullmatch(term.value) else None


def _ordered(left: Term, compare: Callable[[Any, Any], bool], right: Term) -> bool:
    """Return whether two numbers stand in an order; what is no number stands in none."""
    first, second = _number(left), _number(right)
    return first is not None and second is not None and compare(first, second)


def _bound(compare: Callable[[Any, Any], bool]) -> Callable[[Guard, Term], Test]:
    return lambda guard, limit: lambda node: _ordered(node, compare, limit)


def _beside(compare: Callable[[Any, Any], bool]) -> Callable[[Guard, Term], Constraint]:
    return lambda guard, other: (
        lambda focus, values: [
            value
            for value in values
            if not all(_ordered(value, compare, each) for each in guard.facts.objects(focus, other.value))
        ]
    )


def _language(node: Term) -> str:
    return (node.language or "").lower() if isinstance(node, ox.Literal) else ""


def _spoken(guard: Guard, head: Term) -> Test:
    tags = [tag.value.lower() for tag in guard.shapes.members(head)]
    return lambda node: any(_language(node) == tag or _language(node).startswith(tag + "-") for tag in tags)


def _repeats(values: set[Term]) -> bool:
    languages = [language for value in values if (language := _language(value))]
    return len(languages) > len(set(languages))


def _equal(guard: Guard, other: Term) -> Constraint:
    return lambda focus, values: values ^ guard.facts.objects(focus, other.value)


def _holding(guard: Guard, head: Term, enough: Callable[[int], bool]) -> Test:
    tests = guard.tests(head)
    return lambda node: enough(sum(test(node) for test in tests))


def _opposite(test: Test) -> Test:
    return lambda node: not test(node)


LEXICAL = {
    "string": re.compile(r".*", re.DOTALL),
    "boolean": re.compile(r"true|false|0|1"),
    "integer": re.compile(r"[+-]?[0-9]+"),
    "decimal": re.compile(r"[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)"),
}
NUMERIC = {"decimal", "integer", "double", "float"}
NUMBER = re.compile(r"[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?")
KINDS = {"IRI": ox.NamedNode, "Literal": ox.Literal, "BlankNode": ox.BlankNode}
EACH: dict[str, Callable[[Guard, Term], Test]] = {
    "class": lambda guard, kind: guard.facts.instances.get(kind, set()).__contains__,
    "datatype": lambda guard, datatype: _written(datatype),
    "nodeKind": lambda guard, kind: lambda node: isinstance(node, KINDS[local_name(kind.value)]),
    "in": lambda guard, head: frozenset(guard.shapes.members(head)).__contains__,
    "languageIn": _spoken,
    "minLength": lambda guard, least: lambda node: len(text(node)) >= int(least.value),
    "pattern": lambda guard, pattern: lambda node: re.search(pattern.value, text(node)) is not None,
    "minInclusive": _bound(operator.ge),
    "minExclusive": _bound(operator.gt),
    "maxInclusive": _bound(operator.le),
    "maxExclusive": _bound(operator.lt),
    "node": lambda guard, shape: guard.test(shape),
    "not": lambda guard, shape: _opposite(guard.test(shape)),
    "or": lambda guard, head: _holding(guard, head, lambda count: count > 0),
    "xone": lambda guard, head: _holding(guard, head, lambda count: count == 1),
}
TOGETHER: dict[str, Callable[[Guard, Term], Constraint]] = {
    "minCount": lambda guard, least: _if(lambda values: len(values) < int(least.value)),
    "maxCount": lambda guard, most: _if(lambda values: len(values) > int(most.value)),
    "uniqueLang": lambda guard, _: _if(_repeats),
    "hasValue": lambda guard, wanted: _if(lambda values: wanted not in values),
    "equals": _equal,
    "lessThan": _beside(operator.lt),
    "lessThanOrEquals": _beside(operator.le),
}
