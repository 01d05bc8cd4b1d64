"""Sets of rows as bits, eight rows a byte: a step of logic over a million rows takes microseconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.uint8]
Truths = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]

EIGHT = 8


class Rows:
    """A number of rows, and sets of these rows."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.all = self.where(np.ones(count, dtype=np.bool_))
        self.none = np.zeros_like(self.all)

    def where(self, met: Truths) -> Plane:
        """Return the rows for which something is true."""
        return np.packbits(met, bitorder="little")

    def at(self, places: Places) -> Plane:
        """Return the rows of these numbers, which may repeat."""
        met = np.zeros(self.count, dtype=np.bool_)
        met[places] = True
        return self.where(met)

    def truths(self, plane: Plane) -> Truths:
        """Return for each row whether it is in a set."""
        return np.unpackbits(plane, count=self.count, bitorder="little").view(np.bool_)

    def but(self, plane: Plane) -> Plane:
        """Return the rows that are not in a set."""
        return self.all ^ plane

    def any(self, planes: Iterable[Plane]) -> Plane:
        """Return the rows that are in at least one of several sets."""
        union = self.none
        for plane in planes:
            if plane is not self.none:
                union = plane if union is self.none else union | plane
        return union

    def every(self, planes: Iterable[Plane]) -> Plane:
        """Return the rows that are in each of several sets."""
        intersection = self.all
        for plane in planes:
            intersection = plane if intersection is self.all else intersection & plane
        return intersection


def size(plane: Plane) -> int:
    """Return how many rows are in a set."""
    return int(np.bitwise_count(plane).sum())


def bytewise(rows: Rows, planes: Sequence[Plane]) -> Plane:
    """Return a byte for each row, whose bits say which of up to eight sets contain the row."""
    bits = np.zeros(rows.count, dtype=np.uint8)
    for plane in reversed(planes):
        bits += bits
        bits |= rows.truths(plane).view(np.uint8)
    return bits
