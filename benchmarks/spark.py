"""A cohort in a local session of PySpark with two workers, beside the same in this process.

The session is up and has answered once before it is timed. Each side reads a Parquet file and lets all answers go;
time is of the wall, for the workers are processes of their own. What Spark takes without rrmm stands beside it, step by
step: it reads the file, hands the rows to Python, and takes as many texts back that were made before.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import polars as pl

from benchmarks.cohort import make_patients
from benchmarks.race import Contender, Race, Ratio
from rrmm.api import KnowledgeGraph

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

COUNT, BATCH = 200_000, 10_000
EMBEDDED, SPARK = "rrmm", "PySpark, local[2]"
STEPS = {
    "PySpark reads the file": "read",
    "PySpark reads it, and Python receives the rows": "receive",
    "the same, and as many ready texts go back": "give_back",
}
SETTINGS = {
    "spark.master": "local[2]",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",
}


def races() -> Iterator[Race]:
    """Yield the race over one table, where PySpark is installed."""
    if find_spec("pyspark") is None:
        return
    with TemporaryDirectory() as folder:
        path = make_patients(Path(folder), COUNT)
        yield Race(
            f"{COUNT:,} patients in PySpark, statuses and states",
            [
                Contender(EMBEDDED, f"{__name__}:embedded", (path,)),
                Contender(SPARK, f"{__name__}:spark", (path, folder)),
                *(Contender(name, f"{__name__}:{step}", (path, folder)) for name, step in STEPS.items()),
            ],
            [Ratio(SPARK, EMBEDDED, at_most=3), *(Ratio(step, EMBEDDED) for step in STEPS)],
            rounds=3,
            clock="wall",
        )


def embedded(path: str) -> Callable[[], None]:
    """Return what reads a file, answers it, and holds the answers in memory."""
    graph = KnowledgeGraph.load()
    return lambda: _drop(graph.cohort(pl.scan_parquet(path), wide=True).collect())


def _drop(frame: pl.DataFrame) -> None:
    assert frame.height  # noqa: S101 - there is something to drop


def spark(path: str, folder: str) -> Callable[[], None]:
    """Return the same in a session of PySpark, whose sink takes all answers and keeps none."""
    session, graph = _session(folder), KnowledgeGraph.load()
    return lambda: _sink(graph.cohort(session.read.parquet(path), wide=True))


def read(path: str, folder: str) -> Callable[[], None]:
    """Return what reads the file in PySpark."""
    session = _session(folder)
    return lambda: _sink(session.read.parquet(path))


def receive(path: str, folder: str) -> Callable[[], None]:
    """Return what reads the file in PySpark, and has its workers of Python count the rows."""

    def count(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield pl.DataFrame({"rows": [sum(batch.num_rows for batch in batches)]}).to_arrow().to_batches()[0]

    session = _session(folder)
    return lambda: _sink(_plain(session.read.parquet(path)).mapInArrow(count, "rows long"))


def give_back(path: str, folder: str) -> Callable[[], None]:
    """Return the same, where the workers give the answers of the first patients, made before, for all."""
    answers = KnowledgeGraph.load().cohort(pl.scan_parquet(path).head(BATCH), wide=True).collect().cast(pl.String)
    answers.columns = [f"c{number}" for number in range(answers.width)]
    ready = answers.to_arrow(compat_level=pl.CompatLevel.oldest()).combine_chunks().to_batches()[0]

    def repeat(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        left = sum(batch.num_rows for batch in batches)
        while left > 0:
            yield ready.slice(0, left)
            left -= BATCH

    session = _session(folder)
    kinds = ", ".join(f"{name} string" for name in answers.columns)
    return lambda: _sink(_plain(session.read.parquet(path)).mapInArrow(repeat, kinds))


def _session(folder: str) -> SparkSession:
    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    from pyspark.sql import SparkSession

    builder = SparkSession.builder
    for name, value in (SETTINGS | {"spark.local.dir": folder, "spark.sql.warehouse.dir": folder}).items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    atexit.register(session.stop)
    return session


def _plain(frame: DataFrame) -> DataFrame:
    """Return a frame whose names have no dots, which Spark reads as paths."""
    return frame.toDF(*(f"c{number}" for number in range(len(frame.columns))))


def _sink(frame: DataFrame) -> None:
    frame.write.format("noop").mode("overwrite").save()
