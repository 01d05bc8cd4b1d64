"""The constraints of SHACL that the guard knows, as tests of values.

Each table maps a name of the SHACL vocabulary to a function that builds a test from its argument: a test of
every value by itself (`EACH`), or of all values of a property together (`TOGETHER`).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import TYPE_CHECKING

from rrmm.errors import KnowledgeError
from rrmm.graph.terms import BlankNode, Literal, NamedNode, Term, to_text
from rrmm.iris import XSD, local_name

if TYPE_CHECKING:
    from rrmm.check.shapes import Guard

Values = AbstractSet[Term]
Test = Callable[[Term], bool]
Constraint = Callable[[Term, Values], Iterable[Term | None]]
Comparison = Callable[[Decimal, Decimal], bool]


def for_each(test: Test) -> Constraint:
    """Return the constraint that every value passes a test; it yields the values that fail."""
    return lambda focus, values: [value for value in values if not test(value)]


def _fail_if(fails: Callable[[Values], bool]) -> Constraint:
    return lambda focus, values: [None] if fails(values) else []


def _match_datatype(datatype: Term) -> Test:
    name = datatype.value.removeprefix(XSD)
    if name not in LEXICAL:
        known = ", ".join(LEXICAL)
        raise KnowledgeError(f"ontology/shapes.ttl: the datatype {name} is not known. Use one of: {known}.")
    pattern = LEXICAL[name]
    return lambda node: isinstance(node, Literal) and node.datatype == datatype and bool(pattern.fullmatch(node.value))


def _number(term: Term) -> Decimal | None:
    is_numeric = isinstance(term, Literal) and term.datatype.value.removeprefix(XSD) in NUMERIC
    return Decimal(term.value) if is_numeric and NUMBER.fullmatch(term.value) else None


def _compare(left: Term, compare: Comparison, right: Term) -> bool:
    """Return whether two numbers compare so; false for a value that is not a number."""
    first, second = _number(left), _number(right)
    return first is not None and second is not None and compare(first, second)


def _bound(compare: Comparison) -> Callable[[Guard, Term], Test]:
    return lambda guard, limit: lambda node: _compare(node, compare, limit)


def _beside(compare: Comparison) -> Callable[[Guard, Term], Constraint]:
    return lambda guard, other: (
        lambda focus, values: [
            value
            for value in values
            if not all(_compare(value, compare, each) for each in guard.facts.objects(focus, other.value))
        ]
    )


def _language(node: Term) -> str:
    return (node.language or "").lower() if isinstance(node, Literal) else ""


def _match_language(guard: Guard, head: Term) -> Test:
    tags = [tag.value.lower() for tag in guard.shapes.members(head)]
    return lambda node: any(_language(node) == tag or _language(node).startswith(tag + "-") for tag in tags)


def _repeats(values: Values) -> bool:
    languages = [language for value in values if (language := _language(value))]
    return len(languages) > len(set(languages))


def _equal(guard: Guard, other: Term) -> Constraint:
    return lambda focus, values: values ^ guard.facts.objects(focus, other.value)


def _count_tests(guard: Guard, head: Term, enough: Callable[[int], bool]) -> Test:
    tests = guard.tests(head)
    return lambda node: enough(sum(test(node) for test in tests))


def _negate(test: Test) -> Test:
    return lambda node: not test(node)


LEXICAL = {
    "string": re.compile(r".*", re.DOTALL),
    "boolean": re.compile(r"true|false|0|1"),
    "integer": re.compile(r"[+-]?[0-9]+"),
    "decimal": re.compile(r"[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)"),
    "date": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "anyURI": re.compile(r"\S+"),
}
NUMERIC = {"decimal", "integer", "double", "float"}
NUMBER = re.compile(r"[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?")
KINDS = {"IRI": NamedNode, "Literal": Literal, "BlankNode": BlankNode}
EACH: dict[str, Callable[[Guard, Term], Test]] = {
    "class": lambda guard, kind: guard.facts.instances.get(kind, set()).__contains__,
    "datatype": lambda guard, datatype: _match_datatype(datatype),
    "nodeKind": lambda guard, kind: lambda node: isinstance(node, KINDS[local_name(kind.value)]),
    "in": lambda guard, head: frozenset(guard.shapes.members(head)).__contains__,
    "languageIn": _match_language,
    "minLength": lambda guard, least: lambda node: len(to_text(node)) >= int(least.value),
    "pattern": lambda guard, pattern: lambda node: re.search(pattern.value, to_text(node)) is not None,
    "minInclusive": _bound(operator.ge),
    "minExclusive": _bound(operator.gt),
    "maxInclusive": _bound(operator.le),
    "maxExclusive": _bound(operator.lt),
    "node": lambda guard, shape: guard.test(shape),
    "not": lambda guard, shape: _negate(guard.test(shape)),
    "or": lambda guard, head: _count_tests(guard, head, lambda count: count > 0),
    "xone": lambda guard, head: _count_tests(guard, head, lambda count: count == 1),
}
TOGETHER: dict[str, Callable[[Guard, Term], Constraint]] = {
    "minCount": lambda guard, least: _fail_if(lambda values: len(values) < int(least.value)),
    "maxCount": lambda guard, most: _fail_if(lambda values: len(values) > int(most.value)),
    "uniqueLang": lambda guard, _: _fail_if(_repeats),
    "hasValue": lambda guard, wanted: _fail_if(lambda values: wanted not in values),
    "equals": _equal,
    "lessThan": _beside(operator.lt),
    "lessThanOrEquals": _beside(operator.le),
}
