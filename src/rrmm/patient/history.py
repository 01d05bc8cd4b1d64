"""From a patient's facts to the courses of prior drugs, what they yield for the patient, and the states.

A state of a prior drug is lifted to the patient: certain, possible or not. The engine that judges is
given; a contradiction in the file ends here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from rrmm.errors import PatientError
from rrmm.iris import RRMM, local_name
from rrmm.logic.conditions import Evaluator, Facts, State, Values, Verdict
from rrmm.patient.resolve import Patient
from rrmm.rules.base import RuleBase

Number = str | float

LINE = RRMM + "treatmentLine"
PRIOR_LINES = RRMM + "priorLines"
DRUGS = "prior_drugs"
BELOW = f"{DRUGS}."
LINE_KEY, RESPONSE_KEY = "line", "best_response"


class Engine(Protocol):
    """What judges the states of one subject: a patient, or a prior treatment."""

    def verdicts(self, facts: Facts, bearer: str) -> dict[str, Verdict]:
        """Return state IRI → verdict, for every state of the bearer (``Patient`` or ``PriorTreatment``)."""
        ...


class CompiledEngine:
    """Judges states by the compiled condition sets."""

    def __init__(self, rule_base: RuleBase) -> None:
        self.rule_base = rule_base

    def verdicts(self, facts: Facts, bearer: str) -> dict[str, Verdict]:
        """Return state IRI → verdict."""
        evaluator = Evaluator(facts, self.rule_base.sieve)
        resting = {state.iri: state for name in facts for state in self.rule_base.resting_on.get((bearer, name), ())}
        return self.rule_base.verdicts_without_facts[bearer] | {
            iri: evaluator.judge(state) for iri, state in resting.items()
        }


Of = tuple[str, str]


class History:
    """What is known of one patient: the courses of prior drugs, the facts that they yield, and the states.

    A key of `asked` or `unstated` is a property that courses yield, and a drug: `asked` gives the keys of the
    prior drug that would tell whether the property has it, `unstated` those whose default says that it has not.
    Raises PatientError when what the file says contradicts itself.
    """

    def __init__(self, rule_base: RuleBase, patient: Patient, engine: Engine | None = None) -> None:
        self.rule_base, self.patient = rule_base, patient
        self.engine = engine or CompiledEngine(rule_base)
        self.courses = [
            (treatment, self._judge(treatment.facts, "PriorTreatment")) for treatment in patient.treatments or []
        ]
        self.asked: dict[Of, set[str]] = {}
        self.unstated: dict[Of, set[str]] = {}
        self.facts = self._lift()
        self.verdicts = self._ask_for_lists(self._judge(self.facts, "Patient"))

    def _judge(self, facts: Facts, bearer: str) -> dict[str, Verdict]:
        """Return state IRI → verdict; raises PatientError where a state holds that no consistent file has."""
        verdicts = self.engine.verdicts(facts, bearer)
        for state in self.rule_base.contradictory:
            verdict = verdicts.get(state.iri)
            if verdict and verdict.holds:
                facts_text = "; ".join(verdict.facts)
                raise PatientError(f"{self.patient.where}: {state.contradiction} ({facts_text}). Correct one of them.")
        return verdicts

    def _ask_for_lists(self, verdicts: dict[str, Verdict]) -> dict[str, Verdict]:
        """Return the verdicts; what waits for the rest of an incomplete list asks for the list."""
        lists = {key.path for key in self.rule_base.keys.values() if key.kind == "list"}
        lists |= set() if self.patient.complete else {DRUGS}
        stated = {f"{DRUGS}[{local_name(treatment.drug)}]" for treatment in self.patient.treatments or []}
        asked = {}
        for iri, verdict in verdicts.items():
            if not any("[" in need for need in verdict.needs):
                asked[iri] = verdict
                continue
            needs = dict.fromkeys(
                head if head in lists and need not in stated else need
                for need in verdict.needs
                for head in (need.partition("[")[0],)
            )
            asked[iri] = verdict._replace(needs=tuple(needs))
        return asked

    def _lift(self) -> dict[str, Values]:
        """Return the patient's facts with those lifted from the states of prior treatments."""
        facts = dict(self.patient.facts)
        if self.patient.treatments is None:
            return facts
        last = self._last_line()
        for state in self.rule_base.lifted:
            certain: dict[str | float, str] = {}
            possible: set[str] = set()
            for treatment, verdicts in self.courses:
                verdict, drug = verdicts[state.iri], treatment.drug
                holds = verdict.holds
                if state.of_last_line and holds is not False:
                    holds = self._in_last_line(state, holds, last, drug)
                members = self.rule_base.members_of(drug)
                if members:
                    possible |= members if holds is not False else set()
                    continue
                if holds:
                    certain[drug] = "; ".join(verdict.facts)
                    continue
                defaults = self._keys(self.rule_base.sieve.properties(state) & treatment.defaulted)
                if holds is None:
                    possible.add(drug)
                    asked = {need.removeprefix(BELOW) for need in verdict.needs} | defaults
                    if state.of_last_line:
                        asked |= {LINE_KEY if last[drug] is None else RESPONSE_KEY}
                    self.asked.setdefault((str(state.yields), drug), set()).update(asked)
                else:
                    self.unstated.setdefault((str(state.yields), drug), set()).update(defaults)
            if not self.patient.complete:
                possible |= self.rule_base.drugs.keys()
            facts[str(state.yields)] = Values(frozenset(certain), frozenset(possible - certain.keys()), certain)
        return facts

    def _keys(self, properties: Iterable[str]) -> set[str]:
        return {self.rule_base.paths[name].removeprefix(BELOW) for name in properties}

    def _in_last_line(self, state: State, holds: bool | None, last: dict[str, bool | None], drug: str) -> bool | None:
        """Return whether a drug is in the last line and in a state there, all drugs of that line alike."""
        if not last[drug]:
            return last[drug]
        return None if self._differing(state, last) else holds

    def _last_line(self) -> dict[str, bool | None]:
        lines = [(one.drug, max(one.facts[LINE].certain) if LINE in one.facts else None) for one, _ in self.courses]
        count = self.patient.facts.get(PRIOR_LINES)
        return last_line(lines, max(count.certain) if count else None)

    def _differing(self, state: State, last: dict[str, bool | None]) -> bool:
        return len({verdicts[state.iri].holds for one, verdicts in self.courses if last[one.drug]}) > 1


def last_line(lines: Iterable[tuple[str, Number | None]], count: Number | None) -> dict[str, bool | None]:
    """Return for each prior drug whether it belongs to the last line; None when that is not known.

    `lines` gives drugs with their lines, a drug of several entries that of the last one; `count` is the number
    of prior lines. A single drug is in the last line.
    """
    line_of = dict(lines)
    if len(line_of) == 1:
        return dict.fromkeys(line_of, True)
    known = [line for line in line_of.values() if line is not None]
    last = count if count is not None else max(known, default=None) if len(known) == len(line_of) else None
    return {drug: None if last is None or line is None else line == last for drug, line in line_of.items()}
