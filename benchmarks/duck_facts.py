"""What is known of patients and of their prior drugs, as SQL: truth values of conditions, and of states.

A truth value is a BOOLEAN in which NULL stands for not known; a set of drugs is the bits of an integer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from rrmm.cohort.columns import BELOW
from rrmm.logic.conditions import State
from rrmm.logic.dnf import DNF
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Key

COMPARISONS = {"AtLeast": ">=", "MoreThan": ">", "AtMost": "<=", "LessThan": "<"}
BITS = 63  # of a BIGINT, but for its sign

Columns = dict[str, str]


class Lifted(NamedTuple):
    """A property lifted from prior drugs: its state, and the columns with the drugs that it has or may have."""

    state: State
    certain: str
    possible: str


class Facts:
    """The vocabulary of one graph, as columns and expressions over them."""

    def __init__(self, rule_base: RuleBase) -> None:
        self.rule_base = rule_base
        self._conditions = {name: f"c{number}" for number, name in enumerate(rule_base.conditions)}
        self._columns = {path: f"k{number}" for number, path in enumerate(rule_base.keys)}
        self.drugs = sorted(set(self._names(rule_base.keys[f"{BELOW}drug"]).values()))
        self.width = len(self.drugs)
        self.integer = "BIGINT" if 2 * self.width <= BITS else "HUGEINT"
        self.all = (1 << self.width) - 1

    @cached_property
    def lifted(self) -> dict[str, Lifted]:
        """Property → how it is lifted."""
        states = [state for state in self.rule_base.states.values() if state.yields]
        return {str(state.yields): Lifted(state, f"y{n}", f"m{n}") for n, state in enumerate(states)}

    def types(self) -> Iterator[str]:
        """Yield the statements that make a type of the names of each key that takes some."""
        for key in self.rule_base.keys.values():
            if key.kind in {"choice", "list"}:
                words = ", ".join(map(quote, self._names(key)))
                yield f"CREATE TYPE {self._type(key)} AS ENUM ({words})"

    def bits(self, drugs: Iterable[str]) -> int:
        """Return a set of drugs; what is no drug is left out."""
        wanted = set(drugs)
        return sum(1 << place for place, drug in enumerate(self.drugs) if drug in wanted)

    def bit(self, word: str) -> str:
        """Return the set of one drug, from its name."""
        key = self.rule_base.keys[f"{BELOW}drug"]
        return self._number(key, word, {drug: self.bits([drug]) for drug in self.drugs}, self.integer)

    def columns(self, keys: Mapping[str, str]) -> Columns:
        """Return the columns that conditions are tested on, from the paths of keys and where their values stand."""
        of = self.rule_base.keys
        return {self._columns[path]: self._value(of[path], value) for path, value in keys.items() if self._on(of[path])}

    def conditions(self, paths: Iterable[str]) -> Columns:
        """Return the conditions on some keys, from their columns; a table cannot say what a list names as absent."""
        keys = [self.rule_base.keys[path] for path in paths]
        tested = {self._conditions[name]: self._test(key, name) for key in keys for name in self._on(key)}
        absent = [key._replace(property=key.ruled_out) for key in keys if key.ruled_out]
        return tested | {self._conditions[name]: "false" for key in absent for name in self._on(key)}

    def condition(self, name: str) -> str:
        """Return the column of a condition."""
        return self._conditions[name]

    def holds(self, state: State) -> str:
        """Return whether a state holds: by the sets for it or by those against it, whichever are shorter."""
        if sum(map(len, state.yes)) <= sum(map(len, state.no)):
            return self._any(state.yes)
        return f"(NOT {self._any(state.no)})"

    def _any(self, sets: DNF) -> str:
        return either(every(self._literal(*literal) for literal in one) for one in sorted(map(sorted, sets)))

    def _literal(self, condition: str, sign: bool) -> str:
        return self._conditions[condition] if sign else f"NOT {self._conditions[condition]}"

    def _on(self, key: Key) -> list[str]:
        """Return the conditions on a key."""
        return [one.key for one in self.rule_base.sieve.by_property.get(key.property, [])]

    def _names(self, key: Key) -> dict[str, str]:
        return self.rule_base.names(str(key.values_from))

    def _type(self, key: Key) -> str:
        return f"word_of_{self._columns[key.path]}"

    def _number(self, key: Key, word: str, numbers: Mapping[str, int], integer: str) -> str:
        """Return the number of the thing that a word names; an unknown word is an error, or NULL where let through."""
        of_names = ", ".join(str(numbers[thing]) for thing in self._names(key).values())
        cast = "TRY_CAST" if key.other else "CAST"
        place = f"enum_code({cast}(lower({word}) AS {self._type(key)})) + 1"
        return f"(CAST([{of_names}] AS {integer}[]))[{place}]"

    def _value(self, key: Key, value: str) -> str:
        """Return the value of a key: a number, a truth, a code, or which of its conditions its words meet, as bits."""
        if key.kind in {"number", "integer"}:
            known = value if key.unknown_below is None else f"CASE WHEN {value} >= {key.unknown_below} THEN {value} END"
            return known if key.assumed is None else f"coalesce({known}, {key.assumed})"
        if key.kind in {"boolean", "code"}:
            return value
        met = {thing: self._met(key, thing) for thing in self._names(key).values()}
        if key.kind == "choice":
            number = self._number(key, value, met, "INTEGER")
            return number if key.default is None else f"coalesce({number}, {self._met(key, key.default)})"
        words = f"list_bit_or(list_transform({value}, lambda word: {self._number(key, 'word', met, 'INTEGER')}))"
        return f"coalesce({words}, {'0' if key.default_none else f'CASE WHEN {value} IS NOT NULL THEN 0 END'})"

    def _met(self, key: Key, thing: str) -> int:
        of = self.rule_base.conditions
        return sum(1 << place for place, name in enumerate(self._on(key)) if thing in of[name].values)

    def _test(self, key: Key, name: str) -> str:
        """Return whether a condition is met by the column of its key."""
        one, column = self.rule_base.conditions[name], self._columns[key.path]
        if one.operator:
            return f"{column} {COMPARISONS[one.operator]} {one.threshold}"
        if key.kind in {"choice", "list"}:
            return f"({column} & {1 << self._on(key).index(name)}) <> 0"
        if key.kind == "code":
            return f"upper({column}) IN ({', '.join(quote(str(value)) for value in sorted(one.values, key=str))})"
        if key.kind == "boolean":
            yes, no = (key.when_true or True) in one.values, (key.when_false or False) in one.values
            otherwise = "NULL" if key.default is None else key.default in one.values
            return f"CASE {column} WHEN true THEN {yes} WHEN false THEN {no} ELSE {otherwise} END"
        return f"{column} IN ({', '.join(str(float(value)) for value in sorted(map(float, one.values)))})"


def quote(text: str) -> str:
    """Return a text as a literal.

    >>> quote("Waldenström's")
    "'Waldenström''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def quote_name(name: str) -> str:
    """Return the name of a column as an identifier.

    >>> quote_name("relapse.type")
    '"relapse.type"'
    """
    return '"' + name.replace('"', '""') + '"'


def either(terms: Iterable[str]) -> str:
    """Return what is true where any of some terms is.

    >>> either(["a", "b"]), either([])
    ('(a OR b)', 'false')
    """
    return f"({' OR '.join(several)})" if (several := list(dict.fromkeys(terms))) else "false"


def every(terms: Iterable[str]) -> str:
    """Return what is true where all of some terms are.

    >>> every(["a", "b"]), every([])
    ('(a AND b)', 'true')
    """
    return f"({' AND '.join(several)})" if (several := list(dict.fromkeys(terms))) else "true"


def select_list(columns: Columns) -> str:
    """Return columns as a query selects them.

    >>> select_list({"row": "row", "s0": "age > 65"})
    'row, age > 65 AS s0'
    """
    return ", ".join(name if name == value else f"{value} AS {name}" for name, value in columns.items())
