"""Diseases and dialysis are read as a whole: a code counts, and what may change the words is listed."""

from __future__ import annotations

import pytest

from rrmm.intake import from_fhir, from_omop
from support.records import is_not_understood, lists, read, record


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("Congestive heart failure, NYHA III (HCC)", ["heart failure"]),
        ("Stroke (CMS/HCC)", ["cerebrovascular disease"]),
        ("Stage 3b chronic kidney disease (CKD) (CMS/HCC)", ["renal impairment"]),
        ("DVT left leg 2019", ["thrombosis"]),
        ("coronary artery disease s/p PCI", ["ischemic heart disease"]),
        ("HTN, not controlled", ["hypertension"]),
        ("neuropathy, no pain", ["peripheral neuropathy"]),
        ("Drug-induced polyneuropathy", ["peripheral neuropathy"]),
        ("CHF, no DM", ["heart failure"]),
        ("heart failure after doxorubicin", ["heart failure"]),
        ("CHF/DM/HTN", ["heart failure", "diabetes mellitus", "hypertension"]),
        ("heart failure with preserved EF, hypertension", ["heart failure", "hypertension"]),
        ("Heart failure with reduced ejection fraction (EF 25-30%)", ["heart failure"]),
        ("HFrEF 25-30%", ["heart failure"]),
        ("CKD 3 (eGFR 45)", ["renal impairment"]),
        ("neuropathy due to diabetes", ["peripheral neuropathy", "diabetes mellitus"]),
        ("hyperlipidemia", [{"other": "hyperlipidemia"}]),
        ("Type 2 diabetes mellitus without complication (disorder)", ["diabetes mellitus"]),
    ],
)
def test_a_disease_beside_harmless_words(text, entries):
    """Its kind, place, grade, cause and course change nothing."""
    status = {"coding": [{"code": "active"}]}
    read = record(resourceType="Condition", clinicalStatus=status, code={"text": text})
    assert read.patient.get("comorbidities") == entries


@pytest.mark.parametrize(
    "text",
    [
        *("diabetes: no", "diabetes: none", "DM: N", "hypertension -ve", "neuropathy, none", "HTN -", "DM nil"),
        *("ocular hypertension", "intracranial hypertension", "optic neuropathy", "cranial neuropathy"),
        *("diabetes screening", "hepatitis B vaccination", "risk of heart failure", "diabetes: not diagnosed"),
        *("heart failure in a brother", "stroke mimics", "gestational diabetes", "diabetes, never confirmed"),
        *("hypertension resolved with weight", "neuropathy feared", "anxious about stroke", "heart failure excluded"),
    ],
)
def test_a_disease_beside_words_that_may_change_it(text):
    """A denial that stands behind, another organ, a screening: no disease of ours, listed, and the list is open."""
    status = {"coding": [{"code": "active"}]}
    read = record(resourceType="Condition", clinicalStatus=status, code={"text": text})
    assert read.patient.get("comorbidities") in (None, [{"other": text}, "rest unknown"])
    assert lists(read, text)


@pytest.mark.parametrize(
    ("code", "text", "entries"),
    [
        ("Z13.1", "Encounter for screening for diabetes mellitus", None),
        ("Z23", "Encounter for hepatitis B vaccination", None),
        ("Z91.14", "noncompliance with heart failure medication", None),
        ("Z71.89", "diabetes", None),
        ("H40.051", "hypertension", None),
        ("H40.051", "Ocular hypertension, right eye", [{"other": "Ocular hypertension, right eye"}]),
        ("G93.2", "Benign intracranial hypertension", [{"other": "Benign intracranial hypertension"}]),
        ("I10", "Essential (primary) hypertension", ["hypertension"]),
    ],
)
def test_words_do_not_overrule_a_code(code, text, entries):
    """A code of an encounter, or of another disease, counts before the words beside it."""
    coding = [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code, "display": text}]
    read = record(resourceType="Condition", code={"coding": coding, "text": text})
    assert read.patient.get("comorbidities") == entries
    assert lists(read, text) == (entries != ["hypertension"])


@pytest.mark.parametrize(
    ("text", "dependent"),
    [
        ("Dependence on renal dialysis", True),
        ("ESRD on hemodialysis since 2020", True),
        ("dialysis-dependent CKD", True),
        ("dialysepflichtige Niereninsuffizienz", True),
        ("mother on dialysis", False),
        ("on dialysis until 2019", False),
        ("previously on hemodialysis", False),
        ("chronic dialysis ended 2020", False),
        ("avoid long-term dialysis", False),
        ("risk of chronic dialysis", False),
        ("on dialysis?", False),
        ("refuses dialysis", False),
        ("dialysis: no", False),
        ("dialysis education", False),
        ("was on dialysis", False),
        ("brother on chronic dialysis", False),
        ("hopes to avoid ongoing dialysis", False),
        ("weaned from maintenance dialysis", False),
    ],
)
def test_dialysis_that_is_denied_or_past(text, dependent):
    """Only words that say dialysis and no more make a patient dependent on it, or its kidneys ill."""
    status = {"coding": [{"code": "active"}]}
    read = record(resourceType="Condition", clinicalStatus=status, code={"text": text})
    assert read.patient.get("dialysis") == (True if dependent else None)
    assert ("renal impairment" in read.patient.get("comorbidities", [])) == dependent
    assert dependent or lists(read, text)


@pytest.mark.parametrize(
    ("text", "dependent"),
    [
        ("hemodialysis", True),
        ("Hemodialysis (procedure)", True),
        ("hemodialysis refused", False),
        ("hemodialysis training", False),
        ("dialysis consult", False),
        ("dialysis catheter placement", False),
    ],
)
def test_sessions_of_dialysis(text, dependent):
    """Two are dependence on it; what is more than a session is none."""
    head = {"resourceType": "Procedure", "status": "completed", "code": {"text": text}}
    days = [{**head, "id": day, "performedDateTime": day} for day in ("2024-06-01", "2024-06-03")]
    (read,) = from_fhir([{"resourceType": "Patient", "id": "p"}, *days], index_date="2024-06-05")
    assert read.patient.get("dialysis") == (True if dependent else None)
    assert lists(read, text) == (not dependent)


@pytest.mark.parametrize(
    ("status", "entries"),
    [
        *((text, ["heart failure"]) for text in ("", "Final diagnosis", "Primary diagnosis", "Confirmed", "32902")),
        *((text, None) for text in ("Preliminary diagnosis", "suspected", "Rule out", "not confirmed", "differential")),
        *((text, [{"name": "heart failure", "present": False}]) for text in ("ruled out", "refuted")),
        *((text, None) for text in ("resolved", "entered-in-error", "somebody else's", "final?")),
    ],
)
def test_the_status_of_a_condition_in_words(status, entries):
    """It is read as the verification status of FHIR is; one that no rule knows is listed, and nothing is taken."""
    row = {
        "condition_occurrence_id": 1,
        "person_id": 1,
        "condition_concept_id": 0,
        "condition_start_date": "2023-01-01",
        "condition_source_value": "heart failure",
        "condition_status_source_value": status,
    }
    extract = {"person": [{"person_id": 1, "year_of_birth": 1956}], "condition_occurrence": [row]}
    (read,) = from_omop(extract, index_date="2024-01-01")
    assert read.patient.get("comorbidities") == entries
    assert lists(read, "heart failure") == (entries != ["heart failure"])


@pytest.mark.parametrize(
    ("text", "note", "entries"),
    [
        ("heart failure", "ruled out by echo 2024", None),
        ("DVT", "ultrasound negative, DVT excluded", None),
        ("stroke", "no evidence of stroke on MRI", None),
        ("heart failure", "suspected", None),
        ("hypertension", "wrong patient", None),
        ("heart failure", "ruled out by Dr. Smith", None),
        ("heart failure", "amyloid excluded", ["heart failure"]),
        ("DVT", "provoked; no PE", ["thrombosis"]),
        ("DVT", "negative for factor V Leiden", ["thrombosis"]),
        ("CKD", "no dialysis", ["renal impairment"]),
        ("diabetes", "Excluded from trial", ["diabetes mellitus"]),
        ("hypertension", "not controlled", ["hypertension"]),
        ("heart failure", "no edema", ["heart failure"]),
        ("neuropathy", "possible bortezomib toxicity", ["peripheral neuropathy"]),
        ("neuropathy", "no grade 3 neuropathy", ["peripheral neuropathy"]),
    ],
)
def test_a_note_that_denies_or_doubts(text, note, entries):
    """One about the disease itself takes it back; any other is listed, and changes nothing."""
    read = record(resourceType="Condition", code={"text": text}, note=[{"text": note}])
    assert read.patient.get("comorbidities") == entries
    assert lists(read, note)


def test_a_doubtful_disease_leaves_the_list_open():
    """Beside another disease too: the list of comorbidities is not complete."""
    codes = [{"text": "hypertension"}, {"text": "heart failure?"}]
    conditions = [{"resourceType": "Condition", "id": str(n), "code": code} for n, code in enumerate(codes)]
    (read,) = from_fhir([{"resourceType": "Patient", "id": "p"}, *conditions], index_date="2024-06-05")
    assert read.patient["comorbidities"] == ["hypertension", "rest unknown"]


@pytest.mark.parametrize(
    ("text", "note", "grade"),
    [
        ("neuropathy grade 2", "", 2),
        ("neuropathy", "grade 2, stable", 2),
        ("neuropathy, grade 2.", "", 2),
        ("neuropathy", "Stable, on gabapentin. Grade 1.", 1),
        ("neuropathy", "no grade 3 neuropathy", None),
        ("neuropathy", "resolved from grade 3 to grade 1", None),
        ("neuropathy", "was grade 3", None),
        ("neuropathy grade 2", "improved to grade 1", None),
        ("neuropathy grade 1-2", "", None),
        ("Peripheral neuropathy, grade 0", "", 0),
        ("Neuropathy G0", "", 0),
        ("PNP Grad 0", "", 0),
        ("neuropathy grade 0-1", "", 0),
    ],
)
def test_the_grade_of_a_neuropathy(text, note, grade):
    """It is the one that is said outright; of grade 0 there is no neuropathy. What is not read is listed."""
    read = record(resourceType="Condition", code={"text": text}, note=[{"text": note}])
    name = "peripheral neuropathy"
    expected = {None: [name], 0: None}.get(grade, [{"name": name, "grade": grade}])
    assert read.patient.get("comorbidities") == expected
    assert lists(read, text) == (not grade)


@pytest.mark.parametrize(
    ("severity", "grade"),
    [
        ({"text": "Grade 3"}, 3),
        ({"coding": [{"display": "CTCAE Grade 2"}]}, 2),
        ({"text": "Severe"}, None),
        ({"coding": [{"system": "http://snomed.info/sct", "code": "24484000"}]}, None),
    ],
)
def test_the_severity_of_a_condition(severity, grade):
    """Where it is a grade it is read; a severity that is none, and the stage of a disease, are listed."""
    stage = [{"summary": {"text": "stage II"}}]
    intake = record(resourceType="Condition", code={"text": "Neuropathy"}, severity=severity, stage=stage)
    name = "peripheral neuropathy"
    assert intake.patient["comorbidities"] == [{"name": name, "grade": grade} if grade else name]
    assert any("a severity" in fault["why"] for fault in intake.not_understood) == (grade is None)
    assert is_not_understood(intake, "stage II")


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("Relapsed refractory multiple myeloma", False),
        ("Multiple myeloma not having achieved remission", False),
        ("Kappa light chain myeloma in relapse (HCC)", False),
        ("Multiple myeloma without remission (CMS/HCC)", False),
        ("Multiples Myelom IgG Kappa, Durie Salmon IIIA, Erstdiagnose 2019", False),
        ("Relapsed multiple myeloma, refractory to lenalidomide and bortezomib", True),
        ("lenalidomide-refractory myeloma", True),
        ("multiple myeloma, IgG kappa, ISS III", True),
        ("multiple myeloma stage III", True),
        ("myeloma with t(4;14)", True),
    ],
)
def test_what_the_diagnosis_says_beyond_the_myeloma(text, more):
    """Drugs, stages and cytogenetics within it are not read, and are listed."""
    assert lists(record(resourceType="Condition", code={"text": text}), text) == more


def test_the_stage_of_a_diagnosis_is_listed():
    """It may be one of several systems; none is taken."""
    stage = [{"summary": {"text": "ISS III"}}]
    read = record(resourceType="Condition", code={"text": "multiple myeloma"}, stage=stage)
    assert "iss" not in read.patient
    assert lists(read, "ISS III")


ICD, SNOMED = "http://hl7.org/fhir/sid/icd-10-cm", "http://snomed.info/sct"


@pytest.mark.parametrize(
    ("text", "system", "code", "complete"),
    [
        *((text, "", "", True) for text in ("appendectomy scar", "dyslipidemia", "Gonarthrose rechts", "rash")),
        *((text, ICD, code, True) for text, code in (("GERD, grade A", "K21.9"), ("Ocular hypertension", "H40.051"))),
        *((text, "", "", False) for text in ("Morbus Meulengracht", "dilated cardiomyopathy", "heart troubles")),
        *((text, ICD, code, False) for text, code in (("K83", "K83.0"), ("depression after stroke", "F32.9"))),
        ("Herzleiden", SNOMED, "1234567", False),
    ],
)
def test_a_disease_that_no_rule_knows_leaves_the_list_open(text, system, code, complete):
    """It may be any disease of the graph, unless a code or its words tell it from them."""
    coding = {"coding": [{"system": system, "code": code}]} if code else {}
    intake = read(*({"resourceType": "Condition", "code": one} for one in ({"text": "HTN"}, {"text": text, **coding})))
    assert ("rest unknown" not in intake.patient["comorbidities"]) == complete
    assert lists(intake, text)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        *((text, "heart failure") for text in ("Herzinsuffizienz NYHA III", "Insuffisance cardiaque, stade C")),
        *((text, "arrhythmia") for text in ("Vorhofflimmern", "ACFA", "Bekanntes Vorhofflimmern")),
        *((text, "renal impairment") for text in ("Niereninsuffizienz Stadium III", "IRC stade 4")),
        *((text, "peripheral neuropathy") for text in ("Polyneuropathie", "neuropathie périphérique")),
        *((text, "hypertension") for text in ("HTA", "arterielle Hypertonie")),
        *(
            (text, "cerebrovascular disease")
            for text in ("AVC", "Schlaganfall", "Z.n. Apoplex 2018", "Antécédent d'AVC")
        ),
        *((text, "myocardial infarction") for text in ("Zustand nach Myokardinfarkt 2015", "Z. n. Herzinfarkt")),
        *((text, "thrombosis") for text in ("Z.n. tiefer Beinvenenthrombose", "TVT links")),
        *((text, None) for text in ("keine Herzinsuffizienz", "V.a. Herzinsuffizienz", "Kardiomyopathie", "Infarkt?")),
    ],
)
def test_german_and_french_diseases(text, label):
    """The ordinary words of problem lists are names of the diseases, with what they were before."""
    entries = record(resourceType="Condition", code={"text": text}).patient.get("comorbidities", [])
    assert [entry for entry in entries if isinstance(entry, str) and entry != "rest unknown"] == (
        [label] if label else []
    )


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("Extramedullary plasmacytoma (HCC)", "", "extramedullary disease"),
        ("Multiple myeloma with extramedullary disease", "", "extramedullary disease"),
        ("extramedullary disease", "", "extramedullary disease"),
        ("Plasmozytom", "C90.20", "extramedullary disease"),
        ("Plasma cell leukemia (HCC)", "", "circulating plasma cells"),
        ("C90.10", "", "circulating plasma cells"),
        ("Plasmacytoma", "C90.30", "a plasmacytoma"),
        ("Plasmozytom IgG kappa", "", ""),
        ("Multiple myeloma in relapse", "C90.02", ""),
        ("smouldering myeloma", "", ""),
    ],
)
def test_a_form_of_the_disease_that_is_more_than_the_myeloma(text, code, told):
    """It may be a feature of an aggressive relapse, and is listed as such."""
    coding = {"coding": [{"system": ICD, "code": code}]} if code else {}
    intake = record(resourceType="Condition", code={"text": text, **coding})
    forms = [fault["why"] for fault in intake.not_understood if "aggressive relapse" in fault["why"]]
    assert [f"more than the myeloma: {told}" in why for why in forms] == ([True] if told else [])
    assert not [entry for entry in intake.patient.get("comorbidities", []) if entry != "rest unknown"]


@pytest.mark.parametrize(
    ("entries", "grade"),
    [
        ([(1, "2020-01-01"), (3, "2024-01-01")], 3),
        ([(3, "2024-01-01"), (1, "2020-01-01")], 3),
        ([(3, "2020-01-01"), (1, "2024-01-01")], 1),
        ([(2, None), (2, "2024-01-01")], 2),
        ([(1, "2024"), (3, "2024-01-01")], None),
        ([(1, None), (3, "2024-01-01")], None),
    ],
)
def test_the_newest_grade_counts(entries, grade):
    """Of two grades whose order is not known none is read; that they differ is told."""
    found = [
        {"resourceType": "Condition", "code": {"text": f"Peripheral neuropathy grade {one}"}, "recordedDate": day}
        for one, day in entries
    ]
    intake = read(*found)
    name = "peripheral neuropathy"
    assert intake.patient["comorbidities"] == [{"name": name, "grade": grade} if grade else name]
    told = [*intake.assumed, *(fault["what"] for fault in intake.not_understood)]
    assert any(text.startswith(f"{name}: grade") for text in told) == (len({one for one, _ in entries}) > 1)
