"""Probe patients, derived from the condition sets of the states: for each set one that meets it, and near misses.

They are frozen in a file, so that a mistake in a rule does not change the patients that would show it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from rrmm.errors import PatientError
from rrmm.logic.conditions import Condition, State
from rrmm.logic.dnf import DNF, Conjunction, Literal
from rrmm.patient.edits import BELOW, DRUGS, OUTSIDE
from rrmm.patient.history import History
from rrmm.patient.resolve import resolve
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Key

Document = dict[str, object]

SETS_MET = 14
SETS_MISSED = 3
STEPS = (0.0, 1.0, -1.0, 0.5, -0.5)


class Impossible(Exception):
    """No value of a key meets all conditions on it."""


def derive_patients(rule_base: RuleBase) -> list[Document]:
    """Return the probe patients, each once: first nothing is known, then only that there is no prior drug."""
    patients: dict[str, Document] = {}
    for document in _Probes(rule_base).all():
        try:
            History(rule_base, resolve(document, rule_base))
        except PatientError:
            continue
        patients.setdefault(json.dumps(document, sort_keys=True), document)
    return [*patients.values()]


class _Probes:
    def __init__(self, rule_base: RuleBase) -> None:
        self.rule_base = rule_base
        self.ruled_out = {key.ruled_out: key for key in rule_base.keys.values() if key.ruled_out}
        self.lifted = {str(state.yields): state for state in rule_base.lifted}
        spared = {name for guidance in rule_base.guidance for name in guidance.except_for}
        uses = Counter(drug for option in rule_base.options for drug in option.components)
        self.drugs = sorted(
            rule_base.drugs, key=lambda drug: (bool(spared & set(rule_base.drugs[drug])), -uses[drug], drug)
        )

    def all(self) -> Iterator[Document]:
        """Yield the probes of nothing, of every value, of every drug and of every state; some may be impossible."""
        yield {}
        yield {DRUGS: []}
        yield from self._of_values()
        for drug in self.drugs:
            for state in self.lifted.values():
                yield from self._of_course(drug, state, every=drug == self.drugs[0])
            yield {DRUGS: [self._picked(drug)]}
        for one in self._sets():
            try:
                yield self._document(one)
            except Impossible:
                continue
        for one in self._firing():
            try:
                yield {DRUGS: [], **self._document(one)}
                yield {DRUGS: [self._picked(self.drugs[0])], **self._document(one)}
            except Impossible:
                continue

    def _sets(self) -> Iterator[Conjunction]:
        """Yield sets of conditions: those by which a state holds, less one of them, and those by which it fails."""
        for state in self.rule_base.states.values():
            if state.bearer == "Patient":
                met = _simplest(state.yes)[:SETS_MET]
                yield from met
                for one in met[:SETS_MISSED]:
                    yield from (one - {literal} for literal in sorted(one) if len(one) > 1)
                yield from _simplest(state.no)[:SETS_MISSED]

    def _firing(self) -> Iterator[Conjunction]:
        """Yield the sets of conditions by which each guidance fires."""
        for guidance in self.rule_base.guidance:
            states = [self.rule_base.states[iri] for iri in guidance.applies_to]
            for met in product(*(_simplest(state.yes)[:SETS_MISSED] for state in states)):
                yield frozenset[Literal]().union(*met)

    def _of_values(self) -> Iterator[Document]:
        """Yield a patient for each value of each key with conditions."""
        for path, key in self.rule_base.keys.items():
            if not path.startswith(BELOW) and key.property in self.rule_base.sieve.by_property and key.values_from:
                for thing in sorted(set(self.rule_base.names(key.values_from).values())):
                    word = self.rule_base.label(thing)
                    yield _nest({path: [word] if key.kind == "list" else word})

    def _of_course(self, drug: str, state: State, *, every: bool) -> Iterator[Document]:
        """Yield patients with one prior drug that is in a state: by its simplest set, or by every set, or is not."""
        sets = _simplest(state.yes)
        for one in [*sets, *_simplest(state.no)] if every else sets[:1]:
            try:
                yield {DRUGS: [self._treatment(drug, one)]}
            except Impossible:
                continue

    def _picked(self, drug: str) -> Document:
        """Return a prior drug by which guidance picks its options, in as many ways as there are at once."""
        picking = {guidance.for_drugs_of for guidance in self.rule_base.guidance}
        entry, literals = self._treatment(drug, ()), frozenset[Literal]()
        for state in (state for name, state in self.lifted.items() if name in picking):
            try:
                entry = self._treatment(drug, literals | _simplest(state.yes)[0])
                literals |= _simplest(state.yes)[0]
            except Impossible:
                continue
        return entry

    def _document(self, literals: Iterable[Literal]) -> Document:
        flat, drugs = dict[str, object](), dict[str, set[Literal]]()
        of_drugs, absent = False, list[tuple[Key, Condition]]()
        for name, group in self._by_property(literals).items():
            if name in self.lifted:
                of_drugs = True
                self._spread(name, group, drugs)
            elif name in self.ruled_out:
                absent += [(self.ruled_out[name], condition) for condition, sign in group if sign]
            else:
                key = self.rule_base.key_of[name]
                flat[key.path] = self._value(key, group)
        for key, condition in absent:
            word = self.rule_base.label(min(map(str, condition.values)))
            entries = flat.setdefault(key.path, [])
            entries.append({"name": word, "present": False})  # type: ignore[attr-defined]
        if of_drugs:
            flat[DRUGS] = [self._treatment(drug, below) for drug, below in drugs.items()]
        return _nest(flat)

    def _spread(self, name: str, group: list[tuple[Condition, bool]], drugs: dict[str, set[Literal]]) -> None:
        """Give each condition that a lifted property has a value a drug of its own, and the others to all drugs."""
        state = self.lifted[name]
        denied = set[object]().union(*(condition.values for condition, sign in group if not sign))
        for condition, sign in group:
            if sign:
                fit = [drug for drug in self.drugs if drug in condition.values and drug not in denied]
                free = [drug for drug in fit if drug not in drugs]
                if not free:
                    raise Impossible
                drugs.setdefault(free[0], set()).update(_simplest(state.yes)[0])
        for drug, below in drugs.items():
            if drug in denied and not any(sign for _, sign in group):
                below.update(_simplest(state.no)[0])

    def _treatment(self, drug: str, literals: Iterable[Literal]) -> Document:
        entry: Document = {"drug": self.rule_base.label(drug)}
        for name, group in self._by_property(literals).items():
            key = self.rule_base.key_of[name]
            if key.path == f"{BELOW}drug":
                if not all((drug in condition.values) is sign for condition, sign in group):
                    raise Impossible
            else:
                entry[key.path.removeprefix(BELOW)] = self._value(key, group)
        return entry

    def _by_property(self, literals: Iterable[Literal]) -> dict[str, list[tuple[Condition, bool]]]:
        groups: dict[str, list[tuple[Condition, bool]]] = {}
        for name, sign in sorted(literals):
            condition = self.rule_base.conditions[name]
            groups.setdefault(condition.property, []).append((condition, sign))
        return groups

    def _value(self, key: Key, group: list[tuple[Condition, bool]]) -> object:
        """Return a value of a key that meets some conditions and fails others; raises Impossible where none does."""
        if key.kind == "list":
            return self._entries(key, group)
        for value in self._candidates(key, group):
            if all(bool(condition.met_by(frozenset({value}))) is sign for condition, sign in group):
                return self.rule_base.label(str(value)) if key.values_from else _plain(value)
        raise Impossible

    def _entries(self, key: Key, group: list[tuple[Condition, bool]]) -> list[str]:
        things = sorted(set(self.rule_base.names(str(key.values_from)).values()))
        denied = set[object]().union(*(condition.values for condition, sign in group if not sign))
        chosen = list[str]()
        for condition, sign in group:
            fit = [thing for thing in things if thing in condition.values and thing not in denied]
            if sign and not fit:
                raise Impossible
            chosen += [thing for thing in fit[:1] if sign and thing not in chosen]
        return [self.rule_base.label(thing) for thing in chosen]

    def _candidates(self, key: Key, group: list[tuple[Condition, bool]]) -> Iterable[str | float]:
        if key.kind == "boolean":
            return [True, False]
        if key.kind in {"number", "integer"}:
            low = float("-inf") if key.minimum is None else key.minimum
            high = float("inf") if key.maximum is None else key.maximum
            near = [condition.threshold + step for step in STEPS for condition, _ in group]
            return [value for value in near if low <= value <= high and (key.kind == "number" or value == int(value))]
        if key.values_from:
            return sorted(set(self.rule_base.names(key.values_from).values()) - {key.default})
        return [*sorted(str(value) for condition, _ in group for value in condition.values), OUTSIDE]


def _simplest(sets: DNF) -> list[Conjunction]:
    return sorted(sets, key=lambda one: (len(one), sorted(one)))


def _plain(value: str | float) -> object:
    return int(value) if isinstance(value, float) and value == int(value) else value


def _nest(flat: Mapping[str, object]) -> Document:
    """Return a document from the paths of its keys."""
    document: Document = {}
    for path, value in flat.items():
        *above, name = path.split(".")
        inner = document
        for part in above:
            inner = inner.setdefault(part, {})  # type: ignore[assignment]
        inner[name] = value
    return document
