"""The command ``rrmm cohort``: what it writes, what it counts, what it refuses, and how it goes on where it stopped."""

from __future__ import annotations

import csv
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import termios
from collections import Counter

import polars as pl
import pytest

from conftest import ROOT
from rrmm import cli
from rrmm.cohort.cells import document, normal
from rrmm.cohort.columns import layout
from rrmm.cohort.partitions import Work, answer, planned
from rrmm.cohort.simulate import flattened, patients
from rrmm.knowledge import KnowledgeGraph
from rrmm.options import Derivation
from rrmm.patient import resolve
from rrmm.terms import short

KG = KnowledgeGraph.load()
COMPILED = KG.compiled


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return an empty folder, in which the commands run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def rrmm(folder, capsys):
    """Return a function that runs a command and returns its exit code and what it prints, where it may."""

    def run(*arguments):
        code = cli.main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert bool(captured.out) == (code == 0)
        assert bool(captured.err) == (code != 0)
        return code, captured.out + captured.err

    return run


@pytest.fixture(scope="module")
def made_up():
    """Return made-up patients."""
    return next(patients(COMPILED, 300, seed=8))


def names(folder):
    """Return the paths of all that is in a folder, hidden files among them."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def held(folder):
    """Return what is in a folder, by its path; None stands for a folder."""
    return {name: None if (folder / name).is_dir() else (folder / name).read_bytes() for name in names(folder)}


def write(path, text):
    """Write a text and return its path."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def tables(folder, made_up, *, pieces=3):
    """Write patients as tables of a folder, and return it."""
    size = -(-made_up.height // pieces)
    for number, piece in enumerate(made_up.iter_slices(size), 1):
        piece.write_parquet(folder / "patients" / f"{number}.parquet", mkdir=True)
    return folder / "patients"


def small_batches():
    """Return an environment in which a table of Parquet is answered in batches of a few rows."""
    return {**os.environ, "POLARS_IDEAL_MORSEL_SIZE": "20", "PYTHONPATH": str(ROOT / "src")}


@pytest.mark.parametrize("form", ["csv", "parquet", "arrow"])
def test_the_commands_make_up_patients_and_answer_them(form, run_rrmm, tmp_path):
    """The same seed makes the same bytes, and each patient gets a status of every option, with a summary beside."""
    files = [tmp_path / f"{name}.{form}" for name in ("one", "two")]
    for path in files:
        run = run_rrmm("simulate", "50", "--seed", "3", "-o", str(path))
        assert run.returncode == 0, run.stderr
    assert files[0].read_bytes() == files[1].read_bytes()
    run = run_rrmm("cohort", str(files[0]), "-o", str(tmp_path / "answers.parquet"))
    assert run.returncode == 0, run.stderr
    answers = pl.read_parquet(tmp_path / "answers.parquet")
    assert answers["id"].n_unique() == 50
    assert set(answers["option"]) >= {option.label for option in COMPILED.options}
    assert (tmp_path / "answers.summary.json").is_file()


@pytest.mark.parametrize("form", ["csv", "parquet", "arrow", "ipc", "feather"])
def test_the_answers_are_those_of_the_library(form, rrmm, folder, made_up):
    """Whatever the form of the file, it holds what KnowledgeGraph.cohort() derives."""
    made_up.write_parquet(folder / "patients.parquet")
    assert rrmm("cohort", "patients.parquet", "-o", f"answers.{form}")[0] == 0
    read = {"csv": pl.read_csv, "parquet": pl.read_parquet}.get(form, pl.read_ipc)
    expected = KG.cohort(made_up).collect().cast(pl.String)
    assert read(folder / f"answers.{form}").cast(pl.String).fill_null("").equals(expected)


def test_wide_is_long_turned(rrmm, folder, made_up):
    """The file of one row a patient holds the statuses of the file of one row a patient and option."""
    made_up.write_parquet(folder / "patients.parquet")
    assert rrmm("cohort", "patients.parquet", "-o", "long.csv")[0] == 0
    assert rrmm("cohort", "patients.parquet", "-o", "wide.csv", "--wide")[0] == 0
    turned = pl.read_csv(folder / "long.csv").pivot("option", index="id", values="status")
    wide = pl.read_csv(folder / "wide.csv")
    assert wide.height == made_up.height
    assert wide.select(turned.columns).equals(turned)


@pytest.fixture(scope="module")
def counted(made_up, tmp_path_factory):
    """Return patients, their answers in both forms, and the summary, from files that one command wrote each."""
    folder = tmp_path_factory.mktemp("counted")
    given = tables(folder, made_up)
    for name in ("long", "wide"):
        flags = ["--wide"] if name == "wide" else []
        assert cli.main(["cohort", str(given), "-o", str(folder / name), *flags]) == 0
    answers = [
        pl.read_parquet(folder / name / "*.parquet").with_columns(pl.exclude("id").cast(pl.String))
        for name in ("long", "wide")
    ]
    summaries = [json.loads((folder / f"{name}.summary.json").read_text(encoding="utf-8")) for name in ("long", "wide")]
    assert summaries[0] == summaries[1]
    return *answers, summaries[0]


def test_the_summary_counts_each_patient_once(counted, made_up):
    """Patients, timings, patterns, states and statuses are those of the answers, and add up."""
    long, wide, summary = counted
    total = summary["patients"]
    assert total == made_up.height == wide.height
    for heading, column in (("timing", "timing"), ("patterns", "pattern")):
        found = dict(wide[column].drop_nulls().value_counts().iter_rows())
        assert {name: number for name, number in summary[heading].items() if number} == found
    assert sum(summary["timing"].values()) == total
    for name, of in summary["states"].items():
        assert sum(of.values()) == total
        assert {word: n for word, n in of.items() if n} == dict(wide[f"state: {name}"].value_counts().iter_rows())
    statuses: dict[str, dict[str, int]] = {name: {} for name in summary["options"]}
    for option, status, number in long.group_by("option", "status").len().iter_rows():
        statuses[option][status] = number
    for name, of in summary["options"].items():
        assert {status: number for status, number in of.items() if number} == statuses[name]
    assert all(sum(summary["options"][option.label].values()) == total for option in COMPILED.options)


def test_the_summary_counts_rules_and_needs(counted, made_up):
    """Of each rule, caution and need it says for how many patients it decides, by the answers and by the timing."""
    long, _, summary = counted
    rules, cautions, needs = Counter(), Counter(), Counter()
    table = normal(layout(COMPILED, made_up.schema, "table"), made_up)
    for number, (_, rows) in enumerate(long.group_by("id", maintain_order=True)):
        timing = Derivation(COMPILED, resolve(document(COMPILED, table, number), COMPILED, "")).timing()
        told = {name: {word for text in rows[name] for word in text.split(";") if word} for name in rows.columns[3:]}
        reasons = told["reasons"] | {short(reason["rule"]) for reason in timing["because"]}
        rules.update(rule for rule in reasons if rule.startswith("guidance:"))
        cautions.update(told["cautions"])
        needs.update(told["needs"] | set(timing["needs"]))
    assert summary["rules"] == rules
    assert summary["cautions"] == cautions
    assert summary["needs"] == needs
    assert [*summary["rules"].values()] == sorted(rules.values(), reverse=True)


def test_the_summary_counts_gaps(counted):
    """Patients for whom nothing is recommended are counted by what they are, and may be, refractory to."""
    long, wide, summary = counted
    served = set(long.filter(pl.col("status") == "recommended")["id"])
    states = {word.removesuffix("?") for name in summary["nothing_recommended"] for word in name.split(", ")}
    marks = {"yes": "", "unknown": "?"}
    gaps = Counter(
        ", ".join(
            name + marks[row[f"state: {name}"]]
            for name in summary["states"]
            if name in states and row[f"state: {name}"] in marks
        )
        or "none"
        for row in wide.iter_rows(named=True)
        if row["id"] not in served
    )
    assert len(gaps) > 1
    assert summary["nothing_recommended"] == gaps


GOOD = {
    "plain": "id,age,comorbidities\nA,70,heart failure|hypertension\nB,,\n",
    "semicolons": "id;age;comorbidities\nA;70;heart failure|hypertension\nB;;\n",
    "tabs": "id\tage\tcomorbidities\nA\t70\theart failure|hypertension\nB\t\t\n",
    "spreadsheet": b"\xef\xbb\xbfid;age;comorbidities\r\nA;70;heart failure|hypertension\r\nB;;\r\n",
    "quoted": 'id,age,comorbidities\n"A","70","heart failure|hypertension"\n"B","",""\n',
    "broken": 'id,age,comorbidities\n"A",70,"heart failure|\nhypertension"\nB,,\n',
    "blanks": "id,age,comorbidities\n A , 70 , heart failure | hypertension \nB, ,\n",
    "unfinished": "id,age,comorbidities\nA,70,heart failure|hypertension\nB,,",
    "short": "id,age,comorbidities\nA,70,heart failure|hypertension\nB\n",
}


@pytest.mark.parametrize("name", GOOD)
def test_a_csv_may_come_from_a_spreadsheet(name, rrmm, folder):
    """Its separator, its mark of UTF-8, its line ends, its quotes and breaks within them do not show."""
    write(folder / "patients.csv", GOOD[name])
    assert rrmm("cohort", "patients.csv", "-o", "answers.parquet")[0] == 0
    spelt = pl.DataFrame(
        {"id": ["A", "B"], "age": [70, None], "comorbidities": [["heart failure", "hypertension"], None]}
    )
    assert pl.read_parquet(folder / "answers.parquet").equals(KG.cohort(spelt).collect())


def test_a_table_without_rows_has_an_empty_answer(rrmm, folder):
    """A header alone is a table of no patients."""
    write(folder / "patients.csv", "id,age\n")
    assert rrmm("cohort", "patients.csv", "-o", "answers.parquet")[0] == 0
    assert pl.read_parquet(folder / "answers.parquet").is_empty()
    assert json.loads((folder / "answers.summary.json").read_text())["patients"] == 0


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
    "broken.parquet": "nothing",
    "broken.arrow": "nothing",
    "good.bad.csv": "id,age\n1,70\n",
}
CSV = "Save it as UTF-8 text: a header, and in each row at most as many cells."
OTHER = "Write it anew, or name it by what it is (.parquet, .csv, .arrow)."
REFUSED = {
    "column": (["column.csv"], "column.csv: column 'agee': unknown. Did you mean age? See: rrmm schema cohort"),
    "column_of_one": (["good.csv", "column.csv"], "column.csv: column 'agee': unknown. Did you mean age?"),
    "column_twice": (["twice.csv"], "twice.csv: column 'age' stands twice. Drop one."),
    "row": (
        ["row.csv"],
        "row.csv: 1 row cannot be understood. Correct it, or set it aside with --skip-bad.\n"
        "  row 2: age: 700 is out of range; it takes a number from 0 to 130 (unit a). Age in years.",
    ),
    "patient_twice": (
        ["again.csv"],
        "again.csv: 2 rows cannot be understood. Correct them, or set them aside with --skip-bad.\n"
        "  row 1: id: 1 stands in several rows. One row is one patient.\n"
        "  row 3: id: 1 stands in several rows. One row is one patient.",
    ),
    "empty": (["empty.csv"], f"empty.csv: cannot be read as csv (empty CSV). {CSV}"),
    "not_utf8": (["latin.csv"], f"latin.csv: cannot be read as csv (invalid utf-8 sequence). {CSV}"),
    "ragged": (["ragged.csv"], "ragged.csv: cannot be read as csv (found more fields than defined in 'Schema')."),
    "not_parquet": (["broken.parquet"], r"broken.parquet: cannot be read as parquet (.*). " + re.escape(OTHER)),
    "not_arrow": (["broken.arrow"], r"broken.arrow: cannot be read as arrow (.*). " + re.escape(OTHER)),
    "missing": (["goood.csv"], "goood.csv: no table of patients (.parquet, .csv, .arrow). Did you mean good.csv"),
    "glob": (["nothing*.csv"], "nothing*.csv: no table of patients (.parquet, .csv, .arrow)."),
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
        (folder / path).parent.mkdir(exist_ok=True)
        write(folder / path, text)
    before = held(folder)
    arguments, message = REFUSED[name]
    code, told = rrmm("cohort", *arguments, *([] if "-o" in arguments else ["-o", "out.parquet"]))
    assert code == 2
    assert re.match("rrmm: " + (message if ".*" in message else re.escape(message)), told)
    assert "Traceback" not in told
    assert held(folder) == before


def test_of_many_bad_rows_the_first_are_told(run_rrmm, folder):
    """The message names the first five by row and column, whatever batch they are in, and how many more there are."""
    ages = [700 if number % 100 == 3 else 70 for number in range(1, 3001)]
    pl.DataFrame({"age": ages}).write_parquet(folder / "patients.parquet")
    arguments = ("cohort", str(folder / "patients.parquet"), "-o", str(folder / "answers.parquet"))
    run = run_rrmm(*arguments, env=small_batches())
    assert (run.returncode, run.stdout) == (2, "")
    head, *rows, last = run.stderr.splitlines()
    assert head.endswith(
        "patients.parquet: 30 rows cannot be understood. Correct them, or set them aside with --skip-bad."
    )
    assert [row.split(" is ")[0] for row in rows] == [f"  row {number}: age: 700" for number in (3, 103, 203, 303, 403)]
    assert last == "  and 25 more"
    assert names(folder) == ["patients.parquet"]


@pytest.fixture
def damaged(folder):
    """Return the path of a CSV of patients of which every seventh has no age that can be, and how many these are."""
    frame = next(flattened(COMPILED, 100, seed=4))
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


INTERRUPTED = """
import os, signal, sys
from rrmm import cli
from rrmm.cohort.judge import Judge

by, left, *arguments = sys.argv[1:]
answers, left = Judge.answers, int(left)


def counted(judge, judged):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.Signals[by])
    return answers(judge, judged)


Judge.answers = counted
sys.exit(cli.main(arguments))
"""


def interrupted(by, after, *arguments):
    """Run a command that a signal ends when so many batches are answered; return its exit code."""
    command = [sys.executable, "-c", INTERRUPTED, by, str(after), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, env=small_batches()).returncode


LEFT = {"SIGINT": (130, []), "SIGKILL": (-signal.SIGKILL, [".answers.parquet.part"])}


@pytest.mark.parametrize("by", LEFT)
def test_an_interrupted_run_leaves_nothing_half_written(by, rrmm, folder, made_up):
    """After SIGINT nothing is there; SIGKILL leaves a hidden file, no table by its name, which the next run removes."""
    made_up.write_parquet(folder / "patients.parquet")
    code, left = LEFT[by]
    assert interrupted(by, 5, "cohort", "patients.parquet", "-o", "answers.parquet") == code
    assert names(folder) == sorted([*left, "patients.parquet"])
    assert rrmm("cohort", "patients.parquet", "-o", "answers.parquet")[0] == 0
    assert names(folder) == ["answers.parquet", "answers.summary.json", "patients.parquet"]
    assert pl.read_parquet(folder / "answers.parquet").equals(KG.cohort(made_up).collect())


@pytest.mark.parametrize("by", LEFT)
def test_an_interrupted_run_goes_on(by, rrmm, folder, made_up):
    """Tables that are done are left as they are, the others answered, and it all comes to what one run comes to."""
    tables(folder, made_up)
    assert interrupted(by, 8, "cohort", "patients", "-o", "answers") == LEFT[by][0]
    done = folder / "answers" / "1.parquet"
    assert [path for path in names(folder / "answers") if path[0] not in "._"] == ["1.parquet"]
    assert not (folder / "answers.summary.json").exists()
    before = done.stat()
    code, told = rrmm("cohort", "patients", "-o", "answers")
    assert code == 0
    assert (done.stat().st_ino, done.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [path for path in names(folder / "answers") if path[0] not in "_"] == [f"{n}.parquet" for n in (1, 2, 3)]
    assert rrmm("cohort", "patients", "-o", "at_once") == (0, told)
    assert (folder / "answers.summary.json").read_text() == (folder / "at_once.summary.json").read_text()
    for number in (1, 2, 3):
        one, other = (folder / name / f"{number}.parquet" for name in ("answers", "at_once"))
        assert pl.read_parquet(one).equals(pl.read_parquet(other))


def damage(path):
    """Cut the end off a file."""
    path.write_bytes(path.read_bytes()[:-100])


CHANGES = {
    "nothing": (lambda _: {}, set()),
    "answers_gone": (lambda folder: (folder / "answers" / "2.parquet").unlink(), {2}),
    "answers_cut": (lambda folder: damage(folder / "answers" / "2.parquet"), {2}),
    "note_gone": (lambda folder: (folder / "answers" / "_rrmm" / "2.parquet.json").unlink(), {2}),
    "note_cut": (lambda folder: damage(folder / "answers" / "_rrmm" / "2.parquet.json"), {2}),
    "note_strange": (lambda folder: write(folder / "answers" / "_rrmm" / "2.parquet.json", "7") and None, {2}),
    "input": (lambda folder: shutil.copy(folder / "patients" / "1.parquet", folder / "patients" / "2.parquet"), {2}),
    "form": (lambda _: {"wide": True}, {1, 2, 3}),
    "graph": (lambda _: {"digest": "another"}, {1, 2, 3}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_has_changed_is_answered_again(name, folder, made_up):
    """Another graph or form, a changed table, and answers or notes that are damaged or gone are not taken as done."""
    given = [*tables(folder, made_up).iterdir()]
    partitions = planned(given, folder / "answers", several=True)
    work = Work(COMPILED, "a graph", wide=False, skip_bad=False)
    first = answer(work, partitions, lambda _: None)
    before = {one.source.stem: one.target.stat().st_ino for one in partitions}
    for one in partitions:  # a number of a file is not given away again while it has another name
        one.target.with_suffix(".kept").hardlink_to(one.target)
    change, expected = CHANGES[name]
    found = change(folder)
    told = []
    counts = answer(work._replace(**(found if isinstance(found, dict) else {})), partitions, told.append)
    again = {int(one.source.stem) for one in partitions if one.target.stat().st_ino != before[one.source.stem]}
    assert again == expected
    assert sum(told) == made_up.height
    assert (counts == first) == (name != "input")


def test_a_run_over_another_form_is_not_mixed(folder, made_up, monkeypatch):
    """A table whose answers were replaced before the run was ended is not taken for what it was."""
    given = [*tables(folder, made_up, pieces=1).iterdir()]
    (partition,) = planned(given, folder / "answers", several=True)
    work = Work(COMPILED, "a graph", wide=False, skip_bad=False)
    answer(work, [partition], lambda _: None)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("rrmm.cohort.partitions.json.dumps", _interrupt)
        answer(work._replace(wide=True), [partition], lambda _: None)
    assert "timing" in pl.read_parquet_schema(partition.target)
    answer(work, [partition], lambda _: None)
    assert pl.read_parquet(partition.target).equals(KG.cohort(made_up).collect())


def _interrupt(*_, **__):
    raise KeyboardInterrupt


def test_bad_rows_are_not_taken_as_done(rrmm, folder):
    """Where bad rows were set aside a run without --skip-bad refuses them; if their file is lost it is made again."""
    for name, age in (("a", 700), ("b", 70)):
        write(folder / f"{name}.csv", f"id,age\n1,{age}\n2,70\n")
    assert rrmm("cohort", "?.csv", "-o", "answers")[0] == 2
    assert names(folder / "answers") == ["_rrmm"]
    first = rrmm("cohort", "?.csv", "-o", "answers", "--skip-bad")
    assert first[0] == 0
    assert rrmm("cohort", "?.csv", "-o", "answers")[0] == 2
    (folder / "answers.bad" / "a.csv").unlink()
    assert rrmm("cohort", "?.csv", "-o", "answers", "--skip-bad") == first
    assert (folder / "answers.bad" / "a.csv").is_file()


def test_a_folder_and_a_glob_name_tables(rrmm, folder, made_up):
    """Both name the same tables, in order; hidden files, notes and other suffixes are none."""
    given = tables(folder, made_up)
    for name in (".hidden.csv", "_note.csv", "readme.txt"):
        write(given / name, "nothing")
    assert rrmm("cohort", "patients", "-o", "one")[0] == 0
    assert rrmm("cohort", "patients/*", "-o", "two.csv")[0] == 0
    assert names(folder / "one") == [
        "1.parquet",
        "2.parquet",
        "3.parquet",
        "_rrmm",
        *sorted(f"_rrmm/{number}.parquet.json" for number in (1, 2, 3)),
    ]
    assert [path.name for path in sorted((folder / "two.csv").glob("*.*"))] == ["1.csv", "2.csv", "3.csv"]


def test_progress_is_shown_to_a_person(folder, made_up):
    """On a terminal a bar tells how many are answered, at which rate, and the time left; elsewhere nothing."""
    made_up.write_parquet(folder / "patients.parquet")
    command = [sys.executable, "-m", "rrmm", "cohort", "patients.parquet", "-o", "answers.parquet"]
    screen, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 100))
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=terminal, env=environment) as run:
        os.close(terminal)
        shown = b"".join(iter(lambda: _read(screen), b"")).decode()
        assert b"300 patients" in run.stdout.read()
    os.close(screen)
    assert run.returncode == 0
    assert re.search(r"0.00/300 \[00:00<\?, \? patients/s\]", shown)
    assert re.search(r"100%.* 300/300 \[\d\d:\d\d<00:00, [\d.]+k? patients/s\]", shown)
    quiet = subprocess.run(command, capture_output=True, check=True, env=environment)
    assert quiet.stderr == b""


def _read(screen):
    try:
        return os.read(screen, 4096)
    except OSError:  # Linux says so at the end of a terminal
        return b""
