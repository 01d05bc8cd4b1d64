"""The peer of a cohort: DuckDB, by SQL generated from the rules by which a cohort is answered.

It does less than ours: it reads each prior drug and each list alone (see ``tests/test_duck.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import duckdb

from benchmarks.duck_courses import courses
from benchmarks.duck_facts import Facts, quote, quote_name, select_list
from benchmarks.duck_rules import Rules
from rrmm.api import KnowledgeGraph
from rrmm.cohort.answers import HOLDS
from rrmm.cohort.columns import BELOW
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import STATUSES

TYPES = {"number": "DOUBLE", "integer": "BIGINT", "boolean": "BOOLEAN", "list": "VARCHAR[]"}

Counts = dict[str, Any]


def statuses(path: str) -> Callable[[], Counts]:
    """Set up the query over a Parquet file; return what reads the file, derives a table of answers and counts it."""
    peer = Peer(KnowledgeGraph.load().rule_base, path)

    def derived() -> Counts:
        peer.derive()
        return peer.counts()

    return derived


class Peer:
    """A connection with a view of a file of patients, and the SQL that answers them."""

    def __init__(self, rule_base: RuleBase, path: str) -> None:
        self.connection = duckdb.connect()
        facts = Facts(rule_base)
        self.rules = Rules(facts)
        self.connection.execute(
            f"CREATE VIEW patients AS SELECT file_row_number AS row, * FROM read_parquet({quote(path)})"
        )
        for statement in (*facts.types(), f"CREATE TYPE status AS ENUM ({', '.join(map(quote, STATUSES))})"):
            self.connection.execute(statement)
        present = {name for name, *_ in self.connection.execute("DESCRIBE patients").fetchall()}
        self.derivation = f"CREATE OR REPLACE TEMP TABLE answers AS {derivation(facts, self.rules, present)}"
        self.count = f"SELECT {', '.join(self._counted())} FROM answers"

    def derive(self) -> None:
        """Make the table of answers: one row a patient; of a state NULL is not known, of an option not offered."""
        self.connection.execute(self.derivation)

    def answers(self) -> list[tuple[Any, ...]]:
        """Return the table of answers: identifier, pattern, timing, states and options."""
        return self.connection.execute("FROM answers").fetchall()

    def counts(self) -> Counts:
        """Return how many patients there are, and how many have each answer, by state and by option."""
        numbers = (number or 0 for number in self.connection.execute(self.count).fetchall()[0])
        patients, states, options = next(numbers), {}, {}
        for state in self.rules.states:
            held = [next(numbers), next(numbers)]
            states[state.label] = dict(zip(HOLDS, (*held, patients - sum(held)), strict=True))
        for option in self.rules.options:
            options[option.label] = {status: next(numbers) for status in STATUSES}
        return {"patients": patients, "states": states, "options": options}

    def _counted(self) -> Iterator[str]:
        """Yield what is counted: patients, those in and not in each state, those with each status of each option."""
        yield "count(*)"
        for name in self.rules.holds():
            yield from (f"count_if({name})", f"count_if(NOT {name})")
        for name in self.rules.statuses():
            for status in STATUSES:
                yield f"count_if({name} = {quote(status)})"


def derivation(facts: Facts, rules: Rules, present: set[str]) -> str:
    """Return the query that answers each patient; of a key whose column is not present nothing is known."""
    stands = {
        path: quote_name(path) if path in present else f"CAST(NULL AS {TYPES.get(key.kind, 'VARCHAR')})"
        for path, key in facts.rule_base.keys.items()
        if not path.startswith(BELOW)
    }
    steps = courses(facts, stands) | {
        "known": f"SELECT row, id, {select_list(facts.columns(stands))} FROM patients",
        "tested": f"SELECT *, {select_list(facts.conditions(stands))} FROM known LEFT JOIN courses USING (row)",
        "derived": rules.derived("tested"),
    }
    written = ", ".join(f"{name} AS NOT MATERIALIZED ({query})" for name, query in steps.items())
    return f"WITH {written} SELECT {select_list(rules.answers())} FROM derived"
