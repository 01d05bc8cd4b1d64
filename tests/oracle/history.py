"""From a patient's facts to the courses of prior drugs, what they yield for the patient, and the states.

A state of a prior drug is lifted to the patient: certain, possible or not. The engine that judges is
given; a contradiction in the file ends here.
"""

from __future__ import annotations

from typing import Protocol

from rrmm.errors import PatientError
from rrmm.iris import RRMM
from rrmm.logic.conditions import Evaluator, Facts, State, Values, Verdict
from rrmm.patient.resolve import Patient, Treatment
from rrmm.rules.base import RuleBase

LINE = RRMM + "treatmentLine"
PRIOR_LINES = RRMM + "priorLines"
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


class History:
    """What is known of one patient: facts, the courses of prior drugs, and the states they yield.

    Raises PatientError when what the file says contradicts itself.
    """

    def __init__(self, rule_base: RuleBase, patient: Patient, engine: Engine | None = None) -> None:
        self.rule_base, self.patient = rule_base, patient
        self.engine = engine or CompiledEngine(rule_base)
        self.courses = [self._course(treatment) for treatment in patient.treatments or []]
        self.open_needs: dict[tuple[str, str], set[str]] = {}
        self.unstated: dict[tuple[str, str], set[str]] = {}
        self.facts = self._lift()
        self.verdicts = self.engine.verdicts(self.facts, "Patient")
        self._refuse(self.verdicts)

    @property
    def history(self) -> History:
        """Return itself: the engine of old is a history."""
        return self

    def _course(self, treatment: Treatment) -> tuple[Treatment, dict[str, Verdict]]:
        verdicts = self.engine.verdicts(treatment.facts, "PriorTreatment")
        self._refuse(verdicts)
        return treatment, verdicts

    def _refuse(self, verdicts: dict[str, Verdict]) -> None:
        """Raise PatientError where a state holds that no consistent file has."""
        for state in self.rule_base.contradictory:
            verdict = verdicts.get(state.iri)
            if verdict and verdict.holds:
                facts = "; ".join(verdict.facts)
                raise PatientError(f"{self.patient.where}: {state.contradiction} ({facts}). Correct one of them.")

    def _lift(self) -> dict[str, Values]:
        """Return the patient's facts with those lifted from the states of prior treatments."""
        facts = dict(self.patient.facts)
        if self.patient.treatments is None:
            return facts
        last = self._last_line()
        for state in self.rule_base.lifted:
            certain: dict[str | float, str] = {}
            possible = set()
            for treatment, verdicts in self.courses:
                verdict = verdicts[state.iri]
                holds = verdict.holds
                if state.of_last_line and holds is not False:
                    belongs = last[treatment.drug]
                    holds = (
                        False
                        if belongs is False
                        else None
                        if belongs is None or self._differing(state, last)
                        else holds
                    )
                if holds:
                    certain[treatment.drug] = "; ".join(verdict.facts)
                elif holds is None:
                    possible.add(treatment.drug)
                    self._ask(treatment, state, verdict, in_line=last[treatment.drug])
                else:
                    self._note(treatment, state)
            facts[str(state.yields)] = Values(frozenset(certain), frozenset(possible - certain.keys()), certain)
        return facts

    def _ask(self, treatment: Treatment, state: State, verdict: Verdict, *, in_line: bool | None) -> None:
        """Note which keys of a prior drug would settle a state of it."""
        label = self.rule_base.label(treatment.drug)
        asked = {need.removeprefix("prior_drugs.") for need in verdict.needs} | self._defaults(
            state, treatment.defaulted
        )
        if state.of_last_line:
            asked |= {RESPONSE_KEY} if in_line is not None else {LINE_KEY}
        needs = self.open_needs.setdefault((str(state.yields), treatment.drug), set())
        if LINE_KEY in asked and PRIOR_LINES not in self.patient.facts:
            needs.add(self.rule_base.paths[PRIOR_LINES])
        needs.update(f"prior_drugs[{label}].{key}" for key in asked)

    def _note(self, treatment: Treatment, state: State) -> None:
        """Note which keys, left to their default, would make a state of a prior drug hold after all."""
        label = self.rule_base.label(treatment.drug)
        keys = {f"prior_drugs[{label}].{key}" for key in self._defaults(state, treatment.defaulted)}
        self.unstated.setdefault((str(state.yields), treatment.drug), set()).update(keys)

    def _defaults(self, state: State, defaulted: frozenset[str]) -> set[str]:
        """Return the keys that are left to their default and on which a state rests."""
        return {
            self.rule_base.paths[name].removeprefix("prior_drugs.")
            for name in self.rule_base.sieve.properties(state) & defaulted
        }

    def _last_line(self) -> dict[str, bool | None]:
        """Return for each prior drug whether it belongs to the last line; None when that is not known."""
        lines = {t.drug: max(t.facts[LINE].certain) if LINE in t.facts else None for t, _ in self.courses}
        count = self.patient.facts.get(PRIOR_LINES)
        known = [line for line in lines.values() if line is not None]
        last = max(count.certain) if count else max(known, default=None) if len(known) == len(lines) else None
        if len(lines) == 1:
            return dict.fromkeys(lines, True)
        return {drug: None if last is None or line is None else line == last for drug, line in lines.items()}

    def _differing(self, state: State, last: dict[str, bool | None]) -> bool:
        return len({v[state.iri].holds for t, v in self.courses if last[t.drug]}) > 1
