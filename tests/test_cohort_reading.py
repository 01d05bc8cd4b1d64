"""Tables as people keep them: what is read, what is carried along, and what is refused."""

from __future__ import annotations

import polars as pl
import pytest

from rrmm.cli.main import main

HEADER = (
    "Patient ID;Site;Age;Number of prior lines;Refractory to;Exposed;FISH;Comorbidities;Calcium (mmol/L);On dialysis"
)
ROWS = [
    '1;Seoul;71;2;Velcade, Revlimid;dexamethasone;"del(17p); t(4;14)";"heart failure; CKD stage 3";2.9;no',
    "2;Busan;NA;1;;VRd;standard-risk;hypertension, diabetes;;N",
]
PLAIN = """\
id,age,prior_lines,refractory,exposed,cytogenetics,comorbidities,relapse.findings.calcium_mg_dl,dialysis,site
1,71,2,bortezomib|lenalidomide,dexamethasone,del(17p)|t(4;14),heart failure|renal impairment,11.6232,false,Seoul
2,,1,,bortezomib|lenalidomide|dexamethasone,standard-risk,hypertension|diabetes mellitus,,false,Busan
"""


def write(folder, header=HEADER, rows=ROWS):
    """Write a table of patients and return its path."""
    path = folder / "patients.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def answers(folder, table, *options):
    """Return the answers for a table."""
    out = folder / f"{table.stem}-answers.csv"
    assert main(["cohort", str(table), "-o", str(out), *options]) == 0
    return pl.read_csv(out, infer_schema=False)


def test_other_names_mean_the_same_as_keys(tmp_path, capsys):
    """A table with names of its own, NA, commas, semicolons and units is answered as one with keys."""
    plain = tmp_path / "plain.csv"
    plain.write_text(PLAIN, encoding="utf-8")
    table = answers(tmp_path, write(tmp_path), "--keep", "Site")
    assert "  Number of prior lines is prior_lines\n" in capsys.readouterr().out
    assert table.rename({"Site": "site"}).equals(answers(tmp_path, plain, "--keep", "site"))
    assert set(table["Site"]) == {"Seoul", "Busan"}


def test_a_workbook_is_read_as_csv_is(tmp_path):
    """Excel gives the same answers as CSV."""
    pytest.importorskip("xlsxwriter")
    table = write(tmp_path)
    pl.read_csv(table, separator=";").write_excel(tmp_path / "book.xlsx")
    of_book = answers(tmp_path, tmp_path / "book.xlsx", "--keep", "Site")
    assert of_book.equals(answers(tmp_path, table, "--keep", "Site"))


@pytest.mark.parametrize("rows", [["", "1;x", ""], ["1;x", ";", "  ;", "2;", "\r"], ["1;x", "", ";y"]])
def test_a_row_without_any_cell_is_no_patient(tmp_path, capsys, rows):
    """Blank lines and empty rows, as spreadsheets keep them, are passed over; a row with a cell needs an id."""
    table = write(tmp_path, "id;site", rows)
    if ";y" in rows:
        assert main(["cohort", str(table), "--keep", "site", "-o", str(tmp_path / "answers.csv")]) == 2
        assert "id: missing" in capsys.readouterr().err
        return
    ids = [row[0] for row in rows if row[:1].isdigit()]
    assert sorted(set(answers(tmp_path, table, "--keep", "site")["id"])) == ids


def test_a_map_of_columns(tmp_path):
    """A map gives a column its key, keeps one, and drops one."""
    table = write(tmp_path, "id,arm,lines before,note", ["1,A,2,free text"])
    columns = tmp_path / "columns.yaml"
    columns.write_text("lines before: prior_lines\narm: keep\nnote: drop\n", encoding="utf-8")
    assert set(answers(tmp_path, table, "--map", str(columns), "--wide")["arm"]) == {"A"}


@pytest.mark.parametrize(
    ("header", "options", "messages"),
    [
        ("id,site,sitting", [], ["2 faults", "'site'", "'sitting'", "--keep"]),
        ("id,age,Alter", [], ["age and Alter (age)"]),
        ("id,age,site", ["--keep", "sight"], ["no column 'sight' (near: site)"]),
        ("id,age,warnings", ["--keep", "warnings"], ["warnings: a column of the answers"]),
    ],
)
def test_columns_that_are_refused(tmp_path, capsys, header, options, messages):
    """Unknown columns are named all at once, with what to do; a key that stands twice is refused."""
    table = write(tmp_path, header, ["1,50,50"])
    assert main(["cohort", str(table), "-o", str(tmp_path / "out.csv"), *options]) == 2
    said = capsys.readouterr().err
    assert [message for message in messages if message not in said] == []


def test_an_invalid_map_is_refused(tmp_path, capsys):
    """A map that names a key that no patient has, says so and offers the nearest."""
    columns = tmp_path / "columns.yaml"
    columns.write_text("age: agee\n", encoding="utf-8")
    table = write(tmp_path, "id,age", ["1,50"])
    assert main(["cohort", str(table), "-o", str(tmp_path / "out.csv"), "--map", str(columns)]) == 2
    assert "age: no key 'agee' (near: age" in capsys.readouterr().err
