"""The prior drugs of many patients: the states of each drug, and the properties that they give its patient.

A property holds for a patient for certain, possibly or not at all, as `patient.history` says for one patient.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from rrmm.cohort.cells import Table
from rrmm.cohort.columns import BELOW
from rrmm.cohort.facts import Facts, combine_by_row, fill_gaps
from rrmm.cohort.lines import Entries, Standing, lift, stand, twice
from rrmm.cohort.planes import Places, Plane, Rows, Truths
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
from rrmm.rules.model import Key

MAYBE, YES, NO = 0, 1, 2
MOST_LINES = 100


class Lifted(NamedTuple):
    """Whether the prior drugs are in a state, sorted by drug: YES, NO or MAYBE."""

    state: State
    kinds: npt.NDArray[np.uint8]


Keys = dict[str, Truths]


class Courses:
    """The prior drugs of many patients; `faulty` are the rows of patients with a fault in them."""

    def __init__(self, rule_base: RuleBase, table: Table, patients: Facts, known: Mapping[str, Vocabulary]) -> None:
        self.rule_base, self.patients, self.rows = rule_base, patients, patients.rows
        self.given = self.rows.where(table.given)
        keys = {path.removeprefix(BELOW): key for path, key in rule_base.keys.items() if path.startswith(BELOW)}
        self.drugs = [*map(str, known[BELOW + "drug"].values)]
        drugs = known[BELOW + "drug"].words.codes(table.drugs["drug"])
        self.faulty: Truths = np.zeros(self.rows.count, dtype=np.bool_)
        self.faulty[table.rows[(drugs == 0) | (drugs == UNKNOWN)]] = True
        apart, wrong = self._regimens(table)
        self.faulty[table.rows[wrong]] = True
        line = self._check_lines(table, drugs)
        self._check(Facts(rule_base, Rows(len(drugs))), keys, table, line, known)
        counting = np.flatnonzero(~apart)
        table = table._replace(drugs=table.drugs[counting], rows=table.rows[counting])
        drugs, line = drugs[counting], line[counting]
        self.entries, self._again = self._entries(table, drugs, line)
        self.facts = Facts(rule_base, Rows(len(drugs)))
        self.facts.read(keys, table.drugs.with_columns(pl.Series(LINE_KEY, line, nan_to_null=True)), known)
        self.states = self._states()
        self.standing = self._stand(drugs)
        self._count_lines()
        by_drug = self.entries.by_drug
        self._rows = table.rows[by_drug]
        self._cuts = np.searchsorted(drugs[by_drug], np.arange(1, len(self.drugs) + 2))
        self._lifted = {str(state.yields): self._lift(state) for state in rule_base.lifted}
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

    def _check(
        self,
        facts: Facts,
        keys: Mapping[str, Key],
        table: Table,
        line: npt.NDArray[np.float64],
        known: Mapping[str, Vocabulary],
    ) -> None:
        """Mark the patients with a prior drug that has a fault, or is in a state that no consistent file has."""
        facts.read(keys, table.drugs.with_columns(pl.Series(LINE_KEY, line, nan_to_null=True)), known)
        self.facts = facts
        states = self._states()
        wrong = (states.yes[state.iri] for state in states.states if state.contradiction)
        self.faulty[table.rows[facts.faulty | facts.rows.truths(facts.rows.any(wrong))]] = True
        implausible = (state for state in states.states if state.warning)
        self.warned = {
            state.iri: self.rows.at(np.unique(table.rows[facts.rows.truths(states.yes[state.iri])]))
            for state in implausible
        }

    def _regimens(self, table: Table) -> tuple[Truths, Truths]:
        """Return which prior drugs are part of a transplantation, and which their regimen does not contain."""
        apart, wrong = (np.zeros(table.drugs.height, dtype=np.bool_) for _ in range(2))
        if "regimen" not in table.drugs.columns:
            return apart, wrong
        names = self.rule_base.names(str(self.rule_base.keys[f"{BELOW}drug"].values_from))
        pairs = table.drugs.select(pl.col("drug", "regimen").cast(pl.String)).with_row_index()
        for (drug, regimen), rows in pairs.drop_nulls().partition_by("drug", "regimen", as_dict=True).items():
            if (iri := names.get(str(drug).casefold())) is None:
                continue
            label, places = self.rule_base.label(iri), rows["index"].to_numpy()
            if transplanted(self.rule_base, label, str(regimen)):
                apart[places] = True
            elif (of := components(self.rule_base, str(regimen))) and not within(self.rule_base, label, of[1]):
                wrong[places] = True
        return apart, wrong

    def _check_lines(self, table: Table, drugs: npt.NDArray[np.uint16]) -> npt.NDArray[np.float64]:
        """Return the line of each prior drug: line 1 where there was only one; mark patients whose lines cannot be."""
        stated = table.drugs[LINE_KEY] if LINE_KEY in table.drugs.columns else pl.Series([None] * len(drugs))
        line = fill_gaps(stated.cast(pl.Float64))
        entries, again = self._entries(table, drugs, line)
        count = self.patients.numbers[PRIOR_LINES]
        self.faulty[twice(entries, again)] = True
        self.faulty |= (entries.lengths > 0) & (count == 0)
        self.faulty |= (entries.lengths == 0) & table.given & (count > 0)
        self.faulty[table.rows[line > count[table.rows]]] = True
        return np.where(np.isnan(line) & (count == 1)[table.rows], 1.0, line)

    def _count_lines(self) -> None:
        """Note what the lines of prior drugs say of how many there were, where the number is not given."""
        line, facts = np.where(np.isnan(self.entries.line), 1.0, self.entries.line), self.patients
        least = combine_by_row(np.maximum, line, self.entries.lengths)
        open_ = np.isnan(facts.numbers[PRIOR_LINES]) & (self.entries.lengths > 0)
        for condition in self.rule_base.sieve.by_property.get(PRIOR_LINES, ()):
            settled = [condition.settle(Values(frozenset({number}), least=True)) for number in range(MOST_LINES)]
            for truth, planes in ((True, facts.met), (False, facts.unmet)):
                numbers = np.array([one is truth for one in settled])
                here = open_ & numbers[np.minimum(least, MOST_LINES - 1).astype(np.intp)]
                planes[condition.key] = planes[condition.key] | self.rows.where(here)

    def _entries(
        self, table: Table, drugs: npt.NDArray[np.uint16], line: npt.NDArray[np.float64]
    ) -> tuple[Entries, list[tuple[Places, Places]]]:
        """Return prior drugs as entries, and those of one drug of one patient."""
        lengths = np.bincount(table.rows, minlength=self.rows.count)
        entries = Entries(table.rows, drugs, line, lengths, np.argsort(drugs, kind="stable"))
        return entries, entries.again()

    def _stand(self, drugs: npt.NDArray[np.uint16]) -> Standing:
        backbone = np.array([False, *(drug in self.rule_base.backbone for drug in self.drugs)])
        fine = np.where(drugs == UNKNOWN, 0, drugs)
        return stand(self.entries, self._again, self.patients.numbers[PRIOR_LINES], backbone[fine])

    def _lift(self, state: State) -> Lifted:
        """Return whether each prior drug gives itself to what a state yields."""
        rows = self.facts.rows
        yes, no = (rows.truths(bits[state.iri]) for bits in (self.states.yes, self.states.no))
        yes, no = lift(state, self.entries, self._again, self.standing, yes, no)
        kinds = np.where(yes, YES, np.where(no, NO, MAYBE)).astype(np.uint8)
        return Lifted(state, kinds[self.entries.by_drug])

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
        line, lengths = self.entries.line, self.entries.lengths
        unknown = np.isnan(line)
        highest = combine_by_row(np.maximum, np.where(unknown, 0.0, line), lengths)
        count = self.patients.numbers[PRIOR_LINES]
        distinct = np.zeros(self.rows.count, dtype=np.int64)
        for number in np.unique(line[~unknown]):
            distinct += combine_by_row(np.bitwise_or, line == number, lengths)
        missing = np.where(np.isnan(count), highest, count) - distinct
        return (lengths > 0) & (missing > combine_by_row(np.add, unknown.astype(np.int32), lengths))

    def last_duration(self) -> npt.NDArray[np.float64]:
        """Return for each row the longest response of the last line, NaN where none is known."""
        months = self.facts.numbers[DURATION]
        known = self.standing.last & ~np.isnan(months)
        longest = combine_by_row(np.maximum, np.where(known, months, -1.0), self.entries.lengths)
        some = combine_by_row(np.bitwise_or, known, self.entries.lengths)
        return np.where(some, longest, np.nan)

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
            place = next((place for place, drug in enumerate(self.drugs, 1) if self.rule_base.label(drug) == label), 0)
            entries, chosen = self.entries, self.entries.drugs == place
            chosen &= ~self.standing.before if last and key != LINE_KEY else self._lacking(key)
            parts: dict[str, Plane] = {}
            if chosen.any():
                line = entries.line[chosen]
                for number in np.unique(np.nan_to_num(line, nan=-1.0)).tolist():
                    rows = entries.rows[chosen][np.isnan(line) if number < 0 else line == number]
                    name = name_entry(label, None if number < 0 else number)
                    parts[f"{DRUGS}[{name}].{key}"] = self.rows.at(np.unique(rows))
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
                hits = np.flatnonzero((self._lifted[name].kinds == kind) & also)
                rows, cuts = rows[hits], np.searchsorted(hits, cuts)
            several = np.split(rows, cuts)[1:-1]
            self._planes[name, what] = {
                drug: self.rows.at(here) if len(here) else self.rows.none
                for drug, here in zip(self.drugs, several, strict=True)
            }
        return self._planes[name, what]
