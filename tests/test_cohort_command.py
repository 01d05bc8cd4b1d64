"""The command ``rrmm cohort``: what it writes, what it counts, and what it shows."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import termios
from collections import Counter

import polars as pl
import pytest

from rrmm.cli.main import main
from rrmm.cohort.cells import normal
from rrmm.cohort.columns import layout
from rrmm.cohort.documents import document
from rrmm.derivation.explain import Derivation
from rrmm.iris import short
from rrmm.patient.resolve import resolve
from support import ROOT
from support.commands import checkout
from support.folders import names, tables, write

KG = checkout()
COMPILED = KG.rule_base


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
    expected = KG.cohort(made_up).collect().cast(pl.String).fill_null("")
    assert read(folder / f"answers.{form}").cast(pl.String).fill_null("").equals(expected)


@pytest.fixture(scope="module")
def counted(made_up, tmp_path_factory):
    """Return patients, their answers in both forms, and the summary, from files that one command wrote each."""
    folder = tmp_path_factory.mktemp("counted")
    given = tables(folder, made_up)
    for name in ("long", "wide"):
        flags = ["--wide"] if name == "wide" else []
        assert main(["cohort", str(given), "-o", str(folder / name), *flags]) == 0
    answers = [
        pl.read_parquet(folder / name / "*.parquet").with_columns(pl.exclude("id").cast(pl.String))
        for name in ("long", "wide")
    ]
    summaries = [json.loads((folder / f"{name}.summary.json").read_text(encoding="utf-8")) for name in ("long", "wide")]
    assert summaries[0] == summaries[1]
    return *answers, summaries[0]


def opened(answers):
    """Return the pairs of patient and option that are open."""
    return set(answers.filter(pl.col("status").is_in(["recommended", "option"])).select("id", "option").iter_rows())


def test_the_summary_counts_by_source(counted, made_up):
    """Each source alone is the view of it; open only since a year is what the earlier sources alone leave closed."""
    long, _, summary = counted
    assert summary["by_source"].keys() == {source.name for source in COMPILED.sources}
    alone = {}
    for source in COMPILED.sources:
        answers = KG.cohort(made_up, sources=source.name).collect().with_columns(pl.col("status", "option").cast(str))
        found: dict[str, dict[str, int]] = {}
        for option, status, number in answers.group_by("option", "status").len().iter_rows():
            found.setdefault(option, {})[status] = number
        counts = summary["by_source"][source.name]
        assert {o: {s: n for s, n in of.items() if n} for o, of in counts.items() if any(of.values())} == found
        alone[source.name] = opened(answers)
    assert list(summary["open_only_since"]) == ["2025"]
    since = Counter(option for _, option in opened(long) - alone["br2020"])
    assert since
    assert summary["open_only_since"]["2025"] == since
    assert [*summary["open_only_since"]["2025"].values()] == sorted(since.values(), reverse=True)


def test_one_source_has_no_later_year(run_rrmm, tmp_path):
    """In the view of one source the counts by source are the counts, and nothing is open only since."""
    (tmp_path / "patients.csv").write_text("id,age\nP1,70\n", encoding="utf-8")
    run = run_rrmm("cohort", tmp_path / "patients.csv", "-o", tmp_path / "out.csv", "--source", "br2020")
    assert run.returncode == 0, run.stderr
    summary = json.loads((tmp_path / "out.summary.json").read_text(encoding="utf-8"))
    assert summary["by_source"] == {"br2020": summary["options"]}
    assert summary["open_only_since"] == {}
    assert "OPEN ONLY SINCE" not in run.stdout
    both = run_rrmm("cohort", tmp_path / "patients.csv", "-o", tmp_path / "out2.csv")
    assert "OPEN ONLY SINCE 2025, by option" in both.stdout


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
        told = {
            name: {word for text in rows[name] for word in text.split(";") if word}
            for name in ("reasons", "cautions", "needs")
        }
        reasons = told["reasons"] | {short(reason.rule) for reason in timing.because}
        rules.update(rule for rule in reasons if rule.startswith("guidance:"))
        cautions.update(told["cautions"])
        needs.update({re.sub(r", line \d+\]", "]", need) for need in told["needs"] | set(timing.needs)})
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


IDS = {"=cmd|x": "'=cmd|x", "@a": "'@a", "-2+3": "'-2+3", "+x": "'+x", "-5": "-5", "+1.5": "+1.5", "a=b": "a=b"}


@pytest.mark.parametrize("options", [[], ["--no-csv-safe"]])
def test_a_spreadsheet_runs_no_cell(rrmm, folder, options):
    """A text that begins a formula gets an apostrophe, a number and other texts none; without the option all stay."""
    (folder / "p.csv").write_text("id,note\n" + "".join(f"{name},{name}\n" for name in IDS), encoding="utf-8")
    assert rrmm("cohort", "p.csv", "-o", "out.csv", "--wide", "--keep", "note", *options)[0] == 0
    rows = pl.read_csv(folder / "out.csv", infer_schema=False).select("id", "note").rows()
    assert rows == [(IDS[name], IDS[name]) if not options else (name, name) for name in IDS]


def test_a_table_without_rows_has_an_empty_answer(rrmm, folder):
    """A header alone is a table of no patients."""
    write(folder / "patients.csv", "id,age\n")
    assert rrmm("cohort", "patients.csv", "-o", "answers.parquet")[0] == 0
    assert pl.read_parquet(folder / "answers.parquet").is_empty()
    assert json.loads((folder / "answers.summary.json").read_text())["patients"] == 0


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
