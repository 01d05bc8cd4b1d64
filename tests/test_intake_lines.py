"""Lines of therapy and the courses of their drugs: records made up at random are read as what they tell."""

from __future__ import annotations

from random import Random

import pytest

from rrmm.intake import from_fhir
from support.random_courses import Course, record
from support.records import course, response


def courses(patient):
    """Return the courses of all drugs of a patient file but the steroid."""
    days, best, duration = "days_from_last_dose_to_progression", "best_response", "response_duration_mo"
    return sorted(
        Course(one["drug"], one["line"], one.get(days), one.get(best), one.get(duration))
        for one in patient["prior_drugs"]
        if one["drug"] != "dexamethasone"
    )


@pytest.mark.parametrize(
    "seeds", [range(40), pytest.param(range(40, 1000), marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_a_record_is_read_as_what_it_tells(seeds):
    """Lines, days from the last dose, best responses, durations and intervals are those by which it was made."""
    for seed in seeds:
        resources, truth = record(Random(seed))
        (intake,) = from_fhir(resources)
        patient, transplant = intake.patient, intake.patient.get("transplant", {})
        assert courses(patient) == sorted(truth.courses), f"seed {seed}"
        assert patient["prior_lines"] == max(one.line for one in truth.courses), f"seed {seed}"
        assert patient["treatment_free_interval_mo"] == truth.interval, f"seed {seed}"
        assert transplant.get("months_to_relapse") == truth.months_to_relapse, f"seed {seed}"
        assert transplant.get("maintenance", False) == (truth.months_to_relapse is not None), f"seed {seed}"


def doses(drug, *days):
    """Return a dose of a drug on each of some days."""
    dose = {"resourceType": "MedicationAdministration", "status": "completed"}
    named = {"medicationCodeableConcept": {"text": drug}}
    return [{**dose, **named, "id": f"{drug}{day}", "effectiveDateTime": day} for day in days]


PATIENT = {"resourceType": "Patient", "id": "p"}
BEFORE = doses("bortezomib", "2020-05-04", "2020-05-11", "2020-05-18", "2020-05-25")
PROGRESSION = response("PD", "2020-06-01")


@pytest.mark.parametrize(
    ("after", "lines", "days"),
    [
        ([], 1, 7),
        (doses("bortezomib", "2020-06-01"), 1, 0),
        (doses("bortezomib", "2020-06-04", "2020-06-11"), 1, 0),
        (doses("bortezomib", "2020-07-20", "2020-07-27"), 2, 7),
        (doses("bortezomib", "2020-06-01") + doses("carfilzomib", "2020-07-20"), 2, 0),
        (doses("bortezomib", "2020-06-04") + doses("carfilzomib", "2020-07-20"), 2, 0),
        (doses("bortezomib", "2020-06-04", "2020-07-01") + doses("daratumumab", "2020-06-10"), 2, 7),
        ([course("bortezomib", "2020-06-01", "2020-09-01")], 2, 7),
        (doses("carfilzomib", "2020-06-01", "2020-06-08"), 2, 7),
    ],
)
def test_doses_about_a_progression(after, lines, days):
    """A dose on its day, and what goes on without a pause or another drug, is of the line that progressed."""
    (intake,) = from_fhir([PATIENT, *BEFORE, PROGRESSION, *after])
    first = next(one for one in courses(intake.patient) if (one.drug, one.line) == ("bortezomib", 1))
    assert (intake.patient["prior_lines"], first.days) == (lines, days)
