"""A cohort in PySpark: a session with two workers derives what Polars derives, from every form of frame."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest

from rrmm.api import KnowledgeGraph
from rrmm.cohort.simulate import patients
from rrmm.cohort.spark import PATIENTS, ROWS
from rrmm.errors import PatientError
from support import ROOT, cohort_tables

pytestmark = [
    pytest.mark.spark,
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
]

KG = KnowledgeGraph.load()
MANY = 50_000
FORMS = {"paths": lambda frame: frame, "structs": cohort_tables.nested, "text": cohort_tables.text}


def settings(folder):
    """Return the settings of a session that starts soon, keeps to a folder and reaches nothing beyond this machine."""
    return {
        "spark.master": "local[2]",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.local.dir": str(folder),
        "spark.sql.warehouse.dir": str(folder),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "OFF",
    }


@pytest.fixture(scope="module")
def environment():
    """Set the environment of a session: this Python for its workers, and no address but loopback."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("PYTHONPATH", str(ROOT / "src"), prepend=os.pathsep)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        yield


@pytest.fixture(scope="module")
def spark(environment, tmp_path_factory):
    """Return a session that all tests share, stopped after them."""
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    session = SparkSession.builder.config(map=settings(tmp_path_factory.mktemp("spark"))).getOrCreate()
    yield session
    session.stop()
    machine = SparkContext._gateway
    machine.shutdown()
    machine.proc.stdin.close()
    machine.proc.wait()
    SparkContext._gateway = SparkContext._jvm = None


@pytest.fixture(scope="module")
def made_up():
    """Return made-up patients, more than a worker answers at once."""
    return pl.concat(patients(KG.rule_base, MANY, seed=6))


def plain(answers):
    """Return answers as text, in the order of the patients; each one's rows stay in theirs."""
    return answers.cast(pl.String).sort("id", maintain_order=True)


def put(frame, folder, pieces=1):
    """Write a table as a folder of Parquet files and return its path."""
    for number, piece in enumerate(frame.iter_slices(-(-frame.height // pieces))):
        piece.write_parquet(folder / f"{number}.parquet", mkdir=True)
    return str(folder)


@pytest.mark.parametrize("wide", [False, True], ids=["long", "wide"])
def test_the_answers_are_those_of_polars(spark, made_up, wide, tmp_path):
    """50,000 patients get the same rows from both, with reasons, cautions and needs, or in one row a patient."""
    given = spark.read.parquet(put(made_up, tmp_path / "patients", pieces=2))
    KG.cohort(given, wide=wide).write.parquet(str(tmp_path / "answers"))
    found = pl.read_parquet(tmp_path / "answers" / "*.parquet")
    assert found["id"].n_unique() == MANY
    assert plain(found).equals(plain(KG.cohort(made_up, wide=wide).collect()))


@pytest.mark.parametrize("form", FORMS)
def test_forms_say_the_same(spark, made_up, form, tmp_path):
    """Names with dots, structs and arrays, and the text of a CSV, nulls among them, give one answer."""
    some = made_up.head(300)
    given = spark.read.parquet(put(FORMS[form](some), tmp_path / "patients"))
    assert plain(pl.DataFrame(KG.cohort(given).toArrow())).equals(plain(KG.cohort(some).collect()))


@pytest.mark.parametrize("size", [7, 100_000])
def test_the_size_of_batches_does_not_show(spark, made_up, size, tmp_path):
    """However many rows Spark hands over at once, the answers are the same."""
    some = made_up.head(300)
    given = spark.read.parquet(put(some, tmp_path / "patients"))
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", size)
    try:
        found = pl.DataFrame(KG.cohort(given).toArrow())
    finally:
        spark.conf.unset("spark.sql.execution.arrow.maxRecordsPerBatch")
    assert plain(found).equals(plain(KG.cohort(some).collect()))


def test_a_worker_holds_few_patients(made_up):
    """A worker reads no further than the patients that it answers, and hands their answers over in pieces."""
    from rrmm.cohort.spark import _worker

    size, read = 1000, []
    batches = (read.append(1) or batch for batch in made_up.to_arrow().to_batches(max_chunksize=size))
    handed = _worker(KG.rule_base, made_up.schema, wide=False)(batches)
    first = next(handed)
    assert sum(read) * size == PATIENTS
    assert max(first.num_rows, *(batch.num_rows for batch in handed)) == ROWS
    assert sum(read) * size == MANY


def test_nothing_is_run_before_an_action(spark):
    """To derive is lazy: a frame with a bad row gives a frame; what reads the answers runs the first job."""
    frame = spark.createDataFrame([("A", 700)], "id string, age int")
    spark.sparkContext.setJobGroup("lazy", "answers that nobody reads")
    status = spark.sparkContext.statusTracker()
    answers = KG.cohort(frame)
    assert type(answers) is type(frame)
    assert answers.columns == [
        "id",
        "option",
        "status",
        "fit",
        "reasons",
        "cautions",
        "needs",
        "caution_needs",
        "warnings",
    ]
    assert status.getJobIdsForGroup("lazy") == []
    with pytest.raises(Exception, match="age: 700 is out of range"):
        answers.collect()
    assert len(status.getJobIdsForGroup("lazy")) == 1


REFUSED = {
    "unknown": ("id string, agee int", "column 'agee': unknown. Did you mean age? See: rrmm schema cohort"),
    "without_id": ("age int", "column 'id' is missing. Give each patient one; the rows have no order."),
    "twice": ("id string, age int, age int", "column 'age' stands twice. Drop one."),
    "field": (
        "id string, prior_drugs array<struct<drug: string, dose: int>>",
        "column 'prior_drugs': unknown field 'dose'. See: rrmm schema cohort",
    ),
    "date": ("id string, age date", "column 'age': takes numbers, but holds Date. See: rrmm schema cohort"),
    "time": ("id string, age timestamp", "column 'age': takes numbers, but holds Datetime("),
    "interval": (
        "id string, age interval year",
        "column 'age': takes numbers, but holds Object. See: rrmm schema cohort",
    ),
    "map": ("id string, access map<string, boolean>", "column 'access': takes lists of names, but holds Object."),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_column_is_refused_at_once(spark, name):
    """A column that patients do not have, or of a type that its key does not take, is an error before any job."""
    columns, message = REFUSED[name]
    with pytest.raises(PatientError) as error:
        KG.cohort(spark.createDataFrame([], columns))
    assert str(error.value).startswith(f"Spark frame: {message}")


BAD = {
    "age": (
        ("B", 700.0),
        "patient B: age: 700 is out of range; it takes a number from 18 to 120 (unit a). Age in years.",
    ),
    "id": ((None, 70.0), "id: missing. Give each patient one."),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_row_is_named_to_the_driver(spark, name):
    """Who reads the answers gets one error, and its last line says which patient cannot be understood, and why."""
    from pyspark.errors import PythonException

    row, message = BAD[name]
    frame = spark.createDataFrame([("A", 70.0), row], "id string, age double")
    with pytest.raises(PythonException) as error:
        KG.cohort(frame).collect()
    said = str(error.value).strip()
    assert said.splitlines()[-1] == f"rrmm.errors.PatientError: Spark frame: {message}"
    assert said.count(message) == 1


TYPES = ["tinyint", "smallint", "int", "bigint", "float", "double", "decimal(5,2)", "string"]


def test_numbers_come_in_every_type(spark):
    """A number is read from each numeric type and from text; a column of no type is not known."""
    frame = spark.createDataFrame([("A", 76)], "id string, age int")
    typed = [frame.selectExpr("id", f"cast(age AS {kind}) AS age") for kind in TYPES]
    for age, frames in ((76, typed), (None, [frame.selectExpr("id", "NULL AS age")])):
        expected = plain(KG.cohort(pl.DataFrame({"id": ["A"], "age": [age]})).collect())
        for given in frames:
            assert pl.DataFrame(KG.cohort(given).toArrow()).equals(expected)


def test_no_patients_have_no_answers(spark):
    """An empty frame has an empty answer with the same columns."""
    answers = KG.cohort(spark.createDataFrame([], "id string, age int"), wide=True)
    assert answers.count() == 0
    assert answers.columns == KG.cohort(pl.DataFrame({"id": ["A"]}), wide=True).collect_schema().names()


def test_the_example_answers_a_table(environment, made_up, tmp_path):
    """examples/spark_cohort.py, submitted, reads patients and writes their answers as Parquet."""
    some = made_up.head(300)
    given, answers = put(some, tmp_path / "patients"), tmp_path / "answers"
    submit = Path(find_spec("pyspark").origin).with_name("bin") / "spark-submit"
    flags = [word for one in settings(tmp_path / "spark").items() for word in ("--conf", "=".join(one))]
    command = [submit, *flags, ROOT / "examples" / "spark_cohort.py", given, answers]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert plain(pl.read_parquet(answers / "*.parquet")).equals(plain(KG.cohort(some).collect()))


def test_a_frame_of_another_library_is_refused():
    """What only resembles a frame of PySpark's SQL is an error that says so."""
    other = type("DataFrame", (), {"__module__": "pyspark.pandas.frame"})
    with pytest.raises(PatientError, match=r"A cohort is a Polars or PySpark frame, not DataFrame\."):
        KG.cohort(other())
