"""Lines of therapy of many patients: how prior drugs stand among them, and which stand twice in one."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rrmm.cohort.facts import Numbers, Scalar, combine_by_row
from rrmm.cohort.planes import Places, Plane, Truths
from rrmm.cohort.vocabulary import Codes
from rrmm.logic.conditions import State

MOST_LINES = 100


class Entries:
    """Prior drugs in the order of their patients: the row of each, its drug, and its line (NaN: unknown).

    `lengths` gives the number of each patient.
    """

    def __init__(self, rows: Places, drugs: Codes, line: Numbers, count: int) -> None:
        self.rows, self.drugs, self.line = rows, drugs, line
        self.lengths = np.bincount(rows, minlength=count)

    def take(self, places: Places) -> Entries:
        """Return some of the entries."""
        return Entries(self.rows[places], self.drugs[places], self.line[places], len(self.lengths))

    def combine(self, how: np.ufunc, values: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
        """Return the values of the entries of each patient combined, zero for one without entries."""
        return combine_by_row(how, values, self.lengths)

    @cached_property
    def by_drug(self) -> Places:
        """The places of all entries sorted by drug."""
        return np.argsort(self.drugs, kind="stable")

    @cached_property
    def again(self) -> list[tuple[Places, Places]]:
        """The places of two entries of one drug of one patient, the nearest first."""
        rows, drugs = self.rows[self.by_drug], self.drugs[self.by_drug]
        first = np.flatnonzero((rows[1:] == rows[:-1]) & (drugs[1:] == drugs[:-1]))
        pairs, apart = [], 1
        while len(first):
            pairs.append((self.by_drug[first], self.by_drug[first + apart]))
            apart += 1
            first = first[first + apart < len(rows)]
            other = first + apart
            first = first[(rows[first] == rows[other]) & (drugs[first] == drugs[other])]
        return pairs

    def twice(self) -> Places:
        """Return the rows of patients in whom one drug stands twice in one line."""
        line = np.nan_to_num(self.line, nan=-1.0)
        rows = [self.rows[first[line[first] == line[second]]] for first, second in self.again]
        return np.concatenate([np.zeros(0, dtype=np.intp), *rows])


class Standing(NamedTuple):
    """How the entries stand among the lines, as `patient.lines.Place` says of one.

    `last` and `before` tell which are known to be of the last line, and known not to be; `latest` and `superseded` the
    same of the latest use of a drug. Of rows, `highest` is the highest line that is given, `least` how many lines there
    were at least, `covered` the number of lines with a drug, and `untold` tells whether the last line may be one of
    which no drug is given.
    """

    last: Truths
    before: Truths
    latest: Truths
    superseded: Truths
    beside: Truths
    highest: Numbers
    least: Numbers
    covered: npt.NDArray[np.int64]
    untold: Truths


def stand(entries: Entries, count: Numbers, backbone: Truths) -> Standing:
    """Return how the entries stand among the lines; `count` is the number of prior lines of each row (NaN: unknown)."""
    line, rows = entries.line, entries.rows
    unknown = np.isnan(line)
    unplaced = np.bincount(rows[unknown], minlength=len(count))
    highest = entries.combine(np.maximum, np.where(unknown, -np.inf, line))
    final = np.where(np.isnan(count), np.where(unplaced == 0, highest, np.nan), count)[rows]
    single = ((entries.lengths == 1) & np.isnan(count))[rows]
    last = single | (line == final)
    before = ~single & ((line < final) | (line < highest[rows]))
    superseded, unsure = np.zeros(len(rows), dtype=np.bool_), np.zeros(len(rows), dtype=np.bool_)
    for first, second in entries.again:
        superseded[first] |= line[first] < line[second]
        superseded[second] |= line[second] < line[first]
        either = unknown[first] | unknown[second]
        unsure[first] |= either
        unsure[second] |= either
    lines = _Lines(entries, unknown)
    covered = lines.any(~unknown)[:, 1:].sum(axis=1) + unplaced
    untold = ~entries.combine(np.bitwise_or, last) & (covered < count)
    beside = backbone & lines.share(~backbone)
    least = np.where(unplaced > 0, np.maximum(highest, 1.0), highest)
    return Standing(last, before, ~superseded & ~unsure, superseded, beside, highest, least, covered, untold)


class _Lines:
    """A table of the lines of patients, a column each; the first is for entries without a line."""

    def __init__(self, entries: Entries, unknown: Truths) -> None:
        number = np.where(unknown, 0.0, entries.line).clip(0, MOST_LINES).astype(np.intp)
        self.shape = len(entries.lengths), int(number.max(initial=0)) + 1
        self.cells = entries.rows * self.shape[1] + number

    def any(self, which: Truths) -> Truths:
        """Return for each patient and line whether it has one of some entries."""
        there = np.zeros(self.shape, dtype=np.bool_)
        there.reshape(-1)[self.cells[which]] = True
        return there

    def share(self, which: Truths) -> Truths:
        """Return for each entry whether one of some entries is, or may be, of its line."""
        there = self.any(which)
        there[:, 1:] |= there[:, :1]
        there[:, 0] = there.any(axis=1)
        return there.reshape(-1).take(self.cells)


def lift(state: State, entries: Entries, at: Standing, yes: Plane, no: Plane) -> tuple[Plane, Plane]:
    """Return which entries certainly give their drug to what states yield, and which certainly do not.

    It says of many what `patient.lines.lift` says of one; `yes` and `no` have a byte for each entry, with a bit for
    each of up to eight states that are lifted as `state` is.
    """
    beside, last, before, latest, superseded = (
        np.negative(truths.view(np.uint8)) for truths in (at.beside, at.last, at.before, at.latest, at.superseded)
    )
    no = no | beside & ~yes
    if state.of_latest_use:
        all_yes, all_no = yes | superseded, no | superseded
        for sure, all_sure in ((yes | superseded, all_yes), (no | superseded, all_no)):
            for first, second in entries.again:
                all_sure[first] &= sure[second]
                all_sure[second] &= sure[first]
        return yes & ~superseded & (latest | all_yes), superseded | no & (latest | all_no)
    if state.of_last_line and state.alike_in_line:
        told = ~before & ~(beside & ~yes & no)
        all_yes, all_no = (entries.combine(np.bitwise_and, sure | ~told)[entries.rows] for sure in (yes, no))
        return yes & last & all_yes, before | no & (all_no | ~told)
    if state.of_last_line:
        return yes & last, no | before
    return yes, no
