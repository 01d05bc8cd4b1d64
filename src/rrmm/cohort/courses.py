"""The prior drugs of many patients: the states of each drug, and the properties that they give its patient.

A property holds for a patient for certain, possibly or not at all, as `patient.history` says for one patient.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from rrmm.cohort.cells import Table
from rrmm.cohort.columns import BELOW
from rrmm.cohort.facts import Facts
from rrmm.cohort.lines import MOST_LINES, Entries, lift, stand
from rrmm.cohort.planes import EIGHT, Plane, Rows, Truths, bytewise
from rrmm.cohort.vocabulary import UNKNOWN, Vocabulary
from rrmm.derivation.names import ASKED, CERTAIN, GIVEN, POSSIBLE, RECEIVED, UNTOLD
from rrmm.derivation.states import States
from rrmm.logic.circuit import Algebra
from rrmm.logic.conditions import State, Values
from rrmm.patient.history import DRUGS, LAST, LINE_KEY, PRIOR_LINES, RESPONSE_KEY
from rrmm.patient.lines import name_entry
from rrmm.patient.naming import components, transplanted, within
from rrmm.patient.warnings import DURATION
from rrmm.rules.base import RuleBase

MAYBE, YES, NO = 0, 1, 2


class Lifted(NamedTuple):
    """Whether the prior drugs are in a state, sorted by drug: a bit of two bytes."""

    state: State
    yes: Plane
    no: Plane
    bit: int

    def truths(self, kind: int) -> Truths:
        """Return which prior drugs are of a kind."""
        of = self.yes if kind == YES else self.no & ~self.yes if kind == NO else ~(self.yes | self.no)
        truths: Truths = (of & np.uint8(self.bit)) != 0
        return truths


Keys = dict[str, Truths]


class Courses:
    """The prior drugs of many patients; `faulty` are the rows of patients with a fault in them."""

    def __init__(self, rule_base: RuleBase, table: Table, patients: Facts, known: Mapping[str, Vocabulary]) -> None:
        self.rule_base, self.patients, self.rows = rule_base, patients, patients.rows
        self.given = self.rows.where(table.given)
        self.faulty: Truths = np.zeros(self.rows.count, dtype=np.bool_)
        self.drugs = [*map(str, known[BELOW + "drug"].values)]
        keys = {path.removeprefix(BELOW): key for path, key in rule_base.keys.items() if path.startswith(BELOW)}
        self.facts = Facts(rule_base, Rows(table.drugs.height))
        self.facts.read(keys, table.drugs, known)
        drugs = known[BELOW + "drug"].codes(self.facts.words[BELOW + "drug"])
        self.entries = Entries(table.rows, drugs, self.facts.numbers[keys[LINE_KEY].property], self.rows.count)
        self._check_lines(table)
        line = pl.DataFrame({LINE_KEY: pl.Series(self.entries.line, nan_to_null=True)})
        self.facts.read({LINE_KEY: keys[LINE_KEY]}, line, known)
        self.states = self._states()
        apart, wrong = self._regimens()
        self._check((drugs == 0) | wrong)
        if apart.any():
            counting = np.flatnonzero(~apart)
            self.entries, self.facts = self.entries.take(counting), self.facts.take(counting)
            self.states = self._states()
        backbone = np.array([False, *(drug in rule_base.backbone for drug in self.drugs)])
        fine = np.where(self.entries.drugs == UNKNOWN, 0, self.entries.drugs)
        self.standing = stand(self.entries, patients.numbers[PRIOR_LINES], backbone[fine])
        self._count_lines()
        by_drug = self.entries.by_drug
        self._rows = self.entries.rows[by_drug]
        self._cuts = np.searchsorted(self.entries.drugs[by_drug], np.arange(1, len(self.drugs) + 2))
        self._places = {
            rule_base.label(drug): slice(*self._cuts[place : place + 2]) for place, drug in enumerate(self.drugs)
        }
        self._lifted = {str(one.state.yields): one for one in self._lift()}
        self._property_keys: dict[str, tuple[Keys, Keys]] = {}
        self._planes: dict[tuple[str, str], dict[str, Plane]] = {}
        self._named: dict[tuple[str, str, bool], dict[str, Plane]] = {}

    def _states(self) -> States[Plane]:
        facts, rows = self.facts, self.facts.rows
        return States(
            Algebra(rows.none, rows.all),
            [state for state in self.rule_base.states.values() if state.bearer != "Patient"],
            lambda key, sign: facts.met[key] if sign else facts.unmet[key],
        )

    def _check(self, wrong: Truths) -> None:
        """Mark the patients with a prior drug that has a fault, or is in a state that no consistent file has."""
        facts, states, rows = self.facts, self.states, self.entries.rows
        contradictory = (states.yes[state.iri] for state in states.states if state.contradiction)
        self.faulty[rows[wrong | facts.faulty | facts.rows.truths(facts.rows.any(contradictory))]] = True
        self.warned = {
            state.iri: self.rows.at(rows[facts.rows.truths(states.yes[state.iri])])
            for state in states.states
            if state.warning
        }

    def _regimens(self) -> tuple[Truths, Truths]:
        """Return which prior drugs are part of a transplantation, and which their regimen does not contain."""
        numbers, regimens = self.facts.words[BELOW + "regimen"]
        width = len(regimens) + 1
        pairs = np.where(self.entries.drugs == UNKNOWN, 0, self.entries.drugs).astype(np.intp) * width + numbers
        there, apart, wrong = (np.zeros((len(self.drugs) + 1) * width, dtype=np.bool_) for _ in range(3))
        there[pairs] = True
        for pair in np.flatnonzero(there).tolist():
            drug, regimen = divmod(pair, width)
            if drug and regimen < len(regimens):
                label, name = self.rule_base.label(self.drugs[drug - 1]), regimens[regimen]
                of = components(self.rule_base, name)
                apart[pair] = transplanted(self.rule_base, label, name)
                wrong[pair] = not apart[pair] and of is not None and not within(self.rule_base, label, of[1])
        return apart[pairs], wrong[pairs]

    def _check_lines(self, table: Table) -> None:
        """Mark the patients whose lines cannot be; where there was one line only, it is that of all drugs."""
        entries, count = self.entries, self.patients.numbers[PRIOR_LINES]
        self.faulty[entries.twice()] = True
        self.faulty |= (entries.lengths > 0) & (count == 0)
        self.faulty |= (entries.lengths == 0) & table.given & (count > 0)
        self.faulty[entries.rows[entries.line > count[entries.rows]]] = True
        entries.line = np.where(np.isnan(entries.line) & (count == 1)[entries.rows], 1.0, entries.line)

    def _count_lines(self) -> None:
        """Note what the lines of prior drugs say of how many there were, where the number is not given."""
        facts = self.patients
        open_ = np.isnan(facts.numbers[PRIOR_LINES]) & (self.entries.lengths > 0)
        least = np.minimum(self.standing.least, MOST_LINES)
        for number in np.unique(least[open_]).tolist():
            here = self.rows.where(open_ & (least == number))
            for condition in self.rule_base.sieve.by_property.get(PRIOR_LINES, ()):
                settled = condition.settle(Values(frozenset({number}), least=True))
                if settled is not None:
                    planes = facts.met if settled else facts.unmet
                    planes[condition.key] = planes[condition.key] | here

    def _lift(self) -> Iterator[Lifted]:
        """Yield whether the prior drugs give themselves to what each state yields, eight states of one kind at once."""
        rows, order = self.facts.rows, self.entries.by_drug
        kinds: dict[tuple[bool, ...], list[State]] = {}
        for state in self.rule_base.lifted:
            kinds.setdefault((state.of_latest_use, state.of_last_line, state.alike_in_line), []).append(state)
        for states in kinds.values():
            for start in range(0, len(states), EIGHT):
                eight = states[start : start + EIGHT]
                yes, no = (
                    bytewise(rows, [bits[state.iri] for state in eight]) for bits in (self.states.yes, self.states.no)
                )
                yes, no = (sure[order] for sure in lift(eight[0], self.entries, self.standing, yes, no))
                yield from (Lifted(state, yes, no, 1 << place) for place, state in enumerate(eight))

    def _keys(self, name: str) -> tuple[Keys, Keys]:
        """Return the keys that a lifted property waits for, and those left at their default, sorted by drug."""
        if name not in self._property_keys:
            state, rows, order = self._lifted[name].state, self.facts.rows, self.entries.by_drug
            asked, unstated = Keys(), Keys()
            for test in sorted(self.rule_base.sieve.properties(state)):
                key = self.rule_base.paths[test].removeprefix(BELOW)
                defaulted = self.facts.defaulted.get(test, rows.none)
                asked[key] = rows.truths(self._waiting(state, test) | defaulted)[order]
                if test in self.facts.defaulted:
                    unstated[key] = rows.truths(defaulted)[order]
            at, nowhere = self.standing, np.zeros(len(order), dtype=np.bool_)
            if state.of_last_line:
                asked[LINE_KEY] = asked.get(LINE_KEY, nowhere) | ~(at.last | at.before)[order]
                unstated = {key: here & ~at.before[order] for key, here in unstated.items()}
            if state.of_latest_use:
                asked[LINE_KEY] = asked.get(LINE_KEY, nowhere) | ~(at.latest | at.superseded)[order]
            if state.alike_in_line:
                asked[RESPONSE_KEY] = asked.get(RESPONSE_KEY, nowhere) | (at.last | at.before)[order]
            self._property_keys[name] = asked, unstated
        return self._property_keys[name]

    def _waiting(self, state: State, name: str) -> Plane:
        """Return the prior drugs whose undecided state waits for a property."""
        conditions, waiting = self.rule_base.conditions, self.states.waiting(state).items()
        return self.facts.rows.any(plane for key, plane in waiting if conditions[key].property == name)

    def lines_missing(self) -> Truths:
        """Return the rows in which no drug is given of some lines."""
        count, at = self.patients.numbers[PRIOR_LINES], self.standing
        return (self.entries.lengths > 0) & (np.where(np.isnan(count), at.highest, count) > at.covered)

    def last_duration(self) -> npt.NDArray[np.float64]:
        """Return for each row the longest response of the last line, NaN where none is known."""
        months = self.facts.numbers[DURATION]
        known = self.standing.last & ~np.isnan(months)
        longest = self.entries.combine(np.maximum, np.where(known, months, -1.0))
        return np.where((self.entries.lengths > 0) & (longest >= 0), longest, np.nan)

    def plane(self, kind: str, *of: str) -> Plane:
        """Return the patients for whom an input of the derivation about prior drugs is true."""
        if kind == GIVEN:
            return self.given
        if kind == UNTOLD:
            return self.given & self.rows.where(self.standing.untold)
        if kind == RECEIVED:
            return self._those("", RECEIVED).get(of[0], self.rows.none)
        name, drug, *key = of
        if kind == CERTAIN:
            return self._those(name, CERTAIN, YES).get(drug, self.rows.none)
        if kind == POSSIBLE:
            maybe = self._those(name, POSSIBLE, MAYBE).get(drug, self.rows.none)
            return maybe if maybe is self.rows.none else maybe & ~self.plane(CERTAIN, name, drug)
        wanted, several = (MAYBE, 0) if kind == ASKED else (NO, 1)
        keys = self._keys(name)[several]
        if key[0] not in keys:
            return self.rows.none
        return self._those(name, f"{kind} {key[0]}", wanted, keys[key[0]]).get(drug, self.rows.none)

    def entries_of(self, need: str, here: Plane) -> dict[str, Plane]:
        """Return a need of rows by the entries that lack the key, as `patient.history` says of one patient."""
        if not need.startswith(f"{DRUGS}["):
            return {need: here}
        inside, _, key = need.removeprefix(f"{DRUGS}[").rpartition("].")
        label, last = inside.removesuffix(LAST), inside.endswith(LAST)
        named, left = dict[str, Plane](), here
        for parts in (self._parts(label, key, last=last), self._unplaced if key == LINE_KEY else {}):
            for name, plane in parts.items():
                named[name] = named.get(name, self.rows.none) | left & plane
            left = left & ~self.rows.any(parts.values())
        return named | {f"{DRUGS}[{label}].{key}": named.get(f"{DRUGS}[{label}].{key}", self.rows.none) | left}

    def _parts(self, label: str, key: str, *, last: bool) -> dict[str, Plane]:
        """Return the entries of a drug that lack a key, or that may be of the last line, each with its rows."""
        if (label, key, last) not in self._named:
            entries, parts = self.entries, dict[str, Plane]()
            here = entries.by_drug[self._places[label]] if label in self._places else entries.by_drug[:0]
            here = here[~self.standing.before[here] if last and key != LINE_KEY else self._lacking(key)[here]]
            rows, line = entries.rows[here], np.nan_to_num(entries.line[here], nan=-1.0)
            for number in np.unique(line).tolist():
                name = name_entry(label, None if number < 0 else number)
                parts[f"{DRUGS}[{name}].{key}"] = self.rows.at(rows[line == number])
            self._named[label, key, last] = parts
        return self._named[label, key, last]

    def _lacking(self, key: str) -> Truths:
        name, rows = self.rule_base.keys[BELOW + key].property, self.facts.rows
        nothing = self.facts.unknown.get(name, rows.all) | self.facts.defaulted.get(name, rows.none)
        return np.isnan(self.entries.line) if key == LINE_KEY else rows.truths(nothing)

    @cached_property
    def _unplaced(self) -> dict[str, Plane]:
        """The entries without a line, each with its rows."""
        entries, lacking = self.entries, self._lacking(LINE_KEY)
        numbers = np.unique(entries.drugs[lacking]).tolist()
        return {
            f"{DRUGS}[{self.rule_base.label(self.drugs[number - 1])}].{LINE_KEY}": self.rows.at(
                np.unique(entries.rows[lacking & (entries.drugs == number)])
            )
            for number in numbers
            if 0 < number <= len(self.drugs)
        }

    def _those(self, name: str, what: str, kind: int | None = None, also: Truths | bool = True) -> dict[str, Plane]:
        """Return for each drug the patients with an entry of it that is of a kind in a lifted property."""
        if (name, what) not in self._planes:
            rows, cuts = self._rows, self._cuts
            if kind is not None:
                hits = np.flatnonzero(self._lifted[name].truths(kind) & also)
                rows, cuts = rows[hits], np.searchsorted(hits, cuts)
            several = np.split(rows, cuts)[1:-1]
            self._planes[name, what] = {
                drug: self.rows.at(here) if len(here) else self.rows.none
                for drug, here in zip(self.drugs, several, strict=True)
            }
        return self._planes[name, what]
