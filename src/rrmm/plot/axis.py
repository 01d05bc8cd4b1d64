"""A horizontal axis: where a value lies between two edges, and which values are marked."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

MOST_TICKS = 7


@dataclass(frozen=True)
class Axis:
    """An axis from `left` to `right` in pixels, from its first tick to its last in values."""

    left: float
    right: float
    ticks: tuple[float, ...]
    logarithmic: bool = False

    def at(self, value: float) -> float:
        """Return the pixel of a value."""
        low, high, here = map(self._scale, (self.ticks[0], self.ticks[-1], value))
        return self.left + (self.right - self.left) * (here - low) / (high - low)

    def _scale(self, value: float) -> float:
        return math.log2(value) if self.logarithmic else value


def ratios(values: Iterable[float], left: float, right: float) -> Axis:
    """Return a logarithmic axis on which 1 is marked, and powers of 2 that hold all values.

    >>> ratios([0.31, 2.71], 0, 100).ticks
    (0.25, 0.5, 1.0, 2.0, 4.0)
    """
    logs = [math.log2(value) for value in values]
    low, high = min([-1, *map(math.floor, logs)]), max([1, *map(math.ceil, logs)])
    step = math.ceil((high - low) / (MOST_TICKS - 1))
    exponents = range(-step * math.ceil(-low / step), step * math.ceil(high / step) + 1, step)
    return Axis(left, right, tuple(2.0**exponent for exponent in exponents), logarithmic=True)


def amounts(values: Iterable[float], left: float, right: float) -> Axis:
    """Return an axis from 0, in steps of 1, 2 or 5 times a power of 10, that holds all values.

    >>> amounts([26.3, 4.0], 0, 100).ticks
    (0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0)
    """
    highest = max(values, default=1.0) or 1.0
    power = 10.0 ** math.floor(math.log10(highest / (MOST_TICKS - 1)))
    step = next(times * power for times in (1, 2, 5, 10) if times * power * (MOST_TICKS - 1) >= highest)
    return Axis(left, right, tuple(step * number for number in range(math.ceil(highest / step) + 1)))
