"""Frames of patients in, lazy frames of answers of the same kind out: Polars, or PySpark on a cluster.

Any other kind of frame is refused by name, never converted.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from rrmm.cohort.evaluator import ID, CohortEvaluator
from rrmm.errors import PatientError
from rrmm.rules.base import RuleBase

WHERE = "frame"


def answer(rule_base: RuleBase, frame: Any, *, wide: bool) -> Any:
    """Return the answers for a frame of patients, lazily; raises PatientError for its columns at once."""
    if isinstance(frame, (pl.DataFrame, pl.LazyFrame)):
        return _polars(rule_base, frame.lazy(), wide=wide)
    if type(frame).__module__.startswith("pyspark.sql."):
        from rrmm.cohort import spark

        return spark.answer(rule_base, frame, wide=wide)
    hint = "polars.DataFrame makes one of pandas, Arrow or dicts."
    raise PatientError(f"A cohort is a Polars or PySpark frame, not {type(frame).__name__}. {hint}")


def _polars(rule_base: RuleBase, frame: pl.LazyFrame, *, wide: bool) -> pl.LazyFrame:
    frame = number_patients(frame)
    evaluator = CohortEvaluator(rule_base, frame.collect_schema(), WHERE, wide=wide)
    return frame.map_batches(evaluator, schema=evaluator.schema, streamable=True)


def number_patients(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Return a frame with a column of identifiers; a frame without one gets the row numbers."""
    return frame if ID in frame.collect_schema() else frame.with_row_index(ID, offset=1)
