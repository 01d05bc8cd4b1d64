"""A cohort in a local session of PySpark with two workers, beside the same in this process.

The session is up and has answered once before it is timed. Each side reads a Parquet file and lets all answers go;
time is of the wall, for the workers are processes of their own.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from benchmarks.cohort import make_patients
from benchmarks.race import Contender, Race, Ratio
from rrmm.api import KnowledgeGraph

COUNT = 200_000
EMBEDDED, SPARK = "rrmm", "PySpark, local[2]"
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
            ],
            [Ratio(SPARK, EMBEDDED, at_most=3)],
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
    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    from pyspark.sql import SparkSession

    builder = SparkSession.builder
    for name, value in (SETTINGS | {"spark.local.dir": folder, "spark.sql.warehouse.dir": folder}).items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    atexit.register(session.stop)
    graph = KnowledgeGraph.load()
    return lambda: graph.cohort(session.read.parquet(path), wide=True).write.format("noop").mode("overwrite").save()
