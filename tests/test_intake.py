"""Records of the field's standards become patient files; what is not stated is not invented."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from rrmm.cli.main import main
from rrmm.errors import PatientError
from rrmm.intake import from_fhir, from_omop
from rrmm.intake.read import from_path
from rrmm.intake.tables import Tables
from support import ROOT


def test_no_resource_is_refused():
    """JSON without a resource is an error."""
    with pytest.raises(PatientError, match="no FHIR resource"):
        from_fhir({"a": 1})


def test_numbers_that_no_patient_file_takes_are_left_out():
    """A child of three is reported, and the patient file can be answered all the same."""
    (intake,) = from_fhir({"resourceType": "Patient", "id": "p", "birthDate": "2020-01-01"}, index_date="2023-02-01")
    assert intake.patient == {"id": "p"}
    assert intake.not_understood[-1]["what"] == "age: 3"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"person": "none"}, "person: no rows"),
        ({"person": [], "note": [1]}, "note: no rows"),
        ({}, "no person"),
        ({"person": [{"year_of_birth": 1950}]}, "person: row 1 has no person_id"),
        ({"person": [{"person_id": 1}, {"person_id": ""}, {"person_id": 1}]}, "2 faults.*row 2 .*'1' stands in 2 rows"),
    ],
)
def test_tables_that_are_none_are_refused(table, message):
    """OMOP tables are lists of rows, and one of them holds the persons."""
    with pytest.raises(PatientError, match=message):
        from_omop(table)


def test_every_bad_line_is_named(tmp_path):
    """NDJSON with two bad lines names both."""
    path = tmp_path / "bulk.ndjson"
    path.write_text('{"resourceType": "Patient", "id": "p"}\n{bad\n{}\nworse\n', encoding="utf-8")
    with pytest.raises(PatientError) as error:
        from_path(path, "fhir")
    assert "2 faults" in str(error.value)
    assert "bulk.ndjson:4" in str(error.value) or ":4: not JSON" in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "messages"),
    [
        (["tests/intake/omop-three-persons/omop", "--from", "omop"], ["3 persons (11, 12, MRN-13)", "--person ID"]),
        (["tests/intake/bulk-export", "--from", "fhir", "--person", "c", "--person", "d"], ["c, d: not in the input"]),
        (["examples/bundle.json"], ["Add --from fhir"]),
        (["examples/bundle.json", "--person", "p"], ["--person: for records alone"]),
        (["examples/bundle.json", "--from", "phenopacket"], ["no phenopacket"]),
        (["examples/bundle.json", "--from", "omop"], ["not a folder"]),
        (["examples/bundle.json", "--from", "fhir", "--index-date", "soon"], ["'soon': not a day"]),
        (["examples/no.json", "examples/nor.json", "--from", "fhir"], ["2 faults", "no.json", "nor.json"]),
    ],
)
def test_records_that_regimens_refuses(arguments, messages, capsys, monkeypatch):
    """Bad input is one message with all faults, and exit code 2."""
    monkeypatch.chdir(ROOT)
    assert main(["regimens", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert [message for message in messages if message not in said.err] == []


def test_regimens_reads_a_record(capsys):
    """One person of several is answered; what was left of the record goes to standard error."""
    folder = ROOT / "tests" / "intake" / "bulk-export"
    assert main(["regimens", str(folder), "--from", "fhir", "--person", "a", "--format", "json"]) == 0
    said = capsys.readouterr()
    report = json.loads(said.out)
    assert report["patient"] == "a"
    assert [course["drug"] for course in report["history"]] == ["bortezomib", "melphalan", "prednisone"]
    assert f"{folder}: ignored: supportive drugs: 1" in said.err


def test_persons_of_one_name_get_files_of_their_own(tmp_path):
    """Two persons whose names make one file name are both written."""
    persons = [{"resourceType": "Patient", "id": name} for name in ("a/b", "a b")]
    (tmp_path / "bundle.json").write_text(json.dumps(persons), encoding="utf-8")
    assert main(["intake", str(tmp_path / "bundle.json"), "--from", "fhir", "-o", str(tmp_path / "out")]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a_b-2.yaml", "a_b.yaml"]


@pytest.mark.parametrize(
    ("person", "given", "message"),
    [
        (" ", ["-o", "out.csv", "--report", "report.json"], "no cell"),
        ("a", ["-o", "out.csv", "--report", "no/report.json"], "no/report.json: cannot be written"),
        ("a", ["-o", "no/out.csv", "--report", "report.json"], "no/out.csv"),
        ("a", ["-o", "record.json/out", "--report", "report.json"], "record.json/out: cannot be made"),
        ("a", ["-o", "out.csv", "--report", "./out.csv"], "out.csv: is a place of patient files"),
        ("a", ["-o", "out", "--report", "out/a.yaml"], "a.yaml: is a place of patient files"),
        ("a", ["-o", "out.csv", "--report", "record.json"], "record.json: is read too"),
    ],
)
def test_the_report_and_the_patient_files_are_written_together(person, given, message, tmp_path, capsys, monkeypatch):
    """Where one cannot be, neither is."""
    monkeypatch.chdir(tmp_path)
    Path("record.json").write_text(json.dumps({"resourceType": "Patient", "id": person}), encoding="utf-8")
    assert main(["intake", "record.json", "--from", "fhir", *given]) == 2
    assert message in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["record.json"]
    if person.strip():
        assert main(["intake", "record.json", "--from", "fhir", "-o", "out.csv", "--report", "report.json"]) == 0
        assert {path.name for path in tmp_path.iterdir()} == {"record.json", "out.csv", "report.json"}


@pytest.mark.parametrize(
    ("form", "folder", "given"),
    [
        ("omop", "tests/intake/omop-three-persons/omop", ["-o", "in/PERSON.csv"]),
        ("omop", "tests/intake/omop-three-persons/omop", ["--report", "in/PERSON.csv"]),
        ("fhir", "tests/intake/bulk-export", ["--report", "link/Patient.ndjson"]),
    ],
)
def test_no_record_is_overwritten(form, folder, given, tmp_path, capsys, monkeypatch):
    """What lies in the folder that is read stays, whatever leads there; a new file may lie there."""
    shutil.copytree(ROOT / folder, tmp_path / "in")
    (tmp_path / "link").symlink_to("in")
    monkeypatch.chdir(tmp_path)
    before = {path: path.read_bytes() for path in Path("in").iterdir()}
    assert Path(given[1]).is_file()
    assert main(["intake", "in", "--from", form, *given]) == 2
    assert "would be lost" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in Path("in").iterdir()} == before
    assert main(["intake", "in", "--from", form, "-o", "in/persons.xlsx"]) == 0


def test_resources_without_a_person_are_counted():
    """Of several persons, what names none of them is read for none, and said to both."""
    persons = [{"resourceType": "Patient", "id": name} for name in "ab"]
    of_others = [{"resourceType": "Condition", "subject": {"reference": f"Patient/{name}"}} for name in "xyz"]
    stray = {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "ECOG"}, "valueInteger": 1}
    drug = {"resourceType": "Medication", "id": "m", "code": {"text": "Velcade"}}
    for intake in from_fhir([*persons, stray, drug, *of_others], index_date="2026-01-01"):
        assert "ecog" not in intake.patient
        assert {"what": "1 resources of nobody", "why": "they name no person; not read"} in intake.not_understood
        assert "3 resources of Patient/x and 2 more" in [one["what"] for one in intake.not_understood]


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Bortezomib  once", "bortezomib once"), ("x" * 5000 + " Melphalan " + "1" * 9000, "melphalan")],
)
def test_what_is_too_long_for_a_word_is_not_looked_into(text, folded):
    """Patterns that look for the end of a word from each of its letters never meet one of thousands."""
    assert Tables.fold(text) == folded


def test_a_record_of_endless_texts_is_read():
    """Texts of a hundred thousand letters in every place of a record are taken for names that nobody knows."""
    long = "x" * 100_000
    concept = {"text": long, "coding": [{"system": long, "code": long, "display": long}]}
    about = {"subject": {"reference": "Patient/p"}, "code": concept, "medicationCodeableConcept": concept}
    kinds = ("Condition", "MedicationRequest", "Observation", "Procedure")
    person, *resources = ({"resourceType": kind, "id": "p", "status": "completed"} for kind in ("Patient", *kinds))
    (intake,) = from_fhir([person, *(resource | about for resource in resources)])
    assert intake.patient["id"] == "p"
