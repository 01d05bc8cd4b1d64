"""What would turn an answer: the smallest changes of a patient file, found by asking the derivation.

Every candidate is derived, all in one run, so that a patch says what the derivation itself says. The
definitions only tell which facts are worth trying.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property, reduce
from itertools import combinations
from math import comb
from operator import or_
from typing import NamedTuple

from rrmm.derivation.model import Change
from rrmm.derivation.trial_run import Derived, derive
from rrmm.derivation.trials import DRUGS, Trial, Trials
from rrmm.errors import PatientError
from rrmm.logic.conditions import State
from rrmm.patient.document import Document
from rrmm.patient.edits import Edits, apply_edits, merge_patch
from rrmm.patient.history import PRIOR_LINES, History
from rrmm.records import JsonObject
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import Effects, Status
from rrmm.rules.model import Guidance, Option

Target = tuple[str, Status]
MOST_DRUGS, MOST_PAIRS = 60, 100_000  # a long history of a real patient has a third of them


class Moves(NamedTuple):
    """The properties of the patient, and the prior drugs, whose known values an edit changes."""

    properties: frozenset[str]
    drugs: frozenset[str]


class Scope(NamedTuple):
    """The properties and drugs on which one status of one option can depend."""

    properties: frozenset[str]
    drugs: frozenset[str]


def changes(rule_base: RuleBase, document: Document) -> dict[str, list[Change]]:
    """Return option → the smallest patches to each other status: one fact where one suffices, else two.

    Raises PatientError as the derivation does, and for a history so long that the search would not end.
    """
    if _count_drugs(document) > MOST_DRUGS:
        raise _too_long(document)
    return _Search(rule_base, document).changes()


def _count_drugs(document: Document) -> int:
    drugs = document.get("prior_drugs")
    return len(drugs) if isinstance(drugs, list) else 0


def _too_long(document: Document) -> PatientError:
    problem = f"{_count_drugs(document)} prior drugs are too many to try every change of."
    return PatientError(f"prior_drugs: {problem} Leave out what would change the answer.", key="prior_drugs")


class _Search:
    def __init__(self, rule_base: RuleBase, document: Document) -> None:
        self.rule_base, self.document = rule_base, document
        self.edits = Edits(rule_base, document).all()
        self.trials = Trials(rule_base, document, self.edits)
        self.held = frozenset(slot.drug for slot in self.trials.stated)
        self.lifted = {str(state.yields): state for state in rule_base.lifted}
        self.base = derive(self.trials, [()])
        if self.base.invalid:
            History(rule_base, self.trials.patient)
        self.options = [*rule_base.options, *self._again()]
        self._rests_on: dict[str, frozenset[str]] = {}
        self.patches: dict[Trial, JsonObject] = {}

    def _again(self) -> list[Option]:
        drugs = dict.fromkeys(slot.drug for slot in self.trials.stated)
        options = (self.rule_base.retreatment(drug) for drug in drugs if drug in self.rule_base.drugs)
        return [option for option in options if any(self.base.statuses.get(option.iri, {}).values())]

    def changes(self) -> dict[str, list[Change]]:
        """Return option → changes, those of one fact first."""
        by_label: dict[str, list[Change]] = {option.label: [] for option in self.options}
        scopes = {
            (option.iri, status): scope
            for option in self.options
            for status in self.rule_base.statuses
            if not self.base.statuses[option.iri][status] and (scope := self._scope(option, status))
        }
        singles = {scope: set(self._touching(scope)) for scope in set(scopes.values())}
        self.moves = self._moves(*self._try(singles, scopes, by_label, lambda number: (number,)))
        reached = {(label, change.status) for label, several in by_label.items() for change in several}
        labels = {option.iri: option.label for option in self.options}
        left = {of: scope for of, scope in scopes.items() if (labels[of[0]], of[1]) not in reached}
        pairs = {scope: self._pairs(scope) for scope in set(left.values())}
        self._try(pairs, left, by_label, lambda number: divmod(number, len(self.edits)))
        return by_label

    @cached_property
    def _by_property(self) -> dict[str, list[int]]:
        numbers: dict[str, list[int]] = defaultdict(list)
        for number, edit in enumerate(self.edits):
            numbers[edit.property].append(number)
        return numbers

    def _touching(self, scope: Scope) -> list[int]:
        """Return the edits that touch one of the properties, and one of the drugs where they touch a drug."""
        several = (number for name in scope.properties for number in self._by_property.get(name, ()))
        return sorted(number for number in several if (drug := self.edits[number].drug) is None or drug in scope.drugs)

    def _pairs(self, scope: Scope) -> set[int]:
        """Return the pairs of edits that may turn the target together: both move it, or both change one prior drug."""
        touching = self._touching(scope)
        moving = [number for number in touching if not self.moves[number].properties.isdisjoint(scope.properties)]
        of_drug, at_path = defaultdict[str, list[int]](list), defaultdict[tuple[str | int, ...], list[int]](list)
        for number in touching:
            at_path[self.edits[number].path].append(number)
            for drug in self.moves[number].drugs:
                of_drug[drug].append(number)
        if sum(comb(len(numbers), 2) for numbers in (moving, *of_drug.values())) > MOST_PAIRS:
            raise _too_long(self.document)
        pairs = self._number_pairs(moving).union(*map(self._number_pairs, of_drug.values()))
        return pairs.difference(*map(self._number_pairs, at_path.values()))

    def _number_pairs(self, numbers: Iterable[int]) -> set[int]:
        """Return every pair of edits as one number."""
        count = len(self.edits)
        return {count * first + second for first, second in combinations(numbers, 2)}

    def _try(
        self,
        trials: Mapping[Scope, set[int]],
        targets: Mapping[Target, Scope],
        by_label: dict[str, list[Change]],
        edits_of: Callable[[int], Trial],
    ) -> tuple[list[Trial], Derived]:
        """Derive the statuses after each trial and keep the wanted ones, one for each place of the file.

        Trials are numbers here, since there are many; `edits_of` gives the edits of a number.
        """
        numbers = sorted(set[int]().union(*trials.values()))
        every = [(), *map(edits_of, numbers)]
        places = {number: place for place, number in enumerate(numbers, 1)}
        wanted = {scope: _bits(map(places.__getitem__, several), len(every)) for scope, several in trials.items()}
        derived = derive(self.trials, every)
        for option in self.options:
            several: dict[Status, Scope] = {of[1]: scope for of, scope in targets.items() if of[0] == option.iri}
            scoped = reduce(or_, (wanted[scope] for scope in several.values()), 0) & ~derived.invalid
            hits = [
                (place, status)
                for status in several
                for place in _places(derived.statuses[option.iri][status] & scoped)
            ]
            seen = set()
            for place, status in sorted(hits):
                trial = every[place]
                paths = (status, *(self.edits[number].path for number in trial))
                if len(trial) == 1 or paths not in seen:
                    seen.add(paths)
                    facts = tuple(self.edits[number].text for number in trial)
                    by_label[option.label].append(Change(self._patch(trial), status, facts))
        return every, derived

    def _patch(self, trial: Trial) -> JsonObject:
        if trial not in self.patches:
            edits = [self.edits[number] for number in trial]
            self.patches[trial] = merge_patch(self.document, apply_edits(self.document, edits))
        return self.patches[trial]

    def _moves(self, every: list[Trial], derived: Derived) -> dict[int, Moves]:
        """Return what each edit moves by itself, from the trials of single edits."""
        differing = {
            name: reduce(or_, (bits ^ (-(bits & 1) & ((1 << len(every)) - 1)) for bits in of), 0)
            for name, of in derived.lifted.items()
        }
        moves = {}
        for place, (number,) in enumerate(every[1:], 1):
            edit = self.edits[number]
            drugs = self.trials.drugs_of(number)
            properties = {edit.property}
            if not derived.invalid >> place & 1:
                moves_facts = self.trials.moves(number)
                properties = properties if moves_facts and edit.path[0] != DRUGS else set()
                properties |= {name for name, bits in differing.items() if bits >> place & 1}
                drugs = drugs if moves_facts else frozenset()
                if edit.property == PRIOR_LINES:
                    drugs = self.trials.drugs_relined(number)
            moves[number] = Moves(frozenset(properties), drugs)
        return moves

    def _scope(self, option: Option, status: str) -> Scope | None:
        """Return what a status of an option depends on: rules that give it, and rules that now give a stronger one."""
        stronger = set(self.rule_base.statuses[: self.rule_base.statuses.index(status)])
        on_option = [rule for rule in self.rule_base.guidance_on(option) if rule.iri not in self.rule_base.silenced]
        above = {
            rule for (rule, name), bits in self.base.gives.get(option.iri, {}).items() if bits and name in stronger
        }
        giving = [guidance for guidance in on_option if status in self._giving[guidance.iri]]
        blocking = [guidance for guidance in on_option if guidance.iri in above]
        if (not giving and status != self.rule_base.statuses[-1]) or any(
            _always(self.rule_base.effects, guidance) for guidance in blocking
        ):
            return None
        named = {guidance.iri for guidance in (*giving, *blocking)}
        rules = [
            *giving,
            *blocking,
            *(guidance for guidance in self._superseding if not named.isdisjoint(guidance.supersedes)),
        ]
        conditions = set[str]().union(*map(self._conditions, rules))
        properties = {self.rule_base.conditions[key].property for key in conditions}
        properties |= {name for guidance in rules for name in (guidance.closed_by, guidance.for_drugs_of) if name}
        lifted = properties & self.lifted.keys()
        for name in lifted:
            properties |= self.rule_base.sieve.properties(self.lifted[name])
        if lifted:
            properties.add(self.rule_base.keys["prior_drugs"].property)
        by_drug = any(guidance.closed_by or guidance.for_drugs_of for guidance in rules)
        return Scope(frozenset(properties), self._drugs(conditions, option if by_drug else None))

    @cached_property
    def _giving(self) -> dict[str, set[str]]:
        return {guidance.iri: _statuses_of(self.rule_base.effects, guidance) for guidance in self.rule_base.guidance}

    @cached_property
    def _superseding(self) -> list[Guidance]:
        return [guidance for guidance in self.rule_base.superseding if guidance.iri not in self.rule_base.silenced]

    def _conditions(self, guidance: Guidance) -> frozenset[str]:
        """Return the keys of the conditions of guidance."""
        if guidance.iri not in self._rests_on:
            states = [self.rule_base.states[iri] for iri in (*guidance.applies_to, *guidance.only_if)]
            self._rests_on[guidance.iri] = frozenset(key for state in states for key in _keys(state))
        return self._rests_on[guidance.iri]

    @cached_property
    def _on_drugs(self) -> dict[str, list[str]]:
        """Condition on what prior drugs yield → the drugs that meet it."""
        conditions = (test for name in self.lifted for test in self.rule_base.sieve.by_property.get(name, ()))
        return {test.key: [str(drug) for drug in test.values if drug in self.rule_base.drugs] for test in conditions}

    def _drugs(self, conditions: AbstractSet[str], option: Option | None) -> frozenset[str]:
        """Return the drugs worth trying: an option's own, and one for each way in which conditions mention drugs."""
        mentioned: dict[str, set[str]] = defaultdict(set)
        for key in self._on_drugs.keys() & conditions:
            for drug in self._on_drugs[key]:
                mentioned[drug].add(key)
        drugs = {*(option.components if option else ()), *(self.held & mentioned.keys())}
        beside = {frozenset(keys): drug for drug, keys in sorted(mentioned.items(), reverse=True) if drug not in drugs}
        return frozenset({*drugs, *beside.values()})


def _keys(state: State) -> set[str]:
    return {key for conjunction in state.yes | state.no for key, _ in conjunction}


def _statuses_of(effects: Effects, guidance: Guidance) -> set[str]:
    """Return the statuses that guidance can give."""
    gift = effects.closing.get(guidance.effect) or effects.deciding.get(guidance.effect)
    return {gift.status, *([gift.possibly] if gift.possibly else [])} if gift else set()


def _always(effects: Effects, guidance: Guidance) -> bool:
    """Return whether guidance holds for every patient."""
    return guidance.effect in effects.deciding and not (
        guidance.applies_to or guidance.only_if or guidance.for_drugs_of
    )


def _bits(places: Iterable[int], length: int) -> int:
    """Return the number whose bits at these places are set, of at most `length` bits."""
    octets = bytearray(length // 8 + 1)
    for place in places:
        octets[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(octets, "little")


def _places(bits: int) -> Iterator[int]:
    """Yield the places of the bits that are set."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low
