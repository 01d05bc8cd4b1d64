"""The command ``rrmm cohort``: what it refuses, and the rows that it sets aside."""

from __future__ import annotations

import csv
import json
import re
import resource
from pathlib import Path

import polars as pl
import pytest

from rrmm.cohort.files import translate_errors
from rrmm.cohort.simulate import flatten
from rrmm.errors import PatientError
from support import commands
from support.commands import checkout
from support.folders import held, names, small_batches, write

KG = checkout()
COMPILED = KG.rule_base


TEXTS = {
    "good.csv": "id,age\n1,70\n",
    "more.csv": "id,age\n2,70\n",
    "deep/good.csv": "id,age\n1,70\n",
    "bare/notes.txt": "",
    "column.csv": "id,agee\n1,70\n",
    "row.csv": "id,age\n1,70\n2,700\n",
    "twice.csv": "id,age,age\n1,70,71\n",
    "again.csv": "id,age\n1,70\n2,71\n1,72\n",
    "empty.csv": "",
    "latin.csv": "id,region\n1,Köln\n".encode("latin-1"),
    "ragged.csv": "id,age\n1,70,71\n",
    "open.csv": 'id,title\n1,"two\nlines"\n2,"open\n3,c\n',
    "within.csv": 'id,title\n1,a\n2,b"c\n3,d\n',
    "closed.csv": 'id,title\n1,a\n2,"b"c\n3,d\n',
    "broken.parquet": "nothing",
    "broken.arrow": "nothing",
    "utf16.csv": "id,region\n1,KR\n".encode("utf-16"),
    "broken.xlsx": "nothing",
    "long.csv": f"id,{'a' * 300_000}\n1,70\n",
    "numbered.csv": f"id,prior_drugs.{'9' * 5000}.drug\n1,bortezomib\n",
    "odd/good.csv": "id,age\n1,70\n",
    "odd/folder.csv/notes.txt": "",
    "good.bad.csv": "id,age\n1,70\n",
}
CSV = "Save it as UTF-8 text: a header, and in each row at most as many cells."
OTHER = "Write it anew, or name it by what it is (.parquet, .csv, .arrow)."
REFUSED = {
    "column": (["column.csv"], "column.csv: column 'agee': unknown. Did you mean age? Say what it is with --map FILE"),
    "column_of_one": (["good.csv", "column.csv"], "column.csv: column 'agee': unknown. Did you mean age?"),
    "column_twice": (["twice.csv"], "twice.csv: column 'age' stands twice. Drop one."),
    "row": (
        ["row.csv"],
        "row.csv: 1 row cannot be understood. Correct it, or set it aside with --skip-bad.\n"
        "  row 2: age: 700 is out of range; it takes a number from 18 to 120 (unit a). Age in years.",
    ),
    "patient_twice": (
        ["again.csv"],
        "again.csv: 2 rows cannot be understood. Correct them, or set them aside with --skip-bad.\n"
        "  row 1: id: 1 stands in several rows. One row is one patient.\n"
        "  row 3: id: 1 stands in several rows. One row is one patient.",
    ),
    "empty": (["empty.csv"], f"empty.csv: cannot be read as csv (empty CSV). {CSV}"),
    "not_utf8": (["latin.csv"], f"latin.csv: cannot be read as csv (invalid utf-8 sequence). {CSV}"),
    "utf16": (["utf16.csv"], f"utf16.csv: cannot be read as csv (its header is no UTF-8 text). {CSV}"),
    "not_excel": (["broken.xlsx"], r"broken.xlsx: cannot be read as xlsx (.*). " + re.escape(OTHER)),
    "long_column": (["long.csv"], f"long.csv: column '{'a' * 59}…': unknown. Say what it is"),
    "numbered_column": (["numbered.csv"], f"numbered.csv: column 'prior_drugs.{'9' * 47}…': unknown. Say what it is"),
    "no_file_in_folder": (["odd"], "odd/folder.csv: no file, whatever the name says. Take it out of odd."),
    "ragged": (["ragged.csv"], f"ragged.csv:2: cannot be read as csv (3 cells, but the header has 2). {CSV}"),
    "quote_open": (["open.csv"], f"open.csv:4: cannot be read as csv (a quote opens a cell and none closes it). {CSV}"),
    "quote_within": (
        ["within.csv"],
        "within.csv:3: cannot be read as csv (a quote within a cell: put the cell in quotes, and the quote twice).",
    ),
    "quote_closed": (["closed.csv"], "closed.csv:3: cannot be read as csv (a cell goes on after its closing quote)."),
    "not_parquet": (["broken.parquet"], r"broken.parquet: cannot be read as parquet (.*). " + re.escape(OTHER)),
    "not_arrow": (["broken.arrow"], r"broken.arrow: cannot be read as arrow (.*). " + re.escape(OTHER)),
    "missing": (["goood.csv"], "goood.csv: there is no such file. Did you mean good.csv"),
    "glob": (["nothing*.csv"], "nothing*.csv: there is no such file."),
    "text": (["bare/*"], "bare/*: no table of patients (.parquet, .csv, .arrow)."),
    "folder": (["bare"], "bare: no table of patients (.parquet, .csv, .arrow)."),
    "suffix_of_input": (["bare/notes.txt"], "bare/notes.txt: give a name that ends in .parquet, .csv or .arrow."),
    "suffix": (["good.csv", "-o", "out.xlsx"], "out.xlsx: give a name that ends in .parquet, .csv or .arrow."),
    "onto_input": (["good.csv", "-o", "good.csv"], "good.csv: is a table of patients, and would be overwritten."),
    "onto_one_input": (["deep", "-o", "deep"], "deep/good.csv: is a table of patients, and would be overwritten."),
    "aside_onto_input": (
        ["good.bad.csv", "-o", "good.parquet"],
        "good.bad.csv: is a table of patients, and would be overwritten. Give OUT another name.",
    ),
    "summary_onto_input": (
        ["good.csv", "--summary", "good.csv"],
        "good.csv: is a table of patients or of answers. Give the summary another name.",
    ),
    "summary_onto_answers": (
        ["good.csv", "--summary", "out.parquet"],
        "out.parquet: is a table of patients or of answers. Give the summary another name.",
    ),
    "one_name": (
        ["good.csv", "deep/good.csv", "-o", "out"],
        "good.csv: another table has its name. Rename one: each goes to good.csv.",
    ),
    "no_folder": (["good.csv", "-o", "no/out.csv"], "no/out.csv: there is no folder no. Make it, or name another."),
    "no_folder_of_summary": (["good.csv", "--summary", "no/counts.json"], "no/counts.json: there is no folder no."),
    "no_folder_of_several": (["good.csv", "more.csv", "-o", "no/out"], "no/out.summary.json: there is no folder no."),
    "onto_folder": (["good.csv", "-o", "deep"], "deep: is a folder. Give the name of a file."),
    "onto_this_folder": (["good.csv", "-o", "."], ".*: is a folder. Give the name of a file."),
    "several_onto_file": (
        ["good.csv", "deep", "-o", "more.csv"],
        "more.csv: is a file, but the answers of several tables go to a folder. Name one.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_leaves_nothing(name, rrmm, folder):
    """Each failure ends with code 2 and one message: what, where, what next; and no file is written or changed."""
    for path, text in TEXTS.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        write(folder / path, text)
    before = held(folder)
    arguments, message = REFUSED[name]
    code, told = rrmm("cohort", *arguments, *([] if "-o" in arguments else ["-o", "out.parquet"]))
    assert code == 2
    assert re.match("rrmm: " + (message if ".*" in message else re.escape(message)), told)
    assert "Traceback" not in told
    assert held(folder) == before


def test_a_panic_of_the_reader_is_a_fault_of_the_file():
    """A damaged file at which Polars gives up is refused as any other, and an interruption is none."""
    said = r"x.parquet: cannot be read as parquet \(range end\)"
    with pytest.raises(PatientError, match=said), translate_errors(Path("x.parquet")):
        raise pl.exceptions.PanicException("range end")
    with pytest.raises(KeyboardInterrupt), translate_errors(Path("x.parquet")):
        raise KeyboardInterrupt


def test_of_many_bad_rows_the_first_are_told(folder):
    """The message names the first five by row and column, whatever batch they are in, and how many more there are."""
    ages = [700 if number % 20 == 3 else 70 for number in range(1, 601)]
    pl.DataFrame({"age": ages}).write_parquet(folder / "patients.parquet")
    arguments = ("cohort", str(folder / "patients.parquet"), "-o", str(folder / "answers.parquet"))
    run = commands.start(*arguments, env=small_batches())
    assert (run.returncode, run.stdout) == (2, "")
    head, *rows, last = run.stderr.splitlines()
    assert head.endswith(
        "patients.parquet: 30 rows cannot be understood. Correct them, or set them aside with --skip-bad."
    )
    assert [row.split(" is ")[0] for row in rows] == [f"  row {number}: age: 700" for number in (3, 23, 43, 63, 83)]
    assert last == "  and 25 more"
    assert names(folder) == ["patients.parquet"]


@pytest.fixture
def damaged(folder):
    """Return the path of a CSV of patients of which every seventh has no age that can be, and how many these are."""
    frame = next(flatten(COMPILED, 100, seed=4))
    spoilt = pl.when(pl.int_range(pl.len()) % 7 == 3).then(pl.lit("seventy")).otherwise(pl.col("age").cast(pl.String))
    frame.with_columns(spoilt.alias("age")).write_csv(folder / "patients.csv", separator=";")
    return folder / "patients.csv", 14


def test_bad_rows_are_set_aside(rrmm, folder, damaged):
    """With --skip-bad no row is lost: it is answered, or stands in a file with its number, problem and columns."""
    path, bad = damaged
    code, told = rrmm("cohort", path, "-o", "answers.parquet", "--skip-bad")
    assert code == 0
    assert told.endswith(f"\nNot understood and set aside in answers.bad.csv: {bad} rows\n")
    given = pl.read_csv(path, separator=";", infer_schema=False)
    aside = pl.read_csv(folder / "answers.bad.csv", infer_schema=False)
    assert aside.columns == ["row", "problem", *given.columns]
    assert aside["row"].to_list() == [str(number) for number in range(4, 101, 7)]
    assert set(aside["problem"]) == {'age: takes a number, not "seventy".'}
    assert aside.drop("row", "problem").equals(given[3::7])
    answered = pl.read_parquet(folder / "answers.parquet")["id"].unique()
    assert sorted([*answered, *aside["id"]]) == sorted(given["id"])
    summary = json.loads((folder / "answers.summary.json").read_text())
    assert (summary["patients"], summary["bad_rows"]) == (100 - bad, bad)


def test_rows_set_aside_come_back_corrected(rrmm, folder, damaged):
    """The file of bad rows is a table of patients again once they are corrected; the numbers of rows may stay."""
    path, _ = damaged
    assert rrmm("cohort", path, "-o", "answers.parquet", "--skip-bad")[0] == 0
    with (folder / "answers.bad.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with (folder / "corrected.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(row | {"age": "70"} for row in rows)
    assert rrmm("cohort", "corrected.csv", "-o", "rest.parquet")[0] == 0
    answers = pl.concat(pl.read_parquet(folder / name) for name in ("answers.parquet", "rest.parquet"))
    write(path, path.read_text().replace("seventy", "70"))
    assert rrmm("cohort", path, "-o", "whole.parquet")[0] == 0
    whole = pl.read_parquet(folder / "whole.parquet")
    assert answers.sort("id", maintain_order=True).equals(whole.sort("id", maintain_order=True))


def test_a_patient_in_several_rows_is_set_aside(run_rrmm, folder):
    """Rows that share an identifier are all set aside, since none of them is known to be the patient."""
    write(folder / "patients.csv", "id,age\n1,70\n2,71\n1,72\n,73\n,74\n2,700\n3,75\n")
    run = run_rrmm("cohort", str(folder / "patients.csv"), "-o", str(folder / "answers.parquet"), "--skip-bad")
    assert (run.returncode, run.stderr) == (0, "")
    aside = pl.read_csv(folder / "answers.bad.csv")
    assert aside["row"].to_list() == [1, 2, 3, 4, 5, 6]
    several = "id: {} stands in several rows. One row is one patient."
    missing = "id: missing. Give each patient one."
    assert aside["problem"].to_list() == [*map(several.format, (1, 2, 1)), missing, missing, several.format(2)]
    assert set(pl.read_parquet(folder / "answers.parquet")["id"]) == {"3"}


def test_bad_rows_of_several_tables_have_a_folder(rrmm, folder):
    """Each table has its own file of bad rows, beside the folder of answers; a table without any has none."""
    for name, age in (("a", 700), ("b", 70)):
        write(folder / f"{name}.csv", f"id,age\n1,{age}\n")
    code, told = rrmm("cohort", "?.csv", "-o", "answers", "--skip-bad")
    assert code == 0
    assert told.endswith("\nNot understood and set aside in answers.bad: 1 row\n")
    assert [path.name for path in (folder / "answers.bad").iterdir()] == ["a.csv"]


@pytest.fixture
def full():
    """Let no file grow beyond a few bytes, as on a full disk, until the test ends."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("form", ["parquet", "csv", "arrow"])
@pytest.mark.parametrize("command", [["simulate", "1000"], ["cohort", "good.csv"], ["cohort", "good.csv", "--wide"]])
def test_an_output_that_takes_no_more_is_named(rrmm, folder, full, command, form):
    """It is not blamed on the input, it has a number of the system, and nothing is left."""
    write(folder / "good.csv", "id,age\n1,70\n")
    code, told = rrmm(*command, "-o", f"out.{form}")
    assert (code, names(folder)) == (2, ["good.csv"])
    assert told == f"rrmm: out.{form}: cannot be written (File too large). Name another place.\n"
