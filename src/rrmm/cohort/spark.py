"""Cohorts in PySpark: its workers get rows as Arrow and derive from them what Polars derives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
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

    The workers need rrmm with the extra ``[spark]``. What is an enumeration in Polars is text here.
    """
    try:
        from pyspark.sql.pandas.types import to_arrow_schema
        from pyspark.sql.types import StringType, StructField, StructType
    except ImportError:
        raise MissingExtra("A cohort in PySpark", "spark") from None
    schema = pl.DataFrame(pl.from_arrow(to_arrow_schema(frame.schema).empty_table())).schema
    if ID not in schema:
        raise PatientError(f"{WHERE}: column {ID!r} is missing. Give each patient one; the rows have no order.")
    columns = Judge(compiled, schema, WHERE, wide=wide).schema
    texts = StructType([StructField(name, StringType()) for name in columns])
    plain = frame.toDF(*(f"c{number}" for number in range(len(schema))))  # Spark reads a dot as a path
    return plain.mapInArrow(_worker(compiled.raw, schema, wide=wide), texts)


def _worker(
    raw: Mapping[str, Any], schema: Mapping[str, pl.DataType], *, wide: bool
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return what a worker does with the batches of its partition."""

    def answer(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        judge = Judge(Compiled(raw), schema, WHERE, wide=wide)
        for frame in _grouped(batches):
            texts = judge(frame.rename(dict(zip(frame.columns, schema, strict=True)))).cast(pl.String)
            yield from texts.to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches()

    return answer


def _grouped(batches: Iterable[pa.RecordBatch]) -> Iterator[pl.DataFrame]:
    """Yield the batches together in tables of some size; Spark's are small."""
    held: list[pl.DataFrame] = []
    for batch in batches:
        held.append(pl.DataFrame(pl.from_arrow(batch)))
        if sum(table.height for table in held) >= ROWS:
            yield pl.concat(held)
            held = []
    if held:
        yield pl.concat(held)
