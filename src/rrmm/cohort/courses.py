"""The prior drugs of many patients: the states of each drug, and the properties that they give its patient.

A property holds for a patient for certain, possibly or not at all, as `patient.history` says for one patient.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from rrmm.cohort.cells import Table
from rrmm.cohort.columns import BELOW
from rrmm.cohort.facts import Facts, combine_by_row, fill_gaps
from rrmm.cohort.lines import Entries, last_line, twice
from rrmm.cohort.planes import Plane, Rows, Truths, bytewise
from rrmm.cohort.vocabulary import UNKNOWN, Vocabulary
from rrmm.derivation.guidance import ASKED, CERTAIN, GIVEN, POSSIBLE, RECEIVED
from rrmm.derivation.states import States
from rrmm.logic.circuit import Algebra
from rrmm.logic.conditions import State
from rrmm.patient.history import LINE_KEY, PRIOR_LINES, RESPONSE_KEY
from rrmm.rules.base import RuleBase

MAYBE, YES, NO = 0, 1, 2


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
        self.entries = self._entries(table, drugs)
        self.facts = Facts(rule_base, Rows(len(drugs)))
        self.facts.read(keys, table.drugs.with_columns(pl.Series(LINE_KEY, self.entries.line, nan_to_null=True)), known)
        self.states = self._states()
        self.faulty[table.rows[self.facts.faulty | self._contradictions()]] = True
        by_drug = self.entries.by_drug
        self._rows = table.rows[by_drug]
        self._cuts = np.searchsorted(drugs[by_drug], np.arange(1, len(self.drugs) + 2))
        self._lifted = {str(state.yields): self._lift(state) for state in rule_base.lifted}
        self._property_keys: dict[str, tuple[Keys, Keys]] = {}
        self._planes: dict[tuple[str, str], dict[str, Plane]] = {}

    def _states(self) -> States[Plane]:
        facts, rows = self.facts, self.facts.rows
        return States(
            Algebra(rows.none, rows.all),
            [state for state in self.rule_base.states.values() if state.bearer != "Patient"],
            lambda key, sign: facts.met[key] if sign else facts.unmet[key],
        )

    def _contradictions(self) -> Truths:
        """Return for each prior drug whether a state holds that no consistent patient file has."""
        wrong = (self.states.yes[state.iri] for state in self.states.states if state.contradiction)
        return self.facts.rows.truths(self.facts.rows.any(wrong))

    def _entries(self, table: Table, drugs: npt.NDArray[np.uint16]) -> Entries:
        """Return the prior drugs; a drug without a line belongs to line 1 where there was only one."""
        stated = table.drugs[LINE_KEY] if LINE_KEY in table.drugs.columns else pl.Series([None] * len(drugs))
        line = fill_gaps(stated.cast(pl.Float64))
        lengths = np.bincount(table.rows, minlength=self.rows.count)
        entries = Entries(table.rows, drugs, line, lengths, np.argsort(drugs, kind="stable"))
        again = entries.again()
        count = self.patients.numbers[PRIOR_LINES]
        self.faulty[twice(entries, again)] = True
        self.faulty |= (lengths > 0) & (count == 0)
        self.faulty[table.rows[line > count[table.rows]]] = True
        entries = entries._replace(line=np.where(np.isnan(line) & (count == 1)[table.rows], 1.0, line))
        self._last = last_line(entries, again, count)
        return entries

    def _lift(self, state: State) -> Lifted:
        """Return whether each prior drug is in a state; for some states only the last line counts."""
        kinds = bytewise(self.facts.rows, [self.states.yes[state.iri], self.states.no[state.iri]])
        if state.of_last_line:
            belongs, known = self._last
            shown = combine_by_row(np.bitwise_or, (1 << kinds) * belongs, self.entries.lengths)[self.entries.rows]
            differing = np.bitwise_count(shown) > 1
            kinds = np.where((kinds == YES) & ~(belongs & ~differing), MAYBE, kinds)
            kinds = np.where(known & ~belongs, NO, kinds)
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
            if state.of_last_line:
                known = self._last.known[order]
                asked[RESPONSE_KEY] = asked.get(RESPONSE_KEY, False) | known
                asked[LINE_KEY] = asked.get(LINE_KEY, False) | ~known
            self._property_keys[name] = asked, unstated
        return self._property_keys[name]

    def _waiting(self, state: State, name: str) -> Plane:
        """Return the prior drugs whose undecided state waits for a property."""
        conditions, waiting = self.rule_base.conditions, self.states.waiting(state).items()
        return self.facts.rows.any(plane for key, plane in waiting if conditions[key].property == name)

    def plane(self, kind: str, *of: str) -> Plane:
        """Return the patients for whom an input of the derivation about prior drugs is true."""
        if kind == GIVEN:
            return self.given
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
        return self._those(name, f"{kind} {key[0]}", wanted, keys[key[0]]).get(drug, self.rows.none)

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
