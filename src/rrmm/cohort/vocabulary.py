"""Words to codes, fast: a word that the graph knows is found by its hash, any other is read once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from rrmm.cohort.cells import OTHER
from rrmm.cohort.planes import Places
from rrmm.patient.values import COUNTRY_CODE
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Key

UNKNOWN = 0xFFFF
SLOTS = 18

Codes = npt.NDArray[np.uint16]


class Vocabulary(NamedTuple):
    """What a key can name: its values, and words to the places of these, from 1 on."""

    values: list[Any]
    words: Words


def vocabulary(rule_base: RuleBase, key: Key) -> Vocabulary:
    """Return what a choice, a list or a code can name; behind the values stands what no condition asks for."""
    if key.kind == "code":
        conditions = rule_base.sieve.by_property.get(key.property, [])
        values: list[Any] = sorted({value for one in conditions for value in one.values})
        return Vocabulary([*values, None], Words(values, lambda word: _coded(values, word)))
    names = rule_base.names(str(key.values_from))
    values = sorted(set(names.values()))
    places = {name: values.index(thing) + 1 for name, thing in names.items()}
    if key.kind == "choice":
        return Vocabulary(
            values, Words(map(rule_base.label, values), lambda word: places.get(word.casefold(), UNKNOWN))
        )
    other = len(values) + 1 if key.other else UNKNOWN

    def listed(word: str) -> int:
        return other if word.startswith(OTHER) else places.get(word.casefold(), UNKNOWN)

    return Vocabulary([*values, None], Words(map(rule_base.label, values), listed, absent=UNKNOWN))


def _coded(values: list[Any], word: str) -> int:
    if not COUNTRY_CODE.fullmatch(word):
        return UNKNOWN
    return values.index(word.upper()) + 1 if word.upper() in values else len(values) + 1


class Words:
    """The codes of words: `known` are those to be found fast, `code_of` gives the code of any.

    Two texts with one hash of 64 bits are taken for one.
    """

    def __init__(self, known: Iterable[str], code_of: Callable[[str], int], absent: int = 0) -> None:
        self.code_of, self.absent = code_of, absent
        words = pl.Series([None, *known], dtype=pl.String)
        hashes = words.hash().to_numpy()
        self._factor = _apart(hashes)
        slots = _slots(hashes, self._factor)
        self._hashes = np.zeros(1 << SLOTS, dtype=np.uint64)
        self._hashes[slots] = hashes
        self._codes = np.zeros(1 << SLOTS, dtype=np.uint16)
        self._codes[slots] = [absent if word is None else code_of(word) for word in words]

    def codes(self, words: pl.Series) -> Codes:
        """Return the code of each word; that of a word that is not there is the absent one."""
        if words.dtype != pl.String:
            return self._read(words)
        hashes = words.hash().to_numpy()
        slots = _slots(hashes, self._factor)
        found = self._codes.take(slots)
        others = np.flatnonzero(self._hashes.take(slots) != hashes)
        if len(others):
            found[others] = self._read(words.gather(others))
        return found

    def _read(self, words: pl.Series) -> Codes:
        """Return the codes of words, each asked for once."""
        if words.dtype not in (pl.Categorical, pl.Enum):
            words = words.cast(pl.String).cast(pl.Categorical(pl.Categories.random()))
        known = words.unique().drop_nulls()
        numbers = known.to_physical().cast(pl.UInt32).to_numpy()
        table: Codes = np.full(int(numbers.max(initial=0)) + 2, self.absent, dtype=np.uint16)
        table[numbers] = [self.code_of(word) for word in known.cast(pl.String)]
        codes: Codes = table[words.to_physical().cast(pl.UInt32).fill_null(len(table) - 1).to_numpy()]
        return codes


def _apart(hashes: npt.NDArray[np.uint64]) -> np.uint64:
    """Return an odd factor that leads no two hashes to one slot."""
    different = np.unique(hashes)
    for factor in range(1, 1 << SLOTS, 2):
        if len(np.unique(_slots(different, np.uint64(factor)))) == len(different):
            return np.uint64(factor)
    raise AssertionError(f"{len(different)} words crowd the slots")


def _slots(hashes: npt.NDArray[np.uint64], factor: np.uint64) -> Places:
    return ((hashes * factor) >> np.uint64(64 - SLOTS)).view(np.intp)
