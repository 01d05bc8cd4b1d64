"""What a record says of drugs and transplantations is read to its end; what may deny it is listed."""

from __future__ import annotations

import pytest

from rrmm.intake import from_fhir, from_omop, from_phenopacket
from support.records import PERIOD, course, drugs, is_not_understood, procedure, read, statement


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Velcade, Rev, dex (VRd) x 4", "bortezomib lenalidomide dexamethasone"),
        ("daratumumab + len + dex (DRd)", "daratumumab lenalidomide dexamethasone"),
        ("bortezomib/len/dex cycle 1", "bortezomib lenalidomide dexamethasone"),
        ("ixazomib + Rev + dex, 2019-2021", "ixazomib lenalidomide dexamethasone"),
        ("elotuzumab/Rev/dex (on trial)", "elotuzumab lenalidomide dexamethasone"),
        ("daratumumab + Pom + dex since March", "daratumumab pomalidomide dexamethasone"),
        ("isatuximab with Pom (ICARIA)", "isatuximab pomalidomide"),
        ("Velcade-MP (VMP) 9 cycles", "bortezomib melphalan prednisone"),
        ("Melphalan, Vel, Pred (VMP)", "bortezomib melphalan prednisone"),
        ("VRd (SWOG 0777)", "bortezomib lenalidomide dexamethasone"),
        ("Rd (MAIA)", "lenalidomide dexamethasone"),
        ("PVd, 2020", "bortezomib pomalidomide dexamethasone"),
        ("Len/Dex (2019-2020)", "lenalidomide dexamethasone"),
        ("Pom/Dex, on trial", "pomalidomide dexamethasone"),
        ("VRd induction then lenalidomide maintenance", "bortezomib lenalidomide dexamethasone"),
        ("carfilzomib + Cy + dex d1-21 q28d", "carfilzomib cyclophosphamide dexamethasone"),
        ("VTD x 3 + ASCT + VTD x 2", "bortezomib thalidomide dexamethasone"),
        (
            "lenalidomide 25 mg capsule, take 1 capsule by mouth once daily on days 1-21 of a 28-day cycle",
            "lenalidomide",
        ),
        ("Product containing precisely lenalidomide 25 milligram/1 each oral capsule (clinical drug)", "lenalidomide"),
        ("bortezomib (Velcade) 1.3 mg/m2 SC D1,4,8,11 q21d", "bortezomib"),
        ("Bortezomib Fresenius Kabi 2,5 mg/ml Injektionslösung", "bortezomib"),
        ("carfilzomib (KYPROLIS) 56 mg/m2 in dextrose 5 % 100 mL IVPB", "carfilzomib"),
        ("15 ML daratumumab-fihj 120 MG/ML / hyaluronidase-fihj 2000 UNT/ML Injection", "daratumumab"),
        ("lenalidomide + apixaban 5 mg", "lenalidomide"),
        ("Dexamethasone 20 mg after breakfast", "dexamethasone"),
        ("VRd (stopped due to neuropathy)", "bortezomib lenalidomide dexamethasone"),
    ],
)
def test_a_text_of_drugs_is_read_to_its_end(text, named):
    """Each drug of a list is read, however short its name, beside words that say nothing against it."""
    intake = read(statement(text, reasonCode=[{"text": "multiple myeloma"}]))
    assert drugs(intake) == (set(named.split()), False)


@pytest.mark.parametrize("text", ["dexamethasone 0.1 % eye drops", "dexamethasone for nausea", "prednisone cream"])
def test_a_steroid_for_something_else(text):
    """It is a supportive drug by its own words."""
    intake = read(statement(text), statement("thalidomide"))
    assert drugs(intake) == ({"thalidomide"}, False)
    assert intake.ignored == {"supportive drugs": 1}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Bortezomib; MP", {"bortezomib"}),
        ("bortezomib, PD", {"bortezomib"}),
        ("carfilzomib after lenalidomide", {"carfilzomib"}),
        ("daratumumab + P + dex", set()),
    ],
)
def test_what_could_be_several_drugs_leaves_the_list_open(text, named):
    """What else a text names is listed, and the list of prior drugs is not complete."""
    intake = read(statement(text), statement("thalidomide"))
    assert drugs(intake) == ({*named, "thalidomide"} | ({"dexamethasone"} & named), True)
    assert is_not_understood(intake, text)


@pytest.mark.parametrize(
    "text",
    [
        "lenalidomide withheld",
        "pomalidomide never received",
        "bortezomib - stopped before first dose",
        "didn't get daratumumab",
        "hasn't received lenalidomide",
        "zero cycles of carfilzomib",
        "0 x bortezomib",
        "bortezomib: no",
        "bortezomib: N",
        "bortezomib: none",
        "bortezomib = 0",
        "bortezomib -",
        "bortezomib nil",
        "daratumumab-free regimen",
        "bortezomib-sparing regimen: Rd",
        "non-bortezomib therapy",
        "all except lenalidomide",
        "anti-myeloma therapy other than bortezomib",
        "VRd minus bortezomib",
        "VRd without bortezomib",
        "VRd (lenalidomide omitted)",
        "Rd, bortezomib omitted due to neuropathy",
        "VRd planned",
        "bortezomib ordered, not dispensed",
        "bortezomib - insurance denied",
        "Bortezomib nicht verabreicht",
        "bortezomib non administré",
        "bortezomib nunca recibido",
        "daratumumab niet gegeven",
        "dexamethasone only; bortezomib contraindicated",
        "Pomalidomide when lenalidomide fails",
        "lenalidomide or pomalidomide",
        "acyclovir prophylaxis for bortezomib",
        "bortezomib placeholder entry",
        "lenalidomide education",
        "iberdomide declined",
        "bortezomib " + "1" * 5_000,
    ],
)
def test_a_drug_beside_words_that_may_deny_it_is_not_taken(text):
    """It is listed, and the list of prior drugs is not complete."""
    intake = read(statement(text, reasonCode=[{"text": "multiple myeloma"}]), statement("thalidomide"))
    assert drugs(intake) == ({"thalidomide"}, True)
    assert is_not_understood(intake, text[:40])


def test_every_format_reads_a_text_of_drugs_alike():
    """A denial in OMOP's source value or in a phenopacket's label takes the drug back too."""
    text = "VRd minus bortezomib"
    person = {"person_id": 1, "year_of_birth": 1956}
    row = {"drug_exposure_id": 1, "person_id": 1, "drug_concept_id": 0, "drug_exposure_start_date": "2024-01-01"}
    rows = [{**row, "drug_source_value": text}, {**row, "drug_exposure_id": 2, "drug_source_value": "thalidomide"}]
    (omop,) = from_omop({"person": [person], "drug_exposure": rows}, index_date="2026-01-01")
    spans = [{"interval": PERIOD}]
    actions = [{"treatment": {"agent": {"label": one}, "doseIntervals": spans}} for one in (text, "thalidomide")]
    (packet,) = from_phenopacket({"subject": {"id": "p"}, "medicalActions": actions}, index_date="2026-01-01")
    for intake in (omop, packet):
        assert drugs(intake) == ({"thalidomide"}, True)
        assert is_not_understood(intake, text)


NOTES = {
    "nausea grade 1": False,
    "infusion-related reaction grade 2": False,
    "no known drug allergy": False,
    "premedication given": True,
    "patient has COPD": True,
    "gout flare": True,
    "supportive care discussed": True,
    "zoster prophylaxis": True,
    "stem cell mobilization planned after 4 cycles": True,
    "not supportive": True,
    "conditioning deferred": True,
    "conditioned air": True,
    "HDT in 2019": True,
    "antiemetics given": False,
}


@pytest.mark.parametrize(("note", "doubted"), NOTES.items())
@pytest.mark.parametrize("kind", ["MedicationStatement", "MedicationAdministration"])
def test_a_note_does_not_say_what_a_drug_is_for(note, doubted, kind):
    """A named myeloma drug stays a prior drug; where the note may say more, it is listed."""
    coded = {"text": "Darzalex", "coding": [{"system": "http://www.whocc.no/atc", "code": "L01FC01"}]}
    given = statement("", resourceType=kind, medicationCodeableConcept=coded, note=[{"text": note}])
    intake = read(given)
    assert drugs(intake) == ({"daratumumab"}, False)
    assert is_not_understood(intake, note) == doubted or note == "antiemetics given"


@pytest.mark.parametrize(
    ("reason", "bortezomib", "dexamethasone"),
    [
        ("multiple myeloma", True, True),
        ("premedication", False, False),
        ("not supportive", True, True),
        ("nausea", True, False),
        ("infusion-related reaction", True, False),
    ],
)
def test_a_reason_says_what_a_drug_is_for(reason, bortezomib, dexamethasone):
    """Given outright, it does; a side effect is one to give a steroid, not to give a drug of the myeloma."""
    fields = {"reasonCode": [{"text": reason}]}
    named, _ = drugs(read(statement("bortezomib", **fields), statement("dexamethasone", **fields)))
    expected = {"bortezomib": bortezomib, "dexamethasone": dexamethasone}
    assert named == {drug for drug, given in expected.items() if given}


@pytest.mark.parametrize(
    ("note", "line"),
    [
        ("line 2", 2),
        ("LOT 2", 2),
        ("line 3; regimen Kd", 3),
        ("2nd line therapy", 2),
        ("VRd, 2nd line", 2),
        ("line of therapy 3", 3),
        ("4th line of treatment", 4),
        ("2. Linie", 2),
        ("Zweitlinientherapie", 2),
        ("2차 치료", 2),
        ("Lot 42, exp 2026", 1),
        ("Lot 42", 1),
        ("Lot 2, exp 2026", 1),
        ("kyphoplasty L3 planned", 1),
        ("radiotherapy to L4 lesion", 1),
        ("L5/S1 pain", 1),
        ("plasmacytoma L2", 1),
        ("central line 2 lumen", 1),
        ("PICC line 3", 1),
        ("line 2, catheter flushed", 1),
        ("dose level L2", 1),
        ("not second-line", 1),
        ("planned as second line", 1),
        ("prior to second line", 1),
        ("second line refused", 1),
        ("VRd as 1st line, progressed; 2nd line now", 1),
        ("2nd line, 3rd line", 1),
    ],
)
def test_a_line_that_a_note_names_outright(note, line):
    """A batch, a vertebra, a catheter or a denial is no line of therapy."""
    assert read(statement("bortezomib", note=[{"text": note}])).patient["prior_lines"] == line


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Administration of bortezomib", {"bortezomib"}),
        ("Subcutaneous injection of daratumumab", {"daratumumab"}),
        ("Chemotherapy with bortezomib and dexamethasone", {"bortezomib", "dexamethasone"}),
        ("Infusion of ciltacabtagene autoleucel", {"ciltacabtagene autoleucel"}),
        ("carfilzomib infusion, cycle 2", {"carfilzomib"}),
        ("Daratumumab interference testing", set()),
        ("lenalidomide REMS counselling", set()),
        ("bortezomib injection teaching", set()),
        ("pregnancy test for lenalidomide", set()),
        ("carfilzomib prior authorization", set()),
        ("Bone marrow biopsy post daratumumab", set()),
        ("Refusal of lenalidomide", set()),
        ("discontinuation of lenalidomide", set()),
        ("withholding of bortezomib", set()),
        ("bortezomib desensitization", set()),
        ("bortezomib infusion cancelled", set()),
    ],
)
def test_a_procedure_that_gives_a_drug(text, named):
    """It is an administration, and says nothing else; another that names a drug is listed."""
    intake = read(procedure(text), statement("thalidomide"))
    assert drugs(intake) == ({*named, "thalidomide"}, not named)
    assert is_not_understood(intake, text) == (not named)


def test_a_procedure_whose_code_is_a_drug():
    """A code says that the drug was given, whatever the words."""
    code = {"text": "outpatient visit", "coding": [{"system": "http://www.whocc.no/atc", "code": "L01FC01"}]}
    assert drugs(read(procedure("", code=code))) == ({"daratumumab"}, False)


@pytest.mark.parametrize(
    ("kind", "status", "days"),
    [
        ("MedicationStatement", "active", 0),
        ("MedicationRequest", "active", 0),
        ("MedicationStatement", "on-hold", None),
        ("MedicationRequest", "on-hold", None),
        ("MedicationDispense", "on-hold", None),
    ],
)
def test_a_drug_on_hold_neither_goes_on_nor_has_ended(kind, status, days):
    """Its last dose is not known: not refractory by the progression years later."""
    day = "2020-01-01"
    when = {"effectivePeriod": {"start": day}, "authoredOn": day, "whenHandedOver": day}
    held = statement("lenalidomide", resourceType=kind, status=status, **when)
    supply = {"daysSupply": {"value": 30, "unit": "d"}} if kind == "MedicationDispense" else {}
    response = {"resourceType": "Observation", "status": "final", "code": {"text": "IMWG response"}}
    intake = read({**held, **supply}, {**response, "valueString": "PD", "effectiveDateTime": "2024-01-01"})
    (entry,) = intake.patient["prior_drugs"]
    assert entry.get("days_from_last_dose_to_progression") == days
    assert is_not_understood(intake, "lenalidomide") == (days is None)


@pytest.mark.parametrize(
    ("supply", "lines"),
    [
        ({"value": 180, "unit": "d"}, 1),
        ({"value": 180}, 1),
        ({"value": 180, "unit": "days", "code": "d"}, 1),
        ({"value": 6, "unit": "mo"}, 1),
        ({"value": 6, "unit": "months"}, 1),
        ({"value": 26, "unit": "weeks", "code": "wk"}, 1),
        ({"value": 180, "unit": "tablets"}, None),
        ({"value": 180, "unit": "d", "code": "wk"}, None),
    ],
)
def test_the_unit_of_a_supply(supply, lines):
    """Weeks and months are turned into days; a unit that is none of time, or two, are listed."""
    days = ("2023-01-01", "2023-07-01", "2024-01-01")
    handed = {"resourceType": "MedicationDispense", "daysSupply": supply}
    intake = read(*(statement("lenalidomide", **handed, whenHandedOver=day, effectivePeriod={}) for day in days))
    if lines:
        assert intake.patient["prior_lines"] == lines
    assert is_not_understood(intake, "a supply of 180") == (lines is None)


@pytest.mark.parametrize(
    ("text", "named", "is_complete"),
    [
        ("bortezomib 3.5 mg SDV", ["bortezomib"], True),
        ("Carfilzomib 60mg inj, SDV", ["carfilzomib"], True),
        ("denosumab 120 mg SDV", [], True),
        ("zoledronic acid LD", [], True),
        ("prednisone DR 5 mg", ["prednisone"], False),
        ("LD dexamethasone", ["dexamethasone"], False),
        ("bortezomib VAD", ["bortezomib"], False),
        ("SDV", ["bortezomib", "selinexor", "dexamethasone"], True),
        ("daratumumab + Rd", ["daratumumab", "lenalidomide", "dexamethasone"], True),
        ("Velcade, Rev, dex", ["bortezomib", "lenalidomide", "dexamethasone"], True),
    ],
)
def test_letters_beside_a_drug_are_no_regimen(text, named, is_complete):
    """They say how it is packed or given; a regimen stands alone, or in a list."""
    (intake,) = from_fhir([course(text, "2022-01-01", "2022-08-01")])
    assert drugs(intake) == (set(named), not is_complete)


@pytest.mark.parametrize(("kind", "named"), [({"resourceType": "Medication"}, {"bortezomib"}), ({}, set())])
def test_a_contained_resource_has_a_type(kind, named):
    """What has none is no resource: a reference to it leads nowhere, and is listed."""
    medication = {**kind, "id": "m", "code": {"text": "bortezomib"}}
    order = {**statement(""), "medicationCodeableConcept": None, "contained": [medication]}
    intake = read({**order, "medicationReference": {"reference": "#m"}})
    assert drugs(intake)[0] == named
    assert is_not_understood(intake, "(no name)") == (not named)
