"""Lines of therapy of many patients: which prior drugs belong to the last one, and which stand twice in one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rrmm.cohort.facts import combine_by_row
from rrmm.cohort.planes import Places, Truths

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


class LastLine(NamedTuple):
    """Which entries belong to the last line of their patient, and for which entries this is known."""

    belongs: Truths
    known: Truths


def twice(entries: Entries, again: list[tuple[Places, Places]]) -> Places:
    """Return the rows of patients in whom one drug stands twice in one line."""
    line = np.nan_to_num(entries.line, nan=-1.0)
    rows = [entries.rows[first[line[first] == line[second]]] for first, second in again]
    return np.concatenate([np.zeros(0, dtype=np.intp), *rows])


def last_line(entries: Entries, again: list[tuple[Places, Places]], prior_lines: Numbers) -> LastLine:
    """Return what belongs to the last line, by the number of prior lines or else by the lines of all drugs.

    A drug of several entries stands in the line of its last entry; a single drug is in the last line.
    """
    final = np.arange(len(entries.rows))
    for first, second in again:
        final[first] = second
    line = entries.line[final]
    counted = final == np.arange(len(final))
    unknown = np.isnan(entries.line)
    drugs = combine_by_row(np.add, counted.astype(np.int32), entries.lengths)
    unplaced = combine_by_row(np.add, (counted & unknown).astype(np.int32), entries.lengths)
    highest = combine_by_row(np.maximum, np.where(counted & ~unknown, entries.line, -np.inf), entries.lengths)
    last = np.where(np.isnan(prior_lines), np.where(unplaced == 0, highest, np.nan), prior_lines)[entries.rows]
    single = (drugs == 1)[entries.rows]
    return LastLine(single | (line == last), single | ~(np.isnan(line) | np.isnan(last)))
