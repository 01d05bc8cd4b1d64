"""From words to codes: each distinct word is resolved once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    """The values of a key, and the code of a word: the place of its value, counted from 1.

    A missing word has the code `absent`.
    """

    values: Sequence[str | None]
    code_of: Callable[[str], int]
    absent: int = 0

    def codes(self, words: Words) -> Codes:
        """Return the code of each word; each distinct word is read once."""
        codes = np.array([*map(self.code_of, words.distinct), self.absent], dtype=np.uint16)
        return codes.take(words.numbers)


def vocabulary(rule_base: RuleBase, key: Key) -> Vocabulary:
    """Return the vocabulary of a choice, list or code; its last value stands for all that no condition mentions."""
    if key.kind == "code":
        conditions = rule_base.sieve.by_property.get(key.property, [])
        values = sorted({str(value) for condition in conditions for value in condition.values})
        return Vocabulary([*values, None], lambda word: _code_of(rule_base, values, word))
    names = rule_base.names(str(key.values_from))
    values = sorted(set(names.values()))
    places = {name: values.index(thing) + 1 for name, thing in names.items()}
    other = len(values) + 1 if key.other else UNKNOWN

    def code(word: str) -> int:
        if key.other and word.startswith(OTHER):
            return other if 0 < len(word.removeprefix(OTHER).strip()) <= LONGEST_NAME else UNKNOWN
        known = places.get(folded(word))
        return known if known is not None else _named(rule_base, key, values, word, other)

    if key.kind == "choice":
        return Vocabulary(values, code)
    return Vocabulary([*values, None], code, absent=UNKNOWN)


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


class Words(NamedTuple):
    """Words by number: the number of each word, and the distinct words; that of a missing one is behind the last."""

    numbers: npt.NDArray[np.uint32]
    distinct: list[str]

    @classmethod
    def of(cls, column: pl.Series) -> Words:
        """Return the words of a column."""
        categories = pl.Categories.random()
        words = column.cast(pl.String).cast(pl.Categorical(categories))
        distinct = [*map(str, categories)]
        return cls(words.to_physical().fill_null(len(distinct)).to_numpy(), distinct)
