"""One text for each row from sets of rows: rows in the same sets share a text."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from rrmm.cohort.planes import EIGHT, Places, Plane, Rows, bytewise

JOINED = ";"
DENSE = 1 << 22  # of numbers; beyond, sorting is faster


def texts(rows: Rows, named: Mapping[str, Plane]) -> tuple[Places, list[str]]:
    """Return for each row the number of its text, and the texts: the joined names of the sets that contain the row."""
    names = list(named)
    places, spellings = np.zeros(rows.count, dtype=np.intp), [""]
    for start in range(0, len(names), EIGHT):
        eight = tuple(names[start : start + EIGHT])
        places = (places << EIGHT) + bytewise(rows, [*map(named.__getitem__, eight)])
        more = _spell(eight)
        if not start:
            spellings = more
            continue
        places, used = _renumber(places, len(spellings) << EIGHT)
        spellings = [_join(spellings[place >> EIGHT], more[place % (1 << EIGHT)]) for place in used.tolist()]
    return places, spellings


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
