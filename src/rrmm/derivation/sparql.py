"""States and statuses by SPARQL alone: one query for each subject, its facts in a VALUES block.

The queries stand in ``queries/derive/patient-states.rq`` and ``patient-statuses.rq``, and run in any
SPARQL 1.1 engine. Reasons, needs and cautions come with the step that is common to all engines.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rrmm.graph import queries
from rrmm.graph.files import graph_root
from rrmm.graph.store import Asked, Row, iri_term, value_term
from rrmm.iris import OWL, RDF, RRMM, local_name
from rrmm.logic.conditions import Evaluator, Facts, State, Values, Verdict
from rrmm.logic.dnf import Conjunction
from rrmm.patient.history import History
from rrmm.rules.base import RuleBase

PLACEHOLDER = "(owl:Nothing owl:Nothing rrmm:Certain)"

_LITERALS = "PREFIX owl: <http://www.w3.org/2002/07/owl#> SELECT ?property WHERE { ?property a owl:DatatypeProperty }"


Known = tuple[str, str | float, str]


class SparqlEngine:
    """Judges states by the condition sets in the graph, with one SPARQL query for each subject."""

    def __init__(self, store: Asked, rule_base: RuleBase, root: Path | None = None) -> None:
        self.store, self.rule_base = store, rule_base
        derive = queries.read(root or graph_root(), "derive")
        self.text, self.statuses_text = derive["patient-states"].text, derive["patient-statuses"].text
        self.on_drugs = {str(state.yields) for state in rule_base.states.values() if state.yields}
        self.literals = {row["property"] for row in store.rows(_LITERALS)}
        self.tested = {condition.property for condition in rule_base.conditions.values()}
        sets: dict[str, set[tuple[str, bool]]] = {}
        for row in store.rows(derive["condition-sets"].text):
            one = sets.setdefault(row["set"], set())
            if "condition" in row:
                one.add((local_name(row["condition"]), local_name(row["sign"]) == "ifAll"))
        self.sets: dict[str, Conjunction] = {name: frozenset(one) for name, one in sets.items()}

    def verdicts(self, facts: Facts, bearer: str) -> dict[str, Verdict]:
        """Return state IRI → verdict, for every state of the bearer (``Patient`` or ``PriorTreatment``)."""
        rule_base = self.rule_base
        evaluator = Evaluator(facts, rule_base.sieve)
        rows = {row["state"]: row for row in self.store.rows(self.question(facts))}
        states = (state for state in rule_base.states.values() if state.bearer == bearer)
        return {state.iri: self._verdict(state, rows[state.iri], evaluator) for state in states}

    def _verdict(self, state: State, row: Row, evaluator: Evaluator) -> Verdict:
        if row["answer"] == "unknown":
            return evaluator.wait(state, [self.sets[name] for name in row["open"].split()])
        return evaluator.decide(row["answer"] == "yes", [self.sets[name] for name in row["by"].split()])

    def question(self, facts: Facts) -> str:
        """Return the query on states with the facts in its VALUES block, as RDF terms."""
        known = [
            (name, value, mode)
            for name, values in facts.items()
            if name in self.tested
            for value, mode in _modes(values) or [(OWL + "Nothing", "Certain")]
        ]
        return self._filled(self.text, known)

    def statuses(self, history: History) -> dict[str, str]:
        """Return option IRI → status; a prior drug stands for being given again."""
        states = ((iri, verdict.holds) for iri, verdict in history.verdicts.items() if verdict.holds is not False)
        known: list[Known] = [(RDF + "type", iri, "Certain" if holds else "Possible") for iri, holds in states]
        known += [(RRMM + "priorTreatment", treatment.drug, "Certain") for treatment, _ in history.history]
        for name in sorted(self.on_drugs):
            values = history.facts.get(name)
            told = _modes(values) if values else [(RRMM + "Drug", "Possible")]
            known += [(name, value, mode) for value, mode in told]
        rows = self.store.rows(self._filled(self.statuses_text, known))
        return {row["option"]: row["status"] for row in rows}

    def _filled(self, text: str, known: Iterable[Known]) -> str:
        rows = [
            f"({iri_term(name)} {value_term(value, name in self.literals)} {iri_term(RRMM + mode)})"
            for name, value, mode in known
        ]
        return text.replace(PLACEHOLDER, " ".join(rows) or PLACEHOLDER)


def _modes(values: Values) -> list[tuple[str | float, str]]:
    return [(value, "Certain") for value in values.certain] + [(value, "Possible") for value in values.possible]
