"""From what is known of patients to states and statuses, as SQL: the circuit of the derivation over columns."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.duck_circuit import sql
from benchmarks.duck_facts import Columns, Facts, quote
from rrmm.derivation import names, programs
from rrmm.derivation.programs import Programs
from rrmm.derivation.statuses import retreatments
from rrmm.rules.effects import ACTIONS, STATUSES


class Rules:
    """The circuit of one graph, over columns with conditions and the sets of drugs."""

    def __init__(self, facts: Facts) -> None:
        self.facts, self.rule_base = facts, facts.rule_base
        self.states = [state for state in self.rule_base.states.values() if state.bearer == "Patient"]
        self.options = [*self.rule_base.options, *retreatments(self.rule_base)]
        self.circuit = Programs.of(self.rule_base).restricted(programs.STATUSES, silencing=False)
        self._columns = {name: f"o{place}" for place, name in enumerate(self.circuit.outputs)}

    def derived(self, table: str) -> str:
        """Return the query that adds the outputs of the circuit to the identifiers of a table."""
        return sql(self.circuit, {name: self._input(*name) for name in self.circuit.inputs}, table, ["row", "id"])

    def _input(self, kind: str, *of: str) -> str:
        """Return the expression of an input."""
        if kind in (names.MET, names.UNMET):
            condition = self.facts.condition(of[0])
            return f"coalesce({condition if kind == names.MET else f'NOT {condition}'}, false)"
        if kind == names.GIVEN:
            return "received IS NOT NULL"
        column = "received"
        if kind != names.RECEIVED:
            _, certain, possible = self.facts.lifted[of[0]]
            column = certain if kind == names.CERTAIN else possible
        return f"coalesce(({column} & {self.facts.bits([of[-1]])}) <> 0, false)"

    def answers(self) -> Columns:
        """Return the columns of answers: identifier, pattern, timing, states and options."""
        of = self._columns
        found = {"id": "id"}
        states = self.rule_base.states
        patterns = {of[name]: str(states[name[1]].pattern) for name in of if name[0] == programs.PATTERN}
        found["pattern"] = _case(patterns, quote("unknown"))
        found["timing"] = _case({of[programs.TIMING, action]: action for action in ACTIONS}, "NULL")
        for name, state in zip(self.holds(), self.states, strict=True):
            yes, no = of[programs.YES, state.iri], of[programs.NO, state.iri]
            found[name] = f"CASE WHEN {yes} THEN true WHEN {no} THEN false END"
        for number, option in enumerate(self.options):
            given = {of[programs.STATUS, option.iri, status]: status for status in STATUSES}
            found[f"s{number}"] = f"CAST({_case(given, 'NULL')} AS status)"
        return found

    def holds(self) -> list[str]:
        """Return the columns of the states."""
        return [f"h{number}" for number in range(len(self.states))]

    def statuses(self) -> list[str]:
        """Return the columns of the options."""
        return [f"s{number}" for number in range(len(self.options))]


def _case(given: Mapping[str, str], otherwise: str) -> str:
    cases = " ".join(f"WHEN {column} THEN {quote(word)}" for column, word in given.items())
    return f"CASE {cases} ELSE {otherwise} END"
