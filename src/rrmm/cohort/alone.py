"""Rows that say what columns of values cannot: that a list is not complete, or a thing absent; one drug of a class.

Each such row is read as a patient file. Its inputs of the program take the place of those of its columns, so that all
rows are answered in one run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from rrmm.cohort.planes import Plane, Rows, Truths
from rrmm.derivation.explain import true_inputs
from rrmm.errors import PatientError
from rrmm.logic.circuit import Name
from rrmm.patient.history import History
from rrmm.patient.warnings import warn


class Alone:
    """The rows among those `unread` that can be read as patient files; the others are `faulty`.

    `plane` holds these rows; `inputs` and `warned` say for which an input is true and a warning given.
    """

    def __init__(self, rows: Rows, unread: Truths, read: Callable[[int], History]) -> None:
        self.rows, self.faulty = rows, unread
        self._histories: dict[int, History] = {}
        for row in np.flatnonzero(unread).tolist():
            try:
                self._histories[row] = read(row)
            except PatientError:
                continue
            self.faulty[row] = False
        inputs, warned = dict[Name, list[int]](), dict[str, list[int]]()
        for row, history in self._histories.items():
            for name in true_inputs(history):
                inputs.setdefault(name, []).append(row)
            for one in warn(history):
                warned.setdefault(one.name, []).append(row)
        self.plane = self._at([*self._histories])
        self.inputs = {name: self._at(several) for name, several in inputs.items()}
        self.warned = {name: self._at(several) for name, several in warned.items()}
        self._needs: dict[tuple[int, str], list[str]] = {}

    def _at(self, several: list[int]) -> Plane:
        return self.rows.at(np.array(several, dtype=np.intp)) if several else self.rows.none

    def among(self, plane: Plane, alone: Plane | None) -> Plane:
        """Return the rows of columns, with those that are read alone in their place."""
        if not self._histories:
            return plane
        others = plane & ~self.plane
        return others if alone is None else others | alone

    def replace(self, planes: Mapping[str, Plane], alone: Mapping[str, Plane]) -> dict[str, Plane]:
        """Return named sets of rows of columns, with those that are read alone in their place."""
        names = dict.fromkeys([*planes, *alone])
        return {name: self.among(planes.get(name, self.rows.none), alone.get(name)) for name in names}

    def entries_of(self, need: str, here: Plane) -> dict[str, Plane]:
        """Return a need of some rows by the entries that lack the key."""
        named: dict[str, list[int]] = {}
        if self._histories:
            for row in np.flatnonzero(self.rows.truths(here & self.plane)).tolist():
                if (row, need) not in self._needs:
                    self._needs[row, need] = self._histories[row].entries_of(need)
                for name in self._needs[row, need]:
                    named.setdefault(name, []).append(row)
        return {name: self._at(several) for name, several in named.items()}
