"""Courses of drugs: what their lines, ends and reasons give, and what is left open where they contradict."""

from __future__ import annotations

import pytest

from rrmm.intake import from_fhir, from_omop
from support.records import course, response

MONOCLONAL = "Daratumumab 1800mg/15ml SC (CDF)"


@pytest.mark.parametrize(
    ("doubted", "start", "lines", "days"),
    [
        (MONOCLONAL, "2022-01-20", None, None),
        (MONOCLONAL, "2020-01-10", 1, 41),
        (MONOCLONAL, None, 1, 41),
        ("no daratumumab", "2022-01-20", 1, 41),
        ("daratumumab", "2022-01-20", 2, None),
    ],
    ids=["a line of its own", "within the line", "without a date", "denied", "understood"],
)
def test_what_a_drug_that_is_not_understood_may_change_is_left_out(doubted, start, lines, days):
    """The number of lines, the interval and the days of another drug stand where they hold with it and without it."""
    given = course("lenalidomide", "2020-01-01", "2022-01-10")
    (intake,) = from_fhir([given, course(doubted, start, "2022-02-20"), response("PD", "2022-02-20")])
    entry = next(one for one in intake.patient["prior_drugs"] if one["drug"] == "lenalidomide")
    assert intake.patient.get("prior_lines") == lines
    assert entry.get("days_from_last_dose_to_progression") == days
    path = "prior_drugs[lenalidomide, line 1].days_from_last_dose_to_progression"
    assert (path in intake.sources) == (days is not None)
    listed = [one["what"] for one in intake.not_understood if "left out" in one["why"]]
    assert ("prior_lines" in listed) == (lines is None)
    assert ("prior_drugs[lenalidomide, line 1]" in listed) == (lines is None)


@pytest.mark.parametrize(("undated", "lines"), [("bortezomib", None), ("lenalidomide", 1), ("dexamethasone", 1)])
def test_a_drug_without_a_date_may_be_of_another_line(undated, lines):
    """Lines that are counted by dates are not all lines, unless the drug has dates beside it, or is a steroid."""
    dated = course("lenalidomide", "2022-01-01", "2022-08-01")
    (intake,) = from_fhir([course(undated, None, None), dated, response("PD", "2022-09-01")])
    assert intake.patient.get("prior_lines") == lines
    assert any(one["what"] == "prior_lines: 1 by dates" for one in intake.not_understood) == (lines is None)


def given(intake, label):
    """Return the entries of a drug."""
    return [one for one in intake.patient["prior_drugs"] if isinstance(one, dict) and one["drug"] == label]


@pytest.mark.parametrize(
    ("stopped", "following", "intolerant"),
    [
        ("VRd", course("Rd", "2021-03-05", "2022-09-01"), ["bortezomib"]),
        ("VRd", course("Rd", "2021-03-01", "2022-09-01"), ["bortezomib"]),
        ("lenalidomide 25 mg", course("lenalidomide 10 mg", "2021-02-25", "2022-09-01"), []),
        ("lenalidomide", course("dexamethasone", "2021-03-05", "2022-09-01"), ["lenalidomide"]),
        ("Vd", course("dexamethasone", "2021-03-05", "2022-09-01"), ["bortezomib"]),
        ("VRd", course("dexamethasone", "2021-03-05", "2022-09-01"), []),
    ],
    ids=["one of two", "on the same day", "a lower dose", "alone", "with a steroid", "two together"],
)
def test_a_drug_that_went_on_was_tolerated(stopped, following, intolerant):
    """Of drugs that were stopped together, the one that did not go on was not tolerated; of two nobody knows which."""
    first = course(stopped, "2021-01-01", "2021-03-01", statusReason=[{"text": "Neuropathy"}])
    (intake,) = from_fhir([first, following])
    entries = [one for one in intake.patient["prior_drugs"] if isinstance(one, dict)]
    assert [one["drug"] for one in entries if one.get("status") == "intolerant"] == intolerant
    assert [one["drug"] for one in entries if one.get("toxicity") == "unacceptable"] == intolerant
    listed = any("no toxicity is taken" in one["why"] for one in intake.not_understood)
    assert listed == ("lenalidomide" not in intolerant and stopped != "Vd")


@pytest.mark.parametrize(
    ("again", "responded", "days", "grade"),
    [
        ("2022-05-25", "2022-09-01", 152, "VGPR"),
        ("2022-05-25", "2024-03-01", 0, None),
        ("2022-05-20", "2022-09-01", 152, "VGPR"),
    ],
    ids=["written again", "a response after the drug", "on the first day"],
)
def test_a_progression_after_which_the_line_responds_does_not_end_it(again, responded, days, grade):
    """It is of the line before, or written again: listed, and not the progression of the drug that was just begun."""
    drugs = [course("lenalidomide", "2020-01-01", "2022-05-01"), course("daratumumab", "2022-05-20", "2024-01-01")]
    said = [
        response("PD", "2022-05-01"),
        response("PD", again),
        response("VGPR", responded),
        response("PD", "2024-06-01"),
    ]
    (intake,) = from_fhir([*drugs, *said])
    (before,), (entry,) = given(intake, "lenalidomide"), given(intake, "daratumumab")
    assert before["days_from_last_dose_to_progression"] == 0
    assert entry["days_from_last_dose_to_progression"] == days
    assert entry.get("best_response") == grade
    why = "follows it in line 2" if grade else "after the progression of line 2"
    assert any(why in one["why"] for one in intake.not_understood) == (again != "2022-05-20")


@pytest.mark.parametrize(("kind", "days"), [("MedicationStatement", None), ("MedicationAdministration", 912)])
def test_a_statement_of_one_day_has_no_end(kind, days):
    """An administration is a dose of its day; a drug that is said to be taken on a day has no known end."""
    drug = {"resourceType": kind, "status": "completed", "medicationCodeableConcept": {"text": "lenalidomide"}}
    (intake,) = from_fhir([{**drug, "effectiveDateTime": "2022-01-01"}, response("PD", "2024-07-01")])
    (entry,) = given(intake, "lenalidomide")
    assert entry.get("days_from_last_dose_to_progression") == days


def procedure(text, day=None):
    """Return a procedure that was done, on a day if one is given."""
    dated = {"performedDateTime": day} if day else {}
    return {"resourceType": "Procedure", "status": "completed", "code": {"text": text}, **dated}


def problem(text, **more):
    """Return an entry of a problem list."""
    return {"resourceType": "Condition", "code": {"text": text}, **more}


FIRST = [course("VRd", "2018-02-05", "2018-08-20"), response("PD", "2019-05-20")]


@pytest.mark.parametrize(
    ("more", "lines"),
    [
        ([procedure("Infusion of ciltacabtagene autoleucel")], None),
        ([procedure("Infusion of ciltacabtagene autoleucel", "2019-06-20")], 2),
        ([course("daratumumab", None, None, note=[{"text": "2nd line"}])], None),
        ([course("bortezomib", None, None, note=[{"text": "1st line"}])], 1),
        ([course("cyclophosphamide", "2019-06-05", "2019-06-07", reasonCode=[{"text": "lymphodepletion"}])], None),
        ([procedure("Appendectomy")], 1),
    ],
    ids=["cells", "cells of a day", "a later line", "the same line", "lymphodepletion", "none"],
)
def test_what_may_be_another_line_leaves_their_number_open(more, lines):
    """What has no date, or prepared what is not recorded, is of a line that no date tells."""
    (intake,) = from_fhir([*FIRST, *more])
    assert intake.patient.get("prior_lines") == lines
    assert any(one["what"] == "prior_lines: 1 by dates" for one in intake.not_understood) == (lines is None)


@pytest.mark.parametrize(
    ("transplantation", "lines"),
    [
        (problem("Status post autologous stem cell transplant", onsetDateTime="2019-07-12"), None),
        (problem("Status post autologous stem cell transplant"), None),
        (procedure("Bone marrow transplant", "2019-07-12"), None),
        (procedure("Autologous stem cell transplant"), None),
        (procedure("Autologous stem cell transplant", "2019-07-12"), 1),
        (problem("asthma"), 3),
    ],
    ids=["a problem of a day", "a problem", "whose cells is not said", "no day", "of a day", "none"],
)
def test_lines_that_a_transplantation_may_join_are_left_open(transplantation, lines):
    """Melphalan before it and the drug after it are of its line, if it was one."""
    drugs = [
        course("VRd", "2019-02-05", "2019-05-20"),
        course("melphalan", "2019-07-11", "2019-07-11"),
        course("lenalidomide", "2019-10-15", "2022-05-20"),
    ]
    (intake,) = from_fhir([*drugs, transplantation, response("PD", "2022-05-20")])
    assert intake.patient.get("prior_lines") == lines


@pytest.mark.parametrize(
    ("first", "lines", "days"),
    [("Darzalex VRd", None, 9), ("carfilzomib KRd cycle 3", 1, 9), ("lenalidomide Kohlpharma", 1, 9)],
)
def test_an_unclear_drug_is_read_as_what_its_words_name(first, lines, days):
    """A regimen may stand beside a drug that it has; of another, what it may change is left out."""
    given_ = [course(first, "2019-01-01", "2019-06-01"), course("lenalidomide", "2019-07-15", "2021-06-01")]
    (intake,) = from_fhir([*given_, response("PD", "2021-06-10")])
    assert intake.patient.get("prior_lines") == lines
    assert given(intake, "lenalidomide")[-1]["days_from_last_dose_to_progression"] == days


def test_the_last_dose_of_a_drug_is_not_before_one_that_may_name_it():
    """A text that names the drug and is not understood may hold later doses."""
    known, unclear = course("lenalidomide", "2020-01-01", "2020-01-28"), "lenalidomide Kohlpharma Hartkps"
    (intake,) = from_fhir([known, course(unclear, "2020-01-29", "2022-01-01"), response("PD", "2022-01-10")])
    assert given(intake, "lenalidomide") == [{"drug": "lenalidomide", "line": 1}]


def test_a_best_response_at_the_end_of_a_line_takes_no_progression_back():
    """Some days after a progression no drug has worked anew."""
    said = [response("PD", "2021-01-05"), response("best response: VGPR", "2021-01-18")]
    (intake,) = from_fhir([course("Rd", "2018-10-01", "2021-01-20"), *said])
    assert given(intake, "lenalidomide")[0]["days_from_last_dose_to_progression"] == 0


def test_a_reason_that_names_a_drug_is_of_that_drug():
    """Of drugs that were stopped together the one that the reason names was not tolerated."""
    stopped = course("VRd", "2021-01-01", "2021-03-01", statusReason=[{"text": "Neuropathy due to bortezomib"}])
    (intake,) = from_fhir([stopped])
    assert [one["drug"] for one in intake.patient["prior_drugs"] if one.get("status") == "intolerant"] == ["bortezomib"]


def test_repeats_that_are_allowed_are_no_doses():
    """An order that was replaced did not go on because it could have been repeated."""
    supply = {"numberOfRepeatsAllowed": 5, "expectedSupplyDuration": {"value": 28, "unit": "d"}}
    order = {"resourceType": "MedicationRequest", "intent": "order", "medicationCodeableConcept": {"text": "ixazomib"}}
    first = {**order, "status": "completed", "authoredOn": "2021-01-01", "dispenseRequest": supply}
    last = {**order, "status": "stopped", "authoredOn": "2021-03-01", "statusReason": {"text": "toxicity"}}
    (intake,) = from_fhir([first, {**last, "dispenseRequest": {**supply, "numberOfRepeatsAllowed": 0}}])
    assert given(intake, "ixazomib")[0]["status"] == "intolerant"


@pytest.mark.parametrize(("note", "done"), [("Patient declined transplant", None), ("for lymphoma in 1999", True)])
def test_a_note_on_a_transplantation_in_the_problem_list_is_listed(note, done):
    """One that denies or plans something takes it back."""
    (intake,) = from_fhir([problem("History of autologous stem cell transplant", note=[{"text": note}])])
    assert intake.patient.get("transplant", {}).get("prior_autoSCT") == done
    assert any(note in one["what"] for one in intake.not_understood)


def test_cells_of_a_statement_of_one_day_were_given_on_it():
    """Engineered cells are given once."""
    cells = {"medicationCodeableConcept": {"text": "Abecma"}, "effectiveDateTime": "2022-01-01"}
    statement = {"resourceType": "MedicationStatement", "status": "completed", **cells}
    (intake,) = from_fhir([statement, response("PD", "2024-02-10")])
    assert given(intake, "idecabtagene vicleucel")[0]["days_from_last_dose_to_progression"] == 770


@pytest.mark.parametrize(("code", "done"), [("38241", True), ("30243Y0", True), ("38240", None), ("99213", None)])
def test_a_source_value_of_omop_is_a_code(code, done):
    """A procedure that is mapped to no concept has the code of the hospital."""
    procedure_ = {"procedure_occurrence_id": 1, "person_id": 1, "procedure_concept_id": 0}
    row = {**procedure_, "procedure_date": "2024-01-01", "procedure_source_value": code}
    (intake,) = from_omop({"person": [{"person_id": 1, "year_of_birth": 1956}], "procedure_occurrence": [row]})
    assert intake.patient.get("transplant", {}).get("prior_autoSCT") == done


@pytest.mark.parametrize(
    ("end", "best", "progression", "status", "days"),
    [
        ("2020-03", "PR", "2022-03-01", "relapsed_not_refractory", None),
        ("2020-03", None, "2022-03-01", None, None),
        ("2020-03", "PR", "2020-04-28", "refractory", None),
        ("2020-03", "PR", "2020-05-15", None, None),
        ("2020-06-15", "PR", "2020-07", "refractory", None),
        ("2020-05-15", "PR", "2020-07", None, None),
        ("2020-03-31", "PR", "2020", None, None),
        ("2020-06-15", "PR", "2020-08-14", None, 60),
        ("2020-08", "PR", "2020-07", None, 0),
    ],
)
def test_a_status_that_holds_on_every_day_of_a_month(end, best, progression, status, days):
    """Of dates without days the 60-day rule gives what is the same for all of them; the days are left out."""
    best = [response(best, "2020-02-20")] if best else []
    (intake,) = from_fhir([course("bortezomib", "2020-01", end), *best, response("PD", progression)])
    (entry,) = given(intake, "bortezomib")
    assert (entry.get("status"), entry.get("days_from_last_dose_to_progression")) == (status, days)
    path = "prior_drugs[bortezomib, line 1]"
    assert (path in [one["what"] for one in intake.not_understood]) == (days is None)
    assert (f"{path}.status" in intake.rules) == (status is not None or days is not None)


def test_a_progression_of_a_month_in_which_the_next_line_began():
    """It may be of either line: neither has days or a status by it."""
    drugs = [course("bortezomib", "2020-01-01", "2020-06-20"), course("carfilzomib", "2020-07-10", "2020-12-01")]
    (intake,) = from_fhir([*drugs, response("PD", "2020-07")])
    for label in ("bortezomib", "carfilzomib"):
        (entry,) = given(intake, label)
        assert not {"status", "days_from_last_dose_to_progression"} & entry.keys()
