"""What a patient file says of absent things, incomplete lists and drugs without a name, tables say too."""

from __future__ import annotations

from pathlib import Path
from random import Random

import polars as pl
import pytest

from rrmm.cli.main import main
from rrmm.cohort.reading import Reading, TableReader
from rrmm.cohort.writing import tabulate, write
from rrmm.errors import PatientError
from support import cohort_tables, random_patients
from support.commands import checkout
from test_intake_patients import FOLDERS, expectation

KG = checkout()
COMPILED = KG.rule_base
FORMS = {"nested": True, "text": False}


def answers(frame, *, wide=False):
    """Return the answers for a table, by identifier."""
    read = TableReader(COMPILED, Reading()).read(frame.lazy(), "table")[0]
    return KG.cohort(read, wide=wide).collect()


def of_table(frame):
    """Return identifier → option → its row in the answers for a table."""
    found = {}
    for row in answers(frame).iter_rows(named=True):
        found.setdefault(row.pop("id"), {})[row.pop("option")] = row
    return found


@pytest.fixture(scope="module")
def patients():
    """Return patient files with absences, incomplete lists, classes and drugs that no source knows."""
    random = Random(11)
    several = [one for _ in range(150) if (one := random_patients.rich(COMPILED, random))]
    return [{**one, "id": f"P{number}"} for number, one in enumerate(several)]


@pytest.mark.parametrize("form", FORMS)
def test_a_table_answers_as_its_patient_files_do(patients, form):
    """Status, fit, reasons, cautions, needs and warnings of each row are those of its patient file."""
    frame = tabulate(COMPILED, patients, "table", nested=FORMS[form])
    assert of_table(frame) == {one["id"]: cohort_tables.said(COMPILED, one)[0] for one in patients}


def test_states_are_those_of_the_patient_files(patients):
    """Pattern, timing and states of rows that are read alone are those of their patient files."""
    wide = answers(tabulate(COMPILED, patients, "table", nested=True), wide=True)
    for row, one in zip(wide.iter_rows(named=True), patients, strict=True):
        given = {name: value for name, value in row.items() if value is not None and name != "id"}
        assert given == cohort_tables.said(COMPILED, one)[1]


CELLS = {
    "no NAME": ({"cytogenetics": "no del(17p)"}, {"cytogenetics": [{"name": "del(17p)", "present": False}]}),
    "apart by commas": (
        {"cytogenetics": "No del(17p), no t(4;14); t(14;16)"},
        {
            "cytogenetics": [
                {"name": "del(17p)", "present": False},
                {"name": "t(4;14)", "present": False},
                "t(14;16)",
            ]
        },
    ),
    "no_cytogenetics": ({"no_cytogenetics": "17p-"}, {"cytogenetics": [{"name": "17p-", "present": False}]}),
    "both": (
        {"comorbidities": "hypertension", "no_comorbidity": "renal impairment|heart failure"},
        {
            "comorbidities": [
                "hypertension",
                {"name": "renal impairment", "present": False},
                {"name": "heart failure", "present": False},
            ]
        },
    ),
    "rest unknown": ({"cytogenetics": "t(4;14)| Rest Unknown"}, {"cytogenetics": ["t(4;14)", "rest unknown"]}),
    "several things": ({"comorbidities": "CKD stage 5D"}, {"comorbidities": ["CKD stage 5D"]}),
    "grade": (
        {"comorbidities": "peripheral neuropathy (grade 2)"},
        {"comorbidities": [{"name": "peripheral neuropathy", "grade": 2}]},
    ),
    "a name with no": ({"access": "no del(17p)"}, "access[1]: unknown name 'del(17p)'"),
    "drugs by status": (
        {"refractory": "VRd|anti-CD38 antibody|rest unknown", "exposed": "other: compound X"},
        {
            "prior_drugs": [
                {"regimen": "VRd", "status": "refractory"},
                {"class": "anti-CD38 antibody", "status": "refractory"},
                "rest unknown",
                {"other": "compound X", "status": "exposed"},
            ]
        },
    ),
    "numbered drugs": (
        {
            "prior_drugs.1.class": "anti-CD38 antibody",
            "prior_drugs.1.line": "1",
            "prior_drugs.2.other": "X",
            "prior_drugs.3.drug": "rest unknown",
            "prior_drugs.4.regimen": "VRd",
        },
        {
            "prior_drugs": [
                {"class": "anti-CD38 antibody", "line": 1},
                {"other": "X"},
                "rest unknown",
                {"regimen": "VRd"},
            ]
        },
    ),
    "two drugs in one": (
        {"prior_drugs.1.drug": "bortezomib", "prior_drugs.1.class": "anti-CD38 antibody"},
        "prior_drugs[1].class: unknown key.",
    ),
    "a class beside free text": (
        {"prior_drugs.1.class": "anti-CD38 antibody", "prior_drugs.1.regimen": "VRd"},
        {"prior_drugs": [{"class": "anti-CD38 antibody", "regimen": "VRd"}]},
    ),
    "structs": (
        {
            "comorbidities": [
                {"name": "hypertension", "grade": None, "present": None, "other": None},
                {"name": "heart failure", "grade": None, "present": False, "other": None},
                {"name": "peripheral neuropathy", "grade": 2, "present": True, "other": None},
                {"name": None, "grade": None, "present": None, "other": "gout"},
            ],
            "prior_drugs": [
                {"drug": {"other": "X", "class": None}, "line": 1},
                {"drug": {"other": None, "class": "anti-CD38 antibody"}, "line": 1},
            ],
        },
        {
            "comorbidities": [
                "hypertension",
                {"name": "heart failure", "present": False},
                {"name": "peripheral neuropathy", "grade": 2},
                {"other": "gout"},
            ],
            "prior_drugs": [{"drug": {"other": "X"}, "line": 1}, {"drug": {"class": "anti-CD38 antibody"}, "line": 1}],
        },
    ),
}


@pytest.mark.parametrize("name", CELLS)
def test_words_of_cells(name):
    """A cell says what an entry of a patient file says, or is refused as that is."""
    cells, expected = CELLS[name]
    frame = pl.DataFrame([{"id": "A", "age": 70, **cells}])
    if isinstance(expected, str):
        with pytest.raises(PatientError) as error:
            answers(frame)
        assert expected.partition("[")[0] in str(error.value)
    else:
        assert of_table(frame)["A"] == cohort_tables.said(COMPILED, {"age": 70, **expected})[0]


def test_absent_is_not_unknown():
    """What is absent is known: the control for the words above."""
    cells = {"none": "no del(17p)|no t(4;14)|no t(14;16)", "unknown": None}
    frame = pl.DataFrame([{"id": name, "cytogenetics": cell} for name, cell in cells.items()])
    wide = answers(frame, wide=True)
    states = [name for name in wide.columns if name.startswith("state: ")]
    assert wide.row(0) != wide.row(1)
    assert "no" in wide.select(states).row(0)


REFUSED = {
    "a sign": ({"comorbidities": [{"other": "a|b"}]}, "comorbidities"),
    "a token for missing": ({"title": "NA"}, "title"),
    "blanks": ({"id": " x "}, "id"),
    "an unknown key": ({"relapse": {"mood": "low"}}, "relapse.mood"),
    "a name beside other": ({"comorbidities": [{"name": "hypertension", "other": "gout"}]}, "comorbidities"),
    "a measure in words": ({"egfr": "40 mL/min/1.73 m²"}, "egfr"),
    "a drug of a new kind": ({"prior_drugs": [{"drug": {"arm": "A"}}]}, "prior_drugs.arm"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_cell_says_is_refused(tmp_path, name):
    """Each person and key that a table cannot say is named, and nothing is written."""
    patient, key = REFUSED[name]
    sound = {"id": "B", "age": 70}
    with pytest.raises(PatientError, match=rf"table\.csv: {patient.get('id', 'A')}: {key}: no cell can say"):
        write(COMPILED, [{"id": "A", **patient}, sound], tmp_path / "table.csv")
    assert [*tmp_path.iterdir()] == []
    write(COMPILED, [sound], tmp_path / "table.csv")


TABLES = [
    pytest.param("csv", FOLDERS, id="csv"),
    *(pytest.param(suffix, FOLDERS[::5], id=f"{suffix}, a few") for suffix in ("parquet", "xlsx", "arrow")),
    *(pytest.param(suffix, FOLDERS, id=suffix, marks=pytest.mark.slow) for suffix in ("parquet", "xlsx", "arrow")),
]


@pytest.mark.parametrize(("suffix", "folders"), TABLES)
def test_intake_into_a_table(tmp_path, suffix, folders, capsys):
    """Records into a table and through a cohort give the statuses that their patient files give."""
    if suffix == "xlsx":
        pytest.importorskip("xlsxwriter")
    for folder in folders:
        expected, path = expectation(folder)
        table, out = tmp_path / f"{folder.name}.{suffix}", tmp_path / f"{folder.name}-answers.parquet"
        date = ["--index-date", str(expected["index_date"])] if "index_date" in expected else []
        assert main(["intake", str(path), "--from", expected["from"], *date, "-o", str(table)]) == 0
        assert "index date" in capsys.readouterr().err
        assert main(["cohort", str(table), "-o", str(out)]) == 0
        found = {}
        for row in pl.read_parquet(out).iter_rows(named=True):
            found.setdefault(row["id"], {})[row["option"]] = row["status"]
        alone = {one["id"]: cohort_tables.said(COMPILED, one)[0] for one in expected["patients"]}
        assert found == {name: {option: row["status"] for option, row in of.items()} for name, of in alone.items()}


def test_intake_refuses_another_suffix(tmp_path, capsys):
    """A name with no suffix of a table is a folder; nothing else stands where a table should."""
    bundle = Path(__file__).parents[1] / "examples" / "bundle.json"
    assert main(["intake", str(bundle), "--from", "fhir", "-o", str(tmp_path / "no" / "x.csv")]) == 2
    assert "there is no folder" in capsys.readouterr().err
    assert main(["intake", str(bundle), "--from", "fhir", "-o", str(tmp_path / "folder")]) == 0
    assert [path.suffix for path in (tmp_path / "folder").iterdir()] == [".yaml"]


def test_flags_say_rest_unknown(capsys):
    """The flag of a status takes `rest unknown` as the list in a patient file does."""
    assert main(["regimens", "--refractory", "bortezomib", "--refractory", "rest unknown", "--format", "json"]) == 0
    with_rest = capsys.readouterr().out
    assert main(["regimens", "--refractory", "bortezomib", "--format", "json"]) == 0
    assert with_rest != capsys.readouterr().out
