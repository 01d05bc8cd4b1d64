"""Tables of patients in, tables of answers out, over one graph.

What is derived for a row is what `rrmm.options.Derivation` derives for its patient alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from rrmm.cohort.answers import Form, Schema, long, wide
from rrmm.cohort.cells import OTHER, Table, document, normal
from rrmm.cohort.columns import layout
from rrmm.cohort.fired import Fired
from rrmm.cohort.outcomes import Answers, Outcomes
from rrmm.cohort.planes import Truths
from rrmm.cohort.words import vocabulary
from rrmm.compiled import Compiled
from rrmm.errors import PatientError
from rrmm.history import History
from rrmm.patient import resolve

ID = "id"
SHOWN = 5


class Fault(NamedTuple):
    """A row that no patient file could have: its place in the table, and what is wrong with it."""

    place: int
    problem: str


class Judged(NamedTuple):
    """What is derived for the patients of a table; `faulty` are rows of which nothing follows."""

    ids: pl.Series
    table: Table
    fired: Fired
    answers: Sequence[Answers]
    faulty: Truths


class Judge:
    """Derives answers for tables of one schema. Raises PatientError for a column that patients do not have."""

    def __init__(self, compiled: Compiled, schema: Mapping[str, pl.DataType], where: str, *, wide: bool) -> None:
        self.compiled, self.where, self.wide = compiled, where, wide
        self.layout = layout(compiled, schema, where)
        self.form = Form(compiled)
        named = (key for key in compiled.keys.values() if key.kind in {"choice", "list", "code"})
        self.known = {key.path: vocabulary(compiled, key) for key in named}

    @property
    def schema(self) -> Schema:
        """The columns of the answers."""
        return self.form.wide if self.wide else self.form.long

    def judge(self, frame: pl.DataFrame, *, asking: bool) -> Judged:
        """Return what is derived for a table; with `asking`, also what is waited for."""
        table = normal(self.compiled, self.layout, frame)
        fired = Fired(self.compiled, table, self.known, asking=asking)
        ids = table.patients[ID]
        return Judged(ids, table, fired, list(Outcomes(fired).answers()), fired.faulty | ids.is_null().to_numpy())

    def faults(self, judged: Judged) -> Iterator[Fault]:
        """Yield what is wrong with the rows that are faulty, as one patient's derivation says it."""
        for place in np.flatnonzero(judged.faulty).tolist():
            yield Fault(place, self._problem(judged.table, place))

    def _problem(self, table: Table, place: int) -> str:
        if table.patients[ID][place] is None:
            return "id: missing. Give each patient one."
        try:
            History(self.compiled, resolve(document(self.compiled, table, place), self.compiled, ""))
        except PatientError as error:
            return str(error).removeprefix(": ").replace("{other: …}", f"{OTHER}WORD")
        raise AssertionError(f"row {place} is refused in a table, and as a patient file it is not")

    def answers(self, judged: Judged) -> pl.DataFrame:
        """Return the answers as a table."""
        write = wide if self.wide else long
        return write(self.form, judged.ids, judged.fired, judged.answers)

    def __call__(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the answers for a table of patients; raises PatientError for one that cannot be understood."""
        judged = self.judge(frame, asking=not self.wide)
        if judged.faulty.any():
            first = next(self.faults(judged))
            raise PatientError(f"{self.where}: patient {judged.ids[first.place]}: {first.problem}")
        return self.answers(judged)
