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
        return Vocabulary([*values, None], Words(lambda word: _code_of(rule_base, values, word)))
    names = rule_base.names(str(key.values_from))
    values = sorted(set(names.values()))
    places = {name: values.index(thing) + 1 for name, thing in names.items()}
    other = len(values) + 1 if key.other else UNKNOWN

    def code(word: str) -> int:
        if key.other and word.startswith(OTHER):
            return other if 0 < len(word.removeprefix(OTHER).strip()) <= LONGEST_NAME else UNKNOWN
        known = places.get(word.casefold())
        return known if known is not None else _named(rule_base, key, values, word, other)

    if key.kind == "choice":
        return Vocabulary(values, Words(code))
    return Vocabulary([*values, None], Words(code, absent=UNKNOWN))


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
    """The codes of words, each distinct word read once; `absent` is that of a missing word."""

    def __init__(self, code_of: Callable[[str], int], absent: int = 0) -> None:
        self.code_of, self.absent = code_of, absent

    def codes(self, words: pl.Series) -> Codes:
        """Return the code of each word."""
        numbers, distinct = number_words(words)
        return np.array([self.absent, *map(self.code_of, distinct)], dtype=np.uint16).take(numbers)


def number_words(words: pl.Series) -> tuple[npt.NDArray[np.uint32], list[str]]:
    """Return for each word its number, 0 for a missing one, and the distinct words, counted from 1."""
    if words.dtype in (pl.Categorical, pl.Enum):
        return number_words(words.cast(pl.String))
    categories = pl.Categories.random()
    named = words.cast(pl.String).cast(pl.Categorical(categories))
    return (named.to_physical() + 1).fill_null(0).to_numpy(), list(categories)
