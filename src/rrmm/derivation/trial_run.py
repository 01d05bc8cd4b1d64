"""Many trials of one patient in one run: each is a bit of wide integers.

The facts of an edit take the place of the patient's in the trials that make it; a program is run once for
each prior drug, and once for the patient.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import NamedTuple

from rrmm.derivation import names, programs
from rrmm.derivation.programs import Program, Programs
from rrmm.derivation.trials import DRUGS, Slot, Trial, Trials
from rrmm.logic.circuit import Name
from rrmm.logic.conditions import Values
from rrmm.patient.edits import DROP
from rrmm.patient.history import LINE, PRIOR_LINES, known_as
from rrmm.patient.lines import Entry, Place, Use, arrange, count_least, lift


class Derived(NamedTuple):
    """What many trials yield, each output with a bit for each trial.

    `invalid` are the trials without a valid patient file; `lifted` gives for a property of prior drugs the bits of
    its certain and possible drugs.
    """

    statuses: Mapping[str, Mapping[str, int]]
    gives: Mapping[str, Mapping[tuple[str, str], int]]
    lifted: Mapping[str, Sequence[int]]
    invalid: int


def derive(of: Trials, trials: Sequence[Trial]) -> Derived:
    """Return what trials yield; each trial is a set of edits, by their numbers."""
    return _Run(of, trials).derive()


class _Run:
    def __init__(self, of: Trials, trials: Sequence[Trial]) -> None:
        self.of, self.rule_base, self.trials = of, of.rule_base, trials
        every, silencing = Programs.of(of.rule_base), bool(of.rule_base.silenced)
        self.program = every.program(programs.TRIALS, silencing=silencing)
        self.courses = every.program(programs.COURSES, silencing=False)
        self.full = (1 << len(trials)) - 1
        self.trials_with: defaultdict[int, int] = defaultdict(int)
        for place, trial in enumerate(trials):
            for number in trial:
                self.trials_with[number] |= 1 << place
        self.by_property: defaultdict[str, list[int]] = defaultdict(list)
        self.by_slot: defaultdict[int, list[int]] = defaultdict(list)
        for number in self.trials_with:
            edit = of.edits[number]
            if edit.path[0] != DRUGS:
                self.by_property[edit.property].append(number)
            elif len(edit.path) > 1:
                self.by_slot[int(edit.path[1])].append(number)
        self.invalid = self._all(number for number in self.trials_with if number in of.faulty)
        self.untold = 0
        self.least: defaultdict[float, int] = defaultdict(int)

    def _all(self, numbers: Iterable[int]) -> int:
        """Return the trials that make at least one of some edits."""
        return reduce(or_, (self.trials_with[number] for number in numbers), 0)

    def derive(self) -> Derived:
        """Return what the trials yield."""
        known: dict[Name, int] = {}
        for name, conditions in self.rule_base.sieve.by_property.items():
            for condition in conditions:
                known[names.MET, condition.key] = known[names.UNMET, condition.key] = 0
            self._settle(known, name, self.of.patient.facts, self.by_property[name])
        lifted = self._lift(known)
        self._contest(known)
        statuses: defaultdict[str, dict[str, int]] = defaultdict(dict)
        gives: defaultdict[str, dict[tuple[str, str], int]] = defaultdict(dict)
        for (kind, *rest), bits in self._outputs(self.program, known):
            if kind == programs.STATUS:
                statuses[rest[0]][rest[1]] = bits
            elif kind == programs.GIVES:
                gives[rest[0]][rest[1], rest[2]] = bits
            elif self.rule_base.states[rest[0]].contradiction:
                self.invalid |= bits
        return Derived(statuses, gives, lifted, self.invalid)

    def _contest(self, known: dict[Name, int]) -> None:
        """Make unknown what is only a default, in the trials where it would contradict what is stated."""
        program = Programs.of(self.rule_base).program(programs.CONTRADICTIONS, silencing=False)
        verdicts = dict(self._outputs(program, known))
        keys, sieve = self.rule_base.key_of, self.rule_base.sieve
        contested: defaultdict[str, int] = defaultdict(int)
        for state in self.rule_base.contradictory:
            if state.bearer == "Patient" and (bits := verdicts.get((programs.CONTRADICTION, state.iri), 0)):
                for name in sieve.properties(state) & self.of.patient.defaulted:
                    if not keys[name].default:
                        contested[name] |= bits & ~self._all(self.by_property[name])
        for name, bits in contested.items():
            for condition in sieve.by_property[name]:
                known[names.MET, condition.key] &= ~bits
                known[names.UNMET, condition.key] &= ~bits

    def _outputs(self, program: Program, known: Mapping[Name, int]) -> Iterable[tuple[Name, int]]:
        every: dict[Name, int] = {(names.SILENCED, iri): self.full for iri in self.rule_base.silenced}
        every.update(known)
        bits = program.function([every.get(name, 0) for name in program.inputs], 0, self.full)
        return zip(program.outputs, bits, strict=True)

    def _settle(self, known: dict[Name, int], name: str, facts: Mapping[str, Values], numbers: Sequence[int]) -> None:
        """Note in which trials the conditions on a property are met, and unmet."""
        key = self.rule_base.key_of.get(name)
        if key and key.kind == "list" and numbers:
            self._settle_list(known, name, facts.get(name), numbers, default_none=key.default_none)
            return
        rest = self.full & ~self._all(numbers)
        variants = [
            (facts.get(name), rest),
            *((self._known(number, name), self.trials_with[number]) for number in numbers),
        ]
        for values, bits in variants:
            if values:
                for condition in self.rule_base.sieve.by_property[name]:
                    met = condition.met_by(values.certain)
                    known[names.MET if met else names.UNMET, condition.key] |= bits

    def _known(self, number: int, name: str) -> Values | None:
        return self.of.facts.get(number, {}).get(name)

    def _settle_list(
        self, known: dict[Name, int], name: str, base: Values | None, numbers: Sequence[int], *, default_none: bool
    ) -> None:
        """Note the same for a list; edits add entries to it or drop some."""
        given = self.full if base or default_none else self._all(numbers)
        present: defaultdict[str | float, int] = defaultdict(int)
        edits = {number: self.of.edits[number] for number in numbers}
        dropped = {int(edit.path[-1]): number for number, edit in edits.items() if edit.value is DROP}
        for place, entry in enumerate(self.of.entries(numbers[0])):
            for value in entry:
                present[value] |= self.full & ~(self.trials_with[dropped[place]] if place in dropped else 0)
        for number, edit in edits.items():
            if edit.value is not DROP and (values := self._known(number, name)):
                for value in values.certain:
                    present[value] |= self.trials_with[number]
        for condition in self.rule_base.sieve.by_property[name]:
            met = reduce(or_, (present[value] for value in condition.values if value in present), 0)
            known[names.MET, condition.key] = met
            known[names.UNMET, condition.key] = given & ~met

    def _lift(self, known: dict[Name, int]) -> dict[str, list[int]]:
        """Note the properties that the prior drugs give the patient; return the bits of each property."""
        given = self.full if self.of.patient.complete else 0
        if self.of.patient.treatments is None:
            given = self._all(number for number in self.trials_with if self.of.edits[number].path[0] == DRUGS)
        known[names.GIVEN,] = given
        slots = [(slot, bits) for slot in self.of.slots if (bits := self._present(slot))]
        lines = self._lines([slot for slot, _ in slots])
        for least, bits in self.least.items():
            for condition in self.rule_base.sieve.by_property.get(PRIOR_LINES, ()):
                settled = condition.settle(Values(frozenset({least}), least=True))
                if settled is not None:
                    known[names.MET if settled else names.UNMET, condition.key] |= bits
        judged = [
            (slot, bits, line, self._judge(slot, bits, line)) for (slot, bits), line in zip(slots, lines, strict=True)
        ]
        counting = [one for one in judged if not one[0].apart]
        for slot, bits, _, _ in counting:
            received = (names.RECEIVED, slot.drug)
            known[received] = known.get(received, 0) | bits
        uses = [Use(slot.drug, bits, line.last, line.latest, line.beside) for slot, bits, line, _ in counting]
        lifted = {}
        for state in self.rule_base.lifted:
            known[names.UNTOLD, str(state.yields)] = self.untold if state.alike_in_line else 0
            certain: defaultdict[str, int] = defaultdict(int)
            possible: defaultdict[str, int] = defaultdict(int)
            of_slots = [(one[programs.YES, state.iri], one[programs.NO, state.iri]) for _, _, _, one in counting]
            for use, (yes, no) in zip(uses, lift(state, uses, of_slots), strict=True):
                for drug in self.rule_base.members_of(use.drug):
                    possible[drug] |= use.present & ~no
                certain[known_as(use.drug)] |= yes & use.present
                possible[known_as(use.drug)] |= use.present & ~(yes | no)
            if not self.of.patient.complete:
                possible.update(dict.fromkeys(self.rule_base.drugs, self.full))
            of = lifted[str(state.yields)] = [given, known[names.UNTOLD, str(state.yields)]]
            for drug in sorted({*certain, *possible}):
                bits = certain[drug]
                known[names.CERTAIN, str(state.yields), drug] = bits
                known[names.POSSIBLE, str(state.yields), drug] = possible[drug] & ~bits
                of += [bits, possible[drug] & ~bits]
        return lifted

    def _edits_of(self, slot: Slot) -> tuple[list[int], list[int]]:
        """Return the edits that drop, replace or add a prior drug, and those of its keys."""
        numbers = self.by_slot[slot.place]
        whole = [number for number in numbers if len(self.of.edits[number].path) == 2 or self._renames(number)]
        return whole, [number for number in numbers if number not in whole]

    def _renames(self, number: int) -> bool:
        return self.of.edits[number].property == self.of.naming and len(self.of.edits[number].path) > 2

    def _present(self, slot: Slot) -> int:
        """Return the trials in which a prior drug is there."""
        whole, keys = self._edits_of(slot)
        if not slot.facts:
            return self._all(whole)
        dropped = self._all(number for number in whole if self.of.edits[number].value is DROP)
        self.invalid |= dropped & self._all(
            other for other in (*keys, *whole) if self.of.edits[other].value is not DROP
        )
        return self.trials_with[slot.renamed] if slot.renamed is not None else self.full & ~self._all(whole)

    def _judge(self, slot: Slot, present: int, line: Lines) -> Mapping[Name, int]:
        """Return the states of a prior drug, and whether they fail; note the trials in which it contradicts itself."""
        known: dict[Name, int] = {}
        whole, keys = self._edits_of(slot)
        for name, conditions in self.rule_base.sieve.by_property.items():
            if (key := self.rule_base.key_of.get(name)) and key.bearer == "PriorTreatment":
                for condition in conditions:
                    known[names.MET, condition.key] = known[names.UNMET, condition.key] = 0
                    for number, bits in line.stated.items() if name == LINE else ():
                        met = condition.met_by(frozenset({number}))
                        known[names.MET if met else names.UNMET, condition.key] |= bits
                if name != LINE:
                    touching = (
                        [number for number in keys if self.of.edits[number].property == name] if slot.facts else whole
                    )
                    self._settle(known, name, slot.facts, touching)
        verdicts = dict(self._outputs(self.courses, known))
        for state in self.rule_base.contradictory:
            self.invalid |= verdicts.get((programs.YES, state.iri), 0) & present
        return verdicts

    def _lines(self, slots: Sequence[Slot]) -> list[Lines]:
        """Return the lines of prior drugs; note the trials with more lines than there were, or a drug twice in one."""
        edits, grouped = self.of.edits, defaultdict[Trial, int](int)
        same_lines: dict[int, int] = {}  # an edit that changes lines → the first edit that changes them alike
        added: dict[int, int] = {}
        for number in self.trials_with:
            path = edits[number].path
            if path == (DRUGS,):
                same_lines[number] = number
            elif path[0] == DRUGS and len(path) == 2:
                same_lines[number] = number if edits[number].value is DROP else added.setdefault(int(path[1]), number)
            elif edits[number].property in (PRIOR_LINES, LINE) or self._renames(number):
                same_lines[number] = number
        for place, trial in enumerate(self.trials):
            grouped[tuple(same_lines[number] for number in trial if number in same_lines)] |= 1 << place
        lines = [Lines() for _ in slots]
        unchanged = {slot.place: place for place, slot in enumerate(slots) if slot.facts and slot.renamed is None}
        changed: dict[tuple[int, int], int] = {}
        for place, slot in enumerate(slots):
            if slot.renamed is not None or not slot.facts:
                whole, _ = self._edits_of(slot)
                changed |= {(slot.place, number): place for number in whole if slot.renamed in (None, number)}
        for trial, bits in grouped.items():
            count, there = self._count(trial), dict(unchanged)
            for number in trial:
                edit = edits[number]
                if edit.value is DROP and edit.path[0] == DRUGS:
                    there.pop(int(edit.path[1]), None)
                elif edit.path[0] == DRUGS and len(edit.path) > 1 and (int(edit.path[1]), number) in changed:
                    there[int(edit.path[1])] = changed[int(edit.path[1]), number]
            several = [(there[place], slots[there[place]]) for place in sorted(there)]
            stated = [(slot.drug, self._line(slot, trial)) for _, slot in several]
            beyond = count is not None and any(not count or (line is not None and line > count) for _, line in stated)
            listed = self.of.patient.treatments is not None or any(edits[number].path[0] == DRUGS for number in trial)
            none = listed and self.of.patient.complete and bool(count) and not several
            if beyond or none or len(set(stated)) < len(stated):
                self.invalid |= bits
                continue
            counted = [(drug, 1.0 if count == 1.0 and line is None else line) for drug, line in stated]
            counting = [
                (at, slot, line) for (at, slot), (_, line) in zip(several, counted, strict=True) if not slot.apart
            ]
            entries = [Entry(slot.drug, line, slot.drug in self.rule_base.backbone) for _, slot, line in counting]
            if count is None and (least := count_least(entries)):
                self.least[least] |= bits
            standing = arrange(entries, count, complete=self.of.patient.complete)
            self.untold |= bits if standing.untold else 0
            for (at, _, line), one in zip(counting, standing.of, strict=True):
                lines[at].note(bits, line, one)
        return lines

    def _line(self, slot: Slot, trial: Trial) -> float | None:
        facts = slot.facts
        for number in trial:
            edit = self.of.edits[number]
            if edit.property == LINE and edit.path[1] == slot.place:
                facts = self.of.facts.get(number, {})
        line = facts.get(LINE)
        return float(max(line.certain)) if line else None

    def _count(self, trial: Trial) -> float | None:
        facts: Mapping[str, Values] = self.of.patient.facts
        for number in trial:
            if self.of.edits[number].property == PRIOR_LINES:
                facts = self.of.facts.get(number, {})
        count = facts.get(PRIOR_LINES)
        return float(max(count.certain)) if count else None


class Lines:
    """The line of a prior drug in many trials: in which it is each number, and how it stands among the lines."""

    def __init__(self) -> None:
        self.stated: defaultdict[float, int] = defaultdict(int)
        self.last, self.latest, self.beside = (0, 0), (0, 0), 0

    def note(self, bits: int, line: float | None, one: Place) -> None:
        """Note the line in some trials, and where it stands among the others."""
        if line is not None:
            self.stated[line] |= bits
        self.last = _add(self.last, one.last, bits)
        self.latest = _add(self.latest, one.latest, bits)
        self.beside |= bits if one.beside else 0


def _add(known: tuple[int, int], truth: bool | None, bits: int) -> tuple[int, int]:
    yes, no = known
    return yes | (bits if truth else 0), no | (bits if truth is False else 0)
