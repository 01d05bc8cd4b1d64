"""Tables of answers: one row a patient and option, with reasons, or one row a patient."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import polars as pl

from rrmm.cohort.derived import Derived
from rrmm.cohort.planes import Plane, Rows, bytewise
from rrmm.cohort.texts import texts
from rrmm.derivation.statuses import retreatments
from rrmm.iris import short
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import ACTIONS, FITS, STATUSES

STATE = "state: "
FIT = "fit: "
TEXTS = ("reasons", "cautions", "needs", "caution_needs")
WARNINGS = "warnings"
HOLDS = ("yes", "no", "unknown")
NAME, TEXT = pl.String(), pl.Categorical()

Schema = dict[str, pl.DataType]


class Form:
    """The columns of answers over one graph."""

    def __init__(self, rule_base: RuleBase) -> None:
        self.again = dict.fromkeys(option.label for option in retreatments(rule_base))
        self.options = pl.Enum([*(option.label for option in rule_base.options), *self.again])
        self.statuses, self.fits = pl.Enum(STATUSES), pl.Enum(FITS)
        states = [state for state in rule_base.states.values() if state.bearer == "Patient"]
        self.states = {f"{STATE}{state.label}": state.iri for state in states}
        self.patterns = pl.Enum([*(state.pattern for state in states if state.pattern), "unknown"])

    @cached_property
    def long(self) -> Schema:
        """The columns of one row a patient and option."""
        named = {"option": self.options, "status": self.statuses, "fit": self.fits}
        return {"id": NAME, **named, **dict.fromkeys((*TEXTS, WARNINGS), TEXT)}

    @cached_property
    def wide(self) -> Schema:
        """The columns of one row a patient."""
        return {"id": NAME, **self.words, WARNINGS: TEXT}

    @cached_property
    def words(self) -> dict[str, pl.Enum]:
        """The categorical columns of one row a patient."""
        return {
            "pattern": self.patterns,
            "timing": pl.Enum(ACTIONS),
            **dict.fromkeys(self.states, pl.Enum(HOLDS)),
            **dict.fromkeys(self.options.categories, self.statuses),
            **dict.fromkeys((f"{FIT}{name}" for name in self.options.categories), self.fits),
        }

    @cached_property
    def by_place(self) -> list[pl.Expr]:
        """The words of one row a patient by their places; behind the last is none."""
        return [pl.col(name).cat.to(dtype, strict=False) for name, dtype in self.words.items()]


def wide(form: Form, ids: pl.Series, derived: Derived) -> pl.DataFrame:
    """Return one row a patient: the disease pattern, the timing, each state and status and fit of each option."""
    columns: list[list[Plane]] = [
        [plane for _, plane in derived.patterns()],
        [*derived.timing().values()],
        *([*derived.holds(iri)] for iri in form.states.values()),
        *([answer.statuses[status] for status in STATUSES] for answer in derived.answers),
        *([answer.fits[fit] for fit in FITS] for answer in derived.answers),
    ]
    places = {name: _places(derived.rows, planes) for name, planes in zip(form.words, columns, strict=True)}
    answers = pl.DataFrame(places).select(form.by_place).insert_column(0, ids.alias("id"))
    return answers.with_columns(_warnings(derived))


def long(form: Form, ids: pl.Series, derived: Derived) -> pl.DataFrame:
    """Return one row a patient and option offered to it, patient after patient."""
    answers, rows = derived.answers, derived.rows
    shape = (len(answers), rows.count)
    offered, statuses = np.empty(shape, dtype=np.bool_), np.empty(shape, dtype=np.uint8)
    fits = np.empty(shape, dtype=np.uint8)
    text_numbers = {name: np.empty(shape, dtype=np.uint32) for name in TEXTS}
    all_texts: dict[str, list[str]] = {name: [] for name in TEXTS}
    for number, answer in enumerate(answers):
        offered[number] = rows.truths(answer.offered)
        statuses[number] = _places(rows, [answer.statuses[status] for status in STATUSES])
        fits[number] = _places(rows, [answer.fits[fit] for fit in FITS])
        named = {
            "reasons": {short(rule): plane for rule, plane in answer.because.items()},
            "cautions": {short(rule): plane for rule, plane in answer.cautions.items()},
            "needs": dict(sorted(derived.entries_of(answer.needs).items())),
            "caution_needs": dict(sorted(derived.entries_of(answer.caution_needs).items())),
        }
        for name, planes in named.items():
            numbers, spellings = texts(rows, planes)
            text_numbers[name][number] = numbers + len(all_texts[name])
            all_texts[name] += spellings
    here = np.flatnonzero(offered.T)
    patient, option = np.divmod(here.astype(np.uint32), np.uint32(len(answers)))
    places = {"id": patient, "option": option, "status": statuses.T.ravel()[here], "fit": fits.T.ravel()[here]}
    words = {
        "id": ids,
        "option": _words(form.options),
        "status": _words(form.statuses),
        "fit": pl.Series([*FITS, None], dtype=form.fits),
    }
    for name, column in all_texts.items():
        places[name], words[name] = text_numbers[name].T.ravel()[here], pl.Series(column, dtype=TEXT)
    places[WARNINGS], words[WARNINGS] = patient, _warnings(derived)
    return pl.DataFrame(places).select(pl.lit(word).gather(pl.col(name)).alias(name) for name, word in words.items())


def _warnings(derived: Derived) -> pl.Series:
    """Return the warnings of each row as one text."""
    numbers, spellings = texts(derived.rows, derived.warnings())
    return pl.Series(WARNINGS, spellings, dtype=TEXT).gather(numbers)


def _places(rows: Rows, planes: Sequence[Plane]) -> Plane:
    """Return for each row the number of the set that contains it, or the number of sets where none does."""
    every = [*planes, rows.but(rows.any(planes))]
    bits = range(len(planes).bit_length())
    return bytewise(rows, [rows.any(plane for place, plane in enumerate(every) if place >> bit & 1) for bit in bits])


def _words(dtype: pl.Enum) -> pl.Series:
    return pl.Series(dtype.categories).cast(dtype)
