"""Infusions of cells in a record: transplantations, engineered cells, and the drugs that prepare them."""

from __future__ import annotations

import pytest

from support.records import drugs, is_not_understood, lists, procedure, read, record, statement

CPT, PCS = "http://www.ama-assn.org/go/cpt", "http://www.cms.gov/Medicare/Coding/ICD10"


def test_a_note_of_conditioning_needs_a_transplantation():
    """Melphalan with such a note conditions a recorded transplantation; without one it is listed."""
    melphalan = statement(
        "melphalan", effectivePeriod={"start": "2024-02-01", "end": "2024-02-02"}, note=[{"text": "conditioning"}]
    )
    assert drugs(read(melphalan, procedure("autologous stem cell transplant"))) == (set(), False)
    alone = read(melphalan)
    assert drugs(alone) == ({"melphalan"}, False)
    assert is_not_understood(alone, "conditioning")


@pytest.mark.parametrize(
    ("text", "done"),
    [
        ("Infusion of cryopreserved autologous peripheral blood stem cells", True),
        ("autoSCT (second of tandem)", True),
        ("Hochdosistherapie mit autologer Stammzelltransplantation", True),
        ("autologous peripheral blood stem cell transplantation, melphalan 200 mg/m2", True),
        ("ASCT, day 0", True),
        ("ASCT after induction, without complications", True),
        ("BONE MARROW OR PBSC TRANSPLANT, AUTOLOGOUS", True),
        ("Peripheral blood stem cell infusion, autologous", True),
        ("PR TRANSPLANTATION AUTOL HEMATOPOIETIC PROGENITOR CELLS PER DONOR", True),
        ("HPC, apheresis, autologous infusion", True),
        ("Hematopoietic progenitor cell (HPC); autologous transplantation", True),
        ("TRANSFUSION OF AUTOLOGOUS HEMATOPOIETIC STEM CELLS INTO CENTRAL VEIN, PERCUTANEOUS APPROACH", True),
        ("Transfusion of Autologous Bone Marrow into Peripheral Vein, Percutaneous Approach", True),
        ("Transplantation of bone marrow, autologous, without purging", True),
        ("Autologe Stammzelltransplantation nicht durchgeführt", False),
        ("autologous stem cell transplant follow-up", False),
        ("autologous stem cell transplant education", False),
        ("post autologous transplant vaccination", False),
        ("status post ASCT: restaging biopsy", False),
        ("aborted autologous transplantation", False),
        ("autologous chondrocyte transplant", False),
        ("autologous fat transplantation", False),
        ("autologous skin graft transplant", False),
        ("autologous bone transplantation", False),
        ("autologous stem cell infusion reaction", False),
        ("cryopreservation of autologous stem cells", False),
        ("Bone marrow transplant, autologous - education", False),
        ("Bone marrow transplant, autologous: evaluation", False),
        ("Transplant, stem cell, autologous: cancelled", False),
        ("HPC apheresis, autologous", False),
        ("Pheresis of hematopoietic stem cells, autologous", False),
        ("hematopoietic progenitor cell harvesting for transplantation, per collection; autologous", False),
        ("Transfusion, autologous blood", False),
        ("Autologous bone marrow concentrate injection, knee", False),
        ("Hematopoietic progenitor cell (HPC); allogeneic transplantation per donor", False),
        ("Transfusion of Allogeneic Related Hematopoietic Stem Cells into Central Vein", False),
        ("Transfusion of nonautologous hematopoietic stem cells into central vein", False),
    ],
)
def test_a_procedure_that_is_a_transplantation(text, done):
    """What is done for one, after one, or with other tissue is none, and is named."""
    intake = read(procedure(text), index_date="2026-01-01")
    assert intake.patient.get("transplant", {}).get("prior_autoSCT", False) == done
    ignored = [what for several in intake.ignored_items.values() for what in several]
    assert (is_not_understood(intake, text) or any(text in what for what in ignored)) == (not done)


@pytest.mark.parametrize(
    ("system", "code", "done", "listed"),
    [
        (CPT, "38241", True, False),
        (PCS, "30243Y0", True, False),
        (PCS, "30233G0", True, False),
        (CPT, "38240", False, True),
        (PCS, "30243Y3", False, True),
        (PCS, "30243N0", False, False),
    ],
)
def test_a_procedure_whose_code_is_a_transplantation(system, code, done, listed):
    """A code needs no words; it says whose cells they were."""
    intake = read(procedure("", code={"coding": [{"system": system, "code": code}]}))
    assert intake.patient.get("transplant", {}).get("prior_autoSCT", False) == done
    assert is_not_understood(intake, code) == listed


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("Stem Cell Transplantation", True),
        ("Peripheral Blood Stem Cell Transplantation", True),
        ("CD34+ stem cell boost", True),
        ("transplant coordinator visit", True),
        ("kidney transplantation", False),
        ("corneal transplant", False),
        ("bone marrow biopsy", False),
    ],
)
def test_a_procedure_that_speaks_of_a_transplantation(text, listed):
    """One that is not understood is listed, not merely counted; no drug is missing from the list for it."""
    intake = read(procedure(text), statement("bortezomib"))
    assert "transplant" not in intake.patient
    assert (is_not_understood(intake, text), drugs(intake)) == (listed, ({"bortezomib"}, False))


def given(text, day, **fields):
    """Return a drug that was given on a day."""
    done = {"resourceType": "MedicationAdministration", "status": "completed", "effectiveDateTime": day}
    return {**done, "medicationCodeableConcept": {"text": text}, **fields}


def reason(text):
    """Return the reason for which a drug was given."""
    return {"reasonCode": [{"text": text}]}


CELLS = given("ciltacabtagene autoleucel (CARVYKTI)", "2024-03-20")


@pytest.mark.parametrize(
    ("before", "prepares"),
    [
        (given("fludarabine 30 mg/m2", "2024-03-15"), True),
        (given("cyclophosphamide 300 mg/m2", "2024-03-15"), True),
        (given("fludarabine/cyclophosphamide", "2024-03-15"), True),
        (given("bendamustine 90 mg/m2", "2024-03-16"), True),
        (given("cyclophosphamide (lymphodepletion)", "2024-03-15"), True),
        (given("cyclophosphamide", "2024-02-10", note=[{"text": "lymphodepletion"}]), True),
        (given("cyclophosphamide", "2024-02-10", **reason("Lymphodepletion before CAR-T")), True),
        (given("cyclophosphamide", "2024-02-10"), False),
        (given("cyclophosphamide", "2024-02-10", **reason("no lymphodepletion")), False),
        (given("cyclophosphamide", "2024-02-10", **reason("lymphodepletion planned")), False),
        (given("cyclophosphamide", "2024-03-21"), False),
        (given("CyBorD", "2024-03-10"), False),
        (given("bortezomib", "2024-03-15"), False),
        (statement("bendamustine", effectivePeriod={"start": "2023-12-15", "end": "2024-03-14"}), False),
    ],
)
def test_lymphodepletion_before_engineered_cells(before, prepares):
    """It is no prior drug and no line, which is said; a drug of another kind, day or regimen is one."""
    intake = read(before, CELLS)
    assert (drugs(intake)[0] == {"ciltacabtagene autoleucel"}) == prepares
    assert any("is lymphodepletion" in one for one in intake.assumed) == prepares


@pytest.mark.parametrize(
    "cells",
    [
        given("equecabtagene autoleucel", "2024-03-20"),
        procedure("CAR-T cell infusion", performedDateTime="2024-03-20"),
        procedure(
            "Introduction of Cilta-cel into Central Vein, Percutaneous Approach, New Technology Group 7",
            performedDateTime="2024-03-20",
        ),
    ],
)
def test_engineered_cells_of_any_name(cells):
    """A product that no source knows, the class, and the words of a procedure's code have a lymphodepletion."""
    named, is_open = drugs(read(given("cyclophosphamide", "2024-03-15"), cells))
    assert "cyclophosphamide" not in named
    assert (len(named), is_open) == (1, False)


@pytest.mark.parametrize(
    ("before", "named", "is_open"),
    [
        (given("cyclophosphamide", "2024-03-15", **reason("lymphodepleting chemotherapy")), set(), True),
        (given("cyclophosphamide (lymphodepletion)", "2024-03-15"), set(), True),
        (given("cyclophosphamide", "2024-03-15", note=[{"text": "lymphodepletion"}]), {"cyclophosphamide"}, False),
        (given("cyclophosphamide", "2024-03-15"), {"cyclophosphamide"}, False),
    ],
)
def test_lymphodepletion_without_engineered_cells(before, named, is_open):
    """Said outright, it is none of the prior drugs, of which one is not recorded; a note is listed."""
    intake = read(before, statement("bortezomib"), {**CELLS, "status": "not-done"})
    assert drugs(intake) == ({"bortezomib", *named}, is_open)
    assert is_not_understood(intake, "lymphodepletion") == (is_open or "note" in before)


@pytest.mark.parametrize(
    ("note", "listed"), [("bridging therapy", True), ("mobilization", True), ("bridge repaired", False)]
)
def test_a_note_that_a_drug_may_begin_no_line(note, listed):
    """Bridging and mobilization are listed; a note never decides."""
    intake = read(given("carfilzomib", "2024-02-10", note=[{"text": note}]), CELLS)
    assert "carfilzomib" in drugs(intake)[0]
    assert is_not_understood(intake, note) == listed


@pytest.mark.parametrize(
    ("text", "done", "entries"),
    [
        ("History of autologous stem cell transplant (HCC)", True, None),
        ("S/P autologous bone marrow transplantation (HCC)", True, None),
        ("Autologous bone marrow transplantation status", True, None),
        ("Z.n. autologer Stammzelltransplantation", True, None),
        ("Zustand nach autologer Stammzelltransplantation 2019", True, None),
        ("Status post autologous stem cell transplant for multiple myeloma", True, None),
        ("Stem cells transplant status", False, None),
        ("History of bone marrow transplant", False, None),
        ("H/O allogeneic stem cell transplant (HCC)", False, None),
        ("Candidate for autologous stem cell transplant", False, None),
        ("No history of autologous stem cell transplant", False, None),
        ("Peripheral neuropathy after autologous stem cell transplant", False, ["peripheral neuropathy"]),
        (
            "Complication of stem cell transplant",
            False,
            [{"other": "Complication of stem cell transplant"}, "rest unknown"],
        ),
        ("Autologous skin graft", False, [{"other": "Autologous skin graft"}, "rest unknown"]),
        ("Kidney transplant status", False, [{"other": "Kidney transplant status"}, "rest unknown"]),
    ],
)
def test_a_transplantation_in_the_problem_list(text, done, entries):
    """It is no comorbidity: the patient's own cells are a transplantation, any others are listed."""
    status = {"coding": [{"code": "active"}]}
    read = record(resourceType="Condition", clinicalStatus=status, code={"text": text})
    assert read.patient.get("transplant", {}).get("prior_autoSCT", False) == done
    assert read.patient.get("comorbidities") == entries
    assert lists(read, text) == (not done and entries != ["peripheral neuropathy"])


@pytest.mark.parametrize(
    ("fields", "done", "comorbid"),
    [
        ({"code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "Z94.84"}]}}, False, False),
        (
            {
                "code": {
                    "coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "Z94.84"}],
                    "text": "History of autologous stem cell transplant (HCC)",
                }
            },
            True,
            False,
        ),
        ({"code": {"text": "History of ASCT"}, "note": [{"text": "entered in error"}]}, False, False),
        ({"code": {"text": "History of ASCT"}, "verificationStatus": {"coding": [{"code": "refuted"}]}}, False, False),
        (
            {"code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "Z94.0"}], "text": "kidney"}},
            False,
            True,
        ),
    ],
)
def test_a_transplantation_in_the_problem_list_by_code(fields, done, comorbid):
    """A code without a donor is listed; what takes the condition back takes the transplantation back."""
    read = record(resourceType="Condition", clinicalStatus={"coding": [{"code": "active"}]}, **fields)
    assert read.patient.get("transplant", {}).get("prior_autoSCT", False) == done
    assert ("comorbidities" in read.patient) == comorbid
