"""Courses of drugs: what their lines, ends and reasons give, and what is left open where they contradict."""

from __future__ import annotations

import pytest

from rrmm.intake import from_fhir
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
