"""Cohorts in PySpark: its workers get rows as Arrow and derive from them what Polars derives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl

from rrmm.cohort.judge import ID, Judge
from rrmm.compiled import Compiled
from rrmm.errors import MissingExtra, PatientError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

WHERE = "Spark frame"
ROWS = 50_000


def answered(compiled: Compiled, frame: DataFrame, *, wide: bool) -> DataFrame:
    """Return the answers for a frame of patients; raises PatientError for its columns at once.

    The workers need rrmm with the extra ``[spark]``. Words are strings there, not enumerations.
    """
    try:
        import pyarrow as pa
        from pyspark.sql.pandas.types import to_arrow_schema
    except ImportError:
        raise MissingExtra("A cohort in PySpark", "spark") from None
    arrow = pl.from_arrow(to_arrow_schema(frame.schema).empty_table())
    if ID not in arrow.schema:
        raise PatientError(f"{WHERE}: column {ID!r} is missing. Give each patient one: the rows have no order.")
    judge = Judge(compiled, arrow.schema, WHERE, wide=wide)
    columns = ", ".join(f"`{name}` string" for name in judge.schema)
    return frame.mapInArrow(worker(compiled.raw, arrow.schema, wide=wide), columns)


def worker(
    raw: Mapping[str, Any], schema: Mapping[str, pl.DataType], *, wide: bool
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return what a worker does with the batches of its partition."""

    def answer(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        judge = Judge(Compiled(raw), schema, WHERE, wide=wide)
        for frame in grouped(batches):
            words = judge(frame).cast(pl.String)
            yield from words.to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches()

    return answer


def grouped(batches: Iterable[pa.RecordBatch]) -> Iterator[pl.DataFrame]:
    """Yield the batches together in frames of some size: a batch of Spark's is small."""
    held: list[pl.DataFrame] = []
    for batch in batches:
        held.append(pl.DataFrame(pl.from_arrow(batch)))
        if sum(frame.height for frame in held) >= ROWS:
            yield pl.concat(held)
            held = []
    if held:
        yield pl.concat(held)
