"""What is known of many subjects: for each condition the rows that meet it, and those that do not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from rrmm.cohort.cells import OTHER, UNREAD
from rrmm.cohort.planes import Plane, Rows, Truths
from rrmm.compiled import Compiled, Key
from rrmm.patient import CODE
from rrmm.states import Condition, beyond

UNKNOWN = 0xFFFF
BITS = 64

Codes = npt.NDArray[np.uint16]
Numbers = npt.NDArray[np.float64]


class Facts:
    """The facts of many subjects of one bearer.

    `met` and `unmet` give rows by condition; `unknown` by property those without a value, and `defaulted`
    those whose value is not stated; `numbers` the values that are numbers. `faulty` are the rows that no
    patient file could have.
    """

    def __init__(self, compiled: Compiled, rows: Rows) -> None:
        self.compiled, self.rows = compiled, rows
        self.met: dict[str, Plane] = {}
        self.unmet: dict[str, Plane] = {}
        self.unknown: dict[str, Plane] = {}
        self.defaulted: dict[str, Plane] = {}
        self.numbers: dict[str, Numbers] = {}
        self.faulty: Truths = np.zeros(rows.count, dtype=np.bool_)

    def read(self, keys: Mapping[str, Key], frame: pl.DataFrame) -> None:
        """Take the facts of keys from the columns of their names; a key without a column is unknown."""
        for name, key in keys.items():
            if name + UNREAD in frame.columns:
                self.faulty |= frame[name + UNREAD].is_not_null().to_numpy()
            column = frame[name] if name in frame.columns else pl.Series([None]).new_from_index(0, self.rows.count)
            if key.kind in {"number", "integer"}:
                self._numbers(key, column.cast(pl.Float64))
            elif key.kind == "list":
                self._lists(key, column.cast(pl.List(pl.String)) if column.dtype == pl.Null else column)
            elif key.kind == "boolean":
                said = np.where(column.is_null().to_numpy(), 0, np.where(column.fill_null(False).to_numpy(), 2, 1))
                self._chosen(key, said.astype(np.uint16), [key.when_false or False, key.when_true or True])
            elif key.kind in {"choice", "code"}:
                values, code_of = self._words(key)
                self._chosen(key, coded(column, code_of), values)

    def _conditions(self, key: Key) -> list[Condition]:
        return self.compiled.sieve.by_property.get(key.property, [])

    def _settle(self, key: Key, met: Mapping[str, Plane], unknown: Plane) -> None:
        """Keep which rows meet the conditions on a key; all others do not, unless their value is unknown."""
        self.unknown[key.property] = unknown
        for name, plane in met.items():
            self.met[name], self.unmet[name] = plane, self.rows.all ^ unknown ^ plane

    def _words(self, key: Key) -> tuple[list[Any], Callable[[str], int]]:
        """Return what a key can name, and the function from a word to its place there, from 1 on."""
        if key.kind == "code":
            values: list[Any] = sorted({value for one in self._conditions(key) for value in one.values})
            return [*values, None], lambda word: _place(values, word)
        names = self.compiled.names(str(key.values_from))
        values = sorted(set(names.values()))
        places = {name: values.index(thing) + 1 for name, thing in names.items()}
        return values, lambda word: places.get(word.casefold(), UNKNOWN)

    def _chosen(self, key: Key, codes: Codes, values: list[Any]) -> None:
        self.faulty |= codes == UNKNOWN
        gaps = (codes == 0) | (codes == UNKNOWN)
        held = [key.default, *values]
        codes = np.where(gaps, 0, codes)
        met = {
            one.key: self.rows.where(np.array([value in one.values for value in held])[codes])
            for one in self._conditions(key)
        }
        unknown = self.rows.where(gaps)
        if key.default is not None:
            self.defaulted[key.property], unknown = unknown, self.rows.none
        self._settle(key, met, unknown)

    def _numbers(self, key: Key, column: pl.Series) -> None:
        numbers, gaps = column.to_numpy(), column.is_null().to_numpy()
        low, high = key.minimum, key.maximum
        with np.errstate(invalid="ignore"):
            fine = np.isfinite(numbers)
            fine &= (numbers >= (-np.inf if low is None else low)) & (numbers <= (np.inf if high is None else high))
            if key.kind == "integer":
                fine &= numbers == np.floor(numbers)
            self.faulty |= ~(fine | gaps)
            if key.unknown_below is not None:
                gaps = gaps | (numbers < key.unknown_below)
            unknown = self.rows.where(gaps)
            if key.assumed is not None:
                numbers = np.where(gaps, key.assumed, numbers)
                self.defaulted[key.property], unknown = unknown, self.rows.none
                gaps = np.zeros_like(gaps)
            met = {one.key: self.rows.where(_meets(one, numbers) & ~gaps) for one in self._conditions(key)}
        self.numbers[key.property] = np.where(gaps, np.nan, numbers)
        self._settle(key, met, unknown)

    def _lists(self, key: Key, column: pl.Series) -> None:
        values, code_of = self._words(key)
        other = len(values) + 1 if key.other else UNKNOWN
        lengths = column.list.len().fill_null(0).cast(pl.Int64).to_numpy()
        entries = column.explode(empty_as_null=False, keep_nulls=False)
        codes = coded(entries, lambda word: other if word.startswith(OTHER) else code_of(word), absent=UNKNOWN)
        self.faulty[np.repeat(np.arange(len(lengths)), lengths)[codes == UNKNOWN]] = True
        codes[codes == UNKNOWN] = 0
        conditions = self._conditions(key)
        met: dict[str, Plane] = {}
        for start in range(0, len(conditions), BITS):
            some = conditions[start : start + BITS]
            bits = [sum(1 << place for place, one in enumerate(some) if value in one.values) for value in values]
            words = gathered(np.bitwise_or, np.array([0, *bits, 0], dtype=np.uint64)[codes], lengths)
            met |= {one.key: self.rows.where((words >> place) & 1 == 1) for place, one in enumerate(some)}
        unknown = self.rows.where(column.is_null().to_numpy())
        if key.default_none:
            self.defaulted[key.property], unknown = unknown, self.rows.none
        self._settle(key, met, unknown)


def coded(words: pl.Series, code_of: Callable[[str], int], absent: int = 0) -> Codes:
    """Return the code of each word; that of a word that is not there is `absent`. Each word is asked for once."""
    if words.dtype not in (pl.Categorical, pl.Enum):
        words = words.cast(pl.String).cast(pl.Categorical(pl.Categories.random()))
    places, known = words.to_physical().cast(pl.UInt32), words.unique().drop_nulls()
    numbers = known.to_physical().cast(pl.UInt32).to_numpy()
    table = np.full(int(numbers.max(initial=0)) + 2, absent, dtype=np.uint16)
    table[numbers] = [code_of(word) for word in known.cast(pl.String)]
    return table[places.fill_null(len(table) - 1).to_numpy()]


def gathered(combine: np.ufunc, entries: npt.NDArray[Any], lengths: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return for each row its entries combined; zero where it has none. Entries stand in the order of rows."""
    found = np.zeros(len(lengths), dtype=entries.dtype)
    some = lengths > 0
    if some.any():
        found[some] = combine.reduceat(entries, (np.cumsum(lengths) - lengths)[some])
    return found


def _place(values: list[Any], word: str) -> int:
    if not CODE.fullmatch(word):
        return UNKNOWN
    return values.index(word.upper()) + 1 if word.upper() in values else len(values) + 1


def _meets(condition: Condition, numbers: npt.NDArray[np.float64]) -> Truths:
    if condition.operator is None:
        return np.isin(numbers, [float(value) for value in condition.values])
    return np.asarray(beyond(condition.operator, numbers, condition.threshold))
