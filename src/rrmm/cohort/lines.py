"""Lines of therapy of many patients: how prior drugs stand among them, and which stand twice in one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rrmm.cohort.facts import combine_by_row
from rrmm.cohort.planes import Places, Truths
from rrmm.logic.conditions import State

Numbers = npt.NDArray[np.float64]


class Entries(NamedTuple):
    """Prior drugs in the order of their patients: the row of each, its drug, and its line (NaN: unknown).

    `lengths` gives the number of each patient, `by_drug` the places of all entries sorted by drug.
    """

    rows: Places
    drugs: npt.NDArray[np.uint16]
    line: Numbers
    lengths: npt.NDArray[np.int64]
    by_drug: Places

    def again(self) -> list[tuple[Places, Places]]:
        """Return the places of two entries of one drug of one patient, the nearest first."""
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


class Standing(NamedTuple):
    """How the entries stand among the lines, as `patient.lines.Place` says of one.

    `last` and `before` tell which are known to be of the last line, and known not to be; `latest` and `superseded` the
    same of the latest use of a drug. `untold` are the rows whose last line may be one of which no drug is given.
    """

    last: Truths
    before: Truths
    latest: Truths
    superseded: Truths
    beside: Truths
    untold: Truths


def twice(entries: Entries, again: list[tuple[Places, Places]]) -> Places:
    """Return the rows of patients in whom one drug stands twice in one line."""
    line = np.nan_to_num(entries.line, nan=-1.0)
    rows = [entries.rows[first[line[first] == line[second]]] for first, second in again]
    return np.concatenate([np.zeros(0, dtype=np.intp), *rows])


def stand(entries: Entries, again: list[tuple[Places, Places]], count: Numbers, backbone: Truths) -> Standing:
    """Return how the entries stand among the lines; `count` is the number of prior lines of each row (NaN: unknown)."""
    line, rows, lengths = entries.line, entries.rows, entries.lengths
    unknown = np.isnan(line)
    unplaced = combine_by_row(np.add, unknown.astype(np.int32), lengths)
    highest = combine_by_row(np.maximum, np.where(unknown, -np.inf, line), lengths)
    final = np.where(np.isnan(count), np.where(unplaced == 0, highest, np.nan), count)[rows]
    single = ((lengths == 1) & np.isnan(count))[rows]
    last = single | (line == final)
    before = ~single & ((line < final) | (line < highest[rows]))
    superseded, unsure = np.zeros(len(rows), dtype=np.bool_), np.zeros(len(rows), dtype=np.bool_)
    for first, second in again:
        superseded[first] |= line[first] < line[second]
        superseded[second] |= line[second] < line[first]
        either = unknown[first] | unknown[second]
        unsure[first] |= either
        unsure[second] |= either
    beside, covered = np.zeros(len(rows), dtype=np.bool_), unplaced.astype(np.int64)
    partner = combine_by_row(np.bitwise_or, ~backbone, lengths)[rows]
    vague = combine_by_row(np.bitwise_or, ~backbone & unknown, lengths)[rows]
    beside |= backbone & (vague | unknown & partner)
    for number in np.unique(line[~unknown]):
        here = line == number
        covered += combine_by_row(np.bitwise_or, here, lengths)
        beside |= backbone & here & combine_by_row(np.bitwise_or, here & ~backbone, lengths)[rows]
    untold = ~combine_by_row(np.bitwise_or, last, lengths) & (covered < count)
    return Standing(last, before, ~superseded & ~unsure, superseded, beside, untold)


def lift(
    state: State, entries: Entries, again: list[tuple[Places, Places]], at: Standing, yes: Truths, no: Truths
) -> tuple[Truths, Truths]:
    """Return which entries certainly give their drug to what a state yields, and which certainly do not.

    It says of many what `patient.lines.lift` says of one.
    """
    no = no | at.beside & ~yes
    if state.of_latest_use:
        all_yes, all_no = yes | at.superseded, no | at.superseded
        for sure, all_sure in ((yes | at.superseded, all_yes), (no | at.superseded, all_no)):
            for first, second in again:
                all_sure[first] &= sure[second]
                all_sure[second] &= sure[first]
        return yes & ~at.superseded & (at.latest | all_yes), at.superseded | no & (at.latest | all_no)
    if state.of_last_line and state.alike_in_line:
        told = ~at.before & ~(at.beside & ~yes & no)
        all_yes, all_no = (
            combine_by_row(np.bitwise_and, sure | ~told, entries.lengths)[entries.rows] for sure in (yes, no)
        )
        return yes & at.last & all_yes, at.before | no & (all_no | ~told)
    if state.of_last_line:
        return yes & at.last, no | at.before
    return yes, no
