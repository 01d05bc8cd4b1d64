"""The words of cells: an entry of a list or a prior drug as one word, and back.

``no NAME`` is what was looked for and is absent, ``NAME (grade N)`` has a grade, ``other: WORD`` is a true word that no
source knows.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from rrmm.patient.naming import lexicon, place_of
from rrmm.rules.base import RuleBase

OTHER = "other:"
ABSENT = "no "
ABSENT_KEY = "present"
GRADED = "{} (grade {})"


def read_entry(rule_base: RuleBase, path: str, word: str | None) -> object:
    """Return a word of a list as a patient file has it; ``no WORD`` is what is absent, unless it is a name itself."""
    if word is None or word[: len(ABSENT)].casefold() != ABSENT:
        return read_drug(word)
    place = place_of(rule_base.keys[path])
    if place and lexicon(rule_base).find(word, place).taken(place):
        return word
    entry = read_drug(word[len(ABSENT) :].strip())
    return {**(entry if isinstance(entry, dict) else {"name": entry}), "present": False}


def read_drug(word: str | None) -> object:
    """Return a word, or what stands for one that no source knows."""
    if word is None or not word.startswith(OTHER):
        return word
    return {"other": word.removeprefix(OTHER).strip()}


def spell(entry: object) -> str | None:
    """Return an entry of a list as the word of a cell, or None where no word says it."""
    if isinstance(entry, (str, int)) and not isinstance(entry, bool):
        return str(entry)
    if not isinstance(entry, Mapping):
        return None
    match {name: value for name, value in entry.items() if value is not None and name != ABSENT_KEY}:
        case {"name": str(name), **rest} if not rest:
            word = name
        case {"name": str(name), "grade": int(grade), **rest} if not rest:
            word = GRADED.format(name, grade)
        case {"other": str(other), **rest} if not rest:
            word = f"{OTHER}{other}"
        case _:
            return None
    return f"{ABSENT}{word}" if entry.get(ABSENT_KEY) is False else word


def spell_all(fields: Mapping[str, object]) -> pl.Expr:
    """Return an entry of a list, given as a patient file has it, as the word of a cell."""

    def field(name: str) -> pl.Expr:
        return pl.element().struct.field(name) if name in fields else pl.lit(None)

    name = field("name").cast(pl.String)
    graded = pl.when(field("grade").is_not_null()).then(pl.format(GRADED, name, field("grade"))).otherwise(name)
    other = pl.format(f"{OTHER}{{}}", field("other").cast(pl.String))
    word = (
        pl.when(graded.is_null())
        .then(other)
        .when(other.is_null())
        .then(graded)
        .otherwise(pl.format("{}; {}", graded, other))
    )
    absent = field("present").cast(pl.Boolean).not_().fill_null(False)
    return pl.when(absent).then(pl.format(f"{ABSENT}{{}}", word)).otherwise(word)
