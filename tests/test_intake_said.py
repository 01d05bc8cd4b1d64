"""What a record denies, doubts or plans is no fact of its patient, and what is not taken of it is listed."""

from __future__ import annotations

import pytest

from rrmm.intake import from_fhir, from_phenopacket
from support.records import lists, read, record, statement


@pytest.mark.parametrize(
    ("text", "drugs"),
    [
        ("no carfilzomib", []),
        ("carfilzomib (planned)", []),
        ("carfilzomib 0 mg", []),
        ("therapy for carfilzomib-refractory myeloma", []),
        ("carfilzomib after lenalidomide failure", []),
        ("carfilzomib (not lenalidomide)", ["carfilzomib"]),
        ("carfilzomib; allergic to lenalidomide", ["carfilzomib"]),
        ("lenalidomide 25 mg, not on days 22-28", ["lenalidomide"]),
        ("Injection, carfilzomib, not otherwise specified, 0.1 mg", ["carfilzomib"]),
    ],
)
def test_a_drug_that_its_text_takes_back_was_not_given(text, drugs):
    """What a text denies, plans or names beside the point is listed, and is no prior drug."""
    period = {"start": "2024-01-01", "end": "2024-06-01"}
    read = record(
        resourceType="MedicationStatement",
        status="completed",
        medicationCodeableConcept={"text": text},
        effectivePeriod=period,
    )
    named = [entry["drug"] for entry in read.patient["prior_drugs"] if isinstance(entry, dict)]
    assert named == ["bortezomib", *drugs]
    assert lists(read, text) == (not drugs)


@pytest.mark.parametrize(
    ("text", "grade", "progressed"),
    [
        ("PD", None, True),
        ("progressive disease", None, True),
        ("no evidence of progressive disease", None, False),
        ("no sign of relapse or progressive disease", None, False),
        ("progressive disease excluded", None, False),
        ("nonprogressive disease", None, False),
        ("PD ruled out", None, False),
        ("PD?", None, False),
        ("VGPR, no progression", "VGPR", False),
        ("Response evaluated: VGPR", "VGPR", False),
        ("CR vs VGPR", None, False),
        ("VGPR then CR", None, False),
    ],
)
def test_a_response_that_is_denied_or_doubted_is_none(text, grade, progressed):
    """Neither a grade nor a progression is read from it, and it is listed."""
    read = record(
        resourceType="Observation",
        status="final",
        code={"text": "IMWG response"},
        valueString=text,
        effectiveDateTime="2024-06-10",
    )
    (drug,) = read.patient["prior_drugs"]
    assert drug.get("best_response") == grade
    assert ("days_from_last_dose_to_progression" in drug) == progressed
    assert lists(read, text) == (not grade and not progressed)


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("no heart failure", None),
        ("heart failure?", None),
        ("suspected heart failure", None),
        ("heart failure (suspected)", None),
        ("evaluation for heart failure", None),
        ("mother with diabetes", None),
        ("hypertension, no diabetes", ["hypertension"]),
        ("Type 2 diabetes mellitus without complications", ["diabetes mellitus"]),
        ("neuropathy after bortezomib", ["peripheral neuropathy"]),
        ("central diabetes insipidus", [{"other": "central diabetes insipidus"}]),
        ("rule out multiple myeloma", None),
    ],
)
def test_a_disease_that_is_denied_or_doubted_is_no_comorbidity(text, entries):
    """The words of a problem are judged as those of a patient file are; what they take back is listed."""
    status = {"coding": [{"code": "active"}]}
    read = record(resourceType="Condition", clinicalStatus=status, code={"text": text})
    assert read.patient.get("comorbidities") == entries
    assert lists(read, text) == (not entries or ", no " in text or isinstance(entries[0], dict))


@pytest.mark.parametrize(
    ("text", "done"),
    [
        ("autologous stem cell transplantation after induction", True),
        ("no autologous stem cell transplantation", False),
        ("evaluation for autologous stem cell transplantation", False),
        ("autologous stem cell transplantation (planned)", False),
        ("stem cell collection for autologous transplantation", False),
    ],
)
def test_a_transplantation_that_was_not_done(text, done):
    """A procedure whose words plan or deny it counts as none, and is named."""
    read = record(resourceType="Procedure", status="completed", code={"text": text}, performedDateTime="2024-03-01")
    assert read.patient.get("transplant", {}).get("prior_autoSCT", False) == done
    assert lists(read, text) == (not done)


@pytest.mark.parametrize(
    ("resource", "said", "why"),
    [
        ({"valueRange": {"low": {"value": 12, "unit": "mg/dL"}}}, "Calcium", "no number"),
        (
            {"valueQuantity": {"value": 2.5, "unit": "mmol/L", "code": "mg/dL"}},
            "2.5",
            "the unit is said as mg/dL and as mmol/L; not taken",
        ),
        ({"valueQuantity": {"value": 12, "unit": "mg/dL"}, "effectiveDateTime": "2024-02-30"}, "2024-02-30", "no date"),
    ],
)
def test_a_measurement_that_is_not_taken_is_listed(resource, said, why):
    """Whatever form its value, its unit or its date has."""
    calcium = {"resourceType": "Observation", "status": "final", "code": {"text": "Calcium"}}
    read = record(**calcium | {"effectiveDateTime": "2024-06-10"} | resource)
    assert "relapse" not in read.patient
    assert any(said in fault["what"] and why in fault["why"] for fault in read.not_understood)


def test_a_drug_that_ends_before_it_begins():
    """Its end is not read, and both days are named."""
    period = {"start": "2024-06-01", "end": "2024-01-01"}
    drug = {"resourceType": "MedicationStatement", "medicationCodeableConcept": {"text": "carfilzomib"}}
    patient = {"resourceType": "Patient", "id": "p"}
    (alone,) = from_fhir([patient, {**drug, "id": "m", "status": "completed", "effectivePeriod": period}])
    assert [entry["drug"] for entry in alone.patient["prior_drugs"]] == ["carfilzomib"]
    for intake in (alone, record(**drug, status="completed", effectivePeriod=period)):
        reasons = [fault["why"] for fault in intake.not_understood]
        assert any("it ends on 2024-01-01, before it begins on 2024-06-01" in why for why in reasons)


@pytest.mark.parametrize(
    ("said", "listed"),
    [
        ({"deceasedDateTime": "2024-09-01"}, "deceased: 2024-09-01"),
        ({"deceasedBoolean": True}, "deceased: True"),
        ({"deceasedDateTime": "last winter"}, "deceased: last winter"),
        ({"deceasedBoolean": False}, ""),
        ({"link": [{"other": {"reference": "Patient/q"}, "type": "replaced-by"}]}, "linked to Patient/q"),
    ],
)
def test_what_is_said_of_the_person(said, listed):
    """A death, and other records of the person, are listed: no key of a patient file takes them."""
    (intake,) = from_fhir([{"resourceType": "Patient", "id": "p", **said}])
    assert any(listed in one["what"] for one in intake.not_understood if "Patient/p: " in one["what"]) == bool(listed)


@pytest.mark.parametrize(
    ("status", "listed"),
    [
        ({"status": "DECEASED", "timeOfDeath": {"timestamp": "2024-09-01T00:00:00Z"}}, "deceased: 2024-09-01"),
        ({"status": "DECEASED"}, "deceased: True"),
        ({"status": "ALIVE"}, ""),
    ],
)
def test_the_vital_status_of_a_phenopacket(status, listed):
    """A death is listed."""
    (intake,) = from_phenopacket({"id": "p", "subject": {"id": "p", "vitalStatus": status}})
    assert any("deceased" in one["what"] for one in intake.not_understood) == bool(listed)
    assert lists(intake, listed)


@pytest.mark.parametrize("status", ["NO_CALL", "UNKNOWN_STATUS", "REJECTED", "", "CAUSATIVE"])
def test_a_variant_whose_status_does_not_say_that_it_is_there(status):
    """What was not called, or rejected as the cause, is neither present nor absent."""
    variant = {"variationDescriptor": {"label": "del(17p)"}}
    genomic = [{"interpretationStatus": status, "variantInterpretation": variant}]
    packet = {"subject": {"id": "p"}, "interpretations": [{"diagnosis": {"genomicInterpretations": genomic}}]}
    (read,) = from_phenopacket(packet, index_date="2026-01-01")
    assert ("cytogenetics" in read.patient) == (status == "CAUSATIVE")
    assert lists(read, "del(17p)") == (status != "CAUSATIVE")


@pytest.mark.parametrize(
    ("whose", "label", "is_there"),
    [
        ("p", "del(17p)", True),
        ("", "del(17p)", True),
        ("tumour", "t(4;14)", True),
        ("MOTHER", "del(17p)", False),
        ("of another", "del(17p)", False),
        ("p", "no del(17p)", False),
        ("p", "t(4;14) negative", False),
        ("p", "t(4;14) not tested", False),
    ],
)
def test_whose_variant_it_is_and_what_its_label_says(whose, label, is_there):
    """A variant of another person is listed; so is one that its own label denies."""
    variant = {"variationDescriptor": {"label": label}}
    genomic = [{"subjectOrBiosampleId": whose, "interpretationStatus": "CAUSATIVE", "variantInterpretation": variant}]
    samples = [{"id": "tumour", "individualId": "p"}, {"id": "of another", "individualId": "MOTHER"}]
    packet = {"subject": {"id": "p"}, "interpretations": [{"diagnosis": {"genomicInterpretations": genomic}}]}
    (read,) = from_phenopacket(packet | {"biosamples": samples}, index_date="2026-01-01")
    assert ("cytogenetics" in read.patient) == is_there
    assert any(one["what"].startswith("interpretations[1]") for one in read.not_understood) == (not is_there)


def test_what_a_phenopacket_says_of_a_treatment_is_not_dropped():
    """A response without a grade, and a drug for another disease, are named."""
    spans = [{"interval": {"start": "2024-01-01", "end": "2024-06-01"}}]
    actions = [
        {"treatment": {"agent": {"label": name}, "doseIntervals": spans}, **said}
        for name, said in (
            ("bortezomib", {"responseToTreatment": {"label": "somewhat better"}}),
            ("cyclophosphamide", {"treatmentTarget": {"label": "lupus nephritis"}}),
        )
    ]
    (read,) = from_phenopacket({"subject": {"id": "p"}, "medicalActions": actions}, index_date="2026-01-01")
    assert [entry["drug"] for entry in read.patient["prior_drugs"]] == ["bortezomib"]
    assert lists(read, "somewhat better")
    assert lists(read, "lupus nephritis")


@pytest.mark.parametrize(
    ("focus", "counts"),
    [
        ({"reference": "Condition/mm", "display": "multiple myeloma"}, True),
        ({"display": "multiple myeloma"}, True),
        ({"reference": "Patient/p"}, True),
        ({"display": "mother of patient"}, False),
        ({"reference": "RelatedPerson/7"}, False),
        ({"reference": "Patient/q"}, False),
        ({"display": "stem cell donor"}, False),
    ],
)
def test_an_observation_of_somebody_else(focus, counts):
    """What a focus puts elsewhere than in the patient is none of its facts, and is counted."""
    head = {"resourceType": "Observation", "status": "final", "code": {"text": "del(17p)"}, "focus": [focus]}
    read = record(**head, subject={"reference": "Patient/p"}, valueString="positive", effectiveDateTime="2024-06-10")
    assert ("cytogenetics" in read.patient) == counts
    assert lists(read, "del(17p)") == (not counts)


def intolerance(text, **fields):
    """Return an intolerance of a substance."""
    status = {"coding": [{"code": "active"}]}
    return {"resourceType": "AllergyIntolerance", "clinicalStatus": status, "code": {"text": text}, **fields}


def harm(**suspect):
    """Return an adverse event that something is suspected of."""
    return {"resourceType": "AdverseEvent", "event": {"text": "rash"}, "suspectEntity": [suspect]}


@pytest.mark.parametrize(
    ("resource", "listed"),
    [
        (intolerance("lenalidomide"), "lenalidomide"),
        (intolerance("REVLIMID 10 mg capsule"), "lenalidomide"),
        (intolerance("Velcade rash"), "what may be a drug of the graph"),
        (intolerance("proteasome inhibitor"), "proteasome inhibitor"),
        (harm(instance={"reference": "MedicationStatement/r0"}), "lenalidomide"),
        (harm(instanceCodeableConcept={"text": "Revlimid"}), "lenalidomide"),
        *((intolerance(text), "") for text in ("Penicillin", "ramipril", "no known allergies", "peanut")),
        (intolerance("lenalidomide", verificationStatus={"coding": [{"code": "refuted"}]}), ""),
        (intolerance("lenalidomide", verificationStatus={"coding": [{"code": "entered-in-error"}]}), ""),
        (harm(instance={"reference": "MedicationStatement/none"}), ""),
    ],
)
def test_an_intolerance_of_a_drug_of_the_graph(resource, listed):
    """It is listed by name, not read; any other is counted."""
    intake = read(statement("lenalidomide"), resource)
    told = [fault["why"] for fault in intake.not_understood if "status: intolerant" in fault["why"]]
    assert [f" of {listed}; say" in why for why in told] == ([True] if listed else [])
    assert "status" not in intake.patient["prior_drugs"][0]
    assert bool(intake.ignored) == (not listed)


def test_an_adverse_event_of_a_phenopacket():
    """It is listed with the drug beside which it stands."""
    treatment = {"agent": {"label": "lenalidomide"}}
    action = {"treatment": treatment, "adverseEvents": [{"id": "HP:0000988", "label": "Skin rash"}]}
    (intake,) = from_phenopacket({"id": "p", "subject": {"id": "p"}, "medicalActions": [action]})
    assert lists(intake, "lenalidomide: Skin rash")
