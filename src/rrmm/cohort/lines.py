"""Lines of therapy of many patients: which prior drugs belong to the last one, and which stand twice in one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rrmm.cohort.facts import gathered
from rrmm.cohort.planes import Places, Truths

Numbers = npt.NDArray[np.float64]


class Entries(NamedTuple):
    """Prior drugs in the order of their patients: the row of each, its drug, and its line (NaN: not known)."""

    rows: Places
    drugs: npt.NDArray[np.uint16]
    line: Numbers
    lengths: npt.NDArray[np.int64]

    def again(self) -> Iterator[tuple[Places, Places]]:
        """Yield places of two entries of one drug of one patient, the nearest first."""
        place = np.arange(len(self.rows))
        for apart in range(1, int(self.lengths.max(initial=0))):
            same = self.rows[apart:] == self.rows[:-apart]
            same &= self.drugs[apart:] == self.drugs[:-apart]
            earlier = place[:-apart][same]
            yield earlier, earlier + apart


class LastLine(NamedTuple):
    """Which entries belong to the last line of their patient, and of which that is known."""

    belongs: Truths
    known: Truths


def twice(entries: Entries) -> Places:
    """Return the rows of patients in whom one drug stands twice in one line."""
    line = np.nan_to_num(entries.line, nan=-1.0)
    found = [entries.rows[later[line[earlier] == line[later]]] for earlier, later in entries.again()]
    return np.concatenate([np.zeros(0, dtype=np.int64), *found])


def last_line(entries: Entries, prior_lines: Numbers) -> LastLine:
    """Return what belongs to the last line, by the number of prior lines or else by the lines of all drugs.

    A drug of several entries stands in the line of its last entry; a single drug is in the last line.
    """
    final = np.arange(len(entries.rows))
    for earlier, later in entries.again():
        final[earlier] = later
    line = entries.line[final]
    one = final == np.arange(len(final))
    unknown = np.isnan(entries.line)
    drugs = gathered(np.add, one.astype(np.int64), entries.lengths)
    unplaced = gathered(np.add, (one & unknown).astype(np.int64), entries.lengths)
    highest = gathered(np.maximum, np.where(one & ~unknown, entries.line, -np.inf), entries.lengths)
    last = np.where(np.isnan(prior_lines), np.where(unplaced == 0, highest, np.nan), prior_lines)[entries.rows]
    single = drugs[entries.rows] == 1
    return LastLine(single | (line == last), single | ~(np.isnan(line) | np.isnan(last)))
