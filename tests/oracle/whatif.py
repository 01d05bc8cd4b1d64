"""What would turn an answer: the smallest changes of a patient file, found by asking the derivation.

Every candidate is derived anew, so that a patch says what the derivation itself says. The definitions
only tell which facts are worth trying.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from oracle.caching import Bare, Remembering, known
from oracle.effects import CLOSING, DECIDING, STATUSES
from oracle.guidance import Answer
from oracle.statuses import Derivation
from rrmm.derivation.model import Change
from rrmm.errors import PatientError
from rrmm.patient.document import Document
from rrmm.patient.edits import Edit, Edits, apply_edits, merge_patch
from rrmm.patient.resolve import resolve
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import Status
from rrmm.rules.model import Guidance, Option

Target = tuple[str, Status]
Trials = dict[tuple[int, ...], set[str]]
Moves = tuple[frozenset[str], frozenset[str]]


class Scope(NamedTuple):
    """What it can depend on whether one option has one status."""

    properties: frozenset[str]
    drugs: frozenset[str]

    def holds(self, edit: Edit) -> bool:
        """Return whether an edit touches one of the properties, and one of the drugs where it touches a drug."""
        return edit.property in self.properties and (edit.drug is None or edit.drug in self.drugs)


def changes(rule_base: RuleBase, document: Document) -> dict[str, list[Change]]:
    """Return option → the smallest patches to each other status: one fact where one suffices, else two.

    Raises PatientError as the derivation does.
    """
    return _Search(rule_base, document).changes()


class _Search:
    def __init__(self, rule_base: RuleBase, document: Document) -> None:
        self.rule_base, self.document = rule_base, document
        self.engine = Remembering(rule_base)
        self.base = self._derive(())
        self.answers = self.base.answers()
        self.held = frozenset(treatment.drug for treatment, _ in self.base.courses)
        self.lifted = {str(state.yields): state for state in rule_base.states.values() if state.yields}
        self.superseding = [guidance for guidance in rule_base.guidance if guidance.supersedes]
        self.edits = Edits(rule_base, document).all()
        self.moves: dict[int, Moves] = {}

    def changes(self) -> dict[str, list[Change]]:
        """Return option → changes, those of one fact first."""
        found: dict[str, list[Change]] = {answer.option.label: [] for answer in self.answers}
        targets = {
            (answer.option.label, status): scope
            for answer in self.answers
            for status in STATUSES
            if status != answer.status and (scope := self._scope(answer, status))
        }
        self._try(self._singles(targets), targets, found)
        reached = {(label, change.status) for label, several in found.items() for change in several}
        left = {target: scope for target, scope in targets.items() if target not in reached}
        self._try(self._pairs(left), left, found)
        return found

    def _singles(self, targets: Mapping[Target, Scope]) -> Trials:
        trials: Trials = defaultdict(set)
        for (label, _), scope in targets.items():
            for number in self._touching(scope):
                trials[(number,)].add(label)
        return trials

    def _pairs(self, targets: Mapping[Target, Scope]) -> Trials:
        """Return the pairs of which each half moves something for the target, or that move one prior drug together."""
        trials: Trials = defaultdict(set)
        for (label, _), scope in targets.items():
            for one, other in combinations(self._touching(scope), 2):
                (some, drugs), (others, more) = self.moves[one], self.moves[other]
                if self.edits[one].path != self.edits[other].path and (
                    drugs & more or (some & scope.properties and others & scope.properties)
                ):
                    trials[(one, other)].add(label)
        return trials

    def _touching(self, scope: Scope) -> list[int]:
        return [number for number, edit in enumerate(self.edits) if scope.holds(edit)]

    def _try(self, trials: Trials, targets: Mapping[Target, Scope], found: dict[str, list[Change]]) -> None:
        """Derive the statuses after each trial and note those that are wanted, one for each place of the file."""
        seen = set()
        for numbers, labels in sorted(trials.items()):
            edits = [self.edits[number] for number in numbers]
            places = tuple(edit.path for edit in edits)
            for label, status in self._statuses(numbers, labels).items():
                if (label, status) in targets and (len(edits) == 1 or (label, status, places) not in seen):
                    seen.add((label, status, places))
                    patch = merge_patch(self.document, apply_edits(self.document, edits))
                    found[label].append(Change(patch, status, tuple(edit.text for edit in edits)))

    def _derive(self, edits: Sequence[Edit]) -> Derivation:
        return Bare(self.rule_base, resolve(apply_edits(self.document, edits), self.rule_base), self.engine)

    def _statuses(self, numbers: tuple[int, ...], labels: set[str]) -> dict[str, Status]:
        """Return the statuses of options after edits; none where the edits contradict the file."""
        edits = [self.edits[number] for number in numbers]
        if len(numbers) == 1:
            self.moves[numbers[0]] = frozenset({edits[0].property}), frozenset({str(edits[0].drug)} - {"None"})
        try:
            derivation = self._derive(edits)
        except PatientError:
            return {}
        if len(numbers) == 1:
            self.moves[numbers[0]] = self._moved(derivation)
        held = {treatment.drug for treatment, _ in derivation.courses}
        options = (answer.option for answer in self.answers if answer.option.label in labels)
        offered = (option for option in options if option.kind != "retreatment" or held >= option.components.keys())
        return {option.label: derivation.answer(option).status for option in offered}

    def _moved(self, derivation: Derivation) -> Moves:
        """Return the properties of the patient, and the prior drugs, of which another thing is known than before."""
        before, after = known(self.base.facts), known(derivation.facts)
        properties = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        was = {treatment.drug: known(treatment.facts) for treatment, _ in self.base.courses}
        now = {treatment.drug: known(treatment.facts) for treatment, _ in derivation.courses}
        drugs = {drug for drug in was.keys() | now.keys() if was.get(drug) != now.get(drug)}
        return frozenset(properties), frozenset(drugs)

    def _scope(self, answer: Answer, status: str) -> Scope | None:
        """Return what could give an option a status: rules that give it, and those that now give one above it."""
        rank = STATUSES.index(status)
        above = {reason.rule for name in STATUSES[:rank] for reason in answer.found[name]}
        on_option = self.rule_base.guidance_on(answer.option)
        giving = [guidance for guidance in on_option if status in _given(guidance)]
        blocking = [guidance for guidance in on_option if guidance.iri in above]
        if (not giving and status != "option") or any(_always(guidance) for guidance in blocking):
            return None
        named = {guidance.iri for guidance in (*giving, *blocking)}
        rules = [*giving, *blocking, *(guidance for guidance in self.superseding if named & set(guidance.supersedes))]
        conditions = self._conditions(rules)
        properties = {self.rule_base.conditions[key].property for key in conditions}
        properties |= {name for guidance in rules for name in (guidance.closed_by, guidance.for_drugs_of) if name}
        lifted = properties & self.lifted.keys()
        for name in lifted:
            properties |= self.rule_base.sieve.properties(self.lifted[name])
        if lifted:
            properties.add(self.rule_base.keys["prior_drugs"].property)
        by_drug = any(guidance.closed_by or guidance.for_drugs_of for guidance in rules)
        return Scope(frozenset(properties), self._drugs(conditions, answer.option if by_drug else None))

    def _conditions(self, rules: Iterable[Guidance]) -> set[str]:
        states = [self.rule_base.states[iri] for guidance in rules for iri in (*guidance.applies_to, *guidance.only_if)]
        return {key for state in states for one in state.yes | state.no for key, _ in one}

    def _drugs(self, conditions: Iterable[str], option: Option | None) -> frozenset[str]:
        """Return the drugs worth trying: an option's own, and one for each way in which conditions mention drugs."""
        mentioned: dict[str, set[str]] = defaultdict(set)
        for key in conditions:
            condition = self.rule_base.conditions[key]
            if condition.property in self.lifted:
                for drug in condition.values:
                    mentioned[str(drug)].add(key)
        drugs = {*(option.components if option else ()), *(self.held & mentioned.keys())}
        beside = {frozenset(keys): drug for drug, keys in sorted(mentioned.items(), reverse=True) if drug not in drugs}
        return frozenset({*drugs, *beside.values()})


def _given(guidance: Guidance) -> set[str]:
    """Return the statuses that guidance can give."""
    if guidance.effect in CLOSING:
        return {"not_recommended" if name == "discouraged" else str(name) for name in CLOSING[guidance.effect]}
    return {DECIDING[guidance.effect]} if guidance.effect in DECIDING else set()


def _always(guidance: Guidance) -> bool:
    """Return whether guidance holds for every patient."""
    return guidance.effect in DECIDING and not (guidance.applies_to or guidance.only_if or guidance.for_drugs_of)
