"""Whether a drug was given for the myeloma, why it was stopped, and whether a procedure was done."""

from __future__ import annotations

import pytest

from rrmm.intake import from_omop
from support.records import read, statement

GIVEN, LISTED, LEFT_OUT = "given", "given and listed", "left out"


def outcome(intake, drug, text):
    """Return whether a drug was given, and whether a text of it is told."""
    is_given = any(entry.get("drug") == drug for entry in intake.patient.get("prior_drugs", []))
    ignored = [what for several in intake.ignored_items.values() for what in several]
    is_told = any(text in what for what in [*ignored, *(fault["what"] for fault in intake.not_understood)])
    return (LISTED if is_told else GIVEN) if is_given else (LEFT_OUT if is_told else "dropped in silence")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Patient never started this medication", LEFT_OUT),
        ("never took the drug", LEFT_OUT),
        ("Patient did not pick up", LEFT_OUT),
        ("insurance denied, not dispensed", LEFT_OUT),
        ("Entered in error", LEFT_OUT),
        ("Error", LEFT_OUT),
        ("Wrong patient", LEFT_OUT),
        ("Duplicate order", LEFT_OUT),
        ("Not filled", LEFT_OUT),
        ("Dose held, not given", LEFT_OUT),
        ("lenalidomide not given", LEFT_OUT),
        ("nie begonnen", LEFT_OUT),
        ("jamais débuté", LEFT_OUT),
        ("dexamethasone not given", LISTED),
        ("not taken with food", LISTED),
        ("HOLD", LISTED),
        ("do not take", LISTED),
        ("Held for neutropenia", LISTED),
        ("patient declined", LISTED),
        ("taken in the evening", GIVEN),
        ("given as ordered", GIVEN),
    ],
)
@pytest.mark.parametrize("field", ["note", "statusReason", "dosage"])
def test_what_says_that_a_drug_was_not_given(text, expected, field):
    """Alone it counts, beside more it is listed; in a note, as the reason of a stop, and as a dosage."""
    intake = read(statement("lenalidomide", **{field: [{"text": text}]}))
    assert outcome(intake, "lenalidomide", text) == expected


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("breast cancer", LEFT_OUT),
        ("Malignant neoplasm of female breast", LEFT_OUT),
        ("Mantle cell lymphoma", LEFT_OUT),
        ("acute myeloid leukemia", LEFT_OUT),
        ("lupus nephritis", LEFT_OUT),
        ("renal transplant rejection", LEFT_OUT),
        ("Mammakarzinom", LEFT_OUT),
        ("plasma cell leukemia", GIVEN),
        ("relapsed multiple myeloma, prior breast cancer", GIVEN),
        ("no evidence of lymphoma", LISTED),
        ("Invasive ductal carcinoma of left breast", LEFT_OUT),
        ("DLBCL", LEFT_OUT),
        ("MDS", LEFT_OUT),
        ("Malignant neoplasm of unspecified site of left female breast", LEFT_OUT),
        ("Diffuse large B-cell lymphoma (HCC)", LEFT_OUT),
        ("MM; h/o breast cancer", LISTED),
        ("Leukemia, plasma cell", LISTED),
        ("chordoma", LISTED),
        ("relapse", GIVEN),
        ("RRMM, 2nd line", GIVEN),
        ("renal impairment", GIVEN),
    ],
)
def test_a_drug_for_another_disease_is_none_of_the_myeloma(reason, expected):
    """A reason given outright names it, and none names the myeloma; such a drug is counted and opens no line."""
    other = statement("cyclophosphamide", effectivePeriod={"start": "2010-01-01", "end": "2010-06-01"})
    intake = read(other | {"reasonCode": [{"text": reason}]}, statement("bortezomib"))
    assert outcome(intake, "cyclophosphamide", reason) == expected
    assert intake.patient["prior_lines"] == (1 if expected == LEFT_OUT else 2)


def test_a_reason_that_is_a_code():
    """A code of the myeloma names it without words; another one is listed, for nobody said what it is."""
    icd = "http://hl7.org/fhir/sid/icd-10-cm"
    ours = {"reasonCode": [{"coding": [{"system": icd, "code": "C90.00"}]}, {"text": "Breast cancer"}]}
    assert outcome(read(statement("cyclophosphamide", **ours)), "cyclophosphamide", "Breast cancer") == GIVEN
    other = {"reasonCode": [{"coding": [{"system": icd, "code": "C83.30"}]}]}
    assert outcome(read(statement("cyclophosphamide", **other)), "cyclophosphamide", "C83.30") == LISTED


@pytest.mark.parametrize("second", ["COPD", "gout", "prophylaxis", "Conditioning"])
def test_another_reason_beside_the_myeloma(second):
    """It is listed, and the drug of the myeloma stays; a steroid may be given for it."""
    reasons = [{"text": "Multiple myeloma"}, {"text": second}]
    assert outcome(read(statement("bortezomib", reasonCode=reasons)), "bortezomib", second) == LISTED


@pytest.mark.parametrize(
    ("note", "given"),
    [
        ("lenalidomide never started", {"bortezomib", "lenalidomide", "dexamethasone"}),
        ("VRd never started", set()),
        ("never started", set()),
    ],
)
def test_a_note_on_one_drug_of_a_regimen(note, given):
    """It takes back all or nothing: where it names one drug of several it is listed."""
    intake = read(statement("VRd", note=[{"text": note}]))
    assert {entry["drug"] for entry in intake.patient.get("prior_drugs", [])} == given
    assert outcome(intake, "bortezomib", note) == (LISTED if given else LEFT_OUT)


@pytest.mark.parametrize(("dose", "expected"), [(0, LEFT_OUT), ("0.0", LEFT_OUT), (20, GIVEN), (None, GIVEN)])
def test_a_dose_of_nothing_is_not_given(dose, expected):
    """An administration of 0 mg gave nothing."""
    administration = {
        "resourceType": "MedicationAdministration",
        "status": "completed",
        "medicationCodeableConcept": {"text": "carfilzomib"},
        "effectiveDateTime": "2024-03-01",
        "dosage": {"dose": {"value": dose, "unit": "mg"}},
    }
    assert outcome(read(administration), "carfilzomib", "a dose of 0") == expected


@pytest.mark.parametrize(("quantity", "expected"), [("0", LISTED), ("21", GIVEN), ("", GIVEN)])
def test_a_quantity_of_nothing_is_listed(quantity, expected):
    """In OMOP 0 often stands for an unknown quantity."""
    row = {
        "drug_exposure_id": "1",
        "person_id": "1",
        "drug_concept_id": "0",
        "drug_source_value": "lenalidomide",
        "drug_exposure_start_date": "2024-01-01",
        "quantity": quantity,
    }
    tables = {"person": [{"person_id": "1"}], "drug_exposure": [row]}
    assert outcome(from_omop(tables, index_date="2026-01-01")[0], "lenalidomide", "drug_exposure/1") == expected


@pytest.mark.parametrize(
    ("name", "note", "status", "days", "is_told"),
    [
        ("Velcade, discontinued for neuropathy", "", "intolerant", None, False),
        ("Velcade stopped due to progression", "", None, 0, False),
        ("Velcade abgesetzt wegen Progress", "", None, 0, False),
        ("Velcade", "Stopped due to progression of disease", None, 0, False),
        ("Velcade", "Patient discontinued due to neuropathy", "intolerant", None, False),
        ("Velcade", "dexamethasone stopped due to insomnia", None, None, True),
        ("Velcade until progression", "", None, None, False),
        ("Velcade", "watch for progression", None, None, True),
        ("Velcade", "D/C'd due to PD", None, 0, False),
        ("Velcade", "PD on treatment", None, None, True),
    ],
)
def test_why_a_drug_was_stopped_beside_its_name_or_in_a_note(name, note, status, days, is_told):
    """It counts as a stated reason does, where it is said of the drug itself."""
    intake = read(statement(name, note=[{"text": note}] if note else []))
    (entry,) = (one for one in intake.patient["prior_drugs"] if one["drug"] == "bortezomib")
    assert (entry.get("status"), entry.get("days_from_last_dose_to_progression")) == (status, days)
    assert any(note and note in fault["what"] for fault in intake.not_understood) == is_told


@pytest.mark.parametrize(
    ("note", "is_done"),
    [
        ("Sister accompanied patient", True),
        ("Second transplant postponed", True),
        ("procedure aborted", False),
        ("not performed, fever", False),
        ("entered in error", False),
        ("allogeneic, from brother", False),
        ("no complications", True),
        ("maintenance planned", True),
    ],
)
def test_a_note_that_takes_a_transplantation_back(note, is_done):
    """It is listed, and the transplantation is not taken."""
    done = {"resourceType": "Procedure", "status": "completed", "performedDateTime": "2024-03-01"}
    intake = read(done | {"code": {"text": "Autologous stem cell transplant"}, "note": [{"text": note}]})
    assert intake.patient.get("transplant", {}).get("prior_autoSCT", False) == is_done
    is_listed = any(note in fault["what"] for fault in intake.not_understood)
    assert is_listed == (not is_done or "postponed" in note)


@pytest.mark.parametrize("text", ["VRd followed by ASCT", "VCD induction, ASCT, len maintenance"])
def test_a_transplantation_beside_a_drug_is_listed(text):
    """It is not read, and the record does not lose it in silence."""
    intake = read(statement(text))
    assert {"bortezomib", "dexamethasone"} <= {entry["drug"] for entry in intake.patient["prior_drugs"]}
    assert any(text in fault["what"] and "procedure" in fault["why"] for fault in intake.not_understood)


@pytest.mark.parametrize(
    ("repeats", "days", "lines", "end"),
    [
        (5, 28, 1, "2019-07-01 to 2019-12-16"),
        (0, 28, 2, "2019-07-01 to 2019-07-29"),
        (None, 28, 2, "2019-07-01 to 2019-07-29"),
        (-1, 28, 2, "2019-07-01 to 2019-07-29"),
        (99, 28, 2, ""),
    ],
)
def test_repeats_of_a_prescription(repeats, days, lines, end):
    """They make its supply last longer, at most: the last dose is within, and what they bridge is no new line."""
    supply = {"expectedSupplyDuration": {"value": days, "unit": "d"}, "numberOfRepeatsAllowed": repeats}
    head = {"resourceType": "MedicationRequest", "status": "completed", "intent": "order", "dispenseRequest": supply}
    drug = {"medicationCodeableConcept": {"text": "ixazomib"}}
    found = [{**head, **drug, "authoredOn": day} for day in ("2019-01-01", "2019-07-01")]
    intake = read(*found)
    assert intake.patient["prior_lines"] == lines
    whys = [fault["why"] for fault in intake.not_understood]
    assert any(f"({end})" in why for why in whys) == bool(end)
