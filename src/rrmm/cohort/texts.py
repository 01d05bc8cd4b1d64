"""From sets of rows to one text a row: rows that are in the same sets share a text."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import compress

import numpy as np
import numpy.typing as npt

from rrmm.cohort.planes import Plane, Rows

JOINED = ";"
DENSE = 1 << 22

Numbers = npt.NDArray[np.int64]


def texts(rows: Rows, named: Mapping[str, Plane]) -> tuple[Numbers, list[str]]:
    """Return for each row the place of its text, and the texts: the names of the sets that it is in, joined."""
    names = list(named)
    places, chosen, octets = np.zeros(rows.count, dtype=np.int64), np.zeros(min(rows.count, 1), dtype=np.int64), []
    for start in range(0, len(names), 8):
        octet = np.zeros(rows.count, dtype=np.uint8)
        for bit, name in enumerate(names[start : start + 8]):
            octet |= rows.truths(named[name]).view(np.uint8) << bit
        octets.append(octet)
        places, chosen = _numbered(places * 256 + octet, len(chosen) * 256)
    if not octets:
        return places, [""] * len(chosen)
    bits = np.unpackbits(np.stack([octet[chosen] for octet in octets], axis=1), axis=1, bitorder="little")
    return places, [JOINED.join(compress(names, row)) for row in bits.tolist()]


def _numbered(keys: Numbers, limit: int) -> tuple[Numbers, Numbers]:
    """Return keys numbered from 0 on, and for each number a row that has it."""
    if limit > DENSE:
        _, first, numbers = np.unique(keys, return_index=True, return_inverse=True)
        return numbers, first
    place = np.full(limit, -1)
    place[keys] = np.arange(len(keys))
    (used,) = np.nonzero(place >= 0)
    first = place[used]
    place[used] = np.arange(len(used))
    return place[keys], first
