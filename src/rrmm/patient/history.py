"""From a patient's facts to the courses of prior drugs, what they yield for the patient, and the states.

A state of a prior drug is lifted to the patient: certain, possible or not. The engine that judges is
given; a contradiction in the file ends here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from rrmm.errors import PatientError
from rrmm.iris import RRMM, local_name
from rrmm.logic.conditions import Evaluator, Facts, State, Values, Verdict
from rrmm.patient.lines import Entry, Place, Places, Use, arrange, count_least, lift, name_entry
from rrmm.patient.resolve import ANY_DRUG, OTHER, Patient, Treatment
from rrmm.rules.base import RuleBase

LINE = RRMM + "treatmentLine"
PRIOR_LINES = RRMM + "priorLines"
DRUGS = "prior_drugs"
BELOW = f"{DRUGS}."
LINE_KEY, RESPONSE_KEY, DRUG_KEY = "line", "best_response", "drug"
LAST = ", last line"


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
Course = tuple[Treatment, dict[str, Verdict]]


class History:
    """What is known of one patient: the courses of prior drugs, the facts that they yield, and the states.

    A key of `asked` or `unstated` is a property that courses yield, and a drug: `asked` gives the keys of the
    prior drug that would tell whether the property has it, `unstated` those whose default says that it has not.
    `untold` are the properties of the last line where no drug of it is given; `contested` are those whose default
    would contradict what is stated, so that they are unknown.
    Raises PatientError when what the file says contradicts itself.
    """

    def __init__(self, rule_base: RuleBase, patient: Patient, engine: Engine | None = None) -> None:
        self.rule_base, self.patient = rule_base, patient
        self.engine = engine or CompiledEngine(rule_base)
        self.courses: list[Course] = [
            (treatment, self.engine.verdicts(treatment.facts, "PriorTreatment"))
            for treatment in patient.treatments or []
        ]
        self.counting = [course for course in self.courses if not course[0].apart]
        count = patient.facts.get(PRIOR_LINES)
        self._entries = [entry_of(rule_base, treatment) for treatment, _ in self.counting]
        self.places: Places = arrange(
            self._entries,
            float(max(count.certain)) if count else None,
            complete=patient.complete,
        )
        self.asked: dict[Of, set[str]] = {}
        self.unstated: dict[Of, set[str]] = {}
        self.untold: set[str] = set()
        self.facts = self._lift()
        verdicts = self.engine.verdicts(self.facts, "Patient")
        self.contested = self._contested(verdicts)
        if self.contested:
            self.facts = {name: values for name, values in self.facts.items() if name not in self.contested}
            verdicts = self.engine.verdicts(self.facts, "Patient")
        self.defaulted = patient.defaulted - self.contested
        if faults := [*self._contradictions(verdicts)]:
            raise PatientError.of(faults)
        self.verdicts = self._ask_for_lists(verdicts)

    def _contested(self, verdicts: dict[str, Verdict]) -> frozenset[str]:
        """Return the properties whose default makes what is stated contradict itself."""
        keys = self.rule_base.key_of
        contested: set[str] = set()
        for state in self.rule_base.contradictory:
            if state.bearer == "Patient" and verdicts[state.iri].holds:
                names = self.rule_base.sieve.properties(state) & self.patient.defaulted
                contested |= {name for name in names if not keys[name].default}
        return frozenset(contested)

    def _contradictions(self, patient: dict[str, Verdict]) -> Iterator[PatientError]:
        """Yield an error for each state that holds and that no consistent file has."""
        for state in self.rule_base.contradictory:
            of_courses = [verdicts for _, verdicts in self.courses]
            for verdict in of_courses if state.bearer != "Patient" else [patient]:
                if verdict[state.iri].holds:
                    facts_text = "; ".join(verdict[state.iri].facts)
                    problem = f"{state.contradiction} ({facts_text}). Correct one of them."
                    yield PatientError(f"{self.patient.where}: {problem}", file=self.patient.where)

    def _ask_for_lists(self, verdicts: dict[str, Verdict]) -> dict[str, Verdict]:
        """Return the verdicts; what waits for the rest of an incomplete list asks for the list."""
        lists = {key.path for key in self.rule_base.keys.values() if key.kind == "list"}
        lists |= set() if self.patient.complete and not self.untold else {DRUGS}
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
        if PRIOR_LINES not in facts and (least := count_least(self._entries)):
            said = f"{self.rule_base.paths[PRIOR_LINES]}: {least:g} or more, by the prior drugs"
            facts[PRIOR_LINES] = Values(frozenset({least}), facts={least: said}, least=True)
        uses = [use_of(treatment.drug, one) for (treatment, _), one in zip(self.counting, self.places.of, strict=True)]
        for state in self.rule_base.lifted:
            if state.alike_in_line and self.places.untold:
                self.untold.add(str(state.yields))
            certain: dict[str | float, str] = {}
            possible: set[str] = set()
            known = [bits_of(verdicts[state.iri].holds) for _, verdicts in self.counting]
            for (treatment, verdicts), one, bits in zip(
                self.counting, self.places.of, lift(state, uses, known), strict=True
            ):
                yes, no = (bool(bit & 1) for bit in bits)
                drug, members = known_as(treatment.drug), self.rule_base.members_of(treatment.drug)
                if not no:
                    possible |= members
                    for member in members:
                        self.asked.setdefault((str(state.yields), member), set()).add(DRUG_KEY)
                if yes:
                    certain[drug] = "; ".join(verdicts[state.iri].facts)
                elif not no:
                    possible.add(drug)
                    keys = self._asked_keys(state, treatment, verdicts[state.iri], one)
                    for name in (drug, *members):
                        self.asked.setdefault((str(state.yields), name), set()).update(keys)
                elif not (state.of_last_line and one.last is False):
                    keys = self._defaults(state, treatment)
                    self.unstated.setdefault((str(state.yields), drug), set()).update(keys)
            if not self.patient.complete:
                possible |= self.rule_base.drugs.keys()
            if state.yields in self.untold:
                possible |= self.rule_base.drugs.keys() - {treatment.drug for treatment, _ in self.courses}
            facts[str(state.yields)] = Values(frozenset(certain), frozenset(possible - certain.keys()), certain)
        return facts

    def _asked_keys(self, state: State, treatment: Treatment, verdict: Verdict, one: Place) -> set[str]:
        """Return the keys of a prior drug that would tell whether a state of it counts."""
        keys = {need.removeprefix(BELOW) for need in verdict.needs} | self._defaults(state, treatment)
        if (state.of_last_line and one.last is None) or (state.of_latest_use and one.latest is None):
            keys.add(LINE_KEY)
        if state.alike_in_line and one.last is not None:
            keys.add(RESPONSE_KEY)
        return keys

    def _defaults(self, state: State, treatment: Treatment) -> set[str]:
        names = self.rule_base.sieve.properties(state) & treatment.defaulted
        return {self.rule_base.paths[name].removeprefix(BELOW) for name in names}

    def entries_of(self, need: str) -> list[str]:
        """Return a need of a prior drug as those of its entries that lack the key, each with its line.

        A line is asked of every entry without one where the drug's own are known; a key of the last line of the
        entries that may be of it.
        """
        if not need.startswith(f"{DRUGS}["):
            return [need]
        inside, _, key = need.removeprefix(f"{DRUGS}[").rpartition("].")
        label, last = inside.removesuffix(LAST), inside.endswith(LAST)
        name = self.rule_base.keys[BELOW + key].property
        own, others = [], []
        for (treatment, _), one in zip(self.counting, self.places.of, strict=True):
            known = (known_as(treatment.drug), *self.rule_base.members_of(treatment.drug))
            of_drug = label in map(self.rule_base.label, known)
            lacks = key == DRUG_KEY or name not in treatment.facts or name in treatment.defaulted
            if of_drug and (one.last is not False if last and key != LINE_KEY else lacks):
                own.append(self._entry(treatment, key))
            elif key == LINE_KEY and lacks:
                others.append(self._entry(treatment, key))
        return own or others or [f"{DRUGS}[{label}].{key}"]

    def _entry(self, treatment: Treatment, key: str) -> str:
        return f"{DRUGS}[{self.name(treatment)}].{key}"

    def name(self, treatment: Treatment) -> str:
        """Return the drug of a prior treatment, and its line where it has one."""
        label = treatment.label or self.rule_base.label(treatment.drug)
        line = treatment.facts.get(LINE)
        return name_entry(label, float(max(line.certain)) if line else None)


def known_as(drug: str) -> str:
    """Return what stands for a drug: itself, its class where that is all that is known, or any drug."""
    return ANY_DRUG if drug.startswith(OTHER) else drug


def entry_of(rule_base: RuleBase, treatment: Treatment) -> Entry:
    """Return a prior treatment as an entry of a line."""
    line = treatment.facts.get(LINE)
    return Entry(treatment.drug, float(max(line.certain)) if line else None, treatment.drug in rule_base.backbone)


def use_of(drug: str, one: Place) -> Use:
    """Return a prior drug with its place in one bit."""
    return Use(drug, 1, bits_of(one.last), bits_of(one.latest), int(one.beside))


def bits_of(truth: bool | None) -> tuple[int, int]:
    """Return whether something is known to be true, and known to be false, in one bit each."""
    return int(truth is True), int(truth is False)
