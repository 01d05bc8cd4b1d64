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
from rrmm.cohort.texts import texts
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
    named = zip([*form.wide.items()][1:], columns, strict=True)
    words = [_words(dtype, _codes(fired.rows, planes)).alias(name) for (name, dtype), planes in named]
    return pl.DataFrame([ids.alias("id"), *words])


def long(form: Form, ids: pl.Series, fired: Fired, answers: Sequence[Answers]) -> pl.DataFrame:
    """Return one row a patient and option offered to it, patient after patient."""
    rows, several = fired.rows, len(answers)
    offered = np.empty((rows.count, several), dtype=np.bool_)
    statuses = np.empty((rows.count, several), dtype=np.uint8)
    beside = {name: _Told(rows.count, several) for name in ("reasons", "cautions", "needs")}
    for place, answer in enumerate(answers):
        offered[:, place] = rows.truths(answer.offered)
        statuses[:, place] = _codes(rows, [answer.statuses[status] for status in STATUSES])
        beside["reasons"].tell(place, *texts(rows, {short(rule): plane for rule, plane in answer.because.items()}))
        beside["cautions"].tell(place, *texts(rows, {short(rule): plane for rule, plane in answer.cautions.items()}))
        beside["needs"].tell(place, *texts(rows, dict(sorted(answer.needs.items()))))
    here = offered.ravel()
    patient, option = np.nonzero(offered)
    return pl.DataFrame(
        [
            ids.gather(pl.Series(patient)).alias("id"),
            _words(form.long["option"], option).alias("option"),
            _words(form.long["status"], statuses.ravel()[here]).alias("status"),
            *(told.series(here).alias(name) for name, told in beside.items()),
        ]
    )


class _Told:
    """Texts beside options, by their places in one list."""

    def __init__(self, count: int, several: int) -> None:
        self.places = np.empty((count, several), dtype=np.uint32)
        self.texts: list[str] = []

    def tell(self, option: int, places: npt.NDArray[np.int64], said: list[str]) -> None:
        """Keep the texts of one option."""
        self.places[:, option] = places + len(self.texts)
        self.texts += said

    def series(self, here: npt.NDArray[np.bool_]) -> pl.Series:
        """Return the texts of the rows that are here."""
        return pl.Series(self.texts, dtype=pl.String).gather(pl.Series(self.places.ravel()[here]))


def _codes(rows: Rows, planes: Sequence[Plane]) -> npt.NDArray[np.uint8]:
    """Return the place of the set that each row is in; behind all of them for a row that is in none."""
    every = [*planes, rows.but(rows.any(planes))]
    found = np.zeros(rows.count, dtype=np.uint8)
    for bit in range(len(planes).bit_length()):
        plane = rows.any(one for place, one in enumerate(every) if place >> bit & 1)
        found |= rows.truths(plane).view(np.uint8) << bit
    return found


def _words(dtype: pl.DataType, codes: npt.NDArray[np.integer]) -> pl.Series:
    """Return the words of an enumeration by their places; behind all of them stands none."""
    words = pl.Series([*dtype.categories, None], dtype=dtype) if isinstance(dtype, pl.Enum) else pl.Series(dtype=dtype)
    return words.gather(pl.Series(codes.astype(np.uint32, copy=False)))
