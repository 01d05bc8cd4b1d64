"""The derivation for one patient: the program run once, and what it finds put into words.

The program decides; here stand the facts that a reason matched, never another decision.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

from rrmm.derivation import names, programs
from rrmm.derivation.model import Conflict, DiseasePattern, PatternValue, Preference, Remark, Timing
from rrmm.derivation.programs import Program, Programs
from rrmm.derivation.records import Because, Note, Records, remark
from rrmm.iris import RRMM
from rrmm.logic.conditions import State, Values, Verdict
from rrmm.patient.history import Engine, History
from rrmm.patient.resolve import OF_NO_SOURCE, Patient
from rrmm.records import NamedTuple
from rrmm.rules.base import RETREATMENT, RuleBase
from rrmm.rules.effects import NAMED, REQUIRING, Fit, HighRiskEvidence, Status, TimingAction
from rrmm.rules.model import Caution, Guidance, Key, Option, Reason

if TYPE_CHECKING:
    from rrmm.logic.circuit import Name

OPEN = frozenset({"recommended", "option"})


class Answer(NamedTuple):
    """What the derivation finds for one option."""

    option: Option
    status: Status
    because: list[Reason]
    needs: list[str]
    cautions: list[Caution]
    fit: Fit | None
    fit_because: list[Reason]
    fit_needs: list[str]
    superseded: list[Reason]
    caution_needs: list[str]


def inputs(true: Iterable[Name], program: Program) -> list[int]:
    """Return the inputs of a program by the names of those that are true."""
    values = [0] * len(program.inputs)
    for place in map(program.inputs.get, true):
        if place is not None:
            values[place] = 1
    return values


def true_inputs(history: History) -> list[Name]:
    """Return the inputs of the derivation that are true of one patient."""
    facts, rule_base = history.facts, history.rule_base
    on: list[Name] = [(names.DEFAULTED, name) for name in history.defaulted]
    on += [(names.CONTESTED, name) for name in history.contested]
    on += [(names.SILENCED, iri) for iri in rule_base.silenced]
    if history.patient.treatments is not None:
        on += [(names.GIVEN,)] if history.patient.complete else []
        on += [(names.RECEIVED, treatment.drug) for treatment, _ in history.counting]
        on += [(names.UNTOLD, name) for name in history.untold]
        for name in rule_base.lifting:
            on += [(names.CERTAIN, name, str(drug)) for drug in facts[name].certain]
            on += [(names.POSSIBLE, name, str(drug)) for drug in facts[name].possible]
        for kind, keys_of in ((names.ASKED, history.asked), (names.UNSTATED, history.unstated)):
            on += [(kind, *of, key) for of, keys in keys_of.items() for key in keys]
    for key in rule_base.keys.values():
        if _is_open(key, facts.get(key.property)):
            on.append((names.UNKNOWN, key.property))
    for name, known in facts.items():
        for condition in rule_base.sieve.by_property.get(name, ()):
            if (settled := condition.settle(known)) is not None:
                on.append((names.MET if settled else names.UNMET, condition.key))
    return on


def _is_open(key: Key, values: Values | None) -> bool:
    """Return whether a key could still be told: it is missing, only its least is known, or its list is not complete."""
    return values is None or values.least or (key.kind == "list" and bool(values.possible))


class Derivation:
    """The derivation for one patient over one graph's rules.

    Raises PatientError when what the file says contradicts itself.
    """

    def __init__(self, rule_base: RuleBase, patient: Patient, engine: Engine | None = None) -> None:
        self.rule_base, self.patient = rule_base, patient
        self.history = History(rule_base, patient, engine)
        self.facts, self.verdicts = self.history.facts, self.history.verdicts
        self._entries = cache(self.history.entries_of)
        self._reasons: dict[tuple[str, str], Reason] = {}
        self._cautions: dict[tuple[str, str], Caution] = {}

    @cached_property
    def true_inputs(self) -> list[Name]:
        """The inputs of any program that are true of the patient."""
        return true_inputs(self.history)

    @cached_property
    def _outputs(self) -> defaultdict[str, list[Any]]:
        """Kind of output → what the outputs that are true stand for."""
        silencing = bool(self.rule_base.silenced)
        program = Programs.of(self.rule_base).program(programs.EVERYTHING, silencing=silencing)
        bits = program.function(inputs(self.true_inputs, program), 0, 1)
        return Records.of(self.rule_base, program).of_true(bits)

    def answers(self) -> list[Answer]:
        """Return an answer for every option of the graph, then for each prior drug given again."""
        outputs = self._outputs
        statuses, fits = dict(outputs[programs.STATUS]), dict(outputs[programs.FIT])
        fit_because, fit_needs, superseded, caution_needs = (
            _by_option(outputs[kind])
            for kind in (programs.FIT_BECAUSE, programs.FIT_NEEDS, programs.SUPERSEDED, programs.CAUTION_NEEDS)
        )
        because, cautions, needs = (
            _by_option(outputs[kind]) for kind in (programs.BECAUSE, programs.CAUTION, programs.NEEDS)
        )
        answers = []
        for option in [*self.rule_base.options, *self._again()]:
            iri = option.iri
            reasons = [one.record or self._reason(one, option) for one in because[iri]]
            notes = [one.record or self._caution(one) for one in cautions[iri]]
            reasons = reasons or [self._listed(option)]
            fit = fits.get(iri)
            near = reasons if statuses[iri] == NAMED else [self._near(one, option, fit) for one in fit_because[iri]]
            answers.append(
                Answer(
                    option,
                    statuses[iri],
                    reasons,
                    self._needs(needs[iri]),
                    notes,
                    fit,
                    [self._only_named(option)] if fit == "only_named" else near,
                    self._needs(fit_needs[iri]),
                    [self._because(self.rule_base.by_iri[rule]) for rule in superseded[iri]],
                    self._needs(caution_needs[iri]),
                )
            )
        return answers

    def _again(self) -> list[Option]:
        offered = set(self._outputs[programs.OFFERED])
        drugs = dict.fromkeys(treatment.drug for treatment, _ in self.history.counting)
        options = (self.rule_base.retreatment(drug) for drug in drugs if drug in self.rule_base.drugs)
        return [option for option in options if option.iri in offered]

    @cached_property
    def _received(self) -> frozenset[str]:
        """The prior drugs, but for those that are never offered again by themselves."""
        drugs = {treatment.drug for treatment, _ in self.history.counting} & self.rule_base.drugs.keys()
        return frozenset(drug for drug in drugs if not self.rule_base.spared & set(self.rule_base.drugs[drug]))

    def novelty(self, option: Option) -> tuple[list[str], list[str]]:
        """Return what of an option is new to the patient and what is given again: drugs, then classes.

        Nothing is said where prior drugs are unknown, nor of what is never offered again by itself. A drug of a
        class of which one was given is neither; nothing is new where the list of prior drugs is not complete.
        """
        patient = self.history.patient
        if patient.treatments is None:
            return [], []
        given, maybe = self._given
        named = self.rule_base.drugs_and_classes(option)
        again = [label for name, label in named.items() if name in given]
        new = [label for name, label in named.items() if name not in maybe]
        return new if patient.complete else [], again

    @cached_property
    def _given(self) -> tuple[frozenset[str], frozenset[str]]:
        """The drugs and classes that the patient has received, and those that the patient may have received."""
        given = self._received.union(*(self.rule_base.drugs[drug] for drug in self._received))
        maybe: frozenset[str] = frozenset()
        treatments = self.history.patient.treatments or ()
        for members in filter(None, (self.rule_base.members_of(one.drug) for one in treatments)):
            classes = [frozenset(self.rule_base.drugs[drug]) for drug in members]
            given |= frozenset.intersection(*classes)
            maybe |= members.union(*classes)
        return given, given | maybe

    def _listed(self, option: Option) -> Reason:
        """Return the fallback reason: the source lists the option."""
        label = "named by the source, which says nothing against it here"
        return Reason(option.iri, label, source=self.rule_base.address_of(option.iri, option.passages))

    def _only_named(self, option: Option) -> Reason:
        """Return the reason of an option for which no statement speaks."""
        label = "named by the source, without a statement in favour"
        return Reason(option.iri, label, source=self.rule_base.address_of(option.iri, option.passages))

    def _near(self, because: Because, option: Option, fit: Fit | None) -> Reason:
        """Return how the setting of a statement bears on fit, or what is unmet for the option."""
        guidance, drug, record = because
        if drug or guidance.effect == REQUIRING:
            return self._reason(because, option)
        if record:
            return record
        verdicts = [self.verdicts[iri] for iri in guidance.setting]
        sought = fit != "other_setting"
        facts = [fact for verdict in verdicts if verdict.holds is sought for fact in verdict.facts]
        for name in filter(None, (guidance.for_drugs_of, guidance.setting_of_drug)):
            if values := self.facts.get(name):
                facts += [
                    self._of_drug(name, drug, values) for drug in option.components if drug not in values.possible
                ]
        return self._with_facts(guidance, dict.fromkeys(facts))

    def _of_drug(self, name: str, drug: str, values: Values) -> str:
        """Return that a property has a drug, or has it not."""
        negated = f"{self.rule_base.label(drug)}: not {self.rule_base.label(name)}"
        return values.facts[drug] if drug in values.certain else negated

    def _reason(self, because: Because, option: Option) -> Reason:
        """Return the reason that guidance gives for the status of an option."""
        guidance, drug, _ = because
        of = (guidance.iri, drug or option.iri if drug or guidance.for_drugs_of else "")
        if of not in self._reasons:
            facts = self._closed(guidance, drug) if drug else self._decided(guidance, option)
            self._reasons[of] = self._with_facts(guidance, facts)
        return self._reasons[of]

    def _closed(self, guidance: Guidance, drug: str) -> Iterable[str]:
        """Return what is known of the drug by which guidance closes an option."""
        name = str(guidance.closed_by)
        label, values = self.rule_base.label(drug), self.facts.get(name)
        if values is None:
            return [f"{label}: {self.rule_base.paths[name]} not known"]
        known = drug in values.certain
        return [values.facts[drug] if known else f"{label}: not known whether it closes this option"]

    def _decided(self, guidance: Guidance, option: Option) -> Iterable[str]:
        """Return the facts by which guidance fires and, where it asks for them, those that it picks an option by."""
        if guidance.effect == REQUIRING:
            verdicts = [self.verdicts[iri] for iri in guidance.only_if]
            return [fact for verdict in verdicts if verdict.holds is False for fact in verdict.facts]
        facts = self._fired(guidance)
        if guidance.for_drugs_of:
            values = self.facts[guidance.for_drugs_of]
            facts = [*facts, *(values.facts[drug] for drug in sorted(option.components.keys() & values.certain))]
        return facts

    def _fired(self, guidance: Guidance) -> list[str]:
        """Return the facts by which guidance fires."""
        verdicts = (self.verdicts[iri] for iri in guidance.applies_to)
        return [*dict.fromkeys(fact for verdict in verdicts for fact in verdict.facts)]

    def _with_facts(self, guidance: Guidance, facts: Iterable[str]) -> Reason:
        return self.rule_base.reason(guidance).matching(tuple(facts))

    def _because(self, guidance: Guidance) -> Reason:
        """Return the reason of guidance that fires."""
        return self._with_facts(guidance, self._fired(guidance))

    def _caution(self, note: Note) -> Caution:
        """Return a caution, dose, schedule or monitoring that answers to facts."""
        guidance, agent, _ = note
        if (guidance.iri, agent) not in self._cautions:
            caution, facts = self.rule_base.caution(guidance, agent), self._fired(guidance)
            if facts:
                trigger, because = self._trigger(guidance, facts), self._with_facts(guidance, facts)
                caution = caution._replace(trigger=trigger, because=because)
            self._cautions[guidance.iri, agent] = caution
        return self._cautions[guidance.iri, agent]

    def _trigger(self, guidance: Guidance, facts: Iterable[str]) -> str | None:
        """Return what in the patient a caution answers to: the entries of a list by their names, else the state."""
        parts = [fact.partition(": ") for fact in facts]
        keys = self.rule_base.keys
        entries = (word for path, _, word in parts if path in keys and keys[path].kind == "list" and word != "none")
        entries = (word for word in entries if not word.endswith(OF_NO_SOURCE))
        named = [word.partition(", grade ")[0] for word in entries]
        return "; ".join(named) or guidance.trigger or "; ".join(facts) or None

    def remarks(self) -> tuple[Remark, ...]:
        """Return what else the source says of this patient: tests to perform, and what is known of such disease."""
        return tuple(
            record or remark(self.rule_base, guidance, self._because(guidance))
            for guidance, record in self._outputs[programs.REMARK]
        )

    def preferences(self, answers: Iterable[Answer]) -> tuple[Preference, ...]:
        """Return the preferences that fire, over options that are recommended or open."""
        options = {answer.option.iri: answer.option for answer in answers if answer.status in OPEN}
        fired = []
        for (guidance,) in self._outputs[programs.PREFERENCE]:
            preferred = self._targeted(guidance.targets, guidance.options, options)
            over = self._targeted(guidance.over, guidance.over_options, options)
            if RETREATMENT in guidance.over:
                again = (option.label for option in options.values() if option.components.keys() & self._received)
                over = (*dict.fromkeys((*over, *again)),)
            if preferred and over:
                fired.append(Preference(preferred, over, guidance.modality, self._because(guidance)))
        return tuple(fired)

    def _targeted(self, targets: Sequence[str], listed: Iterable[str], options: dict[str, Option]) -> tuple[str, ...]:
        """Return the names of open options that are meant; a target that is no option is named by its label."""
        wanted = set(targets)
        meant = [options[iri].label for iri in listed if iri in options]
        meant += [o.label for o in options.values() if o.kind == "retreatment" and wanted & (o.kinds | {o.iri})]
        categories = self.rule_base.members.get(RRMM + "TreatmentCategory", frozenset())
        meant += [self.rule_base.label(iri) for iri in targets if iri in categories and iri not in options]
        return tuple(meant)

    def pattern(self) -> DiseasePattern:
        """Return the disease pattern with its reason."""
        for iri in self._outputs[programs.PATTERN]:
            state = self.rule_base.states[iri]
            return DiseasePattern(cast(PatternValue, state.pattern), (self.state_reason(state, self.verdicts[iri]),))
        return DiseasePattern("unknown", ())

    def state_reason(self, state: State, verdict: Verdict) -> Reason:
        """Return why a state holds: its definition, the matched facts, the criteria it rests on."""
        address = self.rule_base.address_of(state.iri, self.rule_base.criteria_passages(state))
        return Reason(state.iri, state.label, "none", next(iter(state.readings), None), verdict.facts, address)

    def conflicts(self, answers: Iterable[Answer]) -> tuple[Conflict, ...]:
        """Return what pulls apart for this patient: rules that conflict, and options named over a condition."""
        pairs = []
        for first, second in self._outputs[programs.CONFLICT]:
            pair = (self._because(first), self._because(second))
            pairs.append(Conflict(pair, f"{first.label} · {second.label}"))
        against = _by_option(self._outputs[programs.AGAINST])
        for answer in answers:
            for because in against[answer.option.iri]:
                pair = (answer.because[0], because.record or self._reason(because, answer.option))
                pairs.append(Conflict(pair, f"{answer.option.label}: {pair[0].label} · {pair[1].label}"))
        return tuple(pairs)

    def high_risk_evidence(self, option: Option) -> HighRiskEvidence | None:
        """Return what the source says on an option in high-risk disease; None for other patients."""
        return self.rule_base.high_risk.get(option.iri, "none") if self._outputs[programs.HIGH_RISK] else None

    def timing(self) -> Timing:
        """Return the highest rung of timing that the known facts entail, and what could hasten it."""
        (action,) = self._outputs[programs.TIMING]
        rules = [guidance for (guidance,) in self._outputs[programs.TIMED_BY]]
        return Timing(
            cast(TimingAction, action),
            tuple(sorted({month for rule in rules for month in rule.interval})),
            tuple(self._because(rule) for rule in rules),
            tuple(self._needs(self._outputs[programs.HASTENED_BY])),
        )

    def _needs(self, needs: Iterable[str]) -> list[str]:
        """Return what is asked for, of prior drugs by entry."""
        return sorted({*chain.from_iterable(map(self._entries, needs))})


def _by_option(values: Iterable[tuple[str, Any]]) -> defaultdict[str, list[Any]]:
    """Return option → its values."""
    grouped: defaultdict[str, list[Any]] = defaultdict(list)
    for option, value in values:
        grouped[option].append(value)
    return grouped
