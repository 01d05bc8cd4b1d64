"""From words to codes: labels of the graph by Polars categories, each other distinct word resolved once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from rrmm.cohort.words import OTHER
from rrmm.errors import LONGEST_NAME
from rrmm.patient import regions
from rrmm.patient.naming import lexicon, place_of
from rrmm.patient.values import folded
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Key

UNKNOWN = 0xFFFF

Codes = npt.NDArray[np.uint16]


class Vocabulary(NamedTuple):
    """The values of a key, and the code of each word: the place of its value, counted from 1."""

    values: Sequence[str | None]
    words: Words


def vocabulary(rule_base: RuleBase, key: Key) -> Vocabulary:
    """Return the vocabulary of a choice, list or code; its last value stands for all that no condition mentions."""
    if key.kind == "code":
        conditions = rule_base.sieve.by_property.get(key.property, [])
        values = sorted({str(value) for condition in conditions for value in condition.values})
        return Vocabulary([*values, None], Words(values, lambda word: _code_of(rule_base, values, word)))
    names = rule_base.names(str(key.values_from))
    values = sorted(set(names.values()))
    places = {name: values.index(thing) + 1 for name, thing in names.items()}
    other = len(values) + 1 if key.other else UNKNOWN

    def code(word: str) -> int:
        if key.other and word.startswith(OTHER):
            return other if 0 < len(word.removeprefix(OTHER).strip()) <= LONGEST_NAME else UNKNOWN
        known = places.get(folded(word))
        return known if known is not None else _named(rule_base, key, values, word, other)

    labels = map(rule_base.label, values)
    if key.kind == "choice":
        return Vocabulary(values, Words(labels, code))
    return Vocabulary([*values, None], Words(labels, code, absent=UNKNOWN))


def _named(rule_base: RuleBase, key: Key, values: list[str], word: str, other: int) -> int:
    """Return the code of a word that is no label: what it means, if that is one thing; free text has none."""
    place = place_of(key)
    if place is None:
        return UNKNOWN
    meanings = lexicon(rule_base).find(word, place).taken(place)
    if any(meaning.also for meaning in meanings):
        return UNKNOWN
    if len(meanings) == 1 and meanings[0].iri in values:
        return values.index(meanings[0].iri) + 1
    if place == "regimen":
        return 0
    return other if meanings and all(meaning.iri not in values for meaning in meanings) else UNKNOWN


def _code_of(rule_base: RuleBase, values: list[str], word: str) -> int:
    code = regions.code_of(rule_base, word)
    if code is None:
        return UNKNOWN
    return values.index(code) + 1 if code in values else len(values) + 1


class Words:
    """The codes of words: of `known` words by a lookup, of others by `code_of`."""

    def __init__(self, known: Iterable[str], code_of: Callable[[str], int], absent: int = 0) -> None:
        self.code_of, self.absent = code_of, absent
        self._known = pl.Enum(list(dict.fromkeys(known)))
        self._codes = np.array([*map(code_of, self._known.categories), absent], dtype=np.uint16)

    def codes(self, words: pl.Series) -> Codes:
        """Return the code of each word; a missing word has the absent one."""
        if words.dtype != pl.String:
            return self._read(words)
        places = words.cast(self._known, strict=False)
        codes = _look_up(self._codes, places)
        if places.null_count() > words.null_count():
            others = np.flatnonzero((places.is_null() & words.is_not_null()).to_numpy())
            codes[others] = self._read(words.gather(others))
        return codes

    def _read(self, words: pl.Series) -> Codes:
        """Return the codes of words, each distinct word read once."""
        if words.dtype not in (pl.Categorical, pl.Enum):
            words = words.cast(pl.String).cast(pl.Categorical(pl.Categories.random()))
        distinct = words.unique().drop_nulls()
        numbers = distinct.to_physical().cast(pl.UInt32).to_numpy()
        table: Codes = np.full(int(numbers.max(initial=0)) + 2, self.absent, dtype=np.uint16)
        table[numbers] = [self.code_of(word) for word in distinct.cast(pl.String)]
        return _look_up(table, words)


def _look_up(table: Codes, words: pl.Series) -> Codes:
    """Return the code of each category; a missing word takes the last."""
    return table.take(words.to_physical().cast(pl.UInt32).fill_null(len(table) - 1).to_numpy())
