"""Cohorts in PySpark: each worker answers its rows, as Arrow, by the code that answers a Polars frame."""

from __future__ import annotations

import marshal
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl

from rrmm.cohort.derived import part_of
from rrmm.cohort.evaluator import ID, CohortEvaluator
from rrmm.derivation.programs import Programs, key_of
from rrmm.errors import MissingExtra, PatientError
from rrmm.rules.base import RuleBase

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

WHERE = "Spark frame"
PATIENTS = 25_000
ROWS = 50_000
TYPES = {
    "void": pl.Null(),
    "boolean": pl.Boolean(),
    "byte": pl.Int8(),
    "short": pl.Int16(),
    "integer": pl.Int32(),
    "long": pl.Int64(),
    "float": pl.Float32(),
    "double": pl.Float64(),
    **dict.fromkeys(("string", "char", "varchar"), pl.String()),
    "binary": pl.Binary(),
    "date": pl.Date(),
    **dict.fromkeys(("timestamp", "timestamp_ntz"), pl.Datetime("us")),
}


def answer(rule_base: RuleBase, frame: DataFrame, *, wide: bool) -> DataFrame:
    """Return the answers for a frame of patients; raises PatientError for its columns at once.

    An invalid row ends the action that reads the answers, with the message that Polars gives. The workers need
    rrmm with the extra ``[spark]``. Columns that are enumerations or categories in Polars are text here.
    """
    try:
        from pyspark.sql.types import StringType, StructField, StructType
    except ImportError:
        raise MissingExtra("A cohort in PySpark", "spark") from None
    schema = _schema(frame)
    if ID not in schema:
        raise PatientError(f"{WHERE}: column {ID!r} is missing. Give each patient one; the rows have no order.")
    columns = CohortEvaluator(rule_base, schema, WHERE, wide=wide).schema
    texts = StructType([StructField(name, StringType()) for name in columns])
    plain = frame.toDF(*(f"c{number}" for number in range(len(schema))))  # Spark reads a dot as a path
    return plain.mapInArrow(_worker(rule_base, schema, wide=wide), texts)


def _schema(frame: DataFrame) -> dict[str, pl.DataType]:
    """Return the schema of a frame in Polars types; raises PatientError for a repeated name."""
    schema: dict[str, pl.DataType] = {}
    for field in frame.schema.fields:
        if field.name in schema:
            raise PatientError(f"{WHERE}: column {field.name!r} stands twice. Drop one.")
        schema[field.name] = _type(field.dataType)
    return schema


def _type(kind: Any) -> pl.DataType:
    """Return the Polars type for a Spark type; ``Object`` for a type that no key takes."""
    match kind.typeName():
        case "array":
            return pl.List(_type(kind.elementType))
        case "struct":
            return pl.Struct({field.name: _type(field.dataType) for field in kind.fields})
        case "decimal":
            return pl.Decimal(kind.precision, kind.scale)
        case name:
            return TYPES.get(name, pl.Object())


def _worker(
    rule_base: RuleBase, schema: Mapping[str, pl.DataType], *, wide: bool
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return the function by which a worker answers its batches; it carries the rules and the compiled program."""
    part = part_of(asking=not wide)
    program = marshal.dumps(Programs.of(rule_base).packed(part, silencing=bool(rule_base.silenced)))
    content = pickle.dumps((rule_base, dict(schema), wide, program), pickle.HIGHEST_PROTOCOL)

    def answer_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        evaluator = _evaluator(content)
        for frame in _group(batches):
            answers = evaluator(frame.rename(dict(zip(frame.columns, schema, strict=True))))
            for rows in answers.iter_slices(ROWS):
                yield from rows.cast(pl.String).to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches()

    return answer_batches


@lru_cache(maxsize=4)
def _evaluator(content: bytes) -> CohortEvaluator:
    """Return the evaluator that a driver packed; a worker keeps it from one task to the next."""
    rule_base, schema, wide, program = pickle.loads(content)  # noqa: S301 - what the driver wrote
    inputs, outputs, code = marshal.loads(program)  # noqa: S302
    key = key_of(part_of(asking=not wide), silencing=bool(rule_base.silenced))
    Programs.of(rule_base).load(key, (inputs, outputs, code))
    return CohortEvaluator(rule_base, schema, WHERE, wide=wide)


def _group(batches: Iterable[pa.RecordBatch]) -> Iterator[pl.DataFrame]:
    """Yield small batches joined into tables of about 25,000 rows."""
    held: list[pl.DataFrame] = []
    height = 0
    for batch in batches:
        held.append(pl.DataFrame(pl.from_arrow(batch)))
        height += held[-1].height
        if height >= PATIENTS:
            yield pl.concat(held)
            held, height = [], 0
    if held:
        yield pl.concat(held)
