"""What a record denies, doubts or plans is no fact of its patient, and what is not taken of it is listed."""

from __future__ import annotations

import pytest

from rrmm.intake import from_fhir, from_omop, from_phenopacket


def record(**resource):
    """Return the intake of a person with bortezomib and one more resource of FHIR."""
    drug = {
        "resourceType": "MedicationStatement",
        "id": "m",
        "status": "completed",
        "medicationCodeableConcept": {"text": "bortezomib"},
        "effectivePeriod": {"start": "2024-01-01", "end": "2024-06-01"},
    }
    patient = {"resourceType": "Patient", "id": "p"}
    return from_fhir([patient, drug, {"id": "r", **resource}], index_date="2026-01-01")[0]


def lists(read, text):
    """Return whether an intake lists a text among what it did not understand, or ignored."""
    ignored = [what for several in read.ignored_items.values() for what in several]
    return any(text in what for what in [*ignored, *(fault["what"] for fault in read.not_understood)])


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
    read = record(**drug, status="completed", effectivePeriod=period)
    assert any("it ends on 2024-01-01, before it begins on 2024-06-01" in one["why"] for one in read.not_understood)


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


def assess(text, **more):
    """Return the intake of a person on bortezomib whose response was assessed."""
    value = {"valueString": text} if text else {}
    head = {"resourceType": "Observation", "status": "final", "code": {"text": "IMWG response"}}
    return record(**head, **value, effectiveDateTime="2024-06-10", **more)


@pytest.mark.parametrize(
    ("text", "grade", "progressed"),
    [
        ("PD on maintenance", None, True),
        ("PD on lenalidomide", None, True),
        ("biochemical progression, confirmed", None, True),
        ("relapse from CR", None, True),
        ("myeloma progression confirmed by PET/CT", None, True),
        ("2. Rezidiv", None, True),
        ("PD: yes", None, True),
        ("Best response: CR", "CR", False),
        ("VGPR (no CR)", "VGPR", False),
        ("No progression. VGPR.", "VGPR", False),
        ("PR after 4 cycles", "PR", False),
        ("very good partial response (VGPR), confirmed", "VGPR", False),
        ("MRD negative CR", "CR", False),
    ],
)
def test_a_response_beside_harmless_words(text, grade, progressed):
    """How it was found, when, and of what it is, changes nothing; nothing is listed."""
    read = assess(text)
    (drug,) = read.patient["prior_drugs"]
    assert drug.get("best_response") == grade
    assert ("days_from_last_dose_to_progression" in drug) == progressed
    assert not lists(read, text)


@pytest.mark.parametrize(
    "text",
    [
        *("PD: no", "PD -ve", "PD = no", "PD: N", "PD 0", "PD -", "progressive disease: none", "non-PD", "PD (-)"),
        *("criteria for PD not met", "PD criteria not fulfilled", "risk of progression", "time to progression"),
        *("treat until progression", "concern for progression", "relapse-free", "progression-free", "PD-L1 positive"),
        *("progression of neuropathy", "relapsed shingles", "high risk of relapse", "patient fears relapse"),
        *("Second relapse in 2022", "PD on prior regimen Rd", "no progression, relapse", "time to next relapse"),
        *("less than PR", "PR not achieved", "failed to achieve PR", "at least PR", "VGPR or better", "no CR, PR"),
        *("short of CR", "PR hoped for", "aiming at CR", "CR lost", "PR, previously VGPR", "almost PR", "PR vs SD"),
        *("progression of cataract", "relapse of depression", "watch for progression", "PD awaited", "up to PR"),
    ],
)
def test_a_response_beside_words_that_may_change_it(text):
    """What no rule knows beside a response may deny, bound, plan or be of something else: it is listed."""
    read = assess(text)
    (drug,) = read.patient["prior_drugs"]
    assert drug.keys() <= {"drug", "line"} and "relapse" not in read.patient
    assert lists(read, text)


@pytest.mark.parametrize(
    ("text", "note", "grade", "progressed"),
    [
        ("VGPR", "continue until progression", "VGPR", False),
        ("VGPR", "high risk of relapse", "VGPR", False),
        ("VGPR", "PD", "VGPR", False),
        ("SD", "SD - will continue until PD", "SD", False),
        ("PR", "PD on prior regimen Rd", "PR", False),
        ("", "watch for progression", None, False),
        ("", "PD", None, True),
        ("", "disease progression, confirmed", None, True),
    ],
)
def test_a_note_never_overrides_the_value(text, note, grade, progressed):
    """Where there is no value, a note that states a response and nothing else is one; others are listed."""
    read = assess(text, note=[{"text": note}])
    (drug,) = read.patient["prior_drugs"]
    assert drug.get("best_response") == grade
    assert ("days_from_last_dose_to_progression" in drug) == progressed
    assert lists(read, note) == (not progressed)


def test_a_progression_and_a_response_of_one_day_contradict():
    """Neither is taken, and both are named."""
    head = {"resourceType": "Observation", "status": "final", "code": {"text": "IMWG response"}}
    drug = {
        "resourceType": "MedicationStatement",
        "status": "completed",
        "medicationCodeableConcept": {"text": "bortezomib"},
        "effectivePeriod": {"start": "2024-01-01", "end": "2024-06-01"},
    }
    told = [{**head, "id": text, "effectiveDateTime": "2024-06-10", "valueString": text} for text in ("PD", "CR")]
    (read,) = from_fhir([{"resourceType": "Patient", "id": "p"}, drug, *told], index_date="2026-01-01")
    assert read.patient["prior_drugs"] == [{"drug": "bortezomib", "line": 1}]
    assert lists(read, "response of 2024-06-10: PD (Observation/PD) and CR (Observation/CR)")


def stop(reason, **more):
    """Return the intake of a person whose bortezomib was stopped for a reason."""
    drug = {
        "resourceType": "MedicationStatement",
        "id": "s",
        "status": "stopped",
        "statusReason": [{"text": reason}],
        "medicationCodeableConcept": {"text": "bortezomib"},
        "effectivePeriod": {"start": "2024-01-01", "end": "2024-06-01"},
    }
    return from_fhir([{"resourceType": "Patient", "id": "p"}, drug], **more)[0]


@pytest.mark.parametrize(
    ("reason", "key"),
    [
        ("PD", "days_from_last_dose_to_progression"),
        ("progression of disease on treatment", "days_from_last_dose_to_progression"),
        ("PD; neuropathy grade 2", "days_from_last_dose_to_progression"),
        ("progression, no toxicity", "days_from_last_dose_to_progression"),
        ("refractory to bortezomib", "days_from_last_dose_to_progression"),
        ("cardiac toxicity, grade 3", "toxicity"),
        ("discontinued due to thrombocytopenia grade 4", "toxicity"),
        ("side effects: fatigue, diarrhea", "toxicity"),
        ("Polyneuropathie Grad 3", "toxicity"),
        ("bortezomib-induced neuropathy", "toxicity"),
    ],
)
def test_a_reason_for_a_stop_beside_harmless_words(reason, key):
    """Its grade, its organ and the words for the stop change nothing."""
    read = stop(reason, index_date="2024-09-01")
    assert key in read.patient["prior_drugs"][0]
    assert not lists(read, f"stopped: {reason}")


@pytest.mark.parametrize(
    "reason",
    [
        *("progression ruled out, cost", "PD?", "suspected progression", "progression-free, treatment holiday"),
        *("planned stop before progression", "completed; next therapy at progression", "progression of renal failure"),
        *("no adverse events", "toxicity: none", "to avoid toxicity", "in order to prevent neuropathy"),
        *("neuropathy risk", "fear of side effects", "stop until progression", "progressive neuropathy"),
        *("prophylaxis of neuropathy", "toxicity feared by patient", "worried about side effects", "toxicity - no"),
        *("relapse of depression", "pending toxicity review", "partner with progressive disease", "no toxicity"),
    ],
)
def test_a_reason_for_a_stop_that_is_feared_avoided_or_denied(reason):
    """It is no reason, and it is listed."""
    read = stop(reason, index_date="2024-09-01")
    assert read.patient["prior_drugs"] == [{"drug": "bortezomib", "line": 1}]
    assert lists(read, f"stopped: {reason}")


def test_the_end_of_a_course_that_was_stopped_is_a_fact():
    """Without an index date it counts as the last one; after the index date it is set aside, and named."""
    read = stop("progressive disease")
    assert read.index_date == "2024-06-01"
    assert read.patient["prior_drugs"][0]["days_from_last_dose_to_progression"] == 0
    before = stop("progressive disease", index_date="2024-03-01")
    assert before.patient["prior_drugs"] == [{"drug": "bortezomib", "line": 1}]
    assert before.ignored_items["after the index date 2024-03-01"] == [
        "MedicationStatement/s: bortezomib: ended on 2024-06-01, progressive disease"
    ]


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("Congestive heart failure, NYHA III (HCC)", ["heart failure"]),
        ("DVT left leg 2019", ["thrombosis"]),
        ("coronary artery disease s/p PCI", ["ischemic heart disease"]),
        ("HTN, not controlled", ["hypertension"]),
        ("neuropathy, no pain", ["peripheral neuropathy"]),
        ("Drug-induced polyneuropathy", ["peripheral neuropathy"]),
        ("CHF, no DM", ["heart failure"]),
        ("heart failure after doxorubicin", ["heart failure"]),
        ("CHF/DM/HTN", ["heart failure", "diabetes mellitus", "hypertension"]),
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
    """A denial that stands behind, another organ, a screening: no disease of ours, and it is listed."""
    status = {"coding": [{"code": "active"}]}
    read = record(resourceType="Condition", clinicalStatus=status, code={"text": text})
    assert read.patient.get("comorbidities") in (None, [{"other": text}])
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
    head = {"resourceType": "Observation", "status": "final", "code": {"text": name}}
    days = (("2024-02-01", 13), ("2024-03-01", 2), ("2024-04-01", 5))
    values = [
        {**head, "id": day, "effectiveDateTime": day, "valueQuantity": {"value": value, "unit": unit}}
        for day, value in days
    ]
    (read,) = from_fhir([{"resourceType": "Patient", "id": "p"}, *values], index_date="2024-06-05")
    assert "relapse" not in read.patient
    assert lists(read, name)


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
