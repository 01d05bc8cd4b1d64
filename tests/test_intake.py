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
from support.records import lists

CONCLUSION = {
    "resourceType": "DiagnosticReport",
    "id": "r",
    "status": "final",
    "code": {"text": "FISH"},
    "effectiveDateTime": "2025-01-01",
}


def no(label):
    """Return an abnormality that is absent, as a patient file has it."""
    return {"name": label, "present": False}


T4 = ["t(4;14)", no("del(17p)"), "rest unknown"]


def report(conclusion):
    """Return a person with one cytogenetic report."""
    patient = {"resourceType": "Patient", "id": "p"}
    return from_fhir([patient, CONCLUSION | {"conclusion": conclusion}], index_date="2026-01-01")[0].patient


@pytest.mark.parametrize(
    ("conclusion", "expected"),
    [
        ("kein Nachweis einer del(17p), t(4;14) oder t(14;16).", ["standard-risk"]),
        ("Positive for t(4;14). No deletion of TP53.", ["t(4;14)", no("del(17p)"), "rest unknown"]),
        ("FISH not done (insufficient material).", None),
        ("t(14;16) not tested.", None),
        ("t(14;16): see addendum", None),
        ("t(14;16) cannot be excluded", None),
        ("t(4;14) unlikely, possible t(14;16), del(17p)?", None),
        ("17p deletion in 60% of nuclei; t(4;14) ruled out; t(14;16): 0%", ["del(17p)"]),
        ("del(17p)+ t(4;14)- t(14;16)-", ["del(17p)"]),
        ("Not tested: t(14;16). t(4;14) present.", ["t(4;14)", "rest unknown"]),
        ("del(17p): yes, t(4;14): no, t(14;16): n/a", ["del(17p)", no("t(4;14)"), "rest unknown"]),
        ("del(17p) and t(4;14) not detected, t(14;16) positive", ["t(14;16)"]),
        ("t(11;14), no del(17p), no t(4;14), no t(14;16)", ["standard-risk", "t(11;14)"]),
        ("positive for del(17p), negative for t(4;14) and t(14;16)", ["del(17p)"]),
        ("t(4;14): positive in 30% of cells", ["t(4;14)", "rest unknown"]),
        ("nuc ish(TP53x1)[120/200]", ["del(17p)", "rest unknown"]),
        ("nuc ish(TP53x1,D17Z1x2)[0/200]", None),
        ("Tested: del(17p), t(4;14), t(14;16). Result: no abnormality.", None),
        ("t(4;14) positive; del(17p) not positive", ["t(4;14)", no("del(17p)"), "rest unknown"]),
        ("FISH neg. for t(4;14), pos. for del(17p)", ["del(17p)", no("t(4;14)"), "rest unknown"]),
        ("del(17p), not t(4;14)", ["del(17p)", no("t(4;14)"), "rest unknown"]),
        ("t(4;14)(-), t(14;16)(-)", [no("t(4;14)"), no("t(14;16)")]),
        ("t(11;14); del(17p) wird nicht nachgewiesen", ["t(11;14)", no("del(17p)"), "rest unknown"]),
        ("del(17p) 55%, t(4;14) <1%", ["del(17p)", "rest unknown"]),
        ("del(17p) (cut-off 10%): 4%", None),
        ("del(17p): [ ] present [x] absent", None),
        ("del(17p) ☐ present ☒ absent", None),
        ("If del(17p) were present, the risk would be high", None),
        ("Mother: del(17p)", None),
        ("All cells were negative except for t(4;14).", ["t(4;14)", "rest unknown"]),
        ("del(17p) is not, as far as we see, present", None),
    ],
)
def test_sentences_of_a_cytogenetic_report(conclusion, expected):
    """Abnormalities are present, absent, or not tested, as the sentence says."""
    assert report(conclusion).get("cytogenetics") == expected


@pytest.mark.parametrize(
    ("conclusion", "expected"),
    [
        ("del 17p (-), t(4;14) (+), t(14;16) (-)", ["t(4;14)"]),
        ("del(17p)(+), t(4;14)(-)", ["del(17p)", no("t(4;14)"), "rest unknown"]),
        ("del 17p - / t(4;14) + / t(14;16) -", ["t(4;14)"]),
        ("del(17p)/t(4;14)/t(14;16): -/+/-", ["t(4;14)"]),
        ("FISH t(4;14)/t(14;16)/del17p: -/-/+", ["del(17p)"]),
        ("del(17p), t(4;14), t(14;16): (-), (-), (+)", ["t(14;16)"]),
        ("del(17p) t(4;14) t(14;16): - + -", ["t(4;14)"]),
        ("del(17p)/t(4;14)/t(14;16): -/-/-", ["standard-risk"]),
        ("FISH shows del(17p)/t(4;14)/t(14;16): +/-/-", ["del(17p)"]),
        ("no del(17p)/t(4;14)/t(14;16): -/+/-", None),
        ("del(17p)/t(4;14): -/+/-", None),
        ("t(4;14)/del(17p): +/-", None),
        ("| del(17p) | - | - |", [no("del(17p)")]),
        ("del(17p) positive. No other abnormality.", ["del(17p)", "rest unknown"]),
        ("del(17p) positive; otherwise normal.", ["del(17p)", "rest unknown"]),
        ("del(17p) in 60% of nuclei. Cytogenetics: normal.", ["del(17p)", "rest unknown"]),
        ("del(17p) positive. Prior FISH was negative.", ["del(17p)", "rest unknown"]),
        ("del(17p) positive; confirmed on repeat", ["del(17p)", "rest unknown"]),
        ("del(17p) positive; repeat FISH pending", ["del(17p)", "rest unknown"]),
        ("t(4;14) +ve, del(17p) -ve", ["t(4;14)", no("del(17p)"), "rest unknown"]),
        ("t(4;14)⁻ del(17p)⁺", ["del(17p)", no("t(4;14)"), "rest unknown"]),
        ("TP53 normal, t(4;14) detected", ["t(4;14)", "rest unknown"]),
        ("RB1 normal, t(4;14) present, del(17p) present", ["t(4;14)", "del(17p)", "rest unknown"]),
        ("1q21 50%, del(17p) negative", [no("del(17p)")]),
        ("13q14 not deleted, t(4;14) positive", ["t(4;14)", "rest unknown"]),
        ("Trisomy 9 detected, del(17p) absent", [no("del(17p)")]),
        ("Gewinn 1q21 in 40%, Deletion 17p nicht vorhanden", [{"other": "gain(1q)"}, no("del(17p)"), "rest unknown"]),
        ("17p Deletion nein, t(4;14) ja", ["t(4;14)", no("del(17p)"), "rest unknown"]),
        ("Detected: t(4;14) | Not detected: del(17p), t(14;16)", ["t(4;14)"]),
        ("Not detected: del(17p); t(4;14); t(14;16)", ["standard-risk"]),
        ("47,XX,del(17)(p13)[0]/46,XX[20]", [no("del(17p)")]),
        ("del(17p) 0/100 nuclei", [no("del(17p)")]),
        ("t(4;14) (no) del(17p) (yes)", ["del(17p)", no("t(4;14)"), "rest unknown"]),
        ("FISH panel negative with the exception of del(17p).", ["del(17p)", "rest unknown"]),
        ("gain(1q) positive. del(17p) negative.", [{"other": "gain(1q)"}, no("del(17p)"), "rest unknown"]),
        ("t(4;14) positive. t(11;14) negative.", ["t(4;14)", no("t(11;14)"), "rest unknown"]),
        ("del(17p), t(4;14), t(14;16) negative; t(11;14) pending", ["standard-risk", "rest unknown"]),
        ("TP53 (17p13): normal", [no("del(17p)")]),
        ("17p13 (TP53): normal. 4p16/14q32 (FGFR3/IGH): fusion in 82% of nuclei.", T4),
        ("1. TP53 deletion: Not Detected 2. IGH::FGFR3: Detected", T4),
        ("del(17p)\nNegative\nt(4;14)\nPositive", T4),
        ("No del(17p)\nt(4;14) present", T4),
        ("Negative - del(17p)\nPositive - t(4;14)", T4),
        ("TP53 deletion - No\nt(4;14) - Yes", T4),
        ("del(17p): -\nt(4;14): +", T4),
        ("* del(17p): -\r\n\r\n* t(4;14): +", T4),
        ("del(17p): - t(4;14): + t(14;16): -", ["t(4;14)"]),
        ("Probe Result\ndel(17p) Not detected\nt(4;14) Detected 45%", T4),
        ("del(17p): -\nt(4;14): -\nt(14;16): -", ["standard-risk"]),
        ("Negative for:\ndel(17p)\nt(4;14)\nt(14;16)", ["standard-risk"]),
        ("No evidence of del(17p),\nt(4;14), or\nt(14;16).", ["standard-risk"]),
        ("Abnormalities detected:\n- del(17p)\n- t(4;14)", ["del(17p)", "t(4;14)", "rest unknown"]),
        ("No high risk abnormalities (del17p, t(4;14), t(14;16)) identified.", ["standard-risk"]),
        ("No 17p deletion and t(4;14) positive", [no("del(17p)")]),
        ("No del(17p) with t(4;14) present", [no("del(17p)")]),
        ("Positive for del(17p) and t(4;14)", ["del(17p)", "t(4;14)", "rest unknown"]),
        ("del(17p) and t(4;14) not detected", [no("del(17p)"), no("t(4;14)")]),
        ("| del(17p) | Negative |\n| t(4;14) | Positive |", T4),
        ("- del(17p): negative\n- t(4;14): positive", T4),
        ("FISH on CD138+ selected cells: IGH::FGFR3 fusion, t(4;14), in 71 % of 200 nuclei. TP53 not deleted.", T4),
        ("Nachweis einer t(4;14) in 60 % der Plasmazellen. Keine Deletion 17p nachweisbar.", T4),
        ("FISH was positive for t(4;14) in 80% of nuclei and negative for del(17p).", T4),
    ],
)
def test_answers_stand_by_their_own_names(conclusion, expected):
    """An answer counts for the names of its piece, known or not, and a list takes that of its head."""
    assert report(conclusion).get("cytogenetics") == expected


@pytest.mark.parametrize(
    "conclusion",
    [
        "del(17p) N, t(4;14) Y",
        "del(17p) 0, t(4;14) 1",
        "non-del(17p)",
        "lacks del(17p)",
        "del(17p) cleared",
        "del(17p) no longer detectable",
        "del17p previously seen at diagnosis, not detected in current sample",
        "t(4;14) 2 % (cut-off 5 %)",
        "TP53 deletion: 5% of nuclei (normal cut-off 8%) - within normal limits",
        "Recommend FISH for del(17p), t(4;14) and t(14;16).",
        "FISH for del(17p), t(4;14) ordered",
        "Methods: probes for del(17p), t(4;14). Results: normal signal pattern in all probes.",
        "The following were used: del(17p), t(4;14), t(14;16). All normal.",
        "FISH: del(17p), t(4;14), t(14;16). None detected.",
        "None of the following was found. del(17p). t(4;14).",
        "Indication: rule out del(17p)",
        "Indication: del(17p) positive",
        "FISH panel: del(17p), t(4;14), t(14;16)",
        "FISH analysis of del(17p)",
        "in case of del(17p)",
        "high risk of del(17p)",
        "This assay detects del(17p), t(4;14) and t(14;16).",
        "Comment: del(17p) confers poor prognosis.",
        "Sensitivity for t(4;14) is 5%.",
        "Compared with prior study (del(17p) 40%), the current study is normal.",
        "Clinical history: prior del(17p). Current: negative.",
        "At diagnosis t(4;14). Current study: insufficient plasma cells.",
        "FISH 2019: del(17p). FISH 2024: normal.",
        "Except for t(4;14), FISH was negative including del(17p).",
        "t(4;14) positive in the brother",
        "+ 1q21, - del(17p)",
        "del(17p) positive; repeat FISH negative",
        "del(17p) positive. Repeat negative.",
        "del(17p) was seen at diagnosis but is not seen now",
        "t(4;14)+ at diagnosis; FISH negative at relapse",
        "del(17p) positive. FISH negative.",
        "del(17p) negative; repeat FISH positive",
        "t(4;14) negative positive del(17p)",
        "t(4;14) negative in one sample, positive in another",
        "del(17p) detected " * 2000,
    ],
)
def test_what_is_no_clear_answer_is_listed(conclusion):
    """Whatever word stands beside a name, neither it nor its opposite is taken, and the name is listed."""
    (intake,) = from_fhir(
        [{"resourceType": "Patient", "id": "p"}, CONCLUSION | {"conclusion": conclusion}], index_date="2026-01-01"
    )
    assert intake.patient.get("cytogenetics") is None
    listed = [one["what"] for one in intake.not_understood]
    assert any(what in {f"DiagnosticReport/r: {label}" for label in ("del(17p)", "t(4;14)")} for what in listed)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"valueString": "Positive", "interpretation": [{"coding": [{"code": "POS"}]}]}, True),
        ({"interpretation": [{"coding": [{"code": "POS"}]}]}, True),
        ({"interpretation": [{"coding": [{"code": "NEG"}]}]}, False),
        ({"valueBoolean": True}, True),
        ({"valueBoolean": False}, False),
        ({"valueString": "+"}, True),
        ({"valueString": "-"}, False),
        ({"valueString": "24/200"}, True),
        ({"valueString": "0/200"}, False),
        ({"valueString": "Positive", "interpretation": [{"coding": [{"code": "NEG"}]}]}, None),
        ({"valueString": "Negative", "interpretation": [{"coding": [{"code": "POS"}]}]}, None),
        ({"valueString": "Positive", "dataAbsentReason": {"coding": [{"code": "error"}]}}, None),
        ({"valueString": "Negative", "dataAbsentReason": {"coding": [{"code": "not-performed"}]}}, None),
        ({"valueString": "N"}, None),
        ({"valueString": "abnormality"}, None),
        ({"valueString": "detected in 2% (cut-off 8%)"}, None),
        ({"valueInteger": 1}, None),
        ({"valueQuantity": {"value": 45, "unit": "%"}}, None),
        ({"valueString": "Detected", "code": {"text": "absence of del(17p)"}}, None),
        ({"valueString": "Detected", "code": {"text": "FISH panel: del(17p), t(4;14)"}}, None),
    ],
)
def test_an_answer_and_its_flags(said, expected):
    """What contradicts itself, or is no answer, is listed by its name; flags alone answer."""
    one = {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "del(17p)"}} | said
    (intake,) = from_fhir([{"resourceType": "Patient", "id": "p"}, one], index_date="2026-01-01")
    wanted = {True: ["del(17p)", "rest unknown"], False: [no("del(17p)")], None: None}
    assert intake.patient.get("cytogenetics") == wanted[expected]
    listed = [one for one in intake.not_understood if "del(17p)" in one["what"]]
    assert bool(listed) == (expected is None)
    assert not any(one["why"] == "no abnormality is named" for one in listed)


@pytest.mark.parametrize(
    ("code", "value", "is_there"),
    [
        ("BRAF V600E", "detected", True),
        ("BRAF V600E", "+", True),
        ("BRAF V600E", "not detected", False),
        ("BRAF V600E", "pending", None),
        ("BRAF mutation analysis", "V600E", True),
        ("BRAF mutation analysis", "V600E not detected", False),
        ("Cytogenetics", "BRAF: no V600E; t(4;14)", False),
    ],
)
def test_answers_about_a_variant(code, value, is_there):
    """A variant is read as an abnormality is."""
    one = {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": code}, "valueString": value}
    (intake,) = from_fhir([{"resourceType": "Patient", "id": "p"}, one], index_date="2026-01-01")
    assert intake.patient.get("variants") == (["BRAF V600E"] if is_there else None)
    assert any("BRAF" in one["what"] for one in intake.not_understood) == (is_there is None)
    assert not intake.ignored


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("not tested", None),
        ("possible", None),
        ("absent", [{"name": "del(17p)", "present": False}]),
        ("detected in 20%", ["del(17p)", "rest unknown"]),
    ],
)
def test_answers_about_an_abnormality(value, expected):
    """An answer that is neither present nor absent leaves the abnormality open, and is said."""
    answer = {"code": {"text": "del(17p) by FISH"}, "effectiveDateTime": "2025-01-01", "valueString": value}
    observation = {"resourceType": "Observation", "id": "o", "status": "final", **answer}
    (intake,) = from_fhir([{"resourceType": "Patient", "id": "p"}, observation], index_date="2026-01-01")
    assert intake.patient.get("cytogenetics") == expected
    assert expected or any(one["what"].startswith("Observation/o") for one in intake.not_understood)


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
    stray = {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "ECOG"}, "valueInteger": 1}
    drug = {"resourceType": "Medication", "id": "m", "code": {"text": "Velcade"}}
    for intake in from_fhir([*persons, stray, drug], index_date="2026-01-01"):
        assert "ecog" not in intake.patient
        assert {"what": "1 resources of nobody", "why": "they name no person; not read"} in intake.not_understood


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


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("17p deletion", "Detected", ["del(17p)", "rest unknown"]),
        ("TP53 deletion", "negative", [no("del(17p)")]),
        ("IGH-FGFR3", "positive", ["t(4;14)", "rest unknown"]),
        ("TP53 (17p13)", "deleted", ["del(17p)", "rest unknown"]),
        ("TP53 (17p13)", "normal", [no("del(17p)")]),
        ("TP53 (17p13)", "detected", None),
        ("17p deletion", "see report", None),
        ("17p deletion in donor cells", "Detected", None),
        ("TP53", "Deleted", None),
        ("17p13", "Deleted", None),
        ("Prior 17p deletion", "Detected", None),
        ("High risk", "yes", None),
    ],
)
def test_an_observation_by_the_everyday_name_of_an_abnormality(name, value, expected):
    """It is one of cytogenetics, alone or as a component, unless its name says more; what is not taken is listed."""
    head = {"resourceType": "Observation", "id": "r", "status": "final", "effectiveDateTime": "2024-01-01"}
    said = {"code": {"text": name}, "valueString": value}
    for resource in (head | said, head | {"code": {"text": "FISH panel"}, "component": [said]}):
        (read,) = from_fhir([{"resourceType": "Patient", "id": "p"}, resource], index_date="2026-01-01")
        assert read.patient.get("cytogenetics") == expected
        assert expected or lists(read, "del(17p)") or lists(read, name)
