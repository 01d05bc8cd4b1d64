"""Which guidance fires for a patient, and what it says beside the status of an option.

Cautions, doses and monitoring, preferences, timing, conflicts, the disease pattern.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, cast

from oracle.effects import CLOSING, PREFERRING, REMARKS, TIMINGS
from oracle.history import Engine, History
from rrmm.derivation.model import Conflict, DiseasePattern, PatternValue, Preference, Remark, Timing
from rrmm.iris import RRMM, local_name
from rrmm.logic.conditions import State, Verdict
from rrmm.patient.resolve import Patient
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import HighRiskEvidence, Status
from rrmm.rules.model import Caution, Guidance, Option, Reason


class Answer(NamedTuple):
    """What the derivation finds for one option."""

    option: Option
    status: Status
    because: list[Reason]
    needs: list[str]
    cautions: list[Caution]
    found: dict[str, list[Reason]]
    fit: None = None
    fit_because: tuple[Reason, ...] = ()
    fit_needs: tuple[str, ...] = ()
    superseded: tuple[Reason, ...] = ()
    caution_needs: tuple[str, ...] = ()


class Advice(History):
    """The guidance that fires for one patient."""

    def __init__(self, rule_base: RuleBase, patient: Patient, engine: Engine | None = None) -> None:
        super().__init__(rule_base, patient, engine)
        self._fired: dict[tuple[str, ...], Verdict] = {}
        self._cautions: dict[tuple[str, str], Caution] = {}
        self._high_risk: bool | None = None
        self._needs: dict[str, set[str]] = {}
        self.silent, self.perhaps_silent = self._superseded()
        self.speaking: set[str] = set()
        for guidance in rule_base.guidance:
            if all(self.verdicts[iri].holds for iri in guidance.applies_to):
                self.speaking.add(guidance.iri)
        self.speaking -= self.silent

    def _superseded(self) -> tuple[set[str], dict[str, set[str]]]:
        """Return the guidance that is silent, and that which may be, with what would tell."""
        silent: set[str] = set()
        perhaps: dict[str, set[str]] = {}
        for guidance in self.rule_base.superseding:
            fired = self.fires(guidance)
            for iri in guidance.supersedes:
                if fired.holds:
                    silent.add(iri)
                elif fired.holds is None:
                    perhaps.setdefault(iri, set()).update(fired.needs)
        return silent, perhaps

    def fires(self, guidance: Guidance) -> Verdict:
        """Return whether guidance holds for this patient: in every state it applies to."""
        if guidance.applies_to not in self._fired:
            self._fired[guidance.applies_to] = self._all(guidance.applies_to)
        return self._fired[guidance.applies_to]

    def _assumptions(self, fired: Verdict) -> set[str]:
        """Return the keys that are left out, are taken to have a value or none, and on which a verdict rests."""
        left_out = (key for key in self.rule_base.keys.values() if key.property in self.patient.defaulted)
        taken = (key.path for key in left_out if key.assumed is not None or key.default_none)
        return {path for path in taken if not {f"{path}: none", f"{path}: not stated"}.isdisjoint(fired.facts)}

    def _all(self, states: Iterable[str]) -> Verdict:
        judged = [(self.rule_base.states[iri], self.verdicts[iri]) for iri in states]
        if any(verdict.holds is False for _, verdict in judged):
            return Verdict(False)
        unknown = [pair for pair in judged if pair[1].holds is None]
        if unknown:
            return Verdict(None, needs=tuple(sorted({need for pair in unknown for need in self.needs_of(*pair)})))
        return Verdict(True, tuple(dict.fromkeys(fact for _, verdict in judged for fact in verdict.facts)))

    def needs_of(self, state: State, verdict: Verdict) -> set[str]:
        """Return the keys of the patient file that would settle a state, those of prior drugs spelt out."""
        if state.iri not in self._needs:
            self._needs[state.iri] = self._spelt(state, verdict)
        return self._needs[state.iri]

    def _spelt(self, state: State, verdict: Verdict) -> set[str]:
        found = self._defaults(state, self.patient.defaulted) if verdict.holds is None else set()
        for need in verdict.needs:
            if need.startswith("prior_drugs["):
                found |= self._opened(state, need.removeprefix("prior_drugs[").removesuffix("]")) or {need}
            else:
                found.add(need)
        return found

    def _opened(self, state: State, drug: str) -> set[str]:
        """Return the keys of a prior drug that would settle what a state asks of it."""
        asked = self.rule_base.sieve.properties(state)
        opened = self.open_needs.items()
        return {need for (name, iri), needs in opened if name in asked and local_name(iri) == drug for need in needs}

    def reason(self, guidance: Guidance, facts: Iterable[str] = ()) -> Reason:
        """Return a reason of the report: rule, modality, reading, matched facts and source."""
        return self.rule_base.reason(guidance).matching(tuple(facts))

    def cautions(self, option: Option) -> list[Caution]:
        """Return the cautions, doses, schedules and monitoring that attach to an option."""
        return [
            self._caution(guidance, agent)
            for guidance, agent in self.rule_base.plan(option).advising
            if guidance.iri in self.speaking
        ]

    def _caution(self, guidance: Guidance, agent: str) -> Caution:
        of = (guidance.iri, agent)
        if of not in self._cautions:
            said, facts = self.rule_base.caution(guidance, agent), self.fires(guidance).facts
            if facts:
                trigger, because = self._trigger(guidance, facts), self.reason(guidance, facts)
                said = said._replace(trigger=trigger, because=because)
            self._cautions[of] = said
        return self._cautions[of]

    def _trigger(self, guidance: Guidance, facts: Iterable[str]) -> str | None:
        """Return what in the patient a caution answers to: the entries of a list by their names, else the state."""
        told = [fact.partition(": ") for fact in facts]
        keys = self.rule_base.keys
        listed = (word for path, _, word in told if path in keys and keys[path].kind == "list" and word != "none")
        named = [word.partition(", grade ")[0] for word in listed]
        return "; ".join(named) or guidance.trigger or "; ".join(facts) or None

    def remarks(self) -> tuple[Remark, ...]:
        """Return what else the source says of this patient: tests to perform, and what is known of such disease."""
        fired = ((guidance, self.fires(guidance)) for guidance in self.rule_base.remarking)
        return tuple(
            Remark(
                REMARKS[guidance.effect],
                self.rule_base.named_options(guidance),
                guidance.text,
                self.reason(guidance, verdict.facts),
            )
            for guidance, verdict in fired
            if verdict.holds
        )

    def preferences(self, answers: list[Answer]) -> tuple[Preference, ...]:
        """Return the preferences that fire, over options that are recommended or open."""
        open_options = {a.option.iri: a.option for a in answers if a.status in {"recommended", "option"}}
        found = []
        for guidance in self.rule_base.by_effect.get(PREFERRING, ()):
            if not (fired := self.fires(guidance)).holds:
                continue
            preferred = self._targeted(guidance.targets, guidance.options, open_options)
            over = self._targeted(guidance.over, guidance.over_options, open_options)
            if RRMM + "Retreatment" in guidance.over:
                drugs = {treatment.drug for treatment, _ in self.courses}
                drugs -= {drug for drug in drugs if self.rule_base.spared & set(self.rule_base.drugs[drug])}
                again = (option.label for option in open_options.values() if option.components.keys() & drugs)
                over = (*dict.fromkeys((*over, *again)),)
            if preferred and over:
                found.append(Preference(preferred, over, guidance.modality, self.reason(guidance, fired.facts)))
        return tuple(found)

    def _targeted(self, targets: Iterable[str], listed: Iterable[str], options: dict[str, Option]) -> tuple[str, ...]:
        """Return the names of open options that are meant; a target that is no option is named by its label."""
        wanted = set(targets)
        meant = [options[iri].label for iri in listed if iri in options]
        meant += [o.label for o in options.values() if o.kind == "retreatment" and wanted & (o.kinds | {o.iri})]
        categories = self.rule_base.members.get(RRMM + "TreatmentCategory", frozenset())
        meant += [self.rule_base.label(iri) for iri in targets if iri in categories and iri not in options]
        return tuple(meant)

    def pattern(self) -> DiseasePattern:
        """Return the disease pattern with its reason."""
        for iri, verdict in self.verdicts.items():
            state = self.rule_base.states[iri]
            if state.pattern and verdict.holds:
                return DiseasePattern(cast(PatternValue, state.pattern), (self.state_reason(state, verdict),))
        return DiseasePattern("unknown", ())

    def state_reason(self, state: State, verdict: Verdict) -> Reason:
        """Return why a state holds: its definition, the matched facts, the criteria it rests on."""
        address = self.rule_base.address(self.rule_base.criteria_passages(state))
        return Reason(state.iri, state.label, "none", next(iter(state.readings), None), verdict.facts, address)

    def conflicts(self, answers: list[Answer]) -> tuple[Conflict, ...]:
        """Return what pulls apart for this patient: rules that conflict, and options named over a condition."""
        found = []
        for guidance, other in self.rule_base.conflicting:
            if self._meet(guidance, other, answers):
                pair = self.reason(guidance, self.fires(guidance).facts), self.reason(other, self.fires(other).facts)
                found.append(Conflict(pair, f"{guidance.label} · {other.label}"))
        for answer in answers:
            for against in answer.found["discouraged"] if answer.status == "recommended" else []:
                pair = answer.because[0], against
                found.append(Conflict(pair, f"{answer.option.label}: {pair[0].label} · {against.label}"))
        return tuple(found)

    def _meet(self, one: Guidance, other: Guidance, answers: list[Answer]) -> bool:
        """Return whether two rules bear on this patient, and a rule that closes does so where the other speaks."""
        if not (self.fires(one).holds and self.fires(other).holds):
            return False
        for rule, against in ((one, other), (other, one)):
            if rule.effect in CLOSING:
                spoken = (answer for answer in answers if answer.option.iri in against.options)
                given = CLOSING[rule.effect][0]
                return any(reason.rule == rule.iri for answer in spoken for reason in answer.found[given])
        return True

    def high_risk_evidence(self, option: Option) -> HighRiskEvidence | None:
        """Return what the source says on an option in high-risk disease; None for other patients."""
        if self._high_risk is None:
            self._high_risk = any(self.fires(guidance).holds for guidance in self.rule_base.on_high_risk)
        return self.rule_base.high_risk.get(option.iri, "none") if self._high_risk else None

    def timing(self) -> Timing:
        """Return the highest rung of timing that the known facts entail, and what could hasten it."""
        needs: set[str] = set()
        for effect, action in TIMINGS.items():
            rules = [(g, self.fires(g)) for g in self.rule_base.by_effect.get(effect, ())]
            if because := tuple(self.reason(g, fired.facts) for g, fired in rules if fired.holds):
                needs |= {need for _, fired in rules if fired.holds for need in self._assumptions(fired)}
                interval = sorted({month for g, fired in rules if fired.holds for month in g.interval})
                return Timing(action, tuple(interval), because, tuple(sorted(needs)))
            needs |= {need for _, fired in rules if fired.holds is None for need in fired.needs}
        return Timing("undetermined", (), (), tuple(sorted(needs)))
