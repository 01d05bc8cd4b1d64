"""From a patient's facts to history, states, fired guidance and the status of every option.

The step from states to statuses is one for all engines. It knows kinds of guidance (recommend,
avoid, require, …), never a drug, a regimen or a threshold.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

from rrmm.compiled import Compiled, Guidance, Option
from rrmm.patient import Patient, Treatment
from rrmm.states import Evaluator, Facts, State, Values, Verdict
from rrmm.terms import RRMM

Reason = dict[str, Any]

STATUSES = ("excluded", "not_recommended", "investigational", "undetermined", "recommended", "option")
CAUTIONS = {"RaiseCaution": "caution", "ReduceDose": "dose", "SetSchedule": "schedule", "Monitor": "monitor"}
TIMINGS = {
    "StartImmediately": "start_immediately",
    "StartTreatment": "start_treatment",
    "FollowUpWatchfully": "watchful_follow_up",
    "WithholdTreatment": "no_indication",
}


class Engine(Protocol):
    """What judges the states of one subject: a patient, or a prior treatment."""

    def verdicts(self, facts: Facts, bearer: str) -> dict[str, Verdict]:
        """Return state IRI → verdict, for every state of the bearer (``Patient`` or ``PriorTreatment``)."""
        ...


class CompiledEngine:
    """Judges states by the compiled condition sets."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled

    def verdicts(self, facts: Facts, bearer: str) -> dict[str, Verdict]:
        """Return state IRI → verdict."""
        compiled = self.compiled
        evaluator = Evaluator(facts, compiled.conditions, compiled.members, compiled.paths)
        return {iri: evaluator.verdict(state) for iri, state in compiled.states.items() if state.bearer == bearer}


class Answer(NamedTuple):
    """What the derivation finds for one option."""

    option: Option
    status: str
    because: list[Reason]
    needs: list[str]
    cautions: list[dict[str, Any]]


class Derivation:
    """The derivation for one patient over one graph's tables."""

    def __init__(self, compiled: Compiled, patient: Patient, engine: Engine | None = None) -> None:
        self.compiled, self.patient = compiled, patient
        self.engine = engine or CompiledEngine(compiled)
        self.history = [self._course(treatment) for treatment in patient.treatments or []]
        self.facts = self._lift()
        self.verdicts = self.engine.verdicts(self.facts, "Patient")
        self._fired: dict[str, Verdict] = {}
        self.silent = self._superseded()

    def _course(self, treatment: Treatment) -> tuple[Treatment, dict[str, Verdict]]:
        return treatment, self.engine.verdicts(treatment.facts, "PriorTreatment")

    def _lifting(self) -> Iterable[State]:
        return (state for state in self.compiled.states.values() if state.yields)

    def _lift(self) -> dict[str, Values]:
        """Return the patient's facts with those lifted from the states of prior treatments."""
        facts = dict(self.patient.facts)
        for state in self._lifting():
            if self.patient.treatments is None:
                continue
            certain: dict[str | float, str] = {}
            possible = set()
            for treatment, verdicts in self.history:
                verdict = verdicts[state.iri]
                if verdict.holds:
                    certain[treatment.drug] = "; ".join(verdict.facts)
                elif verdict.holds is None:
                    possible.add(treatment.drug)
            facts[str(state.yields)] = Values(frozenset(certain), frozenset(possible - certain.keys()), certain)
        return facts

    def _superseded(self) -> set[str]:
        return {
            silent
            for guidance in self.compiled.guidance
            if guidance.supersedes and self.fires(guidance).holds
            for silent in guidance.supersedes
        }

    def fires(self, guidance: Guidance) -> Verdict:
        """Return whether guidance holds for this patient: in every state it applies to."""
        if guidance.iri not in self._fired:
            self._fired[guidance.iri] = self._judge(guidance)
        return self._fired[guidance.iri]

    def _judge(self, guidance: Guidance) -> Verdict:
        verdicts = [self.verdicts[state] for state in guidance.applies_to if state in self.verdicts]
        if any(verdict.holds is False for verdict in verdicts):
            return Verdict(False)
        if any(verdict.holds is None for verdict in verdicts):
            return Verdict(None, needs=tuple(sorted({need for v in verdicts for need in v.needs})))
        return Verdict(True, tuple(dict.fromkeys(fact for verdict in verdicts for fact in verdict.facts)))

    def reason(self, guidance: Guidance, facts: Iterable[str] = ()) -> Reason:
        """Return a reason of the report: rule, modality, reading, matched facts and source."""
        return {
            "rule": guidance.iri,
            "label": guidance.label,
            "modality": _modality(guidance.modality),
            "reading": guidance.reading,
            "facts": list(facts),
            "source": self.compiled.source(guidance.passages),
        }

    def answers(self) -> list[Answer]:
        """Return an answer for every option, in the order of the graph."""
        return [self.answer(option) for option in self.compiled.options]

    def answer(self, option: Option) -> Answer:
        """Return status, reasons, needs and cautions of one option."""
        found: dict[str, list[Reason]] = {status: [] for status in STATUSES}
        needs: set[str] = set()
        unsettled: set[str] = set()
        for guidance in self._of(option):
            if guidance.effect == "CloseContaining":
                self._close(guidance, option, found, unsettled)
            else:
                needs |= self._apply(guidance, found)
        needs |= unsettled
        status = next((name for name in STATUSES if found[name]), "option")
        because = found[status] or [self._named(option)]
        return Answer(option, status, because, [] if status == "excluded" else sorted(needs), self.cautions(option))

    def _of(self, option: Option) -> Iterable[Guidance]:
        return (g for g in self.compiled.by_option.get(option.iri, ()) if g.iri not in self.silent)

    def _named(self, option: Option) -> Reason:
        """Return the reason of an option of which no guidance says more: the source names it."""
        return {
            "rule": option.iri,
            "label": "named by the source, which says nothing against it here",
            "modality": "none",
            "reading": None,
            "facts": [],
            "source": self.compiled.source(option.passages),
        }

    def _close(self, rule: Guidance, option: Option, found: dict[str, list[Reason]], unsettled: set[str]) -> None:
        values = self.facts.get(str(rule.closed_by))
        exempt = set(rule.except_for)
        for component, classes in option.classes.items():
            if classes & exempt or component not in self.compiled.members[RRMM + "Drug"]:
                continue
            if values is None:
                need = self.compiled.paths[str(rule.closed_by)]
                found["undetermined"].append(self.reason(rule, [f"{self.compiled.label(component)}: {need} not known"]))
                unsettled.add(need)
            elif component in values.certain:
                found["excluded"].append(self.reason(rule, [values.facts[component]]))
            elif component in values.possible:
                label = self.compiled.label(component)
                found["undetermined"].append(self.reason(rule, [f"{label}: not known whether it closes this option"]))
                unsettled.add(f"prior_drugs[{label}].status")

    def _apply(self, guidance: Guidance, found: dict[str, list[Reason]]) -> set[str]:
        status = {
            "Exclude": "excluded",
            "Avoid": "not_recommended",
            "Require": "not_recommended",
            "HoldInvestigational": "investigational",
            "Recommend": "recommended",
            "Support": "option",
        }.get(guidance.effect)
        if status is None:
            return set()
        fired = self.fires(guidance)
        if guidance.effect == "Require" and fired.holds:
            fired = self._unmet(guidance)
        if fired.holds:
            found[status].append(self.reason(guidance, fired.facts))
        return set() if fired.holds is not None or status == "option" else set(fired.needs)

    def _unmet(self, guidance: Guidance) -> Verdict:
        """Return whether an only-if condition is known to be unmet."""
        verdicts = [self.verdicts[state] for state in guidance.only_if]
        unmet = [verdict for verdict in verdicts if verdict.holds is False]
        if unmet:
            return Verdict(True, tuple(fact for verdict in unmet for fact in verdict.facts))
        unknown = {need for verdict in verdicts if verdict.holds is None for need in verdict.needs}
        return Verdict(None if unknown else False, needs=tuple(sorted(unknown)))

    def cautions(self, option: Option) -> list[dict[str, Any]]:
        """Return the cautions, doses, schedules and monitoring that attach to an option."""
        found = []
        for guidance in self._of(option):
            if guidance.effect not in CAUTIONS:
                continue
            fired = self.fires(guidance)
            if fired.holds:
                found.append(
                    {
                        "kind": CAUTIONS[guidance.effect],
                        "agent": self._agent(guidance, option),
                        "concern": ", ".join(self.compiled.label(concern) for concern in guidance.concerns) or None,
                        "trigger": guidance.trigger or "; ".join(fired.facts) or None,
                        "text": guidance.text,
                        "because": self.reason(guidance, fired.facts),
                    }
                )
        return found

    def _agent(self, guidance: Guidance, option: Option) -> str:
        targets = set(guidance.targets)
        hit = [c for c, classes in option.classes.items() if c in targets or classes & targets]
        return ", ".join(option.components[component] for component in hit) or option.label

    def preferences(self, answers: list[Answer]) -> list[dict[str, Any]]:
        """Return the preferences that fire, over options that are recommended or open."""
        open_options = {a.option.iri: a.option.label for a in answers if a.status in {"recommended", "option"}}
        found = []
        for guidance in self.compiled.guidance:
            if guidance.effect != "PreferOver" or not (fired := self.fires(guidance)).holds:
                continue
            preferred = [open_options[iri] for iri in guidance.options if iri in open_options]
            over = [open_options[iri] for iri in guidance.over_options if iri in open_options]
            if preferred and over:
                found.append(
                    {
                        "preferred": preferred,
                        "over": over,
                        "modality": _modality(guidance.modality),
                        "because": self.reason(guidance, fired.facts),
                    }
                )
        return found

    def high_risk_evidence(self, option: Option) -> str | None:
        """Return what the source says on an option in high-risk disease; None for other patients."""
        said = [guidance for guidance in self.compiled.guidance if guidance.high_risk]
        if not any(self.fires(guidance).holds for guidance in said):
            return None
        hit = [str(guidance.high_risk) for guidance in said if option.iri in guidance.options]
        return self.compiled.label(hit[0]) if hit else "none"

    def timing(self) -> dict[str, Any]:
        """Return the highest rung of timing that the known facts entail, and what could hasten it."""
        needs: set[str] = set()
        for effect, action in TIMINGS.items():
            rules = [(g, self.fires(g)) for g in self.compiled.guidance if g.effect == effect]
            if because := [self.reason(g, fired.facts) for g, fired in rules if fired.holds]:
                return {"action": action, "interval_months": [], "because": because, "needs": sorted(needs)}
            needs |= {need for _, fired in rules if fired.holds is None for need in fired.needs}
        return {"action": "undetermined", "interval_months": [], "because": [], "needs": sorted(needs)}


def _modality(name: str) -> str:
    return "none" if name == "NoModal" else name.lower()
