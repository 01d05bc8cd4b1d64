"""What is known of many subjects: for each condition the rows that meet it, and those that do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from rrmm.cohort.cells import UNREAD
from rrmm.cohort.planes import EIGHT, Places, Plane, Rows, Truths
from rrmm.cohort.vocabulary import UNKNOWN, Codes, Vocabulary, Words
from rrmm.logic.conditions import Condition, beyond
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Key

LARGEST = float(np.finfo(np.float64).max)

Numbers = npt.NDArray[np.float64]
Scalar = TypeVar("Scalar", bound=np.generic)


class Facts:
    """The facts of many subjects of one bearer.

    `met` and `unmet` give rows by condition; `unknown` by property those without a value, and `defaulted`
    those whose value is the default; `numbers` the values that are numbers. `faulty` marks invalid rows.
    """

    def __init__(self, rule_base: RuleBase, rows: Rows) -> None:
        self.rule_base, self.rows = rule_base, rows
        self.met: dict[str, Plane] = {}
        self.unmet: dict[str, Plane] = {}
        self.unknown: dict[str, Plane] = {}
        self.defaulted: dict[str, Plane] = {}
        self.numbers: dict[str, Numbers] = {}
        self.words: dict[str, Words] = {}
        self.faulty: Truths = np.zeros(rows.count, dtype=np.bool_)

    def read(self, keys: Mapping[str, Key], frame: pl.DataFrame, known: Mapping[str, Vocabulary]) -> None:
        """Read the facts of keys from the columns of their names; a key without a column is unknown.

        `known` gives the vocabulary of each key by its path.
        """
        for name, key in keys.items():
            if name + UNREAD in frame.columns:
                self.faulty |= frame[name + UNREAD].is_not_null().to_numpy()
            column = frame[name] if name in frame.columns else pl.Series([None]).new_from_index(0, self.rows.count)
            if key.kind in {"number", "integer"}:
                self._read_numbers(key, column.cast(pl.Float64))
            elif key.kind == "list":
                if key.ruled_out:
                    self._settle(key._replace(property=key.ruled_out), self._none(key.ruled_out), self.rows.none)
                lists = column.cast(pl.List(pl.String)) if column.dtype == pl.Null else column
                self._read_lists(key, lists, known[key.path])
            elif key.kind == "boolean":
                codes = (column.cast(pl.UInt16) + 1).fill_null(0).to_numpy()
                self._read_choices(key, codes, [key.when_false or False, key.when_true or True])
            elif key.kind in {"choice", "code"}:
                self.words[key.path] = Words.of(column)
                self._read_choices(key, known[key.path].codes(self.words[key.path]), known[key.path].values)

    def take(self, places: Places) -> Facts:
        """Return the facts of some of the subjects, none of which is invalid."""
        some = Facts(self.rule_base, Rows(len(places)))
        for name in ("met", "unmet", "unknown", "defaulted"):
            planes: dict[str, Plane] = getattr(self, name)
            getattr(some, name).update(
                (key, some.rows.where(self.rows.truths(plane)[places])) for key, plane in planes.items()
            )
        some.numbers = {key: numbers[places] for key, numbers in self.numbers.items()}
        return some

    def _conditions(self, key: Key) -> list[Condition]:
        return self.rule_base.sieve.by_property.get(key.property, [])

    def _none(self, name: str) -> dict[str, Plane]:
        """Return that no row meets a condition on a property: a table cannot say what is absent."""
        return dict.fromkeys((one.key for one in self.rule_base.sieve.by_property.get(name, ())), self.rows.none)

    def _settle(self, key: Key, met: Mapping[str, Plane], unknown: Plane) -> None:
        """Keep which rows meet the conditions on a key; all others do not, unless their value is unknown."""
        self.unknown[key.property] = unknown
        for name, plane in met.items():
            self.met[name], self.unmet[name] = plane, self.rows.all ^ unknown ^ plane

    def _read_choices(self, key: Key, codes: Codes, values: Sequence[object]) -> None:
        self.faulty |= codes == UNKNOWN
        gaps = (codes == 0) | (codes == UNKNOWN)
        held = [key.default, *values]
        codes = (codes * ~gaps).astype(np.intp)
        tables = {one.key: np.array([value in one.values for value in held]) for one in self._conditions(key)}
        met = {name: self.rows.where(table.take(codes)) for name, table in tables.items()}
        unknown = self.rows.where(gaps)
        if key.default is not None:
            self.defaulted[key.property], unknown = unknown, self.rows.none
        self._settle(key, met, unknown)

    def _read_numbers(self, key: Key, column: pl.Series) -> None:
        numbers, missing = fill_gaps(column), column.is_null().to_numpy()
        low = -LARGEST if key.minimum is None else key.minimum
        high = LARGEST if key.maximum is None else key.maximum
        fine = (numbers >= low) & (numbers <= high)
        if key.kind == "integer":
            fine &= numbers == np.rint(numbers)
        if (wrong := ~(fine | missing)).any():
            self.faulty |= wrong
            numbers = np.where(wrong, np.nan, numbers)
        unknown = self.rows.where(missing)
        if key.unknown_below is not None:
            unknown = unknown | self.rows.where(numbers < key.unknown_below)
        if key.assumed is not None:
            numbers = np.where(self.rows.truths(unknown), key.assumed, numbers)
            self.defaulted[key.property], unknown = unknown, self.rows.none
        self.numbers[key.property] = numbers
        known = self.rows.but(unknown)
        met = {one.key: known & self.rows.where(_meets(one, numbers)) for one in self._conditions(key)}
        self._settle(key, met, unknown)

    def _read_lists(self, key: Key, column: pl.Series, known: Vocabulary) -> None:
        lengths = column.list.len().fill_null(0).cast(pl.Int64).to_numpy()
        entries = column.explode(empty_as_null=False, keep_nulls=False)
        codes = known.codes(Words.of(entries))
        self.faulty[np.repeat(np.arange(len(lengths)), lengths)[codes == UNKNOWN]] = True
        codes[codes == UNKNOWN] = 0
        conditions = self._conditions(key)
        met: dict[str, Plane] = {}
        for start in range(0, len(conditions), EIGHT):
            some = conditions[start : start + EIGHT]
            bits = [sum(1 << place for place, one in enumerate(some) if value in one.values) for value in known.values]
            words = combine_by_row(np.bitwise_or, np.array([0, *bits], dtype=np.uint8)[codes], lengths)
            met |= {one.key: self.rows.where(words & np.uint8(1 << place) != 0) for place, one in enumerate(some)}
        unknown = self.rows.where(column.is_null().to_numpy())
        if key.default_none:
            self.defaulted[key.property], unknown = unknown, self.rows.none
        self._settle(key, met, unknown)
        self._unsay(key, codes, lengths, known)

    def _unsay(self, key: Key, codes: Codes, lengths: npt.NDArray[np.int64], known: Vocabulary) -> None:
        """Leave open which member of a class a list has, where a word says one of them without saying which."""
        for word, members in self.rule_base.one_of.items():
            if word in known.values:
                within = (np.array([False, *(value in of for value in known.values)]) for of in ({word}, members))
                said, named = (combine_by_row(np.bitwise_or, inside[codes], lengths) for inside in within)
                open_ = self.rows.where(said & ~named)
                self.unknown[key.property] = self.unknown[key.property] | open_
                for condition in self._conditions(key):
                    if condition.values & members:
                        self.unmet[condition.key] = self.unmet[condition.key] & ~open_

    def forget(self, name: str, here: Plane) -> None:
        """Make a property unknown in some rows."""
        self.unknown[name] = self.unknown.get(name, self.rows.none) | here
        self.defaulted[name] = self.defaulted[name] & ~here
        for condition in self.rule_base.sieve.by_property.get(name, ()):
            self.met[condition.key] = self.met[condition.key] & ~here
            self.unmet[condition.key] = self.unmet[condition.key] & ~here


def fill_gaps(column: pl.Series) -> Numbers:
    """Return the numbers of a column, NaN where they are missing."""
    return column.fill_null(np.nan).to_numpy()


def combine_by_row(
    combine: np.ufunc, entries: npt.NDArray[Scalar], lengths: npt.NDArray[np.int64]
) -> npt.NDArray[Scalar]:
    """Return the entries of each row combined, zero for a row without entries. Entries are in the order of rows."""
    combined = np.zeros(len(lengths), dtype=entries.dtype)
    some = lengths > 0
    if some.any():
        combined[some] = combine.reduceat(entries, (np.cumsum(lengths) - lengths)[some])
    return combined


def _meets(condition: Condition, numbers: npt.NDArray[np.float64]) -> Truths:
    if condition.operator is None:
        return np.isin(numbers, [float(value) for value in condition.values])
    return np.asarray(beyond(condition.operator, numbers, condition.threshold))  # type: ignore[arg-type] # for all at once
