"""Tables of patients in, tables of answers out, over one graph.

A row gets the answer of its patient alone, by the same program. A row that no patient file could hold is refused with
the message that its patient file would get.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import polars as pl

from rrmm.cohort.answers import Form, Schema, long, wide
from rrmm.cohort.cells import Table, measure, normal, spread
from rrmm.cohort.columns import layout
from rrmm.cohort.derived import Derived
from rrmm.cohort.documents import document, locate
from rrmm.cohort.planes import Truths
from rrmm.cohort.vocabulary import vocabulary
from rrmm.cohort.words import OTHER
from rrmm.errors import PatientError
from rrmm.patient.history import History
from rrmm.patient.resolve import resolve
from rrmm.rules.base import RuleBase

ID = "id"


class Fault(NamedTuple):
    """An invalid row: its place in the table, and the problem."""

    place: int
    problem: str


class Evaluation(NamedTuple):
    """What is derived for the patients of a table; `faulty` marks the invalid rows, which get no answer."""

    ids: pl.Series
    table: Table
    derived: Derived
    faulty: Truths


class CohortEvaluator:
    """Derives answers for tables of one schema; raises PatientError for an unknown column."""

    def __init__(self, rule_base: RuleBase, schema: Mapping[str, pl.DataType], where: str, *, wide: bool) -> None:
        self.rule_base, self.where, self.wide = rule_base, where, wide
        self.layout = layout(rule_base, schema, where)
        named = (key for key in rule_base.keys.values() if key.kind in {"choice", "list", "code"})
        self.known = {key.path: vocabulary(rule_base, key) for key in named}
        self.form = Form(rule_base)

    @property
    def schema(self) -> Schema:
        """The columns of the answers."""
        return self.form.wide if self.wide else self.form.long

    def evaluate(self, frame: pl.DataFrame, *, asking: bool) -> Evaluation:
        """Return what is derived for a table, with `asking` also reasons, cautions and needs."""
        table = normal(self.layout, frame)
        columns = measure(self.rule_base, spread(self.rule_base, table))
        derived = Derived(self.rule_base, columns, self.known, lambda row: self._read(table, row), asking=asking)
        ids = table.patients[ID].cast(pl.String)
        return Evaluation(ids, table, derived, derived.faulty | ids.is_null().to_numpy())

    def faults(self, evaluation: Evaluation) -> Iterator[Fault]:
        """Yield each invalid row with the message that its patient alone would get."""
        for place in np.flatnonzero(evaluation.faulty).tolist():
            yield Fault(place, self._problem(evaluation.table, place))

    def _problem(self, table: Table, place: int) -> str:
        if table.patients[ID][place] is None:
            return "id: missing. Give each patient one."
        try:
            self._read(table, place)
        except PatientError as error:
            problem = str(error).removeprefix(": ").replace("{other: …}", f"{OTHER}WORD")
            return locate(table, place, problem)
        raise AssertionError(f"row {place}: refused among others, and sound alone")

    def _read(self, table: Table, row: int) -> History:
        """Return one patient of a table, read as the mapping of a patient file."""
        return History(self.rule_base, resolve(document(self.rule_base, table, row), self.rule_base, ""))

    def answers(self, evaluation: Evaluation) -> pl.DataFrame:
        """Return the answers as a table."""
        write = wide if self.wide else long
        return write(self.form, evaluation.ids, evaluation.derived)

    def __call__(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the answers for a table; raises PatientError for an invalid row."""
        evaluation = self.evaluate(frame, asking=not self.wide)
        for fault in self.faults(evaluation):
            name = evaluation.ids[fault.place]
            raise PatientError(f"{self.where}: {f'patient {name}: ' if name else ''}{fault.problem}")
        return self.answers(evaluation)
