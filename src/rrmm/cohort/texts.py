"""One text for each row from sets of rows: rows in the same sets share a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from rrmm.cohort.planes import EIGHT, Places, Plane, Rows, bytewise

JOINED = ";"
DENSE = 1 << 22  # of numbers; beyond, sorting is faster


def texts(rows: Rows, named: Mapping[str, Plane]) -> tuple[Places, list[str]]:
    """Return for each row the number of its text, and the texts: the joined names of the sets that contain the row."""
    return _texts(rows, [(name, plane) for name, plane in named.items() if plane.any()])


def _texts(rows: Rows, named: Sequence[tuple[str, Plane]]) -> tuple[Places, list[str]]:
    """Return the same of sets that contain a row: the texts of one half of them, joined with those of the other."""
    if len(named) <= EIGHT:
        return bytewise(rows, [plane for _, plane in named]).astype(np.intp), _spell(tuple(name for name, _ in named))
    half = len(named) // 2
    heads, first = _texts(rows, named[:half])
    tails, second = _texts(rows, named[half:])
    numbers, used = _renumber(heads * len(second) + tails, len(first) * len(second))
    pairs = zip(*(places.tolist() for places in np.divmod(used, len(second))), strict=True)
    return numbers, [_join(first[head], second[tail]) for head, tail in pairs]


@lru_cache(maxsize=1 << 10)
def _spell(names: tuple[str, ...]) -> list[str]:
    """Return the joined names of each subset of up to eight names, by the byte whose bits select them.

    >>> _spell(("a", "b"))
    ['', 'a', 'b', 'a;b']
    """
    spellings = [""]
    for name in names:
        spellings += [_join(text, name) for text in spellings]
    return spellings


def _join(text: str, other: str) -> str:
    return f"{text}{JOINED}{other}" if text and other else text or other


def _renumber(places: Places, limit: int) -> tuple[Places, Places]:
    """Return places below a limit renumbered from 0, and the places that occur."""
    if limit > DENSE:
        used, numbered = np.unique(places, return_inverse=True)
        return numbered, used
    there = np.zeros(limit, dtype=np.bool_)
    there[places] = True
    used = np.flatnonzero(there)
    numbers = np.empty(limit, dtype=np.intp)
    numbers[used] = np.arange(len(used))
    return numbers[places], used
