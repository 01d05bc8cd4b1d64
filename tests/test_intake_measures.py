"""Scores, numbers and the names of measures are read as a whole: what could be another is listed."""

from __future__ import annotations

import pytest

from rrmm.intake import from_fhir, from_omop
from support.records import course, lists, measurement, read, record


@pytest.mark.parametrize(
    ("code", "text", "key", "value"),
    [
        ("Frailty", "frail", "frailty", "frail"),
        ("Frailty", "Frail (score 2)", "frailty", "frail"),
        ("Frailty", "IMWG frailty index: intermediate-fit", "frailty", "intermediate"),
        *(
            ("Frailty", text, "frailty", None)
            for text in ("not frail", "frail: no", "fit?", "was frail", "fears frail")
        ),
        ("ISS stage", "ISS III at diagnosis", "iss", "III"),
        ("ISS stage", "Stadium II", "iss", "II"),
        *(("ISS stage", text, "iss", None) for text in ("R-ISS II", "R-ISS 3", "Durie-Salmon III", "ISS I, R-ISS II")),
        *(("ISS stage", text, "iss", None) for text in ("I/II", "not III", "III?", "II to III", "at least II")),
        ("ECOG", "ECOG PS = 1", "ecog", 1),
        ("ECOG", "1 - Restricted in physically strenuous activity but ambulatory", "ecog", 1),
        *(("ECOG", text, "ecog", None) for text in ("not 3", "0-1", "2?", "at most 2", "formerly 1", "1.5", "3 of 4")),
    ],
)
def test_a_score_that_is_denied_or_of_another_scale(code, text, key, value):
    """It is none, and it is listed."""
    head = {"resourceType": "Observation", "status": "final", "code": {"text": code}}
    read = record(**head, valueString=text, effectiveDateTime="2024-06-10")
    assert read.patient.get(key) == value
    assert lists(read, text) == (value is None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("1.2 mg/dL", 1.2), ("1,2 mg/dL", 1.2), ("0,125 g/L", None), ("2,500.5 umol/L", None)),
        *(("1,200 mg/dL", None), ("12,500 mg/dL", None), ("1 200 mg/dL", None), ("1'200 mg/dL", None)),
    ],
)
def test_a_number_whose_comma_could_be_either(text, value):
    """A comma before three digits may part thousands or decimals; it is listed."""
    head = {"resourceType": "Observation", "status": "final", "code": {"text": "Creatinine"}}
    read = record(**head, valueString=text, effectiveDateTime="2024-06-10")
    assert read.patient.get("relapse", {}).get("findings", {}).get("creatinine_mg_dl") == value
    assert value or any("Creatinine" in fault["what"] for fault in read.not_understood)


@pytest.mark.parametrize(
    ("name", "unit", "taken"),
    [
        *(("Serum creatinine", "mg/dL", True), ("S-Kreatinin", "mg/dL", True), ("Calcium, total", "mg/dL", True)),
        *(
            ("Creatinine [Mass/volume] in Serum or Plasma", "mg/dL", True),
            ("Calcium (albumin-corrected)", "mg/dL", True),
        ),
        *((f"{name}", "mg/dL", False) for name in ("Protein/creatinine ratio", "Creatinine kinase")),
        *((f"Creatinine {of}", "mg/dL", False) for of in ("pleural fluid", "dialysate", "of the donor", "target")),
        *((f"{name}", "mg/dL", False) for name in ("coronary calcium score", "Calcium-phosphate product")),
        *((f"{name}", "mg/dL", False) for name in ("Calcium in sweat", "dietary calcium", "Calcium in bile")),
        *((f"eGFR, {of}", "mL/min/1.73m2", False) for of in ("donor", "target", "before nephrectomy")),
    ],
)
def test_a_measure_by_its_whole_name(name, unit, taken):
    """Specimens and methods may stand in the name; other words make it another measure, which is listed."""
    head = {"resourceType": "Observation", "status": "final", "code": {"text": name}}
    read = record(**head, valueQuantity={"value": 9, "unit": unit}, effectiveDateTime="2024-06-10")
    assert ("relapse" in read.patient or "egfr" in read.patient) == taken
    assert lists(read, name) == (not taken)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        *((f"{kind} hemoglobin", "g/dL") for kind in ("Free", "Met-", "Reticulocyte", "Fetal", "Stool")),
        *(("Serum protein electrophoresis: albumin fraction", "g/dL"), ("M protein CSF", "g/dL")),
    ],
)
def test_a_rise_or_fall_of_another_measure(name, unit):
    """Values of a name that says more than the measure are none of it."""
    days = (("2024-02-01", 13), ("2024-03-01", 2), ("2024-04-01", 5))
    values = [measurement(name, day, value, unit) for day, value in days]
    (read,) = from_fhir([{"resourceType": "Patient", "id": "p"}, *values], index_date="2024-06-05")
    assert "relapse" not in read.patient
    assert lists(read, name)


@pytest.mark.parametrize(
    ("name", "unit", "path"),
    [
        *((name, "mg/dL", "creatinine_mg_dl") for name in ("Créatinine sérique", "Créatininémie", "Creatinina")),
        *((name, "mg/dL", "calcium_mg_dl") for name in ("Calcémie", "Calcium corrigé", "Calcio")),
        *((name, "g/dL", "hemoglobin_fall_g_dl") for name in ("Hémoglobine", "Hemoglobina", "Emoglobina")),
        *((name, "g/dL", "serum_m_protein_rise_g_dl") for name in ("Pic monoclonal", "Componente monoclonal")),
        ("Plasmocytes médullaires", "%", "marrow_plasma_cell_rise_percent"),
        *((name, "mL/min/1.73m2", "egfr") for name in ("DFG estimé (CKD-EPI)", "Filtrado glomerular")),
        *((name, "mL/min", "creatinine_clearance") for name in ("Clairance de la créatinine (Cockcroft)", "CrCl")),
        *((f"{what} glyquée", "g/dL", "") for what in ("Hémoglobine", "Créatinine")),
        *((name, "g/dL", "") for name in ("Hémoglobine libre", "Pic monoclonal urinaire")),
        *((name, "mg/dL", "") for name in ("Créatinine urinaire", "Calcium ionisé", "Calciurie")),
    ],
)
def test_measures_in_romance_languages(name, unit, path):
    """The ordinary names of French, Spanish and Italian laboratories are read, and of urine none."""
    days = (("2024-02-01", 13), ("2024-03-01", 4), ("2024-04-01", 9))
    values = [measurement(name, day, value, unit) for day, value in days]
    intake = read(course("bortezomib", "2024-01-01", "2024-06-01"), *values, index_date="2024-06-05")
    taken = {**intake.patient, **intake.patient.get("relapse", {}).get("findings", {})}
    keys = {"creatinine_mg_dl", "calcium_mg_dl", "hemoglobin_fall_g_dl", "serum_m_protein_rise_g_dl"}
    keys |= {"marrow_plasma_cell_rise_percent", "egfr", "creatinine_clearance"}
    assert keys & taken.keys() == ({path} if path else set())


@pytest.mark.parametrize(
    ("kappa", "lambda_", "taken"),
    [
        ("sFLC kappa", "sFLC lambda", True),
        ("Kappa FLC", "Lambda FLC", True),
        ("Chaînes légères libres kappa", "lambda libre sérique", True),
        ("Freie Leichtketten Kappa i.S.", "freie Leichtketten, Lambda", True),
        ("Kappa libre urinaire", "Lambda libre urinaire", False),
        ("Kappa/Lambda FLC ratio", "FLC-Quotient", False),
    ],
)
def test_free_light_chains_by_their_short_names(kappa, lambda_, taken):
    """Involved minus uninvolved, in mg/dL; those of urine and their ratio give no difference."""
    values = [(kappa, "2024-01-10", 20), (kappa, "2024-05-01", 200)]
    values += [(lambda_, "2024-01-10", 20), (lambda_, "2024-05-01", 20)]
    found = [measurement(name, day, value, "mg/L") for name, day, value in values]
    (read,) = from_fhir([{"resourceType": "Patient", "id": "p"}, *found], index_date="2024-06-05")
    findings = read.patient.get("relapse", {}).get("findings", {})
    assert findings.get("flc_difference_rise_mg_dl") == (18 if taken else None)


def test_a_number_of_an_extract_whose_comma_could_be_either():
    """It is listed with the number as it stands."""
    row = {
        "measurement_id": 1,
        "person_id": 1,
        "measurement_date": "2023-01-01",
        "measurement_source_value": "Creatinine",
        "value_as_number": "1,190",
        "unit_source_value": "mg/dL",
    }
    extract = {"person": [{"person_id": 1, "year_of_birth": 1956}], "measurement": [row]}
    (read,) = from_omop(extract, index_date="2024-01-01")
    assert "relapse" not in read.patient
    assert lists(read, "Creatinine 1,190")


NAMES = {
    "response": (
        *("IMWG response", "Response to treatment", "Best overall response", "Response to cancer treatment"),
        *("IMWG response after cycle 4", "Post-transplant response", "Multiple myeloma disease status"),
        *("Response assessment, end of induction", "Bestes Ansprechen", "Réponse au traitement", "치료 반응 평가"),
        *("Response to chemotherapy", "Day +100 response", "Response criteria (IMWG 2016)"),
    ),
    "ecog": (
        "ECOG",
        "ECOG PS score (0-5)",
        "ECOG Performance Status score",
        "ECOG performance status - finding",
        "WHO performance status",
    ),
    "frailty": ("IMWG frailty index", "Clinical Frailty Scale", "Frailty status of the patient"),
    "iss": ("ISS stage at diagnosis", "International Staging System stage"),
    "cytogenetics": (
        *("Cytogenetics report", "FISH, plasma cells, bone marrow", "Multiple myeloma FISH panel", "FISH-Befund"),
        *("Plasma cell neoplasm FISH", "Chromosomenanalyse", "Chromosome analysis result in ISCN expression"),
        *("Plasma cell proliferative disorder, FISH", "Chromosome Analysis, Hematologic Disorders, Bone Marrow"),
        *("Neogenomics Plasma Cell Myeloma FISH Panel", "FISH results (outside hospital)"),
        *("Karyotype [Identifier] in Bone marrow Nominal", "Fluorescence in situ hybridization", "del(17p) by FISH"),
    ),
    "variants": ("BRAF V600E", "BRAF V600E mutation analysis, bone marrow"),
}
OF_OTHERS = {
    "response": (
        *("Response in prior line", "Response to prior therapy", "RECIST response", "Breast cancer response"),
        *("Disease status - prostate", "Hematologic response amyloid", "Pain response", "Response to vaccine"),
        *("Response to radiotherapy", "Previous response", "Expected response"),
    ),
    "ecog": ("ECOG at diagnosis", "Prior ECOG", "ECOG 2019", "ECOG target", "ECOG of the caregiver"),
    "frailty": ("Frailty of caregiver", "Frailty before transplantation"),
    "iss": ("ISS of sister", "ISS of second cancer"),
    "cytogenetics": ("Prior del(17p)", "del(17p) in donor cells", "FISH probe control del(17p)", "FISH, AML panel"),
    "variants": ("BRAF V600E melanoma biopsy", "BRAF V600E, donor"),
}
VALUES = {"response": "PR", "ecog": "1", "frailty": "frail", "iss": "II", "cytogenetics": "del(17p) positive"}


@pytest.mark.parametrize(
    ("key", "name", "taken"),
    [
        *((key, name, True) for key, names in NAMES.items() for name in names),
        *((key, name, False) for key, names in OF_OTHERS.items() for name in names),
    ],
)
def test_an_assessment_by_its_whole_name(key, name, taken):
    """Whose it is, of which line, time or disease: a name that says more is of something else, which is listed."""
    head = {"resourceType": "Observation", "status": "final", "code": {"text": name}}
    value = "positive" if "17p" in name else VALUES.get(key, "detected")
    read = record(**head, valueString=value, effectiveDateTime="2024-06-10")
    (drug,) = read.patient["prior_drugs"]
    assert ("best_response" in drug if key == "response" else key in read.patient) == taken
    assert lists(read, name) == (not taken)


def test_a_code_counts_beside_a_name_that_says_more():
    """The name is listed."""
    code = {"text": "Response of the pelvis", "coding": [{"system": "http://loinc.org", "code": "88040-1"}]}
    head = {"resourceType": "Observation", "status": "final", "code": code}
    read = record(**head, valueString="PR", effectiveDateTime="2024-06-10")
    assert read.patient["prior_drugs"][0]["best_response"] == "PR"
    assert lists(read, "Response of the pelvis")


@pytest.mark.parametrize(
    ("title", "read_too"),
    [
        *((title, True) for title in ("FISH report", "Cytogenetics, bone marrow", "Hematopathology, biopsy, FISH")),
        *((title, False) for title in ("FISH, donor", "Cytogenetics, peripheral blood CLL", "FISH lymphoma panel")),
    ],
)
def test_a_report_by_its_whole_title(title, read_too):
    """A report on cells of another person or disease says nothing of the myeloma."""
    head = {"resourceType": "DiagnosticReport", "status": "final", "code": {"text": title}}
    read = record(**head, conclusion="del(17p) positive", effectiveDateTime="2024-06-10")
    assert ("cytogenetics" in read.patient) == read_too
    assert lists(read, title)


@pytest.mark.parametrize(
    ("name", "value", "listed"),
    [
        *((name, "Yes", True) for name in ("Refractory to lenalidomide", "Lenalidomide refractory", "Prior ASCT")),
        *((name, "Yes", True) for name in ("Prior autologous transplant", "Extramedullary disease", "Dialysis")),
        *((name, "2", True) for name in ("Line of therapy", "Peripheral neuropathy grade", "Number of regimens")),
        *((name, "x", True) for name in ("Relapse type", "Progression", "Treatment-free interval", "Heart failure")),
        *((name, "1", False) for name in ("Body height", "Platelets", "Troponin T", "Stroke volume", "Progesterone")),
        *(
            (name, "1", False)
            for name in ("Hepatitis B virus surface Ag", "Dexamethasone suppression test", "CD34+ cells")
        ),
    ],
)
def test_an_observation_whose_name_holds_a_key(name, value, listed):
    """One that no rule reads is listed with its value; all others are counted."""
    head = {"resourceType": "Observation", "status": "final", "code": {"text": name}}
    intake = record(**head, valueString=value, effectiveDateTime="2024-06-10")
    whats = [fault["what"] for fault in intake.not_understood]
    assert (f"Observation/r: {name} {value}" in whats) == listed
    assert ("observations that no key of a patient file takes" in intake.ignored) == (not listed)


@pytest.mark.parametrize(
    ("name", "number", "day", "lines"),
    [
        ("Number of prior lines of therapy", 1, "2024-06-10", 1),
        ("Prior lines", 0, "2024-03-01", 1),
        ("Anzahl Vortherapielinien", 1, "2024-03-01", 1),
        ("Number of prior lines of therapy", 3, "2024-06-10", None),
        ("Previous lines", 2, "2024-06-10", None),
        ("Prior lines", 0, "2024-06-10", None),
        ("Prior lines of the family", 3, "2024-06-10", 1),
        *(("Number of prior lines", text, "2024-06-10", None) for text in ("3 or more", ">=3", "1e400")),
    ],
)
def test_a_stated_number_of_prior_lines(name, number, day, lines):
    """One that differs from what was given leaves it out; a line that is under way need not be counted."""
    head = {"resourceType": "Observation", "status": "final", "code": {"text": name}}
    value = {"valueString" if isinstance(number, str) else "valueInteger": number}
    intake = record(**head, **value, effectiveDateTime=day)
    assert intake.patient.get("prior_lines") == lines
    assert lists(intake, f"{name} {number}")
