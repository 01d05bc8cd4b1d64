"""From sets of rows to one text a row: rows that are in the same sets share a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import compress

import numpy as np
import numpy.typing as npt

from rrmm.cohort.planes import Plane, Rows

JOINED = ";"
DENSE = 1 << 22 # of places; beyond, sorting is faster

Places = npt.NDArray[np.int32]


def texts(rows: Rows, named: Mapping[str, Plane]) -> tuple[Places, list[str]]:
    """Return for each row the place of its text, and the texts: the names of the sets that it is in, joined."""
    names = list(named)
    octets = [bytewise(rows, [named[name] for name in names[start : start + 8]]) for start in range(0, len(names), 8)]
    places, limit = np.zeros(rows.count, dtype=np.int32), 1
    for octet in octets:
        if limit > 1 << 8:
            places, chosen = _numbered(places, limit)
            limit = len(chosen)
        places, limit = (places << 8) + octet, limit << 8
    places, chosen = _numbered(places, limit)
    if not octets:
        return places, [""] * len(chosen)
    bits = np.unpackbits(np.stack([octet[chosen] for octet in octets], axis=1), axis=1, bitorder="little")
    return places, [JOINED.join(compress(names, row)) for row in bits.tolist()]


def bytewise(rows: Rows, planes: Sequence[Plane]) -> npt.NDArray[np.uint8]:
    """Return for each row a byte, with the bit of each of up to eight sets that it is in.

    Eight bytes, one a set, are a square of bits; it is turned over its diagonal (Warren, Hacker's Delight, 7-3).
    """
    square = np.zeros((len(rows.all), 8), dtype=np.uint8)
    for bit, plane in enumerate(planes):
        square[:, bit] = plane
    bits = square.reshape(-1).view("<u8")
    for shift, mask in ((7, 0x00AA00AA00AA00AA), (14, 0x0000CCCC0000CCCC), (28, 0x00000000F0F0F0F0)):
        swapped = (bits ^ (bits >> shift)) & mask
        bits ^= swapped ^ (swapped << shift)
    return bits.view(np.uint8)[: rows.count]


def _numbered(keys: Places, limit: int) -> tuple[Places, Places]:
    """Return keys below a limit numbered from 0 on, and for each number a row that has it."""
    if limit > DENSE:
        _, first, numbers = np.unique(keys, return_index=True, return_inverse=True)
        return numbers.astype(np.int32), first.astype(np.int32)
    place = np.full(limit, -1, dtype=np.int32)
    place[keys] = np.arange(len(keys), dtype=np.int32)
    used = np.flatnonzero(place >= 0)
    first = place[used]
    place[used] = np.arange(len(used), dtype=np.int32)
    return place[keys], first
