"""What printed numbers imply: the events behind an interval, the P value of a ratio, the exact interval of a count.

These are derived statements on results, so that a check is a query and a reader sees what a doubt rests on.
Nothing printed is changed, and nothing here knows medicine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import comb, exp, log
from statistics import NormalDist
from typing import Any, NamedTuple

NORMAL = NormalDist()
HALVINGS = 40
PERCENT = 100


class Estimate(NamedTuple):
    """A number that follows from a result."""

    result: str
    property: str
    value: str


def standard_error(lower: float, upper: float, level: float) -> float:
    """Return the standard error of the logarithm of a ratio, from the interval of a level in percent.

    >>> round(standard_error(0.59, 0.92, 95), 3)
    0.113
    """
    return log(upper / lower) / (2 * NORMAL.inv_cdf(0.5 + level / (2 * PERCENT)))


def implied_events(error: float) -> int:
    """Return the events in two equal arms whose log hazard ratio has this standard error.

    >>> implied_events(0.113)
    313
    """
    return round(4 / error**2)


def implied_p(ratio: float, error: float) -> float:
    """Return the two-sided P value of a ratio by a normal test.

    >>> round(implied_p(0.74, 0.1133), 4)
    0.0079
    """
    return 2 * NORMAL.cdf(-abs(log(ratio)) / error)


def exact_interval(count: int, total: int, level: float) -> tuple[float, float]:
    """Return the Clopper-Pearson interval of a count, in percent.

    >>> [round(end, 1) for end in exact_interval(64, 87, 95)]
    [63.0, 82.4]
    """
    tail = (1 - level / PERCENT) / 2
    ways = [log(comb(total, k)) for k in range(count + 1)]
    lower = _solve(lambda p: _at_most(ways[:-1], total, p), 1 - tail)
    upper = 1.0 if count == total else _solve(lambda p: _at_most(ways, total, p), tail)
    return PERCENT * lower, PERCENT * upper


def estimate(rows: Iterable[dict[str, Any]]) -> Iterator[Estimate]:
    """Yield what follows from rows of ``queries/estimates``: ratios with an interval, rates of counted patients."""
    for row in rows:
        result = str(row["result"])
        if "ratio" in row:
            error = standard_error(float(row["lower"]), float(row["upper"]), float(row["level"]))
            yield Estimate(result, "impliedEvents", f"{implied_events(error)}.0")
            yield Estimate(result, "impliedP", f"{implied_p(float(row['ratio']), error):.7f}")
        else:
            total = int(float(row["total"]))
            count = round(float(row["rate"]) * total / PERCENT)
            for name, end in zip(
                ("exactLower", "exactUpper"), exact_interval(count, total, float(row["level"])), strict=True
            ):
                yield Estimate(result, name, f"{end:.1f}")


def _at_most(ways: Iterable[float], total: int, p: float) -> float:
    """Return the binomial probability of the counts from 0 for which the logarithms of the ways are given."""
    met, unmet = log(p), log(1 - p)
    return sum(exp(way + k * met + (total - k) * unmet) for k, way in enumerate(ways))


def _solve(falling: Callable[[float], float], target: float) -> float:
    """Return where a function that falls from 1 to 0 on [0, 1] takes a value."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > target else (low, middle)
    return (low + high) / 2
