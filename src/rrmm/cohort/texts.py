"""From sets of rows to one text a row: rows that are in the same sets share a text."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from rrmm.cohort.planes import Places, Plane, Rows, bytewise

JOINED = ";"
EIGHT = 8
DENSE = 1 << 22  # of numbers; beyond, sorting is faster


def texts(rows: Rows, named: Mapping[str, Plane]) -> tuple[Places, list[str]]:
    """Return for each row the place of its text, and the texts: the names of the sets that it is in, joined."""
    names = list(named)
    places, said = np.zeros(rows.count, dtype=np.intp), [""]
    for start in range(0, len(names), EIGHT):
        eight = tuple(names[start : start + EIGHT])
        places = (places << EIGHT) + bytewise(rows, map(named.__getitem__, eight))
        more = _spelled(eight)
        if not start:
            said = more
            continue
        places, used = _numbered(places, len(said) << EIGHT)
        said = [_joined(said[place >> EIGHT], more[place % (1 << EIGHT)]) for place in used.tolist()]
    return places, said


@lru_cache(maxsize=1 << 10)
def _spelled(names: tuple[str, ...]) -> list[str]:
    """Return for each set of up to eight names, as a byte, these joined.

    >>> _spelled(("a", "b"))
    ['', 'a', 'b', 'a;b']
    """
    spellings = [""]
    for name in names:
        spellings += [_joined(text, name) for text in spellings]
    return spellings


def _joined(text: str, other: str) -> str:
    return f"{text}{JOINED}{other}" if text and other else text or other


def _numbered(places: Places, limit: int) -> tuple[Places, Places]:
    """Return places below a limit numbered from 0 on, and those that are there."""
    if limit > DENSE:
        used, numbered = np.unique(places, return_inverse=True)
        return numbered, used
    there = np.zeros(limit, dtype=np.bool_)
    there[places] = True
    used = np.flatnonzero(there)
    numbers = np.empty(limit, dtype=np.intp)
    numbers[used] = np.arange(len(used))
    return numbers[places], used
