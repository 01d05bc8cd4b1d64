"""States and statuses by SPARQL alone: one query for each subject, its facts in a VALUES block.

The queries stand in ``queries/derive/patient-states.rq`` and ``patient-statuses.rq``, and run in any
SPARQL 1.1 engine. They are the second formulation of the derivation, and give no reasons, needs or cautions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from textwrap import wrap
from typing import NamedTuple

from rrmm.graph import queries
from rrmm.graph.files import graph_root
from rrmm.graph.store import Asked, Row
from rrmm.graph.terms import iri_term, value_term
from rrmm.iris import OWL, RDF, RRMM, local_name
from rrmm.logic.conditions import Evaluator, Facts, State, Values, Verdict
from rrmm.logic.dnf import Conjunction
from rrmm.patient.history import History
from rrmm.patient.resolve import ANY_DRUG, OTHER, Patient
from rrmm.records import JsonObject
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import Status, name_status
from rrmm.texts import show

HOLDS = {True: "yes", False: "no", None: "unknown"}
PLACEHOLDER = "(owl:Nothing owl:Nothing rrmm:Certain)"

_LITERALS = "PREFIX owl: <http://www.w3.org/2002/07/owl#> SELECT ?property WHERE { ?property a owl:DatatypeProperty }"


Known = tuple[str, str | float, str]


class Statuses(NamedTuple):
    """What SPARQL alone answers for one patient: whether each state holds (yes, no, unknown), and each status."""

    patient: str
    states: dict[str, str]
    options: dict[str, Status]
    named_by: str
    """The sources that name options, as running text refers to them."""

    def to_dict(self) -> JsonObject:
        """Return the answer as plain dicts."""
        return {"patient": self.patient, "states": self.states, "options": self.options}

    def to_json(self) -> str:
        """Return the answer as JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1) + "\n"

    def to_text(self, width: int = 100) -> str:
        """Return the answer for a terminal, the states that hold and the options by status."""
        holding = ", ".join(state for state, holds in self.states.items() if holds == "yes")
        lines = [f"Patient: {self.patient}", f"States: {holding or 'none'}"]
        for status in dict.fromkeys(self.options.values()):
            options = ", ".join(option for option, given in self.options.items() if given == status)
            lines.append(f"{name_status(status, self.named_by)}: {options}")
        lines.append("By SPARQL alone: states and statuses, without reasons, cautions and evidence.")
        return show("\n".join(part for line in lines for part in wrap(line, width, subsequent_indent="  ")) + "\n")


def answer(store: Asked, rule_base: RuleBase, patient: Patient, root: Path | None = None) -> Statuses:
    """Return states and statuses of a patient by SPARQL alone; the facts of the patient go to the store.

    Raises PatientError when what the file says contradicts itself.
    """
    engine = SparqlEngine(store, rule_base, root)
    history = History(rule_base, patient, engine)
    labels = rule_base.label_of_option
    given = engine.statuses(history)
    again = [treatment.drug for treatment, _ in history.counting if treatment.drug in rule_base.drugs]
    order = dict.fromkeys([*labels, *again])
    options = {labels.get(iri) or rule_base.retreatment(iri).label: given[iri] for iri in order if iri in given}
    states = {rule_base.states[iri].label: HOLDS[verdict.holds] for iri, verdict in history.verdicts.items()}
    return Statuses(patient.name, states, options, rule_base.named_by_any)


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
            literals = sets.setdefault(row["set"], set())
            if "condition" in row:
                literals.add((local_name(row["condition"]), local_name(row["sign"]) == "ifAll"))
        self.sets: dict[str, Conjunction] = {name: frozenset(literals) for name, literals in sets.items()}

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
        return self._bind(self.text, known)

    def statuses(self, history: History) -> dict[str, Status]:
        """Return option IRI → status; a prior drug stands for being given again."""
        states = ((iri, verdict.holds) for iri, verdict in history.verdicts.items() if verdict.holds is not False)
        known: list[Known] = [(RDF + "type", iri, "Certain" if holds else "Possible") for iri, holds in states]
        drugs = (treatment.drug for treatment, _ in history.counting if treatment.drug in self.rule_base.drugs)
        known += [(RRMM + "priorTreatment", drug, "Certain") for drug in drugs]
        for name in sorted(self.on_drugs):
            values = history.facts.get(name)
            modes = _modes(values) if values else [(RRMM + "Drug", "Possible")]
            known += [(name, value, mode) for value, mode in modes if not values or value != ANY_DRUG]
        rows = self.store.rows(self._bind(self.statuses_text, known))
        return {row["option"]: row["status"] for row in rows}

    def _bind(self, text: str, known: Iterable[Known]) -> str:
        rows = [
            f"({iri_term(name)} {value_term(value, name in self.literals)} {iri_term(RRMM + mode)})"
            for name, value, mode in known
        ]
        return text.replace(PLACEHOLDER, " ".join(rows) or PLACEHOLDER)


def _modes(values: Values) -> list[tuple[str | float, str]]:
    """Return the values with what is known of each; of a drug that no source knows the graph says nothing."""
    certain = (value for value in values.certain if not str(value).startswith(OTHER))
    mode = "AtLeast" if values.least else "Certain"
    return [(value, mode) for value in certain] + [(value, "Possible") for value in values.possible]
