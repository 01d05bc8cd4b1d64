"""Tables of answers: one row a patient and option, with reasons, or one row a patient."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from rrmm.cohort.fired import Fired
from rrmm.cohort.outcomes import Answers, retreatments
from rrmm.cohort.planes import Plane, Rows
from rrmm.cohort.texts import bytewise, texts
from rrmm.compiled import Compiled
from rrmm.effects import STATUSES, TIMINGS
from rrmm.terms import short

HOLDS = ("yes", "no", "unknown")
ACTIONS = (*TIMINGS.values(), "undetermined")

Schema = dict[str, pl.DataType]


class Form:
    """The columns of answers over one graph."""

    def __init__(self, compiled: Compiled) -> None:
        self.options = [option.label for option in (*compiled.options, *retreatments(compiled))]
        self.states = [state for state in compiled.states.values() if state.bearer == "Patient"]
        self.patterns = [*(state.pattern for state in self.states if state.pattern), "unknown"]
        self.wide_words = [_word(name, dtype) for name, dtype in self.wide.items() if isinstance(dtype, pl.Enum)]
        self.words = {dtype: _words(dtype) for dtype in {**self.wide, **self.long}.values() if isinstance(dtype, pl.Enum)}

    @cached_property
    def long(self) -> Schema:
        """The columns of one row a patient and option."""
        texts = dict.fromkeys(("reasons", "cautions", "needs"), pl.String())
        return {"id": pl.String(), "option": pl.Enum(self.options), "status": pl.Enum(STATUSES), **texts}

    @cached_property
    def wide(self) -> Schema:
        """The columns of one row a patient."""
        return {
            "id": pl.String(),
            "pattern": pl.Enum(self.patterns),
            "timing": pl.Enum(ACTIONS),
            **{f"state: {state.label}": pl.Enum(HOLDS) for state in self.states},
            **dict.fromkeys(self.options, pl.Enum(STATUSES)),
        }


def wide(form: Form, ids: pl.Series, fired: Fired, answers: Iterable[Answers]) -> pl.DataFrame:
    """Return one row a patient: the disease pattern, the timing, each state and the status of each option."""
    columns: list[list[Plane]] = [
        [plane for _, plane in fired.pattern()],
        [rung.rows for rung in fired.timing()],
        *([*fired.judged.of[state.iri][:2]] for state in form.states),
        *([answer.statuses[status] for status in STATUSES] for answer in answers),
    ]
    names = [*form.wide][1:]
    places = {name: _places(fired.rows, planes) for name, planes in zip(names, columns, strict=True)}
    return pl.DataFrame(places).select(form.wide_words).insert_column(0, ids.alias("id"))


def long(form: Form, ids: pl.Series, fired: Fired, answers: Sequence[Answers]) -> pl.DataFrame:
    """Return one row a patient and option offered to it, patient after patient."""
    rows, several = fired.rows, len(answers)
    statuses = np.empty((several, rows.count), dtype=np.uint8)
    told = {name: np.empty((several, rows.count), dtype=np.uint32) for name in ("reasons", "cautions", "needs")}
    said: dict[str, list[str]] = {name: [] for name in told}
    offered = np.empty((several, rows.count), dtype=np.bool_)
    for place, answer in enumerate(answers):
        offered[place] = rows.truths(answer.offered)
        statuses[place] = _places(rows, [answer.statuses[status] for status in STATUSES])
        for name, named in (
            ("reasons", {short(rule): plane for rule, plane in answer.because.items()}),
            ("cautions", {short(rule): plane for rule, plane in answer.cautions.items()}),
            ("needs", dict(sorted(answer.needs.items()))),
        ):
            places, words = texts(rows, named)
            np.add(places, len(said[name]), out=told[name][place], casting="unsafe")
            said[name] += words
    here = np.flatnonzero(offered.T)
    frame = pl.DataFrame(
        {
            "id": (here // several).astype(np.uint32),
            "option": (here % several).astype(np.uint32),
            "status": statuses.T.ravel()[here],
            **{name: places.T.ravel()[here] for name, places in told.items()},
        }
    )
    words = {"id": ids, **{name: form.words[form.long[name]] for name in ("option", "status")}}
    words |= {name: pl.Series(texts, dtype=pl.String) for name, texts in said.items()}
    return frame.select(pl.lit(series).gather(pl.col(name)).alias(name) for name, series in words.items())


def _places(rows: Rows, planes: Sequence[Plane]) -> npt.NDArray[np.uint8]:
    """Return the place of the set that each row is in; behind all of them for a row that is in none."""
    every = [*planes, rows.but(rows.any(planes))]
    bits = range(len(planes).bit_length())
    return bytewise(rows, [rows.any(one for place, one in enumerate(every) if place >> bit & 1) for bit in bits])


def _words(dtype: pl.Enum) -> pl.Series:
    """Return the words of an enumeration, and behind them none."""
    return pl.Series([*dtype.categories, None], dtype=dtype)


def _word(name: str, dtype: pl.Enum) -> pl.Expr:
    """Return the words of an enumeration by their places in a column."""
    place = pl.col(name)
    return pl.when(place < len(dtype.categories)).then(place).cat.to(dtype).alias(name)
