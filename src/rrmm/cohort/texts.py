"""From sets of rows to one text a row: rows that are in the same sets share a text."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import compress

import numpy as np
import numpy.typing as npt

from rrmm.cohort.planes import Plane, Rows, bytewise

Numbers = npt.NDArray[np.int32]

JOINED = ";"
DENSE = 1 << 22  # of numbers; beyond, sorting is faster


def texts(rows: Rows, named: Mapping[str, Plane]) -> tuple[Numbers, list[str]]:
    """Return for each row the place of its text, and the texts: the names of the sets that it is in, joined."""
    names = list(named)
    octets = [bytewise(rows, map(named.__getitem__, names[start : start + 8])) for start in range(0, len(names), 8)]
    keys, limit = np.zeros(rows.count, dtype=np.int32), 1
    for octet in octets:
        if limit > 1 << 8:
            keys, chosen = _numbered(keys, limit)
            limit = len(chosen)
        keys, limit = (keys << 8) + octet, limit << 8
    keys, chosen = _numbered(keys, limit)
    if not octets:
        return keys, [""] * len(chosen)
    bits = np.unpackbits(np.stack([octet[chosen] for octet in octets], axis=1), axis=1, bitorder="little")
    return keys, [JOINED.join(compress(names, row)) for row in bits.tolist()]


def _numbered(keys: Numbers, limit: int) -> tuple[Numbers, Numbers]:
    """Return keys below a limit numbered from 0 on, and for each number a row that has it."""
    if limit > DENSE:
        _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
        return inverse.astype(np.int32), first.astype(np.int32)
    rows = np.full(limit, -1, dtype=np.int32)
    rows[keys] = np.arange(len(keys), dtype=np.int32)
    used = np.flatnonzero(rows >= 0)
    numbers = np.empty(limit, dtype=np.int32)
    numbers[used] = np.arange(len(used), dtype=np.int32)
    return numbers[keys], rows[used]
